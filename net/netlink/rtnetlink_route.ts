/**
 * Routes as rtnetlink tells of them: the body of RTM_NEWROUTE and RTM_DELROUTE (RFC 3549 §3.1.1).
 *
 * ```text
 * +---------------+---------------+---------------+---------------+
 * |    Family     |  Dest. length |  Src. length  |      TOS      |
 * +---------------+---------------+---------------+---------------+
 * |   Table, or 0 |   Protocol    |     Scope     |     Type      |
 * +---------------+---------------+---------------+---------------+
 * |                      Flags, RTM_F_*, RTNH_F_*                 |
 * +---------------------------------------------------------------+
 * ```
 *
 * A route over several next hops has no gateway and interface of its own but a list in
 * RTA_MULTIPATH: each entry says its length, flags, weight minus one, interface and attributes.
 *
 * @module
 */
import { type Family, familyOf, type Ip, ip as ipOf, ipLength, type Prefix } from "../address.ts";
import {
  type AttributeReader,
  AttributeSchema,
  ip,
  type MalformedAttribute,
  u32,
  UNFIT,
} from "./attribute.ts";
import {
  aligned,
  LITTLE_ENDIAN,
  type MessageWriter,
  NLM_F_DUMP,
  NLM_F_REQUEST,
} from "./message.ts";
import { familyNumber, familyOfNumber } from "./rtnetlink_address.ts";

/** Route is there, or changed. */
export const RTM_NEWROUTE = 24;
/** Route is gone. */
export const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

/** One of the next hops of a route that has several. */
export interface NextHop {
  readonly gateway?: Ip | undefined;
  /** 0: none. */
  readonly interfaceIndex: number;
  /** 1 to 256: its share. */
  readonly weight: number;
}

/** A route. */
export interface Route {
  readonly family: Family;
  readonly destination: Prefix;
  /** Routing table: 254 main, 255 local. */
  readonly table: number;
  /** RTPROT_*: 2 kernel, 3 boot, 4 static, 18 a VRRP router. */
  readonly protocol: number;
  /** 0 universe, 253 link, 254 host. */
  readonly scope: number;
  /** RTN_*: 1 unicast, 2 local, 3 broadcast, 6 blackhole, 7 unreachable, 8 prohibit. */
  readonly type: number;
  readonly tos: number;
  /** Metric: the lowest wins. */
  readonly priority: number;
  /** May be IPv6 for an IPv4 route (RFC 9229). */
  readonly gateway?: Ip | undefined;
  readonly interfaceIndex?: number | undefined;
  /** Source address for packets of our own. */
  readonly preferredSource?: Ip | undefined;
  readonly nextHops?: readonly NextHop[] | undefined;
}

/** Why a body is no route message. The text is the log message and the counter's key. */
export type MalformedRoute =
  | "route message truncated"
  | "route to a prefix that its family does not have"
  | MalformedAttribute;

const AT = {
  family: 0,
  destinationLength: 1,
  tos: 3,
  table: 4,
  protocol: 5,
  scope: 6,
  type: 7,
  flags: 8,
  attributes: 12,
};
const HOP_AT = { length: 0, weightMinusOne: 3, index: 4, attributes: 8 };
/** A copy the kernel made for one destination: no route of the table. */
const RTM_F_CLONED = 0x200;
const UNSPECIFIED: Readonly<Record<Family, Ip>> = { 4: ipOf("0.0.0.0"), 6: ipOf("::") };

/** struct rtvia: a gateway of another family than the route's. */
const via: AttributeReader<Ip> = {
  read: (view, at, size) => {
    if (size < 2) return UNFIT;
    const family = familyOfNumber(view.getUint16(at, LITTLE_ENDIAN));
    return family === undefined ? undefined : ip.read(view, at + 2, size - 2);
  },
};

const hopAttributes = new AttributeSchema({
  gateway: { id: 5, type: ip }, // RTA_GATEWAY
  via: { id: 18, type: via }, // RTA_VIA
});

const nextHops: AttributeReader<readonly NextHop[]> = {
  read: (view, start, size) => {
    const hops: NextHop[] = [];
    const end = start + size;
    for (let at = start; end - at >= HOP_AT.attributes;) {
      const length = view.getUint16(at + HOP_AT.length, LITTLE_ENDIAN);
      if (length < HOP_AT.attributes || length > end - at) return UNFIT;
      const attributes = hopAttributes.decode(view, at + HOP_AT.attributes, at + length);
      if (typeof attributes === "string") return UNFIT;
      hops.push({
        gateway: attributes.gateway ?? attributes.via,
        interfaceIndex: view.getUint32(at + HOP_AT.index, LITTLE_ENDIAN),
        weight: view.getUint8(at + HOP_AT.weightMinusOne) + 1,
      });
      at += aligned(length);
    }
    return hops;
  },
};

const routeAttributes = new AttributeSchema({
  destination: { id: 1, type: ip }, // RTA_DST
  interfaceIndex: { id: 4, type: u32 }, // RTA_OIF
  gateway: { id: 5, type: ip }, // RTA_GATEWAY
  priority: { id: 6, type: u32 }, // RTA_PRIORITY
  preferredSource: { id: 7, type: ip }, // RTA_PREFSRC
  nextHops: { id: 9, type: nextHops }, // RTA_MULTIPATH
  table: { id: 15, type: u32 }, // RTA_TABLE
  via: { id: 18, type: via }, // RTA_VIA
});

/**
 * Reads a route; a reason if it is none; undefined if it is of a family that is not IP, a multicast
 * forwarding entry, or a copy for one destination.
 */
export function decodeRoute(body: DataView): Route | MalformedRoute | undefined {
  if (body.byteLength < AT.attributes) return "route message truncated";
  const family = familyOfNumber(body.getUint8(AT.family));
  if (family === undefined) return undefined;
  if ((body.getUint32(AT.flags, LITTLE_ENDIAN) & RTM_F_CLONED) !== 0) return undefined;
  const attributes = routeAttributes.decode(body, AT.attributes);
  if (typeof attributes === "string") return attributes;
  const destination = attributes.destination ?? UNSPECIFIED[family];
  const prefixLength = body.getUint8(AT.destinationLength);
  if (familyOf(destination) !== family || prefixLength > ipLength(family) * 8) {
    return "route to a prefix that its family does not have";
  }
  return {
    family,
    destination: { ip: destination, prefixLength },
    table: attributes.table ?? body.getUint8(AT.table),
    protocol: body.getUint8(AT.protocol),
    scope: body.getUint8(AT.scope),
    type: body.getUint8(AT.type),
    tos: body.getUint8(AT.tos),
    priority: attributes.priority ?? 0,
    gateway: attributes.gateway ?? attributes.via,
    interfaceIndex: attributes.interfaceIndex,
    preferredSource: attributes.preferredSource,
    nextHops: attributes.nextHops,
  };
}

/** Asks for all routes of one family, in all tables. */
export function writeRouteDump(writer: MessageWriter, family: Family): void {
  writer.begin(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP);
  writer.u8(familyNumber(family));
  for (let octet = 1; octet < AT.attributes; octet++) writer.u8(0);
  writer.finish();
}
