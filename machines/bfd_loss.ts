/**
 * A loss imagined: what a session would say if its Detection Time was over now.
 *
 * @module
 */
import { type SnapshotFrom, transition } from "xstate";
import type { BfdSpeech } from "./bfd_facts.ts";
import { conductOf } from "./bfd_rules.ts";
import type { bfdSession } from "./bfd_session.ts";

/**
 * What a session would say if its Detection Time was over now: computed, not done. Undefined:
 * nothing, as the passive role then knows nobody to say it to (§6.8.7).
 */
export function imagineLoss(snapshot: SnapshotFrom<typeof bfdSession>): BfdSpeech | undefined {
  const [{ context }] = transition(snapshot.machine, snapshot, { type: "DETECTION_TIME_EXPIRED" });
  return context.config.isPassive ? undefined : conductOf(context, "down").speech;
}
