/**
 * The Internet checksum (RFC 1071) and the pseudo-headers some protocols add to it.
 *
 * Sums travel folded to 16 bits and not complemented: a message is right if its sum, checksum field
 * included, is 0xffff; the field to send is 0xffff minus the sum taken with the field zero.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { familyOf, type Ip, ipToBytes } from "../address.ts";

/**
 * One's complement sum of the 16-bit words of `bytes`, folded to 16 bits, added to `start`.
 *
 * An odd last octet counts as the high half of a word. Sums chain through `start` (0 to 2^32),
 * provided that every part but the last has an even length.
 */
export function wordSum(bytes: Uint8Array, start = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const evenBytes = bytes.byteLength & ~1;
  let sum = start;
  for (let at = 0; at < evenBytes; at += 2) sum += view.getUint16(at);
  if (evenBytes < bytes.byteLength) sum += view.getUint8(evenBytes) << 8;
  return fold(sum);
}

/**
 * Folded sum of the pseudo-header of an upper-layer message: IPv4 as TCP and UDP use it (RFC 9293
 * §3.1), IPv6 as in RFC 8200 §8.1. `lengthBytes` is the length of the message it goes before.
 */
export function pseudoHeaderSum(
  source: Ip,
  destination: Ip,
  protocol: number,
  lengthBytes: number,
): number {
  assert(
    familyOf(source) === familyOf(destination),
    `Pseudo-header addresses are of one family: current values are ${source} and ${destination}`,
  );
  const addresses = wordSum(ipToBytes(destination), wordSum(ipToBytes(source)));
  // A 32-bit length needs no splitting: folding adds its high half to its low half.
  return fold(addresses + protocol + lengthBytes);
}

/** Adds the carries back in until 16 bits hold the sum (RFC 1071 §2, point 1). */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}
