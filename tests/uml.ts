/**
 * Runs the tests that need a kernel with IPVS, under one: in two machines side by side, each of
 * which has one processor.
 *
 * Usage: deno run -A tests/uml.ts [--brief] [PATH…] [--filter=FILTER]
 *
 * `--brief` plays some of the timelines only, for a run of all tests that must not take too long.
 * What is given is run in one machine.
 *
 * @module
 */
import { ensurePackages } from "./lab/packages.ts";
import { runInUml } from "./lab/uml.ts";
import { splitFilters } from "./test_output.ts";
import { Totals } from "./totals.ts";

const FOLDER = "tests/uml";
const TIMEOUT_MS = 1_500_000;
const BRIEF = "--brief";
/** Half of the whole time. */
const LONGEST = "interfaces_test.ts";

const { filters, others } = splitFilters(Deno.args);
const given = others.filter((argument) => argument !== BRIEF);
const told = Deno.args.includes(BRIEF) ? ["--", BRIEF] : [];
const totals = new Totals();

/** Runs tests in a machine of their own, and shows what they say: at once, or when all are done. */
async function runMachine(paths: readonly string[], isShownAtOnce: boolean): Promise<void> {
  // Types were checked outside; there is nowhere to fetch from inside.
  const test = [
    Deno.execPath(),
    "test",
    "-A",
    "--no-check",
    "--cached-only",
    ...filters,
    ...paths,
    ...told,
  ];
  const decoder = new TextDecoder();
  let output = "";
  const status = await runInUml(test, (bytes) => {
    output += decoder.decode(bytes, { stream: true });
    if (isShownAtOnce) Deno.stdout.writeSync(bytes);
  }, TIMEOUT_MS);
  if (!isShownAtOnce) await Deno.stdout.write(new TextEncoder().encode(output));
  totals.add(output, status === 0);
}

await ensurePackages(["gcc", "user-mode-linux"]); // Not by both at once.
if (given.length > 0) await runMachine(given, true);
else {
  const names = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name);
  const paths = names.filter((name) => name.endsWith("_test.ts")).map((name) => `${FOLDER}/${name}`)
    .sort();
  const isLong = (path: string) => path.endsWith(`/${LONGEST}`);
  await Promise.all([
    runMachine(paths.filter((path) => !isLong(path)), true),
    runMachine(paths.filter(isLong), false),
  ]);
}
await totals.end();
