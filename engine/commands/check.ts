/**
 * `stayd check FILE…`: what is wrong with configuration files. Also keepalived's `-t`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { ConfigSource } from "../config/config_source.ts";
import { type Diagnostic, explainDiagnostic, keepalivedObjects } from "../config/diagnostic.ts";
import { loadConfig, type LoadOptions } from "../config/load.ts";
import { systemSource } from "../config/system_source.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";

/** Warnings, and `--strict` was given. */
const EXIT_WARNINGS = 1;

/** Status of `-t`, as keepalived has it: something is wrong. */
export const EXIT_TEST_FAILED = 5;
/** Status of `-t`, as keepalived has it: a file is missing. */
export const EXIT_TEST_NO_FILE = 6;

const HELP = `Usage: stayd check [--strict] [-i ID] FILE...

Checks configuration files and prints what is wrong with them.

  -s, --strict           warnings count, too
  -i, --config-id ID     name for @ID lines and \${_INSTANCE} [host name]
  -h, --help             print this

Exit status: 0 correct, 1 warnings with --strict, 2 errors.
`;

type Print = (text: string) => void;

/**
 * Runs `stayd check`. Findings go to `print`, what is wrong with the command line to `complain`.
 */
export function checkCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
  source: ConfigSource = systemSource,
): number {
  const wrong: string[] = [];
  const parsed = parseArgs(args, {
    boolean: ["strict", "help"],
    string: ["config-id", "_"],
    alias: { strict: "s", "config-id": "i", help: "h" },
    unknown: (arg) => {
      if (arg.startsWith("-")) wrong.push(`unknown option ${arg}`);
      return true;
    },
  });
  if (parsed["help"] === true) return print(HELP), EXIT_OK;
  if (parsed["config-id"] === "") wrong.push("option --config-id needs a value");
  if (parsed._.length === 0 && wrong.length === 0) wrong.push("no file to check");
  if (wrong.length > 0) {
    complain(wrong.map((text) => `stayd check: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  }
  const configId = parsed["config-id"];
  const options = typeof configId === "string" ? { configId } : {};
  const counts = { error: 0, warning: 0 };
  for (const file of parsed._) {
    const { diagnostics } = loadConfig(String(file), source, options);
    for (const { severity } of diagnostics) counts[severity]++;
    print(report(diagnostics));
  }
  if (counts.error + counts.warning > 0) {
    print(`${plural(counts.error, "error")}, ${plural(counts.warning, "warning")}\n`);
  }
  if (counts.error > 0) return EXIT_CONFIG;
  return counts.warning > 0 && parsed["strict"] === true ? EXIT_WARNINGS : EXIT_OK;
}

/**
 * keepalived's `-t`: prints findings to `complain` and returns 0 if keepalived would have none, 5
 * if it would, and 6 if a file is missing. Warnings of ours alone, such as about keywords without
 * effect in this version, do not fail the test.
 */
export function configTest(
  path: string,
  _print: Print,
  complain: Print,
  options: LoadOptions = {},
  source: ConfigSource = systemSource,
): number {
  const { diagnostics } = loadConfig(path, source, options);
  complain(report(diagnostics));
  if (diagnostics.some(({ code }) => code === "E-file-001" || code === "E-file-004")) {
    return EXIT_TEST_NO_FILE;
  }
  return diagnostics.some(keepalivedObjects) ? EXIT_TEST_FAILED : EXIT_OK;
}

function report(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${explainDiagnostic(diagnostic)}\n`).join("");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
