/**
 * `stayd schema`: the JSON Schema of configurations in YAML, for editors.
 *
 * @module
 */
import { jsonSchema } from "../config/json_schema.ts";
import { TOP_LEVEL } from "../config/top_level.ts";
import { readArguments } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";

const HELP = `Usage: stayd schema

Prints the JSON Schema (draft 2020-12) of configurations in YAML or JSON. An editor with a YAML
language server completes and checks them with it, if the file begins with

  # yaml-language-server: $schema=stayd.schema.json

  -h, --help               print this
`;

/** Runs the subcommand; returns the exit status. */
export function schemaCommand(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): number {
  const given = readArguments(args, { flags: {}, values: {} });
  const wrong = "wrong" in given ? given.wrong : given.files.map((file) => `unexpected ${file}`);
  if (wrong.length > 0) {
    complain(wrong.map((text) => `stayd schema: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  }
  const isHelp = "flags" in given && given.flags.has("help");
  print(isHelp ? HELP : `${JSON.stringify(jsonSchema(TOP_LEVEL), null, 2)}\n`);
  return EXIT_OK;
}
