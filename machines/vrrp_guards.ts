/**
 * The conditions of vrrp_instance.ts: phrases that read after "when".
 *
 * @module
 */
import type { VirtualAddress, VrrpInstanceConfig } from "./config.ts";
import { faultsOf, newStanding, type VrrpContext, type VrrpFact } from "./vrrp_facts.ts";
import { csToMs, outranks, PRIORITY_OWNER, PRIORITY_RESIGN } from "./vrrp_rules.ts";

/** What a condition looks at. */
interface Seen {
  readonly context: VrrpContext;
  readonly event: VrrpFact;
}

/** By the names that the machine uses. */
export const vrrpGuards = {
  startIsDelayed: ({ event }: Seen) => event.type === "STARTUP" && event.delayMs > 0,
  resumes: ({ event }: Seen) => event.type === "STARTUP" && event.resumes,
  isFaulty: ({ context }: Seen) => faultsOf(context).length > 0,
  isPending: ({ context }: Seen) => context.standing.pending.length > 0,
  ownsAddresses: ({ context: { config } }: Seen) =>
    config.priority === PRIORITY_OWNER && config.initialRole === "active",
  isGrouped: ({ context: { config } }: Seen) => config.syncGroup !== undefined,

  senderResigns: ({ event }: Seen) =>
    event.type === "ADVERTISEMENT" && event.priority === PRIORITY_RESIGN,
  senderIsLesser: ({ context: { standing }, event }: Seen) =>
    event.type === "ADVERTISEMENT" && event.priority !== PRIORITY_RESIGN &&
    event.priority < standing.priority,
  senderIsNotLesser: ({ context: { standing }, event }: Seen) =>
    event.type === "ADVERTISEMENT" && event.priority >= standing.priority,
  // The same address on two hosts: nobody wins by it, and answering would never end.
  senderIsOurTwin: ({ context: { standing, primaryIp }, event }: Seen) =>
    event.type === "ADVERTISEMENT" && event.source === primaryIp &&
    event.priority === standing.priority,
  senderOutranksUs: ({ context: { standing, primaryIp }, event }: Seen) =>
    event.type === "ADVERTISEMENT" &&
    outranks(event, { priority: standing.priority, primaryIp }),

  preempts: ({ context: { config } }: Seen) => config.preempt,
  preemptsWithoutDelay: ({ context: { config } }: Seen) => config.preemptDelayMs === 0,
  yieldsWithAdvertisement: ({ context: { config } }: Seen) => config.advertisesBeforeYielding,
  answersLowerPriority: ({ context: { config } }: Seen) => config.answersLowerPriority,

  priorityChanges: ({ context, event }: Seen) =>
    event.type === "TRACKED" &&
    newStanding(context, event.verdicts).priority !== context.standing.priority,

  addsAddresses: ({ context: { config }, event }: Seen) =>
    event.type === "RECONFIGURE" &&
    addressesOf(event.config).some((address) =>
      !addressesOf(config).some((each) => isSamePlace(each, address))
    ),
  announcesOnce: ({ context: { config } }: Seen) => config.announcements.delayMs === 0,
  refreshes: ({ context: { config } }: Seen) => config.announcements.refreshMs > 0,
  reasserts: ({ context: { config } }: Seen) => config.announcements.lowerPriorityRepeatCount > 0,
  reassertsTwice: ({ context: { config } }: Seen) => config.announcements.lowerPriorityDelayMs > 0,

  // Another router waits at least downIntervalAdverts intervals from our last advertisement; one
  // of them had passed already when the timer that is late was due.
  stallAllowedTakeover: ({ context: { config }, event }: Seen) =>
    event.type === "STALLED" &&
    event.lateMs >= (config.downIntervalAdverts - 1) * csToMs(config.advertisementIntervalCs),
  stallHidAdvertisements: ({ context, event }: Seen) =>
    event.type === "STALLED" && event.lateMs >= csToMs(context.activeAdverIntervalCs),
};

function addressesOf({ virtualAddresses, excludedAddresses }: VrrpInstanceConfig) {
  return [...virtualAddresses, ...excludedAddresses];
}

function isSamePlace(a: VirtualAddress, b: VirtualAddress): boolean {
  return a.ip === b.ip && a.interface === b.interface;
}
