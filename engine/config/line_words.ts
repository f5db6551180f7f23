/**
 * Where the words of a line are: whoever looks for the end of a line passes each of them.
 *
 * @module
 */

/** No line has more: it would be too long to be read. */
const WORDS_MAX = 512;

/** The words of the line of a file that was looked at last, up to its first brace. */
export class LineWords {
  /** Where that line begins; -1: its words were not looked for. */
  lineStart = -1;
  count = 0;
  readonly #starts = new Int32Array(WORDS_MAX);
  readonly #ends = new Int32Array(WORDS_MAX);
  readonly #hashes = new Int32Array(WORDS_MAX);

  /** One more, from `start` up to `end`. */
  add(start: number, end: number, hash: number): void {
    const { count } = this;
    this.#starts[count] = start;
    this.#ends[count] = end;
    this.#hashes[count] = hash;
    this.count = count + 1;
  }

  /** Where a word begins. */
  startOf(index: number): number {
    return this.#starts[index] ?? 0;
  }

  /** Where it ends: behind its last character. */
  endOf(index: number): number {
    return this.#ends[index] ?? 0;
  }

  /** What {@linkcode hashed} made of its characters. */
  hashOf(index: number): number {
    return this.#hashes[index] ?? 0;
  }
}

const HASH_FACTOR = 31;

/** The hash of characters, with one more; that of none is 0. */
export function hashed(hash: number, code: number): number {
  return (hash * HASH_FACTOR + code) | 0;
}
