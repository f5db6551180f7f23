import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { showConfigCommand } from "../../../engine/commands/show_config.ts";
import { instanceText } from "../config/harness.ts";
import { memorySource } from "../config/memory_source.ts";

const SECRETS = `global_defs {
smtp_server 192.0.2.25
}
${instanceText("authentication {\nauth_type PASS\nauth_pass TopSec\n}")}
`;

async function show(args: readonly string[]) {
  const out = { printed: "", complained: "" };
  const files = {
    "a.conf": SECRETS,
    "bad.conf": "frob",
    "a.yaml": "global_defs: {router_id: x}",
    "hmac.conf": instanceText(
      "version 3\nauth_hmac {\nalgorithm sha256\nkey 1 TopSecKeyTopSecKey\nactive_key 1\n}",
    ),
  };
  const status = await showConfigCommand(
    args,
    (text) => out.printed += text,
    (text) => out.complained += text,
    memorySource({ files }),
  );
  return { status, ...out };
}

Deno.test("show-config: defaults are filled in, secrets are masked; YAML and JSON say the same", async () => {
  const yaml = await show(["a.conf"]);
  const json = await show(["--json", "a.conf"]);
  assertEquals([yaml.status, json.status], [0, 0]);
  const shown = JSON.parse(json.printed);
  assertEquals(parse(yaml.printed), shown);
  const [instance] = shown.vrrpInstances;
  assertEquals([instance.priority, instance.password], [100, "***"]);
  assert(!`${yaml.printed}${json.printed}`.includes("TopSec"));
});

Deno.test("show-config: of YAML", async () => {
  assertEquals(JSON.parse((await show(["--json", "a.yaml"])).printed).global.routerId, "x");
});

Deno.test("show-config: keys of HMAC are masked", async () => {
  const { printed, complained } = await show(["hmac.conf"]);
  assert(!printed.includes("TopSec") && !complained.includes("TopSec"), printed + complained);
});

// deno-fmt-ignore
const WRONG: [args: string[], complaint: string][] = [
  [[], "stayd show-config: one file is wanted"],
  [["a.conf", "--format", "xml"], "stayd show-config: --format must be one of"],
  [["--frob", "a.conf"], "stayd show-config: unknown option --frob"],
  [["bad.conf"], "bad.conf:1:1: error: unknown keyword 'frob'"],
];

for (const [args, complaint] of WRONG) {
  Deno.test(`show-config ${args.join(" ")}: ${complaint}`, async () => {
    const { status, printed, complained } = await show(args);
    assertEquals([status, printed], [2, ""]);
    assert(complained.startsWith(complaint), complained);
  });
}
