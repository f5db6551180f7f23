/**
 * The loop of a process: wait for the kernel, read, let timers run, carry out what was decided.
 *
 * Each turn has the same order, and the order is what makes it safe:
 *
 * 1. wake up, and tell of a stall before anything is read;
 * 2. read what is there; if a timer is due, read until nothing is left (engine/clock.ts, rule one);
 * 3. run the timers that were due at the time of waking;
 * 4. run the tasks: send advertisements, then a slice of kernel work, then announcements.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** What a loop waits on. net/sys/reactor.ts is one; the simulator has its own turn. */
export interface Waiter {
  waitSync(timeoutMs: number | undefined): number;
  waitAsync(timeoutMs: number | undefined): Promise<number>;
  drain(budget: number): void;
  /** Called between waking up and reading. */
  onWake: (() => void) | undefined;
}

/** Work at the end of a turn. Returns whether more of it waits. */
export type Task = () => boolean;

/** Settings of a {@linkcode Loop}. */
export interface LoopOptions {
  readonly waiter: Waiter;
  readonly clock: Clock;
  /** Run in this order at the end of every turn. */
  readonly tasks: readonly Task[];
  /** This process did not run for so long when a timer was due. */
  readonly onStall: (lateMs: number) => void;
  /**
   * `blocking`: the whole isolate sleeps in the kernel, for a process that does nothing else.
   * `cooperative`: other asynchronous work of the runtime goes on meanwhile.
   */
  readonly mode: "blocking" | "cooperative";
  /** What to do shortly before a timer is due, in a blocking loop. */
  readonly rehearsal?: Rehearsing;
}

/**
 * Work that changes nothing, done just before a timer is due: the timer then finds the processor
 * awake and its caches full.
 */
export interface Rehearsing {
  /**
   * Everything, once. Returns false if there is nothing to prepare for: then the loop just sleeps.
   */
  full(): boolean;
  /**
   * The innermost part, again and again until it is time; takes a tenth of {@linkcode BRIEF_MS}.
   */
  brief(): void;
}

/** How long before a deadline the loop begins to prepare for it; in between by experience. */
const LEAD_MS_MIN = 1;
const LEAD_MS_MAX = 5;
/** With less time left than this nothing is begun any more. */
const BRIEF_MS = 0.3;
/**
 * A timer that was rehearsed is run so much before it is due as the fastest rehearsal of it just
 * took, times this: what it sends then leaves at the deadline, or a little later, but not before.
 */
const ANTICIPATION_SHARE = 0.7;
const ANTICIPATION_MS_MAX = 0.1;
/** Least time between two preparations: they may cost 2 % of a processor at most. */
const REHEARSAL_GAP_MS = 50;

/** Below this a late timer is ordinary scheduling. */
const STALL_MS_MIN = 5;
/**
 * Work that goes on for so long is interrupted by a real sleep: a real-time process must leave the
 * processor to others now and then, and the kernel kills one that never sleeps (RLIMIT_RTTIME).
 */
const BUSY_MS_MAX = 20;
const NAP_MS = 0.05;
/** Readers that may run before a timeout is believed: a flood must not hold up timers for ever. */
const DRAIN_BUDGET = 64;

/** Runs turns until it is stopped and nothing is left to do. */
export class Loop {
  readonly #options: LoopOptions;
  #stopping = false;
  #hasMore = false;
  /** When uninterrupted work began. */
  #sleptMs: number | undefined;
  /** When the next timer is due, as known when the wait began. */
  #awaitedMs: number | undefined;
  #rehearsedMs = -Infinity;
  /** A deadline that is so near that its timer may run now. */
  #anticipatedMs = -Infinity;
  #leadMs = 4;
  /** Longest lateness of a timer so far, in ms. */
  latenessMsMax = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    options.waiter.onWake = () => this.#noticeStall();
  }

  /** Turns until {@linkcode stop} was called and the tasks have nothing left. */
  async run(): Promise<void> {
    const { waiter, mode } = this.#options;
    while (!this.#stopping || this.#hasMore) {
      const timeoutMs = this.#timeoutMs();
      if (mode === "blocking") this.#waitBlocking(timeoutMs);
      else await waiter.waitAsync(timeoutMs);
      this.#turn();
      // Lets microtasks run; it does not give the runtime a turn, which would cost a millisecond.
      await null;
    }
  }

  /** Ends {@linkcode run} after the turn in which the tasks are done. */
  stop(): void {
    this.#stopping = true;
  }

  #timeoutMs(): number | undefined {
    const { clock } = this.#options;
    this.#awaitedMs = clock.nextDeadlineMs();
    if (this.#hasMore || this.#stopping) return this.#busyTimeoutMs();
    this.#sleptMs = undefined;
    return this.#awaitedMs === undefined ? undefined : Math.max(0, this.#awaitedMs - clock.now());
  }

  #busyTimeoutMs(): number {
    const now = this.#options.clock.now();
    this.#sleptMs ??= now;
    if (now - this.#sleptMs < BUSY_MS_MAX) return 0;
    this.#sleptMs = undefined;
    return NAP_MS;
  }

  #waitBlocking(timeoutMs: number | undefined): void {
    const { waiter, clock, rehearsal } = this.#options;
    if (timeoutMs === undefined || timeoutMs === 0 || !rehearsal) {
      waiter.waitSync(timeoutMs);
      return;
    }
    if (timeoutMs > this.#leadMs) {
      waiter.waitSync(timeoutMs - this.#leadMs);
      return;
    }
    const now = clock.now();
    if (now - this.#rehearsedMs < REHEARSAL_GAP_MS) {
      waiter.waitSync(timeoutMs);
      return;
    }
    this.#rehearsedMs = now;
    this.#rehearse(rehearsal, now + timeoutMs);
  }

  /** Prepares until the deadline, or until something comes: it may be what cancels the timer. */
  #rehearse(rehearsal: Rehearsing, deadlineMs: number): void {
    const { waiter, clock } = this.#options;
    const beganMs = clock.now();
    if (!rehearsal.full()) {
      waiter.waitSync(Math.max(0, deadlineMs - clock.now()));
      return;
    }
    waiter.drain(1);
    const tookMs = clock.now() - beganMs;
    this.#leadMs = Math.min(LEAD_MS_MAX, Math.max(LEAD_MS_MIN, 1.5 * tookMs + BRIEF_MS));
    let fastestMs = ANTICIPATION_MS_MAX;
    for (;;) {
      const now = clock.now();
      const leftMs = deadlineMs - now;
      if (leftMs <= ANTICIPATION_SHARE * fastestMs) break;
      if (waiter.waitSync(0) > 0) return;
      if (leftMs < BRIEF_MS) continue;
      rehearsal.brief();
      fastestMs = Math.min(fastestMs, clock.now() - now);
    }
    this.#anticipatedMs = deadlineMs;
  }

  #noticeStall(): void {
    if (this.#awaitedMs === undefined) return;
    const lateMs = this.#options.clock.now() - this.#awaitedMs;
    if (lateMs > this.latenessMsMax) this.latenessMsMax = lateMs;
    if (lateMs >= STALL_MS_MIN) this.#options.onStall(lateMs);
  }

  #turn(): void {
    const { waiter, clock } = this.#options;
    const wokeMs = clock.now();
    const next = clock.nextDeadlineMs();
    const untilMs = Math.max(wokeMs, this.#anticipatedMs);
    this.#anticipatedMs = -Infinity;
    if (next !== undefined && next <= untilMs) {
      waiter.drain(DRAIN_BUDGET);
      clock.runDue(untilMs);
    }
    this.#runTasks();
  }

  #runTasks(): void {
    this.#hasMore = false;
    for (const task of this.#options.tasks) {
      if (task()) this.#hasMore = true;
    }
  }
}
