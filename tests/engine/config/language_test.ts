import { assert, assertEquals } from "@std/assert";
import { adviser } from "../../../engine/config/advice/advice.ts";
import { loadWith } from "../../../engine/config/load.ts";
import { MAIN, random } from "./harness.ts";
import { LANGUAGE } from "./language_rows.ts";
import { memorySource } from "./memory_source.ts";

/** Keywords that do not act yet, and scripts that only stand there for the rule. */
const BESIDE = ["W-word-003", "W-model-011"];

for (const { rule, text, model, codes } of LANGUAGE) {
  Deno.test(`language ${rule}`, () => {
    const { config, diagnostics } = loadWith(MAIN, memorySource({ files: { [MAIN]: text } }), {
      random,
      advise: adviser(),
    });
    const found = diagnostics.map(({ code }) => code).filter((code) => !BESIDE.includes(code));
    const summary = config && [
      config.global.routerId ?? "",
      ...config.vrrpInstances.map(({ name, priority }) => `${name}=${priority}`),
    ].join(" ");
    assertEquals({ codes: found, model: summary }, { codes, model });
  });
}

Deno.test("language: every rule has a row", () => {
  const numbers = new Set(LANGUAGE.map(({ rule }) => rule.split(" ")[0]));
  const counts = { L: 10, N: 5, E: 9, D: 7, C: 4, S: 8, I: 5, T: 2 };
  for (const [letter, count] of Object.entries(counts)) {
    for (let i = 1; i <= count; i++) assert(numbers.has(`${letter}${i}`), `${letter}${i}`);
  }
});
