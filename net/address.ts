/**
 * Addresses as canonical text: `===`, map keys, JSON and logs are free; bytes only at the edges.
 *
 * IPv4 is dotted decimal; IPv6 follows RFC 5952 (lower case, longest run of zeros compressed, no
 * run of one, IPv4-mapped addresses with a dotted tail); MAC is six lower-case octets with colons.
 *
 * @module
 */
import { assert } from "./assert.ts";

/** Marks texts that {@linkcode parseIp} made. */
export declare const canonicalIp: unique symbol;
/** Marks texts that {@linkcode parseMac} made. */
export declare const canonicalMac: unique symbol;

/** Address family: 4 or 6. */
export type Family = 4 | 6;
/** An IPv4 or IPv6 address as canonical text. Made by {@linkcode parseIp}, never by a cast. */
export type Ip = string & { readonly [canonicalIp]: true };
/** A MAC address as canonical text, for example `00:00:5e:00:01:33`. */
export type Mac = string & { readonly [canonicalMac]: true };
/** An address with the length of its network part, 0 to 32 or 128 bits. */
export interface Prefix {
  /** The address; bits beyond the length are kept. */
  readonly ip: Ip;
  /** Bits of the network part. */
  readonly prefixLength: number;
}

/** Octets in an address of that family: 4 or 16. */
export function ipLength(family: Family): 4 | 16 {
  return family === 4 ? 4 : 16;
}

/** The family of an address. */
export function familyOf(ip: Ip): Family {
  return ip.includes(":") ? 6 : 4;
}

/** Reads an address; undefined if the text is none. No zone (`%eth0`), no prefix length. */
export function parseIp(text: string): Ip | undefined {
  // Dotted decimal is canonical if it is right at all: no address can be written in two ways.
  if (!text.includes(":")) return parseIpv4(text, UNUSED) && text as Ip;
  const bytes = parseIpv6(text);
  return bytes && ipFromBytes(bytes);
}

/** For octets that nobody asks for. */
const UNUSED = new Uint8Array(4);

/** The address a literal in our own code or test names; asserts that it is one. */
export function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert(parsed !== undefined, `Not an IP address: current value is ${text}`);
  return parsed;
}

/** Reads `ADDRESS/LENGTH`; without a length it is a host (32 or 128). */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bitsMax = ipLength(familyOf(address)) * 8;
  if (slash < 0) return { ip: address, prefixLength: bitsMax };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > bitsMax) return undefined;
  return { ip: address, prefixLength: Number(digits) };
}

/** Canonical text of 4 or 16 octets in network byte order. Copies. */
export function ipFromBytes(bytes: Uint8Array): Ip {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as Ip;
  assert(
    bytes.length === 16,
    () => `An address has 4 or 16 octets: current value is ${bytes.length}`,
  );
  return formatIpv6(bytes) as Ip;
}

/** The octets of an address, network byte order; a new array each time. */
export function ipToBytes(address: Ip): Uint8Array<ArrayBuffer> {
  const bytes = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  assert(bytes !== undefined, () => `Not an IP address: current value is ${address}`);
  return bytes;
}

/** Writes the four octets of an IPv4 address where thousands are written. */
export function writeIpv4(address: Ip, bytes: Uint8Array, at: number): void {
  const isIpv4 = parseIpv4(address, bytes, at) !== undefined;
  assert(isIpv4, () => `Not an IPv4 address: current value is ${address}`);
}

/**
 * Orders addresses as unsigned integers in network byte order (RFC 9568 §6.4.3): negative, zero or
 * positive as `a` is less than, equal to or greater than `b`. IPv4 sorts before IPv6.
 */
export function compareIp(a: Ip, b: Ip): number {
  if (a === b) return 0;
  const [left, right] = [ipToBytes(a), ipToBytes(b)];
  if (left.length !== right.length) return left.length - right.length;
  for (const [i, octet] of left.entries()) {
    const difference = octet - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether packets to the address go to a group (224.0.0.0/4, ff00::/8). */
export function isMulticast(address: Ip): boolean {
  const first = ipToBytes(address)[0] ?? 0;
  return familyOf(address) === 4 ? first >= 224 && first <= 239 : first === 0xff;
}

/** Whether the address is valid on one link only (169.254.0.0/16, fe80::/10). */
export function isLinkLocal(address: Ip): boolean {
  const [first = 0, second = 0] = ipToBytes(address);
  return familyOf(address) === 4
    ? first === 169 && second === 254
    : first === 0xfe && (second & 0xc0) === 0x80;
}

/** Whether `address` lies in the network of `prefix`. */
export function contains(prefix: Prefix, address: Ip): boolean {
  const [network, host] = [ipToBytes(prefix.ip), ipToBytes(address)];
  if (network.length !== host.length) return false;
  return network.every((octet, i) => {
    const bits = Math.min(8, Math.max(0, prefix.prefixLength - i * 8));
    const mask = 0xff & (0xff << (8 - bits));
    return (octet & mask) === ((host[i] ?? 0) & mask);
  });
}

/** Reads a MAC address, six octets with all colons or all dashes; undefined if the text is none. */
export function parseMac(text: string): Mac | undefined {
  if (!/^[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(\1[0-9a-f]{1,2}){4}$/i.test(text)) return undefined;
  return text.toLowerCase().split(/[:-]/).map((octet) => octet.padStart(2, "0")).join(":") as Mac;
}

/** Canonical text of six octets. */
export function macFromBytes(bytes: Uint8Array): Mac {
  assert(bytes.length === 6, () => `A MAC address has 6 octets: current value is ${bytes.length}`);
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join(":") as Mac;
}

/** The six octets of a MAC address; a new array each time. */
export function macToBytes(mac: Mac): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(mac.replaceAll(":", ""));
}

const DOT = 0x2e;
const DIGIT_0 = 0x30;

/** Character by character: this is asked for every address of every message. */
function parseIpv4<Bytes extends Uint8Array = Uint8Array<ArrayBuffer>>(
  text: string,
  bytes: Bytes = new Uint8Array(4) as Uint8Array as Bytes,
  at = 0,
): Bytes | undefined {
  let part = 0;
  let digitCount = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = i === text.length ? DOT : text.charCodeAt(i);
    if (char === DOT) {
      if (digitCount === 0 || value > 255 || part > 3) return undefined;
      bytes[at + part++] = value;
      digitCount = 0;
      value = 0;
      continue;
    }
    const digit = char - DIGIT_0;
    // A leading zero is refused: some readers take it for octal.
    if (digit < 0 || digit > 9 || digitCount === 3 || (digitCount > 0 && value === 0)) {
      return undefined;
    }
    value = value * 10 + digit;
    digitCount++;
  }
  return part === 4 ? bytes : undefined;
}

function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (!head || !tail) return undefined;
  const size = head.length + tail.length;
  // `::` stands for at least one group.
  if (halves.length === 1 ? size !== 16 : size > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The octets of `1:2:…`, where the last group may be dotted decimal if `dottedTail`. */
function parseGroups(text: string, dottedTail: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const octets: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (group.includes(".")) {
      const dotted = dottedTail && i === groups.length - 1 ? parseIpv4(group) : undefined;
      if (!dotted) return undefined;
      octets.push(...dotted);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    }
  }
  return octets;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0),
  );
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const [start, length] = longestZeroRun(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** The first of the longest runs of zero groups: where it starts and how long it is. */
function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best[1]) best = [start, i + 1 - start];
  }
  return best;
}
