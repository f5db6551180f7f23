import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Text } from "../../../engine/config/text.ts";
import { withoutComment } from "../../../engine/config/words.ts";
import { load } from "./harness.ts";

const LINE = { file: "a.conf", number: 7, text: "one two" };
const whole = Text.ofLine(LINE);

/** Line and column of each character. */
function columns(text: Text): number[] {
  return Array.from(text.chars, (_, i) => text.placeAt(i).column);
}

Deno.test("Text slices and joins keep the origin of each character", () => {
  const text = Text.join([whole.slice(4), whole.slice(0, 3)]);
  assertEquals(text.chars, "twoone");
  assertEquals(columns(text), [5, 6, 7, 1, 2, 3]);
  assertEquals(columns(text.slice(2, 4)), [7, 1]);
  assertEquals(text.placeAt(6).column, 4);
});

Deno.test("Text made up stands at one place", () => {
  const text = Text.join([Text.madeUp("12", whole.placeAt(2)), whole]);
  assertEquals(columns(text.slice(1, 5)), [3, 1, 2, 3]);
});

Deno.test("Text trims to nothing without losing its place", () => {
  const text = Text.ofLine({ ...LINE, text: "  \t " }).trim();
  assertEquals([text.chars, text.placeAt(0).line.number], ["", 7]);
});

Deno.test("Text: whatever is cut and joined, characters keep their columns", () => {
  const cut = fc.tuple(fc.nat(12), fc.nat(12));
  fc.assert(fc.property(fc.array(cut, { minLength: 1, maxLength: 5 }), cut, (cuts, [from, to]) => {
    const line = { ...LINE, text: "abcdefghijkl" };
    const joined = Text.join(cuts.map(([a, b]) => Text.ofLine(line).slice(a, Math.max(a, b))));
    const text = joined.slice(from, Math.max(from, to));
    const found = columns(text).map((column) => line.text.charAt(column - 1)).join("");
    assertEquals(found, text.chars);
  }));
});

Deno.test("withoutComment keeps columns behind an escape", () => {
  const text = withoutComment(Text.ofLine({ ...LINE, text: "a\\#b c # d" }));
  assertEquals([text.chars, columns(text)], ["a#b c ", [1, 3, 4, 5, 6, 7]]);
});

// Each text holds the unknown word `x` once; where it is said to stand.
// deno-fmt-ignore
const PLACES: [name: string, text: string, expected: string][] = [
  ["on a line", "\n  x 1\n", "a.conf:2:3"],
  ["in a block on one line", "global_defs { x 1 }", "a.conf:1:15"],
  ["behind an escape", 'global_defs { router_id a\\#b\n"x" 1 }', "a.conf:2:2"],
  ["behind @ID", "@r1   x 1", "a.conf:1:7"],
  ["in a definition", "$A=  y x\n\n$B=x\n$B 1", "a.conf:3:4 used at a.conf:4"],
  ["in a definition's line", "$A=\\\n global_defs {\\\n   x 1\\\n}\n$A", "a.conf:3:4 used at a.conf:5"],
  ["behind a definition", "$A=\n$A x 1", "a.conf:2:4"],
  ["in a sequence", "~SEQ(i,1,1)   x $i", "a.conf:1:15"],
  ["in a list", "~LST(i, x) $i 1", "a.conf:1:9"],
  ["in an included file", "include b.conf", "b.conf:2:2"],
];
for (const [name, text, expected] of PLACES) {
  Deno.test(`place of a finding ${name}`, () => {
    const { diagnostics } = load(text, { files: { "b.conf": "\n x 1" } });
    const found = diagnostics.filter(({ code }) => code === "E-block-001").map((each) => {
      const use = each.hint?.replace(/.*(?=used at)/, " ") ?? "";
      return `${each.file}:${each.line}:${each.column}${use.includes("used") ? use : ""}`;
    });
    assertEquals(found, [expected]);
  });
}
