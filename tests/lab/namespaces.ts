/**
 * Namespaces and files that do not outlive the run: whatever ends it, `kill -9` included, they and
 * all processes in them go.
 *
 * A guardian sees to that, a shell that holds the other end of a pipe: when the pipe closes, its
 * owner is no more. Names carry the owner's process (`lab-1234-…`), so should the guardian have
 * died too, the next run knows them for leftovers.
 *
 * @module
 */
import { run, runSync } from "./command.ts";

const KIND = "lab";
const NAMES = "/run/netns";
const FILES = Deno.env.get("TMPDIR") ?? "/tmp";

/** What our names begin with. Test modules are threads of one process: each has its own. */
const OWN = `${KIND}-${Deno.pid}-${crypto.randomUUID().slice(0, 4)}`;

/** Interrupts reach it too: it ignores them, and outlives its owner by as long as it takes. */
const GUARDIAN = `
trap '' HUP INT QUIT TERM
while read -r _; do :; done
for path in ${NAMES}/"$1"-*; do
  [ -e "$path" ] || continue
  ip netns pids "\${path##*/}" | while read -r pid; do kill -9 "$pid"; done
  ip netns del "\${path##*/}"
done
rm -rf "$2"/"$1"-*
`;

let guardian: Deno.ChildProcess | undefined;
let count = 0;

/** A name for one set of namespaces and files, unlike any other's. From now on they are guarded. */
export function ownName(): string {
  if (guardian === undefined) {
    removeLeftovers();
    guardian = new Deno.Command("sh", {
      args: ["-c", GUARDIAN, "sh", OWN, FILES],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    guardian.unref();
  }
  return `${OWN}-${++count}`;
}

/** Makes a directory for the files of one lab. */
export function addDirectory(name: string): string {
  const path = `${FILES}/${name}`;
  Deno.mkdirSync(path, { mode: 0o700 });
  return path;
}

/** Removes a directory of {@linkcode addDirectory}. */
export function removeDirectory(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // Gone already.
  }
}

/** Makes a namespace whose loopback is up. */
export async function addNamespace(name: string): Promise<void> {
  await run(["ip", "netns", "add", name]);
  await run(["ip", "-n", name, "link", "set", "lo", "up"]);
}

/** Kills what runs in a namespace of ours, and removes it. Never throws: it is used to clean up. */
export function removeNamespace(name: string): void {
  try {
    for (const pid of runSync(["ip", "netns", "pids", name]).split("\n")) {
      if (pid !== "") killQuietly(Number(pid));
    }
    runSync(["ip", "netns", "del", name]);
  } catch {
    // Gone already.
  }
}

/** Removes what belonged to processes that are no more. */
function removeLeftovers(): void {
  for (const name of namesIn(NAMES)) if (isLeftover(name)) removeNamespace(name);
  for (const name of namesIn(FILES)) if (isLeftover(name)) removeDirectory(`${FILES}/${name}`);
}

function isLeftover(name: string): boolean {
  const [kind, owner] = name.split("-");
  return kind === KIND && /^\d+$/.test(owner ?? "") && !exists(`/proc/${owner}`);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function namesIn(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name);
  } catch {
    return []; // No namespace was ever made here.
  }
}

function killQuietly(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It left by itself.
  }
}
