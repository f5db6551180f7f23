/**
 * The agenda and the seeded generator of the simulator.
 *
 * @module
 */
import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Agenda } from "../../../engine/sim/agenda.ts";
import { Random } from "../../../engine/sim/random.ts";

Deno.test("Agenda: by time, then in the order of entry, without what was cancelled", () => {
  const times = fc.array(fc.record({ atMs: fc.nat(20), isCancelled: fc.boolean() }));
  fc.assert(fc.property(times, (entries) => {
    const agenda = new Agenda();
    const happened: { atMs: number; i: number }[] = [];
    const ids = entries.map(({ atMs }, i) => agenda.at(atMs, () => happened.push({ atMs, i })));
    entries.forEach(({ isCancelled }, i) => isCancelled && agenda.cancel(ids[i] ?? -1));
    while (agenda.step(Infinity));
    const expected = entries.map(({ atMs, isCancelled }, i) => ({ atMs, i, isCancelled }))
      .filter(({ isCancelled }) => !isCancelled)
      .toSorted((a, b) => a.atMs - b.atMs || a.i - b.i)
      .map(({ atMs, i }) => ({ atMs, i }));
    assertEquals(happened, expected);
  }));
});

Deno.test("Agenda: goes on to the end of time that it is given, and not back", () => {
  const agenda = new Agenda();
  const happened: number[] = [];
  agenda.at(5, () => {
    happened.push(agenda.now());
    agenda.at(5, () => happened.push(agenda.now()));
    agenda.at(9.5, () => happened.push(agenda.now()));
  });
  assertEquals(agenda.nextMs(), 5);
  assert(agenda.step(9));
  assert(agenda.step(9));
  assertEquals([agenda.step(9), agenda.now(), happened], [false, 9, [5, 5]]);
  assertThrows(() => agenda.at(8, () => {}));
  assertEquals([agenda.step(10), agenda.nextMs(), happened], [true, undefined, [5, 5, 9.5]]);
});

Deno.test("Random: the same seed gives the same numbers, evenly between 0 and 1", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 10_000 }, () => random.next());
  };
  const numbers = draw(1);
  assertEquals(draw(1), numbers);
  assert(draw(2)[0] !== numbers[0]);
  assert(numbers.every((number) => number >= 0 && number < 1));
  const tenths = Map.groupBy(numbers, (number) => Math.floor(number * 10));
  for (const tenth of tenths.values()) assert(Math.abs(tenth.length - 1_000) < 150);
  const random = new Random(3);
  const happened = Array.from({ length: 10_000 }, () => random.happens(0.3)).filter(Boolean).length;
  assert(Math.abs(happened - 3_000) < 200);
  assertEquals([random.happens(0), random.happens(1)], [false, true]);
});
