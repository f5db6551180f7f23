/**
 * What a virtual router remembers of what happens: the assignments of vrrp_instance.ts.
 *
 * @module
 */
import type { VrrpInstanceConfig } from "./config.ts";
import { newsFor, standingOf } from "./standing.ts";
import { nextChance, seedOf } from "./vrrp_chance.ts";
import { newStanding, type VrrpContext, type VrrpFact } from "./vrrp_facts.ts";
import { csToMs, intervalAfterReload } from "./vrrp_rules.ts";

/** What an assignment is made from. */
interface Seen {
  readonly context: VrrpContext;
  readonly event: VrrpFact;
}

type Change = Partial<VrrpContext>;

/** What it knows before anything happened. */
export function firstMemory(config: VrrpInstanceConfig): VrrpContext {
  return {
    config,
    activeAdverIntervalCs: config.advertisementIntervalCs,
    primaryIp: undefined,
    faults: [],
    groupFault: undefined,
    verdicts: {},
    standing: standingOf(config.priority, config.tracks, {}),
    heardAtMs: undefined,
    jitterMs: 0,
    seed: 0,
    startupDelayMs: 0,
  };
}

/** What changes, by what is remembered. */
export const memory = {
  start: ({ event }: Seen): Change =>
    event.type === "STARTUP" ? { startupDelayMs: event.delayMs } : {},

  // Routers that share everything else differ in their addresses: so do their chances.
  source: ({ event }: Seen): Change =>
    event.type === "SOURCE_ADDRESS" ? { primaryIp: event.ip, seed: seedOf(event.ip) } : {},

  fault: ({ context: { faults }, event }: Seen): Change =>
    event.type === "FAULT_RAISED" && !faults.includes(event.reason)
      ? { faults: [...faults, event.reason] }
      : {},

  faultCleared: ({ context: { faults }, event }: Seen): Change =>
    event.type === "FAULT_CLEARED"
      ? { faults: faults.filter((reason) => reason !== event.reason) }
      : {},

  verdicts: ({ context, event }: Seen): Change =>
    event.type === "TRACKED"
      ? {
        verdicts: { ...context.verdicts, ...event.verdicts },
        standing: newStanding(context, event.verdicts),
      }
      : {},

  groupFault: ({ event }: Seen): Change =>
    event.type === "GROUP_FAULT" ? { groupFault: event.reason } : {},

  config: ({ context, event }: Seen): Change => {
    if (event.type !== "RECONFIGURE") return {};
    const { config } = event;
    // The rest would be out of date when it is tracked again.
    const verdicts = newsFor(config.tracks, context.verdicts) ?? {};
    return {
      config,
      activeAdverIntervalCs: intervalAfterReload(context, config),
      verdicts,
      standing: standingOf(config.priority, config.tracks, verdicts),
    };
  },

  // Version 3 learns the interval of the active router; in version 2 it must be our own (§7.1).
  interval: ({ context: { config }, event }: Seen): Change => {
    if (event.type !== "ADVERTISEMENT") return {};
    const heard = { heardAtMs: event.atMs, jitterMs: 0 };
    return config.version === 3
      ? { ...heard, activeAdverIntervalCs: event.maxAdvertiseIntervalCs }
      : heard;
  },

  intervalAtStartup: ({ context: { config } }: Seen): Change => ({
    activeAdverIntervalCs: config.advertisementIntervalCs,
    heardAtMs: undefined,
    jitterMs: 0,
  }),

  // Two groups, each better on another network, must not take over and yield in step for ever.
  jitter: ({ context: { config, seed } }: Seen): Change => {
    const { chance, next } = nextChance(seed);
    const jitterMs = chance * csToMs(config.advertisementIntervalCs);
    return { jitterMs, seed: next, heardAtMs: undefined };
  },
};
