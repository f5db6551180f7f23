import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Clock } from "../../../engine/clock.ts";
import { Deadline } from "../../../engine/io/deadline.ts";

function deadline() {
  let nowMs = 0;
  const clock = new Clock(() => nowMs);
  const ends: number[] = [];
  const made = new Deadline(clock, (dueMs) => ends.push(dueMs));
  const runTo = (endMs: number) => {
    for (let due = clock.nextDeadlineMs(); due !== undefined && due <= endMs;) {
      nowMs = due;
      clock.runDue(nowMs);
      due = clock.nextDeadlineMs();
    }
    nowMs = endMs;
  };
  return { made, clock, ends, runTo };
}

Deno.test("Deadline: ends so long after it was put off for the last time, and once", () => {
  const times = fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 20 });
  fc.assert(fc.property(times, (gaps) => {
    const { made, ends, runTo } = deadline();
    made.setLength(100);
    made.putOff();
    let nowMs = 0;
    for (const gap of gaps) {
      nowMs += gap;
      runTo(nowMs);
      made.putOff();
    }
    runTo(nowMs + 10_000);
    assertEquals(ends, [nowMs + 100]);
  }));
});

Deno.test("Deadline: who is not sure is asked again, and again from the start once it is put off", () => {
  let nowMs = 0;
  const clock = new Clock(() => nowMs);
  const asked: number[] = [];
  const made = new Deadline(clock, (dueMs) => {
    asked.push(nowMs);
    assertEquals(dueMs, asked.length < 3 ? 100 : 202);
    if (asked.length < 3) made.askAgain(1);
  });
  const runTo = (endMs: number) => {
    for (; nowMs < endMs; nowMs++) clock.runDue(nowMs);
  };
  made.setLength(100);
  made.putOff();
  runTo(102);
  assertEquals(asked, [100, 101]);
  made.putOff();
  runTo(400);
  assertEquals(asked, [100, 101, 202]);
});

Deno.test("Deadline: while it is put off in time it never wakes anybody, and is hardly armed anew", () => {
  const { made, clock, runTo } = deadline();
  made.setLength(100);
  made.putOff();
  let armedCount = 0;
  let deadlineMs = clock.nextDeadlineMs();
  for (let i = 1; i < 1_000; i++) {
    runTo(i);
    made.putOff();
    assertEquals(clock.timerCount, 1);
    const nextMs = clock.nextDeadlineMs();
    assert(nextMs !== undefined && nextMs > i);
    if (nextMs !== deadlineMs) armedCount++;
    deadlineMs = nextMs;
  }
  assert(armedCount <= 20, `${armedCount} times`);
});

Deno.test("Deadline: a shorter length counts from when it was put off; it may be over at once", () => {
  const { made, ends, runTo } = deadline();
  made.setLength(1_000);
  made.putOff();
  runTo(100);
  made.setLength(300);
  runTo(299);
  assertEquals(ends, []);
  runTo(300);
  assertEquals(ends, [300]);
  made.putOff();
  runTo(500);
  made.setLength(100);
  runTo(501);
  assertEquals(ends, [300, 400]);
});

Deno.test("Deadline: a longer length is waited for", () => {
  const { made, ends, runTo } = deadline();
  made.setLength(100);
  made.putOff();
  runTo(50);
  made.setLength(1_000);
  runTo(999);
  assertEquals(ends, []);
  runTo(1_000);
  assertEquals(ends, [1_000]);
});

Deno.test("Deadline: length 0 and cancel do not end", () => {
  const { made, ends, runTo } = deadline();
  made.putOff();
  runTo(1_000);
  made.setLength(100);
  made.setLength(0);
  runTo(2_000);
  made.setLength(100);
  made.cancel();
  runTo(3_000);
  assertEquals(ends, []);
});
