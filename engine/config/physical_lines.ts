/**
 * A file's bytes as lines.
 *
 * @module
 */
import type { Complaints } from "./diagnostic.ts";
import { FILE_LINES_MAX, FileText } from "./file_text.ts";
import { isBlankCode, Text } from "./text.ts";

/** Longest line that is read, in bytes, its newline included. As keepalived. */
export const LINE_BYTES_MAX = 1_023;

const NEWLINE = 0x0a;
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
  #byteIndex = 0;
  #index = 0;
  #number = 0;
  /** The marks of all characters of the line that came last. */
  marks = 0;
  /** Lines that were read ahead, and how many of them were taken. */
  #ahead: { readonly line: Text; readonly marks: number }[] | undefined;
  #takenCount = 0;

  constructor(bytes: Uint8Array, file: string, complaints: Complaints) {
    this.#complaints = complaints;
    const isMarked = BYTE_ORDER_MARK.every((octet, i) => bytes[i] === octet);
    this.#bytes = isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
    this.#whole = new FileText(file, decode(this.#bytes));
    this.#isSingleByte = this.#whole.chars.length === this.#bytes.length;
  }

  /** Whether that text occurs anywhere in it. */
  includes(text: string): boolean {
    return this.#whole.chars.includes(text);
  }

  /** Reads all lines that are still to come; each will come nevertheless. */
  readAhead(): readonly Text[] {
    const ahead: { readonly line: Text; readonly marks: number }[] = [];
    for (let line = this.next(); line; line = this.next()) ahead.push({ line, marks: this.marks });
    this.#ahead = ahead;
    return ahead.map(({ line }) => line);
  }

  /** The next line that can be used, without blanks at both ends; undefined at the end. */
  next(): Text | undefined {
    if (this.#ahead) return this.#nextOfAhead(this.#ahead);
    const { file, chars } = this.#whole;
    while (this.#index < chars.length) {
      if (this.#number >= FILE_LINES_MAX) {
        const line = { file, number: this.#number + 1, text: "" };
        const message = `more than ${FILE_LINES_MAX} lines`;
        this.#complaints.add("E108", { line, column: 1 }, message);
        this.#index = chars.length;
        return undefined;
      }
      const line = this.#readLine();
      if (line) return line;
    }
    return undefined;
  }

  #nextOfAhead(ahead: readonly { readonly line: Text; readonly marks: number }[]) {
    const next = ahead[this.#takenCount++];
    this.marks = next?.marks ?? 0;
    return next?.line;
  }

  /** Looks at each character once: where the line ends, where blanks do, and what marks it has. */
  #readLine(): Text | undefined {
    const { chars } = this.#whole;
    const start = this.#index;
    let first = -1;
    let behind = start;
    let marks = 0;
    let i = start;
    for (; i < chars.length; i++) {
      const code = chars.charCodeAt(i);
      if (code === NEWLINE) break;
      if (isBlankCode(code)) continue;
      if (first < 0) first = i;
      behind = i + 1;
      if (code < ASCII_COUNT) marks |= MARKS[code] ?? 0;
    }
    const next = Math.min(i + 1, chars.length);
    this.#index = next;
    this.#number++;
    const lengthBytes = this.#isSingleByte ? next - start : this.#nextLengthBytes();
    if (lengthBytes > LINE_BYTES_MAX) return this.#refuseLength(start, next, lengthBytes);
    if (marks & MARK.nul) return this.#refuseNul(start);
    this.marks = marks;
    return first < 0 ? new Text(this.#whole, i, i) : new Text(this.#whole, first, behind);
  }

  /** What the bytes of the next line come to. */
  #nextLengthBytes(): number {
    const start = this.#byteIndex;
    const newlineAt = this.#bytes.indexOf(NEWLINE, start);
    this.#byteIndex = newlineAt < 0 ? this.#bytes.length : newlineAt + 1;
    return this.#byteIndex - start;
  }

  #refuseLength(start: number, next: number, lengthBytes: number): undefined {
    const { file, chars } = this.#whole;
    const text = chars.slice(start, Math.min(next, start + LINE_BYTES_MAX));
    const line = { file, number: this.#number, text };
    const message = `line of ${lengthBytes} bytes: at most ${LINE_BYTES_MAX} are read`;
    this.#complaints.add("E101", { line, column: 1 }, message);
  }

  #refuseNul(start: number): undefined {
    const place = this.#whole.placeAt(this.#whole.chars.indexOf("\0", start));
    this.#complaints.add("E102", place, "line with a NUL character");
  }
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is not UTF-8 becomes U+FFFD: harmless in a comment, an error where it would be used. */
function decode(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}
