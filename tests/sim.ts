/**
 * Soak: scenarios by chance under the eyes of all invariants, as many as wanted.
 *
 * Usage: deno run -A tests/sim.ts [--runs=100000] [--seed=N] [--path=P] [--balance]
 *
 * `--balance`: scenarios of virtual servers.
 *
 * A failure is made as small as possible; seed and path run it again, and the scenario is written
 * to a file that `stayd simulate FILE` runs.
 *
 * @module
 */
import fc from "fast-check";
import { parseArgs } from "@std/cli/parse-args";
import { runScenario } from "../engine/sim/run.ts";
import type { ReadyScenario } from "../engine/sim/scenario.ts";
import { describeVerdict } from "../engine/sim/story.ts";
import { scenario } from "./engine/sim/arbitraries.ts";
import { balanceScenario } from "./engine/sim/balance_arbitraries.ts";

const RUNS_DEFAULT = 10_000;
const REPORT_EVERY_COUNT = 1_000;

const args = parseArgs(Deno.args, { string: ["runs", "seed", "path"], boolean: ["balance"] });
const wanted = args.balance === true ? balanceScenario : scenario;
const runCount = Number(args.runs ?? RUNS_DEFAULT);
const seed = Number(args.seed ?? (Date.now() & 0x7fffffff));
const path = typeof args.path === "string" ? { path: args.path } : {};

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

let doneCount = 0;
let simulatedMs = 0;
const startedMs = performance.now();

function progress(): string {
  const days = (simulatedMs / 86_400_000).toFixed(2);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  return `${doneCount} runs, ${days} simulated days, ${seconds} s`;
}

function holds(value: ReadyScenario): boolean {
  const { world, violation } = runScenario(value);
  simulatedMs += world.agenda.now();
  if (++doneCount % REPORT_EVERY_COUNT === 0) print(progress());
  return violation === undefined;
}

print(`seed ${seed}`);
const result = fc.check(fc.property(wanted, holds), { numRuns: runCount, seed, ...path });
print(progress());
const [smallest] = result.counterexample ?? [];
if (result.failed && smallest) {
  const { violation } = runScenario(smallest);
  const file = await Deno.makeTempFile({ prefix: "stayd-scenario-", suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify(smallest, undefined, 2));
  for (const line of describeVerdict(violation, smallest.seed ?? 0)) print(line);
  if (result.errorInstance) print(String(result.errorInstance));
  const flag = args.balance === true ? " --balance" : "";
  print(
    `again: deno run -A tests/sim.ts --seed=${seed} --path=${result.counterexamplePath}${flag}`,
  );
  print(`alone: stayd simulate ${file}`);
  Deno.exit(1);
}
