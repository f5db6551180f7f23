import { assert, assertEquals } from "@std/assert";
import { BfdGuard, type Help } from "../../../engine/io/bfd_guard.ts";
import { ip } from "../../../net/address.ts";

const [A, B, STRANGER] = [ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.99")];

function guard(needs: readonly (readonly [typeof A, number])[] = [[A, 10], [B, 100]]) {
  const helps: Help[] = [];
  const made = new BfdGuard((help) => helps.push(help));
  made.setNeeds(new Map(needs));
  /** How many of so many datagrams of a source in one window are looked at. */
  const admitted = (source: typeof A, count: number, nowMs: number) => {
    let admittedCount = 0;
    for (let i = 0; i < count; i++) if (made.admits(source, nowMs)) admittedCount++;
    return admittedCount;
  };
  return { made, helps, admitted };
}

Deno.test("BfdGuard: a neighbour may send several times what its sessions need", () => {
  const { admitted, made } = guard();
  assertEquals([admitted(A, 44, 0), admitted(B, 80, 0)], [44, 80]);
  assertEquals([admitted(A, 10, 0), admitted(B, 10, 0)], [0, 0]);
  assertEquals(made.droppedCount, 20);
  assertEquals([admitted(A, 44, 100), admitted(B, 80, 100)], [44, 80]);
});

Deno.test("BfdGuard: who sends far more is sampled, until two seconds after the flood", () => {
  const { admitted, made, helps } = guard();
  assertEquals(admitted(A, 10_000, 0), 44);
  assertEquals(helps, [{ sampled: [A], refusesStrangers: false }]);
  // The sample still tells of the flood.
  assertEquals(admitted(A, 50, 1_000), 44);
  admitted(A, 1, 2_500);
  assertEquals(made.help.sampled, [A]);
  admitted(A, 1, 3_001);
  assertEquals(made.help.sampled, []);
  assertEquals(helps.length, 2);
  assertEquals(admitted(B, 80, 3_001), 80);
});

Deno.test("BfdGuard: strangers share a little, then the kernel refuses them for a while", () => {
  const { admitted, helps } = guard();
  assertEquals(admitted(STRANGER, 999, 0), 40);
  assertEquals(helps, []);
  admitted(STRANGER, 1, 0);
  assertEquals(helps, [{ sampled: [], refusesStrangers: true }]);
  assertEquals(admitted(A, 44, 0), 44);
  admitted(A, 1, 2_100);
  assertEquals(helps.at(-1), { sampled: [], refusesStrangers: false });
});

Deno.test("BfdGuard: no more than sixteen sources are sampled at once", () => {
  const sources = Array.from({ length: 20 }, (_, i) => ip(`192.0.2.${i}`));
  const { admitted, made } = guard(sources.map((source) => [source, 10]));
  for (const source of sources) admitted(source, 10_000, 0);
  assertEquals(made.help.sampled, sources.slice(0, 16));
});

Deno.test("BfdGuard: who is no neighbour any more is not sampled", () => {
  const { admitted, made } = guard();
  admitted(A, 10_000, 0);
  made.setNeeds(new Map([[B, 10]]));
  assertEquals(made.help.sampled, []);
  assert(admitted(A, 10, 0) > 0, "it is a stranger now");
});
