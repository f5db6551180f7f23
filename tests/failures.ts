/**
 * What failed, from what `deno test` printed.
 *
 * @module
 */

/** A failed test, or a file that could not be run to its end. */
export interface Failure {
  readonly name: string;
  /** Path of its file, from the root of the project. */
  readonly file: string;
}

const TEST = /^(?<name>\S.*) => \.\/(?<file>\S+_test\.ts):\d+:\d+$/;
const FILE = /^\.\/(?<file>\S+_test\.ts) \((?<name>uncaught error)\)$/;

/** All of them, in their order; of several runs one after the other, too. */
export function failuresIn(output: string): Failure[] {
  const found = new Map<string, Failure>();
  let isListed = false;
  for (const line of output.split("\n").map((each) => each.trim())) {
    if (line === "FAILURES") isListed = true;
    else if (/^FAILED \|/.test(line)) isListed = false;
    const { name, file } = (isListed && (TEST.exec(line) ?? FILE.exec(line))?.groups) || {};
    if (name !== undefined && file !== undefined) found.set(line, { name, file });
  }
  return [...found.values()];
}

/** Removes colours. */
export function withoutColours(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g"), "");
}
