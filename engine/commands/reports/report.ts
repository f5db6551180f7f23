/**
 * Findings in the form that somebody wants.
 *
 * @module
 */
import type { Findings, ReportOptions } from "./findings.ts";
import { githubReport } from "./github.ts";
import { humanReport } from "./human.ts";
import { jsonReport } from "./json.ts";
import { sarifReport } from "./sarif.ts";

/** A form. */
export type Report = (findings: Findings, options: ReportOptions) => string;

/** By the word of `--format`. */
export const REPORTS: Readonly<Record<string, Report>> = {
  human: humanReport,
  json: jsonReport,
  github: githubReport,
  sarif: sarifReport,
};
