/**
 * What is known of tracked objects, and how their trackers stand: of the process that tracks.
 *
 * @module
 */
import type { Verdicts } from "../../machines/standing.ts";

/** Everything that the state file tells of tracked objects. */
export interface Tracked {
  readonly verdicts: Verdicts;
  /** Trackers by object, as `script NAME`. */
  readonly trackers: Readonly<Record<string, TrackerStatus>>;
}

/** How one tracker stands. */
export interface TrackerStatus {
  /** Of a script: successes in a row, see script_rules.ts; of processes: how many there are. */
  readonly count?: number;
  /** Of a script. */
  readonly isRunning: boolean;
  /** A change of the number of processes that does not count yet. */
  readonly pending?: "fewer" | "more";
}

interface RootSnapshot {
  readonly context: { readonly verdicts: Verdicts };
  readonly children: Readonly<Record<string, { getSnapshot(): unknown } | undefined>>;
}

interface TrackerSnapshot {
  readonly context?: { readonly count?: number; readonly isFewer?: boolean };
  readonly value?: { readonly process?: string; readonly watching?: string };
}

const TRACKER = /^(script|process) /;

/** Looks at the root actor. */
export function trackedOf({ context, children }: RootSnapshot): Tracked {
  const trackers = Object.entries(children).flatMap(([id, child]) =>
    child && TRACKER.test(id) ? [[id, standingOf(child.getSnapshot() as TrackerSnapshot)]] : []
  );
  return { verdicts: context.verdicts, trackers: Object.fromEntries(trackers) };
}

function standingOf({ context = {}, value = {} }: TrackerSnapshot): TrackerStatus {
  const { count, isFewer } = context;
  return {
    isRunning: value.process !== undefined && value.process !== "idle",
    ...(count !== undefined && { count }),
    ...(value.watching === "doubting" && { pending: isFewer ? "fewer" : "more" }),
  };
}
