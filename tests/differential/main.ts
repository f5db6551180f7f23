/**
 * `deno task differential [--seed=N] [--samples=N] [--files=N]`: configurations with every keyword,
 * right and wrong, keepalived's samples, whole and damaged: `keepalived -t` and ours both accept,
 * or both refuse, but for differences with a reason.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { keywordCases } from "./cases.ts";
import { compare } from "./comparison.ts";
import { LANGUAGE } from "../engine/config/language_rows.ts";
import { fileCases } from "./file_cases.ts";

const args = parseArgs(Deno.args, { string: ["seed", "samples", "files"] });
const number = (name: string, otherwise: number) => Number(args[name] ?? otherwise);
const seed = number("seed", 1);
const language = LANGUAGE.filter(({ differs }) => differs === undefined)
  .map(({ rule, text }) => ({ keyword: `language ${rule}`, kind: "", lines: "", text }));
const cases = [
  ...language,
  ...keywordCases(seed, number("samples", 2)),
  ...fileCases(seed, number("files", 300)),
];
print(`seed ${seed}, ${cases.length} configurations`);
const result = await compare(cases, print);
const { bothAcceptCount, bothRefuseCount, explained, unexplained } = result;
print(`both accept: ${bothAcceptCount}, both refuse: ${bothRefuseCount}`);
for (const [reason, count] of explained) print(`differ: ${count}: ${reason}`);
for (const each of unexplained) print(`DIFFERS WITHOUT A REASON: ${each}`);
print(`${unexplained.length} without a reason`);
Deno.exit(unexplained.length > 0 ? 1 : 0);

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
