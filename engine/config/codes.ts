/**
 * Every code of a finding: `E` refuses the configuration, `W` does not; then an area, and a number.
 * Published: they are never given to something else.
 *
 * @module
 */
import { assert } from "../../net/assert.ts";
import { ADVICE } from "./codes/advice_codes.ts";
import type { CodeEntry } from "./codes/code.ts";
import { MODEL, VRRP } from "./codes/model_codes.ts";
import { OLD_NAMES } from "./codes/old_names.ts";
import { ALLOW, FILE, LEX, YAML } from "./codes/text_codes.ts";
import { BLOCK, VALUE, WORD } from "./codes/word_codes.ts";

const ENTRIES = {
  ...LEX,
  ...FILE,
  ...YAML,
  ...ALLOW,
  ...BLOCK,
  ...VALUE,
  ...WORD,
  ...MODEL,
  ...VRRP,
  ...ADVICE,
};

/** A published code: `E-vrrp-001`. */
export type PublishedCode = `${"E" | "W"}-${string}`;
/** A published code, or its short name. */
export type Code = keyof typeof ENTRIES | keyof typeof OLD_NAMES;

/** Every published code. */
export const CODES: ReadonlyMap<PublishedCode, CodeEntry> = new Map(
  Object.entries(ENTRIES) as [PublishedCode, CodeEntry][],
);

/** The published code. */
export function publishedCode(code: Code): PublishedCode {
  return code in OLD_NAMES ? OLD_NAMES[code as keyof typeof OLD_NAMES] : code as PublishedCode;
}

/** The entry of a code that was found. */
export function entryOf(code: PublishedCode): CodeEntry {
  const entry = CODES.get(code);
  assert(entry !== undefined, `Every code has an entry: current value is ${code}`);
  return entry;
}

/** Whether a text is a published code. */
export function isPublishedCode(text: string): text is PublishedCode {
  return CODES.has(text as PublishedCode);
}

/** Whether keepalived, too, would have said something there. */
export function keepalivedObjects({ code }: { readonly code: PublishedCode }): boolean {
  return !entryOf(code).isAdvice;
}
