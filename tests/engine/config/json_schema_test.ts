import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import fc from "fast-check";
import { parse } from "yaml";
import { jsonSchema } from "../../../engine/config/json_schema.ts";
import type { Grammar, Parameter } from "../../../engine/config/shape.ts";
import { TOP_LEVEL } from "../../../engine/config/top_level.ts";
import type { Vocabulary } from "../../../engine/config/vocabulary.ts";
import { writeYaml } from "../../../engine/config/yaml/writer.ts";
import { arbitraryConfig } from "./arbitrary_config.ts";

const validate = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false })
  .compile(jsonSchema(TOP_LEVEL));

/** What is wrong with a text; empty if nothing is. */
function problems(yaml: string): string[] {
  return validate(parse(yaml, { merge: true }))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

Deno.test("jsonSchema: every generated configuration fits, written as YAML", () => {
  fc.assert(
    fc.property(arbitraryConfig(), (branches) => {
      const yaml = writeYaml(branches, TOP_LEVEL, new Map(), "");
      assertEquals(problems(yaml), [], yaml);
    }),
    { numRuns: 300 },
  );
});

const V1 = (lines: string) => `vrrp_instance: {V1: {${lines}}}`;
// deno-fmt-ignore
const FITS: string[] = [
  "", "global_defs:", "include: a.yaml", "include: [a.yaml, 'b/*.yaml']", "x-any: {a: [1]}", V1(""), V1("priority: 5"), V1("priority: '5'"),
  V1("advert_int: 100ms"), V1("advert_int: 0.1"), V1("nopreempt: true"), V1("nopreempt: false"), V1("nopreempt:"), V1("strict_mode: on"), V1("strict_mode: false"),
  V1("virtual_ipaddress: 192.0.2.1/24"), V1("virtual_ipaddress: [192.0.2.1/24 dev eth0]"), V1("virtual_ipaddress: [{address: 192.0.2.1/24, dev: eth0, no_track: true}]"),
  "vrrp_instance: [{name: V1, priority: 5}]", "x-a: &a {priority: 5}\nvrrp_instance: {V1: {<<: *a}}", V1("version: 3"), V1("state: MASTER"),
];
// deno-fmt-ignore
const FITS_NOT: string[] = [
  "frob: 1", "[]", "text", "include: {a: b}", "vrrp_instance: V1", "vrrp_instance: {V1: 5}", V1("frob: 1"), V1("priority: 256"), V1("priority: 0"), V1("priority: high"), V1("priority: [1, 2]"),
  V1("advert_int: 100min5"), V1("nopreempt: 3"), V1("strict_mode: maybe"), V1("virtual_ipaddress: [{address: 192.0.2.1/24, div: eth0}]"), V1("virtual_ipaddress: [{dev: eth0}]"),
  "vrrp_instance: [{priority: 5}]", V1("version: 4"), V1("state: ACTIVE"), V1("authentication: {auth_type: FROB}"), V1("interface: a/b"),
];
for (const text of FITS) {
  Deno.test(`jsonSchema: fits ${JSON.stringify(text)}`, () => assertEquals(problems(text), []));
}
for (const text of FITS_NOT) {
  Deno.test(`jsonSchema: does not fit ${JSON.stringify(text)}`, () => {
    assert(problems(text).length > 0);
  });
}

Deno.test("names of values cannot be taken for keywords or options beside them", () => {
  const found: string[] = [];
  const compare = (title: string, parameters: readonly Parameter[], others: object) => {
    const names = parameters.map(({ name }) => name);
    for (const [i, name] of names.entries()) {
      if (Object.hasOwn(others, name) || names.indexOf(name) < i) found.push(`${title} ${name}`);
    }
  };
  const visit = ({ name, keywords }: Vocabulary<never>, seen: Set<unknown>) => {
    if (seen.has(keywords)) return;
    seen.add(keywords);
    for (const [word, { parameters, inner }] of Object.entries(keywords)) {
      const grammar: Grammar | undefined = inner?.kind === "items" ? inner.grammar : undefined;
      const block = inner?.kind === "keywords" ? inner.vocabulary : undefined;
      compare(`${name}.${word}`, parameters, block?.keywords ?? {});
      if (grammar) compare(`${name}.${word}`, grammar.parameters, grammar.options);
      if (block) visit(block, seen);
    }
  };
  visit(TOP_LEVEL, new Set());
  assertEquals(found, []);
});
