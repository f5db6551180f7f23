/**
 * A file's bytes as lines.
 *
 * @module
 */
import type { Complaints } from "./diagnostic.ts";
import { FILE_LINES_MAX, FileText } from "./file_text.ts";
import { hashed } from "./line_words.ts";
import { isBlankCode, type Origin, type Place, Text } from "./text.ts";
import { type Brace, braceAt } from "./words.ts";

/** Longest line that is read, in bytes, its newline included. As keepalived. */
export const LINE_BYTES_MAX = 1_023;

const NEWLINE = 0x0a;
const LETTER_I = 0x69;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Marks of a character: it is a brace; it has to be seen to before braces count; it is NUL. */
export const MARK = { brace: 1, special: 2, nul: 4 } as const;
const ASCII_COUNT = 128;
/** The marks of each character; letters beyond ASCII have none. */
const MARKS = new Uint8Array(ASCII_COUNT);
for (const char of "{}") MARKS[char.charCodeAt(0)] = MARK.brace;
// Comments, conditions, definitions, sequences, quotes.
for (const char of '#!@$~"\\') MARKS[char.charCodeAt(0)] = MARK.special;
MARKS[0] = MARK.nul;

/** What is known of a line. */
type Line = Pick<PhysicalLines, "start" | "end" | "marks" | "braceAt">;

/**
 * The lines of a file, one after the other: most are forgotten as soon as they are read. Those that
 * cannot be used are complained about and left out.
 */
export class PhysicalLines {
  readonly #complaints: Complaints;
  readonly #bytes: Uint8Array;
  /** All of it: decoding line by line takes longer than everything else here. */
  readonly #whole: FileText;
  /** A character is a byte: nowhere did several bytes become one. */
  readonly #isSingleByte: boolean;
  /** The codes of its characters: an array is read faster than a text, twice as fast in all. */
  readonly #codes: Uint8Array | Uint16Array;
  #byteIndex = 0;
  #index = 0;
  #number = 0;
  /** Where the line that came last begins, blanks included. */
  lineAt = 0;
  /** Of the line that came last, without blanks at both ends: where it begins and ends. */
  start = 0;
  end = 0;
  /** The marks of all its characters. */
  marks = 0;
  /** Where its first brace is; -1 if it has none. */
  braceAt = -1;
  /** Lines that were read ahead, and how many of them were taken. */
  #ahead: readonly Line[] | undefined;
  #takenCount = 0;

  constructor(bytes: Uint8Array, file: string, complaints: Complaints) {
    this.#complaints = complaints;
    const isMarked = BYTE_ORDER_MARK.every((octet, i) => bytes[i] === octet);
    this.#bytes = isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
    this.#whole = new FileText(file, decode(this.#bytes));
    const { chars } = this.#whole;
    this.#isSingleByte = chars.length === this.#bytes.length;
    this.#codes = this.#isSingleByte ? this.#bytes : codesOf(chars);
  }

  /** All characters. */
  get chars(): string {
    return this.#whole.chars;
  }

  /** Whether lines come as they stand, so that some can be passed over. */
  get canPass(): boolean {
    return this.#ahead === undefined;
  }

  /** Where the next line begins. */
  get nextAt(): number {
    return this.#index;
  }

  /** The number of the line that came last, from 1. */
  get number(): number {
    return this.#number;
  }

  /** Whether a text is a part of this file, as it stands there. */
  holds(origin: Origin): boolean {
    return origin === this.#whole;
  }

  /** Where an index is. */
  placeAt(index: number): Place {
    return this.#whole.placeAt(index);
  }

  /** Whether nothing follows a brace on the line that came last, but a comment. */
  endsWith(brace: Brace): boolean {
    return this.canPass && this.holds(brace.origin) &&
      /^\s*(?:[#!]|$)/.test(this.chars.slice(brace.at + 1, this.#index));
  }

  /** Passes over so many characters, which are so many whole lines. */
  pass(length: number, lineCount: number): void {
    this.#index += length;
    this.#number += lineCount;
    this.#whole.words.lineStart = -1;
    for (let i = 0; i < lineCount && !this.#isSingleByte; i++) this.#nextLengthBytes();
  }

  /** Whether that text occurs anywhere in it. */
  includes(text: string): boolean {
    return this.#whole.chars.includes(text);
  }

  /** Reads all lines that are still to come; each will come nevertheless. */
  readAhead(): readonly Text[] {
    const ahead: Line[] = [];
    const texts: Text[] = [];
    for (let text = this.next(); text; text = this.next()) {
      texts.push(text);
      const { start, end, marks, braceAt } = this;
      ahead.push({ start, end, marks, braceAt });
    }
    this.#ahead = ahead;
    return texts;
  }

  /** The next line that can be used, without blanks at both ends; undefined at the end. */
  next(): Text | undefined {
    return this.advance() ? this.text() : undefined;
  }

  /** The line that came last. */
  text(): Text {
    return new Text(this.#whole, this.start, this.end);
  }

  /** Its brace, if it is that and nothing else. */
  brace(): Brace {
    return braceAt(this.#whole, this.start);
  }

  /** Whether it may be an include. */
  mayInclude(): boolean {
    const { chars } = this.#whole;
    return chars.charCodeAt(this.start) === LETTER_I && chars.startsWith("include", this.start);
  }

  /** Goes to the next line that can be used; false at the end. */
  advance(): boolean {
    if (this.#ahead) return this.#advanceAhead(this.#ahead);
    const { file, chars } = this.#whole;
    while (this.#index < chars.length) {
      if (this.#number >= FILE_LINES_MAX) {
        const line = { file, number: this.#number + 1, text: "" };
        const message = `more than ${FILE_LINES_MAX} lines`;
        this.#complaints.add("E108", { line, column: 1 }, message);
        this.#index = chars.length;
        return false;
      }
      if (this.#readLine()) return true;
    }
    return false;
  }

  #advanceAhead(ahead: readonly Line[]): boolean {
    const next = ahead[this.#takenCount++];
    if (!next) return false;
    this.#whole.words.lineStart = -1;
    this.start = next.start;
    this.end = next.end;
    this.marks = next.marks;
    this.braceAt = next.braceAt;
    return true;
  }

  /**
   * Looks at each character once: where the line ends, where blanks do, what marks it has, and
   * where its words are; false if it cannot be used.
   */
  #readLine(): boolean {
    const { words } = this.#whole;
    const codes = this.#codes;
    const start = this.lineAt = this.#index;
    words.lineStart = -1;
    words.count = 0;
    let first = -1;
    let behind = start;
    let marks = 0;
    let firstBraceAt = -1;
    let i = start;
    while (i < codes.length) {
      const code = codes[i] ?? NEWLINE;
      if (isBlankCode(code)) {
        if (code === NEWLINE) break;
        i++;
        continue;
      }
      if (first < 0) first = i;
      const wordAt = i;
      let hash = 0;
      let mark = 0;
      for (; i < codes.length; i++) {
        const letter = codes[i] ?? NEWLINE;
        if (isBlankCode(letter)) break;
        mark = letter < ASCII_COUNT ? MARKS[letter] ?? 0 : 0;
        marks |= mark;
        if (mark === MARK.brace) break;
        hash = hashed(hash, letter);
      }
      if (i > wordAt && firstBraceAt < 0) words.add(wordAt, i, hash);
      if (mark === MARK.brace) {
        if (firstBraceAt < 0) firstBraceAt = i;
        i++;
      }
      behind = i;
    }
    const next = Math.min(i + 1, codes.length);
    this.#index = next;
    this.#number++;
    const lengthBytes = this.#isSingleByte ? next - start : this.#nextLengthBytes();
    if (lengthBytes > LINE_BYTES_MAX) return this.#refuseLength(start, next, lengthBytes);
    if (marks & MARK.nul) return this.#refuseNul(start);
    this.start = first < 0 ? i : first;
    this.end = first < 0 ? i : behind;
    this.marks = marks;
    this.braceAt = firstBraceAt;
    // A quote holds blanks and braces together.
    if ((marks & MARK.special) === 0) words.lineStart = this.start;
    return true;
  }

  /** What the bytes of the next line come to. */
  #nextLengthBytes(): number {
    const start = this.#byteIndex;
    const newlineAt = this.#bytes.indexOf(NEWLINE, start);
    this.#byteIndex = newlineAt < 0 ? this.#bytes.length : newlineAt + 1;
    return this.#byteIndex - start;
  }

  #refuseLength(start: number, next: number, lengthBytes: number): false {
    const { file, chars } = this.#whole;
    const text = chars.slice(start, Math.min(next, start + LINE_BYTES_MAX));
    const line = { file, number: this.#number, text };
    const message = `line of ${lengthBytes} bytes: at most ${LINE_BYTES_MAX} are read`;
    this.#complaints.add("E101", { line, column: 1 }, message);
    return false;
  }

  #refuseNul(start: number): false {
    const place = this.#whole.placeAt(this.#whole.chars.indexOf("\0", start));
    this.#complaints.add("E102", place, "line with a NUL character");
    return false;
  }
}

function codesOf(chars: string): Uint16Array {
  const codes = new Uint16Array(chars.length);
  for (let i = 0; i < codes.length; i++) codes[i] = chars.charCodeAt(i);
  return codes;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is not UTF-8 becomes U+FFFD: harmless in a comment, an error where it would be used. */
function decode(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}
