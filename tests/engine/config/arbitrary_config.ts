/**
 * Configurations made from the vocabulary: trees of statements that every table accepts, if its
 * shapes say the truth. What more than one keyword decides is not looked at, but for what
 * {@linkcode REQUIRED} says: many of them load, not all.
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

/** What a block cannot be without. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  vrrp_instance: ["interface", "virtual_router_id", "virtual_ipaddress"],
};

/** Values whose shape says too little, by keyword, or by parameter of an item. */
const SPECIAL: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
  include_check: fc.subarray(["+match", "-match", "+brace_match"]).map((more) => ["read", ...more]),
  vrrp_rx_bufs_policy: fc.constantFrom(["MTU"], ["ADVERT"], ["65536"]),
};

/** Items whose words depend on each other. */
const SPECIAL_ITEMS: Readonly<Record<string, (names: Names) => fc.Arbitrary<string[]>>> = {
  virtual_ipaddress: arbitraryAddress,
  virtual_ipaddress_excluded: arbitraryAddress,
  static_ipaddress: arbitraryAddress,
};

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
    accepts: options.accepts ?? ((_block, _word, { status }) => status.kind !== "refused"),
    keywordsMax: options.keywordsMax ?? 6,
    names: { interfaces, texts },
  };
  return statements(TOP_LEVEL, whole).map(connect);
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
  if (parameters[0]?.shape.kind !== "text") return unique(branches);
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
  const values = (SPECIAL[word] ?? arbitraryValues(keyword.parameters, options.names))
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
  const special = Object.hasOwn(SPECIAL_ITEMS, word) ? SPECIAL_ITEMS[word] : undefined;
  const line = special
    ? special(options.names)
    : inner.kind === "items"
    ? item(word, inner.grammar, options.names)
    : wordLine(inner.shape, options.names);
  return fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => ({
    lines: lines.map((line) => line.map(wordOf)),
  }));
}

function wordLine(shape: Shape, names: Names): fc.Arbitrary<string[]> {
  return fc.array(arbitraryWord(shape, names), { minLength: 1, maxLength: 2 });
}

/** A line of a block of items: its values, and options in any order. */
function item(word: string, grammar: Grammar, names: Names): fc.Arbitrary<string[]> {
  const option = (name: string) =>
    (SPECIAL[`${word} ${name}`] ?? arbitraryValues(grammar.options[name] ?? [], names))
      .map((values) => [name, ...values]);
  const known = Object.keys(grammar.options);
  const options = fc.shuffledSubarray(known, { maxLength: Math.min(known.length, 2) })
    .chain((chosen) => fc.tuple(...chosen.map(option)));
  return fc.tuple(arbitraryValues(grammar.parameters, names), options)
    .map(([values, options]) => [...values, ...options.flat()]);
}

/** A line of a block of addresses; what its options allow depends on its family. */
function arbitraryAddress({ interfaces }: Names): fc.Arbitrary<string[]> {
  const last = fc.integer({ min: 1, max: 254 });
  const always = [["dev", interfaces[0] ?? "lo"], ["noprefixroute"], ["no_track"], ["home"]];
  const four = [["scope", "link"], ["scope", "7"], ["brd", "+"], ["label", "eth0:1"], ["brd", "-"]];
  const six = [["-nodad"], ["mngtmpaddr"], ["preferred_lft", "60"], ["preferred_lft", "forever"]];
  const line = (prefix: string, length: string, base: 10 | 16, options: string[][]) =>
    fc.tuple(last, fc.boolean(), fc.shuffledSubarray([...always, ...options], { maxLength: 3 }))
      .map(([octet, isWhole, chosen]) => [
        `${prefix}${octet.toString(base)}${isWhole ? length : ""}`,
        ...chosen.filter(([key], i) => chosen.findIndex(([k]) => k === key) === i).flat(),
      ]);
  return fc.oneof(
    { weight: 4, arbitrary: line("192.0.2.", "/24", 10, four) },
    { weight: 1, arbitrary: line("2001:db8::", "/64", 16, six) },
  );
}

/** Puts names in the place of references, and what is named before what names it. */
function connect(branches: Branch[]): Branch[] {
  const names = new Map<string, string[]>();
  for (const { keyword, values: [name] } of branches) {
    if (name) names.set(keyword.text, [...names.get(keyword.text) ?? [], name.text]);
  }
  let vrid = 0;
  const settle = (branch: Branch): Branch[] => {
    const values = resolveAll(branch.values, names);
    if (!values) return [];
    const { keyword, children, lines } = branch;
    return [{
      keyword,
      values: keyword.text === "virtual_router_id" ? [wordOf(String(++vrid))] : values,
      ...(children ? { children: children.flatMap(settle) } : {}),
      ...(lines
        ? {
          lines: lines.map((line) => resolveAll(line, names)).filter((line) => line !== undefined),
        }
        : {}),
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
