/**
 * RFC 5880 §6.8.16: whoever leaves says so until the neighbour knows, or would have noticed anyhow.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import { type BfdEnd, BfdPair } from "./bfd_ends.ts";

/** Two ends that are Up, and one that leaves at 0. */
function leaving(change: Partial<BfdSessionConfig>, isHeard: boolean, lingers = true) {
  const pair = new BfdPair();
  const { time, a, b } = pair;
  const { tell } = pair.start(change);
  time.runFor(10_000);
  assertEquals([a.states.at(-1), b.states.at(-1)], ["up 0", "up 0"]);
  pair.passes = () => isHeard;
  a.sent.length = 0;
  const leftMs = time.nowMs;
  tell({ type: "SHUTDOWN" });
  tell({ type: "RETIRE", lingers });
  return { time, a, b, farewells: () => farewellsOf(a, leftMs) };
}

function farewellsOf({ sent }: BfdEnd, leftMs: number): string[] {
  return sent.map(({ atMs, packet }) => `${atMs - leftMs} ${packet.state} ${packet.diagnostic}`);
}

/** Whether it has let go of its sockets. */
function isGone({ outside }: BfdEnd): boolean {
  return outside.senders.every(({ closed }) => closed);
}

Deno.test("BfdIo RFC 5880 §6.8.16: whoever leaves is gone as soon as the neighbour knows", () => {
  const { time, a, b, farewells } = leaving({}, true);
  time.runFor(1);
  assertEquals([isGone(a), b.states.at(-1)], [false, "down 3"]);
  time.runFor(1);
  assertEquals([isGone(a), farewells()], [true, ["0 adminDown 7"]]);
});

// deno-fmt-ignore
const UNHEARD: [what: string, change: Partial<BfdSessionConfig>, waitMs: number][] = [
  ["100 ms × 3: its Detection Time", {}, 300],
  ["40 ms × 5: its Detection Time", { desiredMinTxIntervalUs: 40_000, requiredMinRxIntervalUs: 40_000, detectMult: 5 }, 200],
  ["1 s × 3: a second", { desiredMinTxIntervalUs: 1_000_000, requiredMinRxIntervalUs: 1_000_000 }, 1_000],
];
for (const [what, change, waitMs] of UNHEARD) {
  Deno.test(`BfdIo RFC 5880 §6.8.16: whoever is not heard leaves after ${what}`, () => {
    const { time, a, farewells } = leaving(change, false);
    time.runFor(waitMs - 1);
    assertEquals(isGone(a), false);
    time.runFor(2);
    assertEquals(isGone(a), true);
    const [first, second, ...more] = farewells();
    assertEquals([first, more], ["0 adminDown 7", []]);
    // At its end, or with the next period of a session that is not up.
    const secondMs = Number.parseFloat(second ?? "");
    assert(secondMs <= waitMs && secondMs >= Math.min(waitMs, 750), second);
  });
}

Deno.test("BfdIo: a session that leaves the configuration does not wait, and says it twice", () => {
  const { time, a, farewells } = leaving({}, true, false);
  time.runFor(0);
  assertEquals([isGone(a), farewells()], [true, ["0 adminDown 7", "0 adminDown 7"]]);
});

Deno.test("BfdIo: a session that was not up does not wait for anybody", () => {
  const pair = new BfdPair();
  pair.passes = () => false;
  const { tell } = pair.start();
  pair.time.runFor(5_000);
  tell({ type: "SHUTDOWN" });
  tell({ type: "RETIRE", lingers: true });
  pair.time.runFor(0);
  assertEquals(isGone(pair.a), true);
});
