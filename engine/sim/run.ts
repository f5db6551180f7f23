/**
 * Runs a scenario under the eyes of the judges.
 *
 * @module
 */
import type { LvsEngine, LvsEngineOptions } from "../lvs_engine.ts";
import type { VrrpEngine, VrrpEngineOptions } from "../vrrp_engine.ts";
import type { Violation } from "./court.ts";
import { Invariants } from "./invariants.ts";
import { settlingMs } from "./rules_convergence.ts";
import type { ReadyScenario } from "./scenario.ts";
import { type CapturedFrame, type Watcher, World } from "./world.ts";

/** What else is wanted of a run. */
export interface RunOptions {
  /** Further watchers: transcripts, timelines. */
  readonly watchers?: readonly Watcher[];
  readonly capture?: (frame: CapturedFrame) => void;
  readonly createEngine?: (options: VrrpEngineOptions) => VrrpEngine;
  readonly createBalancer?: (options: LvsEngineOptions) => LvsEngine;
  /** Gets the world before anything happens in it. */
  readonly onCreated?: (world: World) => void;
}

/** How a run ended. */
export interface Outcome {
  readonly world: World;
  readonly violation: Violation | undefined;
}

/** Runs a scenario to its end, or to the first violation. */
export function runScenario(scenario: ReadyScenario, options: RunOptions = {}): Outcome {
  const { watchers = [], onCreated, ...rest } = options;
  const invariants = new Invariants();
  const world = new World({
    ...rest,
    scenario,
    durationMs: scenario.durationMs ?? lastMs(scenario) + settlingMs(scenario),
    watchers: [...watchers, ...invariants.watchers],
  });
  invariants.watch(world);
  onCreated?.(world);
  world.run();
  return { world, violation: invariants.violation };
}

/** When the last disturbance of a scenario is over. */
function lastMs({ rows }: ReadyScenario): number {
  const ends = rows.map((row) => row[0] + (row[1] === "stall" ? row[3] : 0));
  return Math.max(0, ...ends);
}
