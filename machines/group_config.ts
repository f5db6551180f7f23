/**
 * Sync groups: instances that change their roles together, as plain data.
 *
 * @module
 */
import type { ScriptConfig } from "./script_config.ts";
import type { Track } from "./track.ts";

/** Instances that are active together or not at all. */
export interface SyncGroupConfig {
  /** Unique among groups. */
  readonly name: string;
  /** Names of the members, in the order of the file. */
  readonly members: readonly string[];
  /** Tracked for all members. */
  readonly tracks: readonly Track[];
  /** Weights of members and of the group act; otherwise only faults do. */
  readonly tracksWeights: boolean;
  /** Programs run at changes. */
  readonly scripts: NotifyScripts;
  /** Mails about changes. */
  readonly mails: boolean;
  /** Changes of members' priorities are events unless they say. */
  readonly notifiesPriorityChanges: boolean;
}

/** Programs run at changes of state. */
export interface NotifyScripts {
  /** When it becomes master. */
  readonly master?: ScriptConfig;
  /** When it becomes backup. */
  readonly backup?: ScriptConfig;
  /** When something is missing. */
  readonly fault?: ScriptConfig;
  /** When the daemon stops. */
  readonly stop?: ScriptConfig;
  /** At each, with kind, name, state and priority as further arguments. */
  readonly any?: ScriptConfig;
}

/** Programs of an instance. */
export interface InstanceScripts extends NotifyScripts {
  /** When a reload removes it. */
  readonly deleted?: ScriptConfig;
  /** When it is active and hears a lower priority. */
  readonly lowerPriority?: ScriptConfig;
}
