/**
 * One check of a real server: when it is made, and what its verdicts say together.
 *
 * The machine decides when something is asked; its port asks. Verdicts come back as facts, and what
 * they change is told to the real server.
 *
 * @module
 */
import { assign, enqueueActions, not, sendTo, setup } from "xstate";
import type { CheckConfig } from "./check_config.ts";
import {
  afterReload,
  afterVerdict,
  type CheckState,
  type CheckVerdict,
  type CheckWeight,
  countsAsUp,
  firstPauseMs,
  isTold,
  nextIndex,
  unknownState,
} from "./check_rules.ts";
import { port } from "./port.ts";
import { nextChance, seedOf } from "./vrrp_chance.ts";

/** What a check is started with. */
export interface CheckerInput {
  /** Unique in the whole program; its letters spread the first attempts. */
  readonly id: string;
  readonly check: CheckConfig;
  /** Until something is known the first failure counts: at the start, or for who is down. */
  readonly isStrict: boolean;
  /** Nothing is asked until RESUME. */
  readonly isSuspended: boolean;
}

/** What its port is opened with. */
export interface CheckerPort {
  readonly id: string;
  readonly check: CheckConfig;
}

/** What can happen to a check. */
export type CheckerFact =
  | ({ readonly type: "VERDICT" } & CheckVerdict)
  | { readonly type: "SUSPEND" }
  | { readonly type: "RESUME" }
  /** Another pace; what is asked is the same. */
  | { readonly type: "RECONFIGURE"; readonly check: CheckConfig }
  | { readonly type: "RETIRE" };

/** What a check asks of the world. */
export type CheckerCommand =
  /**
   * Asks once; HTTP has several pages. Answered by a VERDICT, unless it is taken back, or nothing
   * is known of a BFD session.
   */
  | { readonly type: "PROBE"; readonly index: number }
  | { readonly type: "TAKE_BACK" }
  | { readonly type: "CONFIGURE"; readonly check: CheckConfig };

/** What the real server is told: after each result, also if it is the same as before. */
export interface CheckNews {
  readonly type: "CHECKED";
  readonly id: string;
  readonly isUp: boolean;
  /** The first result ever. */
  readonly isFirst: boolean;
  readonly weight?: CheckWeight;
}

interface Context {
  readonly id: string;
  readonly check: CheckConfig;
  readonly state: CheckState;
  readonly isSuspended: boolean;
  readonly pauseMs: number;
}

/** The machine of a check. */
export const checker = setup({
  types: {} as {
    context: Context;
    events: CheckerFact;
    input: CheckerInput;
    children: { io: "io" };
  },
  actors: { io: port<CheckerCommand, CheckerPort>() },
  guards: {
    isSuspended: ({ context }) => context.isSuspended,
    isTold: ({ context: { check } }) => isTold(check),
  },
  actions: {
    probe: sendTo(
      "io",
      ({ context: { check, state } }) =>
        ({ type: "PROBE", index: nextIndex(check, state) }) satisfies CheckerCommand,
    ),
    takeBack: sendTo("io", { type: "TAKE_BACK" } satisfies CheckerCommand),
    judge: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "VERDICT") return;
      const { id, check, state: before } = context;
      const { state, pauseMs } = afterVerdict(check, before, event);
      enqueue.assign({ state, pauseMs });
      if (state.isUp === undefined) return;
      const isFirst = before.isUp === undefined;
      const isNew = isFirst || before.isUp !== state.isUp ||
        !sameWeight(before.weight, state.weight);
      if (isNew) enqueue.sendParent(newsOf(id, check, state, isFirst));
    }),
    adoptPace: assign(({ context, event }) =>
      event.type === "RECONFIGURE"
        ? { check: event.check, state: afterReload(event.check, context.state) }
        : {}
    ),
    configureIo: sendTo(
      "io",
      ({ context: { check } }) => ({ type: "CONFIGURE", check }) satisfies CheckerCommand,
    ),
    suspend: assign({ isSuspended: true }),
    resume: assign({ isSuspended: false }),
    // Of what happened while nobody listened, too.
    askHowItIs: enqueueActions(({ context, enqueue }) => {
      if (context.isSuspended) return;
      enqueue.sendTo("io", { type: "PROBE", index: 0 } satisfies CheckerCommand);
    }),
  },
  delays: { pause: ({ context }) => context.pauseMs },
}).createMachine({
  id: "checker",
  context: ({ input: { id, check, isStrict, isSuspended } }) => ({
    id,
    check,
    isSuspended,
    state: unknownState(isStrict),
    pauseMs: firstPauseMs(check, nextChance(seedOf(id)).chance),
  }),
  invoke: { id: "io", src: "io", input: ({ context: { id, check } }) => ({ id, check }) },
  initial: "deciding",
  on: {
    RETIRE: ".retired",
    RECONFIGURE: { actions: ["adoptPace", "configureIo"] },
  },
  states: {
    deciding: {
      always: [
        { guard: "isTold", target: "listening" },
        { guard: "isSuspended", target: "suspended" },
        "waiting",
      ],
    },
    waiting: {
      on: { SUSPEND: { target: "suspended", actions: "suspend" } },
      after: { pause: "probing" },
    },
    probing: {
      entry: "probe",
      on: {
        VERDICT: { target: "waiting", actions: "judge" },
        SUSPEND: { target: "suspended", actions: ["suspend", "takeBack"] },
        RETIRE: { target: "retired", actions: "takeBack" },
      },
    },
    // What is known stays; nothing is asked.
    suspended: { on: { RESUME: { target: "waiting", actions: "resume" } } },
    listening: {
      entry: "askHowItIs",
      on: {
        SUSPEND: { actions: "suspend" },
        RESUME: { actions: ["resume", "askHowItIs"] },
        VERDICT: { guard: not("isSuspended"), actions: "judge" },
      },
    },
    retired: { type: "final" },
  },
});

function newsOf(id: string, check: CheckConfig, state: CheckState, isFirst: boolean): CheckNews {
  const { weight } = state;
  const isUp = countsAsUp(check, state);
  return { type: "CHECKED", id, isUp, isFirst, ...(weight && { weight }) };
}

function sameWeight(a: CheckWeight | undefined, b: CheckWeight | undefined): boolean {
  return a?.kind === b?.kind && a?.value === b?.value;
}
