/**
 * Comments, and what they go with.
 *
 * @module
 */
import type { Branch } from "./statement_tree.ts";
import type { Word } from "./words.ts";

/** Comments that go with a statement or an item, `#` included. */
export interface Remarks {
  /** Lines before it. */
  readonly before: readonly string[];
  /** Behind it, on its line. */
  readonly behind?: string;
}

/** Comments by what they go with: a statement, or the words of an item. */
export type Remarked = ReadonlyMap<Branch | readonly Word[], Remarks>;

/** A comment of a file. */
export interface Comment {
  /** Of the file, from 1. */
  readonly line: number;
  /** With its `#` or `!`. */
  readonly text: string;
  /** Nothing stands before it on its line. */
  readonly isAlone: boolean;
}

/**
 * Finds what each comment goes with: on a line of its own, with what comes next in `file`; else
 * with what stands before it. Comments behind everything are left over.
 */
export function attachComments(
  comments: readonly Comment[],
  branches: readonly Branch[],
  file: string,
): { readonly remarked: Remarked; readonly left: readonly string[] } {
  const remarked = new Map<Branch | readonly Word[], Remarks>();
  const places = placesOf(branches).filter(({ line }) => line.file === file)
    .toSorted((a, b) => a.line.number - b.line.number);
  const lastOf = new Map(places.map((place) => [place.line.number, place]));
  const left: string[] = [];
  let next = 0;
  for (const { line, text, isAlone } of comments) {
    while ((places[next]?.line.number ?? Infinity) < line) next++;
    const own = lastOf.get(line);
    const target = isAlone ? places[next] : own ?? places[next - 1];
    if (!target) {
      left.push(text);
      continue;
    }
    const { before = [], behind } = remarked.get(target.of) ?? {};
    const isBehind = !isAlone && target === own && behind === undefined;
    remarked.set(
      target.of,
      isBehind
        ? { before, behind: text }
        : { before: [...before, text], ...(behind === undefined ? {} : { behind }) },
    );
  }
  return { remarked, left };
}

interface Placed {
  readonly of: Branch | readonly Word[];
  readonly line: Word["place"]["line"];
}

function placesOf(branches: readonly Branch[]): Placed[] {
  return branches.flatMap((branch) => [
    { of: branch, line: branch.keyword.place.line },
    ...placesOf(branch.children ?? []),
    ...(branch.lines ?? []).flatMap((of) => of[0] ? [{ of, line: of[0].place.line }] : []),
  ]);
}
