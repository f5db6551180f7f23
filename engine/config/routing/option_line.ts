/**
 * Lines of words in any order, each with what stands behind it: the tables that routes and rules
 * are read by. A table is data for documentation, too.
 *
 * @module
 */
import type { Family, Ip } from "../../../net/address.ts";
import { type Code, type Complaints, quote } from "../diagnostic.ts";
import type { Given } from "../given.ts";
import { nearestWord } from "../nearest_word.ts";
import { own } from "../own.ts";
import { type Grammar, type Parameter, required } from "../shape.ts";
import type { Read } from "../values.ts";
import type { Word } from "../words.ts";
import type { NameKind, RouteNames } from "./names.ts";

/** What lines are read with. */
export interface LineContext {
  readonly complaints: Complaints;
  readonly names: RouteNames;
}

/** The words of a line, one after the other. */
export class Cursor {
  readonly complaints: Complaints;
  readonly names: RouteNames;
  /** What the line is, for messages: "a route". */
  readonly what: string;
  readonly #words: readonly Word[];
  #next = 0;

  constructor(words: readonly Word[], what: string, { complaints, names }: LineContext) {
    this.#words = words;
    this.what = what;
    this.complaints = complaints;
    this.names = names;
  }

  /** The next word, which stays. */
  peek(): Word | undefined {
    return this.#words[this.#next];
  }

  /** The next word. */
  take(): Word | undefined {
    return this.#words[this.#next++];
  }

  /** Takes the next word if it is that one. */
  takes(text: string): boolean {
    if (this.peek()?.text !== text) return false;
    this.#next++;
    return true;
  }

  /** The value behind the word taken last; without one that is said. */
  value(): Word | undefined {
    const keyword = this.#words[this.#next - 1];
    const word = this.take();
    if (!word && keyword) this.fail("E208", keyword, `${quote(keyword.text)} needs a value`);
    return word;
  }

  /** Says what is wrong; undefined, for those that return it. */
  fail(code: Code, { place }: Word, message: string, hint?: string): undefined {
    this.complaints.add(code, place, message, hint);
    return undefined;
  }
}

/** A word of a line. */
export interface LineOption<Draft> {
  readonly parameters: readonly Parameter[];
  /** Says itself what is wrong with a second one. */
  readonly isGuarded?: true;
  /** Reads what stands behind it; false, which was complained about, drops the line. */
  readonly read: (draft: Draft, cursor: Cursor, keyword: Word) => boolean;
}

/** The words of a kind of lines. */
export type LineOptions<Draft> = Readonly<Record<string, LineOption<Draft>>>;

/** What a line with those words looks like. */
export function grammarOf<Draft>(
  parameters: readonly Parameter[],
  options: LineOptions<Draft>,
): Grammar {
  const entries = Object.entries(options).map(([word, option]) => [word, option.parameters]);
  return { parameters, options: Object.fromEntries(entries) };
}

/** A word with one value. */
export function valued<Draft, Value>(
  name: string,
  read: Read<Value>,
  set: (draft: Draft, value: Value, word: Word) => void,
): LineOption<Draft> {
  return {
    parameters: [required(name, read.shape)],
    read: (draft, cursor) => {
      const word = cursor.value();
      const value = word && read(word, cursor.complaints);
      if (word && value !== undefined) set(draft, value, word);
      return value !== undefined;
    },
  };
}

/** A word with a name or number of iproute2's files. */
export function named<Draft>(
  kind: NameKind,
  set: (draft: Draft, number: number, word: Word) => void,
): LineOption<Draft> {
  return {
    parameters: [required(kind, { kind: "text", what: "a name or number" })],
    read: (draft, cursor) => {
      const word = cursor.value();
      const number = word && findName(word, kind, cursor);
      if (word && number !== undefined) set(draft, number, word);
      return number !== undefined;
    },
  };
}

/** The number of a name, or complains. */
export function findName(word: Word, kind: NameKind, cursor: Cursor): number | undefined {
  const { names } = cursor;
  const number = names.find(kind, word.text);
  if (number !== undefined) return number;
  const nearest = nearestWord(word.text, names.names(kind));
  const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
  return cursor.fail("E304", word, `${quote(word.text)} is not ${names.what(kind)}`, hint);
}

/** A word without a value. */
export function present<Draft>(
  set: (draft: Draft, keyword: Word) => void,
): LineOption<Draft> {
  return {
    parameters: [],
    read: (draft, _, keyword) => {
      set(draft, keyword);
      return true;
    },
  };
}

/**
 * Reads words until there are no more; false if the line is to be dropped. `other` may know words
 * that are not in the table: it takes them, drops the line, or does not know either.
 */
export function readOptions<Draft>(
  draft: Draft,
  options: LineOptions<Draft>,
  cursor: Cursor,
  other: (word: Word) => boolean | "unknown" = () => "unknown",
): boolean {
  const seen = new Set<LineOption<Draft>>();
  for (let word = cursor.take(); word; word = cursor.take()) {
    const { text } = word;
    const option = own(options, text);
    const result = option ? option.read(draft, cursor, word) : other(word);
    if (result === false) return false;
    if (result === "unknown") {
      unknownWord(word, Object.keys(options), cursor);
      return false;
    }
    if (!option || option.isGuarded) continue;
    if (seen.has(option)) cursor.fail("W602", word, `${quote(text)} again: the last one counts`);
    seen.add(option);
  }
  return true;
}

/**
 * A word that states the family. keepalived swallows the word behind it, so that some have put any
 * word there: one that means nothing is passed over.
 */
export function familyOption<Draft extends { statedFamily?: Family }>(
  family: Family,
  means: (text: string) => boolean,
): LineOption<Draft> {
  return {
    parameters: [],
    read: (draft, cursor, keyword) => {
      draft.statedFamily = family;
      const next = cursor.peek();
      if (!next || means(next.text)) return true;
      cursor.take();
      cursor.fail("W602", next, `${quote(next.text)} behind ${quote(keyword.text)} is skipped`);
      return true;
    },
  };
}

/** Says that a line does not know a word. */
export function unknownWord(word: Word, known: readonly string[], cursor: Cursor): void {
  const nearest = nearestWord(word.text, known);
  const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
  cursor.fail("E304", word, `unknown word ${quote(word.text)} for ${cursor.what}`, hint);
}

/**
 * The one family of a line: that of its addresses, else `stated`, else IPv4. Undefined, which was
 * complained about, if they differ.
 */
export function commonFamily(
  addresses: readonly Given<Ip>[],
  stated: Family | undefined,
  cursor: Cursor,
): Family | undefined {
  const familyOf = ({ value }: Given<Ip>): Family => value.includes(":") ? 6 : 4;
  const [first] = addresses;
  const family = stated ?? (first ? familyOf(first) : 4);
  const odd = addresses.find((given) => familyOf(given) !== family);
  if (!odd) return family;
  const message = `${odd.value} is not an IPv${family} address like the rest of the line`;
  cursor.complaints.add("E404", odd.place, message);
  return undefined;
}
