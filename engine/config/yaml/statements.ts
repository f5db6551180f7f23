/**
 * YAML maps to statements, keyword by keyword.
 *
 * ```text
 * a block without a name    a map of its keywords; a list of maps if it may stand there again
 * blocks with a name        a map by name, or a list of maps in which the name is a key, too
 * blocks of several values  the same: `virtual_server: [{address: …, port: …, …}]` or `"… …": {…}`
 * items, one a line         a list of texts, or of maps by the words of the line
 * words                     a list
 * a keyword that adds       a list of what it takes
 * ```
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import type { FrontEndWorld } from "../front_end.ts";
import { nearestWord } from "../nearest_word.ts";
import type { Grammar, Shape } from "../shape.ts";
import type { Keyword, KeywordScope, Scope } from "../vocabulary.ts";
import type { Word } from "../words.ts";
import { type Entry, kindName, type Mapping, type Node, type Scalar } from "./node.ts";
import { splitText, wordOf, wordsOf } from "./values.ts";

/** Reads the keys of a map as keywords of a scope. */
export function readStatements(map: Node, scope: KeywordScope, world: FrontEndWorld): void {
  if (isNothing(map)) return;
  if (map.kind !== "map") return complainOfKind(map, `a map of keywords of ${scope.name}`, world);
  for (const { key, value } of map.entries) readEntry(key, value, scope, world);
}

/** Reads one key of a map as a keyword. */
export function readEntry(
  key: Scalar,
  value: Node,
  scope: KeywordScope,
  world: FrontEndWorld,
): void {
  const keyword = scope.find(key.text);
  if (!keyword) return complainOfKey(key, value, scope, world);
  if (keyword.isSecret) hide(value, world);
  const { inner, parameters } = keyword;
  const entry = { key, keyword, scope, world };
  if (!inner) {
    const isRepeated = keyword.adds === true && value.kind === "list";
    for (const each of isRepeated ? value.items : [value]) readPlain(entry, each);
  } else if (parameters.length > 0) readNamed(entry, value);
  else if (inner.kind === "keywords" && keyword.adds && value.kind === "list") {
    for (const each of value.items) open(entry, [], each);
  } else open(entry, [], value);
}

/** A keyword whose value is read. */
interface Reading {
  readonly key: Scalar;
  readonly keyword: Keyword<never>;
  /** Acts on it. */
  readonly scope: KeywordScope;
  readonly world: FrontEndWorld;
}

function apply(
  { key, keyword, scope, world }: Reading,
  values: readonly Word[],
): Scope | undefined {
  const statement = { keyword: { text: key.text, place: key.place }, values };
  return scope.act(keyword, statement, world.context);
}

function readPlain(reading: Reading, value: Node): void {
  const { key, keyword: { parameters }, world: { context } } = reading;
  const words = wordsOf({ word: key.text, parameters }, value, context.complaints);
  if (words !== undefined && words !== "none") apply(reading, words);
}

/** Blocks with a name or other values. */
function readNamed(reading: Reading, value: Node): void {
  const { key, keyword: { inner, parameters }, world } = reading;
  const wanted = { word: key.text, parameters };
  const { complaints } = world.context;
  if (value.kind === "map") {
    for (const { key: name, value: content } of value.entries) {
      const isSplit = parameters.length > 1 || parameters[0]?.many;
      const names = isSplit ? splitText({ ...name, type: "string" }) : [name];
      const list = { kind: "list", items: names, place: name.place } as const;
      const words = wordsOf(wanted, list, complaints);
      if (words && words !== "none") {
        open({ ...reading, key: { ...key, place: name.place } }, words, content);
      }
    }
  } else if (value.kind === "list" && inner?.kind === "keywords") {
    for (const each of value.items) readWithNames(reading, each);
  } else if (!isNothing(value)) {
    complainOfKind(value, "a map by name", world);
  }
}

/** A map in which the values before the block are keys, too. */
function readWithNames(reading: Reading, map: Node): void {
  const { key, keyword: { parameters }, world } = reading;
  if (map.kind !== "map") return complainOfKind(map, "a map", world);
  const isName = ({ key }: Entry) => parameters.some(({ name }) => name === key.text);
  const names: Mapping = { ...map, entries: map.entries.filter(isName) };
  const words = wordsOf({ word: key.text, parameters }, names, world.context.complaints);
  if (!words || words === "none") return;
  const content: Mapping = { ...map, entries: map.entries.filter((entry) => !isName(entry)) };
  open({ ...reading, key: { ...key, place: map.place } }, words, content);
}

/** Opens a block and reads what stands in it. */
function open(reading: Reading, values: readonly Word[], content: Node): void {
  const { keyword: { inner }, world } = reading;
  if (inner?.kind === "keywords" && content.kind !== "map" && !isNothing(content)) {
    return complainOfKind(content, "a map", world);
  }
  const scope = apply(reading, values);
  if (scope?.kind === "keywords") return readStatements(content, scope, world);
  if (scope?.kind !== "items" || isNothing(content)) return;
  const isList = content.kind === "list";
  for (const item of isList ? content.items : [content]) {
    const words = inner?.kind === "items"
      ? itemWords(item, inner.grammar, world)
      : plainWords(item, inner?.kind === "words" ? inner.shape : ANY_TEXT, world, !isList);
    if (words.length > 0) scope.add(words, world.context);
  }
}

function plainWords(
  item: Node,
  shape: Shape,
  { context }: FrontEndWorld,
  isSplit: boolean,
): readonly Word[] {
  const words = item.kind === "scalar" && isSplit ? splitText(item) : [item];
  return words.map((each) => wordOf(each, shape, context.complaints))
    .filter((word) => word !== undefined);
}

const ANY_TEXT: Shape = { kind: "text" };

/** The words of a line: a text as it would stand there, or a map with its values and options. */
function itemWords(item: Node, grammar: Grammar, world: FrontEndWorld): readonly Word[] {
  if (item.kind !== "map") return plainWords(item, ANY_TEXT, world, true);
  const { complaints } = world.context;
  const { parameters, options } = grammar;
  const isName = ({ key }: Entry) => parameters.some(({ name }) => name === key.text);
  const known = [...parameters.map(({ name }) => name), ...Object.keys(options)];
  const unknown = item.entries.find(({ key }) => !known.includes(key.text));
  if (unknown) return complainOfWord(unknown.key, known, world), [];
  const names: Mapping = { ...item, entries: item.entries.filter(isName) };
  const words = wordsOf({ word: "the item", parameters }, names, complaints);
  if (!words || words === "none") return [];
  const all = [...words];
  for (const { key, value } of item.entries.filter((entry) => !isName(entry))) {
    const option = options[key.text];
    if (!option) continue;
    const isRepeated = value.kind === "list" && option.length === 1 && !option[0]?.many;
    for (const each of isRepeated ? value.items : [value]) {
      const given = wordsOf({ word: key.text, parameters: option }, each, complaints);
      if (given === undefined) return [];
      if (given !== "none") all.push({ text: key.text, place: key.place }, ...given);
    }
  }
  return all;
}

function isNothing(value: Node): boolean {
  return value.kind === "scalar" && value.type === "null";
}

function complainOfKind(value: Node, wanted: string, { context }: FrontEndWorld): void {
  const message = `${wanted} is wanted here, not ${kindName(value)}`;
  context.complaints.add("E211", value.place, message);
}

function complainOfKey(key: Scalar, value: Node, scope: KeywordScope, world: FrontEndWorld): void {
  if (scope.isSecret) hide(value, world);
  const other = world.belongsTo(key.text);
  complainOfWord(key, scope.words, world, other === undefined ? undefined : `it belongs ${other}`);
}

function complainOfWord(
  { text, place }: Scalar,
  known: readonly string[],
  { context }: FrontEndWorld,
  other?: string,
): void {
  const nearest = nearestWord(text, known);
  const hint = other ?? (nearest === undefined ? undefined : `did you mean '${nearest}'?`);
  context.complaints.add("E201", place, `unknown keyword ${quote(text)}`, hint);
}

/** What stands there is never shown. */
function hide(value: Node, world: FrontEndWorld): void {
  if (value.kind === "scalar") world.context.complaints.hide(value.place);
  else if (value.kind === "list") { for (const item of value.items) hide(item, world); }
  else for (const { value: each } of value.entries) hide(each, world);
}
