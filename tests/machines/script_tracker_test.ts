/**
 * Tracked scripts: the counter as a table, and the tracker under virtual time.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createActor, setup } from "xstate";
import { nextCount, verdictOf } from "../../machines/script_rules.ts";
import {
  scriptTracker,
  type ScriptTrackerCommand,
  type ScriptTrackerFact,
  type TrackedNews,
} from "../../machines/script_tracker.ts";
import type { VrrpScriptConfig } from "../../machines/track_config.ts";
import { VirtualTime } from "../virtual_time.ts";
import { during, recordingDoor, taken } from "./machine_runner.ts";

// deno-fmt-ignore
const RESULTS: [name: string, rise: number, fall: number, results: string, states: string][] = [
  ["the first success is enough", 3, 3, "+", "g"],
  ["the first failure is enough", 3, 3, "-", "b"],
  ["rise successes in a row", 3, 1, "-++-+++", "bbbbbbg"],
  ["fall failures in a row", 1, 3, "+--+---", "ggggggb"],
  ["one of each", 1, 1, "+-+-", "gbgb"],
  ["both", 2, 2, "+-+--+-++", "ggggbbbbg"],
];
for (const [name, rise, fall, results, states] of RESULTS) {
  Deno.test(`nextCount: ${name}`, () => {
    let count: number | undefined;
    const seen = [...results].map((result) => {
      count = nextCount({ rise, fall }, count, result === "+");
      return verdictOf({ rise, fall }, count, undefined).state[0];
    });
    assertEquals(seen.join(""), states);
  });
}

const CHECK: VrrpScriptConfig = {
  name: "chk",
  script: { command: ["/bin/check"] },
  intervalMs: 1_000,
  timeoutMs: 1_000,
  weight: 0,
  reversed: false,
  rise: 1,
  fall: 1,
  startsFailed: false,
};

/** A tracker whose runs end when the test says so. */
function tracked(change: Partial<VrrpScriptConfig> = {}) {
  const time = new VirtualTime();
  const lines: string[] = [];
  const doors: ((fact: ScriptTrackerFact) => void)[] = [];
  const io = recordingDoor<ScriptTrackerCommand, VrrpScriptConfig, ScriptTrackerFact>(
    lines,
    () => `${time.nowMs}`,
    ({ type }) => type,
    (_command, tell) => doors.push(tell),
  );
  const parent = setup({
    types: {} as { events: TrackedNews },
    actors: { script: scriptTracker.provide({ actors: { io } }) },
  }).createMachine({
    invoke: { src: "script", id: "script", input: { ...CHECK, ...change } },
    on: {
      TRACKED: {
        actions: ({ event }) => {
          const verdict = event.verdicts["script chk"];
          const why = verdict?.state === "bad" ? ` (${verdict.why})` : "";
          lines.push(`${time.nowMs}: ${verdict?.state}${why}`);
        },
      },
    },
  });
  const actor = createActor(parent, { clock: time.clock }).start();
  return {
    pass: (durationMs: number) => during(time, durationMs, lines),
    now: () => taken(lines).filter((line) => !line.endsWith("opened")),
    end: (failure?: string) =>
      doors.at(-1)?.({
        type: "ENDED",
        atMs: time.nowMs,
        ...(failure !== undefined && { failure }),
      }),
    reconfigure: (next: Partial<VrrpScriptConfig>) =>
      actor.getSnapshot().children.script?.send({
        type: "RECONFIGURE",
        config: { ...CHECK, ...change, ...next },
      }),
  };
}

Deno.test("scriptTracker: runs at once and at each interval, tells only what changes", () => {
  const { now, pass, end } = tracked();
  assertEquals(now(), ["0: RUN"]);
  end();
  assertEquals(now(), ["0: good"]);
  assertEquals(pass(1_000), ["1000: RUN"]);
  end();
  assertEquals(pass(1_000), ["2000: RUN"]);
  end("exit status 1");
  assertEquals(now(), ["2000: bad (exit status 1)"]);
  pass(1_000);
  end("exit status 2");
  assertEquals(now(), ["3000: bad (exit status 2)"], "why it is bad is news");
});

Deno.test("scriptTracker: never two at once; what takes too long is ended, and has failed", () => {
  const { now, pass, end } = tracked({ intervalMs: 1_000, timeoutMs: 2_500 });
  now();
  assertEquals(pass(2_499), ["1000: REPORT_OVERRUN", "2000: REPORT_OVERRUN"]);
  assertEquals(pass(1), ["2500: REPORT_TIMEOUT", "2500: TERMINATE"]);
  assertEquals(pass(2_000), ["4500: KILL"], "it did not listen");
  end("signal 9");
  assertEquals(now(), ["4500: bad (timed out)"]);
  assertEquals(pass(500), ["5000: RUN"]);
});

Deno.test("scriptTracker: the timeout is that of each run", () => {
  const { now, pass, end } = tracked({ intervalMs: 5_000, timeoutMs: 1_000 });
  now();
  pass(999);
  end();
  assertEquals([now(), pass(4_000)], [["999: good"], []]);
});

Deno.test("scriptTracker: init_fail is bad until rise successes", () => {
  const { now, pass, end } = tracked({ startsFailed: true, rise: 2 });
  assertEquals(now(), ["0: RUN", "0: bad (it did not run yet)"]);
  end();
  assertEquals(now(), []);
  pass(1_000);
  end();
  assertEquals(now(), ["1000: good"]);
});

Deno.test("scriptTracker reload: another command decides with its first result", () => {
  const { now, pass, end, reconfigure } = tracked({ fall: 3 });
  end();
  now();
  reconfigure({ script: { command: ["/bin/other"] } });
  assertEquals(now(), [], "what was found out stays until then");
  pass(1_000);
  end("exit status 1");
  assertEquals(now(), ["1000: bad (exit status 1)"]);
});

Deno.test("scriptTracker reload: the same command goes on counting", () => {
  const { now, pass, end, reconfigure } = tracked({ fall: 2 });
  end();
  now();
  reconfigure({ intervalMs: 500 });
  pass(1_000);
  end("exit status 1");
  assertEquals(now(), []);
  assertEquals(pass(500), ["1500: RUN"]);
});
