/**
 * One tracked script: started at each interval, never twice at once, ended when it takes too long.
 *
 * What it finds out goes to the root, which tells everybody who tracks it.
 *
 * @module
 */
import { assign, enqueueActions, raise, sendTo, setup } from "xstate";
import { port } from "./port.ts";
import { nextCount, verdictOf } from "./script_rules.ts";
import { sameVerdict, trackedObject, type Verdict, type Verdicts } from "./standing.ts";
import type { VrrpScriptConfig } from "./track_config.ts";

/** What can happen to a script. */
export type ScriptTrackerFact =
  | {
    readonly type: "ENDED";
    /** Absent: it succeeded. Else why not: `exit status 1`. */
    readonly failure?: string;
    /** When, on the scale of the clock. */
    readonly atMs: number;
  }
  | { readonly type: "RECONFIGURE"; readonly config: VrrpScriptConfig }
  /** It is time for the next run. */
  | { readonly type: "DUE" };

/** What a script's tracker asks of the world. */
export type ScriptTrackerCommand =
  | { readonly type: "RUN"; readonly config: VrrpScriptConfig }
  /** Asks the script and all its children to end. */
  | { readonly type: "TERMINATE" }
  | { readonly type: "KILL" }
  | { readonly type: "REPORT_TIMEOUT" }
  /** It is about to be started, but the last run goes on. */
  | { readonly type: "REPORT_OVERRUN" };

/** News for everybody who tracks the object, by way of the root. */
export interface TrackedNews {
  readonly type: "TRACKED";
  readonly verdicts: Verdicts;
  readonly atMs: number;
}

interface Context {
  readonly config: VrrpScriptConfig;
  /** See script_rules.ts; undefined before the first result. */
  readonly count: number | undefined;
  /** As last told. */
  readonly verdict: Verdict;
  readonly timedOut: boolean;
}

const TERMINATION_MS = 2_000;

/** Whether another command is run, or by somebody else: what is known of the old one is nothing. */
function isAnother(a: VrrpScriptConfig, b: VrrpScriptConfig): boolean {
  const what = ({ script, runAs }: VrrpScriptConfig) => JSON.stringify([script, runAs]);
  return what(a) !== what(b);
}

/** The machine of one script. */
export const scriptTracker = setup({
  types: {} as { context: Context; events: ScriptTrackerFact; input: VrrpScriptConfig },
  actors: { io: port<ScriptTrackerCommand, VrrpScriptConfig>() },
  actions: {
    becomeDue: raise({ type: "DUE" }),
    // init_fail, which keepalived forgets as soon as something tracks the script.
    tellAtStart: enqueueActions(({ context: { config, verdict }, enqueue }) => {
      if (!config.startsFailed) return;
      enqueue.sendParent(
        {
          type: "TRACKED",
          verdicts: { [trackedObject({ kind: "script", name: config.name })]: verdict },
          atMs: 0,
        } satisfies TrackedNews,
      );
    }),
    judge: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "ENDED") return;
      const { config, timedOut } = context;
      const failure = timedOut ? "timed out" : event.failure;
      const count = nextCount(config, context.count, failure === undefined);
      // A success that is not enough yet leaves the reason as it was.
      const before = context.verdict.state === "bad" ? context.verdict.why : undefined;
      const verdict = verdictOf(config, count, failure ?? before);
      enqueue.assign({ count, verdict, timedOut: false });
      if (sameVerdict(verdict, context.verdict)) return;
      enqueue.sendParent(
        {
          type: "TRACKED",
          verdicts: { [trackedObject({ kind: "script", name: config.name })]: verdict },
          atMs: event.atMs,
        } satisfies TrackedNews,
      );
    }),
    // The verdict stays until there is another: a reload alone must not change a role.
    adoptConfig: assign(({ context, event }) =>
      event.type === "RECONFIGURE"
        ? {
          config: event.config,
          count: isAnother(context.config, event.config) ? undefined : context.count,
        }
        : {}
    ),
    rememberTimeout: assign({ timedOut: true }),
    run: sendTo("io", ({ context: { config } }) => ({
      type: "RUN",
      config,
    } satisfies ScriptTrackerCommand)),
    terminate: sendTo("io", { type: "TERMINATE" } satisfies ScriptTrackerCommand),
    kill: sendTo("io", { type: "KILL" } satisfies ScriptTrackerCommand),
    reportTimeout: sendTo("io", { type: "REPORT_TIMEOUT" } satisfies ScriptTrackerCommand),
    reportOverrun: sendTo("io", { type: "REPORT_OVERRUN" } satisfies ScriptTrackerCommand),
  },
  delays: {
    interval: ({ context }) => context.config.intervalMs,
    timeout: ({ context }) => context.config.timeoutMs,
    termination: TERMINATION_MS,
  },
}).createMachine({
  id: "script",
  context: ({ input }) => ({
    config: input,
    count: input.startsFailed ? 0 : undefined,
    verdict: input.startsFailed
      ? { state: "bad", why: "it did not run yet" }
      : { state: "pending" },
    timedOut: false,
  }),
  invoke: { src: "io", id: "io", input: ({ context }) => context.config },
  type: "parallel",
  entry: "tellAtStart",
  on: { RECONFIGURE: { actions: "adoptConfig" } },
  states: {
    schedule: {
      initial: "waiting",
      states: {
        waiting: {
          entry: "becomeDue",
          after: { interval: { target: "waiting", reenter: true } },
        },
      },
    },
    process: {
      initial: "idle",
      states: {
        idle: { on: { DUE: "running" } },
        running: {
          entry: "run",
          on: {
            ENDED: { target: "idle", actions: "judge" },
            DUE: { actions: "reportOverrun" },
          },
          after: {
            timeout: { target: "terminating", actions: ["rememberTimeout", "reportTimeout"] },
          },
        },
        terminating: {
          entry: "terminate",
          on: { ENDED: { target: "idle", actions: "judge" } },
          after: { termination: "killing" },
        },
        killing: { // Again and again: what hangs in the kernel goes when it comes back.
          entry: "kill",
          on: { ENDED: { target: "idle", actions: "judge" } },
          after: { termination: { target: "killing", reenter: true } },
        },
      },
    },
  },
});
