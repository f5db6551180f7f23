import { assertEquals } from "@std/assert";
import { CoarseWaiter } from "../../engine/coarse_waiter.ts";

/** A waiter on a source that notes what it is asked for, and wakes when that is over. */
class Bench {
  nowMs = 1_000;
  readonly asked: (string | number | undefined)[] = [];
  readonly #source = {
    onWake: undefined as (() => void) | undefined,
    waitSync: (timeoutMs: number | undefined) => this.#wait("here", timeoutMs),
    waitAsync: (timeoutMs: number | undefined) =>
      Promise.resolve(this.#wait("elsewhere", timeoutMs)),
    drain: (budget: number) => void this.asked.push("drain", budget),
  };
  readonly waiter = new CoarseWaiter(this.#source, () => this.nowMs);

  #wait(where: string, timeoutMs: number | undefined): number {
    this.asked.push(where, timeoutMs);
    this.nowMs += timeoutMs ?? 0;
    this.#source.onWake?.();
    return 0;
  }
}

Deno.test("CoarseWaiter: it waits here unless the thread is shared", async () => {
  const bench = new Bench();
  let isShared = false;
  bench.waiter.isShared = () => isShared;
  await bench.waiter.waitAsync(8);
  isShared = true;
  await bench.waiter.waitAsync(8);
  bench.waiter.waitSync(8);
  bench.waiter.drain(3);
  assertEquals(bench.asked, ["here", 8, "elsewhere", 8, "here", 8, "drain", 3]);
});

Deno.test("CoarseWaiter: who goes on in promises comes to an end first", async () => {
  const bench = new Bench();
  bench.waiter.isShared = () => false;
  const goOn = async () => {
    for (let i = 0; i < 1_000; i++) await null;
    bench.asked.push("settled");
  };
  const settled = goOn();
  await bench.waiter.waitAsync(8);
  await settled;
  assertEquals(bench.asked, ["settled", "here", 8]);
});

Deno.test("CoarseWaiter.now: when it woke, and not what has become of it", async () => {
  const bench = new Bench();
  let woke = 0;
  bench.waiter.onWake = () => woke = bench.waiter.now();
  await bench.waiter.waitAsync(8);
  bench.nowMs += 5;
  assertEquals([woke, bench.waiter.now()], [1_008, 1_008]);
});

// deno-fmt-ignore
const rows: [timeoutMs: number | undefined, worksMs: number, waits: number | undefined][] = [
  [undefined, 0, undefined], // Nothing is due.
  [0,         3, 0],         // There is more to do.
  [0.05,      3, 0.05],      // A breath.
  [4,         0, 4],         // Due at a point of the grid.
  [5,         0, 8],         // Due between two: at the later one.
  [8,         3, 5],         // It counts from waking; three were spent.
  [2,         9, 0],         // Overdue.
];
for (const [timeoutMs, worksMs, waits] of rows) {
  Deno.test(`CoarseWaiter: due in ${timeoutMs} ms, after ${worksMs} ms of work`, async () => {
    const bench = new Bench();
    bench.nowMs += worksMs;
    await bench.waiter.waitAsync(timeoutMs);
    assertEquals(bench.asked.at(-1), waits);
  });
}
