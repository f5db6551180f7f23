/**
 * What a loop does shortly before a timer is due, with a waiter that sleeps exactly.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../engine/clock.ts";
import { Loop, type Rehearsing, type Waiter } from "../../engine/loop.ts";

/** Looking at the clock once takes so long. */
const LOOK_MS = 0.01;

class ExactWaiter implements Waiter {
  onWake: (() => void) | undefined;
  nowMs = 0;

  waitCount = 0;

  waitSync(timeoutMs = 0): number {
    this.waitCount++;
    this.nowMs += Math.max(timeoutMs, LOOK_MS);
    this.onWake?.();
    return 0;
  }

  waitAsync(timeoutMs: number | undefined): Promise<number> {
    return Promise.resolve(this.waitSync(timeoutMs));
  }

  drain(): void {}
}

interface Timer {
  readonly atMs: number;
  /** Whether there is something to rehearse for it. */
  readonly matters: boolean;
}

interface Rehearsal {
  readonly timers: readonly Timer[];
  /** How long the first rehearsals take; the next ones as long as the last of them. */
  readonly fullMs?: readonly number[];
  readonly briefMs?: number;
  readonly recoveryMs?: number;
  /** When somebody speaks. */
  readonly speaksAtMs?: readonly number[];
  /** How long it takes to speak. */
  readonly speechMs?: number;
}

/** Runs timers to the last one. Returns what was done, and when. */
async function rehearsed(
  { timers, fullMs = [0.3], briefMs = 0.05, recoveryMs = 0.5, speaksAtMs = [], speechMs = 0 }:
    Rehearsal,
) {
  const fulls = [...fullMs];
  const waiter = new ExactWaiter();
  const clock = new Clock(() => waiter.nowMs);
  const did: { readonly what: string; readonly atMs: number; readonly waitCount: number }[] = [];
  const note = (what: string) =>
    did.push({ what, atMs: waiter.nowMs, waitCount: waiter.waitCount });
  const nextMatters = () =>
    timers.find(({ atMs }) => atMs === clock.nextBeliefMs())?.matters === true;
  const rehearsal: Rehearsing = {
    full: () => {
      if (!nextMatters()) return false;
      note("full");
      waiter.nowMs += (fulls.length > 1 ? fulls.shift() : fulls[0]) ?? 0;
      return true;
    },
    recover: () => {
      note("recover");
      waiter.nowMs += recoveryMs;
    },
    brief: () => {
      if (!nextMatters()) return false;
      note("brief");
      waiter.nowMs += briefMs;
      return true;
    },
  };
  const loop = new Loop({
    ...{ waiter, clock, tasks: [], onStall: () => {}, mode: "blocking", rehearsal },
  });
  for (const atMs of speaksAtMs) {
    clock.speakLater(() => {
      note("speech");
      waiter.nowMs += speechMs;
    }, atMs);
  }
  for (const [i, { atMs }] of timers.entries()) {
    clock.setTimeout(() => {
      note(`timer ${atMs}`);
      if (i === timers.length - 1) loop.stop();
    }, atMs);
  }
  await loop.run();
  return { did, waitCount: waiter.waitCount };
}

function timesOf({ did }: Awaited<ReturnType<typeof rehearsed>>, name: string): number[] {
  return did.filter(({ what }) => what === name).map(({ atMs }) => atMs);
}

Deno.test("Loop: a timer is rehearsed early and late, and then runs a tenth of a millisecond early at most", async () => {
  const run = await rehearsed({ timers: [{ atMs: 100, matters: true }] });
  assertEquals(run.did.map(({ what }) => what), ["full", "recover", "full", "brief", "timer 100"]);
  const [firedMs = NaN] = timesOf(run, "timer 100");
  assert(firedMs > 99.9 && firedMs < 100, `${firedMs} ms`);
});

Deno.test("Loop: timers that do not matter leave the rehearsal to the one that does", async () => {
  const timers = [60, 80, 90].map((atMs) => ({ atMs, matters: false }));
  const run = await rehearsed({ timers: [...timers, { atMs: 100, matters: true }] });
  const own = ["full", "recover", "full", "brief", "timer 100"];
  assertEquals(run.did.map(({ what }) => what), ["timer 60", "timer 80", "timer 90", ...own]);
});

Deno.test("Loop: without the time for it, recovery comes after the timer", async () => {
  const timers = [{ atMs: 100, matters: true }, { atMs: 197, matters: false }];
  const run = await rehearsed({ timers: [...timers, { atMs: 200, matters: true }], recoveryMs: 3 });
  assertEquals(timesOf(run, "recover").length, 1);
  const [firedMs = NaN] = timesOf(run, "timer 200");
  assert(firedMs < 200 + 2 * LOOK_MS, `${firedMs} ms`);
});

/** A slow machine, or one whose caches are others': the first rehearsal takes milliseconds. */
const SLOW = { fullMs: [4, 0.6], briefMs: 0.3, recoveryMs: 3 };

for (const atMs of [4.3, 6.5, 8, 10, 36, 100]) {
  Deno.test(`Loop: rehearsals that take long do not hold up a timer that is due at ${atMs} ms`, async () => {
    const run = await rehearsed({ ...SLOW, timers: [{ atMs, matters: true }] });
    assert(timesOf(run, "full").length > 0);
    const [firedMs = NaN] = timesOf(run, `timer ${atMs}`);
    assert(firedMs > atMs - 0.41 && firedMs < atMs + 2 * LOOK_MS, `${firedMs} ms`);
  });
}

for (const noticeMs of [0.2, 1, 3, 5]) {
  Deno.test(`Loop: what is known to take long is left out ${noticeMs} ms before a timer`, async () => {
    const timers = [
      { atMs: 100, matters: true },
      { atMs: 200 - noticeMs, matters: false },
      { atMs: 200, matters: true },
    ];
    const run = await rehearsed({ ...SLOW, fullMs: [6], timers });
    assertEquals(timesOf(run, "full").filter((atMs) => atMs > 101), []);
    const [firedMs = NaN] = timesOf(run, "timer 200");
    assert(firedMs > 199.59 && firedMs < 200 + 2 * LOOK_MS, `${firedMs} ms`);
  });
}

for (const beforeMs of [0.09, 0.3, 0.5, 1, 2, 4, 7]) {
  Deno.test(`Loop: who speaks ${beforeMs} ms before a timer leaves it its rehearsals`, async () => {
    const spokenMs = 100 - beforeMs;
    const run = await rehearsed({ timers: [{ atMs: 100, matters: true }], speaksAtMs: [spokenMs] });
    const [saidMs = NaN] = timesOf(run, "speech");
    assert(saidMs >= spokenMs && saidMs < spokenMs + 1, `said at ${saidMs} ms`);
    assert(timesOf(run, "full").length > 0 && timesOf(run, "brief").length > 0);
    const [firedMs = NaN] = timesOf(run, "timer 100");
    assert(firedMs > 99.9 && firedMs < 100 + 2 * LOOK_MS, `${firedMs} ms`);
    // In the last moment nobody but the timer has the word.
    assertEquals(run.did.at(-1)?.what, beforeMs < 0.4 ? "speech" : "timer 100");
  });
}

for (const fromMs of [97, 99, 99.5, 99.9]) {
  Deno.test(`Loop: a thousand speakers from ${fromMs} ms on do not hold up a rehearsed timer`, async () => {
    const speaksAtMs = Array.from({ length: 1_000 }, () => fromMs);
    const timers = [{ atMs: 100, matters: true }, { atMs: 150, matters: false }];
    const run = await rehearsed({ timers, speaksAtMs, speechMs: 0.04 });
    const [firedMs = NaN] = timesOf(run, "timer 100");
    assert(firedMs > 99.9 && firedMs < 100.1, `${firedMs} ms`);
    assertEquals(timesOf(run, "speech").length, 1_000);
  });
}

Deno.test("Loop: the brief rehearsal is the last thing before the timer", async () => {
  const run = await rehearsed({ ...SLOW, timers: [{ atMs: 100, matters: true }] });
  const [briefMs = NaN] = timesOf(run, "brief");
  const [firedMs = NaN] = timesOf(run, "timer 100");
  assert(firedMs - briefMs < 0.6, `${firedMs - briefMs} ms, of which it takes 0.3`);
});

Deno.test("Loop: it stays awake before a timer that matters, if it seldom does", async () => {
  const timers = [100, 200, 1_000].map((atMs) => ({ atMs, matters: true }));
  const { did } = await rehearsed({ timers });
  const waits = did.map(({ waitCount }, i) => waitCount - (did[i - 1]?.waitCount ?? 0));
  const lastFull = (timer: string) => waits[did.findIndex(({ what }) => what === timer) - 2] ?? NaN;
  assert(lastFull("timer 100") > 100, "the first time");
  assert(lastFull("timer 200") < 10, "not again so soon");
  assert(lastFull("timer 1000") > 100, "but later");
});

Deno.test("Loop: nobody spins for a timer that does not matter, however near it is", async () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ atMs: 200 + i / 4, matters: false }));
  const { did, waitCount } = await rehearsed({ timers: [{ atMs: 100, matters: true }, ...many] });
  assertEquals(did.filter(({ what }) => what === "brief").length, 1);
  const after = waitCount - (did.find(({ what }) => what === "timer 100")?.waitCount ?? NaN);
  assert(after < 250, `${after} waits for 100 timers`);
});
