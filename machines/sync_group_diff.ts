/**
 * What changes about sync groups from one configuration to the next. A group is known by its name;
 * its members by what the wire knows them by.
 *
 * @module
 */
import { type Config, vrrpInstanceIdentity } from "./config.ts";
import type { SyncGroupInput } from "./sync_group.ts";
import { sameConfig } from "./vrrp_rules.ts";

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
  const identities = new Map(vrrpInstances.map((each) => [each.name, vrrpInstanceIdentity(each)]));
  return syncGroups.map(({ name, members }) => ({
    name,
    members: members.flatMap((member) => {
      const id = identities.get(member);
      return id === undefined ? [] : [{ id, name: member }];
    }),
  }));
}
