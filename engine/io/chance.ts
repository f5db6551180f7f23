/**
 * Chance that nobody can guess, in small pieces.
 *
 * @module
 */

const PIECE_COUNT = 256;
const LONG = 2 ** 32;

/** Random numbers of the operating system, fetched a few at a time: asking for each costs more. */
export class Chance {
  readonly #pieces = new Uint32Array(PIECE_COUNT);
  #usedCount = PIECE_COUNT;

  /** At least 0, below 1, in steps of 2^-32. */
  next(): number {
    if (this.#usedCount === PIECE_COUNT) {
      crypto.getRandomValues(this.#pieces);
      this.#usedCount = 0;
    }
    return (this.#pieces[this.#usedCount++] ?? 0) / LONG;
  }
}
