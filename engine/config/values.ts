/**
 * Words to values: numbers, decimals, booleans, addresses, names. What cannot be read is complained
 * about.
 *
 * @module
 */
import { type Ip, parseIp } from "../../net/address.ts";
import { type Code, type Complaints, quote } from "./diagnostic.ts";
import type { Shape } from "./shape.ts";
import type { Word } from "./words.ts";

/** Reads one word, or complains; and says what such words look like. */
export interface Read<Value> {
  (word: Word, complaints: Complaints): Value | undefined;
  readonly shape: Shape;
}

/** A reader of words of that shape. `read` becomes it: it must be a function of its own. */
export function reader<Value>(
  shape: Shape,
  read: (word: Word, complaints: Complaints) => Value | undefined,
): Read<Value> {
  return Object.assign(read, { shape });
}

const INTEGER = /^\s*[+-]?\d+$/;
const DIGIT_0 = 0x30;
const PLAIN_DIGITS_MAX = 9;

/**
 * What a few decimal digits come to; NaN if a text is anything else. Nearly all numbers are such,
 * and are read ten times faster so than with a pattern.
 */
function plainNumber(text: string): number {
  if (text.length === 0 || text.length > PLAIN_DIGITS_MAX) return NaN;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** A decimal integer within a range. */
export function integer(min: number, max: number): Read<number> {
  return reader({ kind: "integer", min, max }, (word, complaints) => {
    const plain = plainNumber(word.text);
    if (Number.isNaN(plain) && !INTEGER.test(word.text)) {
      return wrong("E301", word, complaints, `${quote(word.text)} is not a number`);
    }
    const value = Number.isNaN(plain) ? Number(word.text) : plain;
    return value < min || value > max ? outOfRange(word, complaints, min, max) : value;
  });
}

const ANY_BASE = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/;

/** An integer in any base: `0x…` is hexadecimal, `0…` octal. */
export function anyInteger(min: number, max: number): Read<number> {
  return reader({ kind: "integer", min, max, base: "any" }, (word, complaints) => {
    const [, sign = "", digits] = ANY_BASE.exec(word.text) ?? [];
    if (digits === undefined) {
      return wrong("E301", word, complaints, `${quote(word.text)} is not a number`);
    }
    const isOctal = /^0\d/.test(digits);
    const value = (sign === "-" ? -1 : 1) * (isOctal ? Number.parseInt(digits, 8) : Number(digits));
    return value < min || value > max ? outOfRange(word, complaints, min, max) : value + 0;
  });
}

/** An integer; one out of range is corrected to the nearest in it. */
export function clampedInteger(min: number, max: number): Read<number> {
  return reader({ kind: "integer", min, max }, (word, complaints) => {
    const value = Number(word.text);
    if (!/^\s*[+-]?\d+$/.test(word.text) || (value >= min && value <= max)) {
      return integer(min, max)(word, complaints);
    }
    const nearest = Math.min(Math.max(value, min), max);
    const message = `${quote(word.text)} is out of range: ${nearest} is used`;
    complaints.add("W303", word.place, message, `${min} to ${max}`);
    return nearest;
  });
}

const FRACTION_DIGITS = 6;
const US_PER_SEC = 1_000_000;

/** Seconds with up to six decimals, as microseconds; the range is in microseconds, too. */
export function secondsAsUs(minUs: number, maxUs: number): Read<number> {
  const [min, max] = [minUs / US_PER_SEC, maxUs / US_PER_SEC];
  const shape = { kind: "time", unit: "s", min, max, digits: FRACTION_DIGITS } as const;
  return reader(shape, (word, complaints) => {
    const plainUs = plainNumber(word.text) * US_PER_SEC;
    if (plainUs >= minUs && plainUs <= maxUs) return plainUs;
    const match = /^\s*\+?(\d*)(?:\.(\d*))?$/.exec(word.text);
    const [, whole = "", fraction = ""] = match ?? [];
    if (!match || whole + fraction === "") {
      return wrong("E301", word, complaints, `${quote(word.text)} is not a number of seconds`);
    }
    if (fraction.length > FRACTION_DIGITS) {
      const message = `${quote(word.text)} has more than ${FRACTION_DIGITS} decimals`;
      return wrong("E301", word, complaints, message);
    }
    const us = Number(whole) * US_PER_SEC + Number(fraction.padEnd(FRACTION_DIGITS, "0"));
    return us < minUs || us > maxUs ? outOfRange(word, complaints, min, max) : us;
  });
}

const TRUE_WORDS = ["true", "on", "yes"];
const FALSE_WORDS = ["false", "off", "no"];

/** `true on yes` or `false off no`. */
export const boolean: Read<boolean> = reader({ kind: "boolean" }, (word, complaints) => {
  if (TRUE_WORDS.includes(word.text)) return true;
  if (FALSE_WORDS.includes(word.text)) return false;
  return wrong("E304", word, complaints, `${quote(word.text)} is neither true nor false`);
});

/** One of some words, with what each means. */
export function oneOf<Value>(meanings: Readonly<Record<string, Value>>): Read<Value> {
  const words = Object.keys(meanings);
  const byWord = new Map(Object.entries(meanings));
  return reader({ kind: "choice", words }, (word, complaints) => {
    if (byWord.has(word.text)) return byWord.get(word.text);
    const known = words.join(", ");
    return wrong("E304", word, complaints, `${quote(word.text)} is not one of ${known}`);
  });
}

/** Any text that is not empty. */
export const someText: Read<string> = reader({ kind: "text" }, (word, complaints) => {
  if (word.text !== "") return word.text;
  return wrong("E208", word, complaints, "empty text");
});

/** A name of `ip netns`: that of a file in its folder. */
export const namespaceName: Read<string> = reader({ kind: "text" }, (word, complaints) => {
  if (/^(?!\.\.?$)[^/]+$/.test(word.text)) return word.text;
  return wrong("E304", word, complaints, `${quote(word.text)} is not the name of a namespace`);
});

/** An address; a prefix length behind it is ignored with a word about it. */
export const address: Read<Ip> = reader({ kind: "address" }, (word, complaints) => {
  const slash = word.text.indexOf("/");
  const ip = parseIp(slash < 0 ? word.text : word.text.slice(0, slash));
  if (ip === undefined) {
    return wrong("E305", word, complaints, `${quote(word.text)} is not an address`);
  }
  if (slash >= 0) {
    const ignored = quote(word.text.slice(slash));
    complaints.add("W306", word.place, `an address alone is wanted here: ${ignored} is ignored`);
  }
  return ip;
});

/** IFNAMSIZ is 16 with the final NUL. */
const INTERFACE_NAME_BYTES_MAX = 15;
/** Of a UTF-16 unit. */
const UTF8_BYTES_MAX = 3;

/** The name of an interface. */
export const interfaceName: Read<string> = reader({ kind: "interface" }, (word, complaints) => {
  const { text } = word;
  // What the kernel accepts for a name (dev_valid_name()).
  if (text === "" || text === "." || text === ".." || /[/:\s]/.test(text)) {
    return wrong("E304", word, complaints, `${quote(text)} cannot be the name of an interface`);
  }
  const isShort = text.length * UTF8_BYTES_MAX <= INTERFACE_NAME_BYTES_MAX ||
    new TextEncoder().encode(text).length <= INTERFACE_NAME_BYTES_MAX;
  if (isShort) return text;
  const message = `interface name ${quote(text)} is longer than ${INTERFACE_NAME_BYTES_MAX} bytes`;
  return wrong("E304", word, complaints, message);
});

function outOfRange(word: Word, complaints: Complaints, min: number, max: number): undefined {
  const message = `${quote(word.text)} is out of range: must be ${min} to ${max}`;
  return wrong("E302", word, complaints, message);
}

function wrong(code: Code, word: Word, complaints: Complaints, message: string): undefined {
  complaints.add(code, word.place, message);
  return undefined;
}
