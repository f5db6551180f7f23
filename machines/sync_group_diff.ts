/**
 * What changes about sync groups from one configuration to the next. A group is known by its name;
 * its members by what the wire knows them by.
 *
 * @module
 */
import { type Config, type VrrpInstanceConfig, vrrpInstanceIdentity } from "./config.ts";
import type { SyncGroupInput } from "./sync_group.ts";
import { csToMs, sameConfig } from "./vrrp_rules.ts";

/** The work between two configurations. */
export interface GroupDiff {
  /** Names of groups that are gone. */
  readonly stops: readonly string[];
  readonly updates: readonly SyncGroupInput[];
  readonly starts: readonly SyncGroupInput[];
}

/** What leads from `before` (nothing at start) to `after`. */
export function diffGroups(before: Config | undefined, after: Config): GroupDiff {
  const old = new Map(before ? groupsOf(before).map((each) => [each.name, each]) : []);
  const starts: SyncGroupInput[] = [];
  const updates: SyncGroupInput[] = [];
  for (const group of groupsOf(after)) {
    const previous = old.get(group.name);
    old.delete(group.name);
    if (!previous) starts.push(group);
    else if (!sameConfig(previous, group)) updates.push(group);
  }
  return { stops: [...old.keys()], updates, starts };
}

function groupsOf({ syncGroups, vrrpInstances }: Config): SyncGroupInput[] {
  const instances = new Map(vrrpInstances.map((each) => [each.name, each]));
  return syncGroups.map(({ name, members }) => {
    const own = members.flatMap((member) => instances.get(member) ?? []);
    return {
      name,
      members: own.map((each) => ({ id: vrrpInstanceIdentity(each), name: each.name })),
      patienceMs: Math.max(0, ...own.map(patienceMs)),
    };
  });
}

/** So long an instance waits at most: Skew_Time is less than an interval, and so is chance. */
function patienceMs(config: VrrpInstanceConfig): number {
  const { downIntervalAdverts, advertisementIntervalCs, startupDelayMs, preemptDelayMs } = config;
  const downMs = (downIntervalAdverts + 2) * csToMs(advertisementIntervalCs);
  return downMs + startupDelayMs + preemptDelayMs;
}
