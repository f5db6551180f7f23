/**
 * IPv4 (RFC 791 §3.1) and IPv6 (RFC 8200 §3) headers.
 *
 * ```text
 *  0               1               2               3
 * +-------+-------+---------------+-------------------------------+
 * |   4   |  IHL  |      TOS      |         Total Length          |
 * +-------+-------+---------------+-----+-------------------------+
 * |        Identification         |Flags|     Fragment Offset     |
 * +---------------+---------------+-----+-------------------------+
 * |      TTL      |   Protocol    |        Header Checksum        |
 * +---------------+---------------+-------------------------------+
 * |         Source, Destination (4 octets each), Options          |
 *
 * +-------+---------------+---------------------------------------+
 * |   6   | Traffic Class |              Flow Label               |
 * +-------+---------------+-------+---------------+---------------+
 * |        Payload Length         |  Next Header  |   Hop Limit   |
 * +-------------------------------+---------------+---------------+
 * |            Source, Destination (16 octets each)               |
 * ```
 *
 * A received packet may be followed by padding of the link: the payload ends where the header says,
 * and `paddingBytes` tells what was left. IPv6 extension headers and jumbograms are not followed.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { familyOf, type Ip, ipFromBytes, ipToBytes } from "../address.ts";
import { wordSum } from "./checksum.ts";

/** Where each IPv4 field sits. Both directions read this table. */
const AT4 = {
  versionIhl: 0,
  tos: 1,
  totalLength: 2,
  identification: 4,
  flagsAndOffset: 6,
  ttl: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
  options: 20,
};
/** Where each IPv6 field sits. Both directions read this table. */
const AT6 = {
  versionClassLabel: 0,
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  destination: 24,
  payload: 40,
};
const OPTIONS_BYTES_MAX = 40;
const NO_BYTES = new Uint8Array(0);

/** Protocol number of ICMP. */
export const PROTOCOL_ICMP = 1;
/** Protocol number of the Authentication Header. */
export const PROTOCOL_AH = 51;
/** Protocol number (Next Header) of ICMPv6. */
export const PROTOCOL_ICMPV6 = 58;
/** Protocol number (Next Header) of VRRP (RFC 9568 §5.1). */
export const PROTOCOL_VRRP = 112;

/** An IPv4 packet to send. */
export interface Ipv4Fields {
  /** Type of service, or DSCP and ECN, 0 to 255; default 0. */
  readonly tos?: number;
  /** 16 bits; default 0, which a raw socket replaces. */
  readonly identification?: number;
  /** Three flag bits (0x4000: do not fragment), then the offset in units of 8 octets; default 0. */
  readonly flagsAndOffset?: number;
  /** 0 to 255. */
  readonly ttl: number;
  /** 0 to 255. */
  readonly protocol: number;
  readonly source: Ip;
  readonly destination: Ip;
  /** 0 to 40 octets, a multiple of 4; default none. */
  readonly options?: Uint8Array;
  readonly payload: Uint8Array;
}

/** A received IPv4 packet. Options and payload are views into it. */
export interface Ipv4Packet extends Required<Ipv4Fields> {
  /** Octets behind the packet that its total length does not cover. */
  readonly paddingBytes: number;
}

/** Why bytes are no packet. The text is the log message and the counter's key. */
export type Malformed =
  | "too short"
  | "not IPv4"
  | "wrong header length"
  | "wrong total length"
  | "wrong header checksum"
  | "not IPv6"
  | "wrong payload length";

/** Whether the header checksum is to be looked at: the kernel has done so for what it delivers. */
export type HeaderChecksum = "trusted" | "verified";

/** Reads an IPv4 packet, or says why it is none. Fragments are not put together. */
export function decodeIpv4(
  bytes: Uint8Array,
  headerChecksum: HeaderChecksum = "trusted",
): Ipv4Packet | Malformed {
  if (bytes.length < AT4.options) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const versionIhl = view.getUint8(AT4.versionIhl);
  if (versionIhl >> 4 !== 4) return "not IPv4";
  const headerBytes = (versionIhl & 0x0f) * 4;
  if (headerBytes < AT4.options || headerBytes > bytes.length) return "wrong header length";
  const totalBytes = view.getUint16(AT4.totalLength);
  if (totalBytes < headerBytes || totalBytes > bytes.length) return "wrong total length";
  if (headerChecksum === "verified" && wordSum(bytes.subarray(0, headerBytes)) !== 0xffff) {
    return "wrong header checksum";
  }
  return {
    tos: view.getUint8(AT4.tos),
    identification: view.getUint16(AT4.identification),
    flagsAndOffset: view.getUint16(AT4.flagsAndOffset),
    ttl: view.getUint8(AT4.ttl),
    protocol: view.getUint8(AT4.protocol),
    source: ipFromBytes(bytes.subarray(AT4.source, AT4.destination)),
    destination: ipFromBytes(bytes.subarray(AT4.destination, AT4.options)),
    options: bytes.subarray(AT4.options, headerBytes),
    payload: bytes.subarray(headerBytes, totalBytes),
    paddingBytes: bytes.length - totalBytes,
  };
}

/** Writes an IPv4 packet, lengths and header checksum included. */
export function encodeIpv4(packet: Ipv4Fields): Uint8Array<ArrayBuffer> {
  const { source, destination, options = NO_BYTES, payload } = packet;
  assert(
    familyOf(source) === 4 && familyOf(destination) === 4,
    `Addresses are IPv4: current values are ${source} and ${destination}`,
  );
  assert(
    options.length <= OPTIONS_BYTES_MAX && options.length % 4 === 0,
    `IPv4 options are 0 to 40 octets in fours: current value is ${options.length}`,
  );
  const headerBytes = AT4.options + options.length;
  const totalBytes = headerBytes + payload.length;
  assert(totalBytes <= 0xffff, `IPv4 packet fits 65535 octets: current value is ${totalBytes}`);
  const bytes = new Uint8Array(totalBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(AT4.versionIhl, 0x40 | (headerBytes / 4));
  view.setUint8(AT4.tos, packet.tos ?? 0);
  view.setUint16(AT4.totalLength, totalBytes);
  view.setUint16(AT4.identification, packet.identification ?? 0);
  view.setUint16(AT4.flagsAndOffset, packet.flagsAndOffset ?? 0);
  view.setUint8(AT4.ttl, packet.ttl);
  view.setUint8(AT4.protocol, packet.protocol);
  bytes.set(ipToBytes(source), AT4.source);
  bytes.set(ipToBytes(destination), AT4.destination);
  bytes.set(options, AT4.options);
  view.setUint16(AT4.checksum, 0xffff - wordSum(bytes.subarray(0, headerBytes)));
  bytes.set(payload, headerBytes);
  return bytes;
}

/** An IPv6 packet to send. */
export interface Ipv6Fields {
  /** 0 to 255; default 0. */
  readonly trafficClass?: number;
  /** 20 bits; default 0. */
  readonly flowLabel?: number;
  /** 0 to 255. */
  readonly hopLimit: number;
  /** 0 to 255: what the payload starts with. */
  readonly nextHeader: number;
  readonly source: Ip;
  readonly destination: Ip;
  readonly payload: Uint8Array;
}

/** A received IPv6 packet. The payload is a view into it. */
export interface Ipv6Packet extends Required<Ipv6Fields> {
  /** Octets behind the packet that its payload length does not cover. */
  readonly paddingBytes: number;
}

/** Reads an IPv6 packet, or says why it is none. */
export function decodeIpv6(bytes: Uint8Array): Ipv6Packet | Malformed {
  if (bytes.length < AT6.payload) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const versionClassLabel = view.getUint32(AT6.versionClassLabel);
  if (versionClassLabel >>> 28 !== 6) return "not IPv6";
  const endBytes = AT6.payload + view.getUint16(AT6.payloadLength);
  if (endBytes > bytes.length) return "wrong payload length";
  return {
    trafficClass: (versionClassLabel >>> 20) & 0xff,
    flowLabel: versionClassLabel & 0xfffff,
    hopLimit: view.getUint8(AT6.hopLimit),
    nextHeader: view.getUint8(AT6.nextHeader),
    source: ipFromBytes(bytes.subarray(AT6.source, AT6.destination)),
    destination: ipFromBytes(bytes.subarray(AT6.destination, AT6.payload)),
    payload: bytes.subarray(AT6.payload, endBytes),
    paddingBytes: bytes.length - endBytes,
  };
}

/** Writes an IPv6 packet. */
export function encodeIpv6(packet: Ipv6Fields): Uint8Array<ArrayBuffer> {
  const { trafficClass = 0, flowLabel = 0, source, destination, payload } = packet;
  assert(
    familyOf(source) === 6 && familyOf(destination) === 6,
    `Addresses are IPv6: current values are ${source} and ${destination}`,
  );
  assert(trafficClass >= 0 && trafficClass <= 0xff, "Traffic class fits 8 bits");
  assert(flowLabel >= 0 && flowLabel <= 0xfffff, "Flow label fits 20 bits");
  assert(payload.length <= 0xffff, `IPv6 payload fits 65535 octets: it has ${payload.length}`);
  const bytes = new Uint8Array(AT6.payload + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(AT6.versionClassLabel, ((6 << 28) | (trafficClass << 20) | flowLabel) >>> 0);
  view.setUint16(AT6.payloadLength, payload.length);
  view.setUint8(AT6.nextHeader, packet.nextHeader);
  view.setUint8(AT6.hopLimit, packet.hopLimit);
  bytes.set(ipToBytes(source), AT6.source);
  bytes.set(ipToBytes(destination), AT6.destination);
  bytes.set(payload, AT6.payload);
  return bytes;
}
