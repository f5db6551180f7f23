/**
 * What can be tracked, and how often it is looked at, as plain data.
 *
 * @module
 */
import type { RunAs, ScriptConfig } from "./script_config.ts";

/** A program whose exit status tells whether something is well. */
export interface VrrpScriptConfig {
  /** Unique among its kind. */
  readonly name: string;
  /** The program. */
  readonly script: ScriptConfig;
  /** Between two starts. */
  readonly intervalMs: number;
  /** After that it is ended, which is a failure; default: the interval. */
  readonly timeoutMs: number;
  /** What trackers use unless they say; −253 to 253. */
  readonly weight: number;
  /** Weight 0: good is the fault; else the contribution has the other sign. */
  readonly reversed: boolean;
  /** Successes in a row that make it good. */
  readonly rise: number;
  /** Failures in a row that make it bad. */
  readonly fall: number;
  /** Bad until it succeeds. */
  readonly startsFailed: boolean;
  /** Who runs it. */
  readonly runAs?: RunAs;
}

/** Processes of one kind, counted. */
export interface TrackProcessConfig {
  /** Unique among its kind. */
  readonly name: string;
  /** Name or path, then arguments to be compared. */
  readonly command: readonly string[];
  /** How arguments are compared; absent: not at all. */
  readonly arguments?: "exact" | "partial" | "initial";
  /** What trackers use unless they say; −254 to 254. */
  readonly weight: number;
  /** Weight 0: good is the fault; else the contribution has the other sign. */
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
  /** Unique among its kind. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
  /** What trackers use unless they say; −254 to 254. */
  readonly weight: number;
  /** Weight 0: good is the fault; else the contribution has the other sign. */
  readonly reversed: boolean;
  /** Written at start; absent: the file is left as it is. */
  readonly initial?: { readonly value: number; readonly overwrites: boolean };
}

/** How long changes of an interface must last to count. */
export interface InterfaceDelayConfig {
  /** Name of the interface. */
  readonly interface: string;
  /** Until it counts as down. */
  readonly downMs: number;
  /** Until it counts as up again. */
  readonly upMs: number;
}

/** An interface whose link state is asked for, as its driver does not tell of changes. */
export interface LinkbeatConfig {
  /** Name of the interface. */
  readonly interface: string;
  /** Absent: whatever works. */
  readonly method?: "mii" | "ethtool" | "ioctl";
}

/** Interfaces that share the least gaps between announcements. */
export interface GarpGroupConfig {
  /** Their names; each is in one group only. */
  readonly interfaces: readonly string[];
  /** Least gap between two gratuitous ARPs. */
  readonly arpIntervalUs?: number;
  /** Least gap between two unsolicited Neighbor Advertisements. */
  readonly neighborIntervalUs?: number;
}

/** Instances that watch the interfaces of static entries. */
export interface TrackGroupConfig {
  /** Unique among its kind. */
  readonly name: string;
  /** Names of the instances. */
  readonly instances: readonly string[];
}
