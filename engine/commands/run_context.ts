/**
 * What `stayd run` hands to the two ways of running.
 *
 * @module
 */
import type { FileConfig } from "../../machines/global_config.ts";
import { setUmask } from "../../net/sys/process.ts";
import type { Diagnostic, LoadResult } from "../config/load.ts";
import type { Log } from "../log.ts";
import type { RunOptions } from "./run_options.ts";
import type { EarlySignals } from "./signals.ts";

/** What both ways of running are given. */
export interface RunContext {
  readonly options: RunOptions;
  readonly log: Log;
  readonly earlySignals: EarlySignals;
  /** Reads the configuration file anew. */
  readonly load: () => LoadResult;
  /** Logs what is wrong with the configuration. */
  readonly complain: (diagnostics: readonly Diagnostic[]) => void;
}

/** New files of this process and of its children from now on do not get the configured bits. */
export function adoptFileMode({ umask }: FileConfig): void {
  if (umask !== undefined) setUmask(umask);
}
