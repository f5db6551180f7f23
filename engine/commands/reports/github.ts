/**
 * Findings as workflow commands of GitHub Actions, which shows them at their lines.
 *
 * @module
 */
import type { Diagnostic } from "../../config/diagnostic.ts";
import type { Findings } from "./findings.ts";

/** The report: `::error file=…,line=…,col=…,title=CODE::message`. */
export function githubReport({ diagnostics }: Findings): string {
  return diagnostics.map(commandOf).join("");
}

function commandOf({ severity, code, file, line, column, message, hint }: Diagnostic): string {
  const properties = Object.entries({ file, line, col: column, title: code })
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = hint === undefined ? message : `${message} (${hint})`;
  return `::${severity} ${properties.join(",")}::${escapeData(text)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
