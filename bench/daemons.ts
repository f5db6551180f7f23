/**
 * Which daemons a benchmark compares, from its command line.
 *
 * @module
 */
import { type Daemon, keepalived, stayd } from "../tests/lab/daemon.ts";

/** What `--daemons` is if not given: both, in turn. */
export const DAEMONS_DEFAULT = "keepalived,stayd";

/** Reads names separated by commas; a daemon may be named twice, to see how like itself it is. */
export function readDaemons(names: string): Daemon[] {
  return names.split(",").map((name) => {
    const daemon = [keepalived, stayd].find((one) => one.name === name);
    if (daemon === undefined) throw new Error(`There is no daemon "${name}"`);
    return daemon;
  });
}
