/**
 * What a virtual router tells people and programs: the reports of vrrp_instance.ts.
 *
 * @module
 */
import { activationCause, type Cause, relegationCause } from "./vrrp_causes.ts";
import {
  faultsOf,
  newStanding,
  type VrrpCommand,
  type VrrpContext,
  type VrrpFact,
  type VrrpState,
} from "./vrrp_facts.ts";
import { PRIORITY_RESIGN } from "./vrrp_rules.ts";

/** What a report is made from. */
interface Seen {
  readonly context: VrrpContext;
  readonly event: VrrpFact;
}

/** One for each occasion. */
export const reports = {
  initialize: ({ context, event }: Seen) => report(context, "initialize", relegationCause(event)),
  backup: ({ context, event }: Seen) => report(context, "backup", relegationCause(event)),
  active: ({ context, event }: Seen) => report(context, "active", activationCause(event)),
  fault: ({ context }: Seen) =>
    report(context, "fault", { kind: "fault", reasons: faultsOf(context) }),

  /** Before the news is remembered: it tells of both priorities. */
  priority: ({ context, event }: Seen): VrrpCommand => {
    const { priority, contributions } = event.type === "TRACKED"
      ? newStanding(context, event.verdicts)
      : context.standing;
    return { type: "REPORT_PRIORITY", before: context.standing.priority, priority, contributions };
  },

  lesser: ({ context, event }: Seen): VrrpCommand => {
    const { source, priority } = event.type === "ADVERTISEMENT"
      ? event
      : { source: context.config.multicastGroup, priority: PRIORITY_RESIGN };
    return { type: "REPORT_LESSER", source, priority };
  },
};

function report({ standing }: VrrpContext, state: VrrpState, cause: Cause): VrrpCommand {
  return { type: "REPORT", state, cause, priority: standing.priority };
}
