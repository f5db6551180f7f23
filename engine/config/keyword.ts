/**
 * What a keyword is, and a table of keywords.
 *
 * The tables are data as far as possible: documentation, the JSON Schema, YAML and generated tests
 * are made from them.
 *
 * @module
 */
import type { ScriptConfig } from "../../machines/script_config.ts";
import type { Complaints } from "./diagnostic.ts";
import type { Given } from "./given.ts";
import type { IncludeCheck } from "./includes.ts";
import type { Grammar, Parameter, Shape } from "./shape.ts";
import type { Text } from "./text.ts";
import type { Word, Words } from "./words.ts";

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
  /** All scripts, as they are read: they are judged together. */
  readonly scripts: Given<ScriptConfig>[];
  /** Seeds `_RANDOM`. */
  readonly seedRandom: (seed: number) => void;
}

/** What stayd does with a keyword. `why` completes "… has no effect: ". */
export type Status =
  | { readonly kind: "acts" }
  /** Read and checked, but the job is done otherwise or not needed. */
  | { readonly kind: "noEffect"; readonly why: string }
  /** An old name. */
  | { readonly kind: "renamed"; readonly to: string };

/** What may stand in the block behind a keyword. */
export type Inner =
  | { readonly kind: "keywords"; readonly vocabulary: Vocabulary<never> }
  /** One item a line. */
  | { readonly kind: "items"; readonly grammar: Grammar }
  /** Each word of each line is a value. */
  | { readonly kind: "words"; readonly shape: Shape };

/** A word of a table. */
export interface Keyword<Draft> {
  /** What it means, in one sentence for operators, with unit and default. */
  readonly doc: string;
  readonly status: Status;
  readonly parameters: readonly Parameter[];
  /** The block behind it. Without: it has none. */
  readonly inner?: Inner;
  /** Given again, it adds to what was given before; otherwise it replaces that, or is refused. */
  readonly adds?: true;
  /**
   * A block of the top level that cannot stand elsewhere: seen inside another, a `}` is missing.
   */
  readonly isLandmark?: true;
  /** Its values are never shown. */
  readonly isSecret?: true;
  /** keepalived does not know it. */
  readonly isOwn?: true;
  /** How its line falls into words, if not as others do. */
  readonly split?: (text: Text) => Words;
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
  readonly find: (word: string) => Keyword<never> | undefined;
  /** Acts on a statement with a keyword that was found here. */
  readonly act: (
    keyword: Keyword<never>,
    statement: Statement,
    context: Context,
  ) => Scope | undefined;
}

/** A block of items. */
export interface ItemScope {
  readonly kind: "items";
  /** Whether a line with that first word can be one; used to find missing braces. */
  readonly accepts: (firstWord: string) => boolean;
  /** Reads a line; no words stand for a line that was already complained about. */
  readonly add: (words: readonly Word[], context: Context) => void;
  /** Nothing in it is worth a warning. */
  readonly wantsItems?: true;
}
