/**
 * Who makes the checks of real servers: probes over the network here, a simulated world elsewhere.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { Reactor } from "../../net/sys/reactor.ts";
import type { Clock } from "../clock.ts";
import type { LvsDoors } from "../compose.ts";
import type { Log } from "../log.ts";
import type { Task } from "../loop.ts";
import type { ProbeWorld } from "./check_probe.ts";
import { CheckerIo } from "./checker_io.ts";
import { FileBoard } from "./file_board.ts";
import { FileWatch } from "./file_watch.ts";
import { ProbeRunner } from "./probe_runner.ts";
import { probeWorldOf } from "./probe_world.ts";
import type { SessionBoard } from "./session_board.ts";

/** What checks are told, and what they know. */
export interface ChecksWorld {
  readonly log: Log;
  readonly clock: Clock;
  readonly sessions: SessionBoard;
}

/** All checks of a process. */
export interface Checks {
  /** The port of one check. */
  readonly door: LvsDoors["checker"];
  /** For the end of every turn. */
  readonly turn: Task;
  /** Whether the runtime has something to do for one of them. */
  readonly isShared: () => boolean;
  /** A configuration that is about to be applied. */
  configure(config: Config): void;
}

/** Opens them. */
export type OpenChecks = (world: ChecksWorld) => Checks;

/** Checks that ask the servers. */
export function probingChecks(reactor: Reactor): OpenChecks {
  return ({ log, clock, sessions }) => {
    const runner = new ProbeRunner(reactor, clock);
    let world: ProbeWorld | undefined;
    const worldNow = () => {
      if (!world) throw new Error("Cannot check servers before there is a configuration");
      return world;
    };
    const files = new FileBoard(new FileWatch(reactor, clock));
    const shared = { log, runner, sessions, files, world: worldNow };
    return {
      door: (port, tell) => new CheckerIo(shared, port, tell),
      turn: runner.turn,
      isShared: runner.isShared,
      configure: (config) => {
        world = probeWorldOf(config, log);
        files.configure(config.trackFiles);
      },
    };
  };
}
