/**
 * The command line of a benchmark: options with a value each, and `--help`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { print } from "./report.ts";

/** An option's value if it is not given, and what it means, for `--help`. */
export type Option = readonly [initial: string, meaning: string];

/** The values of the options; `--help`, and anything unknown, ends the process instead. */
export function readOptions<Name extends string>(
  options: Readonly<Record<Name, Option>>,
): Record<Name, string> {
  const entries = Object.entries<Option>(options);
  const unknown: string[] = [];
  const { help, _, ...values } = parseArgs(Deno.args, {
    boolean: ["help"],
    alias: { help: "h" },
    string: entries.map(([name]) => name),
    default: Object.fromEntries(entries.map(([name, [initial]]) => [name, initial])),
    unknown: (argument) => (unknown.push(argument), false),
  });
  if (help || unknown.length > 0) {
    for (const argument of unknown) print(`unknown argument: ${argument}`);
    print("Usage: deno task bench NAME [OPTIONS]");
    for (const line of optionLines(entries)) print(line);
    Deno.exit(help ? 0 : 2);
  }
  return values as unknown as Record<Name, string>;
}

/** A value that must be a whole number above zero; anything else ends the process. */
export function readCount(value: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count > 0) return count;
  print(`not a whole number above zero: "${value}"`);
  Deno.exit(2);
}

function optionLines(entries: readonly (readonly [name: string, option: Option])[]): string[] {
  return entries.map(([name, [initial, meaning]]) => {
    const ofDefault = initial === "" ? "" : ` (${initial})`;
    return `  ${`--${name}`.padEnd(12)} ${meaning}${ofDefault}`;
  });
}
