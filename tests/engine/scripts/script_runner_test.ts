/**
 * Scripts as real processes: how they end, what they have of ours, how they are ended.
 *
 * @module
 */
import type { GlobalScriptConfig } from "../../../machines/global_config.ts";
import { assert, assertEquals } from "@std/assert";
import { failureOf, ScriptRunner } from "../../../engine/scripts/script_runner.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import type { Exit } from "../../../net/sys/spawn.ts";

const LIMIT_MS = 10_000;

const RULES: GlobalScriptConfig = {
  startupTimeoutMs: 0,
  shutdownTimeoutMs: 0,
  secured: false,
  keepsLinks: false,
  supplementaryGroups: false,
};

/** Runs a shell command to its end; `meanwhile` is called as soon as it runs. */
function run(
  command: string,
  meanwhile: (signal: (number: number) => void) => void = () => {},
  moreArguments: string[] = [],
): string | undefined {
  using reactor = new Reactor();
  using runner = new ScriptRunner(reactor);
  const runAs = { user: String(Deno.uid()), group: String(Deno.gid()), supplementaryGroups: false };
  runner.rules = RULES;
  let exit: Exit | undefined;
  const started = runner.start({ command: ["/bin/sh", "-c", command, "sh"], runAs }, {
    moreArguments,
    onEnded: (ended) => exit = ended,
  });
  if (typeof started === "string") return started;
  meanwhile((number) => started.signal(number));
  const endMs = Date.now() + LIMIT_MS;
  while (!exit && Date.now() < endMs) reactor.waitSync(100);
  assert(exit, "it ends");
  return failureOf(exit);
}

Deno.test("ScriptRunner: success, exit status, signal", () => {
  assertEquals(run("exit 0"), undefined);
  assertEquals(run("exit 3"), "exit status 3");
  assertEquals(run("kill -9 $$"), "signal 9");
});

Deno.test("ScriptRunner: further arguments come last", () => {
  assertEquals(run('[ "$*" = "INSTANCE VI_1" ]', () => {}, ["INSTANCE", "VI_1"]), undefined);
});

Deno.test("ScriptRunner: standard streams lead nowhere, nothing of our loop is there", () => {
  const file = Deno.makeTempFileSync();
  try {
    assertEquals(run(`all=$(readlink /proc/$$/fd/*); echo "$all" >${file}`), undefined);
    const targets = Deno.readTextFileSync(file).trim().split("\n");
    assertEquals(targets.slice(0, 3), ["/dev/null", "/dev/null", "/dev/null"], targets.join(" "));
    const ours = targets.filter((target) => /eventpoll|eventfd|timerfd|pidfd/.test(target));
    assertEquals(ours, []);
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("ScriptRunner: a signal reaches all that the script started", () => {
  const file = Deno.makeTempFileSync();
  try {
    const outcome = run(`sleep 60 & echo $! >${file}; wait`, (signal) => {
      while (Deno.readTextFileSync(file) === "") { /* It is about to start. */ }
      signal(15);
    });
    assertEquals(outcome, "signal 15");
    const pid = Deno.readTextFileSync(file).trim();
    const endMs = Date.now() + LIMIT_MS;
    while (isAlive(pid) && Date.now() < endMs) { /* Its parent is gone: init reaps it. */ }
    assertEquals(isAlive(pid), false);
  } finally {
    Deno.removeSync(file);
  }
});

function isAlive(pid: string): boolean {
  try {
    return !/^State:\s*Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Starts a script of that text with arguments. */
function withScript(
  text: string,
  more: readonly string[],
  judge: (
    started: ReturnType<ScriptRunner["start"]>,
    reactor: Reactor,
    exit: () => Exit | undefined,
  ) => void,
): void {
  const file = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(file, text);
    Deno.chmodSync(file, 0o755);
    using reactor = new Reactor();
    using runner = new ScriptRunner(reactor);
    runner.rules = RULES;
    const runAs = { user: String(Deno.uid()), supplementaryGroups: false };
    let exit: Exit | undefined;
    const started = runner.start({ command: [file, ...more], runAs }, {
      onEnded: (ended) => exit = ended,
    });
    judge(started, reactor, () => exit);
  } finally {
    Deno.removeSync(file);
  }
}

Deno.test("ScriptRunner: what cannot be executed is a failure with its reason", () => {
  withScript("#!/no/such/interpreter\n", [], (started) => {
    assertEquals(started, "cannot be run: ENOENT");
  });
});

Deno.test("ScriptRunner: a script without a line for its interpreter is the shell's", () => {
  withScript('exit "$1"\n', ["3"], (_, reactor, exit) => {
    const endMs = Date.now() + LIMIT_MS;
    while (!exit() && Date.now() < endMs) reactor.waitSync(100);
    assertEquals(exit(), { exitCode: 3 });
  });
});
