/**
 * Within a line: comments, braces, words.
 *
 * ```text
 * virtual_ipaddress { "a b" c#d      three items: a line of one word, a brace, a line of two words
 * ```
 *
 * `#` and `!` begin a comment anywhere outside double quotes, `\#` and `\!` are the characters
 * themselves. Braces outside double quotes separate lines. A double quote begins a word, even right
 * after another one, and ends it; single quotes and other backslashes mean nothing here.
 *
 * @module
 */
import { isBlank, type Place, Text } from "./text.ts";

/** One word of a line. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** What a line falls into at its braces. */
export type Item =
  | { readonly type: "line"; readonly text: Text }
  | { readonly type: "open"; readonly place: Place }
  | { readonly type: "close"; readonly place: Place };

/** The line without its comment; `\#` and `\!` become `#` and `!`. */
export function withoutComment(text: Text): Text {
  if (!/[#!\\]/.test(text.chars)) return text;
  const { end, backslashes } = scanComment(text.chars);
  const kept: Text[] = [];
  let start = 0;
  for (const at of backslashes) {
    kept.push(text.slice(start, at));
    start = at + 1;
  }
  return Text.join([...kept, text.slice(start, end)]);
}

/** Where the comment of a line begins; the length of the line if it has none. */
export function commentStart(chars: string): number {
  return scanComment(chars).end;
}

/** Where the comment begins, and backslashes before it that only protect a `#` or `!`. */
function scanComment(chars: string): { readonly end: number; readonly backslashes: number[] } {
  const backslashes: number[] = [];
  let isQuoted = false;
  for (let i = 0; i < chars.length; i++) {
    const char = chars.charAt(i);
    if (isQuoted) {
      isQuoted = char !== '"';
    } else if (char === '"') {
      isQuoted = true;
    } else if (char === "\\") {
      // The character behind it is protected from this scan, the backslash stays unless it did so.
      if (isCommentMark(chars.charAt(i + 1))) backslashes.push(i);
      i++;
    } else if (isCommentMark(char)) {
      return { end: i, backslashes };
    }
  }
  return { end: chars.length, backslashes };
}

function isCommentMark(char: string): boolean {
  return char === "#" || char === "!";
}

/** Splits a line at its braces. Lines are trimmed, and left out if nothing is on them. */
export function splitAtBraces(text: Text): Item[] {
  const { chars } = text;
  const items: Item[] = [];
  const push = (start: number, end: number) => {
    const line = text.slice(start, end).trim();
    if (line.chars !== "") items.push({ type: "line", text: line });
  };
  let isQuoted = false;
  let start = 0;
  for (let i = 0; i < chars.length; i++) {
    const char = chars.charAt(i);
    if (char === '"') isQuoted = !isQuoted;
    if (isQuoted || (char !== "{" && char !== "}")) continue;
    push(start, i);
    items.push({ type: char === "{" ? "open" : "close", place: text.placeAt(i) });
    start = i + 1;
  }
  push(start, chars.length);
  return items;
}

/** Words of a line, and where a quote begins that does not end: what follows it is no word. */
export interface Words {
  readonly words: readonly Word[];
  readonly openQuoteAt?: Place;
}

/** Splits a line into words. */
export function splitWords(text: Text): Words {
  const { chars } = text;
  const words: Word[] = [];
  let i = 0;
  while (i < chars.length) {
    const char = chars.charAt(i);
    if (isBlank(char)) {
      i++;
      continue;
    }
    const isQuoted = char === '"';
    const start = isQuoted ? i + 1 : i;
    let end = start;
    while (end < chars.length && !endsWord(chars.charAt(end), isQuoted)) end++;
    if (isQuoted && end === chars.length) return { words, openQuoteAt: text.placeAt(i) };
    words.push({ text: chars.slice(start, end), place: text.placeAt(start) });
    i = isQuoted ? end + 1 : end;
  }
  return { words };
}

function endsWord(char: string, isQuoted: boolean): boolean {
  return char === '"' || (!isQuoted && isBlank(char));
}
