/**
 * The door of one tracked script: starts it, tells how it ended, logs what changed.
 *
 * @module
 */
import type { ScriptTrackerCommand, ScriptTrackerFact } from "../../machines/script_tracker.ts";
import type { VrrpScriptConfig } from "../../machines/track_config.ts";
import type { Exit } from "../../net/sys/spawn.ts";
import type { Clock } from "../clock.ts";
import type { Behind } from "../compose.ts";
import type { Log } from "../log.ts";
import { failureOf, type RunningScript, type ScriptStarter } from "../scripts/script_runner.ts";

/** What the door needs. */
export interface ScriptIoOptions {
  readonly starter: ScriptStarter;
  readonly clock: Clock;
  readonly log: Log;
}

const SIGTERM = 15;
const SIGKILL = 9;
const NOTHING = () => {};

/** One script. */
export class ScriptIo implements Behind<ScriptTrackerCommand> {
  readonly #options: ScriptIoOptions;
  readonly #name: string;
  readonly #tell: (fact: ScriptTrackerFact) => void;
  #running: RunningScript | undefined;
  /** How the last run ended, as it was logged. */
  #lastOutcome: string | undefined;
  #told = NOTHING;

  constructor(
    options: ScriptIoOptions,
    { name }: VrrpScriptConfig,
    tell: (fact: ScriptTrackerFact) => void,
  ) {
    this.#options = options;
    this.#name = name;
    this.#tell = tell;
  }

  /** Carries out one command of the tracker. */
  carryOut(command: ScriptTrackerCommand): void {
    switch (command.type) {
      case "RUN":
        return this.#run(command.config);
      case "TERMINATE":
        return this.#running?.signal(SIGTERM);
      case "KILL":
        return this.#running?.signal(SIGKILL);
      case "REPORT_TIMEOUT":
        return this.#options.log.scriptTimedOut(this.#name);
      case "REPORT_OVERRUN":
        return this.#options.log.scriptOverran(this.#name);
    }
  }

  /** Nobody waits for it any more. */
  [Symbol.dispose](): void {
    this.#told = NOTHING;
    this.#running?.signal(SIGKILL);
    this.#running = undefined;
  }

  #run({ script, runAs }: VrrpScriptConfig): void {
    const { starter, clock } = this.#options;
    const started = starter.start(script, { runAs, onEnded: (exit) => this.#end(exit) });
    if (typeof started !== "string") {
      this.#running = started;
      return;
    }
    // The machine is not told while it is still in the step that commanded this.
    this.#told = () => this.#finish(started);
    clock.setTimeout(() => this.#told(), 0);
  }

  #end(exit: Exit): void {
    if (!this.#running) return;
    this.#running = undefined;
    this.#finish(failureOf(exit));
  }

  #finish(failure: string | undefined): void {
    const outcome = failure ?? "succeeded";
    if (outcome !== this.#lastOutcome) this.#options.log.scriptEnded(this.#name, failure);
    this.#lastOutcome = outcome;
    const atMs = this.#options.clock.now();
    this.#tell({ type: "ENDED", atMs, ...(failure !== undefined && { failure }) });
  }
}
