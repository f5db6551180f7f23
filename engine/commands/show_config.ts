/**
 * `stayd show-config FILE`: what a configuration comes to, with all its defaults.
 *
 * @module
 */
import type { ConfigSource } from "../config/config_source.ts";
import { explainDiagnostic } from "../config/diagnostic.ts";
import { formatNamed, formatOf, FORMATS } from "../config/format.ts";
import { frontEndFor } from "../config/front_ends.ts";
import { loadWith } from "../config/load.ts";
import { withoutSecrets } from "../config/mask.ts";
import { systemSource } from "../config/system_source.ts";
import { readArguments } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";
import { withStandardInput } from "./standard_input.ts";

const HELP = `Usage: stayd show-config [--json] [-i ID] FILE

Prints what stayd makes of a configuration: defaults filled in, addresses and times as values with
their units, secrets masked. FILE may be - for standard input.

      --json               as JSON instead of YAML
      --format LANGUAGE    of FILE: ${FORMATS.join(", ")} [by the end of its name]
  -i, --config-id ID       name for @ID lines and \${_INSTANCE} [host name]
  -h, --help               print this

Exit status: 0 shown, 2 errors in FILE or command line.
`;

type Print = (text: string) => void;

/** Runs the subcommand; returns the exit status. */
export async function showConfigCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
  source: ConfigSource = systemSource,
): Promise<number> {
  const given = readArguments(args, {
    flags: { json: "" },
    values: { format: "", "config-id": "i" },
  });
  const usage = (wrong: readonly string[]) => {
    complain(wrong.map((text) => `stayd show-config: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  };
  if ("wrong" in given) return usage(given.wrong);
  if (given.flags.has("help")) return print(HELP), EXIT_OK;
  const [file, ...more] = given.files;
  if (file === undefined || more.length > 0) return usage(["one file is wanted"]);
  const wanted = given.values.get("format") ?? formatOf(file);
  const format = formatNamed(wanted);
  if (!format) return usage([`--format must be one of ${FORMATS.join(", ")}`]);
  const configId = given.values.get("config-id");
  const { config, diagnostics } = loadWith(file, withStandardInput(source), {
    ...(configId === undefined ? {} : { configId }),
    frontEnd: await frontEndFor(format),
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  complain(errors.map((each) => `${explainDiagnostic(each)}\n`).join(""));
  if (!config) return EXIT_CONFIG;
  const shown = withoutSecrets(config);
  if (given.flags.has("json")) print(`${JSON.stringify(shown, null, 2)}\n`);
  else print((await import("@std/yaml")).stringify(shown));
  return EXIT_OK;
}
