/**
 * Neighbor Advertisements (RFC 4861 §4.4), and the unsolicited one of a new active router
 * (RFC 9568 §6.4.2, §8.2.2).
 *
 * ```text
 *  0               1               2               3
 * +---------------+---------------+-------------------------------+
 * |  Type (136)   |   Code (0)    |           Checksum            |
 * +-+-+-+---------+---------------+-------------------------------+
 * |R|S|O|                        Reserved                         |
 * +-+-+-+---------------------------------------------------------+
 * |                  Target Address (16 octets)                   |
 * +---------------+---------------+-------------------------------+
 * | Option Type 2 | Length (1 × 8)|  Link-Layer Address (6) …     |
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";
import {
  familyOf,
  type Ip,
  ip,
  ipFromBytes,
  ipToBytes,
  isMulticast,
  type Mac,
  macFromBytes,
  macToBytes,
} from "../address.ts";
import { pseudoHeaderSum, wordSum } from "./checksum.ts";
import { encodeEthernet, ETHERTYPE_IPV6, multicastMac } from "./ethernet.ts";
import { encodeIpv6, PROTOCOL_ICMPV6 } from "./ip.ts";

/** Where each field sits. Both directions read this table. */
const AT = { typeCode: 0, checksum: 2, flags: 4, target: 8, options: 24 };
/** Inside an option. */
const OPTION_AT = { type: 0, lengthEights: 1, value: 2 };
/** Type 136 and code 0 as one word. */
const NEIGHBOR_ADVERTISEMENT = 0x8800;
const TARGET_LINK_LAYER_ADDRESS = 2;
const FLAG_ROUTER = 0x80;
const FLAG_SOLICITED = 0x40;
const FLAG_OVERRIDE = 0x20;
const OPTION_UNIT_BYTES = 8;
/** Proof that no router forwarded the message (RFC 4861 §7.1.2). */
const HOP_LIMIT = 255;
const ALL_NODES: Ip = ip("ff02::1");

/** A Neighbor Advertisement; options but the target's link-layer address are not kept. */
export interface NeighborAdvertisement {
  readonly target: Ip;
  /** R: the sender is a router. */
  readonly router: boolean;
  /** S: it answers a solicitation. */
  readonly solicited: boolean;
  /** O: it replaces what is cached. */
  readonly override: boolean;
  readonly targetMac?: Mac;
}

/** Why bytes are no Neighbor Advertisement (RFC 4861 §7.1.2). */
export type Malformed =
  | "too short"
  | "not a neighbor advertisement"
  | "wrong checksum"
  | "multicast target"
  | "wrong option length";

/**
 * Reads an ICMPv6 message. The checksum is verified only if `pseudoHeaderSum` is given: raw ICMPv6
 * sockets deliver what the kernel has verified. The Hop Limit of 255 is the caller's to check.
 */
export function decodeNeighborAdvertisement(
  bytes: Uint8Array,
  pseudoHeaderSum?: number,
): NeighborAdvertisement | Malformed {
  if (bytes.length < AT.options) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(AT.typeCode) !== NEIGHBOR_ADVERTISEMENT) return "not a neighbor advertisement";
  if (pseudoHeaderSum !== undefined && wordSum(bytes, pseudoHeaderSum) !== 0xffff) {
    return "wrong checksum";
  }
  const target = ipFromBytes(bytes.subarray(AT.target, AT.options));
  if (isMulticast(target)) return "multicast target";
  const targetMacs = decodeTargetMacs(bytes.subarray(AT.options));
  if (typeof targetMacs === "string") return targetMacs;
  const [targetMac] = targetMacs;
  const flags = view.getUint8(AT.flags);
  return {
    target,
    router: (flags & FLAG_ROUTER) !== 0,
    solicited: (flags & FLAG_SOLICITED) !== 0,
    override: (flags & FLAG_OVERRIDE) !== 0,
    ...(targetMac === undefined ? {} : { targetMac }),
  };
}

/** Writes the ICMPv6 message; `pseudoHeaderSum` is that of its 24 or, with a MAC, 32 octets. */
export function encodeNeighborAdvertisement(
  advertisement: NeighborAdvertisement,
  pseudoHeaderSum: number,
): Uint8Array<ArrayBuffer> {
  const { target, targetMac } = advertisement;
  assert(familyOf(target) === 6, `Target is an IPv6 address: current value is ${target}`);
  const bytes = new Uint8Array(neighborAdvertisementLengthBytes(advertisement));
  const view = new DataView(bytes.buffer);
  view.setUint16(AT.typeCode, NEIGHBOR_ADVERTISEMENT);
  view.setUint8(
    AT.flags,
    (advertisement.router ? FLAG_ROUTER : 0) |
      (advertisement.solicited ? FLAG_SOLICITED : 0) |
      (advertisement.override ? FLAG_OVERRIDE : 0),
  );
  bytes.set(ipToBytes(target), AT.target);
  if (targetMac !== undefined) {
    view.setUint8(AT.options + OPTION_AT.type, TARGET_LINK_LAYER_ADDRESS);
    view.setUint8(AT.options + OPTION_AT.lengthEights, 1);
    bytes.set(macToBytes(targetMac), AT.options + OPTION_AT.value);
  }
  view.setUint16(AT.checksum, 0xffff - wordSum(bytes, pseudoHeaderSum));
  return bytes;
}

/** Octets of the ICMPv6 message: 24, or 32 with a link-layer address. */
export function neighborAdvertisementLengthBytes(advertisement: NeighborAdvertisement): number {
  return AT.options + (advertisement.targetMac === undefined ? 0 : OPTION_UNIT_BYTES);
}

/** What an unsolicited advertisement says: `ip` is at `mac`. */
export interface UnsolicitedAdvertisement {
  readonly mac: Mac;
  readonly ip: Ip;
  /** R: whether the sender forwards packets. */
  readonly router: boolean;
  /** Source of the frame; default: `mac`. */
  readonly sourceMac?: Mac;
}

/**
 * Writes an unsolicited Neighbor Advertisement as a whole Ethernet frame, to all nodes, from the
 * announced address itself as keepalived and FRR send it (RFC 4861 §7.2.6 with Override set).
 */
export function encodeUnsolicitedAdvertisement(
  { mac, ip, router, sourceMac = mac }: UnsolicitedAdvertisement,
): Uint8Array<ArrayBuffer> {
  const advertisement = { target: ip, router, solicited: false, override: true, targetMac: mac };
  const lengthBytes = neighborAdvertisementLengthBytes(advertisement);
  const sum = pseudoHeaderSum(ip, ALL_NODES, PROTOCOL_ICMPV6, lengthBytes);
  return encodeEthernet({
    destination: multicastMac(ALL_NODES),
    source: sourceMac,
    etherType: ETHERTYPE_IPV6,
    payload: encodeIpv6({
      hopLimit: HOP_LIMIT,
      nextHeader: PROTOCOL_ICMPV6,
      source: ip,
      destination: ALL_NODES,
      payload: encodeNeighborAdvertisement(advertisement, sum),
    }),
  });
}

/** The target link-layer addresses in a list of options; other options are skipped. */
function decodeTargetMacs(options: Uint8Array): Mac[] | Malformed {
  const found: Mac[] = [];
  let rest = options;
  while (rest.length > 0) {
    const [type, lengthEights = 0] = rest;
    const lengthBytes = lengthEights * OPTION_UNIT_BYTES;
    if (lengthBytes === 0 || lengthBytes > rest.length) return "wrong option length";
    if (type === TARGET_LINK_LAYER_ADDRESS) {
      // Longer addresses exist on links other than Ethernet.
      if (lengthEights !== 1) return "wrong option length";
      found.push(macFromBytes(rest.subarray(OPTION_AT.value, lengthBytes)));
    }
    rest = rest.subarray(lengthBytes);
  }
  return found;
}
