/**
 * Chance for the simulator: a seeded generator, so that every run can be had again.
 *
 * @module
 */

/** Numbers that look random and are the same for the same seed. */
export class Random {
  #state: number;

  /** `seed` counts by its low 32 bits. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    // Weyl sequence, scrambled by multiplication and shifts: 32 bits of state are plenty here.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** True with that probability. Draws only where there is a choice. */
  happens(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.next() < probability;
  }
}
