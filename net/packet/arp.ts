/**
 * ARP for IPv4 over Ethernet (RFC 826), and the gratuitous ARP of a new active router
 * (RFC 5227 §2.3, RFC 9568 §8.1.2).
 *
 * ```text
 *  0               1               2               3
 * +-------------------------------+-------------------------------+
 * |         Hardware Type         |         Protocol Type         |
 * +---------------+---------------+-------------------------------+
 * | Hardware Len. | Protocol Len. |           Operation           |
 * +---------------+---------------+-------------------------------+
 * |                  Sender Hardware Address (6)                  |
 * +                               +-------------------------------+
 * |                               |      Sender Protocol Addr.    |
 * +-------------------------------+-------------------------------+
 * |     Sender Protocol Addr.     |                               |
 * +-------------------------------+                               +
 * |                  Target Hardware Address (6)                  |
 * +---------------------------------------------------------------+
 * |                  Target Protocol Address (4)                  |
 * +---------------------------------------------------------------+
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";
import {
  familyOf,
  type Ip,
  ipFromBytes,
  ipToBytes,
  type Mac,
  macFromBytes,
  macToBytes,
  writeIpv4,
} from "../address.ts";
import { BROADCAST_MAC, encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "./ethernet.ts";

/** Where each field sits. Both directions read this table. */
const AT = {
  hardwareType: 0,
  protocolType: 2,
  hardwareLength: 4,
  protocolLength: 5,
  operation: 6,
  senderMac: 8,
  senderIp: 14,
  targetMac: 18,
  targetIp: 24,
  end: 28,
};
const HARDWARE_ETHERNET = 1;
/** Hardware length 6 and protocol length 4, read as one word. */
const LENGTHS = 0x0604;

/** Operation code of a request. */
export const ARP_REQUEST = 1;
/** Operation code of a reply. */
export const ARP_REPLY = 2;

/** One ARP packet; addresses are IPv4. */
export interface ArpPacket {
  /** {@linkcode ARP_REQUEST}, {@linkcode ARP_REPLY}, or another 16-bit value. */
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderIp: Ip;
  readonly targetMac: Mac;
  readonly targetIp: Ip;
}

/** Why bytes are no ARP packet we read. */
export type Malformed = "too short" | "not IPv4 over Ethernet";

/** Reads the payload of an ARP frame. Octets behind it are padding. */
export function decodeArp(bytes: Uint8Array): ArpPacket | Malformed {
  if (bytes.length < AT.end) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (
    view.getUint16(AT.hardwareType) !== HARDWARE_ETHERNET ||
    view.getUint16(AT.protocolType) !== ETHERTYPE_IPV4 ||
    view.getUint16(AT.hardwareLength) !== LENGTHS
  ) return "not IPv4 over Ethernet";
  return {
    operation: view.getUint16(AT.operation),
    senderMac: macFromBytes(bytes.subarray(AT.senderMac, AT.senderIp)),
    senderIp: ipFromBytes(bytes.subarray(AT.senderIp, AT.targetMac)),
    targetMac: macFromBytes(bytes.subarray(AT.targetMac, AT.targetIp)),
    targetIp: ipFromBytes(bytes.subarray(AT.targetIp, AT.end)),
  };
}

/** Writes the payload of an ARP frame: 28 octets. */
export function encodeArp(packet: ArpPacket): Uint8Array<ArrayBuffer> {
  assert(
    familyOf(packet.senderIp) === 4 && familyOf(packet.targetIp) === 4,
    `ARP is for IPv4: current values are ${packet.senderIp} and ${packet.targetIp}`,
  );
  const bytes = new Uint8Array(AT.end);
  const view = new DataView(bytes.buffer);
  view.setUint16(AT.hardwareType, HARDWARE_ETHERNET);
  view.setUint16(AT.protocolType, ETHERTYPE_IPV4);
  view.setUint16(AT.hardwareLength, LENGTHS);
  view.setUint16(AT.operation, packet.operation);
  bytes.set(macToBytes(packet.senderMac), AT.senderMac);
  bytes.set(ipToBytes(packet.senderIp), AT.senderIp);
  bytes.set(macToBytes(packet.targetMac), AT.targetMac);
  bytes.set(ipToBytes(packet.targetIp), AT.targetIp);
  return bytes;
}

/** What a gratuitous ARP says: `ip` is at `senderMac`. */
export interface GratuitousArp {
  readonly senderMac: Mac;
  readonly ip: Ip;
  /** Source of the frame; default: `senderMac`. */
  readonly sourceMac?: Mac;
  /**
   * Target hardware address, which receivers ignore (RFC 5227 §2.1.1). Default: the broadcast
   * address, as keepalived and FRR send it; RFC 9568 erratum 7949 has the virtual router's MAC.
   */
  readonly targetMac?: Mac;
}

/**
 * Writes a gratuitous ARP as a whole Ethernet frame: a broadcast request in which both protocol
 * addresses are `ip` (RFC 5227 §2.3).
 */
export function encodeGratuitousArp(arp: GratuitousArp): Uint8Array<ArrayBuffer> {
  return encodeEthernet({
    destination: BROADCAST_MAC,
    source: arp.sourceMac ?? arp.senderMac,
    etherType: ETHERTYPE_ARP,
    payload: encodeArp({
      operation: ARP_REQUEST,
      senderMac: arp.senderMac,
      senderIp: arp.ip,
      targetMac: arp.targetMac ?? BROADCAST_MAC,
      targetIp: arp.ip,
    }),
  });
}

/** The same gratuitous ARP for another address; `frame` is of {@linkcode encodeGratuitousArp}. */
export function gratuitousArpFor(frame: Uint8Array<ArrayBuffer>, ip: Ip): Uint8Array<ArrayBuffer> {
  const payload = frame.length - AT.end;
  assert(payload >= 0 && familyOf(ip) === 4, "a gratuitous ARP is a frame for an IPv4 address");
  const bytes = frame.slice();
  writeIpv4(ip, bytes, payload + AT.senderIp);
  bytes.copyWithin(payload + AT.targetIp, payload + AT.senderIp, payload + AT.targetMac);
  return bytes;
}
