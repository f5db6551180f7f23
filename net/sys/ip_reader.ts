/**
 * Addresses from octets to text, remembered: the same few routers send again and again, and making
 * the text of an address costs more than receiving its packet.
 *
 * @module
 */
import { type Family, type Ip, ipFromBytes, ipLength } from "../address.ts";
import { LITTLE_ENDIAN } from "./layout.ts";

/** A power of two. An address has one place; another one that wants it pushes it out. */
const PLACE_COUNT = 256;
const WORD_COUNT = 4;
/** Multiplier of Knuth's multiplicative hash: 2^32 divided by the golden ratio. */
const HASH_FACTOR = 0x9e3779b1;

const words = new Uint32Array(PLACE_COUNT * WORD_COUNT);
const texts = new Array<Ip | undefined>(PLACE_COUNT);
const families = new Uint8Array(PLACE_COUNT);

/** The address at an offset of a view, in network byte order. The view must hold it whole. */
export function readIp(view: DataView, at: number, family: Family): Ip {
  const a = view.getUint32(at, LITTLE_ENDIAN);
  const isV4 = family === 4;
  const b = isV4 ? 0 : view.getUint32(at + 4, LITTLE_ENDIAN);
  const c = isV4 ? 0 : view.getUint32(at + 8, LITTLE_ENDIAN);
  const d = isV4 ? 0 : view.getUint32(at + 12, LITTLE_ENDIAN);
  const place = Math.imul(a ^ b ^ c ^ d, HASH_FACTOR) >>> 24;
  const word = place * WORD_COUNT;
  const known = texts[place];
  if (
    known !== undefined && families[place] === family && words[word] === a &&
    words[word + 1] === b && words[word + 2] === c && words[word + 3] === d
  ) return known;
  const text = ipFromBytes(
    new Uint8Array(view.buffer, view.byteOffset + at, ipLength(family)),
  );
  words[word] = a;
  words[word + 1] = b;
  words[word + 2] = c;
  words[word + 3] = d;
  families[place] = family;
  texts[place] = text;
  return text;
}
