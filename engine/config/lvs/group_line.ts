/**
 * A line of `virtual_server_group`: an address, a range, a prefix, or a firewall mark.
 *
 * ```text
 * 192.0.2.1 80      192.0.2.1-9 80      2001:db8::1-ff 80      192.0.2.1-192.0.3.9 80
 * 192.0.2.0/28 80   fwmark 5            fwmark 5 inet6
 * ```
 *
 * @module
 */
import {
  compareIp,
  type Family,
  familyOf,
  type Ip,
  ipFromBytes,
  ipToBytes,
  parseIp,
} from "../../../net/address.ts";
import { type Code, quote } from "../diagnostic.ts";
import { type Grammar, many, required, text } from "../shape.ts";
import { oneOf } from "../values.ts";
import type { Context } from "../vocabulary.ts";
import type { Word } from "../words.ts";
import type { GroupLine } from "./drafts.ts";
import { portOrNone, uint32 } from "./readers.ts";

/** What a line looks like. */
export const GROUP_GRAMMAR: Grammar = {
  parameters: [
    required("addresses", text("an address, a range A-B, a prefix A/LENGTH, or fwmark")),
    many("more", text("a port; behind fwmark: the mark, and inet or inet6")),
  ],
  options: {},
};

const family = oneOf<Family>({ inet: 4, inet6: 6 });

/** Whether a word looks like the beginning of such a line. */
export function looksLikeGroupLine(word: string): boolean {
  return word === "fwmark" || parseIp(word.replace(/[-/].*/s, "")) !== undefined;
}

/** Reads a line; undefined if it cannot be used, which was complained about. */
export function readGroupLine(
  [first, second, third]: readonly Word[],
  { complaints }: Context,
): GroupLine | undefined {
  if (!first) return undefined;
  if (first.text === "fwmark") {
    if (!second) {
      complaints.add("E208", first.place, "'fwmark' needs a value");
      return undefined;
    }
    const mark = uint32(second, complaints);
    const given = third && family(third, complaints);
    if (mark === undefined || (third && !given)) return undefined;
    return { kind: "fwmark", mark, ...(given && { family: given }) };
  }
  const range = readRange(first.text);
  if ("problem" in range) {
    complaints.add(range.code, first.place, range.problem);
    return undefined;
  }
  const portNumber = second ? portOrNone(second, complaints) : 0;
  return portNumber === undefined ? undefined : { kind: "addresses", ...range, port: portNumber };
}

interface Range {
  readonly first: Ip;
  readonly last: Ip;
}
interface Problem {
  readonly code: Code;
  readonly problem: string;
}

function readRange(word: string): Range | Problem {
  const [, begin = "", sign, end = ""] = /^([^-/]*)(?:([-/])(.*))?$/s.exec(word) ?? [];
  const first = parseIp(begin);
  if (first === undefined) return { code: "E305", problem: `${quote(word)} is not an address` };
  if (sign === undefined) return { first, last: first };
  if (sign === "/") return prefixRange(word, first, end);
  const last = parseIp(end);
  if (last === undefined) return shortRange(word, first, end);
  if (familyOf(last) !== familyOf(first)) {
    return { code: "E404", problem: `${quote(word)} has addresses of different families` };
  }
  if (compareIp(last, first) < 0) {
    return { code: "E302", problem: `${quote(word)} ends before it begins` };
  }
  return { first, last };
}

const GROUP_MAX: Readonly<Record<Family, number>> = { 4: 0xff, 6: 0xffff };

/** `A.B.C.X-Y`, decimal, and `A::X-Y`, hexadecimal: the last group changes. */
function shortRange(word: string, first: Ip, end: string): Range | Problem {
  const isIpv4 = familyOf(first) === 4;
  if (!(isIpv4 ? /^\d{1,3}$/ : /^[0-9a-fA-F]{1,4}$/).test(end)) {
    return { code: "E305", problem: `${quote(word)} has no end that could be read` };
  }
  const bytes = ipToBytes(first);
  const view = new DataView(bytes.buffer);
  const at = isIpv4 ? bytes.length - 1 : bytes.length - 2;
  const from = isIpv4 ? view.getUint8(at) : view.getUint16(at);
  const to = Number.parseInt(end, isIpv4 ? 10 : 16);
  if (to <= from || to > GROUP_MAX[familyOf(first)]) {
    return { code: "E302", problem: `${quote(word)} must end behind where it begins` };
  }
  if (isIpv4) view.setUint8(at, to);
  else view.setUint16(at, to);
  return { first, last: ipFromBytes(bytes) };
}

function prefixRange(word: string, first: Ip, end: string): Range | Problem {
  const bytes = ipToBytes(first);
  const length = Number(end);
  const bitsMax = bytes.length * 8;
  if (!/^\d{1,3}$/.test(end) || length < 1 || length > bitsMax) {
    return { code: "E302", problem: `${quote(word)} has a wrong prefix length: 1 to ${bitsMax}` };
  }
  for (let bit = length; bit < bitsMax; bit++) {
    const at = bit >> 3;
    const mask = 0x80 >> (bit & 7);
    const octet = bytes[at] ?? 0;
    if (octet & mask) {
      return { code: "E409", problem: `${quote(word)} has bits behind its prefix` };
    }
    bytes[at] = octet | mask;
  }
  return { first, last: ipFromBytes(bytes) };
}
