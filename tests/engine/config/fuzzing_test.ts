import { assert, assertEquals } from "@std/assert";
import { fuzz, fuzzText } from "./fuzzing.ts";

Deno.test("fuzz: 3,000 random texts for every front end (deno task fuzz: a million)", () => {
  assertEquals(fuzz(1, 3_000).count, 3_000);
});

Deno.test("fuzz: texts are what they are made for", () => {
  const texts = Array.from({ length: 2_000 }, (_, i) => fuzzText(i));
  const share = (holds: (text: string) => boolean) =>
    texts.filter(({ text }) => holds(text)).length / texts.length;
  assert(new Set(texts.map(({ text }) => text)).size > 1_900);
  assert(texts.some(({ isYaml }) => isYaml) && texts.some(({ isYaml }) => !isYaml));
  assert(share((text) => /\$\{?A/.test(text)) > 0.1, "definitions");
  assert(share((text) => text.includes("~SEQ(")) > 0.05, "sequences");
  assert(share((text) => text.includes("{")) > 0.3, "braces");
  assertEquals(fuzzText(5), fuzzText(5));
});
