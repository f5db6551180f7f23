/**
 * Rewrites what tests compare with, after a change that is meant: the charts and pages in docs and
 * the transcripts in tests/golden/sim. Read the difference before you commit it.
 *
 * @module
 */
import { updateTranscripts } from "./engine/sim/transcripts.ts";
import { updateCharts } from "./golden_charts.ts";
import { updateKeywords } from "./golden_keywords.ts";
import { updatePages } from "./golden_pages.ts";

const changed = [
  ...updateCharts(),
  ...updateKeywords(),
  ...updatePages(),
  ...updateTranscripts(),
];
const text = changed.length === 0 ? "nothing changed" : changed.join("\n");
Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
