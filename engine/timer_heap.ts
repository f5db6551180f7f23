/**
 * Timers in the order in which they are due.
 *
 * @module
 */
import { assert } from "../net/assert.ts";

/**
 * Makes ready what a timer will need, shortly before it is due. Returns whether there was anything
 * to make ready.
 */
export type Prepare = () => boolean;

/** One that is armed. */
export interface Timer {
  readonly deadlineMs: number;
  /** Counts up: of two that are due at once the older one is first. */
  readonly id: number;
  readonly fire: () => void;
  readonly prepare: Prepare | undefined;
}

/** Armed timers, the next one at hand. */
export class TimerHeap {
  /** Binary heap by deadline, then by age. Cancelled timers stay until they come up. */
  readonly #heap: Timer[] = [];
  readonly #live = new Set<number>();

  /** How many there are. */
  get size(): number {
    return this.#live.size;
  }

  /** The next one; undefined if there is none. */
  get first(): Timer | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.#live.has(first.id)) return first;
      this.#pop();
    }
    return undefined;
  }

  /** Puts one in. */
  add(timer: Timer): void {
    this.#live.add(timer.id);
    this.#push(timer);
  }

  /** Takes out {@linkcode first}. */
  takeFirst(): void {
    this.#live.delete(this.#pop().id);
  }

  /** Takes one out; one that is not here is ignored. */
  remove(id: number): void {
    // Every re-armed timer leaves a dead entry: clean up before they outnumber the living.
    if (!this.#live.delete(id)) return;
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#live.size) this.#rebuild();
  }

  #push(timer: Timer): void {
    let i = this.#heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(timer, this.#at(parent))) break;
      this.#heap[i] = this.#at(parent);
      i = parent;
    }
    this.#heap[i] = timer;
  }

  #pop(): Timer {
    const first = this.#at(0);
    const last = this.#heap.pop();
    if (last && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts a timer in the place of the first and lets it find its own. */
  #sink(timer: Timer): void {
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#at(child + 1), this.#at(child))) child++;
      if (!isBefore(this.#at(child), timer)) break;
      this.#heap[i] = this.#at(child);
      i = child;
    }
    this.#heap[i] = timer;
  }

  #rebuild(): void {
    const living = this.#heap.filter((timer) => this.#live.has(timer.id));
    this.#heap.length = 0;
    for (const timer of living) this.#push(timer);
  }

  #at(index: number): Timer {
    const timer = this.#heap[index];
    assert(timer !== undefined, "a heap index is below its length");
    return timer;
  }
}

/** Whether one comes before another. */
export function isBefore(a: Timer, b: Timer): boolean {
  return a.deadlineMs === b.deadlineMs ? a.id < b.id : a.deadlineMs < b.deadlineMs;
}
