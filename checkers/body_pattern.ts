/**
 * What the body of a reply must match, or must not.
 *
 * A search cannot be interrupted, and some patterns try for longer than anybody can wait: processes
 * that search run with V8's flag `--enable-experimental-regexp-engine-on-excessive-backtracks`,
 * which then takes linear time (not for patterns with look-around or back-references).
 *
 * @module
 */
import { translatePcre } from "./pcre.ts";

/** A pattern as configured. */
export interface PatternOptions {
  /** In PCRE2's syntax. */
  readonly pattern: string;
  /** Options of PCRE2 in lower case, without prefix, such as `caseless`. */
  readonly options: readonly string[];
  /** The body must not match. */
  readonly isUnwanted: boolean;
  /** First octet at which a match may begin; default 0. */
  readonly offsetMin?: number;
  /** Last octet at which a match may begin; default: any. */
  readonly offsetMax?: number;
}

/** Longest pattern, in characters. */
const PATTERN_CHARS_MAX = 4_096;
const LF = 0x0a;
/** Arguments of one call. */
const CALL_ARGUMENTS_MAX = 8_192;

/** A pattern that is ready to search. */
export class BodyPattern {
  readonly #expression: RegExp;
  readonly #options: PatternOptions;
  readonly #isUtf: boolean;

  /** Made by {@linkcode compilePattern}. */
  constructor(expression: RegExp, options: PatternOptions) {
    this.#expression = expression;
    this.#options = options;
    this.#isUtf = options.options.includes("utf");
  }

  /** Whether it is there to be not found. */
  get isUnwanted(): boolean {
    return this.#options.isUnwanted;
  }

  /** Whether the first match from the least offset on begins within the bounds. */
  matches(body: Uint8Array): boolean {
    const { offsetMin = 0, offsetMax = Infinity, options } = this.#options;
    if (offsetMin > body.length) return false;
    const text = this.#isUtf ? utf8(body) : octets(body);
    // As for PCRE2: what is not UTF-8 does not match.
    if (text === undefined) return false;
    const expression = this.#expression;
    expression.lastIndex = this.#isUtf ? charsIn(body.subarray(0, offsetMin)) : offsetMin;
    const found = expression.exec(text);
    if (!found) return false;
    const newline = options.includes("firstline") ? body.indexOf(LF) : -1;
    const last = Math.min(offsetMax, newline < 0 ? Infinity : newline);
    return (this.#isUtf ? bytesIn(text.slice(0, found.index)) : found.index) <= last;
  }
}

/** Makes a pattern ready, or tells why it cannot be used. */
export function compilePattern(
  options: PatternOptions,
): BodyPattern | { readonly problem: string } {
  const { pattern, offsetMin = 0, offsetMax = Infinity } = options;
  if (pattern.length > PATTERN_CHARS_MAX) {
    return { problem: `longer than ${PATTERN_CHARS_MAX} characters` };
  }
  if (offsetMin > offsetMax) return { problem: "the least offset is beyond the greatest" };
  const translated = translatePcre(pattern, new Set(options.options));
  if ("problem" in translated) return translated;
  return new BodyPattern(new RegExp(translated.source, `g${translated.flags}`), options);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function charsIn(bytes: Uint8Array): number {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).length;
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A character for each octet, so that places in the text are octets of the body. */
function octets(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CALL_ARGUMENTS_MAX) {
    text += String.fromCharCode(...bytes.subarray(at, at + CALL_ARGUMENTS_MAX));
  }
  return text;
}
