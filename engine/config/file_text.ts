/**
 * The text of a whole file: where what stands in it stands.
 *
 * @module
 */
import { LineWords } from "./line_words.ts";
import type { Origin, Place, SourceLine } from "./text.ts";

/** Most lines of one file. */
export const FILE_LINES_MAX = 1_000_000;

/** The text of a file. */
export class FileText implements Origin {
  /** Name as the operator gave it, or as an include resolved to. */
  readonly file: string;
  readonly chars: string;
  readonly words: LineWords = new LineWords();
  /** Where lines begin, as far as somebody asked: in most files hardly anybody does. */
  readonly #lineStarts = [0];

  constructor(file: string, chars: string) {
    this.file = file;
    this.chars = chars;
  }

  placeAt(index: number): Place {
    return new FilePlace(this, index);
  }

  /** The number of the line at an index, from 1. */
  lineNumberAt(index: number): number {
    const starts = this.#lineStarts;
    this.#lookUpTo(index);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** Finds where lines begin up to an index. */
  #lookUpTo(index: number): void {
    const starts = this.#lineStarts;
    for (let last = starts.at(-1) ?? 0; last <= index && starts.length <= FILE_LINES_MAX;) {
      const newlineAt = this.chars.indexOf("\n", last);
      if (newlineAt < 0) return;
      last = newlineAt + 1;
      starts.push(last);
    }
  }

  /** The line at an index, without its end. */
  lineAt(index: number): SourceLine {
    const { chars } = this;
    const number = this.lineNumberAt(index);
    const start = this.lineStart(index);
    const newlineAt = chars.indexOf("\n", start);
    let end = newlineAt < 0 ? chars.length : newlineAt;
    while (end > start && chars.charCodeAt(end - 1) === CARRIAGE_RETURN) end--;
    return { file: this.file, number, text: chars.slice(start, end) };
  }

  /** Where the line at an index begins. */
  lineStart(index: number): number {
    return this.#lineStarts[this.lineNumberAt(index) - 1] ?? 0;
  }
}

const CARRIAGE_RETURN = 0x0d;

/** A place that finds its line when it is asked: there is one for each value of a file. */
class FilePlace implements Place {
  readonly #text: FileText;
  readonly #index: number;

  constructor(text: FileText, index: number) {
    this.#text = text;
    this.#index = index;
  }

  get line(): SourceLine {
    return this.#text.lineAt(this.#index);
  }

  get column(): number {
    return this.#index - this.#text.lineStart(this.#index) + 1;
  }
}
