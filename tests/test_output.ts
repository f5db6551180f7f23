/**
 * What `deno test` printed: how many tests there were, and which failed.
 *
 * @module
 */

/** How many tests did what. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What the last summary says; undefined: there is none. */
export function countsIn(output: string): Counts | undefined {
  const line = [...output.matchAll(/\| (\d+) passed.*?\| (\d+) failed(.*)/g)].at(-1);
  if (!line) return undefined;
  const ignored = line[3]?.match(/\| (\d+) ignored/);
  return { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(ignored?.[1] ?? 0) };
}

/** A failed test, or a file that could not be run to its end. */
export interface Failure {
  readonly name: string;
  /** Path of its file, from the root of the project. */
  readonly file: string;
}

const RUNNING = /^running \d+ tests? from \.\/(?<file>\S+)$/;
/** Of files that run at once each line names its own. */
const FAILED = /^(?:\.\/(?<file>\S+) => )?(?<name>\S.*) \.\.\. FAILED \(/;
const TEST = /^(?<name>\S.*) => \.\/(?<file>\S+\.ts):\d+:\d+$/;
/** What stands for a name where a file fails outside of its tests. */
const UNCAUGHT = "uncaught error";
const FILE = /^\.\/(?<file>\S+_test\.ts) \((?<name>uncaught error)\)$/;

/**
 * All of them, in their order; of several runs one after the other, too. The file is the one that
 * ran, not the one that a helper which registers tests is in.
 */
export function failuresIn(output: string): Failure[] {
  const found = new Map<string, Failure>();
  const ranFrom = new Map<string, string>();
  let running: string | undefined;
  let isListed = false;
  for (const line of output.split("\n").map((each) => each.trim())) {
    running = RUNNING.exec(line)?.groups?.["file"] ?? running;
    const failed = FAILED.exec(line)?.groups;
    if (failed?.["name"]) ranFrom.set(failed["name"], failed["file"] ?? running ?? "");
    if (line === "FAILURES") isListed = true;
    else if (/^FAILED \|/.test(line)) isListed = false;
    const { name, file } = (isListed && (TEST.exec(line) ?? FILE.exec(line))?.groups) || {};
    if (name === undefined || file === undefined) continue;
    const path = file.endsWith("_test.ts") ? file : ranFrom.get(name) || file;
    found.set(`${path}: ${name}`, { name, file: path });
  }
  return [...found.values()];
}

const FILTER = "--filter=";

/** The filters among arguments, and the others. */
export function splitFilters(args: readonly string[]) {
  const { filters = [], others = [] } = Object.groupBy(
    args,
    (each) => each.startsWith(FILTER) ? "filters" : "others",
  );
  return { filters, others };
}

/** Options that make `deno test` run only these; none if one is no test. */
export function filterOf(failures: readonly Failure[]): string[] {
  const names = failures.map(({ name }) => name);
  if (names.includes(UNCAUGHT)) return [];
  const escaped = names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return [`${FILTER}/^(?:${escaped.join("|")})$/`];
}

/** Removes colours. */
export function withoutColours(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");
}
