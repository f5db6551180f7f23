/**
 * Configurations made from the vocabulary: trees of statements that every table accepts, if its
 * shapes say the truth. What more than one keyword decides is not looked at, but for what
 * `REQUIRED` says: many of them load, not all.
 *
 * @module
 */
import fc from "fast-check";
import { writeConf } from "../../../engine/config/conf_writer.ts";
import type { Grammar, Shape } from "../../../engine/config/shape.ts";
import type { Branch } from "../../../engine/config/statement_tree.ts";
import { TOP_LEVEL } from "../../../engine/config/top_level.ts";
import type { Inner, Keyword, Vocabulary } from "../../../engine/config/vocabulary.ts";
import type { Word } from "../../../engine/config/words.ts";
import { arbitraryValues, arbitraryWord, type Names, REFERENCE } from "./arbitrary_shape.ts";
import { REQUIRED, SPECIAL, SPECIAL_LINES } from "./special_words.ts";

/** What to make. */
export interface ConfigOptions {
  /** Interfaces that may be named. Default: eth0, eth1. */
  readonly interfaces?: readonly string[];
  /** Words where any text may stand. Default: short plain words. */
  readonly texts?: fc.Arbitrary<string>;
  /** Which keywords to use, by block and keyword. Default: all that are not refused. */
  readonly accepts?: (block: string, word: string, keyword: Keyword<never>) => boolean;
  /** Most keywords of a block beside those it needs. Default: 6. */
  readonly keywordsMax?: number;
}

const PLACE = { line: { file: "", number: 1, text: "" }, column: 1 };
const wordOf = (text: string): Word => ({ text, place: PLACE });

type Options = Required<ConfigOptions> & { readonly names: Names };

/** Whole configurations. */
export function arbitraryConfig(options: ConfigOptions = {}): fc.Arbitrary<readonly Branch[]> {
  const interfaces = options.interfaces ?? ["eth0", "eth1"];
  const texts = options.texts ?? fc.constantFrom("a", "alpha", "b2", "c-d", "e_f");
  const whole: Options = {
    interfaces,
    texts,
    accepts: options.accepts ?? (() => true),
    keywordsMax: options.keywordsMax ?? 6,
    names: { interfaces, texts, isMixed: false },
  };
  const mixed = { ...whole, names: { ...whole.names, isMixed: true } };
  return fc.oneof(
    { weight: 4, arbitrary: statements(TOP_LEVEL, whole) },
    { weight: 1, arbitrary: statements(TOP_LEVEL, mixed) },
  ).map(connect);
}

/** The text of a configuration; throws if it cannot be written. */
export function confText(branches: readonly Branch[]): string {
  const { text, lost } = writeConf(branches, TOP_LEVEL);
  if (lost.length > 0) throw new Error(`Cannot be written: ${lost[0]?.text}`);
  return text;
}

function statements(
  { name, keywords }: Vocabulary<never>,
  options: Options,
): fc.Arbitrary<Branch[]> {
  const usable = Object.entries(keywords).filter(([word, keyword]) =>
    options.accepts(name, word, keyword)
  );
  const isNeeded = ([word]: readonly [string, unknown]) => REQUIRED[name]?.includes(word) ?? false;
  const needed = usable.filter(isNeeded);
  const free = usable.filter((each) => !isNeeded(each));
  return fc.subarray(free, { maxLength: Math.min(free.length, options.keywordsMax) })
    .chain((chosen) =>
      fc.tuple(
        ...[...needed, ...chosen].map(([word, keyword]) => occurrences(word, keyword, options)),
      )
    )
    .map((lists) => lists.flat());
}

/** A keyword as often as it may stand there. */
function occurrences(
  word: string,
  keyword: Keyword<never>,
  options: Options,
): fc.Arbitrary<Branch[]> {
  const isNamed = keyword.inner !== undefined && keyword.parameters.length > 0;
  const isRepeated = isNamed || keyword.adds === true;
  return fc.array(statement(word, keyword, options), {
    minLength: 1,
    maxLength: isRepeated ? 3 : 1,
    ...(isNamed ? { size: "max" } : {}),
  }).map((branches) => isNamed ? named(word, keyword, branches) : branches);
}

/** Gives each block a name of its own where any text may be its name. */
function named(word: string, { parameters }: Keyword<never>, branches: Branch[]): Branch[] {
  if (Object.hasOwn(SPECIAL, word) || parameters[0]?.shape.kind !== "text") return unique(branches);
  return branches.map((branch, i) => ({
    ...branch,
    values: [wordOf(`${word}_${i + 1}`), ...branch.values.slice(1)],
  }));
}

function unique(branches: Branch[]): Branch[] {
  const title = ({ values }: Branch) => values.map(({ text }) => text).join(" ");
  return branches.filter((branch, i) =>
    branches.findIndex((b) => title(b) === title(branch)) === i
  );
}

function statement(
  word: string,
  keyword: Keyword<never>,
  options: Options,
): fc.Arbitrary<Branch> {
  const special = Object.hasOwn(SPECIAL, word) ? SPECIAL[word] : undefined;
  const values = (special ?? arbitraryValues(keyword.parameters, options.names))
    .map((words) => words.map(wordOf));
  if (!keyword.inner) return values.map((values) => ({ keyword: wordOf(word), values }));
  return fc.tuple(values, content(word, keyword.inner, options)).map(([values, content]) => ({
    keyword: wordOf(word),
    values,
    ...content,
  }));
}

function content(
  word: string,
  inner: Inner,
  options: Options,
): fc.Arbitrary<Pick<Branch, "children" | "lines">> {
  if (inner.kind === "keywords") {
    return statements(inner.vocabulary, options).map((children) => ({ children }));
  }
  const special = Object.hasOwn(SPECIAL_LINES, word) ? SPECIAL_LINES[word] : undefined;
  const line = special
    ? special(options.names)
    : inner.kind === "items"
    ? item(inner.grammar, options.names)
    : wordLine(inner.shape, options.names);
  return fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => ({
    lines: lines.map((line) => line.map(wordOf)),
  }));
}

function wordLine(shape: Shape, names: Names): fc.Arbitrary<string[]> {
  return fc.array(arbitraryWord(shape, names), { minLength: 1, maxLength: 2 });
}

/** A line of a block of items: its values, and options in any order. */
function item(grammar: Grammar, names: Names): fc.Arbitrary<string[]> {
  const option = (name: string) =>
    arbitraryValues(grammar.options[name] ?? [], names)
      .map((values) => [name, ...values]);
  const known = Object.keys(grammar.options);
  const options = fc.shuffledSubarray(known, { maxLength: Math.min(known.length, 2) })
    .chain((chosen) => fc.tuple(...chosen.map(option)));
  return fc.tuple(arbitraryValues(grammar.parameters, names), options)
    .map(([values, options]) => [...values, ...options.flat()]);
}

/** Puts names in the place of references, and what is named before what names it. */
function connect(branches: Branch[]): Branch[] {
  const names = new Map<string, string[]>();
  for (const { keyword, values: [name] } of branches) {
    if (name) names.set(keyword.text, [...names.get(keyword.text) ?? [], name.text]);
  }
  let vrid = 0;
  const members = new Set<string>();
  const settle = (branch: Branch): Branch[] => {
    const values = resolveAll(branch.values, names);
    if (!values) return [];
    const { keyword, children, lines } = branch;
    const settled = children?.flatMap(settle);
    const isLacking = REQUIRED[keyword.text]?.some((word) =>
      children?.some((child) => child.keyword.text === word) &&
      !settled?.some((child) => child.keyword.text === word)
    );
    if (isLacking) return [];
    const known = lines?.map((line) => resolveAll(line, names)).filter((line) =>
      line !== undefined
    );
    // An instance is in one group.
    const free = keyword.text !== "group"
      ? known
      : known?.map((line) => line.filter(({ text }) => !members.has(text) && members.add(text)))
        .filter(({ length }) => length > 0);
    if (keyword.text === "group" && free?.length === 0) return [];
    return [{
      keyword,
      values: keyword.text === "virtual_router_id" ? [wordOf(String(++vrid))] : values,
      ...(settled ? { children: settled } : {}),
      ...(free ? { lines: free } : {}),
    }];
  };
  const rank = ({ keyword: { text } }: Branch) => ORDER.findIndex((order) => order.test(text));
  return branches.toSorted((a, b) => rank(a) - rank(b)).flatMap(settle);
}

const ORDER = [/^global_defs$/, /^(?!vrrp_instance|vrrp_sync|virtual_server$)/, /^vrrp_inst/, /^/];

/** The words with names for references; undefined if there is nothing to name. */
function resolveAll(
  words: readonly Word[],
  names: ReadonlyMap<string, readonly string[]>,
): readonly Word[] | undefined {
  const resolved: Word[] = [];
  for (const word of words) {
    const [, to = "", number] = REFERENCE.exec(word.text) ?? [];
    const known = names.get(to) ?? [];
    const name = number === undefined ? word.text : known[Number(number) % known.length];
    if (name === undefined) return undefined;
    resolved.push(wordOf(name));
  }
  return resolved;
}
