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

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Tier {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
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
    command: ["test", "-A", "--parallel", ...UNIT_PATHS],
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
/** The tiers of `deno task ok`. */
const OK_TIERS = ["fmt", "lint", "check", "doc", "unit"];

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Removes colours. */
function plain(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");
}

/** The counts in the last summary of `deno test`. */
function readSummary(output: string): Counts | undefined {
  const line = [...plain(output).matchAll(/\| (\d+) passed.*?\| (\d+) failed(.*)/g)].at(-1);
  if (!line) return undefined;
  const ignored = line[3]?.match(/\| (\d+) ignored/);
  return { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(ignored?.[1] ?? 0) };
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

async function runTier(tier: Tier, isBrief: boolean): Promise<Counts> {
  print(`\n=== ${tier.name}: ${tier.what}`);
  const reason = tier.needs ? await obstacle(tier.needs) : undefined;
  if (reason !== undefined) {
    print(`skipped: ${reason}`);
    const isCi = Deno.env.get("STAYD_CI") === "1";
    return isCi ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
  }
  const { success, output } = await runThrough([
    ...tier.command,
    ...isBrief ? tier.inBrief ?? [] : [],
    ...paths,
  ]);
  const counts = tier.isDenoTest ? readSummary(output) : undefined;
  if (!counts) return { passed: success ? 1 : 0, failed: success ? 0 : 1, skipped: 0 };
  // A module that does not load, or a leak at its end, fails the run without a failed test.
  return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
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
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const tier of wanted) {
  const { passed, failed, skipped } = await runTier(tier, Deno.args.length === 0);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
print(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
Deno.exit(total.failed > 0 ? 1 : 0);
