/**
 * Runs probes: a few more at every turn of the loop, never too many at a time, each with an end.
 *
 * Probes go on between the turns of the loop, in promises. What they find out is handed over within
 * a turn, so that whoever gets it can arm timers as after any other event.
 *
 * @module
 */
import {
  failed,
  type ProbeContext,
  type StopSignal,
  type Timers,
  type Verdict,
} from "../../checkers/probe.ts";
import { assert } from "../../net/assert.ts";
import type { Reactor } from "../../net/sys/reactor.ts";
import type { Clock } from "../clock.ts";
import { HandshakeGate } from "./handshake_gate.ts";

/** What a probe needs most of: descriptors, or processes. */
export type Lane = "socket" | "script";

/** A probe to run. */
export interface Job {
  readonly lane: Lane;
  /** A probe with its target and options. */
  readonly start: (context: ProbeContext) => Promise<Verdict>;
  /** After which it is ended, whatever its own bounds are. */
  readonly deadlineMs: number;
  /** The runtime has a part in it, and needs its turns. */
  readonly usesRuntime?: true;
  /** Gets the verdict, within a turn of the loop; not if the job was cancelled. */
  readonly done: (verdict: Verdict) => void;
}

/** How many of a lane may be started at a turn, and run at a time. */
export interface LaneLimits {
  readonly perTurnMax: number;
  readonly runningMax: number;
}

/** A turn with 64 new connections takes some 3 ms; with 8 new processes some 1 ms. */
const LIMITS: Readonly<Record<Lane, LaneLimits>> = {
  socket: { perTurnMax: 64, runningMax: 4_096 },
  script: { perTurnMax: 8, runningMax: 256 },
};

/** The runtime closes what it opened when it comes to it: for so long it still gets its turns. */
const RUNTIME_REST_MS = 2_000;

interface Running {
  readonly job: Job;
  readonly stopper: Stopper;
  isCancelled: boolean;
}

interface LaneState {
  readonly limits: LaneLimits;
  /** In the order of their coming. */
  readonly queue: Set<Job>;
  readonly running: Map<Job, Running>;
}

/** Runs probes for one loop. */
export class ProbeRunner {
  readonly #reactor: Reactor;
  readonly #timers: Timers;
  readonly #handshakes: HandshakeGate;
  readonly #lanes: Readonly<Record<Lane, LaneState>>;
  readonly #finished: { readonly run: Running; readonly verdict: Verdict }[] = [];
  #stopping: (() => void) | undefined;
  #isWoken = false;
  #sharingCount = 0;
  #sharedUntilMs = -Infinity;
  /** What a probe threw: a bug. */
  #bug: { readonly error: unknown } | undefined;

  constructor(
    reactor: Reactor,
    clock: Clock,
    limits: Readonly<Record<Lane, LaneLimits>> = LIMITS,
  ) {
    this.#reactor = reactor;
    this.#timers = wakingTimers(reactor, clock);
    this.#handshakes = new HandshakeGate(this.#timers);
    const lane = (name: Lane) => ({
      limits: limits[name],
      queue: new Set<Job>(),
      running: new Map(),
    });
    this.#lanes = { socket: lane("socket"), script: lane("script") };
  }

  /** How many wait, and run. */
  get load(): { readonly queuedCount: number; readonly runningCount: number } {
    const { socket, script } = this.#lanes;
    return {
      queuedCount: socket.queue.size + script.queue.size,
      runningCount: socket.running.size + script.running.size,
    };
  }

  /** Whether the runtime has something to do for a probe. */
  readonly isShared = (): boolean =>
    this.#sharingCount > 0 || this.#timers.now() < this.#sharedUntilMs;

  /** Queues a probe. */
  submit(job: Job): void {
    const { queue, running } = this.#lanes[job.lane];
    assert(!queue.has(job) && !running.has(job), "a job is run once at a time");
    queue.add(job);
    this.#wake();
  }

  /** Takes a probe back, or ends it; its verdict is not told. One that is over is ignored. */
  cancel(job: Job): void {
    const { queue, running } = this.#lanes[job.lane];
    queue.delete(job);
    const run = running.get(job);
    if (!run) return;
    run.isCancelled = true;
    run.stopper.stop();
  }

  /** Cancels all probes; resolves when nothing of them is left. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopping = resolve;
      for (const { queue, running } of Object.values(this.#lanes)) {
        queue.clear();
        for (const job of running.keys()) this.cancel(job);
      }
      this.#wake();
    });
  }

  /** The task of the loop: hands verdicts over, starts what waits. Whether there is more to do. */
  readonly turn = (): boolean => {
    this.#isWoken = false;
    if (this.#bug) throw this.#bug.error;
    // Verdicts that come meanwhile are for the next turn.
    for (const { run, verdict } of this.#finished.splice(0)) {
      this.#lanes[run.job.lane].running.delete(run.job);
      if (!run.isCancelled) run.job.done(verdict);
    }
    const hasMore = Object.values(this.#lanes).map((lane) => this.#startSome(lane)).includes(true);
    if (this.#stopping && this.load.runningCount === 0) this.#stopping();
    return hasMore;
  };

  /** Whether more of the lane could start at once. */
  #startSome({ limits, queue, running }: LaneState): boolean {
    let startedCount = 0;
    for (const job of queue) {
      if (running.size >= limits.runningMax) return false;
      if (startedCount === limits.perTurnMax) return true;
      startedCount++;
      queue.delete(job);
      const run = { job, stopper: new Stopper(), isCancelled: false };
      running.set(job, run);
      this.#follow(run);
    }
    return false;
  }

  /** Runs a probe to its end. What it throws is a bug, and nobody's to catch. */
  #follow(run: Running): void {
    const { job, stopper } = run;
    let isLate = false;
    const timer = this.#timers.setTimeout(() => {
      isLate = true;
      stopper.stop();
    }, job.deadlineMs);
    if (job.usesRuntime) this.#sharingCount++;
    job.start({
      reactor: this.#reactor,
      timers: this.#timers,
      signal: stopper,
      handshakes: this.#handshakes,
    }).then((verdict) => {
      this.#timers.clearTimeout(timer);
      if (job.usesRuntime) this.#unshare();
      const isCut = isLate && verdict.outcome === "undecided" && verdict.reason === "stopped";
      const late = () => ({ ...failed("timed out", "deadline"), tookMs: verdict.tookMs });
      this.#finished.push({ run, verdict: isCut ? late() : verdict });
      this.#wake();
    }, (error) => {
      this.#bug = { error };
      this.#wake();
    });
  }

  #unshare(): void {
    this.#sharingCount--;
    this.#sharedUntilMs = this.#timers.now() + RUNTIME_REST_MS;
  }

  /** Makes the loop take a turn, once for all that happens until then. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#reactor.wake();
  }
}

/** Tells one probe to stop: what `AbortController` does, at a tenth of its cost. */
class Stopper implements StopSignal {
  readonly #listeners = new Set<() => void>();
  aborted = false;

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  stop(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Timers for code that does not run within the turns of the loop: the loop, which may be waiting
 * for a later timer, is woken.
 */
function wakingTimers(reactor: Reactor, clock: Clock): Timers {
  return {
    now: () => clock.now(),
    setTimeout(fire, delayMs) {
      const next = clock.nextDeadlineMs();
      const id = clock.setTimeout(fire, delayMs);
      if (next === undefined || (clock.nextDeadlineMs() ?? next) < next) reactor.wake();
      return id;
    },
    clearTimeout: (id) => clock.clearTimeout(id),
  };
}
