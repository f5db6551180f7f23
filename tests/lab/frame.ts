/**
 * A captured frame as an event of the experiment: who sent it, when, and what it says.
 *
 * @module
 */
import type { Family, Ip, Mac } from "../../net/address.ts";
import { decodeArp } from "../../net/packet/arp.ts";
import { pseudoHeaderSum } from "../../net/packet/checksum.ts";
import {
  decodeEthernet,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
} from "../../net/packet/ethernet.ts";
import { decodeControlPacket, type ReceivedControlPacket } from "../../net/packet/bfd.ts";
import { decodeEcho } from "../../net/packet/icmp.ts";
import {
  decodeIpv4,
  decodeIpv6,
  type Ipv6Packet,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_VRRP,
} from "../../net/packet/ip.ts";
import { decodeNeighborAdvertisement } from "../../net/packet/ndp.ts";
import { PROTOCOL_UDP } from "../../net/packet/udp.ts";
import { type Advertisement, checksumIsRight, decodeAdvertisement } from "../../net/packet/vrrp.ts";

const UDP_BYTES = 8;
const BFD_PORT = { single: 3784, echo: 3785, multihop: 4784 } as const;

/** What every frame has. */
interface Seen {
  /** The kernel's timestamp: milliseconds since 1970 UTC, with their fraction. */
  readonly atMs: number;
  readonly sourceMac: Mac;
  /** The whole frame. */
  readonly bytes: Uint8Array;
}

/** A VRRP advertisement. */
export interface Advert extends Seen {
  readonly kind: "advert";
  readonly family: Family;
  readonly source: Ip;
  readonly destination: Ip;
  /** TTL or Hop Limit. */
  readonly ttl: number;
  /** Type of Service or Traffic Class. */
  readonly tos: number;
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
  readonly intervalMs: number;
  readonly addresses: readonly Ip[];
  /** How the checksum was made, or that it is wrong. */
  readonly checksum: "plain" | "pseudo-header" | "wrong";
  /** The VRRP message itself. */
  readonly pdu: Uint8Array;
}

/** A gratuitous ARP or an unsolicited Neighbor Advertisement: `ip` is at the sender's MAC. */
export interface Announcement extends Seen {
  readonly kind: "announcement";
  readonly family: Family;
  readonly ip: Ip;
}

/** An echo request or its reply. */
export interface EchoFrame extends Seen {
  readonly kind: "request" | "reply";
  readonly source: Ip;
  readonly destination: Ip;
  readonly sequence: number;
}

/** A BFD control packet. */
export interface BfdFrame extends Seen {
  readonly kind: "bfd";
  readonly family: Family;
  readonly source: Ip;
  readonly destination: Ip;
  /** TTL or Hop Limit. */
  readonly ttl: number;
  readonly sourcePort: number;
  /** 3784 or, over several hops, 4784. */
  readonly port: number;
  readonly packet: ReceivedControlPacket;
}

/** A BFD echo packet, on its way there or back. */
export interface BfdEchoFrame extends Seen {
  readonly kind: "bfd echo";
  readonly source: Ip;
  readonly destination: Ip;
  readonly ttl: number;
  readonly payload: Uint8Array;
}

/** A frame of the experiment; `other` is whatever does not matter to it. */
export type Frame =
  | Advert
  | Announcement
  | EchoFrame
  | BfdFrame
  | BfdEchoFrame
  | (Seen & { readonly kind: "other" });

/** Reads a frame. */
export function decodeFrame(atMs: number, bytes: Uint8Array): Frame {
  const frame = decodeEthernet(bytes);
  if (frame === "too short") throw new Error("A captured frame is shorter than an Ethernet header");
  const seen: Seen = { atMs, sourceMac: frame.source, bytes };
  switch (frame.etherType) {
    case ETHERTYPE_ARP:
      return decodeArpFrame(seen, frame.payload);
    case ETHERTYPE_IPV4:
      return decodeIpv4Frame(seen, frame.payload);
    case ETHERTYPE_IPV6:
      return decodeIpv6Frame(seen, frame.payload);
    default:
      return { ...seen, kind: "other" };
  }
}

function decodeArpFrame(seen: Seen, payload: Uint8Array): Frame {
  const arp = decodeArp(payload);
  if (typeof arp === "string" || arp.senderIp !== arp.targetIp) return { ...seen, kind: "other" };
  return { ...seen, kind: "announcement", family: 4, ip: arp.targetIp };
}

function decodeIpv4Frame(seen: Seen, payload: Uint8Array): Frame {
  const packet = decodeIpv4(payload, "verified");
  if (typeof packet === "string") return { ...seen, kind: "other" };
  const header: Header = { ...packet, family: 4 };
  if (packet.protocol === PROTOCOL_VRRP) return decodeAdvert(seen, header);
  if (packet.protocol === PROTOCOL_UDP) return decodeBfdFrame(seen, header);
  if (packet.protocol === PROTOCOL_ICMP) return decodeEchoFrame(seen, header);
  return { ...seen, kind: "other" };
}

function decodeIpv6Frame(seen: Seen, bytes: Uint8Array): Frame {
  const packet = decodeIpv6(bytes);
  if (typeof packet === "string") return { ...seen, kind: "other" };
  const header: Header = {
    ...packet,
    family: 6,
    tos: packet.trafficClass,
    ttl: packet.hopLimit,
  };
  if (packet.nextHeader === PROTOCOL_VRRP) return decodeAdvert(seen, header);
  if (packet.nextHeader === PROTOCOL_UDP) return decodeBfdFrame(seen, header);
  if (packet.nextHeader !== PROTOCOL_ICMPV6) return { ...seen, kind: "other" };
  const neighbor = decodeNeighborAdvertisement(packet.payload, icmpSum(packet));
  if (typeof neighbor === "string") return decodeEchoFrame(seen, header, icmpSum(packet));
  if (neighbor.solicited) return { ...seen, kind: "other" };
  return { ...seen, kind: "announcement", family: 6, ip: neighbor.target };
}

/** What the upper layers ask of either header. */
interface Header {
  readonly family: Family;
  readonly source: Ip;
  readonly destination: Ip;
  readonly tos: number;
  readonly ttl: number;
  readonly payload: Uint8Array;
}

function decodeAdvert(seen: Seen, header: Header): Frame {
  const { family, source, destination, tos, ttl, payload: pdu } = header;
  const advertisement = decodeAdvertisement(pdu, family, 0);
  if (typeof advertisement === "string") return { ...seen, kind: "other" };
  return {
    ...seen,
    kind: "advert",
    family,
    source,
    destination,
    tos,
    ttl,
    ...meaning(advertisement),
    checksum: checksumOf(header),
    pdu,
  };
}

function meaning({ version, vrid, priority, addresses, ...rest }: Advertisement) {
  return { version, vrid, priority, addresses, intervalMs: rest.maxAdvertiseIntervalCs * 10 };
}

function checksumOf({ source, destination, payload }: Header): Advert["checksum"] {
  if (checksumIsRight(payload)) return "plain";
  const sum = pseudoHeaderSum(source, destination, PROTOCOL_VRRP, payload.length);
  return checksumIsRight(payload, sum) ? "pseudo-header" : "wrong";
}

/** The checksum is not looked at: cards, and what stands for them here, fill it in later. */
function decodeBfdFrame(seen: Seen, header: Header): Frame {
  const { family, source, destination, ttl, payload } = header;
  if (payload.length < UDP_BYTES) return { ...seen, kind: "other" };
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const [sourcePort, port] = [view.getUint16(0), view.getUint16(2)];
  if (port === BFD_PORT.echo) {
    const echo = payload.subarray(UDP_BYTES);
    return { ...seen, kind: "bfd echo", source, destination, ttl, payload: echo };
  }
  if (port !== BFD_PORT.single && port !== BFD_PORT.multihop) return { ...seen, kind: "other" };
  const packet = decodeControlPacket(payload.subarray(UDP_BYTES));
  if (typeof packet === "string") return { ...seen, kind: "other" };
  return { ...seen, kind: "bfd", family, source, destination, ttl, sourcePort, port, packet };
}

function icmpSum({ source, destination, payload }: Ipv6Packet): number {
  return pseudoHeaderSum(source, destination, PROTOCOL_ICMPV6, payload.length);
}

function decodeEchoFrame(seen: Seen, header: Header, sum?: number): Frame {
  const { family, source, destination, payload } = header;
  const echo = decodeEcho(payload, family, sum);
  if (typeof echo === "string") return { ...seen, kind: "other" };
  return { ...seen, kind: echo.kind, source, destination, sequence: echo.sequence };
}
