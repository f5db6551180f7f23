/**
 * What tracked objects do to a router: one row each, and properties over all of them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { standingOf, type Verdict } from "../../machines/standing.ts";
import type { Track, TrackKind } from "../../machines/track.ts";

const GOOD: Verdict = { state: "good" };
const BAD: Verdict = { state: "bad" };
const PENDING: Verdict = { state: "pending" };

function value(number: number): Verdict {
  return { state: "value", value: number };
}

function track(weight: number, reversed = false, kind: TrackKind = "script"): Track {
  return { kind, name: "x", weight, reversed };
}

type Row = [
  name: string,
  base: number,
  Track,
  Verdict,
  priority: number,
  faults: string[],
  pending?: string[],
];

// deno-fmt-ignore
const ROWS: Row[] = [
  ["positive weight, good", 100, track(20), GOOD, 120, []],
  ["positive weight, bad", 100, track(20), BAD, 100, []],
  ["negative weight, good", 100, track(-20), GOOD, 100, []],
  ["negative weight, bad", 100, track(-20), BAD, 80, []],
  ["positive weight reversed, good", 100, track(20, true), GOOD, 80, []],
  ["positive weight reversed, bad", 100, track(20, true), BAD, 100, []],
  ["negative weight reversed, good", 100, track(-20, true), GOOD, 100, []],
  ["negative weight reversed, bad", 100, track(-20, true), BAD, 120, []],
  ["weight 0, good", 100, track(0), GOOD, 100, []],
  ["weight 0, bad", 100, track(0), BAD, 100, ["script x failed"]],
  ["weight 0, bad, and why", 100, track(0), { state: "bad", why: "exit status 2" }, 100, ["script x failed (exit status 2)"]],
  ["weight 0 reversed, good", 100, track(0, true), GOOD, 100, ["script x is successful"]],
  ["weight 0 reversed, bad", 100, track(0, true), BAD, 100, []],
  ["weight 0, not known yet", 100, track(0), PENDING, 100, [], ["script x"]],
  ["weight, not known yet: no guess", 100, track(20), PENDING, 100, []],
  ["negative weight, not known yet: no guess", 100, track(-20), PENDING, 100, []],
  ["not below 1", 100, track(-254), BAD, 1, []],
  ["not above 254: 255 is the owner's", 200, track(100), GOOD, 254, []],
  ["an owner stays one", 255, track(-100), BAD, 255, []],
  ["an owner has faults, too", 255, track(0), BAD, 255, ["script x failed"]],
  ["interface down", 100, track(0, false, "interface"), BAD, 100, ["interface x is down"]],
  ["BFD down", 100, track(0, false, "bfd"), BAD, 100, ["bfd x is down"]],
  ["process gone", 100, track(0, false, "process"), BAD, 100, ["process x is bad"]],
  ["file: content times weight", 100, track(2, false, "file"), value(10), 120, []],
  ["file: reversed", 100, track(2, true, "file"), value(10), 80, []],
  ["file: negative content", 100, track(1, false, "file"), value(-30), 70, []],
  ["file: at most 253 is added", 1, track(1, false, "file"), value(1000), 254, []],
  ["file: -254 is a fault", 100, track(1, false, "file"), value(-254), 1, ["file x is -254"]],
  ["file: -253 is none", 100, track(1, false, "file"), value(-253), 1, []],
  ["file: reversed, 254 is a fault", 100, track(1, true, "file"), value(254), 1, ["file x is 254"]],
  ["file without weight: zero is good", 100, track(0, false, "file"), value(0), 100, []],
  ["file without weight: anything else is a fault", 100, track(0, false, "file"), value(1), 100, ["file x is 1"]],
  ["file without weight reversed: zero is a fault", 100, track(0, true, "file"), value(0), 100, ["file x is 0"]],
  ["file without weight reversed: anything else is good", 100, track(0, true, "file"), value(3), 100, []],
];

for (const [name, base, each, verdict, priority, faults, pending = []] of ROWS) {
  Deno.test(`standingOf() ${name}`, () => {
    const standing = standingOf(base, [each], { [`${each.kind} x`]: verdict });
    assertEquals(
      { priority: standing.priority, faults: standing.faults, pending: standing.pending },
      { priority, faults, pending },
    );
  });
}

Deno.test("standingOf() nothing tracked: the base priority", () => {
  const standing = standingOf(100, [], { "script other": BAD });
  assertEquals(standing, { priority: 100, contributions: [], faults: [], pending: [] });
});

Deno.test("standingOf() an object that was never heard of is pending", () => {
  assertEquals(standingOf(100, [track(0)], {}).pending, ["script x"]);
});

const verdicts = fc.oneof(
  fc.constantFrom(GOOD, BAD, PENDING),
  fc.integer({ min: -300, max: 300 }).map(value),
);
const tracks = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom<TrackKind>("interface", "script", "file", "process", "bfd"),
    name: fc.constantFrom("a", "b", "c", "d"),
    weight: fc.integer({ min: -254, max: 254 }),
    reversed: fc.boolean(),
  }),
  { selector: ({ kind, name }) => `${kind} ${name}` },
);

Deno.test("standingOf() the contributions explain the priority", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 254 }),
    tracks,
    fc.array(verdicts, { minLength: 20, maxLength: 20 }),
    (base, all, known) => {
      const byObject = Object.fromEntries(
        all.map(({ kind, name }, i) => [`${kind} ${name}`, known[i] ?? PENDING]),
      );
      const { priority, contributions } = standingOf(base, all, byObject);
      const total = contributions.reduce((sum, { change }) => sum + change, base);
      assertEquals(priority, Math.min(Math.max(total, 1), 254));
      assert(contributions.every(({ change }) => change !== 0));
    },
  ));
});
