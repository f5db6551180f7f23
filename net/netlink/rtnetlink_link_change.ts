/**
 * Requests that make, change and remove interfaces (RFC 3549 §2.3.3.1): those of our own that lie
 * on others.
 *
 * @module
 */
import type { Mac } from "../address.ts";
import {
  AttributeSchema,
  type AttributeType,
  mac,
  nested,
  text,
  u16,
  u32,
  u8,
} from "./attribute.ts";
import {
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
} from "./message.ts";
import { IFF_UP, RTM_DELLINK, RTM_NEWLINK } from "./rtnetlink_link.ts";

/** An interface to make, on another one. */
export interface NewLink {
  readonly name: string;
  readonly parentIndex: number;
  readonly device:
    | { readonly kind: "macvlan"; readonly mac: Mac }
    | { readonly kind: "ipvlan"; readonly mode: "bridge" | "private" | "vepa" };
}

/** IPv4 settings of an interface, by the names of /proc/sys/net/ipv4/conf. */
type Ipv4Setting = keyof typeof IPV4_SETTING;

/** What is changed of an interface; what is absent stays. */
export interface LinkChange {
  /** Administratively up. */
  readonly up?: true;
  /** The bridge, bond or VRF it belongs to; 0: none. */
  readonly masterIndex?: number;
  /** Group of interfaces. */
  readonly group?: number;
  /** Free text for people, at most 255 octets. */
  readonly alias?: string;
  /** No link-local address comes by itself. */
  readonly withoutLinkLocal?: true;
  readonly ipv4?: Partial<Readonly<Record<Ipv4Setting, number>>>;
}

const IPV4_SETTING = {
  rp_filter: 8,
  arp_filter: 13,
  arp_announce: 18,
  arp_ignore: 19,
  promote_secondaries: 20,
  accept_local: 23,
} as const;

const MACVLAN_MODE_PRIVATE = 1;
const IPVLAN_MODE_L2 = 0;
const IPVLAN_FLAGS = { bridge: 0, private: 1, vepa: 2 } as const;
const ADDRESS_GENERATION_NONE = 1;
const AF_UNSPEC = 0;

const macvlanData = new AttributeSchema({ mode: { id: 1, type: u32 } }); // IFLA_MACVLAN_MODE
const ipvlanData = new AttributeSchema({
  mode: { id: 1, type: u16 }, // IFLA_IPVLAN_MODE
  flags: { id: 2, type: u16 }, // IFLA_IPVLAN_FLAGS
});
const macvlanInfo = new AttributeSchema({
  kind: { id: 1, type: text },
  data: { id: 2, type: nested(macvlanData) },
});
const ipvlanInfo = new AttributeSchema({
  kind: { id: 1, type: text },
  data: { id: 2, type: nested(ipvlanData) },
});

/** A row of numbers, each in an attribute whose id is the number's name. */
const ipv4Settings: AttributeType<Partial<Readonly<Record<Ipv4Setting, number>>>> = {
  read: () => undefined,
  write: (writer, values) => {
    for (const [name, id] of Object.entries(IPV4_SETTING)) {
      const value = values[name as Ipv4Setting];
      if (value === undefined) continue;
      const start = writer.beginAttribute(id);
      writer.u32(value);
      writer.finishAttribute(start);
    }
  },
  nested: true,
};
const familySettings = new AttributeSchema({
  ipv4: {
    id: 2, // AF_INET
    type: nested(new AttributeSchema({ settings: { id: 1, type: ipv4Settings } })),
  },
  ipv6: {
    id: 10, // AF_INET6
    type: nested(new AttributeSchema({ addressGeneration: { id: 8, type: u8 } })),
  },
});

const attributes = new AttributeSchema({
  parentIndex: { id: 5, type: u32 }, // IFLA_LINK
  name: { id: 3, type: text }, // IFLA_IFNAME
  mac: { id: 1, type: mac }, // IFLA_ADDRESS
  masterIndex: { id: 10, type: u32 }, // IFLA_MASTER
  macvlan: { id: 18, type: nested(macvlanInfo) }, // IFLA_LINKINFO
  ipvlan: { id: 18, type: nested(ipvlanInfo) },
  alias: { id: 20, type: text }, // IFLA_IFALIAS
  families: { id: 26, type: nested(familySettings) }, // IFLA_AF_SPEC
  group: { id: 27, type: u32 }, // IFLA_GROUP
});

/** Makes an interface, down; refused if there is one of that name. */
export function writeLinkCreate(writer: MessageWriter, link: NewLink): void {
  const { name, parentIndex, device } = link;
  begin(writer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0);
  attributes.encode(writer, {
    name,
    parentIndex,
    ...(device.kind === "macvlan"
      ? {
        mac: device.mac,
        macvlan: { kind: "macvlan", data: { mode: MACVLAN_MODE_PRIVATE } },
      }
      : {
        ipvlan: {
          kind: "ipvlan",
          data: { mode: IPVLAN_MODE_L2, flags: IPVLAN_FLAGS[device.mode] },
        },
      }),
  });
  writer.finish();
}

/** Changes an interface. */
export function writeLinkChange(writer: MessageWriter, index: number, change: LinkChange): void {
  const { up, masterIndex, group, alias, withoutLinkLocal, ipv4 } = change;
  begin(writer, RTM_NEWLINK, 0, index, up ? IFF_UP : 0);
  const hasFamilies = withoutLinkLocal || ipv4;
  attributes.encode(writer, {
    masterIndex,
    alias,
    group,
    ...(hasFamilies && {
      families: {
        ...(ipv4 && { ipv4: { settings: ipv4 } }),
        ...(withoutLinkLocal && { ipv6: { addressGeneration: ADDRESS_GENERATION_NONE } }),
      },
    }),
  });
  writer.finish();
}

/** Removes an interface. */
export function writeLinkDelete(writer: MessageWriter, index: number): void {
  begin(writer, RTM_DELLINK, 0, index, 0);
  writer.finish();
}

function begin(
  writer: MessageWriter,
  type: number,
  flags: number,
  index: number,
  deviceFlags: number,
): void {
  writer.begin(type, NLM_F_REQUEST | NLM_F_ACK | flags);
  writer.u32(AF_UNSPEC);
  writer.u32(index);
  writer.u32(deviceFlags);
  writer.u32(deviceFlags); // Only these are changed.
}
