import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDiagnostic } from "../../../engine/config/diagnostic.ts";
import { loadConfig, type LoadResult } from "../../../engine/config/load.ts";
import { splitCommand, splitScriptWords } from "../../../engine/config/script_words.ts";
import { Text } from "../../../engine/config/text.ts";
import { belongsTo, TOP_LEVEL } from "../../../engine/config/top_level.ts";
import { VRRP_INSTANCE } from "../../../engine/config/vrrp_instance.ts";
import { GLOBAL_DEFS } from "../../../engine/config/global_defs.ts";
import { MAIN, random } from "./harness.ts";
import { memorySource } from "./memory_source.ts";

const SEED = Deno.readTextFileSync(
  new URL("../../golden/config/two_routers.conf", import.meta.url),
) + Deno.readTextFileSync(new URL("../../golden/config/unicast_cloud.conf", import.meta.url));

/** What holds for any text. */
function check(content: string | Uint8Array): LoadResult {
  const files = { [MAIN]: content, "b.conf": "include a.conf\npriority 5", "c.conf": "}" };
  const result = loadConfig(MAIN, memorySource({ files }), { configId: "r1", random });
  const { config, diagnostics } = result;
  const hasErrors = diagnostics.some(({ severity }) => severity === "error");
  assertEquals(config === undefined, hasErrors);
  assert(diagnostics.length <= 1_001);
  for (const diagnostic of diagnostics) {
    assert(!/[\x00-\x08\x0a-\x1f]/.test(formatDiagnostic(diagnostic)));
    assert(diagnostic.line >= 1 && diagnostic.column >= 1);
    assert(diagnostic.message.length < 1_000);
  }
  if (config) {
    for (
      const { vrid, priority, advertisementIntervalCs, virtualAddresses } of config.vrrpInstances
    ) {
      assert(vrid >= 1 && vrid <= 255 && priority >= 1 && priority <= 255);
      assert(advertisementIntervalCs >= 1 && advertisementIntervalCs <= 25_500);
      assert(virtualAddresses.length >= 1 && virtualAddresses.length <= 255);
    }
  }
  return result;
}

const keywords = [TOP_LEVEL, GLOBAL_DEFS, VRRP_INSTANCE].flatMap(({ keywords }) =>
  Object.keys(keywords)
);
// deno-fmt-ignore
const FRAGMENTS = [
  "{", "}", "\n", "\n", "\n", " ", " ", "\t", "\"", "'", "\\", "#", "!", "\0", "\r\n", "é", "$", "${", "$A", "${A}", "\n$A=",
  "\n$A=${B}\\\n", "\n$B=$A\n", "\n~SEQ(", "\n~SEQ(i,1,9) ", "\n~LST({a,b},{1,2}) ", "$i", "\n@r1 ", "\n@^r1 ", "include b.conf",
  "\ninclude *.conf\n", "includea {b,c,d}.conf", "${_RANDOM 1 5}", "${_ENV X}", "$_PWD", "0", "1", "255", "65536", "-1", "1.5", "99999999999999999999",
  "192.0.2.1", "192.0.2.1/24", "fe80::1", "224.0.0.18", "dev", "eth0", "brd +", "peer", "MASTER", "on", "off", "PASS",
];
const fragment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...FRAGMENTS) },
  { weight: 2, arbitrary: fc.constantFrom(...keywords) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

Deno.test("loadConfig: arbitrary bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
    check(bytes);
  }));
});

Deno.test("loadConfig: arbitrary fragments never throw", () => {
  const texts = fc.array(fragment, { maxLength: 120 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      check(text);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("loadConfig: fragments as lines never throw", () => {
  const lines = fc.array(fc.array(fragment, { maxLength: 5 }), { maxLength: 60 });
  fc.assert(
    fc.property(lines, (parts) => {
      check(parts.map((words) => words.join(" ")).join("\n"));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("loadConfig: a good text with some damage never throws", () => {
  const damage = fc.array(
    fc.record({ at: fc.nat(SEED.length), length: fc.nat(30), text: fragment }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(damage, (changes) => {
      let text = SEED;
      for (const { at, length, text: put } of changes) {
        text = text.slice(0, at) + put + text.slice(at + length);
      }
      check(text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("loadConfig: one brace more or less gives few findings", () => {
  const clean = check(SEED).diagnostics.length;
  const braces = Array.from(SEED.matchAll(/(?<!\$|\$\{\w+)[{}]/g), ({ index }) => index);
  fc.assert(
    fc.property(fc.constantFrom(...braces), fc.boolean(), (at, isGone) => {
      const text = isGone
        ? SEED.slice(0, at) + SEED.slice(at + 1)
        : SEED.slice(0, at) + SEED.charAt(at) + SEED.slice(at);
      const found = check(text).diagnostics;
      assert(found.length <= clean + 4, found.map(formatDiagnostic).join("\n"));
    }),
    { numRuns: 200 },
  );
});

Deno.test("loadConfig: the same text gives the same result", () => {
  const texts = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(" "));
  fc.assert(fc.property(texts, (text) => assertEquals(check(text), check(text))));
});

Deno.test("script lines: any text is split, and nothing is lost but quotes and blanks", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."ab \t'\"\\x1") }), (chars) => {
    const line = { file: MAIN, number: 1, text: chars };
    const { words, openQuoteAt } = splitScriptWords(Text.ofLine(line));
    const kept = words.map(({ text }) => text).join("");
    assert(kept.length <= chars.length);
    if (!openQuoteAt && !/['"\\]/.test(chars)) assertEquals(kept, chars.replaceAll(/\s/g, ""));
    splitCommand(chars);
  }));
});

Deno.test("belongsTo knows every keyword and nothing else", () => {
  for (const word of keywords) assert(belongsTo(word) !== undefined, word);
  for (const word of ["", "constructor", "__proto__", "toString"]) {
    assertEquals(belongsTo(word), undefined);
  }
});
