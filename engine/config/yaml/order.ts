/**
 * The order of blocks: what has a name comes before what names it.
 *
 * @module
 */
import { own } from "../own.ts";
import type { Grammar, Parameter, Shape } from "../shape.ts";
import type { Branch } from "../statement_tree.ts";
import type { Inner, Keyword, Vocabulary } from "../vocabulary.ts";

/** The statements with each keyword's together, otherwise as they were as far as that goes. */
export function namesFirst(
  branches: readonly Branch[],
  { keywords }: Vocabulary<never>,
): readonly Branch[] {
  const groups = Map.groupBy(branches, ({ keyword }) => keyword.text);
  const done = new Set<string>();
  const ordered: Branch[] = [];
  const visit = (word: string) => {
    if (done.has(word)) return;
    done.add(word); // Before what it names: two kinds may name each other.
    const keyword = own(keywords, word);
    if (keyword) { for (const name of referencesOf(keyword)) if (groups.has(name)) visit(name); }
    ordered.push(...groups.get(word) ?? []);
  };
  for (const word of groups.keys()) visit(word);
  return ordered;
}

/** Keywords whose blocks a keyword or something in its block names. */
function referencesOf({ parameters, inner }: Keyword<never>): readonly string[] {
  return [...parameters.flatMap(ofParameter), ...(inner ? ofInner(inner) : [])];
}

function ofInner(inner: Inner): readonly string[] {
  if (inner.kind === "words") return ofShape(inner.shape);
  if (inner.kind === "items") return ofGrammar(inner.grammar);
  return Object.values(inner.vocabulary.keywords).flatMap(referencesOf);
}

function ofGrammar({ parameters, options }: Grammar): readonly string[] {
  return [...parameters, ...Object.values(options).flat()].flatMap(ofParameter);
}

function ofParameter({ shape }: Parameter): readonly string[] {
  return ofShape(shape);
}

function ofShape(shape: Shape): readonly string[] {
  if (shape.kind === "reference") return [shape.to];
  return shape.kind === "anyOf" ? shape.shapes.flatMap(ofShape) : [];
}
