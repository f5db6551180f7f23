/**
 * Text that knows where each of its characters stands in a file, however often it was cut, joined
 * or substituted on the way: a diagnostic must point at what the operator typed.
 *
 * @module
 */

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

/** A run of characters from one line. */
interface Piece {
  /** Where it begins in the text. */
  readonly start: number;
  readonly place: Place;
  /** Made up (a number of a sequence, say): all its characters count as standing at `place`. */
  readonly isMadeUp: boolean;
}

/**
 * A line of text with the origin of every character. Immutable.
 *
 * Nearly every text is a part of one line: that needs no pieces, and no place before it is asked
 * for.
 */
export class Text {
  readonly chars: string;
  /** The line that the text is a part of, or a list of pieces. */
  readonly #origin: SourceLine | readonly Piece[];
  /** Of a part of a line: how many characters of it come before. */
  readonly #skipped: number;

  private constructor(chars: string, origin: SourceLine | readonly Piece[], skipped: number) {
    this.chars = chars;
    this.#origin = origin;
    this.#skipped = skipped;
  }

  /** A line as it stands in the file. */
  static ofLine(line: SourceLine): Text {
    return new Text(line.text, line, 0);
  }

  /** Characters that stand nowhere, because of something at `place`. */
  static madeUp(chars: string, place: Place): Text {
    return new Text(chars, [{ start: 0, place, isMadeUp: true }], 0);
  }

  /** Texts one after the other. */
  static join(texts: readonly Text[]): Text {
    const [only] = texts;
    if (only && texts.length === 1) return only;
    let start = 0;
    const pieces: Piece[] = [];
    for (const text of texts) {
      for (const piece of text.#pieces()) pieces.push({ ...piece, start: piece.start + start });
      start += text.chars.length;
    }
    return new Text(texts.map(({ chars }) => chars).join(""), pieces, 0);
  }

  /** Characters from `start` up to `end`, which it does not include. */
  slice(start: number, end = this.chars.length): Text {
    if (start === 0 && end >= this.chars.length) return this;
    const chars = this.chars.slice(start, end);
    if (!isPieces(this.#origin)) {
      return new Text(chars, this.#origin, this.#skipped + start);
    }
    const pieces: Piece[] = [];
    for (const [i, piece] of this.#origin.entries()) {
      const next = this.#origin[i + 1]?.start ?? Infinity;
      if (next <= start && i + 1 < this.#origin.length) continue;
      if (piece.start >= end && pieces.length > 0) break;
      const skipped = Math.max(0, start - piece.start);
      pieces.push({
        start: Math.max(0, piece.start - start),
        place: advance(piece, skipped),
        isMadeUp: piece.isMadeUp,
      });
    }
    return new Text(chars, pieces, 0);
  }

  /** Without blanks at both ends. */
  trim(): Text {
    return this.sliceTrimmed(0, this.chars.length);
  }

  /** Characters from `start` up to `end`, without blanks at both ends. */
  sliceTrimmed(start: number, end: number): Text {
    const { chars } = this;
    let [first, behind] = [start, end];
    while (first < behind && isBlankCode(chars.charCodeAt(first))) first++;
    while (behind > first && isBlankCode(chars.charCodeAt(behind - 1))) behind--;
    return this.slice(first, behind);
  }

  /** The same characters, marked as brought in at `usedAt`. */
  broughtInAt(usedAt: Place): Text {
    const pieces = this.#pieces().map((piece) => ({
      ...piece,
      place: { ...piece.place, usedAt },
    }));
    return new Text(this.chars, pieces, 0);
  }

  /** Where the character at `index` stands; behind the end: one behind the last. */
  placeAt(index: number): Place {
    if (!isPieces(this.#origin)) {
      return { line: this.#origin, column: this.#skipped + index + 1 };
    }
    let found = this.#origin[0];
    for (const piece of this.#origin) {
      if (piece.start > index) break;
      found = piece;
    }
    // There is always a piece: each constructor makes one, and slices keep at least one.
    if (!found) return { line: { file: "", number: 1, text: "" }, column: 1 };
    return advance(found, index - found.start);
  }

  #pieces(): readonly Piece[] {
    return isPieces(this.#origin)
      ? this.#origin
      : [{ start: 0, place: this.placeAt(0), isMadeUp: false }];
  }
}

function isPieces(origin: SourceLine | readonly Piece[]): origin is readonly Piece[] {
  return Array.isArray(origin);
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
  return { ...place, column: place.column + count };
}
