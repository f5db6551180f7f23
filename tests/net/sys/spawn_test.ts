/**
 * Children: what they inherit, and how they end.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../net/assert.ts";
import { Channel, socketPair } from "../../../net/sys/channel.ts";
import { Fd } from "../../../net/sys/fd.ts";
import { libc, moreOfLibc, SyscallError } from "../../../net/sys/libc.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import {
  type Exit,
  sendSignal,
  sendSignalToGroup,
  spawn,
  type Spawned,
  type SpawnOptions,
  waitForExit,
} from "../../../net/sys/spawn.ts";
import { instanceOf } from "./instance_of.ts";

const IS_ROOT = Deno.uid() === 0;
const EXIT_MS_MAX = 5_000;

// int pipe2(int fds[2], int flags)
const { pipe2 } = moreOfLibc({ pipe2: { parameters: ["buffer", "i32"], result: "i32" } });
const O_CLOEXEC = 0o2000000;

/** Waits for the pidfd, as a reactor does, and reaps. */
function exitOf({ pid, pidfd }: Spawned): Exit {
  using reactor = new Reactor();
  using fd = new Fd(pidfd);
  let exit: Exit | undefined;
  reactor.add(fd.number, () => {
    exit = waitForExit(pid);
    return false;
  });
  reactor.waitSync(EXIT_MS_MAX);
  if (!exit) {
    sendSignal(pid, 9);
    throw new Error(`Process ${pid} did not end`);
  }
  return exit;
}

/** Runs a program to its end; what it printed, and how it ended. */
function outputOf(options: SpawnOptions): { text: string; exit: Exit } {
  const pair = new Uint32Array(2);
  assertEquals(pipe2(pair, O_CLOEXEC), 0);
  using reader = new Fd(pair[0] ?? -1);
  const writer = new Fd(pair[1] ?? -1);
  let child: Spawned;
  try {
    const fds = [{ child: 1, parent: writer.number }, ...options.fds ?? []];
    child = spawn({ ...options, fds });
  } finally {
    writer[Symbol.dispose]();
  }
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const count = libc.read(reader.number, buffer, buffer.length);
    if (count <= 0) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return { text, exit: exitOf(child) };
}

function shell(script: string, options: Partial<SpawnOptions> = {}) {
  return outputOf({ path: "/bin/sh", args: ["sh", "-c", script], ...options });
}

/** What a child finds in /proc about itself; not through a shell, which changes its signals. */
function statusOf(options: Partial<SpawnOptions>): Map<string, string> {
  const { text } = outputOf({ path: "/bin/cat", args: ["cat", "/proc/self/status"], ...options });
  return new Map(
    text.split("\n").map((line) => {
      const [name = "", value = ""] = line.split(/:\s*/);
      return [name, value];
    }),
  );
}

const exits: [script: string, Exit][] = [
  ["exit 0", { exitCode: 0 }],
  ["exit 7", { exitCode: 7 }],
  ["exit 255", { exitCode: 255 }],
  ["kill -9 $$", { signal: 9 }],
  ["kill -15 $$", { signal: 15 }],
  ["kill -6 $$", { signal: 6 }],
];
for (const [script, exit] of exits) {
  Deno.test(`waitForExit: ${script}`, () => assertEquals(shell(script).exit, exit));
}

Deno.test("waitForExit: a core dump does not change the signal", () => {
  const currentDirectory = Deno.makeTempDirSync();
  const { exit } = shell("ulimit -c unlimited; kill -6 $$", { currentDirectory });
  Deno.removeSync(currentDirectory, { recursive: true });
  assertEquals(exit, { signal: 6 });
});

Deno.test("waitForExit: undefined while it lives; not twice; never any child", () => {
  const child = spawn({ path: "/bin/sleep", args: ["sleep", "30"] });
  assertEquals(waitForExit(child.pid), undefined);
  sendSignal(child.pid, 9);
  assertEquals(exitOf(child), { signal: 9 });
  const error = instanceOf(SyscallError, assertThrows(() => waitForExit(child.pid)));
  assertEquals(error.code, "ECHILD");
  instanceOf(AssertionError, assertThrows(() => waitForExit(-1)));
  sendSignal(child.pid, 9); // It is gone, which is fine.
  for (const pid of [1, 0, -1]) {
    instanceOf(AssertionError, assertThrows(() => sendSignal(pid, 9)));
    instanceOf(AssertionError, assertThrows(() => sendSignalToGroup(pid, 9)));
  }
});

Deno.test("spawn: errors are told at once, and leave no child", () => {
  const codeOf = (path: string, more: Partial<SpawnOptions> = {}) =>
    instanceOf(SyscallError, assertThrows(() => spawn({ path, args: ["x"], ...more })));
  const error = codeOf("/no/such/program");
  assertEquals(
    error.message,
    "posix_spawn /no/such/program: ENOENT (No such file or directory)",
  );
  assertEquals(codeOf("/etc/passwd").code, "EACCES");
  assertEquals(codeOf("/tmp").code, "EACCES");
  assertEquals(codeOf("/bin/true", { currentDirectory: "/no/such" }).code, "ENOENT");
  assertEquals(codeOf("/bin/true", { fds: [{ child: 3, parent: 9_999 }] }).code, "EBADF");
  assertEquals(codeOf("/bin/true\0").code, "EINVAL");
});

Deno.test("spawn: arguments arrive as they are", () => {
  const args = ["printf", "[%s]", "", " ", "a b", "$HOME", "€", "x".repeat(10_000)];
  const { text } = outputOf({ path: "/usr/bin/printf", args });
  assertEquals(text, args.slice(2).map((arg) => `[${arg}]`).join(""));
});

Deno.test("spawn: the environment is ours, or the one that is given", () => {
  const options = { path: "/usr/bin/env", args: ["env"] };
  const lines = outputOf(options).text.split("\n");
  assert(lines.includes(`PATH=${Deno.env.get("PATH")}`));
  assertEquals(outputOf({ ...options, env: ["A=1", "B=€ 2"] }).text, "A=1\nB=€ 2\n");
  assertEquals(outputOf({ ...options, env: [] }).text, "");
});

Deno.test("spawn: starts where it is told to", () => {
  assertEquals(shell("pwd").text.trim(), Deno.cwd());
  assertEquals(shell("pwd", { currentDirectory: "/usr" }).text, "/usr\n");
});

Deno.test("spawn: descriptors arrive under their new numbers, and the old ones do not", () => {
  const [ours, theirs] = socketPair();
  using channel = new Channel(ours, 1_000);
  using end = new Fd(theirs);
  const { text } = shell("ls /proc/$$/fd; printf '\\000hello' >&5", {
    fds: [{ child: 5, parent: end.number }],
  });
  const numbers = text.trim().split(/\s+/);
  assert(numbers.includes("5"));
  assert(!numbers.includes(String(channel.fd)) || channel.fd === 5);
  const heard: string[] = [];
  channel.receive((each) => heard.push(each));
  assertEquals(heard, ["hello"]);
});

Deno.test("spawn: a descriptor may keep its number", () => {
  const [ours, theirs] = socketPair();
  using channel = new Channel(ours, 1_000);
  using end = new Fd(theirs);
  shell(`printf '\\000same' >&${end.number}`, {
    path: "/bin/bash",
    fds: [{ child: end.number, parent: end.number }],
  });
  const heard: string[] = [];
  channel.receive((each) => heard.push(each));
  assertEquals(heard, ["same"]);
});

Deno.test("spawn: a descriptor that is overwritten before it is used is a bug", () => {
  const fds = [{ child: 8, parent: 7 }, { child: 9, parent: 8 }];
  instanceOf(AssertionError, assertThrows(() => spawn({ path: "/bin/true", args: [], fds })));
});

Deno.test("spawn: no signal is blocked or ignored, whatever we do; or all are blocked", () => {
  const plain = statusOf({});
  assertEquals(BigInt(`0x${plain.get("SigBlk")}`), 0n);
  // glibc's own two, 32 and 33, stay ignored.
  const own = (1n << 31n) | (1n << 32n);
  assertEquals(BigInt(`0x${plain.get("SigIgn")}`) & ~own, 0n);
  const blocked = BigInt(`0x${statusOf({ blockSignals: true }).get("SigBlk")}`);
  const never = (1n << 8n) | (1n << 18n); // SIGKILL, SIGSTOP
  assertEquals(blocked | never | own, (1n << 64n) - 1n);
});

Deno.test("spawn: a group or a session of its own, or ours", () => {
  const fields = (options: Partial<SpawnOptions>) => {
    const { text } = outputOf({ path: "/bin/cat", args: ["cat", "/proc/self/stat"], ...options });
    const [pid, , , , group, session] = text.split(" ");
    return { isLeader: pid === group, isSession: pid === session };
  };
  assertEquals(fields({}), { isLeader: false, isSession: false });
  assertEquals(fields({ newGroup: true }), { isLeader: true, isSession: false });
  assertEquals(fields({ newSession: true }), { isLeader: true, isSession: true });
  assertEquals(fields({ newSession: true, newGroup: true }), { isLeader: true, isSession: true });
});

Deno.test("sendSignalToGroup: ends a child with its children", () => {
  const [ours, theirs] = socketPair();
  using channel = new Channel(ours, 1_000);
  const child = spawn({
    path: "/bin/sh",
    args: ["sh", "-c", "sleep 30 & sleep 30 & printf '\\000' >&4; wait"],
    fds: [{ child: 4, parent: theirs }],
    newGroup: true,
  });
  libc.close(theirs);
  using reactor = new Reactor();
  let state = "open";
  reactor.add(channel.fd, () => {
    state = channel.receive(() => {});
    return false;
  });
  reactor.waitSync(EXIT_MS_MAX);
  assertEquals(state, "open");
  sendSignalToGroup(child.pid, 15);
  assertEquals(exitOf(child), { signal: 15 });
  // The sleeping ones held the socket: it is closed only when they are gone, too.
  while (state === "open") assertEquals(reactor.waitSync(EXIT_MS_MAX), 1);
});

/** Scheduling policy and priority, from the kernel. */
function schedulingOf(options: Partial<SpawnOptions>): { policy: string; priority: string } {
  const { text } = outputOf({ path: "/bin/cat", args: ["cat", "/proc/self/stat"], ...options });
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // proc(5): rt_priority is field 40, policy field 41, counted from 1; `)` ends field 2.
  return { priority: fields[37] ?? "", policy: fields[38] ?? "" };
}

Deno.test("spawn: ordinary scheduling, even where it could be inherited", () => {
  assertEquals(schedulingOf({}), { policy: "0", priority: "0" });
});

Deno.test({
  name: "spawn: SCHED_RR for a real-time child",
  ignore: !IS_ROOT, // Needs CAP_SYS_NICE.
  fn: () => assertEquals(schedulingOf({ realtimePriority: 17 }), { policy: "2", priority: "17" }),
});

/** Runs our own code in another Deno process, and reads the JSON that it prints. */
function inOtherProcess(body: string, prefix: readonly string[] = []): unknown {
  const folder = Deno.makeTempDirSync();
  const module = (name: string) => new URL(`../../../net/sys/${name}.ts`, import.meta.url).href;
  Deno.chmodSync(folder, 0o755);
  const path = `${folder}/program.ts`;
  Deno.writeTextFileSync(
    path,
    `import * as spawning from ${JSON.stringify(module("spawn"))};
     import * as processes from ${JSON.stringify(module("process"))};
     ${body}`,
  );
  const command = [
    ...prefix,
    Deno.execPath(),
    ...["run", "--allow-net", "--allow-ffi", "--no-check", "--no-prompt", path],
  ];
  const [program = "", ...args] = command;
  const { text, exit } = outputOf({ path: program, args: [program, ...args] });
  Deno.removeSync(folder, { recursive: true });
  return { ...exit, ...(text.trim() === "" ? {} : { told: JSON.parse(text) as unknown }) };
}

const SETPRIV = "/usr/bin/setpriv";
function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test({
  name: "spawn: without CAP_SYS_NICE a real-time child is EPERM, and an ordinary one works",
  ignore: !IS_ROOT || !exists(SETPRIV), // Needs somebody who can give up the capability.
  fn() {
    const told = inOtherProcess(
      `
      const options = { path: "/bin/true", args: ["true"] };
      let code = "none";
      try { spawning.spawn({ ...options, realtimePriority: 10 }); }
      catch (error) { code = error.code; }
      const child = spawning.spawn(options);
      const mayRaise = processes.capabilities().has("CAP_SYS_NICE");
      console.log(JSON.stringify([code, child.pid > 1, mayRaise]));
      `,
      [SETPRIV, "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"],
    );
    assertEquals(told, { exitCode: 0, told: ["EPERM", true, false] });
  },
});

Deno.test({
  name: "setRealtimeLimit: a real-time process that never sleeps is killed",
  ignore: !IS_ROOT, // Needs CAP_SYS_NICE for the priority.
  fn() {
    const path = new URL("../../../net/sys/process.ts", import.meta.url).href;
    const folder = Deno.makeTempDirSync();
    const program = `${folder}/program.ts`;
    Deno.writeTextFileSync(
      program,
      `import { setRealtimeLimit } from ${JSON.stringify(path)};
       setRealtimeLimit(50_000, 50_000);
       for (;;);`,
    );
    const child = spawn({
      path: Deno.execPath(),
      args: ["deno", "run", "--allow-ffi", "--allow-net", "--no-check", program],
      realtimePriority: 1,
      blockSignals: true,
    });
    const exit = exitOf(child);
    Deno.removeSync(folder, { recursive: true });
    assertEquals(exit, { signal: 9 });
  },
});
