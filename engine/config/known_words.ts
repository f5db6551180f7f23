/**
 * Words of lines that are read and do nothing in this version: each is accepted with one warning.
 *
 * @module
 */
import { type Context, warnOnce } from "./vocabulary.ts";
import type { Word } from "./words.ts";

/** Warns, once for each keyword, that it does nothing. */
export function warnInactive(word: Word, context: Context): void {
  warnOnce(word, "is not acted upon in this version", context);
}
