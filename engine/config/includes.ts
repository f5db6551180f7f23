/**
 * `include FILE` lines: which files they mean.
 *
 * FILE is a shell pattern, `{a,b}` included, relative to the directory of the file it stands in.
 * What is no plain file, and what may be executed, is skipped. The six words differ in what is an
 * error.
 *
 * @module
 */
import type { ConfigSource } from "./config_source.ts";
import { type Complaints, quote } from "./diagnostic.ts";
import type { Place } from "./text.ts";

/** What an include insists on. */
export type IncludeCheck = "read" | "match" | "wildcard_match" | "brace_match";

/** Every check: what `include_check` without a word, and `includea`, ask for. */
export const INCLUDE_CHECKS: readonly IncludeCheck[] = [
  "read",
  "match",
  "wildcard_match",
  "brace_match",
];

/** The words, with their checks; `include` has those that `include_check` set. */
const INCLUDE_WORDS: Readonly<Record<string, readonly IncludeCheck[] | undefined>> = {
  include: undefined,
  includer: ["read"],
  includem: ["read", "match"],
  includew: ["read", "match", "wildcard_match"],
  includeb: ["read", "brace_match"],
  includea: INCLUDE_CHECKS,
};

/** An include line. */
export interface Include {
  /** Undefined: those in force. */
  readonly checks: readonly IncludeCheck[] | undefined;
  /** Empty if it is missing. */
  readonly pattern: string;
  readonly patternColumn: number;
}

/** Reads a line as an include; undefined if it is none. */
export function readInclude(line: string): Include | undefined {
  const match = /^(include[rmwba]?)(?:[ \t]+(.*))?$/.exec(line);
  const word = match?.[1];
  if (word === undefined || !Object.hasOwn(INCLUDE_WORDS, word)) return undefined;
  const pattern = match?.[2] ?? "";
  return { checks: INCLUDE_WORDS[word], pattern, patternColumn: line.length - pattern.length };
}

/** Most alternatives that one pattern is expanded to. */
const ALTERNATIVES_MAX = 10_000;
const WILDCARD = /[*?[\\]/;

/** The files that a pattern means, in order; what is wrong is complained about at `place`. */
export function findIncluded(
  pattern: string,
  directory: string,
  checks: readonly IncludeCheck[],
  source: ConfigSource,
  complain: { readonly complaints: Complaints; readonly place: Place },
): string[] {
  const { complaints, place } = complain;
  const alternatives = expandBraces(pattern);
  if (!alternatives) {
    complaints.add("E123", place, `more than ${ALTERNATIVES_MAX} alternatives`);
    return [];
  }
  const found: string[] = [];
  for (const alternative of alternatives) {
    const names = namesOf(alternative, directory, source);
    for (const name of names) found.push(name);
    if (names.length > 0 || alternatives.length === 1) continue;
    const isChecked = checks.includes("brace_match");
    const message = `no file ${quote(alternative)} to include`;
    complaints.add(isChecked ? "E124" : "W603", place, message);
  }
  if (found.length === 0 && alternatives.length <= 1) {
    const isChecked = checks.includes(WILDCARD.test(pattern) ? "wildcard_match" : "match");
    complaints.add(isChecked ? "E124" : "W603", place, `no file ${quote(pattern)} to include`);
  }
  const code = checks.includes("read") ? "E125" : "W604";
  return found.filter((path) => {
    const kind = source.kind(path);
    const reason = kind === undefined
      ? "it cannot be seen"
      : kind.kind === "directory"
      ? "it is a directory"
      : kind.kind === "other"
      ? "it is not a plain file"
      : kind.executable
      ? "it is executable"
      : undefined;
    if (reason === undefined) return true;
    complaints.add(code, place, `not including ${quote(path)}: ${reason}`);
    return false;
  });
}

function namesOf(pattern: string, directory: string, source: ConfigSource): readonly string[] {
  const isAbsolute = pattern.startsWith("/");
  if (!WILDCARD.test(pattern)) {
    const path = isAbsolute ? pattern : directory + pattern;
    return source.kind(path) === undefined ? [] : [path];
  }
  const prefix = directory.replaceAll(/[*?[\]\\{}]/g, "\\$&");
  return source.glob(isAbsolute ? pattern : prefix + pattern);
}

/**
 * `a{b,c}d` → `abd`, `acd`; nested braces, too. Braces without a comma or a partner stay. Undefined
 * if that gives too many.
 */
export function expandBraces(pattern: string): string[] | undefined {
  const pending = [pattern];
  const done: string[] = [];
  while (done.length + pending.length <= ALTERNATIVES_MAX) {
    const next = pending.pop();
    if (next === undefined) return done;
    const split = splitFirstBraces(next);
    if (!split) done.push(next);
    else pending.push(...split.toReversed());
  }
  return undefined;
}

/** The alternatives of the first braces that have some. */
function splitFirstBraces(pattern: string): string[] | undefined {
  for (let open = pattern.indexOf("{"); open >= 0; open = pattern.indexOf("{", open + 1)) {
    const commas: number[] = [];
    let depth = 0;
    for (let i = open; i < pattern.length; i++) {
      const char = pattern.charAt(i);
      if (char === "{") depth++;
      if (char === "," && depth === 1) commas.push(i);
      if (char !== "}" || --depth > 0) continue;
      if (commas.length === 0) break;
      const bounds = [open, ...commas, i];
      return bounds.slice(1).map((end, n) =>
        pattern.slice(0, open) + pattern.slice((bounds[n] ?? 0) + 1, end) + pattern.slice(i + 1)
      );
    }
  }
  return undefined;
}
