/**
 * A UDP datagram in its Ethernet frame, for what no socket of the kernel would send or deliver.
 *
 * @module
 */
import { familyOf, type Ip, type Mac } from "../address.ts";
import { decodeEthernet, encodeEthernet, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "./ethernet.ts";
import { decodeIpv4, decodeIpv6, encodeIpv4, encodeIpv6 } from "./ip.ts";
import { decodeUdp, encodeUdp, PROTOCOL_UDP, type UdpDatagram } from "./udp.ts";

/** A datagram, with all that it says of its way. */
export interface UdpFrame extends UdpDatagram {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: Ip;
  readonly destination: Ip;
  /** TTL or Hop Limit, 0 to 255. */
  readonly hopLimit: number;
  /** Type of service or traffic class, 0 to 255. */
  readonly trafficClass: number;
}

/**
 * Reads a frame; undefined if it holds no UDP datagram. Its checksum is not looked at. The payload
 * is a view.
 */
export function decodeUdpFrame(bytes: Uint8Array): UdpFrame | undefined {
  const frame = decodeEthernet(bytes);
  if (typeof frame === "string") return undefined;
  const packet = packetIn(frame.etherType, frame.payload);
  const datagram = packet && decodeUdp(packet.payload, packet, "trusted");
  if (!datagram || typeof datagram === "string") return undefined;
  return { ...packet, sourceMac: frame.source, destinationMac: frame.destination, ...datagram };
}

/** Writes a frame, checksums included. Both addresses are of the same family. */
export function encodeUdpFrame(frame: UdpFrame): Uint8Array<ArrayBuffer> {
  const { source, destination, hopLimit, trafficClass } = frame;
  const payload = encodeUdp(frame, frame);
  const isV4 = familyOf(source) === 4;
  const packet = isV4
    ? encodeIpv4({
      ...{ source, destination, payload, tos: trafficClass, ttl: hopLimit },
      protocol: PROTOCOL_UDP,
    })
    : encodeIpv6({
      source,
      destination,
      payload,
      trafficClass,
      hopLimit,
      nextHeader: PROTOCOL_UDP,
    });
  return encodeEthernet({
    destination: frame.destinationMac,
    source: frame.sourceMac,
    etherType: isV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
    payload: packet,
  });
}

type Packet = Pick<UdpFrame, "source" | "destination" | "hopLimit" | "trafficClass" | "payload">;

function packetIn(etherType: number, bytes: Uint8Array): Packet | undefined {
  if (etherType === ETHERTYPE_IPV4) {
    const packet = decodeIpv4(bytes);
    if (typeof packet === "string" || packet.protocol !== PROTOCOL_UDP) return undefined;
    const { source, destination, ttl: hopLimit, tos: trafficClass, payload } = packet;
    return { source, destination, hopLimit, trafficClass, payload };
  }
  if (etherType !== ETHERTYPE_IPV6) return undefined;
  const packet = decodeIpv6(bytes);
  if (typeof packet === "string" || packet.nextHeader !== PROTOCOL_UDP) return undefined;
  const { source, destination, hopLimit, trafficClass, payload } = packet;
  return { source, destination, hopLimit, trafficClass, payload };
}
