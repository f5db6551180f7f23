import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  afterUrl,
  firstWalk,
  type Pause,
  type Walk,
  type WalkRules,
} from "../../machines/url_walk.ts";

const DELAY_LOOP_MS = 1_000;
const DELAY_BEFORE_RETRY_MS = 300;
const PAUSES_MS: Readonly<Record<Pause, number>> = {
  none: 0,
  delayLoop: DELAY_LOOP_MS,
  delayBeforeRetry: DELAY_BEFORE_RETRY_MS,
  longerOfBoth: Math.max(DELAY_LOOP_MS, DELAY_BEFORE_RETRY_MS),
};

// Observed of keepalived (git 9cbce3e2): URLs a and b, delay_loop 1, delay_before_retry 0.3,
// retry 1; b fails from 4.99 s to 10.99 s. Times in s of each request, and of the changes.
const observed: [name: string, isFast: boolean, hits: string, changes: string][] = [
  [
    "one after another",
    false,
    "1.01a 2.01b 3.01a 4.01b 5.01a 6.01b 6.31b 7.31b 8.32b 9.32b 10.32b 11.32b 12.32a 13.32b " +
    "14.32a 15.32b 16.32a",
    "2.01up 6.31down 13.32up",
  ],
  [
    "fast_recovery",
    true,
    "1.02a 1.02b 2.02a 3.02b 4.02a 5.02b 5.32b 6.32b 7.32b 8.32b 9.32b 10.32b 11.32b 11.33a " +
    "11.33b 12.33a 13.33b 14.33a 15.33b 16.33a",
    "1.02up 5.32down 11.33up",
  ],
];
for (const [name, isFast, hits, changes] of observed) {
  Deno.test(`afterUrl asks as keepalived does: ${name}`, () => {
    const rules: WalkRules = { urlCount: 2, retries: 1, isFast };
    let walk = firstWalk(true);
    const asked: string[] = [];
    const changed: string[] = [];
    for (let timeMs = 1_010; timeMs < 16_900;) {
      const url = "ab".charAt(walk.index);
      const passed = url === "a" || timeMs < 4_990 || timeMs > 10_990;
      asked.push(`${timeMs}${url}`);
      const before = walk.isUp;
      const step = afterUrl(walk, passed, rules);
      if (step.isUp !== undefined && step.isUp !== before) {
        changed.push(`${timeMs}${step.isUp ? "up" : "down"}`);
      }
      walk = step.walk;
      timeMs += PAUSES_MS[step.pause];
    }
    assertAlike(asked, hits.split(" "));
    assertAlike(changed, changes.split(" "));
  });
}

/** The same words, at about the same times. */
function assertAlike(ours: readonly string[], theirs: readonly string[]): void {
  const word = (text: string) => text.replace(/[\d.]/g, "");
  assertEquals(ours.map(word), theirs.map(word));
  for (const [i, text] of ours.entries()) {
    const differenceMs = parseFloat(text) - 1_000 * parseFloat(theirs[i] ?? "");
    assert(Math.abs(differenceMs) < 60, `${text} is not near ${theirs[i]}`);
  }
}

const UP: Walk = { index: 0, failureCount: 0, failedIndex: undefined, isUp: true, isStrict: false };
const rules: WalkRules = { urlCount: 2, retries: 2, isFast: false };

// deno-fmt-ignore
const rows: [name: string, Walk, passed: boolean, change: Partial<Walk>, Pause, isUp: boolean | undefined][] = [
  ["strict: the first failure counts",       firstWalk(true),                    false, { failedIndex: 0, isUp: false }, "longerOfBoth", false],
  ["strict until a pass is over",            { ...firstWalk(true), index: 1 },   false, { failedIndex: 1, isUp: false }, "longerOfBoth", false],
  ["strict no more after a pass",            { ...firstWalk(true), index: 1 },   true,  { index: 0, isUp: true, isStrict: false }, "delayLoop", true],
  ["after a reload there are retries",       firstWalk(false),                   false, { failureCount: 1 },  "delayBeforeRetry", undefined],
  ["a retry",                                { ...UP, failureCount: 1 },         false, { failureCount: 2 },  "delayBeforeRetry", undefined],
  ["the last retry",                         { ...UP, failureCount: 2 },         false, { failureCount: 0, failedIndex: 0, isUp: false }, "longerOfBoth", false],
  ["good again before that",                 { ...UP, failureCount: 2 },         true,  { failureCount: 0, index: 1 }, "delayLoop", undefined],
  ["down: still bad",                        { ...UP, failedIndex: 1, index: 1, isUp: false }, false, {}, "longerOfBoth", undefined],
  ["down: good, a pass begins",              { ...UP, failedIndex: 1, index: 1, isUp: false }, true,  { failedIndex: undefined, index: 0 }, "delayLoop", undefined],
  ["down, in the pass: bad",                 { ...UP, index: 0, isUp: false },   false, {},                   "delayBeforeRetry", undefined],
  ["down, in the pass: good to its end",     { ...UP, index: 1, isUp: false },   true,  { index: 0, isUp: true }, "delayLoop", true],
];
for (const [name, walk, passed, change, pause, isUp] of rows) {
  Deno.test(`afterUrl: ${name}`, () => {
    assertEquals(afterUrl(walk, passed, rules), { walk: { ...walk, ...change }, pause, isUp });
  });
}

Deno.test("afterUrl: up when every URL was good last, down only by a failure", () => {
  const anyRules = fc.record({
    urlCount: fc.integer({ min: 1, max: 4 }),
    retries: fc.integer({ min: 0, max: 3 }),
    isFast: fc.boolean(),
  });
  const verdicts = fc.array(fc.boolean(), { size: "medium" });
  fc.assert(fc.property(anyRules, fc.boolean(), verdicts, (rules, isStrict, all) => {
    let walk = firstWalk(isStrict);
    const last = new Map<number, boolean>();
    for (const passed of all) {
      last.set(walk.index, passed);
      const step = afterUrl(walk, passed, rules);
      assert(step.walk.index >= 0 && step.walk.index < rules.urlCount);
      assert(step.walk.failureCount <= rules.retries);
      if (step.isUp === false) assert(!passed);
      if (step.isUp === true) {
        assertEquals([...last.values()], Array(rules.urlCount).fill(true));
      }
      walk = step.walk;
    }
  }));
});
