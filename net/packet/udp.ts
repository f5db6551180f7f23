/**
 * UDP datagrams (RFC 768; over IPv6 RFC 8200 §8.1).
 *
 * ```text
 *  0               1               2               3
 * +-------------------------------+-------------------------------+
 * |          Source Port          |       Destination Port        |
 * +-------------------------------+-------------------------------+
 * |            Length             |           Checksum            |
 * +-------------------------------+-------------------------------+
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";
import { familyOf, type Ip } from "../address.ts";
import { pseudoHeaderSum, wordSum } from "./checksum.ts";

/** Where each field sits. Both directions read this table. */
const AT = { sourcePort: 0, destinationPort: 2, length: 4, checksum: 6, payload: 8 };
const LENGTH_MAX = 0xffff;

/** Protocol number (Next Header) of UDP. */
export const PROTOCOL_UDP = 17;

/** A datagram. */
export interface UdpDatagram {
  /** 0 to 65535; 0: none. */
  readonly sourcePort: number;
  /** 1 to 65535. */
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** The addresses that the checksum covers. */
export interface UdpPath {
  readonly source: Ip;
  readonly destination: Ip;
}

/** Why bytes are no datagram. */
export type MalformedUdp = "too short" | "wrong length" | "wrong checksum" | "no checksum";

/**
 * Reads a datagram, or says why it is none; never throws. The payload is a view. Between virtual
 * interfaces datagrams go without their checksum, which nobody made yet: then it is to be trusted.
 */
export function decodeUdp(
  bytes: Uint8Array,
  path: UdpPath,
  checksum: "verified" | "trusted" = "verified",
): UdpDatagram | MalformedUdp {
  if (bytes.length < AT.payload) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(AT.length);
  if (length < AT.payload || length > bytes.length) return "wrong length";
  if (checksum === "verified" && view.getUint16(AT.checksum) === 0) {
    if (familyOf(path.source) === 6) return "no checksum";
  } else if (checksum === "verified" && sumOf(bytes.subarray(0, length), path) !== 0xffff) {
    return "wrong checksum";
  }
  return {
    sourcePort: view.getUint16(AT.sourcePort),
    destinationPort: view.getUint16(AT.destinationPort),
    payload: bytes.subarray(AT.payload, length),
  };
}

/** Writes a datagram with its checksum. */
export function encodeUdp(datagram: UdpDatagram, path: UdpPath): Uint8Array<ArrayBuffer> {
  const { sourcePort, destinationPort, payload } = datagram;
  const length = AT.payload + payload.length;
  assert(length <= LENGTH_MAX, `A datagram has up to 65535 octets: current value is ${length}`);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(AT.sourcePort, sourcePort);
  view.setUint16(AT.destinationPort, destinationPort);
  view.setUint16(AT.length, length);
  bytes.set(payload, AT.payload);
  // Zero means that there is none: it is sent as its other form.
  view.setUint16(AT.checksum, (0xffff - sumOf(bytes, path)) || 0xffff);
  return bytes;
}

function sumOf(bytes: Uint8Array, { source, destination }: UdpPath): number {
  return wordSum(bytes, pseudoHeaderSum(source, destination, PROTOCOL_UDP, bytes.length));
}
