/**
 * Findings for people: each with its line and a caret, then how many there are.
 *
 * @module
 */
import { type Diagnostic, explainDiagnostic, type Paint } from "../../config/diagnostic.ts";
import type { Findings, ReportOptions } from "./findings.ts";

const COLOURS: Readonly<Record<Parameters<Paint>[0], string>> = {
  error: "1;31",
  warning: "1;33",
  place: "1",
  code: "2",
  caret: "1;32",
};

const coloured: Paint = (what, text) => `\x1b[${COLOURS[what]}m${text}\x1b[0m`;

/** The report; empty if nothing was found. */
export function humanReport(findings: Findings, { isColoured }: ReportOptions): string {
  const { diagnostics, errorCount, warningCount } = findings;
  if (diagnostics.length === 0) return "";
  const counts = `${plural(errorCount, "error")}, ${plural(warningCount, "warning")}\n`;
  return explainAll(diagnostics, isColoured) + counts;
}

/** Each finding, without a sum. */
export function explainAll(diagnostics: readonly Diagnostic[], isColoured: boolean): string {
  const paint = isColoured ? coloured : undefined;
  return diagnostics.map((diagnostic) => `${explainDiagnostic(diagnostic, paint)}\n`).join("");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
