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
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Splits a file into lines. Those that cannot be used are complained about and left out. */
export function physicalLines(
  bytes: Uint8Array,
  file: string,
  complaints: Complaints,
): SourceLine[] {
  const lines: SourceLine[] = [];
  let start = BYTE_ORDER_MARK.every((octet, i) => bytes[i] === octet) ? BYTE_ORDER_MARK.length : 0;
  for (let number = 1; start < bytes.length; number++) {
    const newlineAt = bytes.indexOf(NEWLINE, start);
    const next = newlineAt < 0 ? bytes.length : newlineAt + 1;
    if (number > FILE_LINES_MAX) {
      const line = { file, number, text: "" };
      complaints.add("E108", { line, column: 1 }, `more than ${FILE_LINES_MAX} lines`);
      break;
    }
    const line = readLine(bytes.subarray(start, next), file, number, complaints);
    if (line) lines.push(line);
    start = next;
  }
  return lines;
}

function readLine(
  bytes: Uint8Array,
  file: string,
  number: number,
  complaints: Complaints,
): SourceLine | undefined {
  if (bytes.length > LINE_BYTES_MAX) {
    const line = { file, number, text: decode(bytes.subarray(0, LINE_BYTES_MAX)) };
    const message = `line of ${bytes.length} bytes: at most ${LINE_BYTES_MAX} are read`;
    complaints.add("E101", { line, column: 1 }, message);
    return undefined;
  }
  const line = { file, number, text: withoutEnd(decode(bytes)) };
  const nulAt = line.text.indexOf("\0");
  if (nulAt >= 0) {
    complaints.add("E102", { line, column: nulAt + 1 }, "line with a NUL character");
    return undefined;
  }
  return line;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is not UTF-8 becomes U+FFFD: harmless in a comment, an error where it would be used. */
function decode(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** Without the characters of a line end, however many. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charAt(end - 1) === "\n" || text.charAt(end - 1) === "\r")) end--;
  return text.slice(0, end);
}
