/**
 * Values of routes and rules: networks, realms, ranges, large numbers.
 *
 * @module
 */
import {
  familyOf,
  ipFromBytes,
  ipLength,
  ipToBytes,
  parseIp,
  parsePrefix,
  type Prefix,
} from "../../../net/address.ts";
import type { NumberRange, Realms } from "../../../machines/route_config.ts";
import { quote } from "../diagnostic.ts";
import { required } from "../shape.ts";
import { type Read, reader } from "../values.ts";
import type { Word } from "../words.ts";
import { type Cursor, findName, type LineOption } from "./option_line.ts";

/** Greatest number of 32 bits. */
export const UINT32_MAX = 0xffff_ffff;
const UINT64_MAX = 2n ** 64n - 1n;

/** A network; bits of hosts are cleared, as the kernel demands, with a word about it. */
export const network: Read<Prefix> = reader({ kind: "prefix" }, (word, complaints) => {
  const { text, place } = word;
  const prefix = parsePrefix(text);
  if (!prefix) {
    const ip = parseIp(text.replace(/\/.*/s, ""));
    const message = ip === undefined
      ? `${quote(text)} is not an address`
      : `${quote(text)} has a wrong prefix length: 0 to ${ipLength(familyOf(ip)) * 8}`;
    complaints.add(ip === undefined ? "E305" : "E302", place, message);
    return undefined;
  }
  const cleared = withoutHost(prefix);
  if (cleared.ip !== prefix.ip) {
    const message = `${
      quote(text)
    } has bits of a host: ${cleared.ip}/${cleared.prefixLength} is used`;
    complaints.add("W602", place, message);
  }
  return cleared;
});

function withoutHost({ ip, prefixLength }: Prefix): Prefix {
  const octets = ipToBytes(ip).map((octet, i) => {
    const networkBits = Math.min(8, Math.max(0, prefixLength - i * 8));
    return octet & ~(0xff >> networkBits);
  });
  return { ip: ipFromBytes(octets), prefixLength };
}

/** Whether a word can begin a network. */
export function looksLikeNetwork(text: string): boolean {
  return parseIp(text.replace(/\/.*/s, "")) !== undefined;
}

/** A number of 64 bits, as decimal text. */
export const uint64: Read<string> = reader(
  { kind: "text", what: "0 to 18446744073709551615" },
  (word, complaints) => {
    const { text, place } = word;
    if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text)) {
      complaints.add("E301", place, `${quote(text)} is not a number`);
      return undefined;
    }
    const number = BigInt(text);
    if (number <= UINT64_MAX) return String(number);
    complaints.add("E302", place, `${quote(text)} is out of range: must be 0 to ${UINT64_MAX}`);
    return undefined;
  },
);

/** `FIRST-LAST`, or one number for both. */
export function numberRange(max: number): Read<NumberRange> {
  const shape = { kind: "text", what: `FIRST-LAST, 0 to ${max}` } as const;
  return reader(shape, (word, complaints) => {
    const { text, place } = word;
    const [, from, to] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
    if (from === undefined) {
      complaints.add("E301", place, `${quote(text)} is not a range: FIRST-LAST`);
      return undefined;
    }
    const [first, last] = [Number(from), Number(to ?? from)];
    if (first <= last && last <= max) return { first, last };
    const message = first > last
      ? `${quote(text)} ends before it begins`
      : `${quote(text)} is out of range: must be 0 to ${max}`;
    complaints.add("E302", place, message);
    return undefined;
  });
}

/** `realms [SOURCE/]DESTINATION`. */
export function realmsOption<Draft>(
  set: (draft: Draft, realms: Realms, word: Word) => void,
): LineOption<Draft> {
  return {
    parameters: [required("realms", { kind: "text", what: "[SOURCE/]DESTINATION" })],
    read: (draft, cursor) => {
      const word = cursor.value();
      const realms = word && readRealms(word, cursor);
      if (word && realms) set(draft, realms, word);
      return realms !== undefined;
    },
  };
}

function readRealms(word: Word, cursor: Cursor): Realms | undefined {
  const parts = word.text.split("/").map((text) => ({ text, place: word.place }));
  const [first, second, surplus] = parts;
  if (!first || surplus) {
    return cursor.fail("E304", word, `${quote(word.text)} is not [SOURCE/]DESTINATION`);
  }
  const source = second ? findName(first, "realm", cursor) : 0;
  const destination = findName(second ?? first, "realm", cursor);
  return source === undefined || destination === undefined ? undefined : { source, destination };
}
