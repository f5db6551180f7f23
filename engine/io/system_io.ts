/**
 * The root's door in the process that owns the configuration: reads the file, reports to the log.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import type { SystemCommand, SystemFact } from "../../machines/system.ts";
import type { Behind } from "../compose.ts";
import type { Diagnostic, LoadResult } from "../config/load.ts";
import type { Log } from "../log.ts";

/** What the door needs. */
export interface SystemIoOptions {
  readonly log: Log;
  /** Reads the configuration anew. */
  readonly load: () => LoadResult;
  /** Shows what is wrong with it. */
  readonly complain: (diagnostics: readonly Diagnostic[]) => void;
  readonly now: () => number;
  /** When the daemon started: start-up delays count from it. */
  readonly startedAtMs: number;
  /** A configuration that is about to be applied. */
  readonly onLoaded: (config: Config) => void;
  /** Everything is released. */
  readonly onStopped: (failed: boolean) => void;
}

/** The root's door in the parent, and in `--single`. */
export class SystemIo implements Behind<SystemCommand> {
  readonly #options: SystemIoOptions;
  readonly #tell: (fact: SystemFact) => void;

  constructor(options: SystemIoOptions, tell: (fact: SystemFact) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  /** Carries out one command of the root. */
  carryOut(command: SystemCommand): void {
    const { log } = this.#options;
    switch (command.type) {
      case "READ_CONFIG":
        return this.#read();
      case "REPORT_RUNNING":
        return log.running(command.instanceCount);
      case "REPORT_RELOADED":
        return log.reloaded(command.stopCount, command.updateCount, command.startCount);
      case "REPORT_REJECTED":
        return log.reloadRejected();
      case "REPORT_STOPPED":
        return this.#options.onStopped(command.failed);
    }
  }

  /** Nothing is held. */
  [Symbol.dispose](): void {}

  #read(): void {
    const { config, diagnostics } = this.#options.load();
    this.#options.complain(diagnostics);
    if (!config) return this.#tell({ type: "CONFIG_REJECTED" });
    this.#options.onLoaded(config);
    const elapsedMs = this.#options.now() - this.#options.startedAtMs;
    this.#tell({ type: "CONFIG_LOADED", config, startupDelayMs: startupDelays(config, elapsedMs) });
  }
}

/** What is left of each instance's start-up delay, by identity. */
export function startupDelays(config: Config, elapsedMs: number): Record<string, number> {
  const delays: Record<string, number> = {};
  for (const instance of config.vrrpInstances) {
    const leftMs = instance.startupDelayMs - elapsedMs;
    if (leftMs > 0) delays[vrrpInstanceIdentity(instance)] = leftMs;
  }
  return delays;
}
