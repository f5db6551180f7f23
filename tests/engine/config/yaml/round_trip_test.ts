import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import fc from "fast-check";
import type { FrontEnd } from "../../../../engine/config/front_end.ts";
import { frontEndFor } from "../../../../engine/config/front_ends.ts";
import { formatDiagnostic, loadTree } from "../../../../engine/config/load.ts";
import { TOP_LEVEL } from "../../../../engine/config/top_level.ts";
import { yaml as library } from "../../../../engine/config/yaml/library.ts";
import { writeYaml } from "../../../../engine/config/yaml/writer.ts";
import { arbitraryConfig, confText } from "../arbitrary_config.ts";
import { MAIN, random } from "../harness.ts";
import { memorySource } from "../memory_source.ts";
import { plainTree } from "../plain_tree.ts";

const frontEnd = await frontEndFor("yaml");
const texts = fc.oneof(
  fc.constantFrom("a", "b-2", "c_d", "on", "true", "null", "0x10", "010", "1.50", "1e3", "~", "-"),
  fc.constantFrom(
    "a b",
    "a #b",
    "a: b",
    "it's",
    "{x}",
    "[y]",
    "&z",
    "*z",
    "100%",
    "ü",
    "!tag",
    "=",
    "@x",
  ),
);

function read(text: string, options: { frontEnd?: FrontEnd }) {
  return loadTree(MAIN, memorySource({ files: { [MAIN]: text } }), { random, ...options });
}

Deno.test("generated configurations say the same in YAML, and again in keepalived's words", () => {
  const runs = 300;
  let loaded = 0;
  fc.assert(
    fc.property(arbitraryConfig({ texts }).map(confText), (text) => {
      const one = read(text, {});
      const yaml = writeYaml(one.tree, TOP_LEVEL, new Map(), "");
      const two = read(yaml, { frontEnd });
      // Another library's reader understands the same.
      assertEquals(parse(yaml), library.parse(yaml), yaml);
      assertEquals(plainTree(two.tree, TOP_LEVEL), plainTree(one.tree, TOP_LEVEL), yaml);
      const three = read(confText(two.tree), {});
      assertEquals(plainTree(three.tree, TOP_LEVEL), plainTree(one.tree, TOP_LEVEL));
      if (!one.config) return;
      loaded++;
      assertEquals(two.diagnostics.filter((d) => d.severity === "error").map(formatDiagnostic), []);
      assertEquals(two.config, one.config);
      assertEquals(three.config, one.config);
    }),
    { numRuns: runs },
  );
  assert(loaded > runs / 4, `only ${loaded} of ${runs} load`);
});
