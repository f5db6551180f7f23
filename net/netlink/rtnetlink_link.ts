/**
 * Interfaces as rtnetlink tells of them: the body of RTM_NEWLINK and RTM_DELLINK
 * (RFC 3549 §2.3.3.1).
 *
 * ```text
 * +---------------+---------------+-------------------------------+
 * |    Family     |   Reserved    |      Device type, ARPHRD_*    |
 * +---------------+---------------+-------------------------------+
 * |                        Interface index                        |
 * +---------------------------------------------------------------+
 * |                     Device flags, IFF_*                       |
 * +---------------------------------------------------------------+
 * |                          Change mask                          |
 * +---------------------------------------------------------------+
 * ```
 *
 * Two kinds of messages look like these and are not: a bridge tells about its ports (family
 * AF_BRIDGE, where "deleted" only means that the port left the bridge), and wireless drivers send
 * their private events with next to no attributes. Both are passed over.
 *
 * @module
 */
import type { Mac } from "../address.ts";
import {
  type AttributeReader,
  AttributeSchema,
  mac,
  type MalformedAttribute,
  nested,
  text,
  u32,
  u8,
} from "./attribute.ts";
import {
  LITTLE_ENDIAN,
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
} from "./message.ts";

/** Interface is there, or changed. */
export const RTM_NEWLINK = 16;
/** Interface is gone. */
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

/** IFF_*: administratively up. */
export const IFF_UP = 0x1;
/** IFF_*: the loopback interface. */
export const IFF_LOOPBACK = 0x8;
/** IFF_*: operationally up (RFC 2863 ifOperStatus up or unknown). */
export const IFF_RUNNING = 0x40;
/** IFF_*: no ARP and no neighbour discovery. */
export const IFF_NOARP = 0x80;
/** IFF_*: can do multicast. */
export const IFF_MULTICAST = 0x1000;
/** IFF_*: the layer below is up. */
export const IFF_LOWER_UP = 0x10000;

/** An interface. */
export interface Link {
  /** At least 1; never used again for another interface while the system runs. */
  readonly index: number;
  readonly name: string;
  /** IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** IFF_* bits. */
  readonly flags: number;
  readonly loopback: boolean;
  readonly noArp: boolean;
  readonly multicast: boolean;
  readonly mtuBytes: number;
  /** Undefined where hardware addresses have not six octets. */
  readonly mac: Mac | undefined;
  /** ARPHRD_*: 1 Ethernet, 32 InfiniBand, 772 loopback, 65534 none … */
  readonly hardwareType: number;
  /** RFC 2863 ifOperStatus in the kernel's numbers: 0 unknown, 2 down, 3 lower layer down, 6 up. */
  readonly operState: number;
  readonly carrier: boolean;
  /** The driver, where interfaces of its kind are made by command: `veth`, `macvlan`, `vlan` … */
  readonly kind?: string | undefined;
  /** The interface it lies on, in the same namespace: that of a VLAN or macvlan. */
  readonly parentIndex?: number | undefined;
  /** The bridge, bond or VRF it belongs to. */
  readonly masterIndex?: number | undefined;
  /** Routing table of a VRF device. */
  readonly vrfTable?: number | undefined;
  /** Free text for people. */
  readonly alias?: string | undefined;
  /** Group of interfaces; 0 is the default one. */
  readonly group?: number | undefined;
}

/** Why a body is no link message. The text is the log message and the counter's key. */
export type MalformedLink =
  | "link message truncated"
  | "link message without index, name or MTU"
  | MalformedAttribute;

const AT = { family: 0, hardwareType: 2, index: 4, flags: 8, attributes: 16 };
const AF_UNSPEC = 0;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;

/** Their IFLA_LINK is the other end, and missing in the first news of it. */
const PAIRED_KINDS: ReadonlySet<string> = new Set(["veth", "netkit", "vxcan"]);

/** What else than a number this attribute is, it is for other kinds. */
const maybeNumber: AttributeReader<number> = {
  read: (view, at, size) => size === 4 ? view.getUint32(at, LITTLE_ENDIAN) : undefined,
};
const vrfData = new AttributeSchema({ table: { id: 1, type: maybeNumber } }); // IFLA_VRF_TABLE
/** Of some kinds it is no attributes. */
const maybeVrfData: AttributeReader<number> = {
  read: (view, at, size) => {
    const values = vrfData.decode(view, at, at + size);
    return typeof values === "string" ? undefined : values.table;
  },
};
const linkInfo = new AttributeSchema({
  kind: { id: 1, type: text }, // IFLA_INFO_KIND
  vrfTable: { id: 2, type: maybeVrfData }, // IFLA_INFO_DATA
});
const wirelessEvent = { read: () => true };

const linkAttributes = new AttributeSchema({
  mac: { id: 1, type: mac }, // IFLA_ADDRESS
  name: { id: 3, type: text }, // IFLA_IFNAME
  mtuBytes: { id: 4, type: u32 }, // IFLA_MTU
  parentIndex: { id: 5, type: u32 }, // IFLA_LINK
  masterIndex: { id: 10, type: u32 }, // IFLA_MASTER
  wireless: { id: 11, type: wirelessEvent }, // IFLA_WIRELESS
  operState: { id: 16, type: u8 }, // IFLA_OPERSTATE
  info: { id: 18, type: nested(linkInfo) }, // IFLA_LINKINFO
  alias: { id: 20, type: text }, // IFLA_IFALIAS
  group: { id: 27, type: u32 }, // IFLA_GROUP
  extensionMask: { id: 29, type: u32 }, // IFLA_EXT_MASK
  carrier: { id: 33, type: u8 }, // IFLA_CARRIER
  parentNamespace: { id: 37, type: u32 }, // IFLA_LINK_NETNSID
});

/** Reads a link; a reason if it is none; undefined if the message is about something else. */
export function decodeLink(body: DataView): Link | MalformedLink | undefined {
  if (body.byteLength < AT.attributes) return "link message truncated";
  if (body.getUint8(AT.family) !== AF_UNSPEC) return undefined;
  const attributes = linkAttributes.decode(body, AT.attributes);
  if (typeof attributes === "string") return attributes;
  if (attributes.wireless !== undefined) return undefined;
  const index = body.getInt32(AT.index, LITTLE_ENDIAN);
  const flags = body.getUint32(AT.flags, LITTLE_ENDIAN);
  const { name, mtuBytes } = attributes;
  if (index <= 0 || name === undefined || name === "" || mtuBytes === undefined) {
    return "link message without index, name or MTU";
  }
  const kind = attributes.info?.kind;
  const lies = attributes.parentNamespace === undefined && !(kind && PAIRED_KINDS.has(kind));
  return {
    index,
    name,
    up: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    flags,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    noArp: (flags & IFF_NOARP) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    mtuBytes,
    mac: attributes.mac,
    hardwareType: body.getUint16(AT.hardwareType, LITTLE_ENDIAN),
    operState: attributes.operState ?? 0,
    carrier: attributes.carrier !== undefined
      ? attributes.carrier !== 0
      : (flags & IFF_LOWER_UP) !== 0,
    kind,
    // 0 says: on nothing that is an interface here.
    parentIndex: lies ? attributes.parentIndex || undefined : undefined,
    masterIndex: attributes.masterIndex || undefined,
    vrfTable: kind === "vrf" ? attributes.info?.vrfTable : undefined,
    alias: attributes.alias,
    group: attributes.group,
  };
}

/** Asks for all links, without their statistics. */
export function writeLinkDump(writer: MessageWriter): void {
  writer.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP);
  for (let octet = 0; octet < AT.attributes; octet++) writer.u8(0);
  linkAttributes.encode(writer, { extensionMask: RTEXT_FILTER_SKIP_STATS });
  writer.finish();
}

/** Asks for one link, and for an acknowledgement. */
export function writeLinkQuery(writer: MessageWriter, index: number): void {
  writer.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK);
  writer.u32(AF_UNSPEC);
  writer.u32(index);
  writer.u64(0n);
  writer.finish();
}
