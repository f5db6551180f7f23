/**
 * A file's bytes as lines.
 *
 * @module
 */
import type { Complaints } from "./diagnostic.ts";
import type { SourceLine } from "./text.ts";

/** Most lines of one file. */
export const FILE_LINES_MAX = 1_000_000;
/** Longest line that is read, in bytes, its newline included. As keepalived. */
export const LINE_BYTES_MAX = 1_023;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * The lines of a file, one after the other: most are forgotten as soon as they are read. Those that
 * cannot be used are complained about and left out.
 */
export class PhysicalLines {
  readonly #file: string;
  readonly #complaints: Complaints;
  readonly #bytes: Uint8Array;
  /** All of it: decoding line by line takes longer than everything else here. */
  readonly #text: string;
  /** A character is a byte: nowhere did several bytes become one. */
  readonly #isSingleByte: boolean;
  #byteIndex = 0;
  #index = 0;
  #number = 0;
  /** Lines that were read ahead, and how many of them were taken. */
  #ahead: SourceLine[] | undefined;
  #takenCount = 0;

  constructor(bytes: Uint8Array, file: string, complaints: Complaints) {
    this.#file = file;
    this.#complaints = complaints;
    const isMarked = BYTE_ORDER_MARK.every((octet, i) => bytes[i] === octet);
    this.#bytes = isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
    this.#text = decode(this.#bytes);
    this.#isSingleByte = this.#text.length === this.#bytes.length;
  }

  /** Whether that text occurs anywhere in it. */
  includes(text: string): boolean {
    return this.#text.includes(text);
  }

  /** Reads all lines that are still to come; each will come nevertheless. */
  readAhead(): readonly SourceLine[] {
    const lines: SourceLine[] = [];
    for (let line = this.next(); line; line = this.next()) lines.push(line);
    this.#takenCount = 0;
    return this.#ahead = lines;
  }

  /** The next line that can be used; undefined at the end. */
  next(): SourceLine | undefined {
    if (this.#ahead) return this.#ahead[this.#takenCount++];
    while (this.#index < this.#text.length) {
      if (this.#number >= FILE_LINES_MAX) {
        const line = { file: this.#file, number: this.#number + 1, text: "" };
        const message = `more than ${FILE_LINES_MAX} lines`;
        this.#complaints.add("E108", { line, column: 1 }, message);
        this.#index = this.#text.length;
        return undefined;
      }
      const line = this.#readLine();
      if (line) return line;
    }
    return undefined;
  }

  #readLine(): SourceLine | undefined {
    const start = this.#index;
    const newlineAt = this.#text.indexOf("\n", start);
    const next = newlineAt < 0 ? this.#text.length : newlineAt + 1;
    this.#index = next;
    this.#number++;
    const lengthBytes = this.#isSingleByte ? next - start : this.#nextLengthBytes();
    if (lengthBytes > LINE_BYTES_MAX) return this.#refuseLength(start, next, lengthBytes);
    let end = next;
    while (end > start && isLineEnd(this.#text.charCodeAt(end - 1))) end--;
    const line = { file: this.#file, number: this.#number, text: this.#text.slice(start, end) };
    const nulAt = line.text.indexOf("\0");
    if (nulAt < 0) return line;
    this.#complaints.add("E102", { line, column: nulAt + 1 }, "line with a NUL character");
    return undefined;
  }

  /** What the bytes of the next line come to. */
  #nextLengthBytes(): number {
    const start = this.#byteIndex;
    const newlineAt = this.#bytes.indexOf(NEWLINE, start);
    this.#byteIndex = newlineAt < 0 ? this.#bytes.length : newlineAt + 1;
    return this.#byteIndex - start;
  }

  #refuseLength(start: number, next: number, lengthBytes: number): undefined {
    const text = this.#text.slice(start, Math.min(next, start + LINE_BYTES_MAX));
    const line = { file: this.#file, number: this.#number, text };
    const message = `line of ${lengthBytes} bytes: at most ${LINE_BYTES_MAX} are read`;
    this.#complaints.add("E101", { line, column: 1 }, message);
  }
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is not UTF-8 becomes U+FFFD: harmless in a comment, an error where it would be used. */
function decode(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

function isLineEnd(code: number): boolean {
  return code === NEWLINE || code === CARRIAGE_RETURN;
}
