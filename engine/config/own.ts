/**
 * Tables that are plain objects, asked for words of an operator.
 *
 * @module
 */

/** What a table itself has for a word: `constructor` is none of its words. */
export function own<Value>(
  table: Readonly<Record<string, Value>>,
  word: string,
): Value | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
