/**
 * A descriptor that closes itself.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { libc } from "./libc.ts";

/** Owner of one open descriptor. */
export class Fd implements Disposable {
  readonly #number: number;
  #closed = false;

  constructor(number: number) {
    assert(number >= 0, `A descriptor is not negative: current value is ${number}`);
    this.#number = number;
  }

  /** The kernel's number; using it after the end is a bug. */
  get number(): number {
    assert(!this.#closed, `Descriptor ${this.#number} is closed`);
    return this.#number;
  }

  /** Closes it. Closing twice is a bug: the number may belong to something else by then. */
  [Symbol.dispose](): void {
    assert(!this.#closed, `Descriptor ${this.#number} is closed already`);
    this.#closed = true;
    libc.close(this.#number);
  }
}
