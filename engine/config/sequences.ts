/**
 * `~SEQ`, `~SEQx` and `~LST` lines: one line per number or value.
 *
 * ```text
 * ~SEQ(i, 1, 3) 192.0.2.$i                    1, 2, 3
 * ~SEQ(i, 10, -5, 0) …                        10, 5, 0
 * ~SEQx(i, 9, 11) 2001:db8::$i                9, a, b
 * ~LST({a, b}, {1, 2}, {3, 4}) 192.0.${a}.$b  192.0.1.2, 192.0.3.4
 * ```
 *
 * @module
 */
import { quote } from "./diagnostic.ts";
import { type Place, Text } from "./text.ts";

/** Most lines that one sequence makes. */
export const SEQUENCE_LINES_MAX = 100_000;

/** Values of the variables for one line. */
export type Assignment = readonly (readonly [name: string, value: Text])[];

/** A sequence: its head taken apart, and what stands behind it. */
export interface Sequence {
  /** In order; evaluated while they are used. */
  readonly assignments: Iterable<Assignment>;
  readonly body: Text;
}

/** Why a line that begins like a sequence is none. */
export interface Wrong {
  readonly wrong: string;
  readonly place: Place;
}

const HEAD = /^~(SEQx?|LST)[ \t]*\(/;

/**
 * Reads a line as a sequence; undefined if it is none. `expand` replaces definitions in the
 * parameters; it returns undefined if that went wrong and was complained about.
 */
export function readSequence(
  line: Text,
  expand: (parameters: Text) => Text | undefined,
): Sequence | Wrong | undefined {
  const head = HEAD.exec(line.chars);
  const kind = head?.[1];
  if (!head || kind === undefined) return undefined;
  const place = line.placeAt(0);
  const end = line.chars.indexOf(")", head[0].length);
  if (end < 0) return { wrong: `~${kind} without )`, place };
  const parameters = expand(line.slice(head[0].length, end));
  if (!parameters) return { wrong: "", place };
  const groups = splitGroups(parameters);
  if (!groups) return { wrong: `~${kind} with braces that do not match`, place };
  const made = kind === "LST" ? readList(groups, place) : readNumbers(kind, groups, place);
  return "wrong" in made ? made : { ...made, body: line.slice(end + 1).trim() };
}

/** Splits `{a, b}, {c, d}` or `a, b` at its commas: groups of values. */
function splitGroups(parameters: Text): Text[][] | undefined {
  const { chars } = parameters;
  const groups: Text[][] = [];
  let group: Text[] = [];
  let depth = 0;
  let isBraced = false;
  let start = 0;
  for (let i = 0; i <= chars.length; i++) {
    const char = i === chars.length ? "," : chars.charAt(i);
    if (char === "{") {
      if (depth > 0 || isBraced || chars.slice(start, i).trim() !== "") return undefined;
      depth++;
      start = i + 1;
    } else if (char === "}" || char === ",") {
      if (char === "}") {
        if (depth === 0) return undefined;
        depth--;
      }
      const closes = char === "}" || depth === 0;
      const value = parameters.slice(start, i).trim();
      // Behind a closing brace there is nothing but the comma.
      if (isBraced && value.chars !== "") return undefined;
      if (!isBraced) group.push(value);
      isBraced = char === "}";
      if (closes && !isBraced) {
        groups.push(group);
        group = [];
      }
      start = i + 1;
    }
  }
  return depth === 0 ? groups : undefined;
}

const NAME = /^[A-Za-z_]\w*$/;

function readList(
  groups: readonly (readonly Text[])[],
  place: Place,
): { assignments: Iterable<Assignment> } | Wrong {
  const [names = [], ...rows] = groups;
  const bad = names.find(({ chars }) => !NAME.test(chars));
  if (bad) return { wrong: `~LST with ${quote(bad.chars)} for a name`, place: bad.placeAt(0) };
  if (rows.length === 0) return { wrong: "~LST without values", place };
  for (const row of rows) {
    const surplus = row[names.length];
    if (surplus) return { wrong: "~LST with more values than names", place: surplus.placeAt(0) };
    const split = row.find(({ chars }) => /[ \t]/.test(chars));
    if (split) return { wrong: "~LST with a blank inside a value", place: split.placeAt(0) };
  }
  const empty = Text.madeUp("", place);
  return {
    assignments: rows.map((row) => names.map((name, i) => [name.chars, row[i] ?? empty] as const)),
  };
}

const INTEGER = /^-?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/;
const INTEGER_MAX = 2 ** 31;

/** Decimal, `0x` hexadecimal or `0` octal; undefined if the text is none, or out of 32 bits. */
function readInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.replace("-", "");
  const isOctal = /^0[0-7]+$/.test(digits);
  const size = isOctal ? parseInt(digits, 8) : Number(digits);
  if (size > INTEGER_MAX) return undefined;
  return text.startsWith("-") ? -size : size;
}

function readNumbers(
  kind: string,
  groups: readonly (readonly Text[])[],
  place: Place,
): { assignments: Iterable<Assignment> } | Wrong {
  const [name, ...texts] = groups.map(([text]) => text ?? Text.madeUp("", place));
  if (!name || !NAME.test(name.chars) || groups.some((group) => group.length > 1)) {
    return { wrong: `~${kind} without a name`, place };
  }
  const numbers: number[] = [];
  for (const text of texts) {
    const number = readInteger(text.chars);
    if (number === undefined) {
      return { wrong: `~${kind} with ${quote(text.chars)} for a number`, place: text.placeAt(0) };
    }
    numbers.push(number);
  }
  const range = readRange(numbers);
  if (typeof range === "string") return { wrong: `~${kind} ${range}`, place };
  const { start, step, count } = range;
  const isHex = kind === "SEQx";
  if (isHex && Math.min(start, start + step * (count - 1)) < 0) {
    return { wrong: "~SEQx with negative numbers", place };
  }
  return {
    assignments: {
      *[Symbol.iterator]() {
        for (let i = 0; i < count; i++) {
          const text = (start + step * i).toString(isHex ? 16 : 10);
          yield [[name.chars, Text.madeUp(text, place)] as const];
        }
      },
    },
  };
}

/** `end`, `start end` or `start step end`, or what is wrong with it. */
function readRange(
  numbers: readonly number[],
): { start: number; step: number; count: number } | string {
  const [first, second, third] = numbers;
  if (first === undefined || numbers.length > 3) return "takes one to three numbers";
  // One number counts up from 1, down from -1; 0 counts 1, 0.
  const start = second === undefined ? (first < 0 ? -1 : 1) : first;
  const end = third ?? second ?? first;
  const step = third === undefined || second === undefined ? (end < start ? -1 : 1) : second;
  if (step === 0 || (end - start) * step < 0) return "never gets to its end";
  const count = Math.floor((end - start) / step) + 1;
  return count > SEQUENCE_LINES_MAX
    ? `makes ${count} lines: at most ${SEQUENCE_LINES_MAX}`
    : { start, step, count };
}
