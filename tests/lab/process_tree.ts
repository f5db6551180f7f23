/**
 * The processes a daemon is made of, found through /proc.
 *
 * @module
 */

/** A process and all that descend from it, ancestors first. Those that have ended are absent. */
export function processTree(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const child = Number(name);
    const parent = Number.isInteger(child) ? parentOf(child) : undefined;
    if (parent === undefined) continue;
    childrenOf.set(parent, [...childrenOf.get(parent) ?? [], child]);
  }
  const tree: number[] = isRunning(pid) ? [pid] : [];
  for (const ancestor of tree) tree.push(...childrenOf.get(ancestor) ?? []);
  return tree;
}

/** The arguments a process was started with; none if it is gone. */
export function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
}

/** Whether the process exists and has not ended (a zombie has). */
export function isRunning(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state !== undefined && state !== "Z";
}

/** Sends a signal; false if there is no such process. */
export function signal(pid: number, name: Deno.Signal): boolean {
  try {
    Deno.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process's namespace has a raw socket for VRRP of that family: then it listens. */
export function hasVrrpSocket(pid: number, family: 4 | 6): boolean {
  // The local "port" of a raw socket is its protocol: 112, or 51 for the Authentication Header.
  return /:(0070|0033) /.test(read(`/proc/${pid}/net/${family === 4 ? "raw" : "raw6"}`));
}

function parentOf(pid: number): number | undefined {
  const parent = statFields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** What follows the name in /proc/PID/stat: state, parent, … The name may hold blanks, brackets. */
function statFields(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
