/**
 * The time of a simulated world: what happens when, for all hosts and wires in one queue. What is
 * due at the same time happens in the order in which it was entered.
 *
 * @module
 */
import { assert } from "../../net/assert.ts";

interface Entry {
  readonly atMs: number;
  readonly id: number;
  readonly run: () => void;
}

/** Everything that is going to happen. */
export class Agenda {
  /** Binary heap by time, then by age; cancelled entries stay until they come up. */
  readonly #heap: Entry[] = [];
  readonly #cancelled = new Set<number>();
  #nextId = 1;
  #nowMs = 0;

  /** The time, in ms since the world began. */
  now(): number {
    return this.#nowMs;
  }

  /** Enters something for that time, which is not over. Returns what cancels it. */
  at(atMs: number, run: () => void): number {
    assert(atMs >= this.#nowMs, `Time runs forward: ${atMs} is before ${this.#nowMs}`);
    const entry = { atMs, id: this.#nextId++, run };
    let i = this.#heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, this.#entry(parent))) break;
      this.#heap[i] = this.#entry(parent);
      i = parent;
    }
    this.#heap[i] = entry;
    return entry.id;
  }

  /** Takes an entry out that has not happened yet. */
  cancel(id: number): void {
    this.#cancelled.add(id);
  }

  /** When the next thing happens; undefined: never. */
  nextMs(): number | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (!this.#cancelled.delete(first.id)) return first.atMs;
      this.#pop();
    }
    return undefined;
  }

  /** Lets the next thing happen, if it is due by `endMs`. Returns whether there was one. */
  step(endMs: number): boolean {
    const nextMs = this.nextMs();
    const first = this.#heap[0];
    if (nextMs === undefined || nextMs > endMs || !first) {
      this.#nowMs = Math.max(this.#nowMs, endMs);
      return false;
    }
    this.#pop();
    this.#nowMs = first.atMs;
    first.run();
    return true;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#entry(child + 1), this.#entry(child))) {
        child++;
      }
      if (!isBefore(this.#entry(child), last)) break;
      this.#heap[i] = this.#entry(child);
      i = child;
    }
    this.#heap[i] = last;
  }

  #entry(index: number): Entry {
    const entry = this.#heap[index];
    assert(entry !== undefined, "a heap index is below its length");
    return entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs === b.atMs ? a.id < b.id : a.atMs < b.atMs;
}
