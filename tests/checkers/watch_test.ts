import { assert, assertEquals } from "@std/assert";
import type { ProbeContext } from "../../checkers/probe.ts";
import { Watch } from "../../checkers/watch.ts";
import { socketPair } from "../../net/sys/channel.ts";
import { libc } from "../../net/sys/libc.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { VirtualTime } from "../virtual_time.ts";

/** A watched end of a pair of sockets, in time that moves when told. */
class Bench implements Disposable {
  readonly reactor = new Reactor();
  readonly time = new VirtualTime();
  readonly controller = new AbortController();
  readonly #pair = socketPair();
  readonly watch: Watch;

  constructor() {
    const context: ProbeContext = {
      reactor: this.reactor,
      timers: this.time.clock,
      signal: this.controller.signal,
      handshakes: { enter: () => Promise.resolve({ [Symbol.dispose]() {} }) },
    };
    this.watch = new Watch(this.#pair[0], context);
  }

  say(): void {
    libc.write(this.#pair[1], new Uint8Array([1]), 1);
  }

  hear(): void {
    libc.read(this.#pair[0], new Uint8Array(8), 8);
  }

  [Symbol.dispose](): void {
    this.watch[Symbol.dispose]();
    for (const end of this.#pair) libc.close(end);
    this.reactor[Symbol.dispose]();
  }
}

Deno.test("Watch.wait: ready, once for each wait", async () => {
  using bench = new Bench();
  const readable = bench.watch.wait("readable", 100);
  bench.say();
  bench.reactor.waitSync(1_000);
  assertEquals(await readable, "ready");
  const writable = bench.watch.wait("writable", 100);
  bench.reactor.waitSync(1_000);
  assertEquals(await writable, "ready");
  assertEquals(bench.time.clock.timerCount, 0);
});

Deno.test("Watch.wait: the time is over", async () => {
  using bench = new Bench();
  const readable = bench.watch.wait("readable", 100);
  bench.time.runFor(99.9);
  assertEquals(bench.time.clock.timerCount, 1);
  bench.time.runFor(0.1);
  assertEquals(await readable, "timed out");
});

Deno.test("Watch.wait: stopped, before and meanwhile", async () => {
  using bench = new Bench();
  const readable = bench.watch.wait("readable", 100);
  bench.controller.abort();
  assertEquals(await readable, "stopped");
  assertEquals(await bench.watch.wait("readable", 100), "stopped");
  assertEquals(bench.time.clock.timerCount, 0);
});

Deno.test("Watch: disposed of while somebody waits", async () => {
  using bench = new Bench();
  const readable = bench.watch.wait("readable", 100);
  bench.watch[Symbol.dispose]();
  assertEquals(await readable, "stopped");
});

Deno.test("Watch: what nobody waits for is told once, and is not lost", async () => {
  using bench = new Bench();
  bench.say();
  assertEquals(bench.reactor.waitSync(1_000), 1, "told");
  assertEquals(bench.reactor.waitSync(0), 0, "not again");
  const readable = bench.watch.wait("readable", 100);
  assert(bench.reactor.waitSync(1_000) > 0);
  assertEquals(await readable, "ready");
  bench.hear();
  assertEquals(bench.reactor.waitSync(0), 0);
});
