/**
 * Tracked processes: which count, and when their number counts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createActor, setup } from "xstate";
import { isCounted, quorumVerdict } from "../../machines/process_rules.ts";
import {
  processTracker,
  type ProcessTrackerCommand,
  type ProcessTrackerFact,
} from "../../machines/process_tracker.ts";
import type { TrackedNews } from "../../machines/script_tracker.ts";
import type { TrackProcessConfig } from "../../machines/track_config.ts";
import { VirtualTime } from "../virtual_time.ts";
import { during, recordingDoor, taken } from "./machine_runner.ts";

const PROCESS: TrackProcessConfig = {
  name: "p",
  command: ["sshd"],
  weight: 0,
  reversed: false,
  quorum: 1,
  terminateDelayMs: 0,
  forkDelayMs: 0,
  fullCommand: false,
};

/** What is wanted, as a row says it: a command, and `=`, `<` or `^` for how arguments compare. */
function wanted(text: string): Pick<TrackProcessConfig, "command" | "arguments" | "fullCommand"> {
  const [how = "", ...command] = text.split(" ");
  const compared = ({ "=": "exact", "<": "partial", "^": "initial" } as const)[how];
  return { command, fullCommand: how === "full", ...(compared && { arguments: compared }) };
}

// As Debian's keepalived 2.2.7 counts, but for the rows that say otherwise.
// deno-fmt-ignore
const COUNTED: [name: string, wanted: string, comm: string, args: string, boolean][] = [
  ["by name",                            "name sshd",         "sshd",            "/usr/sbin/sshd -D", true],
  ["another name",                       "name sshd",         "sshd2",           "sshd",              false],
  ["a script by its own name",           "name k.sh",         "k.sh",            "/bin/sh k.sh",      true],
  ["a thread of the kernel",             "name kthreadd",     "kthreadd",        "",                  true],
  ["15 octets of a name",                "name verylongprocess", "verylongprocess", "x",              true],
  ["a longer one is cut (keepalived: never found)", "name verylongprocessname", "verylongprocess", "x", true],
  ["a path is no name (keepalived: never found)",   "name /bin/sleep",          "sleep", "/bin/sleep 9", true],
  ["a path as it was called",            "full /bin/sleep",   "sleep",           "/bin/sleep 9",      true],
  ["another path to it",                 "full /bin/sleep",   "sleep",           "/usr/bin/sleep 9",  false],
  ["a full command without a path",      "full sleep",        "sleep",           "sleep",             true],
  ["arguments, exactly",                 "= /bin/sleep 9",    "sleep",           "/bin/sleep 9",      true],
  ["one argument more",                  "= /bin/sleep 9",    "sleep",           "/bin/sleep 9 9",    false],
  ["one argument less",                  "= /bin/sleep 9 9",  "sleep",           "/bin/sleep 9",      false],
  ["no arguments",                       "= /bin/sleep",      "sleep",           "/bin/sleep 9",      false],
  ["another program",                    "= sleep 9",         "sleep",           "/bin/sleep 9",      false],
  ["partial: the first ones",            "< /bin/x a b",      "x",               "/bin/x a b c",      true],
  ["partial: whole words",               "< /bin/x a b",      "x",               "/bin/x a bc",       false],
  ["initial: the begin of the last",     "^ /bin/sleep 10",   "sleep",           "/bin/sleep 1001",   true],
  ["initial: the others as they are",    "^ /bin/x a b",      "x",               "/bin/x ab b",       false],
  ["initial: none is there",             "^ /bin/x a",        "x",               "/bin/x",            false],
];
for (const [name, what, comm, args, expected] of COUNTED) {
  Deno.test(`isCounted: ${name}`, () => {
    const process = { name: comm, arguments: args === "" ? [] : args.split(" ") };
    assertEquals(isCounted(wanted(what), process), expected);
  });
}

// deno-fmt-ignore
const QUORUMS: [quorum: number, quorumMax: number | undefined, states: string][] = [
  [1, undefined, "bggg"],
  [2, undefined, "bbgg"],
  [0, 0,         "gbbb"],
  [1, 2,         "bggb"],
  [2, 2,         "bbgb"],
];
for (const [quorum, quorumMax, states] of QUORUMS) {
  Deno.test(`quorumVerdict: ${quorum} to ${quorumMax ?? "any"}`, () => {
    const bounds = { quorum, ...(quorumMax !== undefined && { quorumMax }) };
    const seen = [0, 1, 2, 3].map((count) => quorumVerdict(bounds, count).state[0]);
    assertEquals(seen.join(""), states);
  });
}

/** A tracker whose processes are as many as the test says. */
function tracked(change: Partial<TrackProcessConfig> = {}) {
  const time = new VirtualTime();
  const lines: string[] = [];
  let door: ((fact: ProcessTrackerFact) => void) | undefined;
  const io = recordingDoor<ProcessTrackerCommand, TrackProcessConfig, ProcessTrackerFact>(
    lines,
    () => "io",
    (command) =>
      command.type === "WATCH" ? "watch" : command.isGood ? "reports good" : "reports bad",
    (_command, tell) => void (door = tell),
  );
  const parent = setup({
    types: {} as { events: TrackedNews },
    actors: { process: processTracker.provide({ actors: { io } }) },
  }).createMachine({
    invoke: { src: "process", id: "process", input: { ...PROCESS, ...change } },
    on: {
      TRACKED: {
        actions: ({ event }) => {
          const verdict = event.verdicts["process p"];
          const why = verdict?.state === "bad" ? ` (${verdict.why})` : "";
          lines.push(`${time.nowMs}: ${verdict?.state}${why}`);
        },
      },
    },
  });
  const actor = createActor(parent, { clock: time.clock }).start();
  const now = () => taken(lines).filter((line) => !line.startsWith("io: "));
  const count = (number: number) => door?.({ type: "COUNTED", count: number, atMs: time.nowMs });
  return {
    lines,
    now,
    count,
    counted: (number: number) => {
      count(number);
      return now();
    },
    pass: (durationMs: number) =>
      during(time, durationMs, lines).filter((line) => !line.startsWith("io: ")),
    reconfigure: (next: Partial<TrackProcessConfig>) => {
      const config = { ...PROCESS, ...change, ...next };
      actor.getSnapshot().children.process?.send({ type: "RECONFIGURE", config });
    },
  };
}

Deno.test("processTracker: the first count decides at once, then only what changes is told", () => {
  const { lines, counted } = tracked({ forkDelayMs: 5_000, terminateDelayMs: 5_000 });
  assertEquals(taken(lines), ["io: opened", "io: watch"]);
  assertEquals(counted(0), ["0: bad (0 running, at least 1 must)"]);
  assertEquals(counted(0), []);
  const other = tracked();
  assertEquals(other.counted(1), ["0: good"]);
  assertEquals(other.counted(2), []);
  assertEquals(other.counted(0), ["0: bad (0 running, at least 1 must)"]);
});

Deno.test("processTracker: what is told is reported", () => {
  const { lines, count } = tracked();
  taken(lines);
  count(1);
  count(2);
  count(0);
  const reports = taken(lines).filter((line) => line.startsWith("io: "));
  assertEquals(reports, ["io: reports good", "io: reports bad"]);
});

// deno-fmt-ignore
const DELAYS: [name: string, Partial<TrackProcessConfig>, steps: (number | string)[], told: string[]][] = [
  ["a lost quorum counts after terminate_delay",  {}, [1, 0, "1999", "1"], ["0: good", "2000: bad"]],
  ["one that comes back in time never counts",    {}, [1, 0, "1999", 1, "5000"], ["0: good"]],
  ["a reached quorum counts after fork_delay",    {}, [0, 1, "2999", "1"], ["0: bad", "3000: good"]],
  ["further changes do not prolong the wait",     { quorum: 2 }, [3, 1, "1000", 0, "1000"], ["0: good", "2000: bad"]],
  ["too many: fork_delay",                        { quorumMax: 1 }, [1, 2, "2999", "1"], ["0: good", "3000: bad"]],
  ["no longer too many: terminate_delay",         { quorumMax: 1 }, [2, 1, "1999", "1"], ["0: bad", "2000: good"]],
  ["from too few to too many is no news",         { quorumMax: 1 }, [0, 2, "9999"], ["0: bad"]],
];
for (const [name, change, steps, told] of DELAYS) {
  Deno.test(`processTracker: ${name}`, () => {
    const { counted, pass } = tracked({ forkDelayMs: 3_000, terminateDelayMs: 2_000, ...change });
    const seen = steps.flatMap((step) =>
      typeof step === "number" ? counted(step) : pass(Number(step))
    );
    assertEquals(seen.map((line) => line.replace(/ \(.*/, "")), told);
  });
}

Deno.test("processTracker reload: counted anew, what was known stays until then", () => {
  const { lines, now, counted, pass, reconfigure } = tracked({ terminateDelayMs: 5_000 });
  counted(1);
  counted(0);
  taken(lines);
  reconfigure({ quorum: 2, terminateDelayMs: 9_000 });
  assertEquals(taken(lines), ["io: watch"]);
  assertEquals(pass(5_000), [], "the wait was the old configuration's");
  assertEquals(counted(1), ["5000: bad (1 running, at least 2 must)"], "at once");
  assertEquals(now(), []);
});
