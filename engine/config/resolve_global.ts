/**
 * `global_defs` with its defaults.
 *
 * @module
 */
import type { GlobalConfig } from "../../machines/config.ts";
import type { Complaints } from "./diagnostic.ts";
import type { GlobalDraft } from "./drafts.ts";

/**
 * SCHED_RR priority unless configured: above all ordinary work, not above a kernel's interrupts.
 */
const REALTIME_PRIORITY = 50;
/** Unless configured. The runtime compiles and collects garbage in one go now and then. */
const REALTIME_LIMIT_US = 1_000_000;
/** With less the kernel would kill a healthy process. */
const REALTIME_LIMIT_US_MIN = 200_000;

/** What holds for the whole daemon. */
export function resolveGlobal(draft: GlobalDraft, complaints: Complaints): GlobalConfig {
  return {
    ...(draft.routerId === undefined ? {} : { routerId: draft.routerId }),
    dynamicInterfaces: draft.dynamicInterfaces ?? false,
    logUnknownVrids: draft.logUnknownVrids ?? false,
    vrrpProcess: {
      realtimePriority: draft.realtimePriority ?? REALTIME_PRIORITY,
      realtimeLimitUs: realtimeLimitUs(draft, complaints),
    },
  };
}

function realtimeLimitUs({ realtimeLimitUs: given }: GlobalDraft, complaints: Complaints): number {
  if (!given) return REALTIME_LIMIT_US;
  if (given.value >= REALTIME_LIMIT_US_MIN) return given.value;
  const message =
    `${given.value} µs are too few for this runtime: ${REALTIME_LIMIT_US_MIN} are used`;
  complaints.add("W602", given.place, message);
  return REALTIME_LIMIT_US_MIN;
}
