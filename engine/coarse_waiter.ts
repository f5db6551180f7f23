/**
 * Waiting, for a process to which a few milliseconds are nothing: the one that checks servers.
 *
 * Where thousands of checks are made a second, what surrounds each of them must cost next to
 * nothing. So the clock is read when the process wakes, not for every timer; timers that are due at
 * nearly the same time wake it together; and it sleeps on its own thread, which costs a fifth of
 * waiting on another one, unless something is under way that the runtime does for us.
 *
 * @module
 */
import type { Reactor } from "../net/sys/reactor.ts";
import type { Waiter } from "./loop.ts";

/** Timers wake the process at multiples of this. */
const GRID_MS = 4;
/** A wait of less is no timer, but a breath between two pieces of work. */
const TIMER_MS_MIN = 0.1;

/** What is waited on. */
type Source = Pick<Reactor, "waitSync" | "waitAsync" | "drain" | "onWake">;

/** Waits for a reactor, coarsely. */
export class CoarseWaiter implements Waiter {
  readonly #reactor: Source;
  readonly #readMs: () => number;
  #nowMs: number;
  /** Whether the runtime has something to do on this thread meanwhile. */
  isShared: () => boolean = () => true;
  onWake: (() => void) | undefined = undefined;

  /** `readMs` gives the monotonic time. */
  constructor(reactor: Source, readMs: () => number) {
    this.#reactor = reactor;
    this.#readMs = readMs;
    this.#nowMs = readMs();
    reactor.onWake = () => {
      this.#nowMs = readMs();
      this.onWake?.();
    };
  }

  /** When the process woke last. */
  readonly now = (): number => this.#nowMs;

  waitSync(timeoutMs: number | undefined): number {
    return this.#reactor.waitSync(this.#coarse(timeoutMs));
  }

  async waitAsync(timeoutMs: number | undefined): Promise<number> {
    // Whoever goes on in promises must come to what it waits for next, before this thread sleeps.
    await promisesSettled();
    return this.isShared()
      ? await this.#reactor.waitAsync(this.#coarse(timeoutMs))
      : this.waitSync(timeoutMs);
  }

  drain(budget: number): void {
    this.#reactor.drain(budget);
  }

  /** The time to the next point of the grid; `timeoutMs` counts from when the process woke. */
  #coarse(timeoutMs: number | undefined): number | undefined {
    if (timeoutMs === undefined || timeoutMs < TIMER_MS_MIN) return timeoutMs;
    const dueMs = Math.ceil((this.#nowMs + timeoutMs) / GRID_MS) * GRID_MS;
    return Math.max(0, dueMs - this.#readMs());
  }
}

/** Resolves when nothing can go on any more without something happening: a microsecond. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
