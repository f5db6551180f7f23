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
import { hashed, type LineWords } from "./line_words.ts";
import { isBlankCode, type Origin, type Place, Text } from "./text.ts";

/** One word of a line. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** What a line falls into at its braces: lines and braces. */
export type Item = Text | Brace;

/** A brace of a line. */
export class Brace {
  readonly type: "open" | "close";
  /** What it is a part of. */
  readonly origin: Origin;
  /** Where it is there. */
  readonly at: number;

  constructor(type: "open" | "close", origin: Origin, at: number) {
    this.type = type;
    this.origin = origin;
    this.at = at;
  }

  /** Where it stands. */
  get place(): Place {
    return this.origin.placeAt(this.at, Infinity);
  }
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
  const found: Item[] = [];
  const items = new LineItems(text);
  for (let item = items.next(); item; item = items.next()) found.push(item);
  return found;
}

/** The items of a line, one after the other. */
export class LineItems {
  #text: Text;
  /** In the text's origin: where the next item begins. */
  #next: number;
  /** Where the next brace is, if that is known; otherwise -1. */
  #braceAt = -1;

  constructor(text: Text) {
    this.#text = text;
    this.#next = text.start;
  }

  /** Begins with another line, whose first brace may be known. */
  begin(text: Text, braceAt = -1): void {
    this.#text = text;
    this.#next = text.start;
    this.#braceAt = braceAt;
  }

  /** The next item; undefined at the end. */
  next(): Item | undefined {
    const { origin, start, end } = this.#text;
    const { chars } = origin;
    while (this.#next < end) {
      const first = this.#next;
      const at = this.#braceAt >= 0 ? this.#braceAt : nextBrace(chars, first, end);
      if (at === first) {
        this.#braceAt = -1;
        this.#next = at + 1;
        return braceAt(origin, at);
      }
      this.#next = at;
      const line = this.#text.sliceTrimmed(first - start, at - start);
      if (line.length > 0) return line;
    }
    return undefined;
  }
}

/** The brace that stands there. */
export function braceAt(origin: Origin, at: number): Brace {
  return new Brace(origin.chars.charCodeAt(at) === OPEN ? "open" : "close", origin, at);
}

/** Where the first brace outside quotes is; `end` if there is none. */
function nextBrace(chars: string, start: number, end: number): number {
  let isQuoted = false;
  for (let i = start; i < end; i++) {
    const code = chars.charCodeAt(i);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted && (code === OPEN || code === CLOSE)) return i;
  }
  return end;
}

const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Words of a line, and where a quote begins that does not end: what follows it is no word. */
export interface Words {
  readonly words: readonly Word[];
  readonly openQuoteAt?: Place;
}

/** A word that looks for its place only when it is asked: most never are. */
export class WordOfText implements Word {
  readonly text: string;
  /** What it is a part of. */
  readonly origin: Origin;
  /** Where it begins there. */
  readonly at: number;

  constructor(text: string, origin: Origin, at: number) {
    this.text = text;
    this.origin = origin;
    this.at = at;
  }

  get place(): Place {
    return this.origin.placeAt(this.at, Infinity);
  }
}

/** Splits a line into words. */
export function splitWords(text: Text): Words {
  const splitter = new WordSplitter(text);
  const words = splitter.rest();
  const { openQuoteAt } = splitter;
  return openQuoteAt === undefined ? { words } : { words, openQuoteAt };
}

const NO_WORDS: readonly Word[] = [];

/** A power of two. */
const STOCK_SIZE = 1_024;

/**
 * Words that were there before: a configuration has few different ones. To find one again is
 * cheaper than to cut it out, and tables find it faster, too: 6 % of the time in all. It must not
 * live longer than the reading, because words keep the text they were cut from.
 */
export class WordStock {
  readonly #words: string[] = Array.from({ length: STOCK_SIZE }, () => "");

  /** A part of a text; `hash` is one of its characters. */
  take(chars: string, start: number, end: number, hash: number): string {
    const at = (hash ^ (hash >>> 10)) & (STOCK_SIZE - 1);
    const word = this.#words[at] ?? "";
    if (word.length === end - start && chars.startsWith(word, start)) return word;
    return this.#words[at] = chars.slice(start, end);
  }
}

/** Cuts words from a line, one after the other. */
export class WordSplitter {
  readonly #stock: WordStock | undefined;
  #text: Text;
  /** In the text's origin: where to look for the next word. */
  #next: number;
  /** The words of the line, if they were found already; and how many of them were taken. */
  #found: LineWords | undefined;
  #takenCount = 0;
  /** Where a quote begins that does not end, once that is known: what follows it is no word. */
  openQuoteAt: Place | undefined;

  constructor(text: Text, stock?: WordStock) {
    this.#stock = stock;
    this.#text = text;
    this.#next = text.start;
    this.openQuoteAt = undefined;
  }

  /** Begins with another line. */
  begin(text: Text): void {
    this.#text = text;
    this.#next = text.start;
    this.openQuoteAt = undefined;
    const { words } = text.origin;
    this.#found = words?.lineStart === text.start ? words : undefined;
    this.#takenCount = 0;
  }

  /** The next word; undefined at the end. */
  next(): Word | undefined {
    const found = this.#found;
    if (!found) return this.#look();
    const index = this.#takenCount;
    if (index >= found.count) return undefined;
    this.#takenCount = index + 1;
    const start = found.startOf(index);
    return this.#cut(this.#text.origin, start, found.endOf(index), found.hashOf(index));
  }

  #cut(origin: Origin, start: number, end: number, hash: number): Word {
    const { chars } = origin;
    const word = this.#stock?.take(chars, start, end, hash) ?? chars.slice(start, end);
    return new WordOfText(word, origin, start);
  }

  #look(): Word | undefined {
    const { origin, end } = this.#text;
    const { chars } = origin;
    let start = this.#next;
    while (start < end && isBlankCode(chars.charCodeAt(start))) start++;
    if (start === end) return undefined;
    const isQuoted = chars.charCodeAt(start) === QUOTE;
    if (isQuoted) start++;
    let behind = start;
    let hash = 0;
    for (; behind < end; behind++) {
      const code = chars.charCodeAt(behind);
      if (endsWord(code, isQuoted)) break;
      hash = hashed(hash, code);
    }
    this.#next = isQuoted ? behind + 1 : behind;
    if (isQuoted && behind === end) {
      this.#next = end;
      this.openQuoteAt = origin.placeAt(start - 1, Infinity);
      return undefined;
    }
    return this.#cut(origin, start, behind, hash);
  }

  /**
   * All words that are left, behind one that was taken if it is given. Most lines have few, and
   * their arrays are made for just as many: one that is filled by `push` has room for 17.
   */
  rest(taken?: Word): readonly Word[] {
    const first = taken ?? this.next();
    if (!first) return NO_WORDS;
    const second = this.next();
    if (!second) return [first];
    const words = [first, second];
    for (let word = this.next(); word; word = this.next()) words.push(word);
    return words;
  }
}

function endsWord(code: number, isQuoted: boolean): boolean {
  return code === QUOTE || (!isQuoted && isBlankCode(code));
}
