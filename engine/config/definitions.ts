/**
 * `$NAME=VALUE` definitions and their use.
 *
 * `${NAME}` is replaced anywhere, `$NAME` where a blank, `,`, `)` or the end of the line follows.
 * Values are stored as written and replaced when used, left to right; what a value brings in is
 * looked at again, so definitions may use others, also later ones. A value of several lines can be
 * used where the line ends; each of its lines is then a line of its own.
 *
 * An unknown name outside double quotes is an error: left in place, its braces would tear the line.
 * Inside quotes it is left alone, because scripts have variables, too.
 *
 * @module
 */
import { builtinValue, type BuiltinWorld } from "./builtins.ts";
import { type Complaints, quote } from "./diagnostic.ts";
import { type Place, Text } from "./text.ts";

/** Longest line after substitution, in UTF-16 units. */
export const EXPANDED_CHARS_MAX = 1_023;
/**
 * Replacements on one line; a hard bound beside the search for definitions that need themselves.
 */
const REPLACEMENTS_MAX = 1_000;
const DEFINITIONS_MAX = 100_000;

/** The beginning of a definition line; the value follows. */
export const DEFINITION = /^\$([A-Za-z_]\w*)=[ \t]*/;

/** What became of a line. */
export interface Expansion {
  /** Its lines; the first is fully expanded unless `isMultiLine`. */
  readonly lines: readonly Text[];
  /** Names that were replaced. */
  readonly names: ReadonlySet<string>;
  /** The lines are those of a multi-line value, still to be expanded. */
  readonly isMultiLine: boolean;
}

/** A use of a name within a line. */
interface Reference {
  readonly name: string;
  /** What stands behind the name within braces. */
  readonly parameters: string;
  readonly length: number;
  readonly isBraced: boolean;
}

/** The definitions known so far. */
export class Definitions {
  readonly #values = new Map<string, readonly Text[]>();
  readonly #world: BuiltinWorld;
  readonly #complaints: Complaints;

  constructor(world: BuiltinWorld, complaints: Complaints) {
    this.#world = world;
    this.#complaints = complaints;
  }

  /** Defines a name, or defines it anew. */
  set(name: string, lines: readonly Text[]): void {
    if (this.#values.size >= DEFINITIONS_MAX && !this.#values.has(name)) {
      const place = lines[0]?.placeAt(0);
      if (place) this.#complaints.add("E108", place, `more than ${DEFINITIONS_MAX} definitions`);
      return;
    }
    this.#values.set(name, lines);
  }

  /** Whether a name is defined. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /**
   * Replaces the names on a line. Undefined if that went wrong, which was then complained about.
   * `active`: names whose text this line is part of; using them again would never end.
   */
  expand(line: Text, active: ReadonlySet<string>): Expansion | undefined {
    return new LineExpansion(this, this.#complaints, active).run(line);
  }

  /** The value of a name, its own or built in. */
  valueOf({ name, parameters }: Reference, place: Place): readonly Text[] | "wrong" | undefined {
    const lines = this.#values.get(name);
    if (lines && parameters === "") return lines;
    const builtin = builtinValue(name, parameters, this.#world);
    if (builtin === undefined) return undefined;
    if (typeof builtin === "string") return [Text.madeUp(builtin, place)];
    this.#complaints.add("E110", place, builtin.wrong);
    return "wrong";
  }
}

/** The work on one line. */
class LineExpansion {
  readonly #definitions: Definitions;
  readonly #complaints: Complaints;
  readonly #outer: ReadonlySet<string>;
  readonly #names = new Set<string>();
  /** Names whose text is being looked at, each with how much of the line follows that text. */
  #nested: { readonly name: string; readonly restLength: number }[] = [];
  #done: Text[] = [];
  #doneLength = 0;
  #isQuoted = false;

  constructor(definitions: Definitions, complaints: Complaints, outer: ReadonlySet<string>) {
    this.#definitions = definitions;
    this.#complaints = complaints;
    this.#outer = outer;
  }

  run(line: Text): Expansion | undefined {
    let rest = line;
    for (let count = 0; count < REPLACEMENTS_MAX; count++) {
      const dollarAt = rest.chars.indexOf("$");
      // Text that begins with ~ is a sequence: its own variables must not be replaced before it
      // runs.
      const isSequence = count > 0 && this.#doneLength === 0 && rest.chars.startsWith("~");
      if (dollarAt < 0 || isSequence) return this.#finish(rest);
      this.#take(rest.slice(0, dollarAt));
      rest = rest.slice(dollarAt);
      this.#nested = this.#nested.filter(({ restLength }) => rest.chars.length > restLength);
      const next = this.#replace(rest);
      if (next === undefined || "lines" in next) return next;
      if (this.#doneLength + next.chars.length > EXPANDED_CHARS_MAX) return this.#tooLong(line);
      rest = next;
    }
    return this.#tooLong(line);
  }

  /** Replaces the name that `rest` begins with; what is then left to look at, or the end. */
  #replace(rest: Text): Text | Expansion | undefined {
    const place = rest.placeAt(0);
    const reference = readReference(rest.chars);
    if (!reference) {
      this.#advise(rest.chars, place);
      return this.#keep(rest, 1);
    }
    const { name, length, isBraced } = reference;
    const value = this.#definitions.valueOf(reference, place);
    if (value === "wrong") return undefined;
    if (value === undefined) {
      if (!isBraced || this.#isQuoted) return this.#keep(rest, length);
      const hint = `\${${name}} needs a line $${name}=VALUE before it`;
      return this.#complain("E104", place, `unknown definition ${quote(name)}`, hint);
    }
    if (this.#outer.has(name) || this.#nested.some((outer) => outer.name === name)) {
      return this.#complain("E105", place, `definition ${quote(name)} needs itself`);
    }
    this.#names.add(name);
    const behind = rest.slice(length);
    const [first, ...others] = value.map((line) => line.broughtInAt(place));
    if (!first) return behind;
    if (others.length > 0) {
      if (behind.chars.trim() === "") {
        const lines = [Text.join([...this.#done, first]), ...others];
        return { lines, names: this.#names, isMultiLine: true };
      }
      const message = `definition ${quote(name)} of several lines can only end a line`;
      return this.#complain("E106", place, message);
    }
    this.#nested.push({ name, restLength: behind.chars.length });
    return behind.chars === "" ? first : Text.join([first, behind]);
  }

  /** `$IP/24` looks like a use of `$IP`, but is none. */
  #advise(chars: string, place: Place): void {
    const name = /^\$([A-Za-z_]\w*)/.exec(chars)?.[1];
    if (name === undefined || this.#isQuoted || !this.#definitions.has(name)) return;
    const next = quote(chars.charAt(name.length + 1));
    const message = `$${name} before ${next} is not replaced`;
    this.#complaints.add("W602", place, message, `\${${name}} is`);
  }

  #keep(rest: Text, length: number): Text {
    this.#take(rest.slice(0, length));
    return rest.slice(length);
  }

  #take(text: Text): void {
    if (text.chars === "") return;
    this.#done.push(text);
    this.#doneLength += text.chars.length;
    for (const char of text.chars) if (char === '"') this.#isQuoted = !this.#isQuoted;
  }

  #finish(rest: Text): Expansion {
    this.#take(rest);
    const line = Text.join(this.#done.length > 0 ? this.#done : [rest]);
    return { lines: [line], names: this.#names, isMultiLine: false };
  }

  #tooLong(line: Text): undefined {
    const message = `text of more than ${EXPANDED_CHARS_MAX} characters after substitution`;
    return this.#complain("E107", line.placeAt(0), message);
  }

  #complain(code: "E104" | "E105" | "E106" | "E107", place: Place, text: string, hint?: string) {
    this.#complaints.add(code, place, text, hint);
    return undefined;
  }
}

const BRACED = /^\$\{([A-Za-z_]\w*)((?:[ \t]+[^{}]*)?)\}/;
const BARE = /^\$([A-Za-z_]\w*)(?=[ \t,)]|$)/;

function readReference(chars: string): Reference | undefined {
  const braced = BRACED.exec(chars);
  const match = braced ?? BARE.exec(chars);
  const name = match?.[1];
  if (!match || name === undefined) return undefined;
  return {
    name,
    parameters: braced?.[2]?.trim() ?? "",
    length: match[0].length,
    isBraced: braced !== null,
  };
}
