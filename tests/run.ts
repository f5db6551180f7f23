/**
 * The test command: runs every tier, shows each as it goes, and ends with one line of totals.
 *
 * Tiers that need root or a real kernel install what they need from Debian; where a machine cannot
 * run one it is skipped with a reason. In CI (`STAYD_CI=1`) a skipped tier is a failure.
 *
 * Usage: deno run -A tests/run.ts [TIER…] [PATH…]; files are for tiers that run them one by one.
 *
 * @module
 */
import { ensureNamespaces, ensurePackages, type Package, Skip } from "./lab/packages.ts";
import {
  type Counts,
  countsIn,
  type Failure,
  failuresIn,
  filterOf,
  withoutColours,
} from "./test_output.ts";

/** What became of a tier. */
interface Outcome extends Counts {
  readonly failures: readonly Failure[];
  /** What failed among other tests, and did not when it was run again. */
  readonly flaky: readonly Failure[];
}

interface Tier {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  /** What it runs, if it must be told. */
  readonly paths?: readonly string[];
  /** Whether the command is `deno test`, whose summary is counted; else it counts as one test. */
  readonly isDenoTest: boolean;
  /** Runs as root, in network namespaces, and with these packages. */
  readonly needs?: readonly Package[];
  /** Whether the command runs only the files it is given, if it is given some. */
  readonly takesPaths?: boolean;
  /** What the command is told when all tiers run, which must not take too long. */
  readonly inBrief?: readonly string[];
}

const UNIT_PATHS = [
  "tests/net",
  "tests/machines",
  "tests/checkers",
  "tests/engine",
  "tests/tidy_test.ts",
  "tests/test_output_test.ts",
  "tests/ledger_test.ts",
  "tests/packaging_test.ts",
  "tests/differential",
];

const TIERS: readonly Tier[] = [
  { name: "fmt", what: "layout", command: ["fmt", "--check"], isDenoTest: false },
  { name: "lint", what: "lint rules", command: ["lint"], isDenoTest: false },
  {
    name: "check",
    what: "types",
    command: [
      "check",
      "cli.ts",
      "packaging",
      "mod.ts",
      "net",
      "checkers",
      "engine",
      "machines",
      "tests",
      "bench",
    ],
    isDenoTest: false,
  },
  { name: "doc", what: "documentation", command: ["doc", "--lint", "mod.ts"], isDenoTest: false },
  {
    name: "unit",
    what: "codecs, machines, configuration, simulator",
    command: ["test", "-A", "--parallel"],
    paths: UNIT_PATHS,
    isDenoTest: true,
  },
  {
    name: "netns",
    what: "interoperation with keepalived in network namespaces",
    command: ["run", "-A", "tests/netns.ts"],
    takesPaths: true,
    isDenoTest: true,
    needs: ["keepalived"],
  },
  {
    name: "uml",
    what: "the kernel's balancer under User Mode Linux",
    command: ["run", "-A", "tests/uml.ts"],
    inBrief: ["--brief"],
    takesPaths: true,
    isDenoTest: true,
    needs: ["ipvsadm", "kmod", "user-mode-linux"],
  },
  {
    name: "differential",
    what: "keepalived -t and ours on thousands of configurations",
    command: ["run", "-A", "tests/differential/main.ts"],
    isDenoTest: false,
    needs: ["keepalived"],
  },
];
/** Tests that deal with the kernel, and with other processes. */
const IN_REAL_TIME = /^tests\/(?:netns|uml|net|checkers)\/.*_test\.ts$/;
/** The tiers of `deno task ok`. */
const OK_TIERS = ["fmt", "lint", "check", "doc", "unit"];

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Runs a command, passing its output on while it is collected. */
async function runThrough(args: readonly string[]): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const pump = async (from: ReadableStream<Uint8Array>, to: typeof Deno.stdout) => {
    const decoder = new TextDecoder();
    for await (const chunk of from) {
      output += decoder.decode(chunk, { stream: true });
      await to.write(chunk);
    }
  };
  await Promise.all([pump(child.stdout, Deno.stdout), pump(child.stderr, Deno.stderr)]);
  return { success: (await child.status).success, output };
}

async function runTier(tier: Tier, isBrief: boolean): Promise<Outcome> {
  print(`\n=== ${tier.name}: ${tier.what}`);
  const reason = tier.needs ? await obstacle(tier.needs) : undefined;
  if (reason !== undefined) {
    print(`skipped: ${reason}`);
    const isCi = Deno.env.get("STAYD_CI") === "1";
    const failures = isCi ? [{ name: reason, file: tier.name }] : [];
    return { passed: 0, failed: isCi ? 1 : 0, skipped: isCi ? 0 : 1, failures, flaky: [] };
  }
  const more = isBrief ? tier.inBrief ?? [] : [];
  const first = await runOnce(tier, [...more, ...tier.paths ?? paths]);
  const files = [...new Set(first.failures.map(({ file }) => file))];
  // In real time, on a machine of others, one of hundreds may have had bad luck. What depends on
  // neither, chance for instance, found a defect.
  const canRepeat = files.length > 0 && files.every((file) => IN_REAL_TIME.test(file));
  if (!isBrief || !canRepeat) return first;
  print(`\n=== ${tier.name}, again: ${files.join(" ")}`);
  const second = await runOnce(tier, [...more, ...files, ...filterOf(first.failures)]);
  if (second.passed + second.failed < first.failures.length) return first;
  const stillFailing = new Set(second.failures.map(({ name }) => name));
  return {
    passed: first.passed + first.failed - second.failed,
    failed: second.failed,
    skipped: first.skipped,
    failures: second.failures,
    flaky: first.failures.filter(({ name }) => !stillFailing.has(name)),
  };
}

async function runOnce(tier: Tier, args: readonly string[]): Promise<Outcome> {
  const run = await runThrough([...tier.command, ...args]);
  const output = withoutColours(run.output);
  const counts = tier.isDenoTest ? countsIn(output) : undefined;
  const { passed, failed, skipped } = counts ??
    { passed: run.success ? 1 : 0, failed: 0, skipped: 0 };
  const failures = failuresIn(output);
  if (run.success || failed > 0) return { passed, failed, skipped, failures, flaky: [] };
  // A module that does not load, or a leak at its end, fails the run without a failed test.
  const whole = failures.length > 0 ? failures : [{ name: tier.what, file: tier.name }];
  return { passed, failed: 1, skipped, failures: whole, flaky: [] };
}

/** Why a tier cannot run on this machine; installs what is missing if it can. */
async function obstacle(packages: readonly Package[]): Promise<string | undefined> {
  try {
    await ensurePackages(["iproute2", "openssl", "tcpdump", ...packages]);
    await ensureNamespaces();
    return undefined;
  } catch (error) {
    if (error instanceof Skip) return error.message;
    throw error;
  }
}

/** What is not the name of a tier is a file for the ones that are named. */
const names = Deno.args.filter((arg) => arg === "ok" || TIERS.some(({ name }) => name === arg));
const paths = Deno.args.filter((arg) => !names.includes(arg));
const wanted = Deno.args.length === 0
  ? TIERS
  : TIERS.filter(({ name }) =>
    names.includes(name) || (names.includes("ok") && OK_TIERS.includes(name))
  );
if (wanted.length === 0 || (paths.length > 0 && !wanted.every(({ takesPaths }) => takesPaths))) {
  print(`There is no tier ${paths.join(" ")}: known are ok ${TIERS.map((t) => t.name).join(" ")}`);
  Deno.exit(2);
}
// Some unit tests need `ip` too; where it cannot be installed they skip themselves.
if (Deno.build.os === "linux" && Deno.uid() === 0) {
  const reason = await obstacle([]);
  if (reason !== undefined) print(`Network tests cannot run here: ${reason}`);
}
const outcomes: Outcome[] = [];
for (const tier of wanted) outcomes.push(await runTier(tier, Deno.args.length === 0));
print("");
for (const { flaky, failures } of outcomes) {
  for (const { name, file } of flaky) print(`passed only when it was run again: ${name} (${file})`);
  for (const { name, file } of failures) print(`failed: ${name} (${file})`);
}
const sum = (count: (each: Counts) => number) =>
  outcomes.reduce((all, each) => all + count(each), 0);
const failed = sum((each) => each.failed);
print(
  `${sum((each) => each.passed)} passed, ${failed} failed, ${sum((each) => each.skipped)} skipped`,
);
Deno.exit(failed > 0 ? 1 : 0);
