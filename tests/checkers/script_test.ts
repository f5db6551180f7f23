import { assert, assertEquals } from "@std/assert";
import { judgeExit, probeScript, type ScriptOptions } from "../../checkers/script.ts";
import { until } from "../lab/command.ts";
import { IS_ROOT } from "../net/namespace.ts";
import { gist, ProbeLab } from "./probe_lab.ts";

const shell = (text: string, more: Partial<ScriptOptions> = {}): ScriptOptions => ({
  command: ["/bin/sh", "-c", text],
  environment: ["PATH=/usr/bin:/bin"],
  timeoutMs: 10_000,
  isDynamic: false,
  ...more,
});

// deno-fmt-ignore
const rows: [name: string, ScriptOptions, expected: string][] = [
  ["0",                         shell("exit 0"),                                    "passed"],
  ["1",                         shell("exit 1"),                                    "failed: script failed (exit status 1)"],
  ["a signal",                  shell("kill -USR1 $$"),                             "failed: script killed (by signal 10)"],
  ["its environment is as given", shell('[ "$A" = "b c" ] && [ -z "$HOME" ]', { environment: ["A=b c"] }), "passed"],
  ["its input is empty, its output goes nowhere", shell("read x; [ $? = 1 ] && echo lost && echo lost >&2"), "passed"],
  ["no socket is inherited",    shell("! ls -l /proc/self/fd | grep socket"),       "passed"],
  ["no signal is blocked",      shell('grep -q "SigBlk:.0000000000000000" /proc/self/status'), "passed"],
  ["no such program",           shell("", { command: ["/nonesuch"] }),              "undecided: script not started (posix_spawn /nonesuch: ENOENT)"],
  ["no right to it",            shell("", { command: ["/etc/passwd"] }),            "undecided: script not started (posix_spawn /etc/passwd: EACCES)"],
  ["too slow",                  shell("sleep 30", { timeoutMs: 100 }),              "failed: timed out (after 100 ms)"],
  ["too slow, and ends in order", shell("trap 'exit 0' TERM; sleep 30 & wait", { timeoutMs: 100 }), "failed: timed out (after 100 ms)"],
];
for (const [name, options, expected] of rows) {
  Deno.test(`probeScript: ${name}`, async () => {
    await using lab = new ProbeLab();
    const verdict = await lab.start("script", (context) => probeScript(options, context));
    assertEquals(gist(verdict), expected);
  });
}

Deno.test("probeScript: a file without an interpreter is the shell's", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, 'exit "$1"\n');
  await Deno.chmod(path, 0o755);
  await using lab = new ProbeLab();
  const options = { ...shell(""), command: [path, "3"] };
  const verdict = await lab.start("script", (context) => probeScript(options, context));
  await Deno.remove(path);
  assertEquals(gist(verdict), "failed: script failed (exit status 3)");
});

function isAlive(pid: number): boolean {
  try {
    // A zombie is not.
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** A script with a child that does not want to end; their process ids. */
async function stubborn() {
  const path = await Deno.makeTempFile();
  const inner = `trap '' TERM; echo $$ >> ${path}; while :; do sleep 0.1; done`;
  return {
    script: `trap '' TERM; echo $$ >> ${path}; sh -c "${
      inner.replaceAll("$$", "\\$\\$")
    }" & wait; wait`,
    pids: () => Deno.readTextFileSync(path).split("\n").filter((line) => line !== "").map(Number),
  };
}

Deno.test("probeScript: what does not end is made to, with its children", async () => {
  const { script, pids } = await stubborn();
  await using lab = new ProbeLab();
  const options = shell(script, { timeoutMs: 300 });
  const verdict = await lab.start("script", (context) => probeScript(options, context));
  assertEquals(gist(verdict), "failed: timed out (after 300 ms)");
  assertEquals(pids().length, 2);
  await until("both are gone", () => !pids().some(isAlive), 5_000);
  assert(verdict.tookMs > 2_000, "there was time to end in order");
});

Deno.test("probeScript: told to stop, it ends at once, with its children", async () => {
  const { script, pids } = await stubborn();
  await using lab = new ProbeLab();
  const controller = new AbortController();
  const running = lab.start(
    "script",
    (context) => probeScript(shell(script), { ...context, signal: controller.signal }),
  );
  await until("both run", () => pids().length === 2, 5_000);
  controller.abort();
  assertEquals(gist(await running), "undecided: stopped");
  await until("both are gone", () => !pids().some(isAlive), 5_000);
});

Deno.test({
  name: "probeScript: runs as somebody else",
  ignore: !IS_ROOT,
  async fn() {
    await using lab = new ProbeLab();
    const credentials = { uid: 65_534, gid: 65_534, groups: [] };
    const options = shell('[ "$(id -u)" = 65534 ]', { credentials });
    const verdict = await lab.start("script", (context) => probeScript(options, context));
    assertEquals(gist(verdict), "passed");
  },
});

// deno-fmt-ignore
const exits: [exitCode: number, isDynamic: boolean, outcome: string, weight: number | undefined][] = [
  [0, false, "passed", undefined], [1, false, "failed", undefined], [2, false, "failed", undefined], [255, false, "failed", undefined],
  [0, true, "passed", undefined],  [1, true, "failed", undefined],  [2, true, "passed", 0],          [3, true, "passed", 1], [255, true, "passed", 253],
];
for (const [exitCode, isDynamic, outcome, weight] of exits) {
  Deno.test(`judgeExit: ${exitCode}${isDynamic ? ", dynamic" : ""}`, () => {
    const finding = judgeExit({ exitCode }, isDynamic);
    assertEquals(finding.outcome, outcome);
    assertEquals(
      "weight" in finding ? finding.weight : undefined,
      weight === undefined ? undefined : { kind: "absolute", value: weight },
    );
  });
}
