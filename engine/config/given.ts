/**
 * Values, and where they were given.
 *
 * @module
 */
import type { Origin, Place } from "./text.ts";
import { type Word, WordOfText } from "./words.ts";

/** A value, and where it was given. */
export interface Given<Value> {
  readonly value: Value;
  readonly place: Place;
}

/** A value that a word gave. */
export function givenBy<Value>(word: Word, value: Value): Given<Value> {
  return word instanceof WordOfText ? new GivenByText(value, word) : { value, place: word.place };
}

/** One that finds its place when it is asked: it takes less than half of the memory. */
class GivenByText<Value> implements Given<Value> {
  readonly value: Value;
  readonly #origin: Origin;
  readonly #at: number;

  constructor(value: Value, { origin, at }: WordOfText) {
    this.value = value;
    this.#origin = origin;
    this.#at = at;
  }

  get place(): Place {
    return this.#origin.placeAt(this.#at, Infinity);
  }
}
