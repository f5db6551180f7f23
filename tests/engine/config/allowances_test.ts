import { assertEquals } from "@std/assert";
import { loadWith } from "../../../engine/config/load.ts";
import { readYaml } from "../../../engine/config/yaml/front_end.ts";
import { brief, complaintsOf, instanceText, load, MAIN } from "./harness.ts";
import { memorySource } from "./memory_source.ts";

// `advert_int 1.5` in version 2 gives W-value-003 (W303) on line 4.
// deno-fmt-ignore
const REMARKS: [name: string, lines: string, findings: string[]][] = [
  ["none", "advert_int 1.5", ["4:12 W303"]],
  ["on the line", "advert_int 1.5 # stayd: allow W-value-003", []],
  ["behind !", "advert_int 1.5 ! stayd: allow W-value-003", []],
  ["within a comment", "advert_int 1.5 # for a reason, stayd:  allow W-value-003 because", []],
  ["on a line before", "# stayd: allow W-value-003\nadvert_int 1.5", []],
  ["on a line before others of comment and none", "# stayd: allow W-value-003\n\n# why\nadvert_int 1.5", []],
  ["two before", "# stayd: allow W-value-003\n# stayd: allow W-model-003\nadvert_int 1.5", ["5:16 W-allow-002"]],
  ["a list", "advert_int 1.5 # stayd: allow W-value-003, W-model-003", ["4:44 W-allow-002"]],
  ["a list with blanks", "advert_int 1.5 # stayd: allow W-model-003 W-value-003", ["4:31 W-allow-002"]],
  ["on another line", "# stayd: allow W-value-003\npriority 100\nadvert_int 1.5", ["4:16 W-allow-002", "6:12 W303"]],
  ["on the line before, which has its own code", "priority 100 # stayd: allow W-value-003\nadvert_int 1.5", ["4:29 W-allow-002", "5:12 W303"]],
  ["another code", "advert_int 1.5 # stayd: allow W-model-003", ["4:12 W303", "4:31 W-allow-002"]],
  ["an unknown code", "advert_int 1 # stayd: allow W-none-001", ["4:29 W-allow-001"]],
  ["a short name is unknown", "advert_int 1.5 # stayd: allow W303", ["4:12 W303", "4:31 W-allow-001"]],
  ["an error", "priority 300 # stayd: allow E-value-002", ["4:10 E302", "4:29 W-allow-003"]],
  ["not in a comment", 'virtual_router_id "9" "# stayd: allow W-value-003"\nadvert_int 1.5', ["3:24 W207", "4:12 W303"]],
  ["a comment without it", "advert_int 1.5 # stayd allow W-value-003", ["4:12 W303"]],
  ["for another machine", "@other priority 100 # stayd: allow W-value-003", []],
  ["before a line for another machine", "# stayd: allow W-value-003\n@other advert_int 1.5", []],
  ["on a definition, whose text it is", "$I=1.5 # stayd: allow W-value-003\nadvert_int $I", []],
  ["where a definition is used", "$I=1.5\nadvert_int $I # stayd: allow W-value-003", []],
  ["allowed to be there in vain", "priority 100 # stayd: allow W-value-003, W-allow-002", []],
];
for (const [name, lines, findings] of REMARKS) {
  Deno.test(`allow: ${name}`, () => {
    const found = complaintsOf(instanceText(lines)).map((text) =>
      text.replace(/^(\d+:\d+):.*\[(.*)\]$/, "$1 $2")
    );
    assertEquals(found, findings);
  });
}

Deno.test("allow: a file that is included twice has its remarks once", () => {
  const text = "include b.conf\n" + instanceText("include b.conf").replace(/^/, "");
  const files = { "b.conf": "# stayd: allow W-block-007\npriority 100 50\n" };
  assertEquals(complaintsOf(text, { files }).map((each) => each.replace(/:.*\[/, " [")), [
    "b.conf [E201]",
  ]);
});

Deno.test("allow: by option, also in vain", () => {
  const source = memorySource({ files: { [MAIN]: instanceText("advert_int 1.5") } });
  const found = (...allow: string[]) => brief(loadWith(MAIN, source, { allow }).diagnostics);
  assertEquals(found("W-value-003"), []);
  assertEquals(found("W-value-003", "W-none-001", "W-vrrp-006"), [
    "(command line):1:1: warning: there is no code W-none-001 [W-allow-001]",
    "(command line):1:1: warning: there is no W-vrrp-006 here to allow [W-allow-002]",
  ]);
});

Deno.test("allow: an allowed warning does not change the configuration", () => {
  const [plain, allowed] = ["", " # stayd: allow W-value-003"].map((remark) =>
    load(instanceText(`advert_int 1.5${remark}`)).config
  );
  assertEquals(plain, allowed);
});

Deno.test("allow: a thousand warnings that are allowed hide none that is not", () => {
  const lines = "priority 100 50 # stayd: allow W-block-007\n".repeat(1_500);
  assertEquals(complaintsOf(instanceText(`${lines}advert_int 1.5`)).length, 1);
});

Deno.test("allow: remarks of YAML", () => {
  const text = "global_defs:\n  vrrp_garp_master_delay: 5 # stayd: allow W-word-003\n" +
    "  # stayd: allow W-word-003\n  enable_traps: true\n";
  const source = memorySource({ files: { "a.yaml": text } });
  const { diagnostics } = loadWith("a.yaml", source, { frontEnd: readYaml });
  assertEquals(brief(diagnostics), [
    "a.yaml:2:44: warning: there is no W-word-003 here to allow [W-allow-002]",
  ]);
});
