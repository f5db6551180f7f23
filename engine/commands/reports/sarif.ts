/**
 * Findings as SARIF 2.1.0 (OASIS), which code scanning services and editors read.
 *
 * @module
 */
import { entryOf, type PublishedCode } from "../../config/codes.ts";
import { COMMAND_LINE_FILE, type Diagnostic } from "../../config/diagnostic.ts";
import { VERSION } from "../version.ts";
import type { Findings } from "./findings.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** The report. Its rules are those of the codes that were found. */
export function sarifReport({ diagnostics }: Findings): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  const driver = { name: "stayd", version: VERSION, rules: codes.map(ruleOf) };
  const run = {
    tool: { driver },
    // §3.14.17: our columns are those of JavaScript.
    columnKind: "utf16CodeUnits",
    results: diagnostics.map((each) => resultOf(each, codes.indexOf(each.code))),
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: "2.1.0", runs: [run] }, null, 2)}\n`;
}

function ruleOf(code: PublishedCode) {
  const { title, explanation, example } = entryOf(code);
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: { text: `${explanation}\n\nExample:\n${example}` },
    defaultConfiguration: { level: code.startsWith("E") ? "error" : "warning" },
  };
}

function resultOf(diagnostic: Diagnostic, ruleIndex: number) {
  const { code, severity, message, hint, file, line, column, sourceLine } = diagnostic;
  const region = {
    startLine: line,
    startColumn: column,
    ...(sourceLine === undefined ? {} : { snippet: { text: sourceLine } }),
  };
  const physicalLocation = { artifactLocation: { uri: uriOf(file) }, region };
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === undefined ? message : `${message} (${hint})` },
    locations: file === COMMAND_LINE_FILE ? [] : [{ physicalLocation }],
  };
}

/** A path as a URI reference (RFC 3986): absolute ones with their scheme, others relative. */
function uriOf(path: string): string {
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${escaped}` : escaped;
}
