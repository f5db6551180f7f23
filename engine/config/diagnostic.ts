/**
 * What is wrong with a configuration: every finding with its place, and as text.
 *
 * Nothing secret leaves: a line is shown only up to where a password begins.
 *
 * @module
 */
import { Allowances } from "./allowances.ts";
import { type Code, type PublishedCode, publishedCode } from "./codes.ts";
import type { Place, SourceLine } from "./text.ts";

export { type Code, keepalivedObjects } from "./codes.ts";

/** One finding. */
export interface Diagnostic {
  /** With an error there is no configuration; with warnings there is. */
  readonly severity: "error" | "warning";
  /** Which kind of finding. */
  readonly code: PublishedCode;
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

/** Findings kept; more are only counted. */
const DIAGNOSTICS_MAX = 1_000;

/** Collects findings while a configuration is read. */
export class Complaints {
  readonly #found: Diagnostic[] = [];
  readonly #lines: SourceLine[] = [];
  readonly #seen = new Set<string>();
  readonly #fileOrder = new Map<string, number>();
  /** The column from which on a line is not shown. */
  readonly #hiddenFrom = new Map<string, number>();
  readonly #allowances: Allowances;
  #omittedCount = 0;
  #errorCount = 0;
  /** How often something was said, be it again or allowed. */
  saidCount = 0;

  /** `allowed`: codes of warnings that are not wanted. */
  constructor(allowed: readonly string[] = []) {
    this.#allowances = new Allowances(allowed);
  }

  /** Whether nothing refuses the configuration so far. */
  get isFine(): boolean {
    return this.#errorCount === 0;
  }

  /** Notes that a file is read: findings are ordered by that. */
  noteFile(file: string): void {
    if (!this.#fileOrder.has(file)) this.#fileOrder.set(file, this.#fileOrder.size);
  }

  /** Takes remarks that allow findings from the lines of a file. */
  noteRemarks(lines: readonly SourceLine[]): void {
    this.#allowances.note(lines);
  }

  /** Something is wrong at `place`. The severity is the first letter of its code. */
  add(name: Code, place: Place, message: string, hint?: string): void {
    this.saidCount++;
    const code = publishedCode(name);
    const { line, column } = place;
    const usedAt = outermostUse(place);
    const key = `${line.file}\0${line.number}\0${column}\0${code}\0${message}`;
    if (this.#seen.has(key)) return;
    if (this.#allowances.allows(code, usedAt ? [line, usedAt.line] : [line])) return;
    const isError = code.startsWith("E");
    if (isError) this.#errorCount++;
    if (this.#found.length >= DIAGNOSTICS_MAX) {
      this.#omittedCount++;
      return;
    }
    this.#seen.add(key);
    const hints = [
      ...(hint === undefined ? [] : [hint]),
      ...(usedAt === undefined || keyOf(usedAt.line) === keyOf(line)
        ? []
        : [`used at ${usedAt.line.file}:${usedAt.line.number}`]),
      ...(place.path === undefined ? [] : [`at ${place.path}`]),
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
    const key = keyOf(line);
    this.#hiddenFrom.set(key, Math.min(column, this.#hiddenFrom.get(key) ?? Infinity));
  }

  /** All findings, ordered by file, line and column. To be called once everything was read. */
  list(): readonly Diagnostic[] {
    for (const { code, message, place } of this.#allowances.complaints()) {
      this.add(code, place ?? COMMAND_LINE, message);
    }
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
      code: "E-lex-008",
      file: last?.file ?? "",
      line: last?.line ?? 1,
      column: last?.column ?? 1,
      message: `${this.#omittedCount} more findings are not shown`,
    };
  }

  #shown(line: SourceLine): string {
    const hiddenFrom = this.#hiddenFrom.get(keyOf(line)) ?? Infinity;
    const match = SECRET.exec(line.text);
    const secretAt = Math.min(hiddenFrom - 1, match ? match[0].length : Infinity);
    const shown = line.text.slice(0, Math.min(secretAt, SHOWN_CHARS_MAX));
    if (secretAt < line.text.length && secretAt <= SHOWN_CHARS_MAX) return printable(shown + "***");
    return printable(shown.length < line.text.length ? shown + "…" : shown);
  }
}

function keyOf({ file, number }: SourceLine): string {
  return `${number} ${file}`;
}

/** The line that brought in the text at `place`, if a definition did. */
function outermostUse({ usedAt }: Place): Place | undefined {
  let outermost = usedAt;
  while (outermost?.usedAt) outermost = outermost.usedAt;
  return outermost;
}

/** Where a finding about an option stands. */
export const COMMAND_LINE_FILE = "(command line)";
const COMMAND_LINE: Place = { line: { file: COMMAND_LINE_FILE, number: 1, text: "" }, column: 1 };

const SHOWN_CHARS_MAX = 200;
/** What stands before a secret on a line that nothing got to read: mask from there. */
const SECRET_WORDS = [
  String.raw`\b(?:auth_pass|auth_hmac|password|passwd|secret)\w*\b`,
  String.raw`\bkey\s+\d+`,
  String.raw`\$\w*(?:pass|pw|secret|key)\w*`,
];
const SECRET = new RegExp(String.raw`^.*?(?:${SECRET_WORDS.join("|")})\s*=?\s*`, "i");

/** Marks a part of a finding for a terminal. */
export type Paint = (
  what: "place" | "error" | "warning" | "code" | "caret",
  text: string,
) => string;

const plain: Paint = (_, text) => text;

/** `file:line:column: error: message (hint) [code]`, on one line. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return headOf(diagnostic, plain);
}

function headOf(diagnostic: Diagnostic, paint: Paint): string {
  const { file, line, column, severity, message, hint, code } = diagnostic;
  const place = paint("place", `${printable(file)}:${line}:${column}:`);
  const more = hint === undefined ? "" : ` (${hint})`;
  const what = paint(severity, `${severity}:`);
  return `${place} ${what} ${printable(message + more)} ${paint("code", `[${code}]`)}`;
}

/** {@linkcode formatDiagnostic}, then the line itself and a caret under the place. */
export function explainDiagnostic(diagnostic: Diagnostic, paint: Paint = plain): string {
  const { line, column, sourceLine } = diagnostic;
  const head = headOf(diagnostic, paint);
  if (sourceLine === undefined) return head;
  const margin = String(line).padStart(5);
  const before = sourceLine.slice(0, column - 1);
  // Tabs stay tabs, so that the caret stands under its character however wide they are shown.
  const indent = before.replaceAll(/[^\t]/g, " ") + " ".repeat(column - 1 - before.length);
  if (indent.length > SHOWN_CHARS_MAX) return `${head}\n${margin} | ${sourceLine}`;
  const caret = paint("caret", "^");
  return `${head}\n${margin} | ${sourceLine}\n${" ".repeat(margin.length)} | ${indent}${caret}`;
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
