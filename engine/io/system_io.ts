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
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { Log } from "../log.ts";
import { bootTimeMs } from "../../net/sys/libc.ts";

/** What the door needs. */
export interface SystemIoOptions {
  readonly log: Log;
  /** Reads the configuration anew. */
  readonly load: () => LoadResult;
  /** Shows what is wrong with it. */
  readonly complain: (diagnostics: readonly Diagnostic[]) => void;
  readonly now: () => number;
  /** Told of each step. */
  readonly lifecycle: Pick<
    Lifecycle,
    "startedAtMs" | "reading" | "prepare" | "rejected" | "applied"
  >;
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
    const { log, lifecycle } = this.#options;
    switch (command.type) {
      case "READ_CONFIG":
        return this.#read();
      case "REPORT_RUNNING":
        log.running(command.instanceCount);
        return lifecycle.applied();
      case "REPORT_RELOADED":
        log.reloaded(command.stopCount, command.updateCount, command.startCount);
        return lifecycle.applied();
      case "REPORT_REJECTED":
        log.reloadRejected();
        return lifecycle.rejected();
      case "REPORT_STOPPED":
        return this.#options.onStopped(command.failed);
    }
  }

  /** Nothing is held. */
  [Symbol.dispose](): void {}

  #read(): void {
    const { lifecycle, load, complain, onLoaded, now } = this.#options;
    lifecycle.reading();
    const { config, diagnostics } = load();
    complain(diagnostics);
    if (!config) return this.#tell({ type: "CONFIG_REJECTED" });
    onLoaded(config);
    lifecycle.prepare(config, () => {
      const startupDelayMs = startupDelays(config, now() - lifecycle.startedAtMs, bootTimeMs());
      this.#tell({ type: "CONFIG_LOADED", config, startupDelayMs });
    });
  }
}

/**
 * What is left of each instance's start-up delay, by identity: the longer one of what counts from
 * the start of the daemon, `elapsedMs` ago, and from that of the machine.
 */
export function startupDelays(
  config: Config,
  elapsedMs: number,
  upMs: number,
): Record<string, number> {
  const delays: Record<string, number> = {};
  const afterBootMs = (config.global.delayAfterBootMs ?? 0) - upMs;
  for (const instance of config.vrrpInstances) {
    const leftMs = Math.max(instance.startupDelayMs - elapsedMs, afterBootMs);
    if (leftMs > 0) delays[vrrpInstanceIdentity(instance)] = leftMs;
  }
  return delays;
}
