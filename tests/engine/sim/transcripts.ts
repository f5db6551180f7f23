/**
 * The golden transcripts of the built-in scenarios: made here, compared by scenarios_test.ts,
 * rewritten by tests/golden.ts.
 *
 * @module
 */
import { assert } from "../../../net/assert.ts";
import { type Outcome, runScenario } from "../../../engine/sim/run.ts";
import { prepareScenario } from "../../../engine/sim/scenario_file.ts";
import type { ReadyScenario } from "../../../engine/sim/scenario.ts";
import { SCENARIOS } from "../../../engine/sim/scenarios.ts";
import { Transcript } from "../../../engine/sim/transcript.ts";
import type { World } from "../../../engine/sim/world.ts";

const FOLDER = new URL("../../golden/sim/", import.meta.url);

/** A built-in scenario with its configurations. */
export function readyScenario(name: string): ReadyScenario {
  const scenario = SCENARIOS[name];
  const ready = scenario && prepareScenario(scenario);
  assert(ready !== undefined && !("wrong" in ready), `${name} is a scenario that can be read`);
  return ready;
}

/** Runs a built-in scenario and writes down what happened. */
export function runBuiltIn(name: string): Outcome & { readonly transcript: string } {
  const ready = readyScenario(name);
  let world: World | undefined;
  const transcript = new Transcript(() => world?.agenda.now() ?? 0);
  const outcome = runScenario(ready, {
    watchers: [transcript],
    onCreated: (created) => void (world = created),
  });
  return { ...outcome, transcript: [ready.title, "", ...transcript.lines, ""].join("\n") };
}

/** Where a scenario's transcript lies. */
export function transcriptFile(name: string): URL {
  return new URL(`${name}.txt`, FOLDER);
}

/** Writes all transcripts anew; returns the names of those that changed. */
export function updateTranscripts(): string[] {
  Deno.mkdirSync(FOLDER, { recursive: true });
  const names = new Set(Object.keys(SCENARIOS).map((name) => `${name}.txt`));
  const stale = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => !names.has(name));
  for (const name of stale) Deno.removeSync(new URL(name, FOLDER));
  const changed = Object.keys(SCENARIOS).filter((name) => {
    const { transcript } = runBuiltIn(name);
    if (readTranscript(name) === transcript) return false;
    Deno.writeTextFileSync(transcriptFile(name), transcript);
    return true;
  });
  return [...changed, ...stale];
}

/** The transcript as it was written; undefined: never. */
export function readTranscript(name: string): string | undefined {
  try {
    return Deno.readTextFileSync(transcriptFile(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
