/**
 * What a frame says, read from its bytes alone: for the judges and the transcripts, who must not
 * trust what the sender believes it sent.
 *
 * @module
 */
import { type Family, familyOf, type Ip, type Mac } from "../../net/address.ts";
import { decodeArp } from "../../net/packet/arp.ts";
import { type BfdState, decodeControlPacket } from "../../net/packet/bfd.ts";
import {
  decodeEthernet,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
} from "../../net/packet/ethernet.ts";
import { decodeIpv4, decodeIpv6, PROTOCOL_ICMPV6, PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import { decodeNeighborAdvertisement } from "../../net/packet/ndp.ts";
import { decodeUdp, PROTOCOL_UDP, type UdpPath } from "../../net/packet/udp.ts";
import { decodeAdvertisement, type VrrpVersion } from "../../net/packet/vrrp.ts";

/** An advertisement on the wire. */
export interface SeenAdvertisement {
  readonly kind: "advertisement";
  readonly family: Family;
  readonly version: VrrpVersion;
  readonly vrid: number;
  readonly priority: number;
  readonly intervalCs: number;
  readonly source: Ip;
  readonly destination: Ip;
}

/** A gratuitous ARP or an unsolicited Neighbor Advertisement. */
export interface SeenAnnouncement {
  readonly kind: "announcement";
  readonly ip: Ip;
  readonly mac: Mac;
}

/** A BFD control packet. */
export interface SeenBfdPacket {
  readonly kind: "bfd";
  readonly source: Ip;
  readonly destination: Ip;
  readonly state: BfdState;
  readonly detectMult: number;
  readonly desiredMinTxIntervalUs: number;
}

/** What a frame says; undefined: nothing that matters here. */
export type Seen = SeenAdvertisement | SeenAnnouncement | SeenBfdPacket | undefined;

/** Ports of control packets: over one hop, over several. */
const BFD_PORTS: ReadonlySet<number> = new Set([3784, 4784]);

/** What was read before: each frame reaches many, and all of them look at it. */
const known = new WeakMap<Uint8Array, { readonly seen: Seen }>();

/** Reads a frame, which nobody may change any more. */
export function readFrame(frame: Uint8Array): Seen {
  const before = known.get(frame);
  if (before) return before.seen;
  const seen = decodeFrame(frame);
  known.set(frame, { seen });
  return seen;
}

function decodeFrame(frame: Uint8Array): Seen {
  const ethernet = decodeEthernet(frame);
  if (typeof ethernet === "string") return undefined;
  switch (ethernet.etherType) {
    case ETHERTYPE_ARP:
      return readArp(ethernet.payload);
    case ETHERTYPE_IPV4: {
      const packet = decodeIpv4(ethernet.payload);
      if (typeof packet === "string") return undefined;
      if (packet.protocol === PROTOCOL_UDP) return readUdp(packet.payload, packet);
      if (packet.protocol !== PROTOCOL_VRRP) return undefined;
      return readAdvertisement(packet.payload, packet.source, packet.destination);
    }
    case ETHERTYPE_IPV6: {
      const packet = decodeIpv6(ethernet.payload);
      if (typeof packet === "string") return undefined;
      if (packet.nextHeader === PROTOCOL_ICMPV6) return readNeighbor(packet.payload);
      if (packet.nextHeader === PROTOCOL_UDP) return readUdp(packet.payload, packet);
      if (packet.nextHeader !== PROTOCOL_VRRP) return undefined;
      return readAdvertisement(packet.payload, packet.source, packet.destination);
    }
  }
  return undefined;
}

function readArp(payload: Uint8Array): Seen {
  const arp = decodeArp(payload);
  if (typeof arp === "string" || arp.senderIp !== arp.targetIp) return undefined;
  return { kind: "announcement", ip: arp.senderIp, mac: arp.senderMac };
}

function readNeighbor(payload: Uint8Array): Seen {
  const advertisement = decodeNeighborAdvertisement(payload);
  if (typeof advertisement === "string" || advertisement.targetMac === undefined) return undefined;
  const { target, targetMac } = advertisement;
  return { kind: "announcement", ip: target, mac: targetMac };
}

function readUdp(bytes: Uint8Array, { source, destination }: UdpPath): Seen {
  const datagram = decodeUdp(bytes, { source, destination });
  if (typeof datagram === "string" || !BFD_PORTS.has(datagram.destinationPort)) return undefined;
  const packet = decodeControlPacket(datagram.payload);
  if (typeof packet === "string") return undefined;
  const { state, detectMult, desiredMinTxIntervalUs } = packet;
  return { kind: "bfd", source, destination, state, detectMult, desiredMinTxIntervalUs };
}

function readAdvertisement(pdu: Uint8Array, source: Ip, destination: Ip): Seen {
  const advertisement = decodeAdvertisement(pdu, familyOf(source));
  if (typeof advertisement === "string") return undefined;
  const { version, vrid, priority, maxAdvertiseIntervalCs: intervalCs } = advertisement;
  const family = familyOf(source);
  return {
    kind: "advertisement",
    family,
    version,
    vrid,
    priority,
    intervalCs,
    source,
    destination,
  };
}
