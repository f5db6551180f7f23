/**
 * One tracked file: its number goes to the root, which tells everybody who tracks it.
 *
 * @module
 */
import { assign, enqueueActions, sendTo, setup } from "xstate";
import { port } from "./port.ts";
import type { TrackedNews } from "./script_tracker.ts";
import { sameVerdict, trackedObject, type Verdict } from "./standing.ts";
import type { TrackFileConfig } from "./track_config.ts";

/** What can happen to a tracked file. */
export type FileTrackerFact =
  /** Its number as of now, `atMs` on the scale of the clock; 0 for a file that is not there. */
  | { readonly type: "READ"; readonly value: number; readonly atMs: number }
  /** It cannot be read, or holds no number that counts. */
  | { readonly type: "UNREADABLE"; readonly atMs: number }
  | { readonly type: "RECONFIGURE"; readonly config: TrackFileConfig };

/** What a file's tracker asks of the world. */
export type FileTrackerCommand =
  /** Tells of the file from now on, beginning with what is in it. */
  | { readonly type: "WATCH"; readonly path: string }
  /** Writes the file, unless it is there and `overwrites` is false. */
  | {
    readonly type: "INITIALIZE";
    readonly path: string;
    readonly value: number;
    readonly overwrites: boolean;
  };

/** What a file's tracker is started with. */
export interface FileTrackerInput {
  readonly config: TrackFileConfig;
  /** Whether the daemon starts: a reload writes to no file. */
  readonly initializes: boolean;
}

interface Context extends FileTrackerInput {
  /** As last told; undefined: never. */
  readonly verdict: Verdict | undefined;
}

/** What counts of a file that has never been readable: keepalived takes it for empty. */
const EMPTY: Verdict = { state: "value", value: 0 };

/** The machine of one file. */
export const fileTracker = setup({
  types: {} as { context: Context; events: FileTrackerFact; input: FileTrackerInput },
  actors: { io: port<FileTrackerCommand, FileTrackerInput>() },
  guards: {
    isInitialized: ({ context: { config, initializes } }) =>
      initializes && config.initial !== undefined,
    isElsewhere: ({ context, event }) =>
      event.type === "RECONFIGURE" && event.config.path !== context.config.path,
  },
  actions: {
    initialize: sendTo("io", ({ context: { config: { path, initial } } }) => ({
      type: "INITIALIZE",
      path,
      value: initial?.value ?? 0,
      overwrites: initial?.overwrites ?? false,
    } satisfies FileTrackerCommand)),
    watch: sendTo("io", ({ context: { config: { path } } }) => ({
      type: "WATCH",
      path,
    } satisfies FileTrackerCommand)),
    judge: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === "RECONFIGURE") return;
      // What cannot be read says nothing: the number it had stays.
      const verdict: Verdict = event.type === "READ"
        ? { state: "value", value: event.value }
        : context.verdict ?? EMPTY;
      if (sameVerdict(verdict, context.verdict)) return;
      enqueue.assign({ verdict });
      enqueue.sendParent(
        {
          type: "TRACKED",
          verdicts: { [trackedObject({ kind: "file", name: context.config.name })]: verdict },
          atMs: event.atMs,
        } satisfies TrackedNews,
      );
    }),
    // The number stays until another is read: a reload alone must not change a role.
    adoptConfig: assign(({ event }) =>
      event.type === "RECONFIGURE" ? { config: event.config } : {}
    ),
  },
}).createMachine({
  id: "file",
  context: ({ input }) => ({ ...input, verdict: undefined }),
  invoke: {
    src: "io",
    id: "io",
    input: ({ context: { config, initializes } }) => ({ config, initializes }),
  },
  initial: "starting",
  states: {
    starting: {
      always: [
        { guard: "isInitialized", target: "watching", actions: "initialize" },
        { target: "watching" },
      ],
    },
    watching: {
      entry: "watch",
      on: {
        READ: { actions: "judge" },
        UNREADABLE: { actions: "judge" },
        RECONFIGURE: [
          { guard: "isElsewhere", target: "watching", reenter: true, actions: "adoptConfig" },
          { actions: "adoptConfig" },
        ],
      },
    },
  },
});
