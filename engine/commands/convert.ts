/**
 * `stayd convert --to yaml|keepalived FILE`: a configuration in the other language.
 *
 * @module
 */
import { SyscallError } from "../../net/sys/libc.ts";
import { replaceFile } from "../../net/sys/replace_file.ts";
import type { ConfigSource } from "../config/config_source.ts";
import { convert } from "../config/convert.ts";
import { explainDiagnostic } from "../config/diagnostic.ts";
import { formatNamed, formatOf, FORMATS } from "../config/format.ts";
import { systemSource } from "../config/system_source.ts";
import { readArguments } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";
import { withStandardInput } from "./standard_input.ts";

const HELP = `Usage: stayd convert --to ${FORMATS.join("|")} [-o OUT] [-i ID] FILE

Writes a configuration in another language. What is written means the same: it is read again before
it is put out. Comments go with it; includes, definitions, sequences and conditional lines are
written out as what was made of them. FILE may be - for standard input.

      --to LANGUAGE        ${FORMATS.join(", ")}
  -o, --output OUT         write to this file instead of standard output
      --format LANGUAGE    of FILE [by the end of its name: .yaml, .yml, .json; else keepalived]
  -i, --config-id ID       name for @ID lines and \${_INSTANCE} [host name]
  -h, --help               print this

Exit status: 0 converted, 1 it cannot be converted or written, 2 errors in FILE or command line.
`;

type Print = (text: string) => void;

/** What converting needs of the world. */
export interface ConvertWorld {
  readonly source: ConfigSource;
  /** Replaces a file as a whole; throws a `SyscallError`. */
  readonly write: (path: string, text: string) => void;
}

const MACHINE: ConvertWorld = { source: systemSource, write: replaceFile };

/** Runs the subcommand; returns the exit status. */
export async function convertCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
  { source, write }: ConvertWorld = MACHINE,
): Promise<number> {
  const given = readArguments(args, {
    flags: {},
    values: { to: "", output: "o", format: "", "config-id": "i" },
  });
  const usage = (wrong: readonly string[]) => {
    complain(wrong.map((text) => `stayd convert: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  };
  if ("wrong" in given) return usage(given.wrong);
  if (given.flags.has("help")) return print(HELP), EXIT_OK;
  const [file, ...more] = given.files;
  const to = formatNamed(given.values.get("to"));
  const from = formatNamed(given.values.get("format") ?? formatOf(file ?? ""));
  if (file === undefined || more.length > 0) return usage(["one file is wanted"]);
  if (!to) return usage([`--to must be one of ${FORMATS.join(", ")}`]);
  if (!from) return usage([`--format must be one of ${FORMATS.join(", ")}`]);
  const configId = given.values.get("config-id");
  const options = configId === undefined ? {} : { configId };
  const result = await convert({ file, from, to }, withStandardInput(source), options);
  if ("diagnostics" in result) {
    complain(result.diagnostics.map((each) => `${explainDiagnostic(each)}\n`).join(""));
    return EXIT_CONFIG;
  }
  if ("wrong" in result) return complain(`stayd convert: ${file}: ${result.wrong}\n`), EXIT_FATAL;
  const output = given.values.get("output");
  if (output === undefined || output === "-") return print(result.text), EXIT_OK;
  try {
    write(output, result.text);
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    complain(`stayd convert: cannot write ${output}: ${error.message}\n`);
    return EXIT_FATAL;
  }
}
