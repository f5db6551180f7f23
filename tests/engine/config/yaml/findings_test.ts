import { assertEquals } from "@std/assert";
import { formatDiagnostic, loadWith } from "../../../../engine/config/load.ts";
import { readYaml } from "../../../../engine/config/yaml/front_end.ts";
import { memorySource } from "../memory_source.ts";

/** A configuration with one instance, and lines in it. */
const instance = (lines: string, more = "") =>
  `vrrp_instance:\n  V:\n    interface: eth0\n    virtual_router_id: 5\n` +
  `    virtual_ipaddress: [192.0.2.1]\n${lines}\n${more}`;

function load(text: string, others: Record<string, string> = {}) {
  const source = memorySource({ files: { "a.yaml": text, ...others } });
  return loadWith("a.yaml", source, { frontEnd: readYaml, random: () => 0 });
}

function findings(text: string, others?: Record<string, string>): string[] {
  return load(text, others).diagnostics.map(formatDiagnostic);
}

// deno-fmt-ignore
const WRONG: [what: string, text: string, findings: string[]][] = [
  ["no error", instance(""), []],
  ["an empty file is an empty configuration", "", []],
  ["a list at the top", "- a", ["a.yaml:1:1: error: a map of keywords of the top level is wanted here, not a list [E-yaml-003]"]],
  ["a tab", "a:\n\tb: 1", ["a.yaml:2:1: error: tabs are not allowed as indentation [E-yaml-001]"]],
  ["an unknown key at the top", "frob: 1", ["a.yaml:1:1: error: unknown keyword 'frob' (at frob) [E-block-001]"]],
  ["an unknown key, its place and path", instance("    frob: 1"), ["a.yaml:6:5: error: unknown keyword 'frob' (at vrrp_instance.V.frob) [E-block-001]"]],
  ["a nearly known key", instance("    priorty: 1"), ["a.yaml:6:5: error: unknown keyword 'priorty' (did you mean 'priority'?; at vrrp_instance.V.priorty) [E-block-001]"]],
  ["out of range", instance("    priority: 256"), ["a.yaml:6:15: error: '256' is out of range: must be 1 to 255 (at vrrp_instance.V.priority) [E-value-002]"]],
  ["a list for one value", instance("    priority: [1, 2]"), ["a.yaml:6:19: error: 'priority' takes one value (at vrrp_instance.V.priority[1]) [E-yaml-003]"]],
  ["twice the same key", instance("    priority: 1\n    priority: 2"), ["a.yaml:7:5: error: key 'priority' is there already (at vrrp_instance.V) [E-block-009]"]],
  ["a flag that is no truth", instance("    nopreempt: maybe"), ["a.yaml:6:16: error: 'nopreempt' is true or false, not text (at vrrp_instance.V.nopreempt) [E-yaml-003]"]],
  ["an anchor that needs itself", "global_defs: &a\n  router_id: *a", ["a.yaml:2:14: error: anchor 'a' needs itself (at global_defs.router_id) [E-yaml-001]"]],
  ["an anchor that is not there", "global_defs: *a", ["a.yaml:1:14: error: unknown anchor 'a' (at global_defs) [E-yaml-001]"]],
];

// The stack ends somewhere else each time.
for (const unit of ["[", "- ", "{a: "]) {
  Deno.test(`YAML: ${unit} nested beyond measure is one finding`, () => {
    assertEquals(
      findings(unit.repeat(20_000)).map((text) => text.replace(/^a\.yaml:\d+:\d+: /, "")),
      ["error: lists and maps nested more than 32 deep [E-yaml-002]"],
    );
  });
}

for (const [what, text, expected] of WRONG) {
  Deno.test(`YAML: ${what}`, () => assertEquals(findings(text), expected));
}

Deno.test("YAML: all errors are told at once, in the order of the text", () => {
  const places = findings(
    instance("    priority: 0\n    frob: 1\n    version: 9", "global_defs: 5"),
  )
    .map((line) => line.split(":").slice(1, 3).join(":"));
  assertEquals(places, ["6:15", "7:5", "8:14", "9:14"]);
});

// deno-fmt-ignore
const INTERVALS: [value: string, centiseconds: number | undefined][] = [
  ["1", 100], ["0.05", 5], ["50ms", 5], ["1s", 100], ["1.5s", 150], ['"2"', 200], ["40s", 4_000],
  ["5 minutes", undefined], ["ms", undefined], ["-1s", undefined], ["0ms", undefined], ["41s", 4_095], ["1 s", undefined], ["true", undefined], ["null", undefined],
];

for (const [value, centiseconds] of INTERVALS) {
  Deno.test(`YAML: advert_int: ${value}`, () => {
    const { config } = load(instance(`    version: 3\n    advert_int: ${value}`));
    assertEquals(config?.vrrpInstances[0]?.advertisementIntervalCs, centiseconds);
  });
}

// deno-fmt-ignore
const ADDRESSES: [shape: string, yaml: string][] = [
  ["a list of texts", "[192.0.2.1/24 dev eth1 label eth1:1]"],
  ["a list of maps", "[{address: 192.0.2.1/24, dev: eth1, label: 'eth1:1'}]"],
  ["one text", "192.0.2.1/24 dev eth1 label eth1:1"],
  ["one map", "{address: 192.0.2.1/24, dev: eth1, label: 'eth1:1'}"],
];

for (const [shape, yaml] of ADDRESSES) {
  Deno.test(`YAML: addresses as ${shape}`, () => {
    const text =
      `vrrp_instance: {V: {interface: eth0, virtual_router_id: 5, virtual_ipaddress: ${yaml}}}`;
    const [address] = load(text).config?.vrrpInstances[0]?.virtualAddresses ?? [];
    const { ip, prefixLength, interface: link, label } = { ...address };
    assertEquals({ ip, prefixLength, link, label } as unknown, {
      ip: "192.0.2.1",
      prefixLength: 24,
      link: "eth1",
      label: "eth1:1",
    });
  });
}

Deno.test("YAML: anchors and merge keys", () => {
  const text = `
vrrp_instance:
  A: &a {interface: eth0, virtual_router_id: 5, priority: 7, virtual_ipaddress: [192.0.2.1]}
  B: {<<: *a, virtual_router_id: 6, virtual_ipaddress: [192.0.2.2]}
`;
  const { config } = load(text);
  assertEquals(config?.vrrpInstances.map(({ vrid, priority }) => [vrid, priority]), [[5, 7], [
    6,
    7,
  ]]);
});

Deno.test("YAML: includes files of both languages; a circle is an error", () => {
  const others = {
    "b.yaml": "global_defs: {router_id: b}",
    "c.conf": "global_defs {\nvrrp_version 3\n}",
  };
  const { config } = load("include: [b.yaml, c.conf]\n" + instance(""), others);
  assertEquals([config?.global.routerId, config?.vrrpInstances[0]?.version], ["b", 3]);
  const [circle] = findings("include: a.yaml");
  assertEquals(circle?.includes("error"), true, circle);
});

Deno.test("YAML: a bomb of anchors is an error, not an outage", () => {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 12; i++) {
    lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(",")}]`);
  }
  assertEquals(load(lines.join("\n")).config, undefined);
});

Deno.test("YAML: nesting without an end is an error", () => {
  assertEquals(load("[".repeat(5_000)).config, undefined);
  assertEquals(load(`${"{a: ".repeat(200)}1${"}".repeat(200)}`).config, undefined);
});
