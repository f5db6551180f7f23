/**
 * The tables as a whole: they have the words of keepalived and no others, each is documented, and
 * docs/keywords.md says what they say.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Parameter, Shape } from "../../../engine/config/shape.ts";
import { TOP_LEVEL } from "../../../engine/config/top_level.ts";
import { flag, type Keyword, noEffect, one, renamed } from "../../../engine/config/vocabulary.ts";
import { someText } from "../../../engine/config/values.ts";
import { allBlocks, goldenKeywords, presentKeywords } from "../../golden_keywords.ts";

const LIST = new URL("../../golden/config/keywords.tsv", import.meta.url);
/** Blocks whose words have a list of their own. */
const LISTED_ELSEWHERE = ["SSL", "bfd_instance", "virtual_server", "virtual_server_group"];
/** Blocks whose lines have words. */
const LINE_BLOCKS = [
  "static_ipaddress",
  "static_routes",
  "static_rules",
  "unicast_peer",
  "virtual_ipaddress",
  "virtual_ipaddress_excluded",
  "virtual_routes",
  "virtual_rules",
];

/** What keepalived does not have. */
const OURS = [
  "global_defs\tlvs_dataplane",
  "global_defs\tlvs_reconcile",
  "global_defs\tvrrp_profile",
  "vrrp_instance\tvrrp_profile",
];

const BLOCKS = allBlocks();
const KEYWORDS = BLOCKS.flatMap(({ path, vocabulary }) =>
  Object.entries(vocabulary.keywords).map(([word, keyword]) => ({
    title: [...path, word].join(" › "),
    path,
    block: vocabulary.name === TOP_LEVEL.name ? "-" : vocabulary.name,
    word,
    keyword,
  }))
);

Deno.test("docs/keywords.md is up to date (deno task golden rewrites it)", () => {
  assertEquals(presentKeywords(), goldenKeywords());
});

Deno.test("every word of keepalived is in its table, and no other", () => {
  const listed = Deno.readTextFileSync(LIST).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("block\t"));
  const own = KEYWORDS.filter(({ path: [first = ""] }) => !LISTED_ELSEWHERE.includes(first));
  const known = new Set(own.flatMap(({ block, word, keyword: { inner } }) => [
    `${block}\t${word}`,
    ...inner?.kind === "items" && LINE_BLOCKS.includes(word)
      ? Object.keys(inner.grammar.options).map((option) => `${word}\t${option}`)
      : [],
  ]));
  assert(listed.length > 400, "the list is there");
  assertEquals([...known].toSorted(), [...listed, ...OURS].toSorted());
});

function parametersOf({ parameters, inner }: Keyword<never>): Parameter[] {
  if (inner?.kind !== "items") return [...parameters];
  const { grammar } = inner;
  return [...parameters, ...grammar.parameters, ...Object.values(grammar.options).flat()];
}

function referencesOf(shape: Shape): string[] {
  if (shape.kind === "anyOf") return shape.shapes.flatMap(referencesOf);
  return shape.kind === "reference" ? [shape.to] : [];
}

const KNOWN = new Set(KEYWORDS.map(({ word }) => word));

/** What is wrong with the description of a keyword. */
function problemsOf(keyword: Keyword<never>): string[] {
  const { doc, status } = keyword;
  const parameters = parametersOf(keyword);
  const references = parameters.flatMap(({ shape }) => referencesOf(shape));
  return [
    /^[A-Z0-9][^\n]{8,}\.$/.test(doc) ? "" : "its meaning is not a sentence on one line",
    "why" in status && !/[^.\s]$/.test(status.why) ? "no reason, or one with a final period" : "",
    "to" in status && !KNOWN.has(status.to.replace(/ .*/s, ""))
      ? `its new name ${status.to} is unknown`
      : "",
    ...parameters.map(({ name }) => name === "" ? "a value without a name" : ""),
    ...references.map((to) => Object.hasOwn(TOP_LEVEL.keywords, to) ? "" : `no block ${to}`),
  ].filter(Boolean);
}

Deno.test("every keyword has a meaning, a reason where it does not act, names of values", () => {
  const found = KEYWORDS.flatMap(({ title, keyword }) =>
    problemsOf(keyword).map((problem) => `${title}: ${problem}`)
  );
  assertEquals(found, []);
});

const plain = flag<object, true>("Says that it is there.", true, () => {});
const named = one<object, string>("Says its name.", someText, () => {});
/** Keywords with one thing wrong each. */
const PLANTED: [what: string, keyword: Keyword<never>, problem: string][] = [
  ["no meaning", { ...plain, doc: "" }, "its meaning is not a sentence on one line"],
  ["no sentence", { ...plain, doc: "a flag" }, "its meaning is not a sentence on one line"],
  ["no reason", noEffect("", plain), "no reason, or one with a final period"],
  ["a lost name", renamed("lost", plain), "its new name lost is unknown"],
  [
    "a nameless value",
    { ...named, parameters: [{ name: "", shape: someText.shape }] },
    "a value without a name",
  ],
  [
    "a lost block",
    { ...named, parameters: [{ name: "a", shape: { kind: "reference", to: "lost" } }] },
    "no block lost",
  ],
];
for (const [what, keyword, problem] of PLANTED) {
  Deno.test(`descriptions of keywords: ${what} is found`, () => {
    assertEquals(problemsOf(keyword), [problem]);
  });
}

Deno.test("descriptions of keywords: a good one has no problems", () => {
  assertEquals(problemsOf(plain), []);
});
