/**
 * Members of a sync group with different intervals (W-vrrp-008).
 *
 * @module
 */
import type { Finding, Whole } from "./whole.ts";

const MS_PER_CS = 10;

/** The check. */
export function* adviseOnGroups({ draft, instances, syncGroups }: Whole): Generator<Finding> {
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
