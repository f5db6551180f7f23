/**
 * `stayd check FILE…`: what is wrong with configuration files. Also keepalived's `-t`.
 *
 * @module
 */
import { adviser } from "../config/advice/advice.ts";
import type { ConfigSource } from "../config/config_source.ts";
import type { PublishedCode } from "../config/codes.ts";
import { keepalivedObjects } from "../config/diagnostic.ts";
import { formatOf } from "../config/format.ts";
import { frontEndFor } from "../config/front_ends.ts";
import { type InterfaceFacts, readInterfaceFacts } from "../config/interface_facts.ts";
import { diagnose, type LoadParts } from "../config/load.ts";
import { systemSource } from "../config/system_source.ts";
import { HELP, readCheckOptions } from "./check_options.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";
import { gather } from "./reports/findings.ts";
import { explainAll } from "./reports/human.ts";
import { REPORTS } from "./reports/report.ts";
import { withStandardInput } from "./standard_input.ts";

/** Warnings, and `--strict` was given. */
const EXIT_WARNINGS = 1;

/** Status of `-t`, as keepalived has it: something is wrong. */
const EXIT_TEST_FAILED = 5;
/** Status of `-t`, as keepalived has it: a file is missing, or a script is a risk. */
const EXIT_TEST_SEVERE = 6;
const SEVERE: ReadonlySet<PublishedCode> = new Set([
  "E-file-001",
  "E-file-004",
  "W-script-003",
]);

type Print = (text: string) => void;

/** What checking needs of the world. */
export interface CheckWorld {
  readonly source: ConfigSource;
  /** The interfaces of this machine, if they can be told. */
  readonly interfaces: () => Promise<InterfaceFacts | undefined>;
  /** Whether what is printed is seen by somebody on a terminal. */
  readonly isTerminal: () => boolean;
}

const MACHINE: CheckWorld = {
  source: systemSource,
  interfaces: async () => (await import("./local_interfaces.ts")).localInterfaces(),
  isTerminal: () => Deno.stdout.isTerminal(),
};

/**
 * Runs `stayd check`. Findings go to `print`, what is wrong with the command line to `complain`.
 */
export async function checkCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
  world: CheckWorld = MACHINE,
): Promise<number> {
  const options = readCheckOptions(args);
  if ("text" in options) return print(options.text), EXIT_OK;
  const facts = "wrong" in options ? options : await interfaceFacts(options.interfaces, world);
  if (facts && "wrong" in facts) {
    complain(facts.wrong.map((text) => `stayd check: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  }
  if ("wrong" in options) return EXIT_CONFIG;
  const { files, format, language, isStrict, configId, allow } = options;
  const source = withStandardInput(world.source);
  const loadOptions: LoadParts = {
    allow,
    ...(configId === undefined ? {} : { configId }),
    advise: adviser(facts),
  };
  const findings = gather(
    await Promise.all(files.map(async (file) => {
      const frontEnd = await frontEndFor(language ?? formatOf(file));
      return diagnose(file, source, { ...loadOptions, frontEnd });
    })),
  );
  print(REPORTS[format]?.(findings, { isColoured: isColoured(world) }) ?? "");
  if (findings.errorCount > 0) return EXIT_CONFIG;
  return findings.warningCount > 0 && isStrict ? EXIT_WARNINGS : EXIT_OK;
}

/** no-color.org: any text that is not empty turns colours off. */
function isColoured({ source, isTerminal }: CheckWorld): boolean {
  return (source.getenv("NO_COLOR") ?? "") === "" && source.getenv("TERM") !== "dumb" &&
    isTerminal();
}

async function interfaceFacts(
  option: string | undefined,
  world: CheckWorld,
): Promise<InterfaceFacts | { wrong: string[] } | undefined> {
  if (option === "none") return undefined;
  if (option === undefined) return await world.interfaces();
  const content = world.source.read(option);
  if ("error" in content) return { wrong: [`cannot read ${option}: ${content.error}`] };
  const facts = readInterfaceFacts(new TextDecoder().decode(content.bytes));
  return "wrong" in facts ? { wrong: [`cannot use ${option}: ${facts.wrong}`] } : facts;
}

/**
 * keepalived's `-t`: prints findings to `complain` and returns 0 if keepalived would have none, 5
 * if it would, and 6 if a file is missing or scripts are run as root without security. Warnings of
 * ours alone, such as about keywords without effect in this version, do not fail the test.
 */
export function configTest(
  path: string,
  _print: Print,
  complain: Print,
  options: LoadParts = {},
  source: ConfigSource = systemSource,
): number {
  const diagnostics = diagnose(path, source, { ...options, advise: adviser() });
  complain(explainAll(diagnostics, false));
  if (diagnostics.some(({ code }) => SEVERE.has(code))) return EXIT_TEST_SEVERE;
  return diagnostics.some(keepalivedObjects) ? EXIT_TEST_FAILED : EXIT_OK;
}
