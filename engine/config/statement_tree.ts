/**
 * A configuration as a tree of statements: what the front ends have in common, and what is
 * converted from one language to the other. Definitions, sequences and includes are gone from it.
 *
 * @module
 */
import type { Word } from "./words.ts";

/** A keyword with its values, and what stands in its block. */
export interface Branch {
  readonly keyword: Word;
  readonly values: readonly Word[];
  /** Statements of a block of keywords. */
  readonly children?: readonly Branch[];
  /** Lines of a block of items or words. */
  readonly lines?: readonly (readonly Word[])[];
}
