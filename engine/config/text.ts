/**
 * Text that knows where each of its characters stands in a file, however often it was cut, joined
 * or substituted on the way: a diagnostic must point at what the operator typed.
 *
 * A text is a window on characters of one origin, so that cutting copies nothing, and a place is
 * looked for only when it is asked for: with 10,000 virtual servers there are 500,000 words, and
 * hardly one of them is complained about.
 *
 * @module
 */
import type { LineWords } from "./line_words.ts";

/** One line of a configuration file, as it stands there, without its line end. */
export interface SourceLine {
  /** Name as the operator gave it, or as an include resolved to. */
  readonly file: string;
  /** 1 is the first. */
  readonly number: number;
  readonly text: string;
}

/** Where something stands. */
export interface Place {
  readonly line: SourceLine;
  /** In UTF-16 units, from 1. */
  readonly column: number;
  /** Text of a definition or of an anchor: where that was used. */
  readonly usedAt?: Place;
  /** In YAML: the keys that lead there. */
  readonly path?: string;
}

/** What a text is a part of. */
export interface Origin {
  readonly chars: string;
  /** The words of the line in it that was looked at last, if it is a file. */
  readonly words: LineWords | undefined;
  /** Where the character at `index` stands, of a part that ends before `end`. */
  placeAt(index: number, end: number): Place;
}

/** A run of characters from one line. */
interface Piece {
  /** Where it begins in the text. */
  readonly start: number;
  readonly place: Place;
  /** Made up (a number of a sequence, say): all its characters count as standing at `place`. */
  readonly isMadeUp: boolean;
}

/** A part of an origin. Immutable. */
export class Text {
  readonly origin: Origin;
  /** Where it begins in its origin. */
  readonly start: number;
  /** Where it ends there: behind its last character. */
  readonly end: number;

  constructor(origin: Origin, start: number, end: number) {
    this.origin = origin;
    this.start = start;
    this.end = end;
  }

  /** A line as it stands in the file. */
  static ofLine(line: SourceLine): Text {
    return new Text(new LineOrigin(line), 0, line.text.length);
  }

  /** Characters that stand nowhere, because of something at `place`. */
  static madeUp(chars: string, place: Place): Text {
    return ofPieces(chars, [{ start: 0, place, isMadeUp: true }]);
  }

  /** Texts one after the other. */
  static join(texts: readonly Text[]): Text {
    const [only] = texts;
    if (only && texts.length === 1) return only;
    let start = 0;
    const pieces: Piece[] = [];
    for (const text of texts) {
      for (const piece of text.#pieces()) pieces.push({ ...piece, start: piece.start + start });
      start += text.length;
    }
    return ofPieces(texts.map(({ chars }) => chars).join(""), pieces);
  }

  /** What it is among the items of a line (words.ts). */
  get type(): "line" {
    return "line";
  }

  /** The characters. */
  get chars(): string {
    return this.origin.chars.slice(this.start, this.end);
  }

  /** How many they are. */
  get length(): number {
    return this.end - this.start;
  }

  /** Whether it begins so. */
  startsWith(chars: string): boolean {
    return this.length >= chars.length && this.origin.chars.startsWith(chars, this.start);
  }

  /** Characters from `start` up to `end`, which it does not include. */
  slice(start: number, end = this.length): Text {
    const { length } = this;
    const [first, behind] = [fromStart(start, length), fromStart(end, length)];
    if (first === 0 && behind === length) return this;
    return new Text(this.origin, this.start + first, this.start + Math.max(first, behind));
  }

  /** Without blanks at both ends. */
  trim(): Text {
    return this.sliceTrimmed(0, this.length);
  }

  /** Characters from `start` up to `end`, without blanks at both ends. */
  sliceTrimmed(start: number, end: number): Text {
    const { chars } = this.origin;
    let [first, behind] = [this.start + start, this.start + end];
    while (first < behind && isBlankCode(chars.charCodeAt(first))) first++;
    while (behind > first && isBlankCode(chars.charCodeAt(behind - 1))) behind--;
    return new Text(this.origin, first, behind);
  }

  /** The same characters, marked as brought in at `usedAt`. */
  broughtInAt(usedAt: Place): Text {
    const pieces = this.#pieces().map(({ start, place: { line, column, path }, isMadeUp }) => ({
      start,
      place: { line, column, ...(path !== undefined && { path }), usedAt },
      isMadeUp,
    }));
    return ofPieces(this.chars, pieces);
  }

  /** Where the character at `index` stands; behind the end: one behind the last. */
  placeAt(index: number): Place {
    return this.origin.placeAt(this.start + index, Math.max(this.end, this.start + 1));
  }

  #pieces(): readonly Piece[] {
    return this.origin instanceof Pieces
      ? this.origin.between(this.start, this.end)
      : [{ start: 0, place: this.placeAt(0), isMadeUp: false }];
  }
}

/** As `String.prototype.slice` has it: a negative index counts from the end. */
function fromStart(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

/** A line that is not one of a file, or of one that is read otherwise. */
class LineOrigin implements Origin {
  readonly chars: string;
  readonly words = undefined;
  readonly #line: SourceLine;

  constructor(line: SourceLine) {
    this.chars = line.text;
    this.#line = line;
  }

  placeAt(index: number): Place {
    return { line: this.#line, column: index + 1 };
  }
}

function ofPieces(chars: string, pieces: readonly Piece[]): Text {
  return new Text(new Pieces(chars, pieces), 0, chars.length);
}

/** Characters that come from several lines. */
class Pieces implements Origin {
  readonly chars: string;
  readonly words = undefined;
  /** At least one, unless there are no characters. */
  readonly #pieces: readonly Piece[];

  constructor(chars: string, pieces: readonly Piece[]) {
    this.chars = chars;
    this.#pieces = pieces;
  }

  placeAt(index: number, end: number): Place {
    let found = this.#pieces[0];
    for (const piece of this.#pieces) {
      if (piece.start > index || piece.start >= end) break;
      found = piece;
    }
    if (!found) return { line: { file: "", number: 1, text: "" }, column: 1 };
    return advance(found, index - found.start);
  }

  /** What stands from `start` up to `end`. */
  between(start: number, end: number): readonly Piece[] {
    const pieces: Piece[] = [];
    for (const [i, piece] of this.#pieces.entries()) {
      const next = this.#pieces[i + 1]?.start ?? Infinity;
      if (next <= start && i + 1 < this.#pieces.length) continue;
      if (piece.start >= end && pieces.length > 0) break;
      const skipped = Math.max(0, start - piece.start);
      pieces.push({
        start: Math.max(0, piece.start - start),
        place: advance(piece, skipped),
        isMadeUp: piece.isMadeUp,
      });
    }
    return pieces;
  }
}

/** Blanks separate words: space, tab, form feed, vertical tab, and the line end characters. */
export function isBlank(char: string): boolean {
  return char !== "" && isBlankCode(char.charCodeAt(0));
}

/** The same of the code of a character. */
export function isBlankCode(code: number): boolean {
  return code === SPACE || (code >= TAB && code <= CARRIAGE_RETURN);
}

const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

function advance({ place, isMadeUp }: Piece, count: number): Place {
  if (isMadeUp || count === 0) return place;
  const { line, column, usedAt, path } = place;
  return {
    line,
    column: column + count,
    ...(usedAt && { usedAt }),
    ...(path !== undefined && { path }),
  };
}

/** Nothing, nowhere. */
export const NO_TEXT: Text = Text.madeUp("", {
  line: { file: "", number: 1, text: "" },
  column: 1,
});
