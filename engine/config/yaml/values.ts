/**
 * YAML values to the words behind a keyword or an option.
 *
 * ```text
 * a flag                    true; false is as if it were not there
 * one value                 a scalar; a duration may have a unit: 100ms, 2s, 5m
 * several values            a list, a map with their names, or one text with blanks between them
 * ```
 *
 * @module
 */
import { type Code, type Complaints, quote } from "../diagnostic.ts";
import { nearestWord } from "../nearest_word.ts";
import type { Parameter, Shape } from "../shape.ts";
import { Text } from "../text.ts";
import { splitWords, type Word } from "../words.ts";
import { durationIn } from "./duration.ts";
import { kindName, type Mapping, type Node, type Scalar } from "./node.ts";

/** Where values belong. */
export interface Wanted {
  /** The keyword or the option. */
  readonly word: string;
  readonly parameters: readonly Parameter[];
}

/** The words; "none" if it is as if the keyword were not there; undefined after a complaint. */
export function wordsOf(
  wanted: Wanted,
  value: Node,
  complaints: Complaints,
): readonly Word[] | "none" | undefined {
  const { word, parameters } = wanted;
  const [first] = parameters;
  const isComplete = first === undefined || first.optional === true;
  if (value.kind === "map") return fromMap(wanted, value, complaints);
  if (value.kind === "list") return fromList(wanted, value.items, value, complaints);
  if (value.type === "null") {
    return isComplete ? [] : wrong("E208", value, `${quote(word)} needs a value`, complaints);
  }
  if (value.type === "boolean" && isComplete && !(first && takesFalse(first.shape))) {
    return value.text.toLowerCase() === "true" ? [] : "none";
  }
  if (first === undefined) {
    const message = `${quote(word)} is true or false, not ${kindName(value)}`;
    return wrong("E211", value, message, complaints);
  }
  // A toggle: true is what its mere presence says.
  if (value.type === "boolean" && isComplete && value.text.toLowerCase() === "true") return [];
  return fromList(wanted, splitScalar(value, parameters), value, complaints);
}

/** One word, as `shape` wants it; undefined after a complaint. */
export function wordOf(value: Node, shape: Shape, complaints: Complaints): Word | undefined {
  if (value.kind !== "scalar") {
    return wrong("E211", value, `one value is wanted here, not ${kindName(value)}`, complaints);
  }
  if (value.type === "null") return wrong("E208", value, "a value is wanted here", complaints);
  const text = value.text.replace(/\n$/, "");
  if (/[\0-\x08\x0a-\x1f]/.test(text)) {
    return wrong("E211", value, "a value cannot have control characters or lines", complaints);
  }
  return { text: inUnit(text, shape), place: value.place };
}

/** Text with blanks, where more than one value may stand, is several. */
function splitScalar(value: Scalar, parameters: readonly Parameter[]): readonly Node[] {
  const [first] = parameters;
  const takesOne = parameters.length === 1 && !first?.many;
  return takesOne || first?.shape.kind === "command" ? [value] : splitText(value);
}

/** The words in a text, each a scalar of its own. */
export function splitText(value: Scalar): readonly Scalar[] {
  if (value.type !== "string" || !/[\s"]/.test(value.text)) return [value];
  const { words } = splitWords(Text.madeUp(value.text, value.place));
  return words.map(({ text, place }) => ({ kind: "scalar", type: "string", text, place }));
}

function fromList(
  { word, parameters }: Wanted,
  items: readonly Node[],
  whole: Node,
  complaints: Complaints,
): readonly Word[] | undefined {
  const last = parameters.at(-1);
  const least = parameters.filter(({ optional }) => !optional).length;
  if (items.length < least) {
    const message = least === 1
      ? `${quote(word)} needs a value`
      : `${quote(word)} needs ${least} values`;
    return wrong("E208", items[0] ?? whole, message, complaints);
  }
  const surplus = last?.many ? undefined : items[parameters.length];
  if (surplus) {
    const most = parameters.length === 1 ? "one value" : `${parameters.length} values at most`;
    return wrong("E211", surplus, `${quote(word)} takes ${most}`, complaints);
  }
  return complete(items.map((item, i) => {
    const shape = (parameters[i] ?? last)?.shape;
    return shape && wordOf(item, shape, complaints);
  }));
}

function fromMap(
  { word, parameters }: Wanted,
  { entries, place }: Mapping,
  complaints: Complaints,
): readonly Word[] | undefined {
  const names = parameters.map(({ name }) => name);
  for (const { key } of entries) {
    if (names.includes(key.text)) continue;
    const near = nearestWord(key.text, names);
    const hint = near === undefined ? `known are ${names.join(", ")}` : `did you mean '${near}'?`;
    const message = `unknown key ${quote(key.text)} of ${quote(word)}`;
    complaints.add("E201", key.place, message, parameters.length === 0 ? undefined : hint);
    return undefined;
  }
  const given = new Map(entries.map(({ key, value }) => [key.text, value]));
  // Words are told apart by their order: none may be left out before one that is there.
  const last = parameters.findLastIndex(({ name }) => given.has(name));
  const missing = parameters.find(({ name, optional }, i) =>
    !given.has(name) && (i < last || !optional)
  );
  if (missing) {
    complaints.add("E208", place, `${quote(word)} needs ${quote(missing.name)}`);
    return undefined;
  }
  return complete(
    parameters.slice(0, last + 1).flatMap(({ name, shape, many }) => {
      const value = given.get(name);
      const items = !value ? [] : many && value.kind === "list" ? value.items : [value];
      return items.map((item) => wordOf(item, shape, complaints));
    }),
  );
}

function complete(words: readonly (Word | undefined)[]): readonly Word[] | undefined {
  const whole = words.filter((word) => word !== undefined);
  return whole.length === words.length ? whole : undefined;
}

function inUnit(text: string, shape: Shape): string {
  if (shape.kind === "time") return durationIn(shape.unit, text) ?? text;
  if (shape.kind !== "anyOf") return text;
  const times = shape.shapes.filter((each) => each.kind === "time");
  const [time] = times;
  return time && times.length === 1 ? inUnit(text, time) : text;
}

/** Whether `false` is a word there. */
function takesFalse(shape: Shape): boolean {
  return shape.kind === "boolean" ||
    (shape.kind === "choice" && shape.words.includes("false")) ||
    (shape.kind === "anyOf" && shape.shapes.some(takesFalse));
}

function wrong(code: Code, { place }: Node, message: string, complaints: Complaints): undefined {
  complaints.add(code, place, message);
  return undefined;
}
