/**
 * Keyword tables: which words a block knows, how many values each takes, and what it does with
 * them.
 *
 * A block fills a draft: what was given, with its place, nothing defaulted. Checks that need more
 * than one keyword, and defaults, come when everything is read.
 *
 * @module
 */
import type { Complaints } from "./diagnostic.ts";
import type { IncludeCheck } from "./includes.ts";
import type { Text } from "./text.ts";
import { boolean, type Given, type Read } from "./values.ts";
import { splitWords, type Word, type Words } from "./words.ts";

/** A line: its keyword and the values behind it. */
export interface Statement {
  readonly keyword: Word;
  readonly values: readonly Word[];
}

/** What keywords may use besides their draft. */
export interface Context {
  readonly complaints: Complaints;
  /** Keywords already warned about. */
  readonly inactive: Set<string>;
  /** What plain includes check from now on. */
  readonly setIncludeChecks: (checks: readonly IncludeCheck[]) => void;
  /** Seeds `_RANDOM`. */
  readonly seedRandom: (seed: number) => void;
}

/** A word of a table. */
export interface Keyword<Draft> {
  readonly valuesMin: number;
  readonly valuesMax: number;
  readonly takesBlock: boolean;
  /**
   * A block of the top level that cannot stand elsewhere: seen inside another, a `}` is missing.
   */
  readonly isLandmark?: boolean;
  /** Its values are never shown. */
  readonly isSecret?: boolean;
  readonly split: (text: Text) => Words;
  /** Acts. What it returns holds the block that follows; undefined skips that. */
  readonly apply: (draft: Draft, statement: Statement, context: Context) => Scope | undefined;
}

/** The table of a block. */
export interface Vocabulary<Draft> {
  /** The block's keyword. */
  readonly name: string;
  readonly keywords: Readonly<Record<string, Keyword<Draft>>>;
  /** Whatever stands in it may be a secret. */
  readonly isSecret?: boolean;
  /** Called for each keyword found, even if its values turn out to be wrong. */
  readonly mention?: (draft: Draft, word: string) => void;
}

/** What a block understands: keywords, or items that are one line each. */
export type Scope = KeywordScope | ItemScope;

/** A block with a table. */
export interface KeywordScope {
  readonly kind: "keywords";
  readonly name: string;
  readonly isSecret: boolean;
  readonly words: readonly string[];
  readonly find: (word: string) => Keyword<void> | undefined;
}

/** A block of items. */
export interface ItemScope {
  readonly kind: "items";
  /** Whether a line with that first word can be one; used to find missing braces. */
  readonly accepts: (firstWord: string) => boolean;
  /** Reads a line; no words stand for a line that was already complained about. */
  readonly add: (words: readonly Word[], context: Context) => void;
}

/** A table at work on a draft. */
export function bind<Draft>(vocabulary: Vocabulary<Draft>, draft: Draft): KeywordScope {
  const { name, keywords, isSecret = false, mention } = vocabulary;
  return {
    kind: "keywords",
    name,
    isSecret,
    words: Object.keys(keywords),
    find: (word) => {
      const keyword = Object.hasOwn(keywords, word) ? keywords[word] : undefined;
      if (!keyword) return undefined;
      mention?.(draft, word);
      return {
        ...keyword,
        apply: (_, statement, context) => keyword.apply(draft, statement, context),
      };
    },
  };
}

/** A keyword with values from `valuesMin` to `valuesMax`. */
export function values<Draft>(
  valuesMin: number,
  valuesMax: number,
  set: (draft: Draft, statement: Statement, context: Context) => void,
): Keyword<Draft> {
  return {
    valuesMin,
    valuesMax,
    takesBlock: false,
    split: splitWords,
    apply: (draft, statement, context) => {
      set(draft, statement, context);
      return undefined;
    },
  };
}

/** A keyword with one value. */
export function one<Draft, Value>(
  read: Read<Value>,
  set: (draft: Draft, given: Given<Value>, context: Context) => void,
): Keyword<Draft> {
  return values(1, 1, (draft, statement, context) => {
    const [word] = statement.values;
    const value = word && read(word, context.complaints);
    if (word && value !== undefined) set(draft, { value, place: word.place }, context);
  });
}

/** A keyword without a value: its presence says it. */
export function flag<Draft, Value>(
  value: Value,
  set: (draft: Draft, given: Given<Value>) => void,
): Keyword<Draft> {
  return values(0, 0, (draft, { keyword }) => set(draft, { value, place: keyword.place }));
}

/** A keyword with an optional boolean: none is true. */
export function toggle<Draft>(set: (draft: Draft, given: Given<boolean>) => void): Keyword<Draft> {
  return values(0, 1, (draft, { keyword, values: [word] }, { complaints }) => {
    const value = word ? boolean(word, complaints) : true;
    if (value !== undefined) set(draft, { value, place: (word ?? keyword).place });
  });
}

/** A keyword with a block. */
export function block<Draft>(
  valuesMin: number,
  valuesMax: number,
  open: (draft: Draft, statement: Statement, context: Context) => Scope | undefined,
): Keyword<Draft> {
  return { valuesMin, valuesMax, takesBlock: true, split: splitWords, apply: open };
}
