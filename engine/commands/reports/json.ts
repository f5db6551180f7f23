/**
 * Findings as one JSON object.
 *
 * @module
 */
import { entryOf } from "../../config/codes.ts";
import type { Findings } from "./findings.ts";

/** The report: `{errors, warnings, findings: [{severity, code, title, file, line, …}]}`. */
export function jsonReport({ diagnostics, errorCount, warningCount }: Findings): string {
  const findings = diagnostics.map((diagnostic) => ({
    ...diagnostic,
    title: entryOf(diagnostic.code).title,
  }));
  return `${JSON.stringify({ errors: errorCount, warnings: warningCount, findings }, null, 2)}\n`;
}
