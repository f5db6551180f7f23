/**
 * What can be tracked, and how often it is looked at, as plain data.
 *
 * @module
 */
import type { RunAs, ScriptConfig } from "./script_config.ts";

/** A program whose exit status tells whether something is well. */
export interface VrrpScriptConfig {
  readonly name: string;
  readonly script: ScriptConfig;
  /** Between two starts. */
  readonly intervalMs: number;
  /** After that it is ended, which is a failure; default: the interval. */
  readonly timeoutMs: number;
  /** What trackers use unless they say; −253 to 253. */
  readonly weight: number;
  readonly reversed: boolean;
  /** Successes in a row that make it good. */
  readonly rise: number;
  /** Failures in a row that make it bad. */
  readonly fall: number;
  /** Bad until it succeeds. */
  readonly startsFailed: boolean;
  readonly runAs?: RunAs;
}

/** Processes of one kind, counted. */
export interface TrackProcessConfig {
  readonly name: string;
  /** Name or path, then arguments to be compared. */
  readonly command: readonly string[];
  /** How arguments are compared; absent: not at all. */
  readonly arguments?: "exact" | "partial" | "initial";
  readonly weight: number;
  readonly reversed: boolean;
  /** Fewest that must run. */
  readonly quorum: number;
  /** Most that may run; absent: no limit. */
  readonly quorumMax?: number;
  /** How long a lost quorum is put up with. */
  readonly terminateDelayMs: number;
  /** How long a reached quorum must last. */
  readonly forkDelayMs: number;
  /** Compares the command line, not the name of at most 15 octets that the kernel keeps. */
  readonly fullCommand: boolean;
}

/** A file with a number. */
export interface TrackFileConfig {
  readonly name: string;
  readonly path: string;
  readonly weight: number;
  readonly reversed: boolean;
  /** Written at start; absent: the file is left as it is. */
  readonly initial?: { readonly value: number; readonly overwrites: boolean };
}

/** How long changes of an interface must last to count. */
export interface InterfaceDelayConfig {
  readonly interface: string;
  readonly downMs: number;
  readonly upMs: number;
}

/** An interface whose link state is asked for, as its driver does not tell of changes. */
export interface LinkbeatConfig {
  readonly interface: string;
  /** Absent: whatever works. */
  readonly method?: "mii" | "ethtool" | "ioctl";
}

/** Interfaces that share the least gaps between announcements. */
export interface GarpGroupConfig {
  readonly interfaces: readonly string[];
  readonly arpIntervalUs?: number;
  readonly neighborIntervalUs?: number;
}

/** Instances that watch the interfaces of static entries. */
export interface TrackGroupConfig {
  readonly name: string;
  readonly instances: readonly string[];
}
