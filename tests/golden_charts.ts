/**
 * The charts in docs/charts: written from the machines, compared with them by a test.
 *
 * @module
 */
import { chartMermaid } from "../engine/chart_mermaid.ts";
import { MACHINES } from "../engine/commands/chart.ts";

/** Where the charts are. */
export const CHARTS: URL = new URL("../docs/charts/", import.meta.url);

/** What each file of the folder has to be, by its name. */
export function goldenCharts(): Map<string, string> {
  return new Map(
    Object.entries(MACHINES).map(([name, { machine }]) => [`${name}.mmd`, chartMermaid(machine)]),
  );
}

/** Writes them anew; returns the names of those that changed. */
export function updateCharts(): string[] {
  return [...goldenCharts()].flatMap(([name, text]) => {
    const url = new URL(name, CHARTS);
    if (readChart(url) === text) return [];
    Deno.writeTextFileSync(url, text);
    return [name];
  });
}

function readChart(url: URL): string | undefined {
  try {
    return Deno.readTextFileSync(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
