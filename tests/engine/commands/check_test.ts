import { assertEquals } from "@std/assert";
import { checkCommand, configTest } from "../../../engine/commands/check.ts";
import { instanceText } from "../config/harness.ts";
import { memorySource } from "../config/memory_source.ts";

const source = memorySource({
  files: {
    "good.conf": instanceText(""),
    "warning.conf": instanceText("advert_int 1.5"),
    "inactive.conf": instanceText("smtp_alert"),
    "bad.conf": instanceText("frob"),
    "named.conf": "@x frob",
    "include.conf": "includem none.conf",
  },
});

/** Runs a command with a place to print to. */
function run(
  command: (print: (text: string) => void, complain: (text: string) => void) => number,
): { status: number; printed: string; complained: string } {
  let [printed, complained] = ["", ""];
  const status = command((text) => printed += text, (text) => complained += text);
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
  [["good.conf", "bad.conf", "warning.conf", "bad.conf"], 2, "2 errors, 1 warning"],
  [["--strict", "bad.conf"], 2, "1 error, 0 warnings"],
  [["none.conf"], 2, "1 error, 0 warnings"],
  [["named.conf"], 0, ""],
  [["-i", "x", "named.conf"], 2, "1 error, 0 warnings"],
  [["--config-id=x", "named.conf"], 2, "1 error, 0 warnings"],
];
for (const [args, expected, last] of CHECKS) {
  Deno.test(`checkCommand ${args.join(" ")}`, () => {
    const { status, printed, complained } = run((print, complain) =>
      checkCommand(args, print, complain, source)
    );
    assertEquals([status, printed.trim().split("\n").at(-1), complained], [expected, last, ""]);
  });
}

Deno.test("checkCommand prints findings with their lines", () => {
  assertEquals(
    run((print, complain) => checkCommand(["bad.conf"], print, complain, source)).printed,
    "bad.conf:4:1: error: unknown keyword 'frob' [E-block-001]\n    4 | frob\n      | ^\n1 error, 0 warnings\n",
  );
});

// deno-fmt-ignore
const USAGE: [args: string[], complaint: string][] = [
  [[], "stayd check: no file to check"],
  [["--frob", "good.conf"], "stayd check: unknown option --frob"],
  [["good.conf", "-i", ""], "stayd check: option --config-id needs a value"],
];
for (const [args, complaint] of USAGE) {
  Deno.test(`checkCommand ${JSON.stringify(args)} cannot be understood`, () => {
    const { status, complained } = run((print, complain) =>
      checkCommand(args, print, complain, source)
    );
    assertEquals([status, complained.split("\n")[0]], [2, complaint]);
  });
}

Deno.test("checkCommand --help", () => {
  const { status, printed } = run((print, complain) =>
    checkCommand(["--help"], print, complain, source)
  );
  assertEquals([status, printed.split("\n")[0]], [
    0,
    "Usage: stayd check [--strict] [-i ID] FILE...",
  ]);
});

// keepalived's: 0 nothing to report, 5 something, 6 a file is missing.
// deno-fmt-ignore
const TESTS: [file: string, status: number][] = [
  ["good.conf", 0], ["inactive.conf", 0], ["warning.conf", 5], ["bad.conf", 5], ["none.conf", 6], ["include.conf", 6],
];
for (const [file, expected] of TESTS) {
  Deno.test(`configTest ${file}`, () => {
    const { status, printed, complained } = run((print, complain) =>
      configTest(file, print, complain, {}, source)
    );
    assertEquals([status, printed, complained !== ""], [expected, "", file !== "good.conf"]);
  });
}
