/**
 * Tracked processes of one kind: whether as many run as should, which goes to the root.
 *
 * What a new process causes counts after `fork_delay`, what the end of one causes after
 * `terminate_delay`, and neither if it is undone before.
 *
 * @module
 */
import { assign, enqueueActions, sendTo, setup } from "xstate";
import { port } from "./port.ts";
import { quorumVerdict } from "./process_rules.ts";
import type { TrackedNews } from "./script_tracker.ts";
import { trackedObject, type Verdict } from "./standing.ts";
import type { TrackProcessConfig } from "./track_config.ts";

/** What can happen to tracked processes. */
export type ProcessTrackerFact =
  /** So many run, `atMs` on the scale of the clock. */
  | { readonly type: "COUNTED"; readonly count: number; readonly atMs: number }
  | { readonly type: "RECONFIGURE"; readonly config: TrackProcessConfig };

/** What a tracker of processes asks of the world. */
export type ProcessTrackerCommand =
  /** Counts them from now on. */
  | { readonly type: "WATCH"; readonly config: TrackProcessConfig }
  | { readonly type: "REPORT_QUORUM"; readonly isGood: boolean; readonly count: number };

interface Context {
  readonly config: TrackProcessConfig;
  /** As last counted; undefined: not since the configuration is in force. */
  readonly count: number | undefined;
  /** Whether the last change of the count was that there are fewer. */
  readonly isFewer: boolean;
  /** When the count was made. */
  readonly atMs: number;
  /** As last told; undefined: never. */
  readonly verdict: Verdict | undefined;
}

function isNews({ config, verdict }: Context, count: number): boolean {
  return quorumVerdict(config, count).state !== verdict?.state;
}

function delayMs({ config, count }: Context, next: number): number {
  if (count === undefined) return 0;
  return next < count ? config.terminateDelayMs : config.forkDelayMs;
}

/** The machine of processes of one kind. */
export const processTracker = setup({
  types: {} as { context: Context; events: ProcessTrackerFact; input: TrackProcessConfig },
  actors: { io: port<ProcessTrackerCommand, TrackProcessConfig>() },
  guards: {
    countsAtOnce: ({ context, event }) =>
      event.type === "COUNTED" && isNews(context, event.count) &&
      delayMs(context, event.count) === 0,
    countsLater: ({ context, event }) => event.type === "COUNTED" && isNews(context, event.count),
    isUndone: ({ context, event }) => event.type === "COUNTED" && !isNews(context, event.count),
  },
  actions: {
    watch: sendTo("io", ({ context: { config } }) => ({
      type: "WATCH",
      config,
    } satisfies ProcessTrackerCommand)),
    count: assign(({ context, event }) =>
      event.type === "COUNTED"
        ? {
          count: event.count,
          isFewer: event.count < (context.count ?? 0),
          atMs: event.atMs,
        }
        : {}
    ),
    tell: enqueueActions(({ context, enqueue }) => {
      const { config, count = 0, atMs } = context;
      if (!isNews(context, count)) return;
      const verdict = quorumVerdict(config, count);
      enqueue.assign({ verdict });
      enqueue.sendTo(
        "io",
        {
          type: "REPORT_QUORUM",
          isGood: verdict.state === "good",
          count,
        } satisfies ProcessTrackerCommand,
      );
      enqueue.sendParent(
        {
          type: "TRACKED",
          verdicts: { [trackedObject({ kind: "process", name: config.name })]: verdict },
          atMs,
        } satisfies TrackedNews,
      );
    }),
    // The verdict stays until they are counted again: a reload alone must not change a role.
    adoptConfig: assign(({ event }) =>
      event.type === "RECONFIGURE" ? { config: event.config, count: undefined } : {}
    ),
  },
  delays: {
    patience: ({ context: { config, isFewer } }) =>
      isFewer ? config.terminateDelayMs : config.forkDelayMs,
  },
}).createMachine({
  id: "process",
  context: ({ input }) => ({
    config: input,
    count: undefined,
    isFewer: false,
    atMs: 0,
    verdict: undefined,
  }),
  invoke: { src: "io", id: "io", input: ({ context }) => context.config },
  initial: "watching",
  states: {
    watching: {
      entry: "watch",
      initial: "settled",
      on: { RECONFIGURE: { target: "watching", reenter: true, actions: "adoptConfig" } },
      states: {
        settled: {
          on: {
            COUNTED: [
              { guard: "countsAtOnce", actions: ["count", "tell"] },
              { guard: "countsLater", target: "doubting", actions: "count" },
              { actions: "count" },
            ],
          },
        },
        doubting: {
          on: {
            COUNTED: [
              { guard: "isUndone", target: "settled", actions: "count" },
              { actions: "count" },
            ],
          },
          after: { patience: { target: "settled", actions: "tell" } },
        },
      },
    },
  },
});
