import { assert, assertEquals } from "@std/assert";
import type { Diagnostic } from "../../engine/config/diagnostic.ts";
import { keywordCases } from "./cases.ts";
import { DIFFERENCES, type Disagreement, reasonFor } from "./differences.ts";

const page = Deno.readTextFileSync(new URL("../../docs/differences.md", import.meta.url));

for (const { reason } of DIFFERENCES) {
  Deno.test(`docs/differences.md has: ${reason}`, () => assert(page.includes(`| ${reason} |`)));
}

const finding = (code: Diagnostic["code"]): Diagnostic => ({
  severity: "error",
  code,
  file: "",
  line: 1,
  column: 1,
  message: "",
});

// deno-fmt-ignore
const ROWS: [name: string, disagreement: Disagreement, reason: string | undefined][] = [
  ["a keyword that only we do not know", { keyword: "vrrp_instance nopreempt", theirs: { status: 0, messages: "" }, ours: [finding("E-block-001")] }, undefined],
  ["a keyword that only keepalived does not know", { keyword: "vrrp_instance x", theirs: { status: 5, messages: "Unknown keyword 'x'" }, ours: [] }, undefined],
  ["a newer keyword", { keyword: "vrrp_instance x", theirs: { status: 5, messages: "Unknown keyword 'multihop'" }, ours: [] }, "keywords and values of versions after 2.2.7"],
  ["keepalived that does not end", { keyword: "vrrp_instance priority", theirs: { status: 137, messages: "" }, ours: [] }, undefined],
  ["a reason among others", { keyword: "vrrp_instance x", theirs: { status: 0, messages: "" }, ours: [finding("E-value-002"), finding("E-block-001")] }, undefined],
];
for (const [name, disagreement, reason] of ROWS) {
  Deno.test(`differences: ${name}`, () => assertEquals(reasonFor(disagreement), reason));
}

Deno.test("differential: every keyword has cases; the same seed gives the same ones", () => {
  const cases = keywordCases(7, 1);
  assert(new Set(cases.map(({ keyword }) => keyword)).size >= 500);
  assertEquals(keywordCases(7, 1), cases);
});
