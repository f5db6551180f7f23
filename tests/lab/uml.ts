/**
 * A machine with a kernel that has IPVS, where this one has none: User Mode Linux (Debian package
 * user-mode-linux) on this machine's own files, which it may only read. `/tmp` and `/run` are its
 * own.
 *
 * @module
 */
import { run, sleep } from "./command.ts";
import { ensurePackages } from "./packages.ts";

const MODULES_FOLDER = "/usr/lib/uml/modules";
const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "sh", "mh"].map((name) => `ip_vs_${name}`);
const MODULES = [
  ...["ip_vs", ...SCHEDULERS, "ipv6", "veth", "nf_conntrack", "nf_nat"],
  ...["bridge", "macvlan", "ipvlan", "vrf", "8021q", "nf_tables"],
  ...["mpls_router", "mpls_iptunnel", "ip6_tunnel", "ipip"],
];
const MEMORY = "1G";
const POLL_MS = 50;
const TIMEOUT_STATUS = 124;

/** Copies the kernel's modules to where they can have an index. The base for modprobe. */
async function indexedModules(folder: string): Promise<string> {
  const versions = Array.from(Deno.readDirSync(MODULES_FOLDER), ({ name }) => name).sort();
  const version = versions.at(-1);
  if (version === undefined) throw new Error(`No modules in ${MODULES_FOLDER}`);
  await run(["mkdir", "-p", `${folder}/lib/modules`]);
  await run(["cp", "-r", `${MODULES_FOLDER}/${version}`, `${folder}/lib/modules/`]);
  await run(["depmod", "-b", folder, version]);
  return folder;
}

/**
 * What is preloaded, if anything: on a processor with more registers than User Mode Linux knows
 * (AMX) it would not start. See `whole_registers.c`.
 */
async function preloaded(folder: string): Promise<Readonly<Record<string, string>>> {
  if (!/\bamx_tile\b/.test(await Deno.readTextFile("/proc/cpuinfo"))) return {};
  await ensurePackages(["gcc"]);
  const [source, library] = ["tests/lab/whole_registers.c", `${folder}/whole_registers.so`];
  await run(["gcc", "-shared", "-fPIC", "-O2", "-nostdlib", "-o", library, source]);
  return { LD_PRELOAD: library };
}

/** The first program of the machine: it makes its places, runs the command, and turns off. */
function initScript(argv: readonly string[], folder: string, environment: string): string {
  const mounts = [
    "mount -t proc proc /proc",
    "mount -t sysfs sys /sys",
    "mount -t tmpfs -o mode=1777 tmp /tmp",
    "mount -t tmpfs run /run",
    "mkdir -p /tmp/host /tmp/project /tmp/deno /run/netns",
    // For the output: the only place outside that it writes to.
    `mount -t hostfs -o ${quote(folder)} none /tmp/host`,
    // Wherever it is: also in /tmp, which is another one here.
    `mount -t hostfs -o ${quote(Deno.cwd())} none /tmp/project`,
    "ip link set lo up",
  ];
  return [
    "#!/bin/bash",
    environment,
    ...mounts,
    // Deno wants to write to its cache. What it may not fetch, it reads where it is.
    'ln -s "$HOST_DENO_DIR/npm" /tmp/deno/',
    `for each in ${MODULES.join(" ")}; do modprobe -q -d ${quote(folder)} "$each"; done`,
    "cd /tmp/project",
    `${argv.map(quote).join(" ")} </dev/null >/tmp/host/output 2>&1`,
    "echo $? >/tmp/host/status; sync; poweroff -f",
    "",
  ].join("\n");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Where Deno keeps what it fetched. */
async function denoFolder(): Promise<string> {
  const info = JSON.parse(await run([Deno.execPath(), "info", "--json"]));
  return String(info.denoDir);
}

/**
 * Runs a command as root under such a kernel, in the current folder, and hands on what it prints.
 * Returns its exit status; 124 if it took too long.
 */
export async function runInUml(
  argv: readonly string[],
  print: (bytes: Uint8Array) => void,
  timeoutMs: number,
): Promise<number> {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "stayd-uml-" });
  try {
    await indexedModules(folder);
    const environment = `export PATH=${quote(Deno.env.get("PATH") ?? "")} HOME=/root TERM=dumb ` +
      `DENO_DIR=/tmp/deno HOST_DENO_DIR=${quote(await denoFolder())} NO_COLOR=1`;
    await Deno.writeTextFile(`${folder}/init`, initScript(argv, folder, environment), {
      mode: 0o755,
    });
    return await boot(folder, print, timeoutMs);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function boot(
  folder: string,
  print: (bytes: Uint8Array) => void,
  timeoutMs: number,
): Promise<number> {
  await Deno.writeFile(`${folder}/output`, new Uint8Array());
  const env = await preloaded(folder);
  // A group of its own: it has helpers, which outlive it when it is killed.
  const machine = new Deno.Command("setsid", {
    env,
    args: [
      "linux.uml",
      ...["quiet", `mem=${MEMORY}`, "rootfstype=hostfs", "rootflags=/", "ro"],
      ...[`init=${folder}/init`, "con=null", "con0=null"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const status = machine.status.finally(() => ended = true);
  using output = await Deno.open(`${folder}/output`);
  const deadline = performance.now() + timeoutMs;
  let late = false;
  while (!ended) {
    await sleep(POLL_MS);
    await handOn(output, print);
    if (late || performance.now() < deadline) continue;
    late = true;
    await run(["kill", "-KILL", "--", `-${machine.pid}`]);
  }
  await status;
  await handOn(output, print);
  const word = await Deno.readTextFile(`${folder}/status`).catch(() => "");
  if (word !== "") return Number(word);
  if (late) return TIMEOUT_STATUS;
  throw new Error("The machine ended before the command did");
}

async function handOn(from: Deno.FsFile, print: (bytes: Uint8Array) => void): Promise<void> {
  const bytes = new Uint8Array(1 << 14);
  for (;;) {
    const count = await from.read(bytes);
    if (count === null) return;
    print(bytes.slice(0, count));
  }
}
