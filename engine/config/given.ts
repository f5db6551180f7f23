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

/** What stands where a word does, and finds that place only when it is asked. */
export abstract class Placed {
  readonly #origin: Origin;
  readonly #at: number;

  constructor(word: Word) {
    const isOfText = word instanceof WordOfText;
    this.#origin = isOfText ? word.origin : new OnePlace(word.place);
    this.#at = isOfText ? word.at : 0;
  }

  /** Where it stands. */
  get place(): Place {
    return this.#origin.placeAt(this.#at, Infinity);
  }
}

/** Where a word stands that is no part of a text, as those of YAML. */
class OnePlace implements Origin {
  readonly chars = "";
  readonly words = undefined;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  placeAt(): Place {
    return this.#place;
  }
}

/** A value that a word gave. */
export function givenBy<Value>(word: Word, value: Value): Given<Value> {
  return new GivenByWord(word, value);
}

class GivenByWord<Value> extends Placed implements Given<Value> {
  readonly value: Value;

  constructor(word: Word, value: Value) {
    super(word);
    this.value = value;
  }
}
