/**
 * Weights that change nothing: of owners and of members of groups (W-vrrp-007), or cut to nothing
 * (W-vrrp-012).
 *
 * @module
 */
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import type { SyncGroupConfig } from "../../../machines/group_config.ts";
import type { TrackLine } from "../drafts.ts";
import type { Given } from "../given.ts";
import type { Finding, Whole } from "./whole.ts";

const PRIORITY = { min: 1, max: 254, owner: 255 };

/** The check. Weights of files and processes are left out: the first may have any number. */
export function* adviseOnWeights(whole: Whole): Generator<Finding> {
  const { draft, instances, syncGroups } = whole;
  const groupOf = new Map<string, SyncGroupConfig>();
  for (const group of syncGroups) for (const name of group.members) groupOf.set(name, group);
  for (const instance of instances) {
    const group = groupOf.get(instance.name);
    for (const track of draft.instances.get(instance.name)?.tracks ?? []) {
      const finding = judge(track, instance, group, weightOf(track, whole));
      if (finding) yield finding;
    }
  }
}

/** The weight with its sign while the object is good, and while it is bad. */
interface Weight {
  readonly whenGood: number;
  readonly whenBad: number;
}

function weightOf({ value: { kind, name, ...own } }: Given<TrackLine>, { draft }: Whole): Weight {
  const object = kind === "script" ? draft.scripts.get(name) : undefined;
  const weight = own.weight ?? object?.weight ?? 0;
  const sign = own.reversed ?? object?.reversed ?? false ? -1 : 1;
  return { whenGood: Math.max(0, weight) * sign, whenBad: Math.min(0, weight) * sign };
}

function judge(
  { value: { kind, name }, place }: Given<TrackLine>,
  { name: instance, priority }: VrrpInstanceConfig,
  group: SyncGroupConfig | undefined,
  { whenGood, whenBad }: Weight,
): Finding | undefined {
  if (whenGood === whenBad || kind === "file" || kind === "process") return undefined;
  if (priority === PRIORITY.owner) {
    const message = `the weight of ${kind} ${name} is without effect: ${instance} owns the ` +
      "addresses (priority 255)";
    return { code: "W-vrrp-007", place, message };
  }
  if (group && !group.tracksWeights) {
    const message = `the weight of ${kind} ${name} is without effect in a sync group`;
    const hint = `sync_group_tracking_weight in vrrp_sync_group ${group.name}`;
    return { code: "W-vrrp-007", place, message, hint };
  }
  const effective = (weight: number) =>
    Math.min(Math.max(priority + weight, PRIORITY.min), PRIORITY.max);
  if (effective(whenGood) !== effective(whenBad)) return undefined;
  const message = `with ${kind} ${name} good or bad the priority is ${effective(whenGood)}`;
  return { code: "W-vrrp-012", place, message };
}
