/**
 * Comments of a file in keepalived's language.
 *
 * @module
 */
import type { Comment } from "./remarks.ts";
import { commentStart } from "./words.ts";

/** All comments, in order. */
export function confComments(text: string): readonly Comment[] {
  return text.split("\n").flatMap((line, i) => {
    const start = commentStart(line);
    const comment = line.slice(start).trimEnd();
    const isAlone = line.slice(0, start).trim() === "";
    return comment === "" ? [] : [{ line: i + 1, text: comment, isAlone }];
  });
}
