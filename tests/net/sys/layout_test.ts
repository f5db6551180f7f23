/**
 * Numbers in C structures.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { getUint64, intBytes, setTimespec, setUint64 } from "../../../net/sys/layout.ts";

function dirty(sizeBytes: number): DataView {
  return new DataView(new Uint8Array(sizeBytes).fill(0xa5).buffer);
}

Deno.test("setUint64, getUint64: any integer up to 2^53 - 1, as the platform has it", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => {
    const view = dirty(24);
    setUint64(view, 8, value);
    assertEquals(view.getBigUint64(8, true), BigInt(value));
    assertEquals(getUint64(view, 8), value);
    assertEquals([view.getUint8(7), view.getUint8(16)], [0xa5, 0xa5]);
  }));
});

const times: [timeMs: number, seconds: bigint, nanoseconds: bigint][] = [
  [0, 0n, 0n],
  [1, 0n, 1_000_000n],
  [999.999999, 0n, 999_999_999n],
  [1_000, 1n, 0n],
  [1_500.25, 1n, 500_250_000n],
  [86_400_000, 86_400n, 0n],
  [0.0000001, 0n, 1n], // Never nothing: a timer of zero is none.
  [999.9999999, 1n, 0n], // Rounded up, over the second.
];
for (const [timeMs, seconds, nanoseconds] of times) {
  Deno.test(`setTimespec: ${timeMs} ms`, () => {
    const view = dirty(24);
    setTimespec(view, 4, timeMs);
    assertEquals([view.getBigInt64(4, true), view.getBigInt64(12, true)], [seconds, nanoseconds]);
  });
}

Deno.test("setTimespec: is never shorter than asked for", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (timeMs) => {
    const view = dirty(16);
    setTimespec(view, 0, timeMs);
    const nanoseconds = view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
    return Number(nanoseconds) / 1e6 >= timeMs * (1 - 1e-15) &&
      view.getBigInt64(8, true) < 1_000_000_000n;
  }));
});

Deno.test("intBytes: a C int", () => {
  assertEquals(intBytes(1), Uint8Array.of(1, 0, 0, 0));
  assertEquals(intBytes(-2), Uint8Array.of(0xfe, 0xff, 0xff, 0xff));
});
