/**
 * The door of tracked processes of one kind: counts them, logs what their number comes to.
 *
 * @module
 */
import type { ProcessTrackerCommand, ProcessTrackerFact } from "../../machines/process_tracker.ts";
import type { TrackProcessConfig } from "../../machines/track_config.ts";
import type { Clock } from "../clock.ts";
import type { Behind } from "../compose.ts";
import type { Log } from "../log.ts";
import type { ProcessWatch } from "./process_watch.ts";

/** What the door needs. */
export interface ProcessIoOptions {
  readonly watch: ProcessWatch;
  readonly clock: Clock;
  readonly log: Log;
}

/** Processes of one kind. */
export class ProcessIo implements Behind<ProcessTrackerCommand> {
  readonly #options: ProcessIoOptions;
  readonly #name: string;
  readonly #tell: (fact: ProcessTrackerFact) => void;
  #watched: Disposable | undefined;

  constructor(
    options: ProcessIoOptions,
    { name }: TrackProcessConfig,
    tell: (fact: ProcessTrackerFact) => void,
  ) {
    this.#options = options;
    this.#name = name;
    this.#tell = tell;
  }

  /** Carries out one command of the tracker. */
  carryOut(command: ProcessTrackerCommand): void {
    const { watch, clock, log } = this.#options;
    if (command.type === "REPORT_QUORUM") {
      return log.processQuorum(this.#name, command.isGood, command.count);
    }
    this.#watched?.[Symbol.dispose]();
    this.#watched = watch.watch(
      command.config,
      (count) => this.#tell({ type: "COUNTED", count, atMs: clock.now() }),
    );
  }

  [Symbol.dispose](): void {
    this.#watched?.[Symbol.dispose]();
    this.#watched = undefined;
  }
}
