import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { onGrid } from "../../../engine/io/send_grid.ts";

Deno.test("onGrid: to the nearest multiple, of 5 ms or of a twentieth of the interval", () => {
  // deno-fmt-ignore
  const rows: readonly [startMs: number, delayMs: number, intervalMs: number, dueMs: number][] = [
    [1_000, 87, 100, 1_085], [1_000, 88, 100, 1_090], [1_000, 99, 100, 1_100],
    [1_003, 100, 100, 1_100], [1_003, 76, 100, 1_080], [1_003, 81, 100, 1_085],
    [100, 8.6, 10, 108.5], [1_000, 880, 1_000, 1_880],
  ];
  for (const [startMs, delayMs, intervalMs, dueMs] of rows) {
    assertEquals(onGrid(startMs, { delayMs, intervalMs, mostMs: intervalMs }), dueMs);
  }
});

Deno.test("onGrid RFC 5880 §6.8.7: 75 % of an interval at least, and its most at most", () => {
  const starts = fc.double({ min: 0, max: 1e6, noNaN: true });
  const shares = fc.double({ min: 0.75, max: 1, noNaN: true });
  const intervals = fc.double({ min: 1, max: 5_000, noNaN: true });
  fc.assert(fc.property(starts, shares, intervals, fc.boolean(), (startMs, share, each, isOne) => {
    const mostMs = isOne ? 0.9 * each : each;
    const delayMs = Math.min(share * each, mostMs);
    const gapMs = onGrid(startMs, { delayMs, intervalMs: each, mostMs }) - startMs;
    assert(gapMs >= 0.75 * each - 1e-6 && gapMs <= mostMs + 1e-6, `${gapMs} of ${each}`);
  }));
});
