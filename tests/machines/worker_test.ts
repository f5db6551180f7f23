/**
 * The supervisor of a child process under virtual time.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createActor } from "xstate";
import type { Config } from "../../machines/config.ts";
import {
  backoffMs,
  worker,
  type WorkerCommand,
  type WorkerFact,
  type WorkerInput,
} from "../../machines/worker.ts";
import { VirtualTime } from "../virtual_time.ts";
import { instanceConfig, wholeConfig } from "./vrrp_config.ts";
import { during, recordingDoor, taken } from "./machine_runner.ts";

const FIRST = wholeConfig();
const SECOND = wholeConfig([instanceConfig()]);

function describe(command: WorkerCommand): string {
  switch (command.type) {
    case "SPAWN":
    case "DELIVER":
      return `${command.type} ${command.config.vrrpInstances.length}`;
    case "DELIVER_NEWS":
      return `${command.type} ${Object.keys(command.verdicts).join()}`;
    case "REPORT_RESTART":
      return `REPORT_RESTART ${command.delayMs}`;
    case "STOP":
    case "KILL":
      return command.type;
  }
}

function supervised(config: Config = FIRST) {
  const time = new VirtualTime();
  const lines: string[] = [];
  const io = recordingDoor<WorkerCommand, WorkerInput, WorkerFact>(
    lines,
    ({ name }) => name,
    describe,
  );
  const actor = createActor(worker.provide({ actors: { io } }), {
    clock: time.clock,
    input: { name: "vrrp", config, verdicts: {} },
  }).start();
  const tell = (fact: WorkerFact) => actor.send(fact);
  return { time, lines, tell, state: () => actor.getSnapshot().value };
}

function exited(livedMs: number): WorkerFact {
  return { type: "EXITED", livedMs };
}

Deno.test("backoffMs: at once, then 1, 2, 4 … 60 s", () => {
  const series = Array.from({ length: 12 }, (_, deaths) => backoffMs(deaths));
  assertEquals(series, [0, 0, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 60e3, 60e3, 60e3, 60e3]);
  assertEquals(backoffMs(10_000), 60_000);
});

Deno.test("worker: starts the process and waits for it", () => {
  const { lines, tell, state } = supervised();
  assertEquals(taken(lines), ["vrrp: opened", "vrrp: SPAWN 0"]);
  assertEquals(state(), "starting");
  tell({ type: "READY" });
  assertEquals([state(), taken(lines)], ["running", []]);
});

Deno.test("worker: restarts with back-off while the process dies young", () => {
  const { time, lines, tell } = supervised();
  taken(lines);
  const delays: number[] = [];
  for (let death = 0; death < 10; death++) {
    tell({ type: "READY" });
    tell(exited(100));
    const [report = ""] = taken(lines);
    const delayMs = Number(report.replace("vrrp: REPORT_RESTART ", ""));
    delays.push(delayMs);
    if (delayMs > 0) assertEquals(during(time, delayMs - 1, lines), [], "not too early");
    assertEquals(during(time, 1, lines), ["vrrp: SPAWN 0"]);
  }
  assertEquals(delays, [0, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 60e3, 60e3, 60e3]);
});

Deno.test("worker: a long life resets the back-off", () => {
  const { time, lines, tell } = supervised();
  for (let death = 0; death < 5; death++) {
    tell(exited(100));
    time.runFor(60_000);
  }
  taken(lines);
  tell({ type: "READY" });
  tell(exited(60_000));
  assertEquals(taken(lines), ["vrrp: REPORT_RESTART 0"]);
  assertEquals(during(time, 0, lines), ["vrrp: SPAWN 0"]);
  tell(exited(59_999));
  assertEquals(taken(lines), ["vrrp: REPORT_RESTART 0"]);
  assertEquals(during(time, 0, lines), ["vrrp: SPAWN 0"]);
  tell(exited(59_999));
  assertEquals(taken(lines), ["vrrp: REPORT_RESTART 1000"]);
});

Deno.test("worker: kills a process that never becomes ready", () => {
  const { time, lines, tell, state } = supervised();
  taken(lines);
  assertEquals(during(time, 19_999, lines), []);
  assertEquals(during(time, 1, lines), ["vrrp: KILL"]);
  assertEquals(state(), "stuck");
  tell({ type: "READY" });
  assertEquals(state(), "stuck", "too late");
  tell(exited(20_000));
  assertEquals(taken(lines), ["vrrp: REPORT_RESTART 0"]);
  assertEquals(during(time, 0, lines), ["vrrp: SPAWN 0"]);
});

Deno.test("worker: delivers a new configuration, and restarts with it", () => {
  const { time, lines, tell } = supervised();
  taken(lines);
  tell({ type: "RECONFIGURE", config: SECOND });
  assertEquals(taken(lines), ["vrrp: DELIVER 1"]);
  tell({ type: "READY" });
  tell({ type: "RECONFIGURE", config: FIRST });
  assertEquals(taken(lines), ["vrrp: DELIVER 0"]);
  tell({ type: "RECONFIGURE", config: SECOND });
  tell(exited(10));
  taken(lines);
  assertEquals(during(time, 0, lines), ["vrrp: SPAWN 1"]);
});

Deno.test("worker: a configuration that comes between two lives is for the next", () => {
  const { time, lines, tell } = supervised();
  tell(exited(10));
  time.runFor(0);
  tell(exited(10));
  taken(lines);
  tell({ type: "RECONFIGURE", config: SECOND });
  assertEquals(taken(lines), [], "nobody is there to deliver it to");
  assertEquals(during(time, 1_000, lines), ["vrrp: SPAWN 1"]);
});

Deno.test("worker: a configuration for a stuck process is for the next", () => {
  const { time, lines, tell } = supervised();
  time.runFor(20_000);
  taken(lines);
  tell({ type: "RECONFIGURE", config: SECOND });
  assertEquals(taken(lines), []);
  tell(exited(20_100));
  taken(lines);
  assertEquals(during(time, 0, lines), ["vrrp: SPAWN 1"]);
});

Deno.test("worker: stops in order", () => {
  const { time, lines, tell, state } = supervised();
  tell({ type: "READY" });
  taken(lines);
  tell({ type: "SHUTDOWN" });
  assertEquals([state(), taken(lines)], ["stopping", ["vrrp: STOP"]]);
  tell(exited(5_000));
  assertEquals([state(), taken(lines)], ["ended", ["vrrp: closed"]]);
  assertEquals(time.clock.timerCount, 0);
});

Deno.test("worker: kills a process that does not stop", () => {
  const { time, lines, tell, state } = supervised();
  tell({ type: "READY" });
  tell({ type: "SHUTDOWN" });
  taken(lines);
  assertEquals(during(time, 4_999, lines), []);
  assertEquals(during(time, 1, lines), ["vrrp: KILL"]);
  tell(exited(9_999));
  assertEquals(state(), "ended");
});

// deno-fmt-ignore
const WAITS: [childWaitMs: number, killedAfterMs: number][] = [
  [0,      1_000], // What releases addresses is not killed at once.
  [1_000,  1_000],
  [30_000, 30_000],
];
for (const [childWaitMs, killedAfterMs] of WAITS) {
  Deno.test(`worker: waits ${killedAfterMs} ms for child_wait_time ${childWaitMs}`, () => {
    const { global } = FIRST;
    const place = { ...global.place, childWaitMs };
    const { lines, tell, time } = supervised({ ...FIRST, global: { ...global, place } });
    tell({ type: "READY" });
    tell({ type: "SHUTDOWN" });
    taken(lines);
    time.runFor(killedAfterMs - 1);
    assertEquals(taken(lines), []);
    time.runFor(1);
    assertEquals(taken(lines), ["vrrp: KILL"]);
  });
}

Deno.test("worker: stops while starting", () => {
  const { lines, tell, state } = supervised();
  taken(lines);
  tell({ type: "SHUTDOWN" });
  assertEquals(taken(lines), ["vrrp: STOP"]);
  tell({ type: "READY" });
  tell(exited(100));
  assertEquals(state(), "ended");
});

Deno.test("worker: stops at once between two lives", () => {
  const { time, lines, tell, state } = supervised();
  tell(exited(10));
  time.runFor(0);
  tell(exited(10));
  taken(lines);
  tell({ type: "SHUTDOWN" });
  assertEquals([state(), during(time, 60_000, lines)], ["ended", ["vrrp: closed"]]);
});

for (const state of ["starting", "running", "stopping"]) {
  Deno.test(`worker: refused while ${state}: trying again is no use`, () => {
    const subject = supervised();
    if (state !== "starting") subject.tell({ type: "READY" });
    if (state === "stopping") subject.tell({ type: "SHUTDOWN" });
    assertEquals(subject.state(), state);
    taken(subject.lines);
    subject.tell({ type: "REFUSED" });
    assertEquals(subject.state(), "ended");
    assertEquals(during(subject.time, 120_000, subject.lines), ["vrrp: closed"]);
  });
}

Deno.test("worker: news of tracked objects go to a living process, and with the next one's start", () => {
  const { lines, tell } = supervised();
  taken(lines);
  tell({ type: "READY" });
  tell({ type: "TRACKED", verdicts: { "script a": { state: "good" } } });
  assertEquals(taken(lines), ["vrrp: DELIVER_NEWS script a"]);
  const seen: unknown[] = [];
  const io = recordingDoor<WorkerCommand, WorkerInput, WorkerFact>(
    [],
    ({ name }) => name,
    describe,
    (command) => command.type === "SPAWN" && seen.push(command.verdicts),
  );
  const time = new VirtualTime();
  const actor = createActor(worker.provide({ actors: { io } }), {
    clock: time.clock,
    input: { name: "vrrp", config: FIRST, verdicts: {} },
  }).start();
  actor.send({ type: "EXITED", livedMs: 1 });
  actor.send({ type: "TRACKED", verdicts: { "script a": { state: "good" } } });
  actor.send({ type: "EXITED", livedMs: 1 });
  time.runFor(10);
  actor.send({ type: "EXITED", livedMs: 1 });
  time.runFor(60_000);
  assertEquals(seen[0], {});
  assertEquals(seen.at(-1), { "script a": { state: "good" } });
});
