/**
 * Namespaces that do not outlive the run: whatever ends it, they and all processes in them go.
 *
 * A name carries the process that made it (`lab-1234-…`), so what a crashed run left behind is
 * known by its dead maker, and removed by the next.
 *
 * @module
 */
import { run, runSync } from "./command.ts";

const PREFIX = "lab";
const NAMES = "/run/netns";

/** A prefix for the names of one set of namespaces, unlike any other's. */
export function uniquePrefix(): string {
  return `${PREFIX}-${Deno.pid}-${crypto.randomUUID().slice(0, 4)}`;
}

/** Makes a namespace whose loopback is up. */
export async function addNamespace(name: string): Promise<void> {
  names.add(name);
  await run(["ip", "netns", "add", name]);
  await run(["ip", "-n", name, "link", "set", "lo", "up"]);
}

/** Kills what runs in a namespace of ours, and removes it. Never throws: it is used to clean up. */
export function removeNamespaceSync(name: string): void {
  names.delete(name);
  try {
    for (const pid of runSync(["ip", "netns", "pids", name]).split("\n")) {
      if (pid !== "") killQuietly(Number(pid));
    }
    runSync(["ip", "netns", "del", name]);
  } catch {
    // Gone already.
  }
}

/** Removes the namespaces of runs whose process is no more. */
export function removeLeftovers(): void {
  for (const name of namespaceNames()) {
    const maker = new RegExp(`^${PREFIX}-(?:probe-)?(\\d+)-`).exec(name)?.[1];
    if (maker !== undefined && !isAlive(Number(maker))) removeNamespaceSync(name);
  }
}

/** Whether there is such a process, a zombie included. */
export function isAlive(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

let guarded = false;
const names = new Set<string>();
const directories = new Set<string>();

/** From now on, an interrupted run removes all of its namespaces and files before it ends. */
export function guardAgainstInterrupts(): void {
  if (guarded) return;
  guarded = true;
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    Deno.addSignalListener(signal, () => {
      removeAllOfThisProcess();
      Deno.exit(status);
    });
  }
  globalThis.addEventListener("unload", () => {
    for (const name of [...names]) removeNamespaceSync(name);
    for (const path of [...directories]) removeDirectorySync(path);
  });
}

/** Makes a directory for the files of one lab, removed with everything else. */
export function ownDirectory(): string {
  const path = Deno.makeTempDirSync({ prefix: `${PREFIX}-${Deno.pid}-` });
  directories.add(path);
  return path;
}

/** Removes a directory of {@linkcode ownDirectory}. */
export function removeDirectorySync(path: string): void {
  directories.delete(path);
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // Gone already.
  }
}

/** Test modules run side by side as threads of one process: it ends, and so do all their labs. */
function removeAllOfThisProcess(): void {
  for (const name of namespaceNames()) {
    if (name.startsWith(`${PREFIX}-${Deno.pid}-`)) removeNamespaceSync(name);
  }
  for (const path of [...directories]) removeDirectorySync(path);
}

function namespaceNames(): string[] {
  try {
    return Array.from(Deno.readDirSync(NAMES), ({ name }) => name);
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
