/**
 * `deno task fuzz [--inputs=N] [--seed=N]`: random texts through the lexer, definitions, parser and
 * the YAML reader. Nothing is thrown, nothing takes long, and with an error there is no model.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { fuzz } from "./engine/config/fuzzing.ts";

const INPUTS = 1_000_000;
const BATCH = 10_000;

const args = parseArgs(Deno.args, { string: ["inputs", "seed"] });
const inputs = Number(args["inputs"] ?? INPUTS);
const seed = Number(args["seed"] ?? Date.now() % 2 ** 31);
print(`seed ${seed}, ${inputs} inputs`);
let slowestMs = 0;
for (let done = 0; done < inputs; done += BATCH) {
  const report = fuzz(seed + done, Math.min(BATCH, inputs - done));
  slowestMs = Math.max(slowestMs, report.slowestMs);
  print(`${done + report.count} done, slowest ${slowestMs.toFixed(0)} ms`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
