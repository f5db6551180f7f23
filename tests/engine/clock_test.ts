/**
 * The clock's two rules, and its heap.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Clock, nothingToPrepare } from "../../engine/clock.ts";
import { VirtualTime } from "../virtual_time.ts";

Deno.test("Clock: timers fire in order of their deadlines, equal ones in order of their age", () => {
  const time = new VirtualTime();
  const fired: string[] = [];
  for (const [name, delayMs] of [["c", 30], ["a", 10], ["b", 20], ["a2", 10]] as const) {
    time.clock.setTimeout(() => fired.push(`${name} ${time.nowMs}`), delayMs);
  }
  assertEquals(time.clock.timerCount, 4);
  time.runFor(100);
  assertEquals(fired, ["a 10", "a2 10", "b 20", "c 30"]);
  assertEquals([time.clock.timerCount, time.clock.nextDeadlineMs()], [0, undefined]);
});

Deno.test("Clock: who only speaks can be run alone; all keep their order", () => {
  const time = new VirtualTime();
  const fired: string[] = [];
  const cancelled = time.clock.speakLater(() => fired.push("cancelled"), 5);
  time.clock.setTimeout(() => fired.push("believer"), 10);
  time.clock.speakLater(() => fired.push("speaker"), 10);
  time.clock.speakLater(() => fired.push("early speaker"), 9);
  time.clock.speakLater(() => fired.push("late speaker"), 20);
  time.clock.clearTimeout(cancelled);
  assertEquals([time.clock.timerCount, time.clock.nextDeadlineMs()], [4, 9]);
  time.nowMs = 9;
  time.clock.runSpeakers(9);
  assertEquals(fired, ["early speaker"]);
  time.nowMs = 10;
  time.clock.runDue(10);
  assertEquals(fired, ["early speaker", "believer", "speaker"]);
  time.runFor(10);
  assertEquals(fired.at(-1), "late speaker");
});

Deno.test("Clock.runBelievers: who only speaks is left out", () => {
  const { clock } = new VirtualTime();
  const fired: string[] = [];
  clock.speakLater(() => fired.push("speaker"), 1);
  clock.setTimeout(() => fired.push("believer"), 2);
  assertEquals(clock.runBelievers(3), true);
  assertEquals(fired, ["believer"]);
  assertEquals(clock.runBelievers(3), false);
  clock.runDue(3);
  assertEquals(fired, ["believer", "speaker"]);
});

Deno.test("Clock.runSpeakers: those who are not run when it is enough stay due", () => {
  const { clock } = new VirtualTime();
  const fired: number[] = [];
  for (const number of [1, 2, 3]) clock.speakLater(() => fired.push(number), number);
  clock.runSpeakers(3, () => fired.length === 2);
  assertEquals([fired, clock.nextDeadlineMs()], [[1, 2], 3]);
  clock.runSpeakers(3, () => false);
  assertEquals(fired, [1, 2, 3]);
});

Deno.test("Clock: nothing fires before its deadline, fractions of a millisecond count", () => {
  let nowMs = 1_000;
  const clock = new Clock(() => nowMs);
  let fired = false;
  clock.setTimeout(() => fired = true, 0.078125);
  assertEquals(clock.nextDeadlineMs(), 1_000.078125);
  nowMs = 1_000.078;
  clock.runDue(nowMs);
  assertEquals(fired, false);
  nowMs = 1_000.0782;
  clock.runDue(nowMs);
  assertEquals(fired, true);
});

Deno.test("Clock: a cancelled timer never fires, also if it was due", () => {
  const time = new VirtualTime();
  const fired: string[] = [];
  const victim = time.clock.setTimeout(() => fired.push("victim"), 20);
  time.clock.setTimeout(() => {
    fired.push("canceller");
    time.clock.clearTimeout(victim);
  }, 10);
  time.nowMs = 50;
  time.clock.runDue(50);
  assertEquals(fired, ["canceller"]);
  assertEquals(time.clock.timerCount, 0);
});

Deno.test("Clock: cancelling what fired or never was does nothing", () => {
  const time = new VirtualTime();
  let count = 0;
  const id = time.clock.setTimeout(() => count++, 1);
  time.runFor(1);
  time.clock.clearTimeout(id);
  time.clock.clearTimeout(4_711);
  time.clock.setTimeout(() => count++, 1);
  time.runFor(1);
  assertEquals(count, 2);
});

Deno.test("Clock: a period counts from the deadline, not from the turn", () => {
  const time = new VirtualTime();
  const fired: number[] = [];
  const tick = () => {
    fired.push(time.nowMs);
    if (fired.length < 5) time.clock.setTimeout(tick, 10);
  };
  time.clock.setTimeout(tick, 10);
  time.runFor(100, () => 3);
  assertEquals(fired, [13, 23, 33, 43, 53]);
});

Deno.test("Clock: after a stall longer than the period it starts afresh, without a burst", () => {
  const time = new VirtualTime();
  const fired: number[] = [];
  const tick = () => {
    fired.push(time.nowMs);
    time.clock.setTimeout(tick, 10);
  };
  time.clock.setTimeout(tick, 10);
  time.runFor(20);
  time.nowMs = 1_000;
  time.clock.runDue(1_000);
  assertEquals(fired, [10, 20, 1_000]);
  assertEquals(time.clock.nextDeadlineMs(), 1_010);
});

Deno.test("Clock: what is armed outside of a timer counts from now", () => {
  const time = new VirtualTime();
  time.clock.setTimeout(() => {}, 10);
  time.nowMs = 17;
  time.clock.runDue(17);
  time.clock.setTimeout(() => {}, 10);
  assertEquals(time.clock.nextDeadlineMs(), 27);
});

Deno.test("Clock: runDue leaves what its timers arm for the next call, even if it is due", () => {
  const time = new VirtualTime();
  const fired: string[] = [];
  time.clock.setTimeout(() => {
    fired.push("first");
    time.clock.setTimeout(() => fired.push("second"), 0);
  }, 10);
  time.clock.setTimeout(() => fired.push("other"), 10);
  time.nowMs = 10;
  time.clock.runDue(10);
  assertEquals(fired, ["first", "other"]);
  assertEquals(time.clock.nextDeadlineMs(), 10);
  time.clock.runDue(10);
  assertEquals(fired, ["first", "other", "second"]);
});

Deno.test("Clock: timers of zero delay cannot keep runDue busy for ever", () => {
  const time = new VirtualTime();
  let count = 0;
  const again = () => {
    if (++count > 100) throw new Error("runDue does not end");
    time.clock.setTimeout(again, 0);
  };
  again();
  time.clock.runDue(0);
  assertEquals(count, 2);
});

Deno.test("Clock: an exception of a timer reaches the caller, and later timers count from now", () => {
  const time = new VirtualTime();
  time.clock.setTimeout(() => {
    throw new Error("bug");
  }, 10);
  time.nowMs = 15;
  assertThrows(() => time.clock.runDue(15), "bug");
  time.clock.setTimeout(() => {}, 10);
  assertEquals(time.clock.nextDeadlineMs(), 25);
});

Deno.test("Clock: cleaning up after many re-armed timers loses none and keeps their order", () => {
  const time = new VirtualTime();
  const fired: number[] = [];
  for (let i = 0; i < 100; i++) time.clock.setTimeout(() => fired.push(i), 1_000 - i);
  let id = time.clock.setTimeout(() => {}, 500);
  for (let i = 0; i < 10_000; i++) {
    time.clock.clearTimeout(id);
    id = time.clock.setTimeout(() => {}, 3_000 - (i % 1_000));
  }
  assertEquals(time.clock.timerCount, 101);
  time.runFor(1_000);
  assertEquals(fired, Array.from({ length: 100 }, (_, i) => 99 - i));
});

Deno.test("Clock.hold: until a moment, but not for long", () => {
  let nowMs = 0;
  const clock = new Clock(() => nowMs += 0.001);
  assertEquals(clock.hold(1), nowMs);
  assert(nowMs >= 1 && nowMs < 1.01);
  const stopped = new Clock(() => 0);
  stopped.hold(1);
  assertEquals(stopped.now(), 0);
});

Deno.test("Clock.awaitOrigin: a timer that is run a little early can wait for its deadline", () => {
  let nowMs = 0;
  const clock = new Clock(() => nowMs += 0.001);
  const looked: number[] = [];
  clock.setTimeout(() => {
    clock.awaitOrigin();
    looked.push(nowMs);
  }, 10);
  nowMs = 9.7;
  clock.runBelievers(10.01);
  const [atMs = NaN] = looked;
  assert(atMs >= 10 && atMs < 10.02, `${atMs}`);
  clock.awaitOrigin();
  clock.countFrom(5, () => clock.awaitOrigin());
  assert(nowMs < atMs + 0.02, "what happened is not waited for");
});

Deno.test("Clock.prepareNext: of the next timer that believes, if it knows anything to prepare", () => {
  const { clock } = new VirtualTime();
  clock.speakLater(() => {}, 5);
  assertEquals([clock.nextBeliefMs(), clock.prepareNext()], [undefined, false], "there is none");
  clock.setTimeout(() => {}, 30, nothingToPrepare);
  assertEquals(clock.prepareNext(), false);
  clock.setTimeout(() => {}, 20);
  assertEquals(clock.prepareNext(), undefined, "nobody knows");
  const id = clock.setTimeout(() => {}, 10, () => true);
  assertEquals([clock.nextDeadlineMs(), clock.nextBeliefMs(), clock.prepareNext()], [5, 10, true]);
  clock.clearTimeout(id);
  assertEquals(clock.prepareNext(), undefined, "a cancelled one does not count");
});

Deno.test("Clock is a list sorted by deadline, whatever is armed and cancelled", () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("arm" as const), delayMs: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(200) }),
    fc.record({ kind: fc.constant("pass" as const), durationMs: fc.integer({ min: 0, max: 20 }) }),
  );
  fc.assert(fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
    const time = new VirtualTime();
    let model: { id: number; atMs: number }[] = [];
    const fired: number[] = [];
    const expected: number[] = [];
    for (const each of operations) {
      if (each.kind === "arm") {
        const id: number = time.clock.setTimeout(() => fired.push(id), each.delayMs);
        model.push({ id, atMs: time.nowMs + each.delayMs });
      } else if (each.kind === "cancel") {
        time.clock.clearTimeout(each.which);
        model = model.filter(({ id }) => id !== each.which);
      } else {
        time.runFor(each.durationMs);
        const due = model.filter(({ atMs }) => atMs <= time.nowMs);
        expected.push(
          ...due.toSorted((a, b) => a.atMs - b.atMs || a.id - b.id).map(({ id }) => id),
        );
        model = model.filter(({ atMs }) => atMs > time.nowMs);
      }
      assertEquals(time.clock.timerCount, model.length);
    }
    assertEquals(fired, expected);
  }));
});
