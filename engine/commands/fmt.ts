/**
 * `stayd fmt FILE…`: configuration files in one layout.
 *
 * @module
 */
import { SyscallError } from "../../net/sys/libc.ts";
import { replaceFile } from "../../net/sys/replace_file.ts";
import type { ConfigSource } from "../config/config_source.ts";
import { formatOf } from "../config/format.ts";
import { layOut } from "../config/layout.ts";
import { systemSource } from "../config/system_source.ts";
import { readArguments } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";
import { withStandardInput } from "./standard_input.ts";

const HELP = `Usage: stayd fmt [--check] FILE...

Lays out configuration files in keepalived's language: four columns a block, one statement a line,
single blanks. Comments, definitions, conditions, sequences and includes stay, and so does what the
files mean. Included files are not touched. With - it reads standard input and prints the result.

  -c, --check              change nothing: print what would change
  -h, --help               print this

Exit status: 0 laid out, 1 not so with --check, or a file cannot be read or written, 2 wrong command
line.
`;

type Print = (text: string) => void;

/** What laying out needs of the world. */
export interface FmtWorld {
  readonly source: ConfigSource;
  /** Replaces a file as a whole; throws a `SyscallError`. */
  readonly write: (path: string, text: string) => void;
}

const MACHINE: FmtWorld = { source: systemSource, write: replaceFile };

/** Runs the subcommand; returns the exit status. */
export async function fmtCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
  { source, write }: FmtWorld = MACHINE,
): Promise<number> {
  const given = readArguments(args, { flags: { check: "c" }, values: {} });
  const wrong = "wrong" in given
    ? given.wrong
    : given.files.length === 0 && !given.flags.has("help")
    ? ["no file to lay out"]
    : given.files.filter((file) => formatOf(file) !== "keepalived")
      .map((file) => `${file} is not in keepalived's language`);
  if ("wrong" in given || wrong.length > 0) {
    complain(wrong.map((text) => `stayd fmt: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  }
  if (given.flags.has("help")) return print(HELP), EXIT_OK;
  const isCheck = given.flags.has("check");
  const world = withStandardInput(source);
  let status = EXIT_OK;
  for (const file of given.files) {
    const text = readText(file, world);
    if (typeof text !== "string") {
      complain(`stayd fmt: ${file}: ${text.error}\n`);
      status = EXIT_FATAL;
      continue;
    }
    const wanted = layOut(text);
    if (isCheck) {
      if (wanted === text) continue;
      print(await difference(file, text, wanted));
      status = EXIT_FATAL;
    } else if (file === "-") print(wanted);
    else if (wanted !== text && !writeText(file, wanted, write, complain)) status = EXIT_FATAL;
  }
  return status;
}

function readText(file: string, source: ConfigSource): string | { readonly error: string } {
  const content = source.read(file);
  if ("error" in content) return content;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content.bytes);
  } catch {
    return { error: "it is not UTF-8" };
  }
}

function writeText(file: string, text: string, write: FmtWorld["write"], complain: Print): boolean {
  try {
    write(file, text);
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    complain(`stayd fmt: cannot write ${file}: ${error.message}\n`);
    return false;
  }
}

async function difference(file: string, old: string, now: string): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  return createTwoFilesPatch(file, file, old, now, "", "laid out", {
    headerOptions: FILE_HEADERS_ONLY,
  });
}
