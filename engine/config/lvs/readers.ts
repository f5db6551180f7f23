/**
 * Values that virtual servers and their checkers use.
 *
 * @module
 */
import { familyOf, type Ip, parseIp } from "../../../net/address.ts";
import { type Complaints, quote } from "../diagnostic.ts";
import { optional, required } from "../shape.ts";
import { integer, interfaceName, type Read, reader, secondsAsUs } from "../values.ts";
import type { Statement } from "../vocabulary.ts";
import type { Word } from "../words.ts";
import type { Endpoint } from "./drafts.ts";

/** Largest number of 32 bits. */
export const UINT32_MAX = 2 ** 32 - 1;
/** Largest weight that IPVS keeps. */
export const WEIGHT_MAX = 2 ** 31 - 1;
/** keepalived's is longer than timers of this runtime: 23 days are enough. */
const TIMER_US_MAX = 2_000_000_000_000;
const PORT_MAX = 65_535;

/** Seconds that may be 0. */
export const timer: Read<number> = secondsAsUs(0, TIMER_US_MAX);
/** Seconds, more than 0. */
export const period: Read<number> = secondsAsUs(1, TIMER_US_MAX);
/** Seconds to connect, in 32 bits of microseconds. */
export const connectTimeout: Read<number> = secondsAsUs(1, UINT32_MAX);
/** A number of 32 bits. */
export const uint32: Read<number> = integer(0, UINT32_MAX);
/** A port. */
export const port: Read<number> = integer(1, PORT_MAX);
/** A port; 0 is none. */
export const portOrNone: Read<number> = integer(0, PORT_MAX);
/** A device to bind to. */
export const device: Read<string> = interfaceName;

/**
 * An address. keepalived cuts what follows a `-` or `/`; a range where one address is wanted is
 * more likely a mistake.
 */
export const hostAddress: Read<Ip> = reader({ kind: "address" }, (word, complaints) => {
  const { text } = word;
  const whole = parseIp(text);
  if (whole !== undefined) return whole;
  const cut = /[-/]/.exec(text)?.index;
  const ip = cut === undefined ? undefined : parseIp(text.slice(0, cut));
  if (ip === undefined || cut === undefined) {
    complaints.add("E305", word.place, `${quote(text)} is not an address`);
  } else {
    const message = `one address is wanted here: ${quote(text.slice(cut))} is ignored`;
    complaints.add("W306", word.place, message);
  }
  return ip;
});

/** What stands behind `real_server` and `sorry_server`. */
export const ENDPOINT_PARAMETERS = [
  required("address", { kind: "address" }),
  optional("port", portOrNone.shape),
];

/** `ADDRESS [PORT]`; undefined if it cannot be used, which was complained about. */
export function readEndpoint(
  words: Statement["values"],
  complaints: Complaints,
): Endpoint | undefined {
  const ipWord = words[0];
  const portWord = words[1];
  const ip = ipWord && hostAddress(ipWord, complaints);
  const portNumber = portWord ? portOrNone(portWord, complaints) : 0;
  return ip === undefined || portNumber === undefined ? undefined : { ip, port: portNumber };
}

/** Words of a fixed list in any letter case, as given in `words`. */
export function oneOfAnyCase<Value extends string>(words: readonly Value[]): Read<Value> {
  const byWord = new Map<string, Value>(words.map((each) => [each.toLowerCase(), each]));
  return reader({ kind: "choice", words }, (word, complaints) => {
    const found = byWord.get(word.text.toLowerCase());
    if (found === undefined) {
      const message = `${quote(word.text)} is not one of ${words.join(", ")}`;
      complaints.add("E304", word.place, message);
    }
    return found;
  });
}

const IPV6_BITS = 128;
const IPV4_OCTETS_MAX = 255;

/** A netmask of IPv4, contiguous or not, or the length of a prefix of IPv6. */
export function readGranularity(
  word: Word,
  complaints: Complaints,
): { readonly family: 4 | 6; readonly mask: number } | undefined {
  if (!word.text.includes(".")) {
    const length = integer(1, IPV6_BITS)(word, complaints);
    return length === undefined ? undefined : { family: 6, mask: length };
  }
  const ip = parseIp(word.text);
  if (ip === undefined || familyOf(ip) !== 4) {
    complaints.add("E305", word.place, `${quote(word.text)} is not a netmask`);
    return undefined;
  }
  const mask = ip.split(".").reduce((sum, octet) => sum * (IPV4_OCTETS_MAX + 1) + Number(octet), 0);
  return { family: 4, mask };
}

/**
 * Octets in hexadecimal: blanks separate, an odd nibble alone is an octet. With `wildcards`, `x` is
 * a nibble that does not count. Undefined if another character is in it.
 */
export function readHex(
  text: string,
  wildcards: boolean,
): { readonly octets: number[]; readonly masks: number[] } | undefined {
  const octets: number[] = [];
  const masks: number[] = [];
  const isWrong = wildcards ? /[^0-9a-fA-FxX\s]/ : /[^0-9a-fA-F\s]/;
  if (isWrong.test(text)) return undefined;
  for (const pair of text.match(/\S{1,2}/g) ?? []) {
    const nibbles = pair.padStart(2, "0");
    octets.push(Number.parseInt(nibbles.replaceAll(/x/gi, "0"), 16));
    masks.push(Number.parseInt(nibbles.replaceAll(/[^xX]/g, "f").replaceAll(/x/gi, "0"), 16));
  }
  return { octets, masks };
}
