/**
 * Notification scripts in order: for each instance or group one at a time, so that the last one to
 * run is about what it is now. One that hangs is ended.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { failureOf, type RunningScript, type ScriptStarter } from "../scripts/script_runner.ts";
import type { ScriptRun } from "./events.ts";

/** How long a notification script may take. */
const TIMEOUT_MS = 60_000;
const KILL_AFTER_MS = 2_000;
/** Scripts that may wait for an earlier one; the oldest are left out, with a line. */
const WAITING_COUNT_MAX = 100;
const SIGTERM = 15;
const SIGKILL = 9;

interface Line {
  running: RunningScript | undefined;
  timer: number | undefined;
  readonly waiting: ScriptRun[];
}

/** The scripts that run and wait. */
export class ScriptQueue {
  readonly #starter: ScriptStarter;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #lines = new Map<string, Line>();

  constructor(starter: ScriptStarter, clock: Clock, log: Log) {
    this.#starter = starter;
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether something runs or waits. */
  get isBusy(): boolean {
    return this.#lines.size > 0;
  }

  /** Runs a script when all earlier ones of the same subject have ended. */
  add(subject: string, run: ScriptRun): void {
    const line = this.#lines.get(subject) ?? { running: undefined, timer: undefined, waiting: [] };
    this.#lines.set(subject, line);
    line.waiting.push(run);
    if (line.waiting.length > WAITING_COUNT_MAX) {
      line.waiting.shift();
      this.#log.notificationLost(subject);
    }
    if (!line.running) this.#next(subject, line);
  }

  #next(subject: string, line: Line): void {
    for (let run = line.waiting.shift(); run; run = line.waiting.shift()) {
      const [program = ""] = run.script.command;
      const started = this.#starter.start(run.script, {
        moreArguments: run.moreArguments,
        onEnded: (exit) => {
          const failure = failureOf(exit);
          if (failure !== undefined) this.#log.notificationFailed(subject, program, failure);
          this.#cancel(line);
          line.running = undefined;
          this.#next(subject, line);
        },
      });
      if (typeof started !== "string") {
        line.running = started;
        this.#watch(subject, program, line, started);
        return;
      }
      this.#log.notificationFailed(subject, program, started);
    }
    this.#lines.delete(subject);
  }

  #watch(subject: string, program: string, line: Line, running: RunningScript): void {
    line.timer = this.#clock.setTimeout(() => {
      this.#log.notificationFailed(subject, program, `it takes more than ${TIMEOUT_MS / 1_000} s`);
      running.signal(SIGTERM);
      line.timer = this.#clock.setTimeout(() => running.signal(SIGKILL), KILL_AFTER_MS);
    }, TIMEOUT_MS);
  }

  #cancel(line: Line): void {
    if (line.timer !== undefined) this.#clock.clearTimeout(line.timer);
    line.timer = undefined;
  }
}
