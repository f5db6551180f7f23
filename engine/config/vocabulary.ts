/**
 * Keyword tables are made with these: which words a block knows, what stands behind each, what they
 * do with it, and what people should know of them.
 *
 * A block fills a draft: what was given, with its place, nothing defaulted. Checks that need more
 * than one keyword, and defaults, come when everything is read.
 *
 * @module
 */
import { binder } from "./bound_scope.ts";
import { type Given, givenBy } from "./given.ts";
import type { Context, ItemScope, Keyword, Statement, Status, Vocabulary } from "./keyword.ts";
import { type Grammar, optional, type Parameter, required } from "./shape.ts";
import { boolean, type Read } from "./values.ts";
import type { Word } from "./words.ts";

export type {
  Context,
  Inner,
  ItemScope,
  Keyword,
  KeywordScope,
  Scope,
  Statement,
  Status,
  Vocabulary,
} from "./keyword.ts";

/** Fewest values a keyword takes. */
export function valuesMin({ parameters }: Keyword<never>): number {
  return parameters.reduce((count, { optional }) => optional ? count : count + 1, 0);
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
  return {
    doc,
    status: ACTS,
    parameters: [required("value", read.shape)],
    apply: (draft, statement, context) => {
      const word = statement.values[0];
      const value = word && read(word, context.complaints);
      if (word && value !== undefined) set(draft, givenBy(word, value), context);
      return undefined;
    },
  };
}

/** A keyword without a value: its presence says it. */
export function flag<Draft, Value>(
  doc: string,
  value: Value,
  set: (draft: Draft, given: Given<Value>) => void,
): Keyword<Draft> {
  return values(doc, [], (draft, { keyword }) => set(draft, givenBy(keyword, value)));
}

/** A keyword with an optional boolean: none is true. */
export function toggle<Draft>(
  doc: string,
  set: (draft: Draft, given: Given<boolean>) => void,
): Keyword<Draft> {
  const parameters = [optional("value", boolean.shape)];
  return values(doc, parameters, (draft, { keyword, values: words }, { complaints }) => {
    const word = words[0];
    const value = word ? boolean(word, complaints) : true;
    if (value !== undefined) set(draft, givenBy(word ?? keyword, value));
  });
}

/** A keyword with a block of keywords. `open` returns what the block fills; undefined skips it. */
export function block<Draft, Filled>(
  doc: string,
  parameters: readonly Parameter[],
  vocabulary: Vocabulary<Filled>,
  open: (draft: Draft, statement: Statement, context: Context) => Filled | undefined,
): Keyword<Draft> {
  const bind = binder(vocabulary);
  return {
    doc,
    status: ACTS,
    parameters,
    inner: { kind: "keywords", vocabulary },
    apply: (draft, statement, context) => {
      const filled = open(draft, statement, context);
      return filled === undefined ? undefined : bind(filled);
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
    apply: (draft) => ({
      kind: "items",
      wantsItems: true,
      accepts: () => true,
      add: (words, context) => {
        for (const word of words) {
          const value = read(word, context.complaints);
          if (value !== undefined) add(draft, givenBy(word, value), context);
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

/** Warns of a keyword, once, that it has no effect with the values it was given. */
export function warnIdle(word: Word, why: string, context: Context): void {
  warnOnce(word, `has no effect: ${why}`, context);
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
  context.complaints.saidCount++;
  if (context.inactive.has(text)) return;
  context.inactive.add(text);
  context.complaints.add("W601", place, `keyword '${text}' ${message}`);
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
