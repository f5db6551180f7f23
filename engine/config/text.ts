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

/** A line of text with the origin of every character. Immutable. */
export class Text {
  readonly chars: string;
  readonly #pieces: readonly Piece[];

  private constructor(chars: string, pieces: readonly Piece[]) {
    this.chars = chars;
    this.#pieces = pieces;
  }

  /** A line as it stands in the file. */
  static ofLine(line: SourceLine): Text {
    return new Text(line.text, [{ start: 0, place: { line, column: 1 }, isMadeUp: false }]);
  }

  /** Characters that stand nowhere, because of something at `place`. */
  static madeUp(chars: string, place: Place): Text {
    return new Text(chars, [{ start: 0, place, isMadeUp: true }]);
  }

  /** Texts one after the other. */
  static join(texts: readonly Text[]): Text {
    const [only] = texts;
    if (only && texts.length === 1) return only;
    let start = 0;
    const pieces: Piece[] = [];
    for (const text of texts) {
      for (const piece of text.#pieces) pieces.push({ ...piece, start: piece.start + start });
      start += text.chars.length;
    }
    return new Text(texts.map(({ chars }) => chars).join(""), pieces);
  }

  /** Characters from `start` up to `end`, which it does not include. */
  slice(start: number, end = this.chars.length): Text {
    if (start === 0 && end >= this.chars.length) return this;
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
    return new Text(this.chars.slice(start, end), pieces);
  }

  /** Without blanks at both ends. */
  trim(): Text {
    const { chars } = this;
    let [start, end] = [0, chars.length];
    while (start < end && isBlank(chars.charAt(start))) start++;
    while (end > start && isBlank(chars.charAt(end - 1))) end--;
    return this.slice(start, end);
  }

  /** The same characters, marked as brought in at `usedAt`. */
  broughtInAt(usedAt: Place): Text {
    return new Text(
      this.chars,
      this.#pieces.map((piece) => ({ ...piece, place: { ...piece.place, usedAt } })),
    );
  }

  /** Where the character at `index` stands; behind the end: one behind the last. */
  placeAt(index: number): Place {
    let found = this.#pieces[0];
    for (const piece of this.#pieces) {
      if (piece.start > index) break;
      found = piece;
    }
    // There is always a piece: each constructor makes one, and slices keep at least one.
    if (!found) return { line: { file: "", number: 1, text: "" }, column: 1 };
    return advance(found, index - found.start);
  }
}

/** Blanks separate words: space, tab, form feed, vertical tab, and the line end characters. */
export function isBlank(char: string): boolean {
  return char === " " || char === "\t" || char === "\f" || char === "\v" || char === "\r" ||
    char === "\n";
}

function advance({ place, isMadeUp }: Piece, count: number): Place {
  if (isMadeUp || count === 0) return place;
  return { ...place, column: place.column + count };
}
