/**
 * Tracked files: what is told of them, and what a reload does.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createActor, setup } from "xstate";
import {
  fileTracker,
  type FileTrackerCommand,
  type FileTrackerFact,
  type FileTrackerInput,
} from "../../machines/file_tracker.ts";
import type { TrackedNews } from "../../machines/script_tracker.ts";
import type { TrackFileConfig } from "../../machines/track_config.ts";
import { recordingDoor, taken } from "./machine_runner.ts";

const FILE: TrackFileConfig = { name: "f", path: "/run/number", weight: 1, reversed: false };

function describe(command: FileTrackerCommand): string {
  if (command.type === "WATCH") return `watch ${command.path}`;
  const { path, value, overwrites } = command;
  return `${overwrites ? "over" : ""}write ${value} to ${path}`;
}

/** A tracker whose file says what the test says. */
function tracked(change: Partial<TrackFileConfig> = {}, initializes = true) {
  const lines: string[] = [];
  let door: ((fact: FileTrackerFact) => void) | undefined;
  const io = recordingDoor<FileTrackerCommand, FileTrackerInput, FileTrackerFact>(
    lines,
    () => "io",
    describe,
    (_command, tell) => void (door = tell),
  );
  const parent = setup({
    types: {} as { events: TrackedNews },
    actors: { file: fileTracker.provide({ actors: { io } }) },
  }).createMachine({
    invoke: { src: "file", id: "file", input: { config: { ...FILE, ...change }, initializes } },
    on: {
      TRACKED: {
        actions: ({ event }) => {
          const verdict = event.verdicts["file f"];
          lines.push(`${event.atMs}: ${verdict?.state === "value" ? verdict.value : verdict}`);
        },
      },
    },
  });
  const actor = createActor(parent).start();
  const now = () => taken(lines).filter((line) => line !== "io: opened");
  return {
    now,
    says: (value: number | undefined, atMs = 0) => {
      door?.(value === undefined ? { type: "UNREADABLE", atMs } : { type: "READ", value, atMs });
      return now();
    },
    reconfigure: (next: Partial<TrackFileConfig>) => {
      const config = { ...FILE, ...change, ...next };
      actor.getSnapshot().children.file?.send({ type: "RECONFIGURE", config });
      return now();
    },
  };
}

Deno.test("fileTracker: tells the first number, and each other one", () => {
  const { now, says } = tracked();
  assertEquals(now(), ["io: watch /run/number"]);
  assertEquals(says(7, 10), ["10: 7"]);
  assertEquals(says(7, 20), [], "written again");
  assertEquals(says(0, 30), ["30: 0"]);
});

Deno.test("fileTracker: what cannot be read leaves the number as it was, at first 0", () => {
  const { now, says } = tracked();
  now();
  assertEquals(says(undefined, 5), ["5: 0"]);
  assertEquals(says(-3, 10), ["10: -3"]);
  assertEquals(says(undefined, 20), []);
});

// deno-fmt-ignore
const INITIAL: [name: string, TrackFileConfig["initial"], initializes: boolean, string[]][] = [
  ["is written before it is watched", { value: 3, overwrites: false }, true,  ["io: write 3 to /run/number", "io: watch /run/number"]],
  ["is written over another",         { value: 0, overwrites: true },  true,  ["io: overwrite 0 to /run/number", "io: watch /run/number"]],
  ["is not written by a reload",      { value: 3, overwrites: true },  false, ["io: watch /run/number"]],
];
for (const [name, initial, initializes, expected] of INITIAL) {
  Deno.test(`fileTracker: init_file ${name}`, () => {
    assertEquals(tracked(initial && { initial }, initializes).now(), expected);
  });
}

Deno.test("fileTracker reload: another path is watched, the number stays until it is read", () => {
  const { now, says, reconfigure } = tracked({ initial: { value: 1, overwrites: true } });
  now();
  says(5);
  assertEquals(reconfigure({ weight: 2 }), [], "weights are the trackers' affair");
  assertEquals(reconfigure({ path: "/run/other" }), ["io: watch /run/other"]);
  assertEquals(says(5), []);
  assertEquals(says(6), ["0: 6"]);
});
