/**
 * The command line of `stayd check`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { entryOf, isPublishedCode, type PublishedCode } from "../config/codes.ts";
import { type Format, formatNamed, FORMATS } from "../config/format.ts";
import { REPORTS } from "./reports/report.ts";

/** What `stayd check` was asked to do. */
export interface CheckOptions {
  readonly files: readonly string[];
  /** A word of {@linkcode REPORTS}. */
  readonly format: string;
  /** What the files are written in; absent: by the end of each name. */
  readonly language?: Format;
  readonly isStrict: boolean;
  readonly configId?: string;
  /** Codes of warnings that are not wanted. */
  readonly allow: readonly string[];
  /** A file, or `none`. */
  readonly interfaces?: string;
}

/** The text of `stayd check --help`. */
export const HELP = `Usage: stayd check [OPTIONS] FILE...

Checks configuration files and prints what is wrong with them. FILE may be - for standard input.

  -f, --use-file FILE    a file, as FILE without it
      --format FORM      of what is printed: ${Object.keys(REPORTS).join(", ")} [human]
      --language LANG    of the files: ${FORMATS.join(", ")} [by the end of the name: .yaml,
                         .yml, .json; else keepalived]; --format keepalived and --format yaml
                         say the same
  -s, --strict           warnings count, too
      --allow CODE       does not print that warning; may be given again (or: # stayd: allow CODE)
      --interfaces FILE  checks addresses against the output of 'ip -json address'; none: against
                         nothing [this machine's, if it has all interfaces that are named]
  -i, --config-id ID     name for @ID lines and \${_INSTANCE} [host name]
  -h, --help             print this

Codes are explained in docs/diagnostics.md, and by 'stayd check --explain CODE'.

Exit status: 0 correct, 1 warnings with --strict, 2 errors.
`;

const TEXTS = ["use-file", "format", "language", "config-id", "interfaces", "explain"];

/** Reads the command line; a text is what to print instead of checking. */
export function readCheckOptions(
  args: readonly string[],
): CheckOptions | { readonly wrong: readonly string[] } | { readonly text: string } {
  const wrong: string[] = [];
  const parsed = parseArgs(args, {
    boolean: ["strict", "help"],
    string: [...TEXTS, "allow", "_"],
    collect: ["allow", "use-file", "format"],
    alias: { strict: "s", "config-id": "i", help: "h", "use-file": "f" },
    unknown: (arg) => {
      if (arg.startsWith("-") && arg !== "-") wrong.push(`unknown option ${arg}`);
      return true;
    },
  });
  if (parsed["help"] === true) return { text: HELP };
  const texts = (name: string): string[] =>
    [parsed[name]].flat().filter((each) => each !== undefined)
      .map(String);
  for (const name of [...TEXTS, "allow"]) {
    if (texts(name).includes("")) wrong.push(`option --${name} needs a value`);
  }
  const [code] = texts("explain");
  if (code !== undefined && code !== "") {
    return isPublishedCode(code) ? { text: explain(code) } : { wrong: [`unknown code ${code}`] };
  }
  const isReport = (each: string) => Object.hasOwn(REPORTS, each);
  const formats = texts("format").filter((each) => each !== "");
  // json is both: then the report is meant.
  const languages = formats.filter((each) => !isReport(each) && formatNamed(each));
  for (const format of formats.filter((each) => !isReport(each) && !languages.includes(each))) {
    wrong.push(`unknown format ${format}: known are ${Object.keys(REPORTS).join(", ")}`);
  }
  const given = [...languages, ...texts("language")].at(-1);
  const language = formatNamed(given);
  if (given !== undefined && given !== "" && !language) {
    wrong.push(`unknown language ${given}: known are ${FORMATS.join(", ")}`);
  }
  const files = [...texts("use-file"), ...parsed._.map(String)];
  if (files.length === 0 && wrong.length === 0) wrong.push("no file to check");
  if (wrong.length > 0) return { wrong };
  const [configId, interfaces] = [texts("config-id").at(-1), texts("interfaces").at(-1)];
  return {
    files,
    format: formats.findLast(isReport) ?? "human",
    ...(language && { language }),
    isStrict: parsed["strict"] === true,
    allow: texts("allow").flatMap((each) => each.split(",")),
    ...(configId === undefined ? {} : { configId }),
    ...(interfaces === undefined ? {} : { interfaces }),
  };
}

function explain(code: PublishedCode): string {
  const { title, explanation, example } = entryOf(code);
  return `${code}: ${title}\n\n${explanation}\n\n${example.replaceAll(/^/gm, "    ")}\n`;
}
