/**
 * Trees of statements without places, and without what a conversion may change: order between
 * keywords, statements that a later one replaces, blocks that go on.
 *
 * @module
 */
import type { Branch } from "../../../engine/config/statement_tree.ts";
import type { Keyword, Vocabulary } from "../../../engine/config/vocabulary.ts";

/** A tree as text, for comparison. */
export interface Plain {
  readonly line: string;
  readonly inner?: readonly Plain[] | readonly string[];
}

/** What a tree says. */
export function plainTree(
  branches: readonly Branch[],
  { keywords }: Vocabulary<never>,
): readonly Plain[] {
  const groups = Map.groupBy(branches, ({ keyword }) => keyword.text);
  return [...groups].toSorted(([a], [b]) => a < b ? -1 : 1).flatMap(([word, group]) => {
    const keyword = keywords[word];
    if (!keyword) throw new Error(`Unknown: ${word}`);
    return merged(keyword, group).map((branch) => plain(keyword, branch));
  });
}

function merged({ inner, parameters, adds }: Keyword<never>, group: Branch[]): Branch[] {
  const [first] = group;
  if (!first || (inner && parameters.length > 0)) return group;
  if (!inner && adds && parameters.length === 1 && parameters[0]?.many) {
    return group.flatMap((branch) =>
      branch.values.map((value) => ({ ...branch, values: [value] }))
    );
  }
  if (!inner) return adds ? group : group.slice(-1);
  if (inner.kind !== "keywords") {
    return [{ ...first, lines: group.flatMap(({ lines = [] }) => lines) }];
  }
  return adds ? group : [{ ...first, children: group.flatMap(({ children = [] }) => children) }];
}

function plain({ inner, parameters }: Keyword<never>, branch: Branch): Plain {
  const { keyword, values, children, lines } = branch;
  // The presence of a toggle says what `true` says.
  const isTrue = parameters[0]?.optional && parameters[0].shape.kind === "boolean" &&
    values[0]?.text === "true";
  const words = [keyword, ...isTrue ? [] : values].map(({ text }) => text);
  const line = JSON.stringify(words);
  if (inner?.kind === "keywords") {
    return { line, inner: plainTree(children ?? [], inner.vocabulary) };
  }
  if (!inner) return { line };
  const texts = (lines ?? []).map((words) => words.map(({ text }) => text));
  const items = inner.kind === "words" ? texts.flat().map((word) => [word]) : texts;
  return { line, inner: items.map((item) => JSON.stringify(item)) };
}
