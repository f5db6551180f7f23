/**
 * The order of a turn, with a waiter whose wake-ups are a script.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../engine/clock.ts";
import { Loop, type LoopOptions, type Task, type Waiter } from "../../engine/loop.ts";

/** One wake-up: when, and what is read. */
interface Wake {
  readonly atMs: number;
  readonly read?: () => void;
}

class ScriptedWaiter implements Waiter {
  onWake: (() => void) | undefined;
  nowMs = 0;
  readonly clock = new Clock(() => this.nowMs);
  readonly lines: string[] = [];
  readonly timeouts: (number | undefined)[] = [];
  readonly wakes: Wake[] = [];
  /** Readers that are left for `drain`. */
  readonly unread: (() => void)[] = [];
  drainCount = 0;
  onEmpty: () => void = () => {};

  waitSync(timeoutMs: number | undefined): number {
    this.timeouts.push(timeoutMs);
    const wake = this.wakes.shift();
    if (!wake) this.onEmpty();
    this.nowMs = wake?.atMs ?? this.nowMs;
    this.onWake?.();
    if (!wake?.read) return 0;
    wake.read();
    return 1;
  }

  waitAsync(timeoutMs: number | undefined): Promise<number> {
    this.lines.push("async");
    return Promise.resolve(this.waitSync(timeoutMs));
  }

  drain(_budget: number, between: () => boolean = () => false): void {
    this.drainCount++;
    while (this.unread.length > 0) {
      this.unread.shift()?.();
      if (between()) return;
    }
  }
}

function looped(tasks: readonly Task[] = [], mode: LoopOptions["mode"] = "blocking") {
  const waiter = new ScriptedWaiter();
  const { clock, lines } = waiter;
  const loop = new Loop({
    waiter,
    clock,
    tasks,
    mode,
    onStall: (lateMs) => lines.push(`stalled ${lateMs}`),
  });
  waiter.onEmpty = () => loop.stop();
  return { waiter, clock, lines, loop };
}

Deno.test("Loop: sleeps until the next timer, and no longer", async () => {
  const { waiter, clock, lines, loop } = looped();
  clock.setTimeout(() => lines.push("timer"), 12.5);
  waiter.wakes.push({ atMs: 12.5 });
  await loop.run();
  assertEquals(waiter.timeouts, [12.5, undefined]);
  assertEquals(lines, ["timer"]);
});

Deno.test("Loop: reads first, then timers, then tasks", async () => {
  const lines: string[] = [];
  const task = (name: string) => () => {
    lines.push(name);
    return false;
  };
  const { waiter, clock, loop } = looped([task("first task"), task("second task")]);
  clock.setTimeout(() => lines.push("timer"), 10);
  waiter.unread.push(() => lines.push("drained"));
  waiter.wakes.push({ atMs: 10, read: () => lines.push("read") });
  await loop.run();
  assertEquals(lines.slice(0, 5), ["read", "drained", "timer", "first task", "second task"]);
});

Deno.test("Loop: a due timer that a drained message cancels never fires", async () => {
  const { waiter, clock, lines, loop } = looped();
  const timer = clock.setTimeout(() => lines.push("timer"), 10);
  waiter.unread.push(() => clock.clearTimeout(timer));
  waiter.wakes.push({ atMs: 10 });
  await loop.run();
  assertEquals(lines, []);
});

Deno.test("Loop: what only speaks does so between two reads but the first, others wait for the last one", async () => {
  const { waiter, clock, lines, loop } = looped();
  clock.setTimeout(() => lines.push("believes"), 10);
  clock.speakLater(() => lines.push("speaks"), 10);
  clock.speakLater(() => lines.push("speaks later"), 12);
  for (const name of ["first", "second", "third"]) {
    waiter.unread.push(() => {
      lines.push(name);
      waiter.nowMs += 1;
    });
  }
  waiter.wakes.push({ atMs: 10 });
  await loop.run();
  assertEquals(lines, ["first", "second", "speaks", "speaks later", "third", "believes"]);
});

Deno.test("Loop: while nobody waits for the reading, what only speaks does so after each read", async () => {
  const { waiter, clock, lines, loop } = looped();
  clock.speakLater(() => lines.push("speaks"), 10);
  for (const name of ["first", "second"]) waiter.unread.push(() => lines.push(name));
  waiter.wakes.push({ atMs: 10 });
  await loop.run();
  assertEquals(lines, ["first", "speaks", "second"]);
});

Deno.test("Loop: who waits for a flood to be read lets others speak a little after each read", async () => {
  const { waiter, clock, lines, loop } = looped();
  clock.setTimeout(() => lines.push("believes"), 10);
  for (let i = 0; i < 6; i++) {
    clock.speakLater(() => {
      lines.push("speaks");
      waiter.nowMs += 0.25;
    }, 10);
  }
  for (const name of ["first", "second"]) waiter.unread.push(() => lines.push(name));
  waiter.wakes.push({ atMs: 10 });
  await loop.run();
  const little = ["speaks", "speaks"];
  const rest = ["speaks", ...little, "speaks"];
  assertEquals(lines, ["first", "second", ...little, "believes", ...rest]);
});

Deno.test("Loop: a timer and what it gave to do go before all that is only said", async () => {
  const lines: string[] = [];
  const { waiter, clock, loop } = looped([() => {
    lines.push("task");
    return false;
  }]);
  for (const atMs of [9, 10]) clock.speakLater(() => lines.push("speaks"), atMs);
  clock.setTimeout(() => lines.push("believes"), 10);
  waiter.wakes.push({ atMs: 10 });
  await loop.run();
  assertEquals(lines.slice(0, 5), ["believes", "task", "speaks", "speaks", "task"]);
});

Deno.test("Loop: who speaks stops when a timer is due, and goes on after it", async () => {
  const { waiter, clock, lines, loop } = looped();
  for (let i = 0; i < 5; i++) {
    clock.speakLater(() => {
      lines.push("speaks");
      waiter.nowMs += 1;
    }, 10);
  }
  clock.setTimeout(() => lines.push("believes"), 11.5);
  waiter.wakes.push({ atMs: 10 }, { atMs: 12 });
  await loop.run();
  const speak = ["speaks", "speaks"];
  assertEquals(lines, [...speak, "believes", ...speak, "speaks"]);
  assertEquals(waiter.timeouts[1], 0);
});

Deno.test("Loop: a flood does not hold up a timer for ever, neither a slow nor a quick one", async () => {
  for (const [roundMs, readCount] of [[10, 16], [1, 50]] as const) {
    const { waiter, clock, loop } = looped();
    let count = 0;
    let countAtTimer = 0;
    clock.setTimeout(() => countAtTimer = count, 10);
    for (let i = 0; i < 1_000; i++) {
      waiter.unread.push(() => {
        count++;
        waiter.nowMs += roundMs;
      });
    }
    waiter.wakes.push({ atMs: 10 });
    await loop.run();
    assertEquals(countAtTimer, readCount);
  }
});

Deno.test("Loop: drains only when a timer is due", async () => {
  const { waiter, clock, loop } = looped();
  clock.setTimeout(() => {}, 10);
  waiter.wakes.push({ atMs: 5, read: () => {} });
  await loop.run();
  assertEquals(waiter.drainCount, 0);
});

Deno.test("Loop: tells of a stall before anything is read", async () => {
  const { waiter, clock, lines, loop } = looped();
  clock.setTimeout(() => lines.push("timer"), 10);
  waiter.wakes.push({ atMs: 15, read: () => lines.push("read") });
  await loop.run();
  assertEquals(lines, ["stalled 5", "read", "timer"]);
});

Deno.test("Loop: small lateness is not told", async () => {
  const { waiter, clock, lines, loop } = looped();
  clock.setTimeout(() => {}, 10);
  clock.setTimeout(() => {}, 20);
  waiter.wakes.push({ atMs: 14.9 }, { atMs: 21 });
  await loop.run();
  assertEquals(lines, []);
});

Deno.test("Loop: without a timer nothing is late", async () => {
  const { waiter, lines, loop } = looped();
  waiter.wakes.push({ atMs: 100_000, read: () => lines.push("read") });
  await loop.run();
  assertEquals([lines, waiter.timeouts[0]], [["read"], undefined]);
});

Deno.test("Loop: does not sleep while a task has more to do", async () => {
  let left = 3;
  const { waiter, loop } = looped([() => --left > 0]);
  waiter.wakes.push({ atMs: 0 }, { atMs: 0 }, { atMs: 0 });
  await loop.run();
  assertEquals(waiter.timeouts, [undefined, 0, 0, undefined]);
});

Deno.test("Loop: naps after 20 ms of uninterrupted work", async () => {
  const { waiter, loop } = looped([() => waiter.wakes.length > 0]);
  waiter.wakes.push(...[0, 10, 20, 30, 40, 50, 60].map((atMs) => ({ atMs })));
  await loop.run();
  const naps = waiter.timeouts.filter((each) => each !== undefined && each > 0);
  assertEquals(naps, [0.05, 0.05]);
});

Deno.test("Loop: every task runs in every turn, whoever has more to do", async () => {
  const runs = [0, 0];
  const { waiter, loop } = looped([
    () => ++(runs as [number, number])[0] < 3,
    () => {
      (runs as [number, number])[1]++;
      return false;
    },
  ]);
  waiter.wakes.push({ atMs: 0 }, { atMs: 0 });
  await loop.run();
  assertEquals(runs, [3, 3]);
});

Deno.test("Loop: stop lets tasks finish", async () => {
  let left = 5;
  const { waiter, loop } = looped([() => --left > 0]);
  waiter.wakes.push({ atMs: 0, read: () => loop.stop() });
  await loop.run();
  assertEquals(left, 0);
  assert(waiter.timeouts.slice(1).every((timeout) => timeout === 0));
});

Deno.test("Loop: microtasks run between turns", async () => {
  const { waiter, lines, loop } = looped();
  waiter.wakes.push({
    atMs: 0,
    read: () => void Promise.resolve().then(() => lines.push("microtask")),
  }, { atMs: 1, read: () => lines.push("next turn") });
  await loop.run();
  assertEquals(lines, ["microtask", "next turn"]);
});

Deno.test("Loop: a cooperative loop waits without blocking", async () => {
  const { waiter, clock, lines, loop } = looped([], "cooperative");
  clock.setTimeout(() => lines.push("timer"), 10);
  waiter.wakes.push({ atMs: 10 });
  await loop.run();
  assertEquals(lines, ["async", "timer", "async"]);
});
