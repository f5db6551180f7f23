/**
 * Findings of all files that were checked.
 *
 * @module
 */
import type { Diagnostic } from "../../config/diagnostic.ts";

/** Findings and how many of each there are. */
export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly errorCount: number;
  readonly warningCount: number;
}

/** What a report may use besides. */
export interface ReportOptions {
  /** For a terminal that shows colours. */
  readonly isColoured: boolean;
}

/** Findings of several files; what two of them say alike (of a file that both include) once. */
export function gather(lists: readonly (readonly Diagnostic[])[]): Findings {
  const all = new Map<string, Diagnostic>();
  for (const diagnostic of lists.flat()) {
    const { file, line, column, code, message } = diagnostic;
    all.set(`${file}\0${line}\0${column}\0${code}\0${message}`, diagnostic);
  }
  const diagnostics = [...all.values()];
  const errorCount = diagnostics.filter(({ severity }) => severity === "error").length;
  return { diagnostics, errorCount, warningCount: diagnostics.length - errorCount };
}
