/**
 * stayd's own BFD echo packets. Their payload is a local matter (RFC 5880 §5): a neighbour only
 * sends them back. FRR does so only with packets that are as long as its own.
 *
 * ```text
 *  0               1               2               3
 * +---------------------------------------------------------------+
 * |                        Magic "stEc"                           |
 * |                    Discriminator (ours)                       |
 * |                     Nonce of the session                      |
 * |                       Sequence Number                         |
 * +---------------------------------------------------------------+
 * |                       Padding: 8 octets                       |
 * |                                                               |
 * +---------------------------------------------------------------+
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";

/** Where each field sits. Both directions read this table. */
const AT = { magic: 0, discriminator: 4, nonce: 8, sequence: 12, end: 24 };
const MAGIC = 0x73744563;
const LONG_MAX = 0xffff_ffff;

/** Octets of an echo packet. */
export const ECHO_BYTES = AT.end;

/** An echo packet. Every field is 0 to 4294967295. */
export interface EchoPacket {
  /** bfd.LocalDiscr: finds the session again. */
  readonly discriminator: number;
  /** Random, known to nobody off the path: an echo that is none cannot be made up. */
  readonly nonce: number;
  /** Counts up, in a circle. */
  readonly sequence: number;
}

/** Reads an echo packet; never throws. Others' echo packets are not ours to read. */
export function decodeEchoPacket(bytes: Uint8Array): EchoPacket | "wrong length" | "not ours" {
  if (bytes.length !== AT.end) return "wrong length";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(AT.magic) !== MAGIC) return "not ours";
  return {
    discriminator: view.getUint32(AT.discriminator),
    nonce: view.getUint32(AT.nonce),
    sequence: view.getUint32(AT.sequence),
  };
}

/** Writes an echo packet into exactly {@linkcode ECHO_BYTES} octets. */
export function encodeEchoPacket(packet: EchoPacket, bytes: Uint8Array): void {
  assert(bytes.length === AT.end, `An echo packet has 24 octets: current value is ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(AT.magic, MAGIC);
  for (const field of ["discriminator", "nonce", "sequence"] as const) {
    const value = packet[field];
    assert(
      Number.isInteger(value) && value >= 0 && value <= LONG_MAX,
      `${field} is 0 to 4294967295: current value is ${value}`,
    );
    view.setUint32(AT[field], value);
  }
}
