import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { layOut } from "../../../engine/config/layout.ts";
import { arbitraryConfig, confText } from "./arbitrary_config.ts";
import { readLines } from "./harness.ts";

// deno-fmt-ignore
const LAYOUTS: [name: string, text: string, expected: string][] = [
  ["indents", "a x {\nb\n      c\n}\n", "a x {\n    b\n    c\n}\n"],
  ["brace on its own line", "a x\n{\nb\n}\n", "a x {\n    b\n}\n"],
  ["comments between a keyword and its brace go into the block", "a\n\n# c\n{\n}\n", "a {\n    # c\n}\n"],
  ["all on one line", "a { b }", "a {\n    b\n}\n"],
  ["glued braces", "a{b{c}}", "a {\n    b {\n        c\n    }\n}\n"],
  ["blanks", "a \t b   \"c  d\"   e", "a b \"c  d\" e\n"],
  ["blanks beside other quotes stay", "a 'b   c'", "a 'b   c'\n"],
  ["empty lines", "\n\na\n\n\n\nb {\n\nc\n\n}\nd\n\n", "a\n\nb {\n    c\n}\n\nd\n"],
  ["comments", "# one\na {# two\n ! three\n b # four\n}# five\n", "# one\na {# two\n    ! three\n    b  # four\n}# five\n"],
  ["comment glued to a word", "auth_pass a#b", "auth_pass a#b\n"],
  ["escaped comment", "a \\# b", "a \\# b\n"],
  ["CRLF and a byte order mark", "\ufeffa {\r\nb\r\n}\r\n", "a {\n    b\n}\n"],
  ["definitions", "a {\n   $X=  1   2\n$Y=p \\\n      q \\\n\n}\n", "a {\n    $X=  1   2\n    $Y=p \\\n    q \\\n\n}\n"],
  ["conditions", "@a  x {\n @^b y\n@a }\n", "@a x {\n    @^b y\n@a }\n"],
  ["alternative beginnings", "@a x 1 {\n@b x 2 {\ny\n}\nz", "@a x 1 {\n@b x 2 {\n    y\n}\n\nz\n"],
  ["a condition on what is split", "@a x { y }", "@a x {\n    @a y\n@a }\n"],
  ["sequences", "a {\n~SEQ(i, 1, 3)   b   $i { c }\n}", "a {\n    ~SEQ(i, 1, 3)   b   $i { c }\n}\n"],
  ["includes", "a {\n include   b  c.conf  # d\n}", "a {\n    include b  c.conf  # d\n}\n"],
  ["what would become an include stays", "a { include b }", "a { include b }\n"],
  ["names in braces", "a ${X}\nb { ${X} }", "a ${X}\nb { ${X} }\n"],
  ["names before a brace", "a b${X} {\nc\n}\na $X{\n}\n", "a b${X} {\n    c\n}\n\na $X{\n}\n"],
  ["quote without its end", "a \"b   c", "a \"b   c\n"],
  ["braces in quotes", "a \"{\"  b", "a \"{\" b\n"],
  ["too many braces", "}\n}\na", "}\n}\n\na\n"],
  ["nothing", "", ""],
];
for (const [name, text, expected] of LAYOUTS) {
  Deno.test(`layOut ${name}`, () => {
    assertEquals(layOut(text), expected);
    assertEquals(layOut(expected), expected);
  });
}

Deno.test("layOut keeps a line that its indent would make too long to be read", () => {
  const long = `x ${"y".repeat(1_018)}`;
  const text = `a {\nb {\n${long}\n}\n}\n`;
  assertEquals(layOut(text), `a {\n    b {\n${long}\n    }\n}\n`);
  assertEquals(readLines(layOut(text)), readLines(text));
});

// deno-fmt-ignore
const FRAGMENTS = [
  "{", "}", "\n", "\n", "\n", " ", "  ", "\t", "\"", "'", "\\", "#", "!", "#c\n", "\r\n", "\u00a0", "$A", "${A}", "\n$A=", "\n$A=x\\\n", "\n$B={\\\n}\n", "${B}", "kw ${A} {\n",
  "\n~SEQ(i,1,2) ", "$i", "\n@r1 ", "\n@^r1 ", "\ninclude b.conf\n", "include b.conf", "a", "bb", "kw x {\n", "\n}\n", "\nkw {\n", "x y",
];

/** The same lines and braces, and the same findings but for places, and gaps in what they quote. */
function sameReading(text: string): void {
  const files = { "b.conf": "included\n" };
  const once = layOut(text);
  const plain = (lines: string[]) =>
    lines.map((line) => line.replaceAll(/a\.conf:\d+(:\d+)?/g, "").replaceAll(/[\t ]+/g, " "));
  assertEquals(
    plain(readLines(once, { files })).toSorted(),
    plain(readLines(text, { files })).toSorted(),
    once,
  );
  const order = (lines: string[]) => lines.filter((line) => !/ (error|warning): /.test(line));
  assertEquals(order(readLines(once, { files })), order(readLines(text, { files })), once);
  assertEquals(layOut(once), once);
}

Deno.test("layOut: any text is read as before, and laid out once for all", () => {
  const texts = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(fc.property(texts, sameReading), { numRuns: 3_000 });
});

Deno.test("layOut: what writeConf writes is in that layout", () => {
  fc.assert(fc.property(arbitraryConfig().map(confText), (text) => {
    assertEquals(layOut(text), text);
  }));
});
