/**
 * Runs the tests in network namespaces: they mostly wait, so two files run side by side, each in a
 * process of its own; those that measure, or look at the whole machine, run alone. So does what is
 * given.
 *
 * Usage: deno run -A tests/netns.ts [PATH…] [--filter=FILTER]; the filter is that of `deno test`.
 *
 * @module
 */
import { splitFilters } from "./test_output.ts";
import { Totals } from "./totals.ts";

const FOLDER = "tests/netns";
const LANE_COUNT = 2;
/**
 * They time keepalived, which has no real-time priority, stop processes, flood, count the machine's
 * processes, or compare files of fixed names.
 */
const ALONE = new Set([
  "dump_test.ts",
  "election_test.ts",
  "failover_test.ts",
  "lifecycle_test.ts",
  "likeness_test.ts",
  "process_test.ts",
  "reaction_test.ts",
  "stall_test.ts",
  "storm_test.ts",
  "tracked_process_test.ts",
]);

const { filters, others: given } = splitFilters(Deno.args);
const totals = new Totals();

/** Runs one file and shows what it said when it is done. */
async function run(path: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...filters, path], // Types are checked by another tier.
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.stdout.write(stdout);
  await Deno.stderr.write(stderr);
  totals.add(new TextDecoder().decode(stdout), success);
}

/** Runs files in so many lanes: a lane that is free takes the next one. */
async function runAll(paths: readonly string[], laneCount: number): Promise<void> {
  const waiting = [...paths];
  const lane = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await run(path);
  };
  await Promise.all(Array.from({ length: laneCount }, lane));
}

const paths = given.length > 0
  ? given
  : Array.from(Deno.readDirSync(FOLDER), ({ name }) => `${FOLDER}/${name}`)
    .filter((path) => path.endsWith("_test.ts")).sort();
const isAlone = (path: string) => ALONE.has(path.slice(path.lastIndexOf("/") + 1));
const laneCount = given.length > 0 ? 1 : LANE_COUNT;
await runAll(paths.filter((path) => !isAlone(path)), laneCount);
await runAll(paths.filter(isAlone), 1);
await totals.end();
