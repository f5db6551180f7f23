/**
 * Takes a frame apart with every codec we have, and puts it together again from the values.
 *
 * @module
 */
import type { Family, Ip, Mac } from "../../../net/address.ts";
import { decodeArp, encodeArp } from "../../../net/packet/arp.ts";
import { pseudoHeaderSum, wordSum } from "../../../net/packet/checksum.ts";
import {
  decodeEthernet,
  encodeEthernet,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
} from "../../../net/packet/ethernet.ts";
import {
  decodeIpv4,
  decodeIpv6,
  encodeIpv4,
  encodeIpv6,
  PROTOCOL_AH,
  PROTOCOL_ICMPV6,
  PROTOCOL_VRRP,
} from "../../../net/packet/ip.ts";
import {
  decodeNeighborAdvertisement,
  encodeNeighborAdvertisement,
  type NeighborAdvertisement,
} from "../../../net/packet/ndp.ts";
import {
  checksumIsRight,
  decodeAdvertisement,
  encodeAdvertisement,
  type ReceivedAdvertisement,
} from "../../../net/packet/vrrp.ts";
import {
  type AuthenticationHeader,
  decodeAuthenticationHeader,
  decodeHmacTrailer,
  encodeAuthenticationHeader,
  encodeHmacTrailer,
  HMAC_TRAILER_BYTES,
} from "../../../net/packet/vrrp_auth.ts";

/** What an upper-layer message lies in. */
interface Carrier {
  readonly family: Family;
  readonly source: Ip;
  readonly destination: Ip;
  readonly hopLimit: number;
  readonly tos: number;
}

/** An advertisement with all that its receiver may look at. */
export interface SeenAdvertisement extends Carrier {
  readonly advertisement: ReceivedAdvertisement;
  /** The advertisement's octets without trailer. */
  readonly pdu: Uint8Array;
  readonly trailer: Uint8Array;
  /** Sum of the pseudo-header that makes the checksum right. */
  readonly pseudoHeaderSum: number;
  readonly authenticationHeader?: AuthenticationHeader;
}

/** The inside of a frame. */
interface Inside {
  readonly kind: string;
  /** The same octets, made from the decoded values. */
  readonly encoded: Uint8Array;
  readonly seen?: SeenAdvertisement;
  readonly neighbor?: NeighborAdvertisement;
}

/** A frame taken apart. */
export interface Dissection extends Inside {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
}

const IPV4_KINDS: Readonly<Record<number, string>> = { 1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP" };
const ICMPV6_KINDS: Readonly<Record<number, string>> = { 133: "RS", 134: "RA", 135: "NS" };

/** Takes a frame apart; text says which codec refused it, and why. */
export function dissect(bytes: Uint8Array): Dissection | string {
  const frame = decodeEthernet(bytes);
  if (typeof frame === "string") return `ethernet: ${frame}`;
  const inside = dissectFrame(frame.etherType, frame.payload);
  if (typeof inside === "string") return inside;
  const encoded = encodeEthernet({ ...frame, payload: inside.encoded });
  return { ...inside, encoded, sourceMac: frame.source, destinationMac: frame.destination };
}

function dissectFrame(etherType: number, payload: Uint8Array): Inside | string {
  switch (etherType) {
    case ETHERTYPE_ARP:
      return dissectArp(payload);
    case ETHERTYPE_IPV4:
      return dissectIpv4(payload);
    case ETHERTYPE_IPV6:
      return dissectIpv6(payload);
    default:
      return "no codec";
  }
}

function dissectArp(bytes: Uint8Array): Inside | string {
  const arp = decodeArp(bytes);
  if (typeof arp === "string") return `arp: ${arp}`;
  return { kind: arp.senderIp === arp.targetIp ? "GARP" : "ARP", encoded: encodeArp(arp) };
}

function dissectIpv4(bytes: Uint8Array): Inside | string {
  const packet = decodeIpv4(bytes, "verified");
  if (typeof packet === "string") return `ip: ${packet}`;
  const { protocol, payload } = packet;
  const carrier: Carrier = { ...packet, family: 4, hopLimit: packet.ttl };
  const inside = protocol === PROTOCOL_VRRP
    ? dissectVrrp(payload, carrier)
    : protocol === PROTOCOL_AH
    ? dissectAuthenticationHeader(payload, carrier)
    : { kind: IPV4_KINDS[protocol] ?? `protocol ${protocol}`, encoded: payload };
  if (typeof inside === "string") return inside;
  return { ...inside, encoded: encodeIpv4({ ...packet, payload: inside.encoded }) };
}

function dissectIpv6(bytes: Uint8Array): Inside | string {
  const packet = decodeIpv6(bytes);
  if (typeof packet === "string") return `ip: ${packet}`;
  const { nextHeader, payload } = packet;
  const carrier: Carrier = { ...packet, family: 6, tos: packet.trafficClass };
  const inside = nextHeader === PROTOCOL_VRRP
    ? dissectVrrp(payload, carrier)
    : nextHeader === PROTOCOL_ICMPV6
    ? dissectIcmpv6(payload, carrier)
    : { kind: `next header ${nextHeader}`, encoded: payload };
  if (typeof inside === "string") return inside;
  return { ...inside, encoded: encodeIpv6({ ...packet, payload: inside.encoded }) };
}

function dissectIcmpv6(bytes: Uint8Array, { source, destination }: Carrier): Inside | string {
  const sum = pseudoHeaderSum(source, destination, PROTOCOL_ICMPV6, bytes.length);
  const [type = -1] = bytes;
  if (type !== 136) {
    if (wordSum(bytes, sum) !== 0xffff) return "icmpv6: wrong checksum";
    return { kind: ICMPV6_KINDS[type] ?? `ICMPv6 ${type}`, encoded: bytes };
  }
  const neighbor = decodeNeighborAdvertisement(bytes, sum);
  if (typeof neighbor === "string") return `ndp: ${neighbor}`;
  return {
    kind: neighbor.solicited ? "NA" : "unsolicited NA",
    encoded: encodeNeighborAdvertisement(neighbor, sum),
    neighbor,
  };
}

function dissectAuthenticationHeader(bytes: Uint8Array, carrier: Carrier): Inside | string {
  const header = decodeAuthenticationHeader(bytes);
  if (typeof header === "string") return `ah: ${header}`;
  if (header.nextHeader !== PROTOCOL_VRRP) return "ah: no codec";
  const inside = dissectVrrp(header.payload, carrier);
  if (typeof inside === "string" || inside.seen === undefined) return inside;
  return {
    kind: `AH ${inside.kind}`,
    encoded: encodeAuthenticationHeader({ ...header, payload: inside.encoded }),
    seen: { ...inside.seen, authenticationHeader: header },
  };
}

function dissectVrrp(bytes: Uint8Array, carrier: Carrier): Inside | string {
  const advertisement = decodeAdvertisement(bytes, carrier.family);
  if (typeof advertisement === "string") return `vrrp: ${advertisement}`;
  const lengthBytes = bytes.length - advertisement.trailingBytes;
  const pdu = bytes.subarray(0, lengthBytes);
  const trailer = bytes.subarray(lengthBytes);
  // keepalived and FRR both send version 3 over IPv4 with a pseudo-header.
  const sum = advertisement.version === 2 && carrier.family === 4
    ? 0
    : pseudoHeaderSum(carrier.source, carrier.destination, PROTOCOL_VRRP, lengthBytes);
  if (!checksumIsRight(pdu, sum)) return "vrrp: wrong checksum";
  const encodedTrailer = encodeTrailer(trailer);
  if (typeof encodedTrailer === "string") return encodedTrailer;
  return {
    kind: `VRRPv${advertisement.version}`,
    encoded: Uint8Array.of(...encodeAdvertisement(advertisement, sum), ...encodedTrailer),
    seen: { ...carrier, advertisement, pdu, trailer, pseudoHeaderSum: sum },
  };
}

function encodeTrailer(bytes: Uint8Array): Uint8Array | string {
  if (bytes.length === 0) return bytes;
  if (bytes.length !== HMAC_TRAILER_BYTES) return "vrrp: unexplained trailing octets";
  const trailer = decodeHmacTrailer(bytes);
  return typeof trailer === "string" ? `trailer: ${trailer}` : encodeHmacTrailer(trailer);
}
