/**
 * The root actor with real instances under virtual time: start, reload by difference, stop.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createActor } from "xstate";
import {
  type Config,
  type VrrpInstanceConfig,
  vrrpInstanceIdentity,
} from "../../machines/config.ts";
import {
  instanceLogic,
  system,
  type SystemCommand,
  type SystemFact,
  type SystemInput,
} from "../../machines/system.ts";
import type { VrrpCommand, VrrpFact } from "../../machines/vrrp_facts.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { vrrpMirror } from "../../machines/vrrp_mirror.ts";
import {
  worker,
  type WorkerCommand,
  type WorkerFact,
  type WorkerInput,
} from "../../machines/worker.ts";
import { VirtualTime } from "../virtual_time.ts";
import { during, recordingDoor, taken } from "./machine_runner.ts";
import { instanceConfig, wholeConfig } from "./vrrp_config.ts";
import { describeCommand, heard } from "./vrrp_step.ts";

const A = instanceConfig({ name: "A", vrid: 1, priority: 255, initialRole: "active" });
const B = instanceConfig({ name: "B", vrid: 2 });
const C = instanceConfig({ name: "C", vrid: 3 });

function describe(command: SystemCommand): string {
  switch (command.type) {
    case "REPORT_RUNNING":
      return `running ${command.instanceCount}`;
    case "REPORT_RELOADED": {
      const { stopCount, updateCount, startCount } = command;
      return `reloaded -${stopCount} ~${updateCount} +${startCount}`;
    }
    case "REPORT_STOPPED":
      return command.failed ? "stopped failed" : "stopped";
    case "READ_CONFIG":
    case "REPORT_REJECTED":
      return command.type;
  }
}

function program(workers: readonly string[] = []) {
  const time = new VirtualTime();
  const lines: string[] = [];
  const doors = new Map<string, (fact: VrrpFact) => void>();
  const workerFacts: ((fact: WorkerFact) => void)[] = [];
  const io = recordingDoor<SystemCommand, SystemInput, SystemFact>(
    lines,
    () => "root",
    describe,
  );
  const vrrpIo = recordingDoor<VrrpCommand, VrrpInstanceConfig, VrrpFact>(
    lines,
    ({ name }) => name,
    describeCommand,
    (_command, tell, { name }) => doors.set(name, tell),
  );
  const workerIo = recordingDoor<WorkerCommand, WorkerInput, WorkerFact>(
    lines,
    ({ name }) => name,
    ({ type }) => type,
    (_command, tell) => workerFacts.push(tell),
  );
  const instance = workers.length > 0
    ? vrrpMirror
    : vrrpInstance.provide({ actors: { io: vrrpIo } });
  const machine = system.provide({
    actors: {
      io,
      vrrpInstance: instanceLogic(instance),
      worker: worker.provide({ actors: { io: workerIo } }),
    },
  });
  const root = createActor(machine, { clock: time.clock, input: { workers, tracks: false } })
    .start();
  return {
    time,
    lines,
    root,
    tell: (fact: SystemFact) => root.send(fact),
    tellInstance: (name: string, fact: VrrpFact) => doors.get(name)?.(fact),
    tellWorker: (fact: WorkerFact) => workerFacts.at(-1)?.(fact),
    state: () => root.getSnapshot().value,
    children: () => root.getSnapshot().context.children,
  };
}

function loaded(...instances: VrrpInstanceConfig[]): SystemFact & { type: "CONFIG_LOADED" } {
  return { type: "CONFIG_LOADED", config: wholeConfig(instances) };
}

/** A program with A active and B a backup, and nothing noted yet. */
function running() {
  const subject = program();
  subject.tell(loaded(A, B));
  subject.time.runFor(500);
  taken(subject.lines);
  return subject;
}

Deno.test("system: reads the configuration, spawns every instance, says so", () => {
  const { lines, tell, state } = program();
  assertEquals(taken(lines), ["root: opened", "root: READ_CONFIG"]);
  assertEquals(state(), "starting");
  tell({ type: "RELOAD_REQUESTED" });
  assertEquals(taken(lines), [], "it is being read already");
  tell(loaded(A, B));
  assertEquals(state(), "running");
  const seen = taken(lines);
  assertEquals(seen.filter((line) => line.startsWith("A: ")), [
    "A: opened",
    "A: send 255",
    "A: report active: startup",
    "A: claim ×5",
  ]);
  assertEquals(seen.filter((line) => line.startsWith("B: ")), [
    "B: opened",
    "B: release",
    "B: report backup: startup",
  ]);
  assertEquals(seen.filter((line) => line.startsWith("root: ")), ["root: running 2"]);
});

Deno.test("system: an instance resumes, another waits for its start-up delay", () => {
  const { time, lines, tell } = program();
  taken(lines);
  const [b, c] = [vrrpInstanceIdentity(B), vrrpInstanceIdentity(C)];
  tell({ ...loaded(B, C), resumes: [b], startupDelayMs: { [b]: 5_000, [c]: 5_000 } });
  const seen = taken(lines);
  assert(seen.includes("B: report active: resumed"), "a resumed one has no delay");
  assertEquals(seen.filter((line) => line.startsWith("C: ")), ["C: opened", "C: release"]);
  assert(during(time, 5_000, lines).includes("C: report backup: startup"));
});

Deno.test("system: an unreadable configuration at start is a failure", () => {
  const { lines, tell, root } = program();
  taken(lines);
  tell({ type: "CONFIG_REJECTED" });
  assertEquals(taken(lines), ["root: stopped failed", "root: closed"]);
  assertEquals(root.getSnapshot().status, "done");
});

Deno.test("system: stops before anything was read", () => {
  const { lines, tell, root } = program();
  taken(lines);
  tell({ type: "STOP_REQUESTED" });
  assertEquals(taken(lines), ["root: stopped", "root: closed"]);
  assertEquals(root.getSnapshot().status, "done");
});

Deno.test("system reload: unchanged instances hear nothing", () => {
  const { time, lines, tell, state } = running();
  tell({ type: "RELOAD_REQUESTED" });
  assertEquals([state(), taken(lines)], ["reloading", ["root: READ_CONFIG"]]);
  tell(loaded({ ...A }, { ...B }));
  assertEquals([state(), taken(lines)], ["running", ["root: reloaded -0 ~0 +0"]]);
  assertEquals(during(time, 500, lines), ["A: send 255"], "its timers run on");
});

Deno.test("system reload: a removed instance resigns, releases and retires, in that order", () => {
  const { lines, tell, children } = running();
  tell({ type: "RELOAD_REQUESTED" });
  tell(loaded(B));
  assertEquals(taken(lines), [
    "root: READ_CONFIG",
    "root: reloaded -1 ~0 +0",
    "A: send 0",
    "A: release",
    "A: report initialize: shutdown",
    "A: closed",
  ]);
  assertEquals(children(), [vrrpInstanceIdentity(B)]);
});

Deno.test("system reload: a changed instance is reconfigured, a new one started", () => {
  const { lines, tell } = running();
  tell({ type: "RELOAD_REQUESTED" });
  taken(lines);
  tell(loaded(A, { ...B, priority: 200 }, C));
  assertEquals(taken(lines), [
    "root: reloaded -0 ~1 +1",
    "B: configure priority 200",
    "C: opened",
    "C: release",
    "C: report backup: startup",
  ]);
});

Deno.test("system reload: a renamed instance stays as it is on the wire", () => {
  const { lines, tell } = running();
  tell({ type: "RELOAD_REQUESTED" });
  taken(lines);
  tell(loaded({ ...A, name: "renamed" }, B));
  const seen = taken(lines);
  assertEquals(seen[0], "root: reloaded -0 ~1 +0");
  assert(!seen.some((line) => line.includes("send 0") || line.includes("closed")), `${seen}`);
});

Deno.test("system reload: an instance that comes back is a new one", () => {
  const { lines, tell, children } = running();
  tell(loaded(B));
  taken(lines);
  tell(loaded(A, B));
  assertEquals(taken(lines), [
    "root: reloaded -0 ~0 +1",
    "A: opened",
    "A: send 255",
    "A: report active: startup",
    "A: claim ×5",
  ]);
  assertEquals(children().toSorted(), [A, B].map(vrrpInstanceIdentity).toSorted());
});

Deno.test("system reload: a rejected configuration changes nothing", () => {
  const { time, lines, tell, state } = running();
  tell({ type: "RELOAD_REQUESTED" });
  taken(lines);
  tell({ type: "CONFIG_REJECTED" });
  assertEquals([state(), taken(lines)], ["running", ["root: REPORT_REJECTED"]]);
  assertEquals(during(time, 500, lines), ["A: send 255"]);
  tell({ type: "RELOAD_REQUESTED" });
  tell(loaded(A, B));
  assertEquals(taken(lines), ["root: READ_CONFIG", "root: reloaded -0 ~0 +0"]);
});

Deno.test("system reload during a reload: once more after it, however often it was asked for", () => {
  const { lines, tell, state } = running();
  for (let i = 0; i < 4; i++) tell({ type: "RELOAD_REQUESTED" });
  assertEquals(taken(lines), ["root: READ_CONFIG"]);
  tell(loaded(A, B));
  assertEquals([state(), taken(lines)], [
    "reloading",
    ["root: reloaded -0 ~0 +0", "root: READ_CONFIG"],
  ]);
  tell({ type: "CONFIG_REJECTED" });
  assertEquals([state(), taken(lines)], ["running", ["root: REPORT_REJECTED"]]);
});

Deno.test("system: a configuration that was not asked for is applied too (child processes)", () => {
  const { lines, tell, state } = running();
  tell(loaded(A));
  assertEquals([state(), taken(lines)], [
    "running",
    ["root: reloaded -1 ~0 +0", "B: report initialize: shutdown", "B: closed"],
  ]);
});

for (const when of ["running", "reloading"] as const) {
  Deno.test(`system stop while ${when}: every instance resigns and releases, then the end`, () => {
    const { time, lines, tell, root } = running();
    if (when === "reloading") tell({ type: "RELOAD_REQUESTED" });
    taken(lines);
    tell({ type: "STOP_REQUESTED" });
    const seen = taken(lines);
    assertEquals(seen.filter((line) => line.startsWith("A: ")), [
      "A: send 0",
      "A: release",
      "A: report initialize: shutdown",
      "A: closed",
    ]);
    assertEquals(seen.filter((line) => line.startsWith("B: ")), [
      "B: report initialize: shutdown",
      "B: closed",
    ]);
    assertEquals(seen.slice(-2), ["root: stopped", "root: closed"]);
    assertEquals(root.getSnapshot().status, "done");
    assertEquals(time.clock.timerCount, 0);
  });
}

Deno.test("system: a stall is told to every instance", () => {
  const { time, lines, tell, tellInstance } = running();
  time.nowMs += 10_000;
  tell({ type: "STALLED", lateMs: 9_500 });
  tellInstance("A", heard(1));
  assertEquals(taken(lines), ["A: release", "A: report backup: advertisement"]);
  assertEquals(during(time, 1_000, lines), [], "B listens again before it claims");
});

Deno.test("system: a fault of one instance leaves the others alone", () => {
  const { time, lines, tellInstance } = running();
  tellInstance("A", { type: "FAULT_RAISED", reason: "interface eth0 is down" });
  assertEquals(taken(lines), ["A: send 0", "A: release", "A: report fault: fault"]);
  assertEquals(during(time, 3_200, lines), [
    "B: send 100",
    "B: report active: silence",
    "B: claim ×5",
  ]);
});

const WORKERS = ["vrrp"];

/** A parent with one child process that is ready. */
function parent() {
  const subject = program(WORKERS);
  subject.tell(loaded(A, B));
  subject.tellWorker({ type: "READY" });
  taken(subject.lines);
  return subject;
}

Deno.test("system with a child process: it gets the configuration, the parent has mirrors", () => {
  const { lines, tell, root } = program(WORKERS);
  taken(lines);
  tell(loaded(A, B));
  assertEquals(taken(lines), ["vrrp: opened", "vrrp: SPAWN", "root: running 2"]);
  tell({ type: "INSTANCE_REPORTED", id: vrrpInstanceIdentity(A), state: "active" });
  tell({ type: "INSTANCE_REPORTED", id: "unknown", state: "active" });
  const mirror = root.getSnapshot().children[vrrpInstanceIdentity(A)];
  const snapshot = mirror?.getSnapshot();
  assert(snapshot && "value" in snapshot);
  assertEquals<unknown>(snapshot.value, "active");
});

Deno.test("system with a child process: a reload is delivered to it", () => {
  const { lines, tell, children } = parent();
  tell({ type: "RELOAD_REQUESTED" });
  tell(loaded(B, C));
  assertEquals(taken(lines), ["root: READ_CONFIG", "root: reloaded -1 ~0 +1", "vrrp: DELIVER"]);
  const expected = ["vrrp", vrrpInstanceIdentity(B), vrrpInstanceIdentity(C)];
  assertEquals(children().toSorted(), expected.toSorted());
});

Deno.test("system with a child process: a rejected reload is not delivered", () => {
  const { lines, tell } = parent();
  tell({ type: "RELOAD_REQUESTED" });
  tell({ type: "CONFIG_REJECTED" });
  assertEquals(taken(lines), ["root: READ_CONFIG", "root: REPORT_REJECTED"]);
});

Deno.test("system with a child process: stops when it has ended", () => {
  const { lines, tell, tellWorker, state } = parent();
  tell({ type: "STOP_REQUESTED" });
  assertEquals([state(), taken(lines)], ["stopping", ["vrrp: STOP"]]);
  tellWorker({ type: "EXITED", livedMs: 1_000 });
  assertEquals(taken(lines), ["vrrp: closed", "root: stopped", "root: closed"]);
});

Deno.test("system with a child process: one that cannot be killed does not hold up the end", () => {
  const { time, lines, tell, root } = parent();
  tell({ type: "STOP_REQUESTED" });
  taken(lines);
  assertEquals(during(time, 7_999, lines), ["vrrp: KILL"]);
  assertEquals(during(time, 1, lines), ["root: stopped", "root: closed", "vrrp: closed"]);
  assertEquals(root.getSnapshot().status, "done");
});

Deno.test("system with a child process: one that refuses to run is the end of all, a failure", () => {
  const { lines, tellWorker, root } = parent();
  tellWorker({ type: "REFUSED" });
  assertEquals(taken(lines), ["vrrp: closed", "root: stopped failed", "root: closed"]);
  assertEquals(root.getSnapshot().status, "done");
});

Deno.test("system with a child process: one that dies and is restarted is no failure", () => {
  const { time, lines, tellWorker, state } = parent();
  tellWorker({ type: "EXITED", livedMs: 100_000 });
  assertEquals(taken(lines), ["vrrp: REPORT_RESTART"]);
  assertEquals([state(), during(time, 0, lines)], ["running", ["vrrp: SPAWN"]]);
});

Deno.test("system: a thousand reloads leave nothing behind", () => {
  const { tell, children, root } = running();
  const configs: Config[] = [wholeConfig([A]), wholeConfig([A, B]), wholeConfig([C])];
  for (let i = 0; i < 1_000; i++) {
    const config = configs[i % configs.length];
    assert(config);
    tell({ type: "CONFIG_LOADED", config });
  }
  assertEquals(children().length, 1);
  assertEquals(Object.keys(root.getSnapshot().children).length, 2, "io and one instance");
});
