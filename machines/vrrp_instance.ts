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
import { and, assign, enqueueActions, not, or, sendTo, setup, stateIn } from "xstate";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "./config.ts";
import { port } from "./port.ts";
import { ANNOUNCING } from "./vrrp_announcing.ts";
import { vrrpDelays } from "./vrrp_delays.ts";
import {
  memberChange,
  type MemberReasserted,
  type MemberState,
  type VrrpCommand,
  type VrrpContext,
  type VrrpFact,
  type VrrpState,
} from "./vrrp_facts.ts";
import { vrrpGuards } from "./vrrp_guards.ts";
import { firstMemory, memory } from "./vrrp_memory.ts";
import { reports } from "./vrrp_reports.ts";
import { PRIORITY_RESIGN } from "./vrrp_rules.ts";

export type { VrrpCommand, VrrpContext, VrrpFact, VrrpState };

/** Tells the sync group, if there is one, that its member lacks something else now. */
const FAULTS_CHANGED = { type: "tellGroup", params: { state: "fault" } } as const;

/** What a group hears of a member; after a reload it may be another group, which knows nothing. */
const HEARING = { state: "hearing" } as const;
const ACTIVE = { state: "active" } as const;

/** Nobody is active any more: a router takes over, a member of a group when the group can. */
const TAKEOVER = [
  { guard: "isGrouped", target: "ready" },
  { target: "#vrrp.active" },
] as const;

/** An owner waits for nobody but its sync group. */
const OWNERSHIP = [
  { guard: and(["ownsAddresses", "isGrouped"]), target: "#vrrp.backup.timer.ready" },
  { guard: "ownsAddresses", target: "#vrrp.active" },
] as const;

/** The machine of one virtual router. Input is its configuration. */
export const vrrpInstance = setup({
  types: {} as { context: VrrpContext; events: VrrpFact; input: VrrpInstanceConfig },
  actors: { io: port<VrrpCommand, VrrpInstanceConfig>() },
  guards: {
    ...vrrpGuards,
    mayPreemptNow: and(["preempts", stateIn({ backup: { preemption: "allowed" } })]),
    // §6.4.2: "If Preempt_Mode is False, or if the Priority is greater than or equal to the local".
    senderIsAcceptable: or(["senderIsNotLesser", not("mayPreemptNow")]),

    doubtsItsRole: stateIn({ active: { holding: { adverts: "doubting" } } }),
  },
  actions: {
    rememberStart: assign(memory.start),
    rememberSource: assign(memory.source),
    rememberFault: assign(memory.fault),
    forgetFault: assign(memory.faultCleared),
    rememberVerdicts: assign(memory.verdicts),
    rememberGroupFault: assign(memory.groupFault),
    adoptConfig: assign(memory.config),
    adoptInterval: assign(memory.interval),
    // §6.4.1: at startup Active_Adver_Interval is Advertisement_Interval.
    forgetInterval: assign(memory.intervalAtStartup),
    drawJitter: assign(memory.jitter),

    sendAdvertisement: sendTo("io", ({ context }) => advertisement(context.standing.priority)),
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
    reportInitialize: sendTo("io", reports.initialize),
    reportBackup: sendTo("io", reports.backup),
    reportActive: sendTo("io", reports.active),
    reportFault: sendTo("io", reports.fault),
    reportPriority: sendTo("io", reports.priority),
    reportLesser: sendTo("io", reports.lesser),

    tellGroup: enqueueActions(({ context, enqueue }, { state }: { state: MemberState }) => {
      const change = memberChange(context, state);
      if (change) enqueue.sendParent(change);
    }),
    tellGroupOfLesser: enqueueActions(({ context: { config }, enqueue }) => {
      if (config.syncGroup === undefined) return;
      const member = vrrpInstanceIdentity(config);
      const reasserted = { type: "MEMBER_REASSERTED", group: config.syncGroup, member } as const;
      enqueue.sendParent(reasserted satisfies MemberReasserted);
    }),
  },
  delays: vrrpDelays,
}).createMachine({
  id: "vrrp",
  context: ({ input }) => firstMemory(input),
  invoke: { src: "io", id: "io", input: ({ context }) => context.config },
  initial: "initialize",
  on: {
    SOURCE_ADDRESS: { actions: "rememberSource" },
    FAULT_RAISED: { actions: "rememberFault" },
    FAULT_CLEARED: { actions: "forgetFault" },
    RECONFIGURE: { actions: ["adoptConfig", "configureIo"] },
    TRACKED: [
      { guard: "priorityChanges", actions: ["reportPriority", "rememberVerdicts"] },
      { actions: "rememberVerdicts" },
    ],
    GROUP_FAULT: { actions: "rememberGroupFault" },
  },
  states: {
    initialize: { // §6.4.1
      entry: { type: "tellGroup", params: { state: "initialize" } },
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
          { guard: "resumes", target: "active" },
          { guard: "isPending", target: "awaiting", actions: "releaseAddresses" },
          ...OWNERSHIP,
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
          { guard: "isPending", target: "awaiting", actions: "releaseAddresses" },
          ...OWNERSHIP,
          { target: "backup", actions: "releaseAddresses" },
        ],
      },
    },
    awaiting: { // What would be a fault if it were bad was not looked at yet.
      exit: "forgetInterval",
      on: { SHUTDOWN: { target: "initialize", actions: "reportInitialize" } },
      always: [
        { guard: "isFaulty", target: "fault" },
        { guard: "isPending" },
        ...OWNERSHIP,
        { target: "backup" },
      ],
    },
    fault: { // Not in the RFCs: as Initialize, until nothing is missing any more.
      entry: ["reportFault", { type: "tellGroup", params: { state: "fault" } }],
      exit: "forgetInterval",
      on: {
        SHUTDOWN: { target: "initialize", actions: "reportInitialize" },
        FAULT_RAISED: { actions: ["rememberFault", FAULTS_CHANGED] },
        FAULT_CLEARED: { actions: ["forgetFault", FAULTS_CHANGED] },
        RECONFIGURE: { actions: ["adoptConfig", "configureIo", FAULTS_CHANGED] },
        TRACKED: [
          {
            guard: "priorityChanges",
            actions: ["reportPriority", "rememberVerdicts", FAULTS_CHANGED],
          },
          { actions: ["rememberVerdicts", FAULTS_CHANGED] },
        ],
      },
      always: [
        { guard: "isFaulty" },
        { guard: "isPending", target: "awaiting" },
        ...OWNERSHIP,
        { target: "backup" },
      ],
    },
    backup: { // §6.4.2
      type: "parallel",
      entry: ["reportBackup", { type: "tellGroup", params: HEARING }],
      always: { guard: "isFaulty", target: "fault" },
      on: {
        SHUTDOWN: { target: "initialize", actions: "reportInitialize" },
        RECONFIGURE: {
          target: ".timer.hearing",
          actions: ["adoptConfig", "configureIo", { type: "tellGroup", params: HEARING }],
        },
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
            hearing: {
              on: {
                TRACKED: {
                  guard: "priorityChanges",
                  target: "hearing",
                  reenter: true,
                  actions: ["reportPriority", "rememberVerdicts"],
                },
              },
              after: { activeDownInterval: TAKEOVER },
            },
            resigned: { after: { skewTime: TAKEOVER } },
            relistening: { after: { relistenInterval: TAKEOVER } },
            ready: { // The sync group moves when all of it can.
              entry: { type: "tellGroup", params: { state: "ready" } },
              exit: { type: "tellGroup", params: HEARING },
              on: {
                GROUP_ACTIVATED: "#vrrp.active",
                ADVERTISEMENT: [
                  { guard: or(["senderResigns", not("senderIsAcceptable")]) },
                  { target: "hearing", actions: "adoptInterval" },
                ],
              },
            },
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
      entry: [
        "sendAdvertisement",
        "reportActive",
        "claimAddresses",
        { type: "tellGroup", params: ACTIVE },
      ],
      exit: "releaseAddresses", // However we leave, we leave without the addresses.
      initial: "holding",
      states: {
        holding: {
          type: "parallel",
          always: { guard: "isFaulty", target: "resigning" },
          on: {
            SHUTDOWN: "resigning",
            ADDRESSES_VANISHED: { actions: "claimAddresses" },
            // keepalived, too, says nothing here: whoever relegated the group is active everywhere.
            GROUP_RELEGATED: { target: "#vrrp.backup", actions: "drawJitter" },
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
                  {
                    guard: "answersLowerPriority",
                    actions: ["sendAdvertisement", "reportLesser"],
                  },
                  { actions: "reportLesser" },
                ],
                STALLED: { guard: "stallAllowedTakeover", target: ".doubting" },
                // Here, not above: the other regions run on, neighbours know all they must.
                RECONFIGURE: {
                  target: ".advertising",
                  actions: [
                    "adoptConfig",
                    "configureIo",
                    "sendAdvertisement",
                    "claimAddresses",
                    { type: "tellGroup", params: ACTIVE },
                  ],
                },
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
                    RECONFIGURE: {
                      actions: ["adoptConfig", "configureIo", {
                        type: "tellGroup",
                        params: ACTIVE,
                      }],
                    },
                    ADDRESSES_VANISHED: {},
                  },
                  after: {
                    0: { target: "advertising", actions: ["sendAdvertisement", "claimAddresses"] },
                  },
                },
              },
            },
            ...ANNOUNCING,
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
