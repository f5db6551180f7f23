import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type BodyPattern,
  compilePattern,
  type PatternOptions,
} from "../../checkers/body_pattern.ts";
import { translatePcre } from "../../checkers/pcre.ts";
import { HAS_PCRE2, pcre2Match } from "./pcre2.ts";
import { octets } from "./servers.ts";

/** Where our translation matches, as {@linkcode pcre2Match} tells it. */
function ourMatch(pattern: string, options: readonly string[], text: Uint8Array): string {
  const translated = translatePcre(pattern, new Set(options));
  if ("problem" in translated) return `refused: ${translated.problem}`;
  const utf = options.includes("utf");
  const subject = utf
    ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(text)
    : String.fromCharCode(...text);
  const found = new RegExp(translated.source, translated.flags).exec(subject);
  if (!found) return "none";
  const bytes = (chars: number) =>
    utf ? new TextEncoder().encode(subject.slice(0, chars)).length : chars;
  return `${bytes(found.index)}-${bytes(found.index + found[0].length)}`;
}

const TEXT = "Hello World\nsecond line, 42 items\r\n\ttab\x0bvt end.\n";

// deno-fmt-ignore
const same: [pattern: string, options?: string, text?: string][] = [
  ["World"], ["world"], ["world", "caseless"], ["^second"], ["^second", "multiline"], ["World$"], ["World$", "multiline"],
  ["end\\.$"], ["end\\.$", "dollar_endonly"], ["end\\.\\Z"], ["end\\.\\z"], ["\\AHello"], ["\\A\\w+ \\w+\\n\\w"],
  ["World.second"], ["World.second", "dotall"], ["d.e", "", "d\re"], ["\\d+"], ["\\D+"], ["\\s+"], ["\\S+$"], ["[\\s,]+"], ["[^\\S]+"],
  ["[a\\-z]+"], ["[]a]+", "", "x]a]"], ["[^]a]+", "", "]axyz"], ["[[:digit:]]+"], ["[[:alpha:][:space:]]+"],
  ["[[:^digit:]]+"], ["[[:punct:]]+"], ["[[:xdigit:]]+"], ["\\h+tab"], ["\\v+"], ["\\H+"], ["\\V+"], ["\\R\\t"], ["\\N+"],
  ["\\x48\\x{65}"], ["\\0"], ["\\cI"], ["[\\cI]"], ["\\e|\\a|W"], ["\\Q.\\E"], ["\\Q.\\E$"], ["[\\Q.,\\E]"], ["a{2,3}", "", "aaaa"],
  ["a{2,3}?", "", "aaaa"], ["a+", "ungreedy", "aaaa"], ["a+?", "ungreedy", "aaaa"], ["a{,3}", "", "a{,3}"], ["a{x}", "", "a{x}"], ["x{1", "", "x{1"],
  ["(\\w)\\1"], ["(?<c>\\w)\\k<c>"], ["(?P<c>\\w)(?P=c)"], ["(?'c'\\w)\\k'c'"], ["(\\w)\\g1"], ["(\\w)\\g{1}"], ["(\\w)\\g{-1}"], ["(?:l)(l)"],
  ["(o)(?# a comment )r"], ["Wor ld # all", "extended"], ["[ ]W", "extended"], ["(?i)WORLD"], ["(?i:W)ORLD"], ["w(?i:O)rld|(?s)X"], ["(?s)d.s"], ["(?s:d.)s"],
  ["(?m)^s"], ["(?x) W o r"], ["(?-i)world", "caseless"], ["(?=W)\\w+"], ["(?!H)\\w+"], ["(?<=W)o"], ["(?<!l)o"], ["(a|ab)(c|bcd)", "", "abcd"],
  ["(e)l", "no_auto_capture"], ["a\\/b", "", "a/b"], ["a/b-c", "", "a/b-c"], ["\\.", "", "a.b"], ["]", "", "]"], ["}", "", "}"], ["a|b|", "", "xyz"],
  ["é", "", "café"], ["[é]", "utf", "café"], [".\\x{e9}", "utf", "café"], ["caf.$", "utf", "café"], ["caf.$", "", "café"],
  ["\\p{Lu}", "utf"], ["\\pL+", "utf", "1é"], ["\\P{L}", "utf", "éa1"], ["\\w+", "utf ucp", "éa1"], ["\\w+", "utf", "éa1"], ["\\d+", "utf ucp", "٣"], ["É", "utf caseless", "é"],
  ["\\s", "utf ucp", "\u2003"], ["\\h", "utf", "\u2003"], ["\\S+", "utf", "\u{1f600}x y"], ["^", "multiline", "\n"], ["a\\n^", "multiline", "a\n"], ["a\\n^", "multiline alt_circumflex", "a\n"],
  ["(?:.*?a^|)", "dotall", ""], ["[]", "allow_empty_class"], ["a*", "", ""], ["$", "", "a\n"], ["$", "multiline", "a\nb"], ["\\bsec"], ["\\Bc"], ["[\\b]", "", "a\bb"], ["\\o{101}", "", "A"], ["[\\101]", "", "A"],
];
for (const [pattern, options = "", text = TEXT] of same) {
  Deno.test({
    name: `translatePcre matches as PCRE2 does: /${pattern}/ ${options} on ${JSON.stringify(text)}`,
    ignore: !HAS_PCRE2,
    fn() {
      const list = options.split(" ").filter((option) => option !== "");
      const bytes = new TextEncoder().encode(text);
      assertEquals(ourMatch(pattern, list, bytes), pcre2Match(pattern, list, bytes));
    },
  });
}

// deno-fmt-ignore
const refused: [pattern: string, options: string, problem: string][] = [
  ["a++",            "", "possessive quantifiers are not supported"],
  ["(?>a)",          "", "atomic groups, recursion, conditions and callouts are not supported"],
  ["(a)(?1)",        "", "atomic groups, recursion, conditions and callouts are not supported"],
  ["(?R)",           "", "atomic groups, recursion, conditions and callouts are not supported"],
  ["(a)?(?(1)b|c)",  "", "atomic groups, recursion, conditions and callouts are not supported"],
  ["(?|(a)|(b))",    "", "atomic groups, recursion, conditions and callouts are not supported"],
  ["(*UTF)a",        "", "verbs such as (*UTF) are not supported"],
  ["a\\Kb",          "", "\\K is not supported"],
  ["\\Ga",           "", "\\G is not supported"],
  ["\\X",            "", "\\X is not supported"],
  ["\\p{L}",         "", "\\p is supported with utf, and for general categories"],
  ["\\p{Greek}",     "utf", "\\p is supported with utf, and for general categories"],
  ["(a)\\12",        "", "\\12 is not supported: \\g{12} or \\o{12}"],
  ["(a)\\2",         "", "no group 2"],
  ["a(?i)b",         "", "(?i) is supported at the start, and as (?i:…)"],
  ["[[.a.]]",        "", "collating elements are not supported"],
  ["[[:nonsense:]]", "", "unknown class [:nonsense:]"],
  ["\\bx",           "utf ucp", "\\b with ucp is not supported"],
  ["x",              "ucp", "ucp without utf"],
  ["x",              "alt_bsux", "alt_bsux is not supported"],
  ["x",              "nonsense", "unknown option nonsense"],
  ["(a",             "", "missing )"],
  ["a)",             "", "unmatched )"],
  ["[a",             "", "missing ]"],
  ["*a",             "", "nothing before *"],
  ["a\\",            "", "\\ at the end"],
  ["\\x{100}",       "", "no character 100"],
];
for (const [pattern, options, problem] of refused) {
  Deno.test(`translatePcre refuses /${pattern}/ ${options}`, () => {
    const list = options.split(" ").filter((option) => option !== "");
    assertEquals(translatePcre(pattern, new Set(list)), { problem });
  });
}

/** Pieces from which patterns and texts are made. */
const ATOMS =
  `a|b|\\n|.|\\d|\\w|\\s|\\S|[ab]|[^a]|[\\s-]|[]-]|^|$|\\A|\\Z|\\z|\\b|\\h|\\v|\\N|\\x61|\\Qa.\\E|-|/|:|{|}|]|[[:alpha:]]|[[:^space:]]|(?i:A)|(?s:.)`
    .split("|");
const atom = fc.constantFrom(...ATOMS);
const { pattern: anyPattern } = fc.letrec<{ pattern: string; item: string }>((tie) => ({
  pattern: fc.array(tie("item"), { maxLength: 5 }).map((items) => items.join("")),
  item: fc.oneof(
    { depthSize: "small" },
    atom,
    fc.tuple(atom, fc.constantFrom("*", "+", "?", "{1,2}", "*?", "+?")).map((parts) =>
      parts.join("")
    ),
    fc.tuple(fc.constantFrom("(", "(?:", "(?=", "(?!"), tie("pattern")).map(([open, inside]) =>
      `${open}${inside})`
    ),
    fc.tuple(tie("pattern"), tie("pattern")).map(([one, other]) => `(?:${one}|${other})`),
  ),
}));
const anyOptions = fc.subarray([
  "caseless",
  "dotall",
  "multiline",
  "dollar_endonly",
  "ungreedy",
  "no_auto_capture",
  "alt_circumflex",
]);

Deno.test({
  name: "translatePcre matches as PCRE2 does, or refuses, whatever the pattern",
  ignore: !HAS_PCRE2,
  fn() {
    const anyText = fc.string({ unit: fc.constantFrom(..."aabB1 \n\r\t-.:]{"), maxLength: 12 });
    let compared = 0;
    fc.assert(
      fc.property(anyPattern, anyOptions, anyText, (pattern, options, text) => {
        const bytes = octets(text);
        const ours = ourMatch(pattern, options, bytes);
        const theirs = pcre2Match(pattern, options, bytes);
        // What PCRE2 does not take for a pattern was never in use.
        if (ours.startsWith("refused") || theirs === "invalid") return;
        compared++;
        assertEquals(ours, theirs);
      }),
      { numRuns: 3_000 },
    );
    assert(compared > 1_500, `only ${compared} compared`);
  },
});

Deno.test("translatePcre reads anything to its end", () => {
  const text = fc.string({
    unit: fc.constantFrom(..."\\[](){}*+?.^$|-:#<>=!aQEpxogk0195,\n é"),
    maxLength: 20,
  });
  fc.assert(
    fc.property(text, fc.boolean(), (pattern, utf) => {
      const translated = translatePcre(pattern, new Set(utf ? ["utf"] : []));
      if (!("problem" in translated)) new RegExp(translated.source, translated.flags);
    }),
    { numRuns: 5_000 },
  );
});

function compiled(pattern: string, more: Partial<PatternOptions>): BodyPattern {
  const result = compilePattern({ pattern, options: [], isUnwanted: false, ...more });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

// deno-fmt-ignore
const offsets: [name: string, pattern: string, Partial<PatternOptions>, body: string, boolean][] = [
  ["least: inclusive",              "b",  { offsetMin: 1 },                     "ab",      true],
  ["least: beyond the match",       "b",  { offsetMin: 2 },                     "ab",      false],
  ["least: a later match",          "b",  { offsetMin: 2 },                     "abb",     true],
  ["least: what is before counts",  "(?<=a)b", { offsetMin: 1 },                "ab",      true],
  ["least: beyond the body",        "b*", { offsetMin: 9 },                     "ab",      false],
  ["least: at the end",             "b*", { offsetMin: 2 },                     "ab",      true],
  ["greatest: inclusive",           "b",  { offsetMax: 1 },                     "ab",      true],
  ["greatest: before the match",    "b",  { offsetMax: 0 },                     "ab",      false],
  ["greatest: a match may go beyond", "ab", { offsetMax: 0 },                   "ab",      true],
  ["both",                          "b",  { offsetMin: 2, offsetMax: 2 },       "bbb",     true],
  ["in octets, not characters",     "b",  { offsetMin: 3, offsetMax: 3 },       "a\xc3\xa9b", true],
  ["in octets with utf, too",       "b",  { offsetMin: 3, offsetMax: 3, options: ["utf"] }, "a\xc3\xa9b", true],
  ["utf: what is not UTF-8 does not match", "b", { options: ["utf"] },          "\xffb",   false],
  ["firstline",                     "b",  { options: ["firstline"] },           "a\nb",    false],
  ["firstline: at the newline",     "\\nb", { options: ["firstline"] },         "a\nb",    true],
  ["NULs",                          "a\\x00b", {},                              "a\0b",    true],
  ["the second search is like the first", "b", { offsetMin: 0 },                "ab",      true],
];
for (const [name, pattern, more, body, expected] of offsets) {
  Deno.test(`BodyPattern: ${name}`, () => {
    const searched = compiled(pattern, more);
    assertEquals([searched.matches(octets(body)), searched.matches(octets(body))], [
      expected,
      expected,
    ]);
  });
}

Deno.test("compilePattern refuses what cannot be searched for", () => {
  const least = { pattern: "a", options: [], isUnwanted: false, offsetMin: 2, offsetMax: 1 };
  assert("problem" in compilePattern(least));
  assert("problem" in compilePattern({ ...least, offsetMin: 0, pattern: "a".repeat(5_000) }));
});

Deno.test("a pattern that tries without end is given up for a better way, with the flag", async () => {
  const search = 'new RegExp("^(a+)+$").exec("a".repeat(40) + "b")';
  const flag = "--v8-flags=--enable-experimental-regexp-engine-on-excessive-backtracks";
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", flag, search],
    // Without the flag it would take days.
    signal: AbortSignal.timeout(60_000),
  }).output();
  assert(success);
});
