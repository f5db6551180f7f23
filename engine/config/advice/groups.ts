/**
 * Members of a sync group with different intervals (W-vrrp-008), and interfaces that are tracked
 * twice (W-model-005).
 *
 * @module
 */
import type { Finding, Whole } from "./whole.ts";

const MS_PER_CS = 10;

/** The check. */
export function* adviseOnGroups(whole: Whole): Generator<Finding> {
  yield* differentIntervals(whole);
  for (const { name, interface: own, tracks } of whole.draft.instances.values()) {
    for (const { value, place } of tracks) {
      if (value.kind !== "interface" || value.name !== own?.value) continue;
      const message = `${value.name} is the interface of vrrp_instance ${name.value}: it is ` +
        "tracked already";
      yield { code: "W-model-005", place, message };
    }
  }
  for (const { members, tracks, at } of whole.draft.groups.values()) {
    for (const { value: { kind, name }, place } of tracks) {
      if (kind !== "interface") continue;
      const member = members.find(({ value }) => {
        const instance = whole.draft.instances.get(value);
        return instance?.interface?.value === name && !instance.ignoresOwnInterface;
      });
      if (!member) continue;
      const message = `${name} is tracked by vrrp_instance ${member.value} of vrrp_sync_group ` +
        `${at.value} already`;
      yield { code: "W-model-005", place, message };
    }
  }
}

function* differentIntervals({ draft, instances, syncGroups }: Whole): Generator<Finding> {
  const byName = new Map(instances.map((instance) => [instance.name, instance]));
  for (const { name, members } of syncGroups) {
    const [first, ...others] = members.flatMap((member) => byName.get(member) ?? []);
    if (!first) continue;
    for (const other of others) {
      if (other.advertisementIntervalCs === first.advertisementIntervalCs) continue;
      const instance = draft.instances.get(other.name);
      if (!instance) continue;
      const place = (instance.advertisementIntervalUs ?? instance.name).place;
      const message =
        `${other.name} advertises every ${other.advertisementIntervalCs * MS_PER_CS} ` +
        `ms, ${first.name} of the same vrrp_sync_group ${name} every ` +
        `${first.advertisementIntervalCs * MS_PER_CS} ms`;
      yield { code: "W-vrrp-008", place, message };
    }
  }
}
