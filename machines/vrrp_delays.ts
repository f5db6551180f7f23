/**
 * The timers of vrrp_instance.ts, in ms with fractions.
 *
 * @module
 */
import type { VrrpContext, VrrpFact } from "./vrrp_facts.ts";
import { activeDownIntervalMs, csToMs, skewTimeMs, type TimerBasis } from "./vrrp_rules.ts";

/** What a timer is computed from. */
interface Seen {
  readonly context: VrrpContext;
  readonly event: VrrpFact;
}

function timerBasis({ config, standing, activeAdverIntervalCs }: VrrpContext): TimerBasis {
  return { ...config, priority: standing.priority, activeAdverIntervalCs };
}

/** By the names that the machine uses. */
export const vrrpDelays = {
  startupDelay: ({ context }: Seen) => context.startupDelayMs,
  skewTime: ({ context }: Seen) => skewTimeMs(timerBasis(context)),
  // A new priority changes what is left: the timer counts from the last advertisement.
  activeDownInterval: ({ context, event }: Seen) => {
    const { heardAtMs, jitterMs } = context;
    const intervalMs = activeDownIntervalMs(timerBasis(context)) + jitterMs;
    if (event.type !== "TRACKED" || heardAtMs === undefined) return intervalMs;
    return Math.max(0, intervalMs - (event.atMs - heardAtMs));
  },
  // Time in which a living active router must be heard at least once.
  relistenInterval: ({ context }: Seen) =>
    csToMs(context.activeAdverIntervalCs) + skewTimeMs(timerBasis(context)),
  preemptDelay: ({ context: { config } }: Seen) => config.preemptDelayMs,
  advertisementInterval: ({ context: { config } }: Seen) => csToMs(config.advertisementIntervalCs),
  announcementDelay: ({ context: { config } }: Seen) => config.announcements.delayMs,
  refreshInterval: ({ context: { config } }: Seen) => config.announcements.refreshMs,
  reassertionDelay: ({ context: { config } }: Seen) => config.announcements.lowerPriorityDelayMs,
};
