import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ProbeContext, Verdict } from "../../../checkers/probe.ts";
import { HandshakeGate } from "../../../engine/io/handshake_gate.ts";
import { type Job, type Lane, ProbeRunner } from "../../../engine/io/probe_runner.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { VirtualTime } from "../../virtual_time.ts";

const PASSED: Verdict = { outcome: "passed", tookMs: 0 };
const STOPPED: Verdict = { outcome: "undecided", reason: "stopped", tookMs: 0 };
const LIMITS = {
  socket: { perTurnMax: 3, runningMax: 5 },
  script: { perTurnMax: 1, runningMax: 2 },
};

/** A runner without a loop, in time that moves when told. Probes end when told, or stopped. */
class Bench implements Disposable {
  readonly time = new VirtualTime();
  readonly #reactor = new Reactor();
  readonly runner = new ProbeRunner(this.#reactor, this.time.clock, LIMITS);
  readonly started: string[] = [];
  readonly told: string[] = [];
  readonly #ends = new Map<string, (verdict: Verdict) => void>();

  submit(name: string, lane: Lane = "socket", deadlineMs = 1_000, usesRuntime = false): Job {
    const start = ({ signal }: ProbeContext) => {
      this.started.push(name);
      return new Promise<Verdict>((resolve) => {
        this.#ends.set(name, resolve);
        signal.addEventListener("abort", () => resolve(STOPPED));
      });
    };
    const done = (verdict: Verdict) => {
      const reason = verdict.outcome === "passed" ? "" : ` ${verdict.reason}`;
      this.told.push(`${name} ${verdict.outcome}${reason}`);
    };
    const job: Job = { lane, start, deadlineMs, done, ...(usesRuntime && { usesRuntime }) };
    this.runner.submit(job);
    return job;
  }

  end(name: string, verdict = PASSED): void {
    this.#ends.get(name)?.(verdict);
  }

  /** One turn of the loop, after promises had theirs. */
  async turn(): Promise<boolean> {
    await settled();
    return this.runner.turn();
  }

  [Symbol.dispose](): void {
    this.#reactor[Symbol.dispose]();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await null;
}

Deno.test("ProbeRunner starts a few at every turn, in order, up to its limit", async () => {
  using bench = new Bench();
  for (const name of "abcdefg") bench.submit(name);
  assertEquals(bench.started, [], "nothing outside of a turn");
  assertEquals(await bench.turn(), true, "more could start at once");
  assertEquals(bench.started.join(""), "abc");
  assertEquals(await bench.turn(), false, "it is full");
  assertEquals(bench.started.join(""), "abcde");
  assertEquals(bench.runner.load, { queuedCount: 2, runningCount: 5 });
  bench.end("b");
  assertEquals(bench.told, [], "told within a turn");
  await bench.turn();
  assertEquals(bench.told, ["b passed"]);
  assertEquals(bench.started.join(""), "abcdef");
});

Deno.test("ProbeRunner: lanes do not hold up each other", async () => {
  using bench = new Bench();
  for (const name of "abcdefg") bench.submit(name);
  for (const name of "xyz") bench.submit(name, "script");
  await bench.turn();
  await bench.turn();
  await bench.turn();
  assertEquals(bench.started.join(""), "abcxdey");
});

Deno.test("ProbeRunner: a probe that goes on for too long is ended", async () => {
  using bench = new Bench();
  bench.submit("a", "socket", 1_000);
  bench.submit("b", "socket", 2_000);
  await bench.turn();
  bench.time.runFor(999);
  await bench.turn();
  assertEquals(bench.told, []);
  bench.time.runFor(1);
  await bench.turn();
  assertEquals(bench.told, ["a failed timed out"]);
  bench.end("b");
  await bench.turn();
  bench.time.runFor(5_000);
  await bench.turn();
  assertEquals(bench.told, ["a failed timed out", "b passed"]);
  assertEquals(bench.time.clock.timerCount, 0);
});

Deno.test("ProbeRunner: one that says stopped of itself is believed", async () => {
  using bench = new Bench();
  bench.submit("a");
  await bench.turn();
  bench.end("a", STOPPED);
  await bench.turn();
  assertEquals(bench.told, ["a undecided stopped"]);
});

Deno.test("ProbeRunner.cancel: in the queue, while it runs, when it has just ended", async () => {
  using bench = new Bench();
  const jobs = Array.from("abcd", (name) => bench.submit(name));
  await bench.turn();
  assertEquals(bench.started.join(""), "abc");
  for (const job of jobs) if (job !== jobs[0]) bench.runner.cancel(job);
  bench.end("a");
  await settled();
  if (jobs[0]) bench.runner.cancel(jobs[0]);
  await bench.turn();
  await bench.turn();
  assertEquals([bench.started.join(""), bench.told.join()], ["abc", ""]);
  assertEquals(bench.runner.load, { queuedCount: 0, runningCount: 0 });
  // It can be run again.
  if (jobs[0]) bench.runner.submit(jobs[0]);
  await bench.turn();
  assertEquals(bench.started.join(""), "abca");
});

Deno.test("ProbeRunner.isShared: while a probe needs the runtime, and a little longer", async () => {
  using bench = new Bench();
  bench.submit("plain");
  bench.submit("tls", "socket", 1_000, true);
  assertEquals(bench.runner.isShared(), false);
  await bench.turn();
  assertEquals(bench.runner.isShared(), true);
  bench.end("tls");
  await bench.turn();
  assertEquals(bench.runner.isShared(), true, "it may still be closing");
  bench.time.runFor(2_000);
  assertEquals(bench.runner.isShared(), false);
});

Deno.test("ProbeRunner: what a probe throws ends the turn, and so the process", async () => {
  using bench = new Bench();
  const start = () => Promise.reject(new Error("a bug"));
  bench.runner.submit({ lane: "socket", start, deadlineMs: 1_000, done: () => {} });
  await bench.turn();
  const error = await assertRejects(() => bench.turn());
  assertEquals(error instanceof Error && error.message, "a bug");
});

Deno.test("ProbeRunner.stop resolves when nothing runs", async () => {
  using bench = new Bench();
  for (const name of "abcdef") bench.submit(name);
  await bench.turn();
  let isStopped = false;
  bench.runner.stop().then(() => isStopped = true);
  await settled();
  assert(!isStopped);
  await bench.turn();
  await settled();
  assert(isStopped);
  assertEquals([bench.started.join(""), bench.told.join()], ["abc", ""]);
});

Deno.test("HandshakeGate lets in so many, in order, and nobody stays for long", async () => {
  const time = new VirtualTime();
  const gate = new HandshakeGate(time.clock, 2);
  const inside: string[] = [];
  const leave = new Map<string, Disposable>();
  const controllers = new Map<string, AbortController>();
  for (const name of "abcdef") {
    const controller = new AbortController();
    controllers.set(name, controller);
    gate.enter(controller.signal).then((place) => {
      inside.push(name);
      leave.set(name, place);
    });
  }
  await settled();
  assertEquals(inside.join(""), "ab");
  leave.get("a")?.[Symbol.dispose]();
  leave.get("a")?.[Symbol.dispose]();
  await settled();
  assertEquals(inside.join(""), "abc", "leaving twice counts once");
  // One that gives up does not take a place.
  controllers.get("d")?.abort();
  await settled();
  assertEquals([inside.join(""), gate.insideCount], ["abcd", 2]);
  // Nobody leaves, but their time is over.
  time.runFor(10_000);
  await settled();
  assertEquals(inside.join(""), "abcdef");
  for (const place of leave.values()) place[Symbol.dispose]();
  time.runFor(10_000);
  assertEquals([gate.insideCount, time.clock.timerCount], [0, 0]);
});

Deno.test("HandshakeGate: who is stopped already does not wait", async () => {
  const gate = new HandshakeGate(new VirtualTime().clock, 0);
  using _place = await gate.enter(AbortSignal.abort());
  assertEquals(gate.insideCount, 0);
});
