/**
 * A timer that is put off far more often than it ends: putting off costs nothing.
 *
 * @module
 */
import { type Clock, nothingToPrepare, type Prepare } from "../clock.ts";

/** A timer with less than this share of its time left is armed anew when it is put off. */
const REARM_SHARE = 0.5;

/** Ends once, so long after the last thing that put it off. */
export class Deadline {
  readonly #clock: Clock;
  readonly #onEnd: (dueMs: number) => void;
  readonly #prepare: Prepare;
  #timer: number | undefined;
  #timerMs = 0;
  #startMs = 0;
  #lengthMs = 0;

  /** `prepare` makes ready what `onEnd` will need. */
  constructor(clock: Clock, onEnd: (dueMs: number) => void, prepare: Prepare = nothingToPrepare) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#prepare = prepare;
  }

  /** How long it takes; 0: it does not end. */
  get lengthMs(): number {
    return this.#lengthMs;
  }

  /** When it was put off for the last time. */
  get startMs(): number {
    return this.#startMs;
  }

  /** Whether it was put off, or cancelled, since it was to end then. */
  isPutOff(dueMs: number): boolean {
    return this.#lengthMs === 0 || this.#startMs + this.#lengthMs > dueMs;
  }

  /** Counts from now on: from the packet that is being handled, or the timer. */
  putOff(): void {
    this.#startMs = this.#clock.originMs;
    if (this.#lengthMs === 0) return;
    // To be woken by a timer only to arm it anew costs more than to arm it anew now and then.
    const leftMs = this.#timerMs - this.#startMs;
    if (this.#timer === undefined || leftMs < REARM_SHARE * this.#lengthMs) this.#arm();
  }

  /** Changes how long it takes since it was put off; 0: it does not end. */
  setLength(lengthMs: number): void {
    if (lengthMs === this.#lengthMs) return;
    this.#lengthMs = lengthMs;
    if (lengthMs === 0) return this.cancel();
    if (this.#timer === undefined || this.#startMs + lengthMs < this.#timerMs) this.#arm();
  }

  /** Called when it ends: it did not yet, and is to be asked again in a while. */
  askAgain(delayMs: number): void {
    this.#armAt(this.#clock.now() + delayMs);
  }

  /** Does not end, until it is put off again. */
  cancel(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#armAt(this.#startMs + this.#lengthMs);
  }

  #armAt(timerMs: number): void {
    this.cancel();
    this.#timerMs = timerMs;
    const delayMs = Math.max(0, this.#timerMs - this.#clock.originMs);
    // A timer that was put off meanwhile will only be armed anew.
    const prepare = () => this.#startMs + this.#lengthMs <= this.#timerMs && this.#prepare();
    this.#timer = this.#clock.setTimeout(() => this.#fire(), delayMs, prepare);
  }

  #fire(): void {
    this.#timer = undefined;
    const dueMs = this.#startMs + this.#lengthMs;
    if (dueMs > this.#timerMs) this.#arm();
    else this.#onEnd(dueMs);
  }
}
