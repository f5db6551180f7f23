/**
 * Keeps what is read as a tree, while it is also read into drafts: a scope around another one.
 *
 * @module
 */
import { own } from "./own.ts";
import type { Branch } from "./statement_tree.ts";
import type { Keyword, KeywordScope, Scope, Statement, Vocabulary } from "./vocabulary.ts";
import type { Word } from "./words.ts";

/**
 * A scope that adds each statement to `into`, and hands it on to `live`. Blocks that `live` skips
 * are kept, too.
 */
export function recording(
  { name, keywords, isSecret = false }: Vocabulary<never>,
  live: Scope | undefined,
  into: Branch[],
): KeywordScope {
  return {
    kind: "keywords",
    name,
    isSecret,
    words: Object.keys(keywords),
    find: (word) => own(keywords, word),
    act: ({ inner }, statement, context) => {
      const keyword = live?.kind === "keywords" ? live.find(statement.keyword.text) : undefined;
      const acted = keyword && live?.kind === "keywords"
        ? live.act(keyword, statement, context)
        : undefined;
      return record(inner, acted, statement, into);
    },
  };
}

function record(
  inner: Keyword<never>["inner"],
  live: Scope | undefined,
  statement: Statement,
  into: Branch[],
): Scope | undefined {
  if (!inner) {
    into.push(statement);
    return undefined;
  }
  return inner.kind === "keywords"
    ? recordBlock(inner.vocabulary, live, statement, into)
    : recordItems(live, statement, into);
}

function recordBlock(
  vocabulary: Vocabulary<never>,
  live: Scope | undefined,
  statement: Statement,
  into: Branch[],
): KeywordScope {
  const children: Branch[] = [];
  into.push({ ...statement, children });
  return recording(vocabulary, live, children);
}

function recordItems(
  live: Scope | undefined,
  statement: Statement,
  into: Branch[],
): Scope {
  const lines: (readonly Word[])[] = [];
  into.push({ ...statement, lines });
  return {
    kind: "items",
    accepts: (word) => live?.kind !== "items" || live.accepts(word),
    add: (words, context) => {
      if (words.length > 0) lines.push(words);
      if (live?.kind === "items") live.add(words, context);
    },
  };
}
