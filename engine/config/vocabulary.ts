/**
 * Keyword tables: which words a block knows, what stands behind each, what they do with it, and
 * what people should know of them.
 *
 * A block fills a draft: what was given, with its place, nothing defaulted. Checks that need more
 * than one keyword, and defaults, come when everything is read.
 *
 * The tables are data as far as possible: documentation, the JSON Schema, YAML and generated tests
 * are made from them.
 *
 * @module
 */
import type { ScriptConfig } from "../../machines/script_config.ts";
import type { Complaints } from "./diagnostic.ts";
import type { IncludeCheck } from "./includes.ts";
import { type Grammar, optional, type Parameter, required, type Shape } from "./shape.ts";
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
  /** All scripts, as they are read: they are judged together. */
  readonly scripts: Given<ScriptConfig>[];
  /** Seeds `_RANDOM`. */
  readonly seedRandom: (seed: number) => void;
}

/** What stayd does with a keyword. `why` completes "… has no effect: " and "… is refused: ". */
export type Status =
  | { readonly kind: "acts" }
  /** Read and checked, but the job is done otherwise or not needed. */
  | { readonly kind: "noEffect"; readonly why: string }
  /** Read and checked; a later version will act. */
  | { readonly kind: "later" }
  /** An error: without it this router and others would misunderstand each other. */
  | { readonly kind: "refused"; readonly why: string }
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
  readonly find: (word: string) => Keyword<never> | undefined;
  /** Acts on a statement whose keyword was found. */
  readonly act: (statement: Statement, context: Context) => Scope | undefined;
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

/** A table at work on a draft. */
export function bind<Draft>(vocabulary: Vocabulary<Draft>, draft: Draft): KeywordScope {
  return new BoundScope(vocabulary, draft);
}

/** A class, because there is one for each block: closures would be made anew each time. */
class BoundScope<Draft> implements KeywordScope {
  readonly kind = "keywords";
  readonly #vocabulary: Vocabulary<Draft>;
  readonly #table: ReadonlyMap<string, Keyword<Draft>>;
  readonly #draft: Draft;

  constructor(vocabulary: Vocabulary<Draft>, draft: Draft) {
    this.#vocabulary = vocabulary;
    this.#table = tableOf(vocabulary);
    this.#draft = draft;
  }

  get name(): string {
    return this.#vocabulary.name;
  }

  get isSecret(): boolean {
    return this.#vocabulary.isSecret ?? false;
  }

  get words(): readonly string[] {
    return Object.keys(this.#vocabulary.keywords);
  }

  find(word: string): Keyword<never> | undefined {
    const keyword = this.#table.get(word);
    if (keyword) this.#vocabulary.mention?.(this.#draft, word);
    return keyword;
  }

  act(statement: Statement, context: Context): Scope | undefined {
    return this.#table.get(statement.keyword.text)?.apply(this.#draft, statement, context);
  }
}

const tables = new WeakMap<object, ReadonlyMap<string, Keyword<never>>>();

/** The keywords of a table, for words that were cut out of a text: a map finds them faster. */
function tableOf<Draft>({ keywords }: Vocabulary<Draft>): ReadonlyMap<string, Keyword<Draft>> {
  let table = tables.get(keywords) as ReadonlyMap<string, Keyword<Draft>> | undefined;
  if (!table) {
    table = new Map(Object.entries(keywords));
    tables.set(keywords, table);
  }
  return table;
}

/** Fewest values a keyword takes. */
export function valuesMin({ parameters }: Keyword<never>): number {
  let count = 0;
  for (const parameter of parameters) if (!parameter.optional) count++;
  return count;
}

/** Most values a keyword takes. */
export function valuesMax({ parameters }: Keyword<never>): number {
  return parameters.at(-1)?.many ? Infinity : parameters.length;
}

const ACTS: Status = { kind: "acts" };

/** A keyword with values that `set` reads itself, as `parameters` say. */
export function values<Draft>(
  doc: string,
  parameters: readonly Parameter[],
  set: (draft: Draft, statement: Statement, context: Context) => void,
): Keyword<Draft> {
  return {
    doc,
    status: ACTS,
    parameters,
    split: splitWords,
    apply: (draft, statement, context) => {
      set(draft, statement, context);
      return undefined;
    },
  };
}

/** A keyword with one value. */
export function one<Draft, Value>(
  doc: string,
  read: Read<Value>,
  set: (draft: Draft, given: Given<Value>, context: Context) => void,
): Keyword<Draft> {
  return values(doc, [required("value", read.shape)], (draft, statement, context) => {
    const [word] = statement.values;
    const value = word && read(word, context.complaints);
    if (word && value !== undefined) set(draft, { value, place: word.place }, context);
  });
}

/** A keyword without a value: its presence says it. */
export function flag<Draft, Value>(
  doc: string,
  value: Value,
  set: (draft: Draft, given: Given<Value>) => void,
): Keyword<Draft> {
  return values(doc, [], (draft, { keyword }) => set(draft, { value, place: keyword.place }));
}

/** A keyword with an optional boolean: none is true. */
export function toggle<Draft>(
  doc: string,
  set: (draft: Draft, given: Given<boolean>) => void,
): Keyword<Draft> {
  const parameters = [optional("value", boolean.shape)];
  return values(doc, parameters, (draft, { keyword, values: [word] }, { complaints }) => {
    const value = word ? boolean(word, complaints) : true;
    if (value !== undefined) set(draft, { value, place: (word ?? keyword).place });
  });
}

/** A keyword with a block of keywords. `open` returns what the block fills; undefined skips it. */
export function block<Draft, Filled>(
  doc: string,
  parameters: readonly Parameter[],
  vocabulary: Vocabulary<Filled>,
  open: (draft: Draft, statement: Statement, context: Context) => Filled | undefined,
): Keyword<Draft> {
  return {
    doc,
    status: ACTS,
    parameters,
    inner: { kind: "keywords", vocabulary },
    split: splitWords,
    apply: (draft, statement, context) => {
      const filled = open(draft, statement, context);
      return filled === undefined ? undefined : bind(vocabulary, filled);
    },
  };
}

/** A keyword with a block of items, one a line. */
export function items<Draft>(
  doc: string,
  grammar: Grammar,
  open: (draft: Draft, statement: Statement, context: Context) => Omit<ItemScope, "kind">,
): Keyword<Draft> {
  return {
    doc,
    status: ACTS,
    parameters: [],
    inner: { kind: "items", grammar },
    adds: true,
    split: splitWords,
    apply: (draft, statement, context) => ({
      kind: "items",
      ...open(draft, statement, context),
    }),
  };
}

/** A keyword with a block in which every word is a value. */
export function wordList<Draft, Value>(
  doc: string,
  read: Read<Value>,
  add: (draft: Draft, given: Given<Value>, context: Context) => void,
): Keyword<Draft> {
  return {
    doc,
    status: ACTS,
    parameters: [],
    inner: { kind: "words", shape: read.shape },
    adds: true,
    split: splitWords,
    apply: (draft) => ({
      kind: "items",
      wantsItems: true,
      accepts: () => true,
      add: (words, context) => {
        for (const word of words) {
          const value = read(word, context.complaints);
          if (value !== undefined) add(draft, { value, place: word.place }, context);
        }
      },
    }),
  };
}

/** The same keyword, but given again it adds to what was there. */
export function adding<Draft>(keyword: Keyword<Draft>): Keyword<Draft> {
  return { ...keyword, adds: true };
}

/** The same keyword, which keepalived does not know. */
export function own<Draft>(keyword: Keyword<Draft>): Keyword<Draft> {
  return { ...keyword, isOwn: true };
}

/** The same keyword, read and checked, but without effect; one warning says why. */
export function noEffect<Draft>(why: string, keyword: Keyword<Draft>): Keyword<Draft> {
  return warning({ kind: "noEffect", why }, `has no effect: ${why}`, keyword);
}

/** The same keyword, read and checked; this version does not act on it, and warns once. */
export function later<Draft>(keyword: Keyword<Draft>): Keyword<Draft> {
  return warning({ kind: "later" }, NOT_ACTED_UPON, keyword);
}

const NOT_ACTED_UPON = "is not acted upon in this version";

/** Warns of a word of a line, once for each, that this version does not act on it. */
export function warnLater(word: Word, context: Context): void {
  warnOnce(word, NOT_ACTED_UPON, context);
}

function warning<Draft>(status: Status, text: string, keyword: Keyword<Draft>): Keyword<Draft> {
  return {
    ...keyword,
    status,
    apply: (draft, statement, context) => {
      warnOnce(statement.keyword, text, context);
      return keyword.apply(draft, statement, context);
    },
  };
}

/** Warns of a word, once for each configuration, that it does not do what one may expect. */
function warnOnce({ text, place }: Word, message: string, context: Context): void {
  if (context.inactive.has(text)) return;
  context.inactive.add(text);
  context.complaints.add("W601", place, `keyword '${text}' ${message}`);
}

/** The same keyword as an error, with its consequence; its block is skipped. */
export function refused<Draft>(why: string, keyword: Keyword<Draft>): Keyword<Draft> {
  return {
    ...keyword,
    status: { kind: "refused", why },
    apply: (_, { keyword: { text, place } }, { complaints }) => {
      complaints.add("E502", place, `keyword '${text}' is not supported in this version: ${why}`);
      return undefined;
    },
  };
}

/**
 * An old name of a keyword: warns and acts. With `isTolerated` keepalived takes it without a word,
 * so that only advice is given.
 */
export function renamed<Draft>(
  to: string,
  keyword: Keyword<Draft>,
  isTolerated = false,
): Keyword<Draft> {
  return {
    ...keyword,
    status: { kind: "renamed", to },
    apply: (draft, statement, context) => {
      const { text, place } = statement.keyword;
      const code = isTolerated ? "W602" : "W501";
      context.complaints.add(code, place, `'${text}' is an old name`, to);
      return keyword.apply(draft, statement, context);
    },
  };
}
