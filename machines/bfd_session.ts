/**
 * One BFD session (RFC 5880 §6.8), in the RFC's words.
 *
 * Three regions, as the RFC has three independent things: the session's state (§6.2), whether it
 * transmits (§6.8.7), and the Poll Sequence (§6.5). The port keeps the periods and the Detection
 * Time, as commanded: the packets of a session at rest change nothing here, so the port need not
 * pass on one that says what the last one said, and a thousand sessions cost little.
 *
 * Demand mode is answered, never asked for: nothing else of ours would watch the path meanwhile.
 *
 * @module
 */
import { and, assign, enqueueActions, not, or, raise, sendTo, setup, stateIn } from "xstate";
import type { BfdSessionConfig } from "./bfd_config.ts";
import type {
  BfdCommand,
  BfdContext,
  BfdFact,
  BfdIntervals,
  BfdState,
  TransmissionMode,
} from "./bfd_facts.ts";
import {
  announcedIntervals,
  conductOf,
  DIAG,
  farewellMs,
  moreCautious,
  remoteAfter,
  sameIntervals,
  UNKNOWN_REMOTE,
} from "./bfd_rules.ts";
import { port } from "./port.ts";

export type { BfdCommand, BfdContext, BfdFact, BfdPacket, BfdState } from "./bfd_facts.ts";

/** What the regions tell each other. */
type Internal =
  /** These intervals are to be announced; `forced`: even if the neighbour knows them (§6.6). */
  | { readonly type: "POLL_NEEDED"; readonly intervals: BfdIntervals; readonly forced: boolean }
  /** Nobody will answer. */
  | { readonly type: "POLL_MOOT" }
  /** The neighbour knows what was announced. */
  | { readonly type: "ACKNOWLEDGED" }
  /** The neighbour waits for a Final. */
  | { readonly type: "POLLED" };

const REGIONS = { up: "#up", pollIdle: "#pollIdle" } as const;

const setDiag = (reason: keyof typeof DIAG) =>
  ({ type: "setDiagnostic", params: { diagnostic: DIAG[reason] } }) as const;
const conduct = (state: BfdState) => ({ type: "conduct", params: { state } }) as const;
const report = (state: BfdState) => ({ type: "report", params: { state } }) as const;
const setPoll = (on: boolean) => ({ type: "setPoll", params: { on } }) as const;
const setTransmission = (mode: TransmissionMode) =>
  ({ type: "setTransmission", params: { mode } }) as const;
const remoteIs = (...states: BfdState[]) => ({ type: "remoteIs", params: { states } }) as const;
const TO_SILENT = { guard: "mustBeSilent", target: "silent" } as const;
const TO_ON_DEMAND = { guard: "isQuiet", target: "onDemand" } as const;
const HOLD_DOWN = {
  guard: "isHeldDownNow",
  target: "adminDown",
  actions: ["adoptConfig", "configureIo", setDiag("administrativelyDown")],
} as const;

/** The machine of a session. */
export const bfdSession = setup({
  types: {} as {
    context: BfdContext;
    events: BfdFact | Internal;
    input: BfdSessionConfig;
    children: { io: "io" };
  },
  actors: { io: port<BfdCommand, BfdSessionConfig>() },
  guards: {
    remoteIs: ({ event }, { states }: { states: readonly BfdState[] }) =>
      event.type === "PACKET" && states.includes(event.state),
    isPoll: ({ event }) => event.type === "PACKET" && event.poll,
    isFinal: ({ event }) => event.type === "PACKET" && event.final,
    isHeldDown: ({ context }) => context.config.isAdminDown,
    isHeldDownNow: ({ event }) => event.type === "RECONFIGURE" && event.config.isAdminDown,
    // §6.8.7: the passive role speaks only when spoken to.
    mustBeSilent: ({ context }) => context.config.isPassive && context.remote.discriminator === 0,
    remoteWantsNothing: ({ context }) => context.remote.requiredMinRxIntervalUs === 0,
    remoteDemands: ({ context }) =>
      context.config.allowsDemand && context.remote.demand && context.remote.state === "up",
    // §6.8.16: it may not have heard that we leave.
    neighborIsUnaware: ({ context }) => context.remote.state === "up",
    mayLinger: ({ event }) => event.type === "RETIRE" && event.lingers === true,
    isQuiet: or([
      "remoteWantsNothing",
      and(["remoteDemands", stateIn(REGIONS.up), stateIn(REGIONS.pollIdle)]), // §6.6
    ]),
    isNews: ({ context, event }) =>
      event.type === "POLL_NEEDED" &&
      (event.forced || !sameIntervals(event.intervals, context.acknowledged)),
    isOtherNews: ({ context, event }) =>
      event.type === "POLL_NEEDED" &&
      (event.forced || !sameIntervals(event.intervals, context.polled)),
  },
  actions: {
    adoptPacket: assign(({ context, event }) =>
      event.type === "PACKET" ? { remote: remoteAfter(event) } : { remote: context.remote }
    ),
    adoptConfig: assign(({ context, event }) =>
      event.type === "RECONFIGURE" ? { config: event.config } : { config: context.config }
    ),
    forgetRemote: assign({ remote: UNKNOWN_REMOTE }), // §6.8.1, §6.8.18
    setDiagnostic: assign((_, { diagnostic }: { diagnostic: number }) => ({ diagnostic })),
    configureIo: sendTo(
      "io",
      ({ context }) => ({ type: "CONFIGURE", config: context.config }) satisfies BfdCommand,
    ),
    answerPoll: sendTo("io", { type: "SEND_FINAL" } satisfies BfdCommand),
    setPoll: sendTo(
      "io",
      (_, { on }: { on: boolean }) => ({ type: "SET_POLL", on }) satisfies BfdCommand,
    ),
    setTransmission: sendTo(
      "io",
      (_, { mode }: { mode: TransmissionMode }) =>
        ({ type: "SET_TRANSMISSION", mode }) satisfies BfdCommand,
    ),
    report: sendTo(
      "io",
      ({ context }, { state }: { state: BfdState }) =>
        ({ type: "REPORT", state, diagnostic: context.diagnostic }) satisfies BfdCommand,
    ),
    conduct: enqueueActions(({ context, event, enqueue }, { state }: { state: BfdState }) => {
      enqueue.sendTo("io", conductOf(context, state));
      if (state === "adminDown") return enqueue.raise({ type: "POLL_MOOT" });
      const forced = context.remote.demand && event.type === "RECONFIGURE"; // §6.6
      const intervals = announcedIntervals(context.config, context.remote, state);
      if (!forced && sameIntervals(intervals, context.acknowledged)) return;
      enqueue.raise({ type: "POLL_NEEDED", intervals, forced });
    }),
    // Of what was announced before, the neighbour may go by any.
    rememberPolled: assign(({ context: { acknowledged, polled }, event }) => ({
      acknowledged: moreCautious(acknowledged, polled),
      polled: event.type === "POLL_NEEDED" ? event.intervals : polled,
    })),
    // §6.8.3: what had to wait for the neighbour counts from now on.
    acknowledge: assign(({ context }) => ({ acknowledged: context.polled })),
    tellSession: raise({ type: "ACKNOWLEDGED" }),
    tellPolled: raise({ type: "POLLED" }),
  },
  delays: { farewell: ({ context }) => farewellMs(context) },
}).createMachine({
  id: "bfd",
  context: ({ input }) => {
    const acknowledged = announcedIntervals(input, UNKNOWN_REMOTE, "down");
    return {
      config: input,
      remote: UNKNOWN_REMOTE,
      diagnostic: DIAG.none,
      acknowledged,
      polled: acknowledged,
    };
  },
  invoke: { id: "io", src: "io", input: ({ context }) => context.config },
  initial: "running",
  states: {
    running: {
      type: "parallel",
      states: {
        session: { // bfd.SessionState, §6.2 and §6.8.6
          initial: "deciding",
          on: {
            SHUTDOWN: { target: ".adminDown.stopping", actions: setDiag("administrativelyDown") },
            PATH_FAILED: { target: ".adminDown.pathDown", actions: setDiag("pathDown") },
          },
          states: {
            deciding: {
              always: [
                {
                  guard: "isHeldDown",
                  target: "adminDown",
                  actions: setDiag("administrativelyDown"),
                },
                "down",
              ],
            },
            adminDown: { // §6.8.16. All packets are discarded.
              entry: [conduct("adminDown"), report("adminDown")],
              exit: "forgetRemote",
              initial: "held",
              on: {
                PACKET: { guard: remoteIs("down", "adminDown"), actions: "adoptPacket" },
                RECONFIGURE: { actions: ["adoptConfig", "configureIo", conduct("adminDown")] },
                SHUTDOWN: ".stopping",
                PATH_FAILED: {},
              },
              states: {
                held: {
                  on: {
                    RECONFIGURE: {
                      guard: not("isHeldDownNow"),
                      target: "#bfd.running.session.down",
                      actions: ["adoptConfig", "configureIo"],
                    },
                  },
                },
                pathDown: { on: { PATH_RESTORED: "#bfd.running.session.deciding" } },
                stopping: {
                  on: {
                    RETIRE: [{ guard: "mayLinger", target: "leaving" }, "#bfd.retired"],
                    SHUTDOWN: {},
                  },
                },
                leaving: {
                  always: { guard: not("neighborIsUnaware"), target: "#bfd.retired" },
                  after: { farewell: "#bfd.retired" },
                  on: { RETIRE: "#bfd.retired", SHUTDOWN: {} },
                },
              },
            },
            down: {
              entry: [conduct("down"), report("down")],
              on: {
                PACKET: [
                  { guard: remoteIs("down"), target: "init", actions: "adoptPacket" },
                  {
                    guard: remoteIs("init"),
                    target: "up",
                    actions: ["adoptPacket", setDiag("none")],
                  },
                  { actions: ["adoptPacket", conduct("down")] },
                ],
                DETECTION_TIME_EXPIRED: { actions: ["forgetRemote", conduct("down")] },
                ACKNOWLEDGED: { actions: conduct("down") },
                RECONFIGURE: [HOLD_DOWN, {
                  actions: ["adoptConfig", "configureIo", conduct("down")],
                }],
              },
            },
            init: {
              entry: [conduct("init"), report("init")],
              on: {
                PACKET: [
                  {
                    guard: remoteIs("adminDown"),
                    target: "down",
                    actions: ["adoptPacket", setDiag("neighborSignaledDown")],
                  },
                  {
                    guard: remoteIs("init", "up"),
                    target: "up",
                    actions: ["adoptPacket", setDiag("none")],
                  },
                  { actions: ["adoptPacket", conduct("init")] },
                ],
                DETECTION_TIME_EXPIRED: {
                  target: "down",
                  actions: ["forgetRemote", setDiag("detectionTimeExpired")],
                },
                ACKNOWLEDGED: { actions: conduct("init") },
                RECONFIGURE: [HOLD_DOWN, {
                  actions: ["adoptConfig", "configureIo", conduct("init")],
                }],
              },
            },
            up: {
              id: "up",
              entry: [conduct("up"), report("up")],
              on: {
                PACKET: [
                  {
                    guard: remoteIs("adminDown", "down"),
                    target: "down",
                    actions: ["adoptPacket", setDiag("neighborSignaledDown")],
                  },
                  { actions: ["adoptPacket", conduct("up")] },
                ],
                DETECTION_TIME_EXPIRED: {
                  target: "down",
                  actions: ["forgetRemote", setDiag("detectionTimeExpired")],
                },
                ECHO_FAILED: { target: "down", actions: setDiag("echoFailed") }, // §6.8.5
                ACKNOWLEDGED: { actions: conduct("up") },
                RECONFIGURE: [HOLD_DOWN, {
                  actions: ["adoptConfig", "configureIo", conduct("up")],
                }],
              },
            },
          },
        },
        poll: { // §6.5
          initial: "idle",
          on: {
            PACKET: { guard: "isPoll", actions: "tellPolled" },
            POLLED: { actions: "answerPoll" },
            POLL_MOOT: ".idle",
          },
          states: {
            idle: {
              id: "pollIdle",
              on: {
                POLL_NEEDED: { guard: "isNews", target: "polling", actions: "rememberPolled" },
              },
            },
            polling: {
              entry: setPoll(true),
              exit: setPoll(false),
              initial: "clear",
              states: {
                clear: {
                  on: {
                    PACKET: {
                      guard: "isFinal",
                      target: "#pollIdle",
                      actions: ["acknowledge", "tellSession"],
                    },
                    POLL_NEEDED: {
                      guard: "isOtherNews",
                      target: "ambiguous",
                      actions: "rememberPolled",
                    },
                  },
                },
                // §6.8.3: a second change; nobody can tell which one the next Final means.
                ambiguous: {
                  on: {
                    PACKET: { guard: "isFinal", target: "#pollSeparating" },
                    POLL_NEEDED: { guard: "isOtherNews", actions: "rememberPolled" },
                  },
                },
              },
            },
            separating: { // §6.8.3: a packet without F comes between two Poll Sequences.
              id: "pollSeparating",
              on: {
                PACKET: [
                  { guard: "isPoll", target: "polling", actions: "tellPolled" },
                  { guard: not("isFinal"), target: "polling" },
                ],
                POLL_NEEDED: { guard: "isOtherNews", actions: "rememberPolled" },
              },
            },
          },
        },
        transmission: { // §6.8.7
          initial: "choosing",
          states: {
            choosing: { always: [TO_SILENT, TO_ON_DEMAND, "periodic"] },
            silent: {
              entry: setTransmission("silent"),
              always: { guard: not("mustBeSilent"), target: "choosing" },
            },
            onDemand: {
              entry: setTransmission("onDemand"),
              always: [TO_SILENT, { guard: not("isQuiet"), target: "periodic" }],
            },
            periodic: {
              entry: setTransmission("periodic"),
              always: [TO_SILENT, TO_ON_DEMAND],
            },
          },
        },
      },
    },
    retired: { type: "final" },
  },
});
