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

Deno.test("KernelReceiver: a busy socket wakes nobody, and nothing is lost or late for a timer", () => {
  let nowMs = 1_000;
  const clock = new Clock(() => nowMs);
  using reactor = new Reactor();
  let heardCount = 0;
  using _receiver = new KernelReceiver(reactor, clock, {
    family: 4,
    port: PORT,
    filter: FILTER,
    receiveBufferBytes: 1 << 20,
    onReceived: () => heardCount++,
  });
  using sender = new KernelSender(
    { destination: HERE, port: PORT, sourcePortMin: 49_152, hopLimit: 255 },
    () => 0.5,
  );
  const bytes = Uint8Array.of(1);
  const send = (count: number) => {
    for (let i = 0; i < count; i++) assertEquals(sender.send(bytes), 0);
  };
  const turn = () => {
    reactor.waitSync(0);
    if ((clock.nextDeadlineMs() ?? Infinity) > nowMs) return;
    reactor.drain(64);
    clock.runDue(nowMs);
  };
  send(50);
  turn();
  assertEquals(heardCount, 50);
  assertEquals(clock.timerCount, 0, "one burst is not busy yet");
  nowMs += 25;
  send(50);
  turn();
  assertEquals(clock.timerCount, 1, "it is read by the clock from now on");
  send(10);
  assertEquals(reactor.waitSync(0), 0, "nobody is woken");
  assertEquals(clock.nextDeadlineMs(), nowMs + 1);
  nowMs += 1;
  turn();
  assertEquals(heardCount, 110);
  for (let i = 0; i < 60; i++) {
    nowMs += 1;
    turn();
  }
  assertEquals(clock.timerCount, 0, "it is quiet again");
  send(1);
  assertEquals(reactor.waitSync(0), 1, "and wakes us");
  assertEquals(heardCount, 111);
});

Deno.test("KernelReceiver: what is busy gives way to timers, and is read before one that depends on it", () => {
  let nowMs = 1_000;
  const clock = new Clock(() => nowMs);
  using reactor = new Reactor();
  let heardCount = 0;
  using receiver = new KernelReceiver(reactor, clock, {
    family: 4,
    port: PORT,
    filter: FILTER,
    receiveBufferBytes: 1 << 20,
    onReceived: () => heardCount++,
  });
  using sender = new KernelSender(
    { destination: HERE, port: PORT, sourcePortMin: 49_152, hopLimit: 255 },
    () => 0.5,
  );
  const send = (count: number) => {
    for (let i = 0; i < count; i++) assertEquals(sender.send(Uint8Array.of(1)), 0);
  };
  nowMs += 25;
  send(50);
  reactor.waitSync(0);
  send(100);
  reactor.drain(64);
  assertEquals(heardCount, 50, "it is busy: only the clock reads it");
  nowMs += 1;
  const timer = clock.setTimeout(() => {}, 0);
  clock.runSpeakers(nowMs);
  assertEquals([heardCount, clock.nextDeadlineMs()], [66, nowMs], "the rest is due");
  clock.clearTimeout(timer);
  clock.runSpeakers(nowMs);
  assertEquals([heardCount, clock.nextDeadlineMs()], [150, nowMs + 1]);
  send(200);
  assertEquals([receiver.catchUp(nowMs), heardCount], [false, 214], "the others came later");
  assertEquals([receiver.catchUp(nowMs + 1), heardCount], [false, 350]);
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
