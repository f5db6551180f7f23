/**
 * Command lines of subcommands: options and files.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

/** Which options a subcommand has; each with its letter, or none. */
export interface Options {
  readonly flags: Readonly<Record<string, string>>;
  /** Options with a value. */
  readonly values: Readonly<Record<string, string>>;
}

/** What was given. */
export interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

/** Reads a command line; texts are what is wrong with it. `--help` is known to all. */
export function readArguments(
  args: readonly string[],
  options: Options,
): Arguments | { readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  const flags = { ...options.flags, help: "h" };
  const aliases = Object.entries({ ...flags, ...options.values })
    .filter(([, letter]) => letter !== "");
  const parsed = parseArgs(args, {
    boolean: Object.keys(flags),
    string: [...Object.keys(options.values), "_"],
    alias: Object.fromEntries(aliases),
    unknown: (arg) => {
      if (arg.startsWith("-") && arg !== "-") wrong.push(`unknown option ${arg}`);
      return true;
    },
  });
  const values = new Map<string, string>();
  for (const name of Object.keys(options.values)) {
    const given = parsed[name];
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value === undefined) continue;
    if (value === "") wrong.push(`option --${name} needs a value`);
    values.set(name, String(value));
  }
  if (wrong.length > 0) return { wrong };
  return {
    flags: new Set(Object.keys(flags).filter((name) => parsed[name] === true)),
    values,
    files: parsed._.map(String),
  };
}
