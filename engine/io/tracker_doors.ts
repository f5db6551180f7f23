/**
 * The doors of everything that is tracked, in the process that looks at it: never the one that
 * speaks VRRP, unless there is only one.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { TrackerDoors } from "../compose.ts";
import type { Log } from "../log.ts";
import type { ScriptStarter } from "../scripts/script_runner.ts";
import { FileIo } from "./file_io.ts";
import { FileWatch } from "./file_watch.ts";
import { ProcessIo } from "./process_io.ts";
import { SystemProcesses } from "./process_source.ts";
import { ProcessWatch } from "./process_watch.ts";
import { ScriptIo } from "./script_io.ts";
import type { Waits } from "./reading.ts";

/** What the doors share. */
export interface TrackerWorld {
  readonly starter: ScriptStarter;
  readonly reactor: Waits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the doors; what they share is disposed of with `resources`. */
export function openTrackerDoors(world: TrackerWorld, resources: DisposableStack): TrackerDoors {
  const { starter, reactor, clock, log } = world;
  const watch = resources.use(new FileWatch(reactor, clock));
  const source = new SystemProcesses(reactor);
  const processes = resources.use(new ProcessWatch({ source, clock, log }));
  return {
    script: (input, tell) => new ScriptIo({ starter, clock, log }, input, tell),
    file: (input, tell) => new FileIo({ watch, clock, log }, input, tell),
    process: (input, tell) => new ProcessIo({ watch: processes, clock, log }, input, tell),
  };
}
