/**
 * The supervisor of one child process: starts it, hands it the configuration, restarts it with
 * back-off when it dies, stops it in order.
 *
 * @module
 */
import { assign, sendTo, setup } from "xstate";
import type { Config } from "./config.ts";
import type { Verdicts } from "./standing.ts";
import { port } from "./port.ts";

/** What can happen to a child process. */
export type WorkerFact =
  | { readonly type: "RECONFIGURE"; readonly config: Config }
  /** News of tracked objects. */
  | { readonly type: "TRACKED"; readonly verdicts: Verdicts }
  | { readonly type: "SHUTDOWN" }
  /** It runs the configuration it was given. */
  | { readonly type: "READY" }
  /** It ended by itself or was killed, after so long. */
  | { readonly type: "EXITED"; readonly livedMs: number }
  /** It cannot run here at all: configuration, permission. Trying again is no use. */
  | { readonly type: "REFUSED" };

/** What the supervisor asks of the world. */
export type WorkerCommand =
  /** Starts the process with this configuration. */
  | { readonly type: "SPAWN"; readonly config: Config; readonly verdicts: Verdicts }
  | { readonly type: "DELIVER"; readonly config: Config; readonly verdicts: Verdicts }
  | { readonly type: "DELIVER_NEWS"; readonly verdicts: Verdicts }
  /** Asks it to leave in order. */
  | { readonly type: "STOP" }
  | { readonly type: "KILL" }
  | { readonly type: "REPORT_RESTART"; readonly delayMs: number };

/** What a supervisor is started with. */
export interface WorkerInput {
  /** Name of the process, for example `vrrp`. */
  readonly name: string;
  readonly config: Config;
  /** What is known of tracked objects. */
  readonly verdicts: Verdicts;
}

interface Context extends WorkerInput {
  /** Deaths in a row, each within {@linkcode STEADY_MS} of its start. */
  readonly quickDeathCount: number;
}

const READY_TIMEOUT_MS = 20_000;
/** Less would kill a process that is about to release its addresses. */
const STOP_TIMEOUT_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 60_000;
/** A process that lived so long did not die of its start. */
const STEADY_MS = 60_000;

/** How long to wait before the restart after so many quick deaths: 0, 1, 2, 4 … 60 s. */
export function backoffMs(quickDeathCount: number): number {
  if (quickDeathCount <= 1) return 0;
  return Math.min(BACKOFF_MS_MAX, 1_000 * 2 ** (quickDeathCount - 2));
}

/** The machine that keeps one child process alive. */
export const worker = setup({
  types: {} as { context: Context; events: WorkerFact; input: WorkerInput },
  actors: { io: port<WorkerCommand, WorkerInput>() },
  actions: {
    adoptConfig: assign(({ event }) =>
      event.type === "RECONFIGURE" ? { config: event.config } : {}
    ),
    rememberVerdicts: assign(({ context, event }) =>
      event.type === "TRACKED" ? { verdicts: { ...context.verdicts, ...event.verdicts } } : {}
    ),
    deliverNews: sendTo("io", ({ event }) => ({
      type: "DELIVER_NEWS",
      verdicts: event.type === "TRACKED" ? event.verdicts : {},
    } satisfies WorkerCommand)),
    countDeath: assign(({ context, event }) =>
      event.type === "EXITED"
        ? { quickDeathCount: event.livedMs < STEADY_MS ? context.quickDeathCount + 1 : 0 }
        : {}
    ),
    spawnProcess: sendTo(
      "io",
      ({ context: { config, verdicts } }) => ({
        type: "SPAWN",
        config,
        verdicts,
      } satisfies WorkerCommand),
    ),
    deliverConfig: sendTo(
      "io",
      ({ context: { config, verdicts } }) => ({
        type: "DELIVER",
        config,
        verdicts,
      } satisfies WorkerCommand),
    ),
    stopProcess: sendTo("io", { type: "STOP" } satisfies WorkerCommand),
    killProcess: sendTo("io", { type: "KILL" } satisfies WorkerCommand),
    reportRestart: sendTo("io", ({ context }) => ({
      type: "REPORT_RESTART",
      delayMs: backoffMs(context.quickDeathCount),
    } satisfies WorkerCommand)),
  },
  delays: {
    backoff: ({ context }) => backoffMs(context.quickDeathCount),
    readyTimeout: READY_TIMEOUT_MS,
    stopTimeout: ({ context: { config } }) =>
      Math.max(STOP_TIMEOUT_MS_MIN, config.global.place.childWaitMs),
  },
}).createMachine({
  id: "worker",
  context: ({ input }) => ({ ...input, quickDeathCount: 0 }),
  invoke: {
    src: "io",
    id: "io",
    input: ({ context: { name, config, verdicts } }) => ({ name, config, verdicts }),
  },
  initial: "starting",
  on: { REFUSED: ".ended", TRACKED: { actions: "rememberVerdicts" } },
  states: {
    starting: {
      entry: "spawnProcess",
      on: {
        READY: "running",
        RECONFIGURE: { actions: ["adoptConfig", "deliverConfig"] },
        TRACKED: { actions: ["rememberVerdicts", "deliverNews"] },
        EXITED: { target: "waiting", actions: ["countDeath", "reportRestart"] },
        SHUTDOWN: "stopping",
      },
      after: { readyTimeout: "stuck" },
    },
    stuck: { // Alive, but it never became ready: no use waiting any longer.
      entry: "killProcess",
      on: {
        RECONFIGURE: { actions: "adoptConfig" },
        EXITED: { target: "waiting", actions: ["countDeath", "reportRestart"] },
        SHUTDOWN: "stopping",
      },
    },
    running: {
      on: {
        RECONFIGURE: { actions: ["adoptConfig", "deliverConfig"] },
        TRACKED: { actions: ["rememberVerdicts", "deliverNews"] },
        EXITED: { target: "waiting", actions: ["countDeath", "reportRestart"] },
        SHUTDOWN: "stopping",
      },
    },
    waiting: {
      on: {
        RECONFIGURE: { actions: "adoptConfig" },
        SHUTDOWN: "ended",
      },
      after: { backoff: "starting" },
    },
    stopping: {
      entry: "stopProcess",
      on: { EXITED: "ended" },
      after: { stopTimeout: "killing" },
    },
    killing: { entry: "killProcess", on: { EXITED: "ended" } },
    ended: { type: "final" },
  },
});
