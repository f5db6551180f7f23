/**
 * Time for the machines, with two rules.
 *
 * No timeout is believed before the inbox is empty: if the process stalled, the packets that would
 * have cancelled a timer may still be in the socket. So whoever runs the timers (engine/loop.ts,
 * the simulated host) first drains the sockets; a timer that was cancelled meanwhile never fires.
 *
 * What a timer arms counts from that timer's deadline, not from when it got its turn: periods do
 * not drift. In the same way, what a packet arms counts from the packet's arrival. After a stall
 * longer than the period they start afresh, so nothing fires in a burst.
 *
 * @module
 */
import { assert } from "../net/assert.ts";

/** Looks at the clock that {@linkcode Clock.hold} takes at most: less than a millisecond. */
const HOLD_LOOKS_MAX = 2_000;

/** Gives the current time in ms on a scale that never runs backwards. */
export type Now = () => number;

/**
 * Makes ready what a timer will need, shortly before it is due. Returns whether there was anything
 * to make ready.
 */
export type Prepare = () => boolean;

interface Timer {
  readonly deadlineMs: number;
  readonly id: number;
  readonly fire: () => void;
  readonly prepare: Prepare | undefined;
}

/** XState's clock: timers in a heap, run by whoever owns the loop. */
export class Clock {
  readonly #now: Now;
  /** Binary heap by deadline, then by age. Cancelled timers stay until they come up. */
  readonly #heap: Timer[] = [];
  readonly #live = new Map<number, Timer>();
  #nextId = 1;
  /** What timers count from while something is handled that happened before now. */
  #originMs: number | undefined;

  constructor(now: Now) {
    this.#now = now;
  }

  /** The current time in ms, fractions included. */
  now(): number {
    return this.#now();
  }

  /** When what is being handled happened; now, if nothing is. */
  get originMs(): number {
    return this.#originMs ?? this.#now();
  }

  /** How many timers are armed. */
  get timerCount(): number {
    return this.#live.size;
  }

  /**
   * Arms a timer; `delayMs` may have fractions. Returns what cancels it. A machine's timer has no
   * `prepare`.
   */
  setTimeout(fire: () => void, delayMs: number, prepare?: Prepare): number {
    const now = this.#now();
    const start = this.#originMs ?? now;
    const deadlineMs = (now - start < delayMs ? start : now) + delayMs;
    const timer = { deadlineMs, id: this.#nextId++, fire, prepare };
    this.#live.set(timer.id, timer);
    this.#push(timer);
    return timer.id;
  }

  /** Cancels a timer; one that fired or never was is ignored. */
  clearTimeout(id: number): void {
    this.#live.delete(id);
    // Every re-armed timer leaves a dead entry: clean up before they outnumber the living.
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#live.size) this.#rebuild();
  }

  /** When the next timer is due, on the scale of {@linkcode now}; undefined if none is armed. */
  nextDeadlineMs(): number | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.#live.has(first.id)) return first.deadlineMs;
      this.#pop();
    }
    return undefined;
  }

  /** Waits for a moment that is near, for a timer that was run a little before it was due. */
  hold(untilMs: number): void {
    for (let left = HOLD_LOOKS_MAX; left > 0 && this.#now() < untilMs; left--);
  }

  /** Makes ready what the next timer will need; undefined: nobody knows what that is. */
  prepareNext(): boolean | undefined {
    return this.nextDeadlineMs() === undefined ? false : this.#at(0).prepare?.();
  }

  /**
   * Fires, in order, the timers that are due at `untilMs`; those it arms wait for the next call.
   */
  runDue(untilMs: number): void {
    const newestId = this.#nextId;
    const postponed: Timer[] = [];
    for (;;) {
      const deadline = this.nextDeadlineMs();
      if (deadline === undefined || deadline > untilMs) break;
      const timer = this.#pop();
      if (timer.id >= newestId) postponed.push(timer);
      else this.#fire(timer);
    }
    for (const timer of postponed) this.#push(timer);
  }

  #fire(timer: Timer): void {
    this.#live.delete(timer.id);
    this.countFrom(timer.deadlineMs, timer.fire);
  }

  /**
   * Runs `handle` for something that happened at `originMs`: timers that it arms count from then.
   */
  countFrom(originMs: number, handle: () => void): void {
    const before = this.#originMs;
    this.#originMs = originMs;
    try {
      handle();
    } finally {
      this.#originMs = before;
    }
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

/** For a timer whose work is light, or is done all the time. */
export const nothingToPrepare: Prepare = () => false;

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadlineMs === b.deadlineMs ? a.id < b.id : a.deadlineMs < b.deadlineMs;
}
