/**
 * What changes about tracked objects from one configuration to the next. Those that nothing tracks
 * are not looked at.
 *
 * @module
 */
import type { Config } from "./config.ts";
import { trackedObject } from "./standing.ts";
import type { TrackFileConfig, TrackProcessConfig, VrrpScriptConfig } from "./track_config.ts";
import { sameConfig } from "./vrrp_rules.ts";

/** An object that a tracker looks at. */
export type TrackerConfig =
  | { readonly kind: "script"; readonly config: VrrpScriptConfig }
  | { readonly kind: "file"; readonly config: TrackFileConfig }
  | { readonly kind: "process"; readonly config: TrackProcessConfig };

/** A tracker's identity, and what it is about. */
export type IdentifiedTracker = TrackerConfig & { readonly id: string };

/** The work between two configurations. */
export interface TrackerDiff {
  /** Identities of trackers of objects that are gone. */
  readonly stops: readonly string[];
  readonly updates: readonly IdentifiedTracker[];
  readonly starts: readonly IdentifiedTracker[];
}

/** What leads from `before` (nothing at start) to `after`. */
export function diffTrackers(before: Config | undefined, after: Config): TrackerDiff {
  const old = new Map(before ? trackersOf(before).map((each) => [each.id, each]) : []);
  const starts: IdentifiedTracker[] = [];
  const updates: IdentifiedTracker[] = [];
  for (const tracker of trackersOf(after)) {
    const previous = old.get(tracker.id);
    old.delete(tracker.id);
    if (!previous) starts.push(tracker);
    else if (!sameConfig(previous.config, tracker.config)) updates.push(tracker);
  }
  return { stops: [...old.keys()], updates, starts };
}

function trackersOf(config: Config): IdentifiedTracker[] {
  const { vrrpScripts, trackFiles, trackProcesses, vrrpInstances } = config;
  const tracked = new Set(vrrpInstances.flatMap(({ tracks }) => tracks.map(trackedObject)));
  const all: TrackerConfig[] = [
    ...vrrpScripts.map((config) => ({ kind: "script" as const, config })),
    ...trackFiles.map((config) => ({ kind: "file" as const, config })),
    ...trackProcesses.map((config) => ({ kind: "process" as const, config })),
  ];
  return all
    .map((each) => ({ ...each, id: trackedObject({ kind: each.kind, name: each.config.name }) }))
    .filter(({ id }) => tracked.has(id));
}
