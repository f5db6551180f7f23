/**
 * Character classes of PCRE2, and escapes that stand for a character or a class.
 *
 * @module
 */
import { codePoint, literal, type PcreMode, Unmappable } from "./pcre_mode.ts";
import type { Scanner } from "./pcre_scanner.ts";

/** POSIX classes in the C locale, as the inside of a class. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\0-\\x7f",
  blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t-\\r ",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};

/** What `\h` and `\v` are; in Unicode there is more of it. */
const BLANKS = {
  octets: "\\t \\xa0",
  utf: "\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000",
};
const BREAKS = { octets: "\\n-\\r\\x85", utf: "\\n-\\r\\x85\\u2028\\u2029" };

const CONTROLS: Readonly<Record<string, number>> = {
  a: 0x07,
  e: 0x1b,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};

/** Reads a class up to its end; its `[` is behind us. */
export function readClass(scanner: Scanner, mode: PcreMode): string {
  let out = scanner.take(/\^/y) ? "[^" : "[";
  if (!mode.allowsEmptyClass && scanner.take(/\]/y)) out += "\\]";
  for (;;) {
    const posix = scanner.take(/\[:(\^?)(\w+):\]/y);
    if (posix) {
      out += posixClass(posix[2] ?? "", posix[1] === "^", mode) + literalDash(scanner);
      continue;
    }
    if (scanner.take(/\[[.=]/y)) throw new Unmappable("collating elements are not supported");
    const next = scanner.next();
    if (next === undefined) throw new Unmappable("missing ]");
    if (next === "]") return `${out}]`;
    if (next !== "\\") out += next === "-" ? "-" : literal(next);
    else out += escapeInClass(scanner, mode);
  }
}

function escapeInClass(scanner: Scanner, mode: PcreMode): string {
  const quoted = scanner.take(/Q([^]*?)(?:\\E|$)/y);
  if (quoted) return Array.from(quoted[1] ?? "", literal).join("");
  if (scanner.take(/E/y)) return "";
  if (scanner.take(/b/y)) return "\\x08";
  const octal = scanner.take(/[0-7]{1,3}/y);
  if (octal) return codePoint(parseInt(octal[0], 8));
  const next = scanner.next();
  if (next === undefined) throw new Unmappable("missing ]");
  const isSet = /[dDwWsShHvVpP]/.test(next);
  return classEscape(next, scanner, mode, true) + (isSet ? literalDash(scanner) : "");
}

/** Behind a set, a dash is one; translated sets end with a character that would begin a range. */
function literalDash(scanner: Scanner): string {
  return scanner.take(/-/y) ? "\\-" : "";
}

function posixClass(name: string, isNegated: boolean, mode: PcreMode): string {
  const inside = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
  if (inside === undefined) throw new Unmappable(`unknown class [:${name}:]`);
  if (mode.ucp) throw new Unmappable("POSIX classes with ucp are not supported");
  if (!isNegated) return inside;
  if (name === "digit") return "\\D";
  if (name === "word") return "\\W";
  if (name === "space") return notSpace(mode);
  throw new Unmappable(`[:^${name}:] is not supported`);
}

/** An escape that means the same in a class and outside; `next` is the character behind its `\`. */
export function classEscape(
  next: string,
  scanner: Scanner,
  mode: PcreMode,
  inClass: boolean,
): string {
  const set = setEscape(next, mode, inClass);
  if (set !== undefined) return set;
  const control = CONTROLS[next];
  if (control !== undefined) return codePoint(control);
  switch (next) {
    case "0":
      return codePoint(parseInt(`0${scanner.take(/[0-7]{1,2}/y)?.[0] ?? ""}`, 8));
    case "o":
      return codePoint(parseInt(braced(scanner, /\{([0-7]+)\}/y, "\\o"), 8));
    case "x": {
      const wide = scanner.take(/\{([0-9a-fA-F]{1,6})\}/y);
      return character(
        parseInt(wide?.[1] ?? `0${scanner.take(/[0-9a-fA-F]{1,2}/y)?.[0] ?? ""}`, 16),
        mode,
      );
    }
    case "c": {
      const letter = scanner.take(/[ -~]/y)?.[0] ?? "";
      if (letter === "") throw new Unmappable("\\c without a character");
      return codePoint(letter.toUpperCase().charCodeAt(0) ^ 0x40);
    }
    case "p":
    case "P":
      return property(next, scanner, mode);
    default:
      if (/[0-9A-Za-z]/.test(next)) throw new Unmappable(`\\${next} is not supported`);
      return literal(next);
  }
}

/** Escapes that stand for many characters. */
function setEscape(next: string, mode: PcreMode, inClass: boolean): string | undefined {
  const whole = (inside: string) => inClass ? inside : `[${inside}]`;
  const kind = mode.utf ? "utf" : "octets";
  switch (next) {
    case "d":
      return mode.ucp ? "\\p{Nd}" : "\\d";
    case "D":
      return mode.ucp ? "\\P{Nd}" : "\\D";
    case "w":
      return mode.ucp ? whole("\\p{L}\\p{N}_") : "\\w";
    case "W":
      if (!mode.ucp) return "\\W";
      if (inClass) throw new Unmappable("\\W in a class with ucp is not supported");
      return "[^\\p{L}\\p{N}_]";
    case "s":
      return mode.ucp ? "\\s" : whole("\\t-\\r ");
    case "S":
      return mode.ucp ? "\\S" : whole(notSpace(mode));
    case "h":
      return whole(BLANKS[kind]);
    case "v":
      return whole(BREAKS[kind]);
    case "H":
    case "V":
      if (inClass) throw new Unmappable(`\\${next} in a class is not supported`);
      return `[^${(next === "H" ? BLANKS : BREAKS)[kind]}]`;
    default:
      return undefined;
  }
}

function notSpace({ utf }: PcreMode): string {
  return `\\0-\\x08\\x0e-\\x1f!-${utf ? "\\u{10ffff}" : "\\xff"}`;
}

function braced(scanner: Scanner, expression: RegExp, name: string): string {
  const found = scanner.take(expression)?.[1];
  if (found === undefined) throw new Unmappable(`${name} without a code in braces`);
  return found;
}

function character(code: number, { utf }: PcreMode): string {
  if (code > (utf ? 0x10ffff : 0xff)) throw new Unmappable(`no character ${code.toString(16)}`);
  return codePoint(code);
}

/** `\p{Lu}`, `\pL`: general categories only. */
function property(which: string, scanner: Scanner, { utf }: PcreMode): string {
  const name = scanner.take(/\{(\^?)([A-Z][a-z]?)\}|()([A-Z])/y);
  if (!utf || !name) {
    throw new Unmappable(`\\${which} is supported with utf, and for general categories`);
  }
  const isNegated = (which === "P") !== (name[1] === "^");
  return `\\${isNegated ? "P" : "p"}{${name[2] ?? name[4]}}`;
}
