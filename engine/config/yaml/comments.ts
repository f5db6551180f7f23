/**
 * Comments of a file in YAML.
 *
 * @module
 */
import type { Comment } from "../remarks.ts";
import { yaml } from "./library.ts";

/** Stands before the text of a scalar, and has no width. */
const SCALAR_MARK = "\x1f";
/** Marks without a width. */
const MARKS: ReadonlySet<string> = new Set([SCALAR_MARK, "\x02", "\x18"]);

/** All comments, in order. */
export function yamlComments(text: string): readonly Comment[] {
  const comments: Comment[] = [];
  let line = 1;
  let before = "";
  let isScalar = false;
  for (const token of new yaml.Lexer().lex(text)) {
    if (MARKS.has(token)) {
      isScalar = token === SCALAR_MARK;
      continue;
    }
    if (token.startsWith("#") && !isScalar) {
      comments.push({ line, text: token.trimEnd(), isAlone: before.trim() === "" });
    }
    isScalar = false;
    line += token.split("\n").length - 1;
    const newlineAt = token.lastIndexOf("\n");
    before = newlineAt < 0 ? before + token : token.slice(newlineAt + 1);
  }
  return comments;
}
