/**
 * One virtual router (RFC 9568 §6.4, RFC 3768 §6.4), with keepalived's additions: fault, start-up
 * delay, preemption delay, repeated announcements.
 *
 * Facts come in through `io`, commands go out through `io`. The machine holds no socket and reads
 * no clock: who `io` is, and how fast time runs, is decided where the root actor is created.
 *
 * keepalived's MASTER is this file's `active`; the engine translates at the edge.
 *
 * @module
 */
import { and, assign, not, or, sendTo, setup, stateIn } from "xstate";
import type { VrrpInstanceConfig } from "./config.ts";
import { port } from "./port.ts";
import { activationCause, type Cause, relegationCause } from "./vrrp_causes.ts";
import type { VrrpCommand, VrrpContext, VrrpFact, VrrpState } from "./vrrp_facts.ts";
import {
  activeDownIntervalMs,
  csToMs,
  intervalAfterReload,
  outranks,
  PRIORITY_OWNER,
  PRIORITY_RESIGN,
  skewTimeMs,
  type TimerBasis,
} from "./vrrp_rules.ts";

export type { VrrpCommand, VrrpContext, VrrpFact, VrrpState };

function timerBasis({ config, activeAdverIntervalCs }: VrrpContext): TimerBasis {
  return { ...config, activeAdverIntervalCs };
}

/** The machine of one virtual router. Input is its configuration. */
export const vrrpInstance = setup({
  types: {} as { context: VrrpContext; events: VrrpFact; input: VrrpInstanceConfig },
  actors: { io: port<VrrpCommand, VrrpInstanceConfig>() },
  guards: {
    startIsDelayed: ({ event }) => event.type === "STARTUP" && event.delayMs > 0,
    resumes: ({ event }) => event.type === "STARTUP" && event.resumes,
    isFaulty: ({ context }) => context.faults.length > 0,
    ownsAddresses: ({ context: { config } }) =>
      config.priority === PRIORITY_OWNER && config.initialRole === "active",

    senderResigns: ({ event }) =>
      event.type === "ADVERTISEMENT" && event.priority === PRIORITY_RESIGN,
    senderIsLesser: ({ context: { config }, event }) =>
      event.type === "ADVERTISEMENT" && event.priority !== PRIORITY_RESIGN &&
      event.priority < config.priority,
    senderIsNotLesser: ({ context: { config }, event }) =>
      event.type === "ADVERTISEMENT" && event.priority >= config.priority,
    // The same address on two hosts: nobody wins by it, and answering would never end.
    senderIsOurTwin: ({ context: { config, primaryIp }, event }) =>
      event.type === "ADVERTISEMENT" && event.source === primaryIp &&
      event.priority === config.priority,
    senderOutranksUs: ({ context: { config, primaryIp }, event }) =>
      event.type === "ADVERTISEMENT" &&
      outranks(event, { priority: config.priority, primaryIp }),

    preempts: ({ context: { config } }) => config.preempt,
    preemptsWithoutDelay: ({ context: { config } }) => config.preemptDelayMs === 0,
    mayPreemptNow: and(["preempts", stateIn({ backup: { preemption: "allowed" } })]),
    // §6.4.2: "If Preempt_Mode is False, or if the Priority is greater than or equal to the local".
    senderIsAcceptable: or(["senderIsNotLesser", not("mayPreemptNow")]),

    yieldsWithAdvertisement: ({ context: { config } }) => config.advertisesBeforeYielding,
    answersLowerPriority: ({ context: { config } }) => config.answersLowerPriority,

    announcesOnce: ({ context: { config } }) => config.announcements.delayMs === 0,
    refreshes: ({ context: { config } }) => config.announcements.refreshMs > 0,
    reasserts: ({ context: { config } }) => config.announcements.lowerPriorityRepeatCount > 0,
    reassertsTwice: ({ context: { config } }) => config.announcements.lowerPriorityDelayMs > 0,
    doubtsItsRole: stateIn({ active: { holding: { adverts: "doubting" } } }),

    // Another router waits at least downIntervalAdverts intervals from our last advertisement; one
    // of them had passed already when the timer that is late was due.
    stallAllowedTakeover: ({ context: { config }, event }) =>
      event.type === "STALLED" &&
      event.lateMs >= (config.downIntervalAdverts - 1) * csToMs(config.advertisementIntervalCs),
    stallHidAdvertisements: ({ context, event }) =>
      event.type === "STALLED" && event.lateMs >= csToMs(context.activeAdverIntervalCs),
  },
  actions: {
    rememberStart: assign(({ event }) =>
      event.type === "STARTUP" ? { startupDelayMs: event.delayMs } : {}
    ),
    rememberSource: assign(({ event }) =>
      event.type === "SOURCE_ADDRESS" ? { primaryIp: event.ip } : {}
    ),
    rememberFault: assign(({ context: { faults }, event }) =>
      event.type === "FAULT_RAISED" && !faults.includes(event.reason)
        ? { faults: [...faults, event.reason] }
        : {}
    ),
    forgetFault: assign(({ context: { faults }, event }) =>
      event.type === "FAULT_CLEARED"
        ? { faults: faults.filter((reason) => reason !== event.reason) }
        : {}
    ),
    adoptConfig: assign(({ context, event }) =>
      event.type === "RECONFIGURE"
        ? {
          config: event.config,
          activeAdverIntervalCs: intervalAfterReload(context, event.config),
        }
        : {}
    ),
    // Version 3 learns the interval of the active router; in version 2 it must be our own (§7.1).
    adoptInterval: assign(({ context: { config }, event }) =>
      event.type === "ADVERTISEMENT" && config.version === 3
        ? { activeAdverIntervalCs: event.maxAdvertiseIntervalCs }
        : {}
    ),
    // §6.4.1: at startup Active_Adver_Interval is Advertisement_Interval.
    forgetInterval: assign(({ context: { config } }) => ({
      activeAdverIntervalCs: config.advertisementIntervalCs,
    })),

    sendAdvertisement: sendTo("io", ({ context }) => advertisement(context.config.priority)),
    sendResignation: sendTo("io", advertisement(PRIORITY_RESIGN)),
    claimAddresses: sendTo("io", ({ context }) => claim(context.config.announcements.repeatCount)),
    releaseAddresses: sendTo("io", { type: "RELEASE_ADDRESSES" } satisfies VrrpCommand),
    announceAgain: sendTo(
      "io",
      ({ context }) => announcement(context.config.announcements.repeatCount),
    ),
    announceRefresh: sendTo(
      "io",
      ({ context }) => announcement(context.config.announcements.refreshRepeatCount),
    ),
    announceReassertion: sendTo(
      "io",
      ({ context }) => announcement(context.config.announcements.lowerPriorityRepeatCount),
    ),
    configureIo: sendTo(
      "io",
      ({ context: { config } }) => ({ type: "CONFIGURE", config } satisfies VrrpCommand),
    ),
    reportInitialize: sendTo("io", ({ event }) => report("initialize", relegationCause(event))),
    reportBackup: sendTo("io", ({ event }) => report("backup", relegationCause(event))),
    reportActive: sendTo("io", ({ event }) => report("active", activationCause(event))),
    reportFault: sendTo(
      "io",
      ({ context: { faults } }) => report("fault", { kind: "fault", reasons: faults }),
    ),
  },
  delays: {
    startupDelay: ({ context }) => context.startupDelayMs,
    skewTime: ({ context }) => skewTimeMs(timerBasis(context)),
    activeDownInterval: ({ context }) => activeDownIntervalMs(timerBasis(context)),
    // Time in which a living active router must be heard at least once.
    relistenInterval: ({ context }) =>
      csToMs(context.activeAdverIntervalCs) + skewTimeMs(timerBasis(context)),
    preemptDelay: ({ context: { config } }) => config.preemptDelayMs,
    advertisementInterval: ({ context: { config } }) => csToMs(config.advertisementIntervalCs),
    announcementDelay: ({ context: { config } }) => config.announcements.delayMs,
    refreshInterval: ({ context: { config } }) => config.announcements.refreshMs,
    reassertionDelay: ({ context: { config } }) => config.announcements.lowerPriorityDelayMs,
  },
}).createMachine({
  id: "vrrp",
  context: ({ input }) => ({
    config: input,
    activeAdverIntervalCs: input.advertisementIntervalCs,
    primaryIp: undefined,
    faults: [],
    startupDelayMs: 0,
  }),
  invoke: { src: "io", id: "io", input: ({ context }) => context.config },
  initial: "initialize",
  on: {
    SOURCE_ADDRESS: { actions: "rememberSource" },
    FAULT_RAISED: { actions: "rememberFault" },
    FAULT_CLEARED: { actions: "forgetFault" },
    RECONFIGURE: { actions: ["adoptConfig", "configureIo"] },
  },
  states: {
    initialize: { // §6.4.1
      exit: "forgetInterval",
      on: {
        STARTUP: [
          // Addresses may be left over from a process that was killed.
          {
            guard: "startIsDelayed",
            target: "delayed",
            actions: ["rememberStart", "releaseAddresses"],
          },
          { guard: "isFaulty", target: "fault", actions: "releaseAddresses" },
          { guard: "ownsAddresses", target: "active" },
          { guard: "resumes", target: "active" },
          { target: "backup", actions: "releaseAddresses" },
        ],
        RETIRE: "retired",
      },
    },
    retired: { type: "final" }, // Left the configuration. Reached only after SHUTDOWN.
    delayed: { // vrrp_startup_delay: what arrives meanwhile is discarded.
      on: { SHUTDOWN: "initialize" },
      after: {
        startupDelay: [
          { guard: "isFaulty", target: "fault", actions: "releaseAddresses" },
          { guard: "ownsAddresses", target: "active" },
          { target: "backup", actions: "releaseAddresses" },
        ],
      },
    },
    fault: { // Not in the RFCs: as Initialize, until nothing is missing any more.
      entry: "reportFault",
      exit: "forgetInterval",
      on: { SHUTDOWN: { target: "initialize", actions: "reportInitialize" } },
      always: [
        { guard: and([not("isFaulty"), "ownsAddresses"]), target: "active" },
        { guard: not("isFaulty"), target: "backup" },
      ],
    },
    backup: { // §6.4.2
      type: "parallel",
      entry: "reportBackup",
      always: { guard: "isFaulty", target: "fault" },
      on: {
        SHUTDOWN: { target: "initialize", actions: "reportInitialize" },
        RECONFIGURE: { target: ".timer.hearing", actions: ["adoptConfig", "configureIo"] },
      },
      states: {
        timer: { // Active_Down_Timer
          initial: "hearing",
          on: {
            ADVERTISEMENT: [
              { guard: "senderResigns", target: ".resigned" },
              { guard: "senderIsAcceptable", target: ".hearing", actions: "adoptInterval" },
              // Else discard: the timer runs on, and we will preempt.
            ],
            STALLED: { guard: "stallHidAdvertisements", target: ".relistening" },
          },
          states: {
            hearing: { after: { activeDownInterval: "#vrrp.active" } },
            resigned: { after: { skewTime: "#vrrp.active" } },
            relistening: { after: { relistenInterval: "#vrrp.active" } },
          },
        },
        preemption: { // preempt_delay: how long a lesser active router is put up with.
          initial: "deciding",
          states: {
            deciding: { always: [{ guard: "preemptsWithoutDelay", target: "allowed" }, "idle"] },
            idle: { on: { ADVERTISEMENT: { guard: "senderIsLesser", target: "delaying" } } },
            delaying: {
              on: { ADVERTISEMENT: { guard: "senderIsNotLesser", target: "idle" } },
              after: { preemptDelay: "allowed" },
            },
            allowed: {
              on: { ADVERTISEMENT: { guard: "senderIsNotLesser", target: "deciding" } },
            },
          },
        },
      },
    },
    active: { // §6.4.3
      entry: ["sendAdvertisement", "reportActive", "claimAddresses"],
      exit: "releaseAddresses", // However we leave, we leave without the addresses.
      initial: "holding",
      states: {
        holding: {
          type: "parallel",
          always: { guard: "isFaulty", target: "resigning" },
          on: {
            SHUTDOWN: "resigning",
            RECONFIGURE: {
              target: ".adverts.advertising",
              actions: ["adoptConfig", "configureIo", "sendAdvertisement", "claimAddresses"],
            },
            ADDRESSES_VANISHED: { actions: "claimAddresses" },
          },
          states: {
            adverts: { // Adver_Timer
              initial: "advertising",
              on: {
                ADVERTISEMENT: [
                  { guard: "senderIsOurTwin" },
                  { guard: "senderResigns", target: ".advertising", actions: "sendAdvertisement" },
                  {
                    guard: and(["senderOutranksUs", "yieldsWithAdvertisement"]),
                    target: "#vrrp.active.yielding",
                    actions: "adoptInterval",
                  },
                  {
                    guard: "senderOutranksUs",
                    target: "#vrrp.backup",
                    actions: "adoptInterval",
                  },
                  // §6.4.3: assert ourselves; the Adver_Timer runs on.
                  { guard: "answersLowerPriority", actions: "sendAdvertisement" },
                ],
                STALLED: { guard: "stallAllowedTakeover", target: ".doubting" },
              },
              states: {
                advertising: {
                  after: {
                    advertisementInterval: {
                      target: "advertising",
                      reenter: true,
                      actions: "sendAdvertisement",
                    },
                  },
                },
                // We were silent long enough to be replaced. Timers wait until all that was
                // received is read: if anybody else advertises, the addresses are his.
                doubting: {
                  on: {
                    ADVERTISEMENT: [
                      { guard: "senderIsOurTwin" },
                      { guard: "senderResigns" },
                      { target: "#vrrp.backup", actions: "adoptInterval" },
                    ],
                    // A reload that waited as long must not make us speak first.
                    RECONFIGURE: { actions: ["adoptConfig", "configureIo"] },
                    ADDRESSES_VANISHED: {},
                  },
                  after: {
                    0: { target: "advertising", actions: ["sendAdvertisement", "claimAddresses"] },
                  },
                },
              },
            },
            announcements: { // The first burst leaves with the addresses; this is the second.
              initial: "settling",
              states: {
                settling: {
                  always: { guard: "announcesOnce", target: "quiet" },
                  after: { announcementDelay: { target: "quiet", actions: "announceAgain" } },
                },
                quiet: {},
              },
            },
            refreshment: { // From the takeover on, whatever else is announced.
              initial: "deciding",
              states: {
                deciding: { always: [{ guard: "refreshes", target: "waiting" }, "off"] },
                waiting: {
                  after: {
                    refreshInterval: {
                      target: "waiting",
                      reenter: true,
                      actions: "announceRefresh",
                    },
                  },
                },
                off: {},
              },
            },
            reassertion: { // A lesser router may have taught bridges and neighbours the wrong way.
              initial: "idle",
              on: {
                ADVERTISEMENT: [
                  { guard: or(["senderIsOurTwin", "senderResigns", "senderOutranksUs"]) },
                  { guard: or(["doubtsItsRole", not("reasserts")]) },
                  { guard: "reassertsTwice", target: ".pending", actions: "announceReassertion" },
                  { actions: "announceReassertion" },
                ],
              },
              states: {
                idle: {},
                pending: {
                  after: { reassertionDelay: { target: "idle", actions: "announceReassertion" } },
                },
              },
            },
          },
        },
        // States, so that what they send goes out before `exit` releases the addresses.
        yielding: { entry: "sendAdvertisement", always: "#vrrp.backup" },
        resigning: {
          entry: "sendResignation",
          always: [
            { guard: "isFaulty", target: "#vrrp.fault" },
            { target: "#vrrp.initialize", actions: "reportInitialize" },
          ],
        },
      },
    },
  },
});

function advertisement(priority: number): VrrpCommand {
  return { type: "SEND_ADVERTISEMENT", priority };
}

function claim(repeatCount: number): VrrpCommand {
  return { type: "CLAIM_ADDRESSES", repeatCount };
}

function announcement(repeatCount: number): VrrpCommand {
  return { type: "ANNOUNCE_ADDRESSES", repeatCount };
}

function report(state: VrrpState, cause: Cause): VrrpCommand {
  return { type: "REPORT", state, cause };
}
