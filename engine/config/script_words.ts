/**
 * Lines of script keywords (`notify_master "CMD ARGS" USER GROUP`), which follow rules of their
 * own.
 *
 * Two passes. The first splits the line into words: here single quotes quote, too, adjoining pieces
 * are one word, and backslashes are kept. The second splits the first word into command and
 * arguments, and there backslashes are escapes.
 *
 * @module
 */
import { isBlank, type Place, type Text } from "./text.ts";
import type { Words } from "./words.ts";

/** A word, and where it ends in the line. */
interface Piece {
  readonly chars: string;
  readonly end: number;
  /** Where a quote began that did not end. */
  readonly openQuoteIndex?: number;
}

/** First pass: words of the line; a word keeps its backslashes and loses its quotes. */
export function splitScriptWords(text: Text): Words {
  const words: { text: string; place: Place }[] = [];
  for (const [start, piece] of pieces(text.chars, false)) {
    if (piece.openQuoteIndex !== undefined) {
      return { words, openQuoteAt: text.placeAt(piece.openQuoteIndex) };
    }
    words.push({ text: piece.chars, place: text.placeAt(start) });
  }
  return { words };
}

/** Second pass: the command and its arguments; undefined if a quote does not end. */
export function splitCommand(command: string): string[] | undefined {
  const words: string[] = [];
  for (const [, { chars, openQuoteIndex }] of pieces(command, true)) {
    if (openQuoteIndex !== undefined) return undefined;
    words.push(chars);
  }
  return words;
}

/** A word of the first pass with its escapes read, and not split. */
export function unescaped(word: string): string {
  let text = "";
  for (let i = 0; i < word.length;) {
    const char = word.charAt(i);
    if (char !== "\\" || i + 1 === word.length) {
      text += char;
      i++;
      continue;
    }
    const escape = readEscape(word, i + 1);
    text += escape.value;
    i = escape.end;
  }
  return text;
}

function* pieces(chars: string, escapes: boolean): Generator<[start: number, Piece]> {
  let i = 0;
  while (i < chars.length) {
    if (isBlank(chars.charAt(i))) {
      i++;
      continue;
    }
    const piece = readPiece(chars, i, escapes);
    yield [i, piece];
    i = piece.end;
  }
}

function readPiece(chars: string, start: number, escapes: boolean): Piece {
  let word = "";
  let quote: { readonly mark: string; readonly index: number } | undefined;
  let i = start;
  while (i < chars.length) {
    const char = chars.charAt(i);
    if (char === "\\" && i + 1 < chars.length) {
      // Without escapes the pair stays as it is, so that the second pass sees it.
      const escape = escapes
        ? readEscape(chars, i + 1)
        : { value: chars.slice(i, i + 2), end: i + 2 };
      word += escape.value;
      i = escape.end;
      continue;
    }
    if (quote) {
      if (char === quote.mark) quote = undefined;
      else word += char;
    } else if (isBlank(char)) {
      break;
    } else if (char === '"' || char === "'") {
      quote = { mark: char, index: i };
    } else {
      word += char;
    }
    i++;
  }
  return { chars: word, end: i, ...(quote ? { openQuoteIndex: quote.index } : {}) };
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const CONTROL_MASK = 0x1f;
const OCTET_MASK = 0xff;

/** What stands behind a backslash: `xHH`, `ooo`, `cX`, a letter of the table, or itself. */
function readEscape(chars: string, start: number): { value: string; end: number } {
  const rest = chars.slice(start, start + 3);
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)?.[1];
  if (hex !== undefined) {
    return { value: String.fromCharCode(parseInt(hex, 16)), end: start + 1 + hex.length };
  }
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) {
    const code = parseInt(octal, 8) & OCTET_MASK;
    return { value: String.fromCharCode(code), end: start + octal.length };
  }
  const char = rest.charAt(0);
  if (char === "c" && rest.length > 1) {
    const code = rest.charCodeAt(1) & CONTROL_MASK;
    return { value: String.fromCharCode(code), end: start + 2 };
  }
  return { value: NAMED_ESCAPES[char] ?? char, end: start + 1 };
}
