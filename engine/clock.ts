/**
 * Time for the machines, with two rules.
 *
 * No timeout is believed before the inbox is empty: if the process stalled, the packets that would
 * have cancelled a timer may still be in the socket. So whoever runs the timers (engine/loop.ts,
 * the simulated host) first drains the sockets; a timer that was cancelled meanwhile never fires.
 * Who only speaks believes nothing: its timers run between two reads as well, so that others hear
 * from us however much there is to read. Nor does who only reads: a socket that is read by the
 * clock is not drained, and whoever believes something because of it reads it first
 * (engine/io/udp_ear.ts).
 *
 * What a timer arms counts from that timer's deadline, not from when it got its turn: periods do
 * not drift. In the same way, what a packet arms counts from the packet's arrival. After a stall
 * longer than the period they start afresh, so nothing fires in a burst.
 *
 * @module
 */
import { isBefore, type Prepare, type Timer, TimerHeap } from "./timer_heap.ts";

export type { Prepare } from "./timer_heap.ts";

/** Looks at the clock that {@linkcode Clock.hold} takes at most: about a millisecond. */
const HOLD_LOOKS_MAX = 10_000;

/** Gives the current time in ms on a scale that never runs backwards. */
export type Now = () => number;

/** XState's clock: timers in two heaps, run by whoever owns the loop. */
export class Clock {
  readonly #now: Now;
  readonly #believers = new TimerHeap();
  readonly #speakers = new TimerHeap();
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
    return this.#believers.size + this.#speakers.size;
  }

  /**
   * Arms a timer; `delayMs` may have fractions. Returns what cancels it. A machine's timer has no
   * `prepare`.
   */
  setTimeout(fire: () => void, delayMs: number, prepare?: Prepare): number {
    return this.#arm(this.#believers, fire, delayMs, prepare);
  }

  /** The same for what only speaks, or reads: it need not wait until all is read. */
  speakLater(fire: () => void, delayMs: number): number {
    return this.#arm(this.#speakers, fire, delayMs, undefined);
  }

  /** Cancels a timer; one that fired or never was is ignored. */
  clearTimeout(id: number): void {
    this.#believers.remove(id);
    this.#speakers.remove(id);
  }

  /** When the next timer is due, on the scale of {@linkcode now}; undefined if none is armed. */
  nextDeadlineMs(): number | undefined {
    return this.#nextHeap()?.first?.deadlineMs;
  }

  /**
   * The same of the next timer that believes something: it may need preparation. Who only speaks
   * does so all the time.
   */
  nextBeliefMs(): number | undefined {
    return this.#believers.first?.deadlineMs;
  }

  /** Whether one of them is due, or will be so soon. */
  isBeliefDue(aheadMs = 0): boolean {
    const { first } = this.#believers;
    return first !== undefined && first.deadlineMs <= this.#now() + aheadMs;
  }

  /**
   * Waits for a moment that is near, for a timer that was run a little before it was due. Returns
   * the time.
   */
  hold(untilMs: number): number {
    let now = this.#now();
    for (let left = HOLD_LOOKS_MAX; left > 0 && now < untilMs; left--) now = this.#now();
    return now;
  }

  /**
   * The same for when what is being handled happens: its timer may have been run a little early. So
   * what it sends leaves when it was due.
   */
  awaitOrigin(): void {
    if (this.#originMs !== undefined) this.hold(this.#originMs);
  }

  /**
   * Makes ready what the timer of {@linkcode nextBeliefMs} will need; undefined: nobody knows what
   * that is.
   */
  prepareNext(): boolean | undefined {
    const { first } = this.#believers;
    return first === undefined ? false : first.prepare?.();
  }

  /**
   * Fires, in order, the timers that are due at `untilMs`; those it arms wait for the next call.
   */
  runDue(untilMs: number): void {
    this.#run(() => this.#nextHeap(), untilMs);
  }

  /** The same, but not those of {@linkcode speakLater}. Returns whether there were any. */
  runBelievers(untilMs: number): boolean {
    return this.#run(() => this.#believers, untilMs);
  }

  /**
   * The same, but only those of {@linkcode speakLater}, until `isEnough` says so after one of them:
   * the others stay due.
   */
  runSpeakers(untilMs: number, isEnough?: () => boolean): void {
    this.#run(() => this.#speakers, untilMs, isEnough);
  }

  #arm(
    heap: TimerHeap,
    fire: () => void,
    delayMs: number,
    prepare: Prepare | undefined,
  ): number {
    const now = this.#now();
    const start = this.#originMs ?? now;
    const deadlineMs = (now - start < delayMs ? start : now) + delayMs;
    const timer = { deadlineMs, id: this.#nextId++, fire, prepare };
    heap.add(timer);
    return timer.id;
  }

  #nextHeap(): TimerHeap | undefined {
    const [one, other] = [this.#believers.first, this.#speakers.first];
    if (!one || other && isBefore(other, one)) return other && this.#speakers;
    return this.#believers;
  }

  #run(
    choose: () => TimerHeap | undefined,
    untilMs: number,
    isEnough?: () => boolean,
  ): boolean {
    const newestId = this.#nextId;
    let hasFired = false;
    const postponed: [TimerHeap, Timer][] = [];
    for (;;) {
      const heap = choose();
      const timer = heap?.first;
      if (!heap || !timer || timer.deadlineMs > untilMs) break;
      heap.takeFirst();
      if (timer.id >= newestId) {
        postponed.push([heap, timer]);
        continue;
      }
      this.countFrom(timer.deadlineMs, timer.fire);
      hasFired = true;
      if (isEnough?.()) break;
    }
    for (const [heap, timer] of postponed) heap.add(timer);
    return hasFired;
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
}

/** For a timer whose work is light, or is done all the time. */
export const nothingToPrepare: Prepare = () => false;
