/**
 * Ethernet II frames (IEEE 802.3 §3.1.1), group addresses and virtual router MAC addresses.
 *
 * ```text
 *  0               1               2               3
 * +---------------------------------------------------------------+
 * |                    Destination (6 octets) …                   |
 * +-------------------------------+-------------------------------+
 * |               …               |      Source (6 octets) …      |
 * +-------------------------------+-------------------------------+
 * |                               …                               |
 * +-------------------------------+-------------------------------+
 * |           EtherType           |           Payload …           |
 * ```
 *
 * No preamble, no frame check sequence: sockets and captures have neither. A VLAN tag is left as
 * the EtherType 0x8100 and a payload.
 *
 * @module
 */
import { assert } from "../assert.ts";
import {
  type Family,
  familyOf,
  type Ip,
  ipToBytes,
  isMulticast,
  type Mac,
  macFromBytes,
  macToBytes,
} from "../address.ts";

/** Where each field sits. */
const AT = { destination: 0, source: 6, etherType: 12, payload: 14 };

/** EtherType of IPv4. */
export const ETHERTYPE_IPV4 = 0x0800;
/** EtherType of ARP. */
export const ETHERTYPE_ARP = 0x0806;
/** EtherType of IPv6. */
export const ETHERTYPE_IPV6 = 0x86dd;

/** Everybody on the link. */
export const BROADCAST_MAC: Mac = macFromBytes(new Uint8Array(6).fill(0xff));

/** One frame. */
export interface EthernetFrame {
  readonly destination: Mac;
  readonly source: Mac;
  /** What the payload is, 0 to 65535; below 1536 it is a length (IEEE 802.3 §3.2.6). */
  readonly etherType: number;
  /** Decoded: a view into the frame, padding included. */
  readonly payload: Uint8Array;
}

/** Why bytes are no frame. */
export type Malformed = "too short";

/** Reads a frame, or says why it is none. Copies nothing. */
export function decodeEthernet(bytes: Uint8Array): EthernetFrame | Malformed {
  if (bytes.length < AT.payload) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    destination: macFromBytes(bytes.subarray(AT.destination, AT.source)),
    source: macFromBytes(bytes.subarray(AT.source, AT.etherType)),
    etherType: view.getUint16(AT.etherType),
    payload: bytes.subarray(AT.payload),
  };
}

/** Writes a frame. It is not padded to the 60 octets of a real wire: the driver does that. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(AT.payload + frame.payload.length);
  bytes.set(macToBytes(frame.destination), AT.destination);
  bytes.set(macToBytes(frame.source), AT.source);
  new DataView(bytes.buffer).setUint16(AT.etherType, frame.etherType);
  bytes.set(frame.payload, AT.payload);
  return bytes;
}

/** The MAC address of a virtual router (RFC 9568 §7.3). `vrid` is 1 to 255. */
export function virtualRouterMac(family: Family, vrid: number): Mac {
  assert(vrid >= 1 && vrid <= 255, `VRID is 1 to 255: current value is ${vrid}`);
  return macFromBytes(Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 4 ? 0x01 : 0x02, vrid));
}

/** The MAC address frames to a multicast group go to (RFC 1112 §6.4, RFC 2464 §7). */
export function multicastMac(group: Ip): Mac {
  assert(isMulticast(group), `Not a multicast group: current value is ${group}`);
  const [a = 0, b = 0, c = 0, d = 0] = ipToBytes(group).subarray(-4);
  return macFromBytes(
    familyOf(group) === 4
      ? Uint8Array.of(0x01, 0x00, 0x5e, b & 0x7f, c, d) // The low 23 bits.
      : Uint8Array.of(0x33, 0x33, a, b, c, d),
  );
}
