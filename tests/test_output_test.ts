import { assert, assertEquals } from "@std/assert";
import { countsIn, failuresIn, filterOf, withoutColours } from "./test_output.ts";

const OUTPUT = `running 2 tests from ./tests/a_test.ts
one ... ok (1ms)
two: a => b ... FAILED (1ms)

 ERRORS

two: a => b => ./tests/a_test.ts:9:6
error: AssertionError

 FAILURES

two: a => b => ./tests/a_test.ts:9:6
./tests/net/b_test.ts (uncaught error)

FAILED | 1 passed | 2 failed (1ms)

printed later => ./tests/c_test.ts:1:1
`;

const FAILED = [
  { name: "two: a => b", file: "tests/a_test.ts" },
  { name: "uncaught error", file: "tests/net/b_test.ts" },
];

/** As `deno test` prints a test that a helper in another file registers. */
const HELPED = `running 2 tests from ./tests/netns/a_test.ts
one ... ok (1ms)
virtual MAC: a ...
------- output -------
two ... FAILED (1ms)
----- output end -----
virtual MAC: a ... FAILED (5s)

 ERRORS

virtual MAC: a => ./tests/lab/stage.ts:52:8
error: Error: Not within 4643.75 ms: r1 is elected

 FAILURES

virtual MAC: a => ./tests/lab/stage.ts:52:8

FAILED | 1 passed | 1 failed (5s)

error: Test failed
running 1 test from ./tests/netns/b_test.ts
three ... FAILED (1s)

 FAILURES

three => ./tests/lab/stage.ts:52:8

FAILED | 0 passed | 1 failed (1s)
./tests/net/c_test.ts => four ... FAILED (1s)

 FAILURES

four => ./tests/lab/stage.ts:52:8

FAILED | 0 passed | 1 failed (1s)
`;
const HELPED_FAILED = [
  { name: "virtual MAC: a", file: "tests/netns/a_test.ts" },
  { name: "three", file: "tests/netns/b_test.ts" },
  { name: "four", file: "tests/net/c_test.ts" },
];

const ROWS: readonly [what: string, output: string, failures: typeof FAILED][] = [
  ["nothing failed", "one ... ok (1ms)\n\nok | 1 passed | 0 failed (1ms)\n", []],
  ["what the summary lists, and only that", OUTPUT, FAILED],
  ["two runs: each once", OUTPUT + OUTPUT, FAILED],
  ["the file that ran, not the one that registers", HELPED, HELPED_FAILED],
];

for (const [what, output, failures] of ROWS) {
  Deno.test(`failuresIn: ${what}`, () => assertEquals(failuresIn(output), failures));
}

Deno.test("filterOf: the names, whatever is in them; nothing where a file failed as a whole", () => {
  const [first, second, ...more] = HELPED_FAILED;
  assert(first && second);
  const odd = { name: "a (b) × c/d: 1.5 + 2 => [x]", file: first.file };
  const [filter = ""] = filterOf([first, odd]);
  const pattern = new RegExp(filter.slice("--filter=/".length, -1));
  const names = [first, second, odd, ...more].map(({ name }) => name);
  assertEquals(names.filter((name) => pattern.test(name)), [first.name, odd.name]);
  assertEquals(filterOf(FAILED), []);
});

Deno.test("withoutColours: nothing but text is left", () => {
  assertEquals(withoutColours("\x1b[31mFAILED\x1b[0m | 1"), "FAILED | 1");
});

Deno.test("countsIn: the last summary", () => {
  assertEquals(countsIn(OUTPUT), { passed: 1, failed: 2, skipped: 0 });
  const more = `${OUTPUT}ok | 3 passed (2 steps) | 0 failed | 4 ignored | 5 filtered out (1ms)\n`;
  assertEquals(countsIn(more), { passed: 3, failed: 0, skipped: 4 });
  assertEquals(countsIn("nothing\n"), undefined);
});
