/**
 * The loop of a process: wait for the kernel, read, let timers run, carry out what was decided.
 *
 * Each turn has the same order, and the order is what makes it safe:
 *
 * 1. wake up, and tell of a stall before anything is read;
 * 2. read what is there; if a timer is due, read until nothing is left (engine/clock.ts, rule one),
 *    and meanwhile say what is due to be said;
 * 3. run the timers that were due at the time of waking, and at once what they gave to do; then
 *    say what is due, but only until the next timer of the others is: there may be a thousand
 *    sessions who speak, and each of them takes its time;
 * 4. run the tasks: send advertisements, then a slice of kernel work, then announcements.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** What a loop waits on. net/sys/reactor.ts is one; the simulator has its own turn. */
export interface Waiter {
  waitSync(timeoutMs: number | undefined): number;
  waitAsync(timeoutMs: number | undefined): Promise<number>;
  /**
   * Reads on, until nothing is left, so many readers ran, or `between`, which runs after each round
   * of them, says that it is enough.
   */
  drain(budget: number, between?: () => boolean): void;
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
  /** Makes another {@linkcode full} possible, and takes care that nothing else disturbs it. */
  recover(): void;
  /**
   * The innermost part: the very objects that the timer will use. Returns false as {@linkcode full}
   * does.
   */
  brief(): boolean;
}

/** How long before a deadline the loop begins to prepare for it; in between by experience. */
const LEAD_MS_MIN = 2;
const LEAD_MS_MAX = 16;
const LEAD_MS_AT_FIRST = 12;
/** How long before a deadline it prepares for the last time; in between by experience. */
const NEAR_MS_MIN = 0.5;
const NEAR_MS_MAX = 3;
const NEAR_MS_AT_FIRST = 2.2;
/** A rehearsal may take so many times as long as the last one. */
const SAFETY = 1.2;
/**
 * Of what the early rehearsal took, the late ones take so much at least, if nothing disturbs: on a
 * slow or a busy machine they are not taken to be quicker because they once were, or never were.
 */
const LATE_FULL_SHARE = 0.25;
const BRIEF_SHARE = 0.12;
/** Added to what the last preparation is expected to take. */
const RESERVE_MS = 0.4;
/**
 * A timer that was rehearsed is run so much before it is due as its rehearsal just took, times
 * this. What it sends waits for the deadline ({@linkcode Clock.hold}).
 */
const ANTICIPATION_SHARE = 1.5;
const ANTICIPATION_MS_MAX = 0.4;
/** Who has to speak so shortly before a timer that was rehearsed does so after it. */
const SILENCE_MS = 0.4;
/** It stays awake for a rehearsal if it did not for so many times as long. */
const WAKEFULNESS_GAP = 50;
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
/**
 * A flood must not hold up timers for ever: they are believed after so many rounds of reading, of
 * 64 datagrams a socket, that took so long.
 */
const ROUND_COUNT_MIN = 16;
const READING_MS_MAX = 50;
/** While a timer waits for the end of the reading, others speak so long after each round. */
const SPEAKING_MS_MAX = 0.5;

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
  /** When it last stayed awake instead of a nap. */
  #wakefulMs = -Infinity;
  /** The deadline that the last early rehearsal was for. */
  #preparedMs = -Infinity;
  /** A deadline that is so near that its timer may run now. */
  #anticipatedMs = -Infinity;
  #leadMs = LEAD_MS_AT_FIRST;
  #nearMs = NEAR_MS_AT_FIRST;
  /** When the reading of this turn began, and its rounds so far. */
  #wokeMs = 0;
  #roundCount = 0;
  /** It is for a timer that was rehearsed, which has the first word. */
  #isRehearsed = false;
  /** How long the last recovery took, the last rehearsals, and the brief part of the last one. */
  #recoveryMs = 0;
  #fullMs = 0;
  #lateFullMs = 0;
  #briefMs = 0;

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

  /** Who only speaks needs no preparation, so it is for the next timer that believes something. */
  #waitBlocking(timeoutMs: number | undefined): void {
    const { waiter, clock, rehearsal } = this.#options;
    const deadlineMs = clock.nextBeliefMs();
    const isBusy = this.#hasMore || this.#stopping;
    if (!timeoutMs || !rehearsal || deadlineMs === undefined || isBusy) {
      waiter.waitSync(timeoutMs);
      return;
    }
    const now = clock.now();
    const earlyMs = deadlineMs - this.#leadMs - now;
    const isDone = deadlineMs !== this.#preparedMs && now - this.#rehearsedMs < REHEARSAL_GAP_MS;
    if (earlyMs > 0) waiter.waitSync(Math.min(timeoutMs, earlyMs));
    else if (isDone) waiter.waitSync(timeoutMs);
    else this.#rehearse(rehearsal, deadlineMs);
  }

  /**
   * Prepares until the deadline, or until something comes: it may be what cancels the timer. Once
   * early, as after a long sleep nothing is at hand and everything takes its time; then once more,
   * so late that nothing else runs between it and the timer. Whoever has to speak meanwhile does
   * so, before a nap is over in a turn of the loop.
   */
  #rehearse(rehearsal: Rehearsing, deadlineMs: number): void {
    const leftMs = deadlineMs - this.#options.clock.now();
    if (deadlineMs !== this.#preparedMs && leftMs > this.#fullMs) {
      if (!this.#rehearseEarly(rehearsal, deadlineMs)) return this.#waitForNext();
    }
    if (this.#waitUntilNear(deadlineMs)) this.#rehearseLately(rehearsal, deadlineMs);
  }

  /**
   * Until the last rehearsal. Who falls asleep after work may wake up milliseconds late where
   * processors are virtual and others want them; so it stays awake, if that costs 2 % at most.
   * Returns false if something came, or others have to be run.
   */
  #waitUntilNear(deadlineMs: number): boolean {
    const { waiter, clock } = this.#options;
    const now = clock.now();
    const napMs = deadlineMs - now - this.#nearMs;
    if (napMs <= 0) return true;
    if (now - this.#wakefulMs >= WAKEFULNESS_GAP * napMs) {
      this.#wakefulMs = now;
      return this.#stayAwake(deadlineMs, this.#nearMs);
    }
    const nextMs = this.#nextMs();
    return waiter.waitSync(Math.min(napMs, nextMs)) === 0 && nextMs >= napMs;
  }

  /** Stays awake until so long before a deadline. Returns false if something came. */
  #stayAwake(deadlineMs: number, untilMs: number): boolean {
    const { waiter, clock } = this.#options;
    const leftMs = () => deadlineMs - clock.now();
    while (leftMs() > untilMs) {
      if (waiter.waitSync(0) > 0) return false;
      if (this.#nextMs() > 0 || leftMs() <= SILENCE_MS) continue;
      clock.runSpeakers(clock.now(), () => leftMs() <= SILENCE_MS);
    }
    return true;
  }

  #waitForNext(): void {
    this.#options.waiter.waitSync(this.#nextMs());
  }

  /** How long it is until the next timer is due, whoever's it is. */
  #nextMs(): number {
    const { clock } = this.#options;
    return Math.max(0, (clock.nextDeadlineMs() ?? Infinity) - clock.now());
  }

  /** The first rehearsal before a deadline. Returns whether there was anything to prepare for. */
  #rehearseEarly(rehearsal: Rehearsing, deadlineMs: number): boolean {
    const { waiter, clock } = this.#options;
    const beganMs = clock.now();
    if (!rehearsal.full()) return false;
    this.#rehearsedMs = beganMs;
    this.#preparedMs = deadlineMs;
    this.#fullMs = clock.now() - beganMs;
    this.#recover(rehearsal, deadlineMs - clock.now());
    waiter.drain(1);
    const tookMs = clock.now() - beganMs;
    this.#leadMs = clamp(1.5 * tookMs + 2 * this.#nearMs, LEAD_MS_MIN, LEAD_MS_MAX);
    return true;
  }

  /** If there is time for it; else it is done after the timer. It takes as long as a rehearsal. */
  #recover(rehearsal: Rehearsing, leftMs: number): void {
    if (leftMs < Math.max(this.#recoveryMs, this.#fullMs) + this.#nearMs) return;
    const { clock } = this.#options;
    const beganMs = clock.now();
    rehearsal.recover();
    this.#recoveryMs = clock.now() - beganMs;
  }

  /**
   * The last rehearsals before a deadline, as far as there is time for them: the brief one just
   * before the timer, which then may run.
   */
  #rehearseLately(rehearsal: Rehearsing, deadlineMs: number): void {
    const { clock } = this.#options;
    const beganMs = clock.now();
    const leftMs = deadlineMs - beganMs;
    const isPrepared = deadlineMs === this.#preparedMs;
    const fullMs = isPrepared
      ? Math.max(this.#lateFullMs, LATE_FULL_SHARE * this.#fullMs)
      : this.#fullMs;
    const briefMs = Math.max(this.#briefMs, BRIEF_SHARE * this.#fullMs);
    if (leftMs < SAFETY * briefMs) {
      // Who falls asleep now wakes up late.
      if (!isPrepared) this.#waitForNext();
      else if (this.#stayAwake(deadlineMs, 0)) this.#anticipatedMs = deadlineMs;
      return;
    }
    const isInTime = leftMs > SAFETY * (fullMs + briefMs);
    if (isInTime && !rehearsal.full()) return this.#waitForNext();
    const fullTookMs = clock.now() - beganMs;
    if (isInTime && !this.#stayAwake(deadlineMs, SAFETY * briefMs + anticipationMs(briefMs))) {
      return;
    }
    const briefBeganMs = clock.now();
    if (!rehearsal.brief()) return this.#waitForNext();
    this.#briefMs = clock.now() - briefBeganMs;
    if (isInTime) {
      this.#lateFullMs = fullTookMs;
      const tookMs = fullTookMs + this.#briefMs + anticipationMs(this.#briefMs);
      this.#nearMs = clamp(1.2 * tookMs + RESERVE_MS, NEAR_MS_MIN, NEAR_MS_MAX);
    }
    if (this.#stayAwake(deadlineMs, anticipationMs(this.#briefMs))) {
      this.#anticipatedMs = deadlineMs;
    }
  }

  #noticeStall(): void {
    if (this.#awaitedMs === undefined) return;
    const lateMs = this.#options.clock.now() - this.#awaitedMs;
    if (lateMs >= STALL_MS_MIN) this.#options.onStall(lateMs);
  }

  #turn(): void {
    const { waiter, clock } = this.#options;
    const wokeMs = clock.now();
    const next = clock.nextDeadlineMs();
    this.#isRehearsed = this.#anticipatedMs > -Infinity;
    const untilMs = Math.max(wokeMs, this.#anticipatedMs);
    this.#anticipatedMs = -Infinity;
    if (next !== undefined && next <= untilMs) {
      this.#wokeMs = wokeMs;
      this.#roundCount = 0;
      waiter.drain(Infinity, this.#speakBetween);
      if (clock.runBelievers(untilMs)) this.#runTasks();
      clock.runSpeakers(wokeMs, this.#isBeliefDue);
    }
    this.#runTasks();
  }

  /**
   * Says what is due. If a timer waits for the end of the reading, a little in each round, and
   * nothing in the first, which mostly is the last. Returns whether there was enough reading.
   */
  readonly #speakBetween = (): boolean => {
    const { clock } = this.#options;
    const now = clock.now();
    this.#roundCount++;
    if (this.#roundCount >= ROUND_COUNT_MIN && now - this.#wokeMs >= READING_MS_MAX) return true;
    if (!this.#isRehearsed && !this.#isBeliefDue()) clock.runSpeakers(now, this.#isBeliefDue);
    else if (this.#roundCount > 1) {
      clock.runSpeakers(now, () => clock.now() - now >= SPEAKING_MS_MAX);
    }
    return false;
  };

  /** Whether who believes something has to wait for who only speaks. */
  readonly #isBeliefDue = (): boolean => this.#options.clock.isBeliefDue();

  #runTasks(): void {
    this.#hasMore = false;
    for (const task of this.#options.tasks) {
      if (task()) this.#hasMore = true;
    }
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

function anticipationMs(briefMs: number): number {
  return Math.min(ANTICIPATION_SHARE * briefMs, ANTICIPATION_MS_MAX);
}
