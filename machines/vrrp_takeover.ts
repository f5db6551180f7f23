/**
 * A takeover imagined: what a waiting router would do if its timer ran out now.
 *
 * @module
 */
import { type SnapshotFrom, transition } from "xstate";
import type { VrrpFact } from "./vrrp_facts.ts";
import type { vrrpInstance } from "./vrrp_instance.ts";

/** XState's own events for the timers of a waiting router. */
const TAKEOVERS = [
  [{ backup: { timer: "hearing" } }, "xstate.after.activeDownInterval.vrrp.backup.timer.hearing"],
  [{ backup: { timer: "resigned" } }, "xstate.after.skewTime.vrrp.backup.timer.resigned"],
] as const;

/**
 * What a waiting router would do if its timer ran out now: computed, not done. For a rehearsal, and
 * for whoever wants to know. Undefined for a router that does not wait.
 */
export function imagineTakeover(
  snapshot: SnapshotFrom<typeof vrrpInstance>,
): SnapshotFrom<typeof vrrpInstance> | undefined {
  const timer = TAKEOVERS.find(([state]) => snapshot.matches(state));
  // In a sync group the timer alone decides nothing, and the group is not here to be told.
  if (!timer || snapshot.context.config.syncGroup !== undefined) return undefined;
  // The events of timers are XState's: they are in no union of facts.
  const [imagined] = transition(
    snapshot.machine,
    snapshot,
    { type: timer[1] } as unknown as VrrpFact,
  );
  return imagined;
}
