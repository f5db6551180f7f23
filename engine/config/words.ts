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
import { isBlankCode, type Place, Text } from "./text.ts";

/** One word of a line. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** What a line falls into at its braces. */
export interface Item {
  readonly type: "line" | "open" | "close";
  /** The line; of a brace, what it stands in. */
  readonly text: Text;
  /** Where in the text it begins. */
  readonly at: number;
}

/** Where an item stands. */
export function placeOf({ text, at }: Item): Place {
  return text.placeAt(at);
}

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
  let isQuoted = false;
  let start = 0;
  for (let i = 0; i < chars.length; i++) {
    const code = chars.charCodeAt(i);
    if (code === QUOTE) isQuoted = !isQuoted;
    if (isQuoted || (code !== OPEN && code !== CLOSE)) continue;
    pushLine(text.sliceTrimmed(start, i), items);
    items.push({ type: code === OPEN ? "open" : "close", text, at: i });
    start = i + 1;
  }
  pushLine(text.sliceTrimmed(start, chars.length), items);
  return items;
}

const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;

function pushLine(line: Text, items: Item[]): void {
  if (line.chars !== "") items.push({ type: "line", text: line, at: 0 });
}

/** Words of a line, and where a quote begins that does not end: what follows it is no word. */
export interface Words {
  readonly words: readonly Word[];
  readonly openQuoteAt?: Place;
}

/** A word that looks for its place only when it is asked: most never are. */
class WordOfText implements Word {
  readonly text: string;
  readonly #from: Text;
  readonly #at: number;

  constructor(text: string, from: Text, at: number) {
    this.text = text;
    this.#from = from;
    this.#at = at;
  }

  get place(): Place {
    return this.#from.placeAt(this.#at);
  }
}

/** Splits a line into words. */
export function splitWords(text: Text): Words {
  const { chars } = text;
  const words: Word[] = [];
  let i = 0;
  while (i < chars.length) {
    const code = chars.charCodeAt(i);
    if (isBlankCode(code)) {
      i++;
      continue;
    }
    const isQuoted = code === QUOTE;
    const start = isQuoted ? i + 1 : i;
    let end = start;
    while (end < chars.length && !endsWord(chars.charCodeAt(end), isQuoted)) end++;
    if (isQuoted && end === chars.length) return { words, openQuoteAt: text.placeAt(i) };
    words.push(new WordOfText(chars.slice(start, end), text, start));
    i = isQuoted ? end + 1 : end;
  }
  return { words };
}

function endsWord(code: number, isQuoted: boolean): boolean {
  return code === QUOTE || (!isQuoted && isBlankCode(code));
}
