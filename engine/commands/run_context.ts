/**
 * What `stayd run` hands to the two ways of running.
 *
 * @module
 */
import type { Diagnostic, LoadResult } from "../config/load.ts";
import type { Log } from "../log.ts";
import type { RunOptions } from "./run_options.ts";

/** What both ways of running are given. */
export interface RunContext {
  readonly options: RunOptions;
  readonly log: Log;
  readonly startedAtMs: number;
  /** Reads the configuration file anew. */
  readonly load: () => LoadResult;
  /** Logs what is wrong with the configuration. */
  readonly complain: (diagnostics: readonly Diagnostic[]) => void;
}
