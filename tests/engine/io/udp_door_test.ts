/**
 * UDP sockets of a real process, on the loopback interface.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../../engine/clock.ts";
import { KernelReceiver, KernelSender } from "../../../engine/io/udp_door.ts";
import { ip } from "../../../net/address.ts";
import { Reactor } from "../../../net/sys/reactor.ts";

const PORT = 29_784; // None that the kernel gives away by chance.
const HERE = ip("127.0.0.1");
const FILTER = { hopLimitMin: 255, bytesMin: 1, sampled: [] };

/** A socket that hears what another one sends, at a time that stands still. */
class Heard implements Disposable {
  nowMs = 1_000;
  count = 0;
  readonly clock = new Clock(() => this.nowMs);
  readonly reactor = new Reactor();
  readonly receiver = new KernelReceiver(this.reactor, this.clock, {
    family: 4,
    port: PORT,
    filter: FILTER,
    receiveBufferBytes: 1 << 20,
    onReceived: () => this.count++,
  });
  readonly #sender = new KernelSender(
    { destination: HERE, port: PORT, sourcePortMin: 49_152, hopLimit: 255 },
    () => 0.5,
  );

  send(count: number): void {
    const bytes = Uint8Array.of(1);
    for (let i = 0; i < count; i++) assertEquals(this.#sender.send(bytes), 0);
  }

  [Symbol.dispose](): void {
    this.#sender[Symbol.dispose]();
    this.receiver[Symbol.dispose]();
    this.reactor[Symbol.dispose]();
  }
}

Deno.test("KernelReceiver: a busy socket wakes nobody, and nothing is lost or late for a timer", () => {
  using heard = new Heard();
  const { reactor, clock } = heard;
  const turn = () => {
    reactor.waitSync(0);
    if ((clock.nextDeadlineMs() ?? Infinity) > heard.nowMs) return;
    reactor.drain(64);
    clock.runDue(heard.nowMs);
  };
  heard.send(50);
  turn();
  assertEquals(heard.count, 50);
  assertEquals(clock.timerCount, 0, "one burst is not busy yet");
  heard.nowMs += 25;
  heard.send(50);
  turn();
  assertEquals(clock.timerCount, 1, "it is read by the clock from now on");
  heard.send(10);
  assertEquals(reactor.waitSync(0), 0, "nobody is woken");
  assertEquals(clock.nextDeadlineMs(), heard.nowMs + 1);
  heard.nowMs += 1;
  turn();
  assertEquals(heard.count, 110);
  for (let i = 0; i < 60; i++) {
    heard.nowMs += 1;
    turn();
  }
  assertEquals(clock.timerCount, 0, "it is quiet again");
  heard.send(1);
  assertEquals(reactor.waitSync(0), 1, "and wakes us");
  assertEquals(heard.count, 111);
});

Deno.test("KernelReceiver: what is busy gives way to timers, and is read before one that depends on it", () => {
  using heard = new Heard();
  const { reactor, clock, receiver } = heard;
  heard.nowMs += 25;
  heard.send(50);
  reactor.waitSync(0);
  heard.send(100);
  reactor.drain(64);
  assertEquals(heard.count, 50, "it is busy: only the clock reads it");
  heard.nowMs += 1;
  const timer = clock.setTimeout(() => {}, 0);
  clock.runSpeakers(heard.nowMs);
  assertEquals([heard.count, clock.nextDeadlineMs()], [66, heard.nowMs], "the rest is due");
  clock.clearTimeout(timer);
  clock.runSpeakers(heard.nowMs);
  assertEquals([heard.count, clock.nextDeadlineMs()], [150, heard.nowMs + 1]);
  heard.send(200);
  assertEquals([receiver.catchUp(heard.nowMs), heard.count], [false, 214], "the others came later");
  assertEquals([receiver.catchUp(heard.nowMs + 1), heard.count], [false, 350]);
});

Deno.test("KernelSender: from a port of its range, with its TTL; a port that is taken is passed over", () => {
  const heard: number[] = [];
  const clock = new Clock(() => 0);
  using reactor = new Reactor();
  using _receiver = new KernelReceiver(reactor, clock, {
    family: 4,
    port: PORT + 1,
    filter: FILTER,
    receiveBufferBytes: 1 << 16,
    onReceived: ({ hopLimit = 0 }) => heard.push(hopLimit),
  });
  const options = { destination: HERE, port: PORT + 1, sourcePortMin: 49_152, hopLimit: 255 };
  // Both begin at the same port.
  using one = new KernelSender(options, () => 0.25);
  using two = new KernelSender(options, () => 0.25);
  assert(one.send(Uint8Array.of(1)) === 0 && two.send(Uint8Array.of(2)) === 0);
  reactor.waitSync(100);
  assertEquals(heard, [255, 255]);
});
