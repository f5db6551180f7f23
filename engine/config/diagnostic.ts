/**
 * What is wrong with a configuration: every finding with its place, and as text.
 *
 * Nothing secret leaves: a line is shown only up to where a password begins.
 *
 * @module
 */
import type { Place, SourceLine } from "./text.ts";

/** One finding. */
export interface Diagnostic {
  /** With an error there is no configuration; with warnings there is. */
  readonly severity: "error" | "warning";
  /** One of {@linkcode CODES}. */
  readonly code: string;
  /** Name as the operator gave it, or as an include resolved to. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units, from 1. */
  readonly column: number;
  /** What is wrong; lower case, without a final period. */
  readonly message: string;
  /** What could be done. */
  readonly hint?: string;
  /** The line in question, with secrets masked. */
  readonly sourceLine?: string;
}

/** Every code with what it is about. `E` refuses the configuration, `W` does not. */
export const CODES = {
  E101: "line too long",
  E102: "line with a NUL",
  E103: "quote without its end",
  E104: "unknown definition",
  E105: "definition that needs itself",
  E106: "multi-line definition inside a line",
  E107: "text too long after substitution",
  E108: "too much text",
  E109: "malformed ~SEQ or ~LST",
  E110: "wrong parameters of a built-in definition",
  E111: "not UTF-8",
  E121: "file cannot be read",
  E122: "file includes itself",
  E123: "too many files",
  E124: "included file is missing",
  E125: "included file is refused",
  E126: "include without a file name",
  E201: "unknown keyword",
  E202: "unexpected {",
  E203: "missing {",
  E204: "missing }",
  E205: "} too many",
  E206: "two keywords on one line",
  W207: "words too many",
  E208: "missing value",
  E209: "defined twice",
  E210: "wrong name",
  E301: "not a number",
  E302: "number out of range",
  W303: "value corrected",
  E304: "word not allowed here",
  E305: "not an address",
  W306: "part of a value ignored",
  E401: "required keyword missing",
  E402: "keywords that contradict each other",
  W403: "setting ignored",
  E404: "addresses of different families",
  E405: "virtual router defined twice",
  W406: "address listed twice",
  W407: "surplus addresses",
  W408: "address that cannot be used",
  E409: "address that cannot be used",
  E411: "unknown reference",
  E412: "member of two groups",
  W501: "deprecated",
  E502: "not supported in this version",
  W601: "not acted upon in this version",
  W602: "probably not what is meant",
  W603: "included file is missing",
  W604: "included file is skipped",
} as const;

/** A key of {@linkcode CODES}. */
export type Code = keyof typeof CODES;

/** Findings kept; more are only counted. */
const DIAGNOSTICS_MAX = 1_000;

/** Whether keepalived, too, would have said something there: codes from W600 are advice of ours. */
export function keepalivedObjects({ code }: Diagnostic): boolean {
  return code < "W600";
}

/** Collects findings while a configuration is read. */
export class Complaints {
  readonly #found: Diagnostic[] = [];
  readonly #lines: SourceLine[] = [];
  readonly #seen = new Set<string>();
  readonly #fileOrder = new Map<string, number>();
  readonly #hiddenFrom = new Map<SourceLine, number>();
  #omittedCount = 0;
  #errorCount = 0;

  /** Whether nothing refuses the configuration so far. */
  get isFine(): boolean {
    return this.#errorCount === 0;
  }

  /** Notes that a file is read: findings are ordered by that. */
  noteFile(file: string): void {
    if (!this.#fileOrder.has(file)) this.#fileOrder.set(file, this.#fileOrder.size);
  }

  /** Something is wrong at `place`. The severity is the first letter of `code`. */
  add(code: Code, place: Place, message: string, hint?: string): void {
    const { line, column } = place;
    const usedAt = outermostUse(place);
    const key = `${line.file}\0${line.number}\0${column}\0${code}\0${message}`;
    if (this.#seen.has(key)) return;
    const isError = code.startsWith("E");
    if (isError) this.#errorCount++;
    if (this.#found.length >= DIAGNOSTICS_MAX) {
      this.#omittedCount++;
      return;
    }
    this.#seen.add(key);
    const hints = [
      ...(hint === undefined ? [] : [hint]),
      ...(usedAt === undefined || usedAt.line === line
        ? []
        : [`used at ${usedAt.line.file}:${usedAt.line.number}`]),
    ];
    this.#found.push({
      severity: isError ? "error" : "warning",
      code,
      file: line.file,
      line: line.number,
      column,
      message,
      ...(hints.length === 0 ? {} : { hint: hints.join("; ") }),
    });
    this.#lines.push(line);
  }

  /** Never shows that line from that column on: a secret stands there. */
  hide({ line, column }: Place): void {
    this.#hiddenFrom.set(line, Math.min(column, this.#hiddenFrom.get(line) ?? Infinity));
  }

  /** All findings, ordered by file, line and column. */
  list(): readonly Diagnostic[] {
    const withLines = this.#found.map((diagnostic, i) => {
      const line = this.#lines[i];
      return line === undefined || line.text === ""
        ? diagnostic
        : { ...diagnostic, sourceLine: this.#shown(line) };
    });
    const rank = ({ file }: Diagnostic) => this.#fileOrder.get(file) ?? Infinity;
    withLines.sort((a, b) =>
      (rank(a) === rank(b) ? 0 : rank(a) - rank(b)) || a.line - b.line || a.column - b.column
    );
    if (this.#omittedCount > 0) withLines.push(this.#omission());
    return withLines;
  }

  #omission(): Diagnostic {
    const last = this.#found.at(-1);
    return {
      severity: this.isFine ? "warning" : "error",
      code: "E108",
      file: last?.file ?? "",
      line: last?.line ?? 1,
      column: last?.column ?? 1,
      message: `${this.#omittedCount} more findings are not shown`,
    };
  }

  #shown(line: SourceLine): string {
    const hiddenFrom = this.#hiddenFrom.get(line) ?? Infinity;
    const match = SECRET.exec(line.text);
    const secretAt = Math.min(hiddenFrom - 1, match ? match[0].length : Infinity);
    const shown = line.text.slice(0, Math.min(secretAt, SHOWN_CHARS_MAX));
    if (secretAt < line.text.length && secretAt <= SHOWN_CHARS_MAX) return printable(shown + "***");
    return printable(shown.length < line.text.length ? shown + "…" : shown);
  }
}

/** The line that brought in the text at `place`, if a definition did. */
function outermostUse({ usedAt }: Place): Place | undefined {
  let outermost = usedAt;
  while (outermost?.usedAt) outermost = outermost.usedAt;
  return outermost;
}

const SHOWN_CHARS_MAX = 200;
/** What stands before a secret on a line that nothing got to read: mask from there. */
const SECRET_WORDS = [
  String.raw`\b(?:auth_pass|auth_hmac|password|passwd|secret)\w*\b`,
  String.raw`\bkey\s+\d+`,
  String.raw`\$\w*(?:pass|pw|secret|key)\w*`,
];
const SECRET = new RegExp(String.raw`^.*?(?:${SECRET_WORDS.join("|")})\s*=?\s*`, "i");

/** `file:line:column: error: message (hint) [code]`, on one line. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, hint, code } = diagnostic;
  const more = hint === undefined ? "" : ` (${hint})`;
  return printable(`${file}:${line}:${column}: ${severity}: ${message}${more} [${code}]`);
}

/** {@linkcode formatDiagnostic}, then the line itself and a caret under the place. */
export function explainDiagnostic(diagnostic: Diagnostic): string {
  const { line, column, sourceLine } = diagnostic;
  const head = formatDiagnostic(diagnostic);
  if (sourceLine === undefined) return head;
  const margin = String(line).padStart(5);
  const before = sourceLine.slice(0, column - 1);
  // Tabs stay tabs, so that the caret stands under its character however wide they are shown.
  const indent = before.replaceAll(/[^\t]/g, " ") + " ".repeat(column - 1 - before.length);
  if (indent.length > SHOWN_CHARS_MAX) return `${head}\n${margin} | ${sourceLine}`;
  return `${head}\n${margin} | ${sourceLine}\n${" ".repeat(margin.length)} | ${indent}^`;
}

const QUOTED_CHARS_MAX = 60;

/** A word of the operator's for a message: in single quotes, printable, not too long. */
export function quote(word: string): string {
  const cut = word.length > QUOTED_CHARS_MAX ? `${word.slice(0, QUOTED_CHARS_MAX)}…` : word;
  return `'${printable(cut)}'`;
}

/** Text without control characters, which could play tricks on a terminal; one for each. */
function printable(text: string): string {
  return text.replaceAll(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "?");
}
