/**
 * Processor time of daemons, from the scheduler's own count.
 *
 * @module
 */
import type { RunningDaemon } from "../tests/lab/daemon.ts";

const NS_PER_MS = 1e6;

/** Processor time that all processes of a daemon have used so far, in ms. */
export function cpuMs(daemon: Pick<RunningDaemon, "pids">): number {
  const threads = daemon.pids().flatMap((pid) =>
    Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => `/proc/${pid}/task/${name}`)
  );
  const spentNs = threads.map((path) => {
    const [spent = "0"] = Deno.readTextFileSync(`${path}/schedstat`).split(" ");
    return Number(spent);
  });
  return spentNs.reduce((sum, spent) => sum + spent, 0) / NS_PER_MS;
}
