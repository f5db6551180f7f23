/**
 * What the root actor (machines/system.ts) hears of the world, and what it asks of it.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { KnownServers } from "./quorum_rules.ts";
import type { Verdicts } from "./standing.ts";
import type { MembersTold } from "./sync_group.ts";
import type { MemberChange, MemberReasserted, VrrpState } from "./vrrp_facts.ts";

/** What can happen to the whole program. */
export type SystemFact =
  | {
    readonly type: "CONFIG_LOADED";
    readonly config: Config;
    /** Identities of instances that were active in a process that crashed a moment ago. */
    readonly resumes?: readonly string[];
    /** What is left of the start-up delay, per identity; absent means none. */
    readonly startupDelayMs?: Readonly<Record<string, number>>;
    /** Which real servers were well in a process that crashed a moment ago. */
    readonly servers?: KnownServers;
    /** What is known of tracked objects already. */
    readonly verdicts?: Verdicts;
    /** When that was so, on the scale of the clock. */
    readonly atMs?: number;
  }
  /** News of tracked objects; `atMs` on the scale of the clock. */
  | { readonly type: "TRACKED"; readonly verdicts: Verdicts; readonly atMs: number }
  | MemberChange
  | MemberReasserted
  | MembersTold
  /** The configuration has errors; they were reported. */
  | { readonly type: "CONFIG_REJECTED" }
  | { readonly type: "RELOAD_REQUESTED" }
  | { readonly type: "STOP_REQUESTED" }
  /** This process did not run for so long. */
  | { readonly type: "STALLED"; readonly lateMs: number }
  /** An instance in a child process changed its state. */
  | { readonly type: "INSTANCE_REPORTED"; readonly id: string; readonly state: VrrpState }
  /** A child ended (XState's own event). */
  | { readonly type: `xstate.done.actor.${string}` };

/** What the root asks of the world. */
export type SystemCommand =
  | { readonly type: "READ_CONFIG" }
  | { readonly type: "REPORT_RUNNING"; readonly instanceCount: number }
  | {
    readonly type: "REPORT_RELOADED";
    readonly stopCount: number;
    readonly updateCount: number;
    readonly startCount: number;
  }
  | { readonly type: "REPORT_REJECTED" }
  /** Everything is released; the process may end. `failed`: it never ran. */
  | { readonly type: "REPORT_STOPPED"; readonly failed: boolean };

/** What the root is started with. */
export interface SystemInput {
  /** Names of the child processes to run; none where the instances live in this process. */
  readonly workers: readonly string[];
  /** What this process does itself; default: virtual routers. */
  readonly duties?: readonly Duty[];
  /** Whether tracked objects are looked at here, not in the parent. */
  readonly tracks: boolean;
}

/** A part of the work. */
export type Duty = "vrrp" | "lvs";
