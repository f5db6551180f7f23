import { assertEquals } from "@std/assert";
import { checkCommand, type CheckWorld, configTest } from "../../../engine/commands/check.ts";
import { ip } from "../../../net/address.ts";
import { instanceText } from "../config/harness.ts";
import { memorySource } from "../config/memory_source.ts";

const source = memorySource({
  files: {
    "good.conf": instanceText(""),
    "warning.conf": instanceText("advert_int 1.5"),
    "inactive.conf": `global_defs {\nenable_traps\n}\n${instanceText("")}`,
    "yaml.txt": "global_defs:\n  router_id: x\n",
    "bad.conf": instanceText("frob"),
    "worse.conf": "frob\nfrob",
    "allowed.conf": instanceText("advert_int 1.5 # stayd: allow W-value-003"),
    "outside.conf": instanceText("", "198.51.100.1"),
    "links.json": '[{"ifname":"eth0","addr_info":[{"local":"192.0.2.9","prefixlen":24}]}]',
    "bad.json": "{",
    "named.conf": "@x frob",
    "include.conf": "includem none.conf",
  },
});

const world = { source, interfaces: async () => await undefined, isTerminal: () => false };

/** Runs the command with a place to print to. */
async function check(
  args: readonly string[],
  changes: Partial<CheckWorld> = {},
): Promise<{ status: number; printed: string; complained: string }> {
  let [printed, complained] = ["", ""];
  const status = await checkCommand(
    args,
    (text) => printed += text,
    (text) => complained += text,
    { ...world, ...changes },
  );
  return { status, printed, complained };
}

// deno-fmt-ignore
const CHECKS: [args: string[], status: number, last: string][] = [
  [["good.conf"], 0, ""],
  [["good.conf", "--strict"], 0, ""],
  [["warning.conf"], 0, "0 errors, 1 warning"],
  [["inactive.conf"], 0, "0 errors, 1 warning"],
  [["--strict", "warning.conf"], 1, "0 errors, 1 warning"],
  [["-s", "inactive.conf"], 1, "0 errors, 1 warning"],
  [["bad.conf"], 2, "1 error, 0 warnings"],
  [["good.conf", "bad.conf", "warning.conf", "worse.conf"], 2, "3 errors, 1 warning"],
  [["--language", "yaml", "yaml.txt"], 0, ""],
  [["--format", "yaml", "yaml.txt"], 0, ""],
  [["--format", "yaml", "--format", "json", "yaml.txt"], 0, "}"],
  [["--format", "keepalived", "bad.conf"], 2, "1 error, 0 warnings"],
  [["yaml.txt"], 2, "2 errors, 0 warnings"],
  [["bad.conf", "bad.conf"], 2, "1 error, 0 warnings"],
  [["-f", "bad.conf", "-f", "warning.conf", "worse.conf"], 2, "3 errors, 1 warning"],
  [["--strict", "warning.conf", "--allow", "W-value-003"], 0, ""],
  [["--strict", "warning.conf", "--allow=W-vrrp-007,W-value-003"], 1, "0 errors, 1 warning"],
  [["--strict", "allowed.conf"], 0, ""],
  [["--strict", "outside.conf"], 0, ""],
  [["--strict", "outside.conf", "--interfaces", "links.json"], 1, "0 errors, 1 warning"],
  [["--strict", "outside.conf", "--interfaces", "none"], 0, ""],
  [["--strict", "bad.conf"], 2, "1 error, 0 warnings"],
  [["none.conf"], 2, "1 error, 0 warnings"],
  [["named.conf"], 0, ""],
  [["-i", "x", "named.conf"], 2, "1 error, 0 warnings"],
  [["--config-id=x", "named.conf"], 2, "1 error, 0 warnings"],
];
for (const [args, expected, last] of CHECKS) {
  Deno.test(`checkCommand ${args.join(" ")}`, async () => {
    const { status, printed, complained } = await check(args);
    assertEquals([status, printed.trim().split("\n").at(-1), complained], [expected, last, ""]);
  });
}

Deno.test("checkCommand prints findings with their lines", async () => {
  assertEquals(
    (await check(["bad.conf"])).printed,
    "bad.conf:4:1: error: unknown keyword 'frob' [E-block-001]\n    4 | frob\n      | ^\n1 error, 0 warnings\n",
  );
});

// deno-fmt-ignore
const USAGE: [args: string[], complaint: string][] = [
  [[], "stayd check: no file to check"],
  [["--frob", "good.conf"], "stayd check: unknown option --frob"],
  [["good.conf", "-i", ""], "stayd check: option --config-id needs a value"],
  [["--format", "xml", "good.conf"], "stayd check: unknown format xml: known are human, json, github, sarif"],
  [["--format", "", "good.conf"], "stayd check: option --format needs a value"],
  [["--interfaces", "none.json", "good.conf"], "stayd check: cannot read none.json: ENOENT"],
  [["--interfaces", "bad.json", "good.conf"], "stayd check: cannot use bad.json: it is not JSON"],
  [["--explain", "W-none-001"], "stayd check: unknown code W-none-001"],
];
for (const [args, complaint] of USAGE) {
  Deno.test(`checkCommand ${JSON.stringify(args)} cannot be understood`, async () => {
    const { status, complained } = await check(args);
    assertEquals([status, complained.split("\n")[0]], [2, complaint]);
  });
}

Deno.test("checkCommand --help", async () => {
  const { status, printed } = await check(["--help"]);
  assertEquals([status, printed.split("\n")[0]], [
    0,
    "Usage: stayd check [OPTIONS] FILE...",
  ]);
});

Deno.test("checkCommand --explain", async () => {
  const { status, printed } = await check(["--explain", "E-block-008"]);
  assertEquals([status, printed.split("\n")[0]], [0, "E-block-008: missing value"]);
});

Deno.test("checkCommand takes this machine's interfaces, if it has all that are named", async () => {
  const statusWith = async (...names: string[]) => {
    const network = { ip: ip("192.0.2.9"), prefixLength: 24 };
    const prefixes = new Map(names.map((name) => [name, [network]]));
    const interfaces = async () => await { prefixes, isGuess: true };
    return (await check(["--strict", "outside.conf"], { interfaces })).status;
  };
  assertEquals([await statusWith("eth0", "eth1"), await statusWith("eth1")], [1, 0]);
});

const RED = "\x1b[1;31m";
// deno-fmt-ignore
const TERMINALS: [isTerminal: boolean, environment: Record<string, string>, coloured: boolean][] = [
  [true, {}, true], [false, {}, false], [true, { NO_COLOR: "1" }, false], [true, { NO_COLOR: "" }, true], [true, { TERM: "dumb" }, false],
];
for (const [isTerminal, environment, coloured] of TERMINALS) {
  Deno.test(`checkCommand in colours: ${isTerminal} ${JSON.stringify(environment)}`, async () => {
    const { printed } = await check(["bad.conf"], {
      isTerminal: () => isTerminal,
      source: { ...source, getenv: (name) => environment[name] },
    });
    assertEquals([printed.includes(RED), printed.includes("\x1b")], [coloured, coloured]);
  });
}

// keepalived's: 0 nothing to report, 5 something, 6 a file is missing.
// deno-fmt-ignore
const TESTS: [file: string, status: number][] = [
  ["good.conf", 0], ["inactive.conf", 0], ["warning.conf", 5], ["bad.conf", 5], ["none.conf", 6], ["include.conf", 6],
];
for (const [file, expected] of TESTS) {
  Deno.test(`configTest ${file}`, () => {
    let [printed, complained] = ["", ""];
    const status = configTest(
      file,
      (text) => printed += text,
      (text) => complained += text,
      {},
      source,
    );
    assertEquals([status, printed, complained !== ""], [expected, "", file !== "good.conf"]);
  });
}
