/**
 * Scripts that are waited for, under virtual time.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { runAwaited } from "../../../engine/lifecycle/awaited_script.ts";
import { Log } from "../../../engine/log.ts";
import type { ScriptStarter } from "../../../engine/scripts/script_runner.ts";
import type { Exit } from "../../../net/sys/spawn.ts";
import { VirtualTime } from "../../virtual_time.ts";

const TIMEOUT_MS = 3_000;

/** Runs a script; `ends` says what it makes of a signal. */
function run(refusal?: string, ends: (signal: number) => boolean = () => false) {
  const time = new VirtualTime();
  const said: string[] = [];
  let exit = (_: Exit) => {};
  const starter: ScriptStarter = {
    start: (_, { onEnded }) => {
      exit = onEnded;
      if (refusal !== undefined) return refusal;
      return {
        pid: 1,
        signal: (signal) => {
          said.push(`signal ${signal}`);
          if (ends(signal)) onEnded({ signal });
        },
      };
    },
  };
  const log = new Log((level, text) => said.push(`${level}: ${text}`), () => time.clock.now());
  const run = { script: { command: ["/x", "y"] }, timeoutMs: TIMEOUT_MS };
  runAwaited({ starter, clock: time.clock, log }, "startup", run, () => said.push("then"));
  return { time, said, exit: (how: Exit) => exit(how) };
}

const RUNNING = "info: Running startup script /x y";

Deno.test("runAwaited: goes on when it has ended, well or not", () => {
  const well = run();
  assertEquals(well.said, [RUNNING]);
  well.exit({ exitCode: 0 });
  assertEquals(well.said, [RUNNING, "info: startup script succeeded", "then"]);
  assertEquals(well.time.clock.timerCount, 0);
  const badly = run();
  badly.exit({ exitCode: 3 });
  assertEquals(badly.said.slice(1), ["warning: startup script failed: exit status 3", "then"]);
});

Deno.test("runAwaited: goes on when it cannot be run", () => {
  assertEquals(run("no such program").said, [
    RUNNING,
    "warning: startup script cannot run: no such program",
    "then",
  ]);
});

Deno.test("runAwaited: ends what takes too long", () => {
  const { time, said } = run(undefined, (signal) => signal === 15);
  time.runFor(TIMEOUT_MS - 1);
  assertEquals(said, [RUNNING]);
  time.runFor(1);
  assertEquals(said, [RUNNING, "signal 15", "warning: startup script timed out", "then"]);
});

Deno.test("runAwaited: kills what does not end, and gives up what cannot be killed", () => {
  const { time, said, exit } = run();
  time.runFor(TIMEOUT_MS);
  time.runFor(1_999);
  assertEquals(said, [RUNNING, "signal 15"]);
  time.runFor(1);
  assertEquals(said.at(-1), "signal 9");
  time.runFor(2_000);
  const givenUp = [
    RUNNING,
    "signal 15",
    "signal 9",
    "warning: startup script does not end: given up",
  ];
  assertEquals(said, [...givenUp, "then"]);
  exit({ signal: 9 });
  assertEquals(said, [...givenUp, "then"], "then is called once");
});
