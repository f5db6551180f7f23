/**
 * Files to lines and braces: everything that works on text before a keyword is looked up.
 *
 * Per line, in this order: comment, `@ID` condition, definition, `~SEQ`, substitution, include,
 * braces. Text that a substitution brought in goes through all of it again.
 *
 * Everything is bounded: files, nesting, lines, and lines that are made of lines.
 *
 * @module
 */
import { REMARK_MARK } from "./allowances.ts";
import { absolutePath, type ConfigSource, directoryOf } from "./config_source.ts";
import { DEFINITION, Definitions } from "./definitions.ts";
import { type Complaints, quote } from "./diagnostic.ts";
import { findIncluded, type IncludeCheck, readInclude } from "./includes.ts";
import { MARK, PhysicalLines } from "./physical_lines.ts";
import type { Reading } from "./recollection.ts";
import { readSequence } from "./sequences.ts";
import { NO_TEXT, Text } from "./text.ts";
import { type Item, LineItems, splitAtBraces, withoutComment } from "./words.ts";

/** Most lines in all: of files, of sequences and of definitions. */
export const LINES_MAX = 1_000_000;
/** Most files in all. */
export const FILES_MAX = 10_000;
/** Deepest nesting of includes, and of definitions and sequences within one line. */
export const DEPTH_MAX = 32;

const NO_NAMES: ReadonlySet<string> = new Set();

/** A file that is being read. */
interface Frame {
  readonly file: string;
  readonly absolute: string;
  readonly lines: PhysicalLines;
  checks: readonly IncludeCheck[];
  /** The file that includes it. */
  readonly outer: Frame | undefined;
  readonly depth: number;
  /** What is left of a line that is not plain. Undefined stands for a file that was opened. */
  rest?: Iterator<Item | undefined> | undefined;
}

/** What reading depends on besides the files. */
export interface ReaderOptions {
  /** Name of this configuration, for `@ID` lines and `_INSTANCE`. */
  readonly configId: string;
  /** At least 0, less than 1; for `_RANDOM`. */
  readonly random: () => number;
}

/** Reads a file and what it includes. */
export class Reader {
  readonly #source: ConfigSource;
  readonly #complaints: Complaints;
  readonly #configId: string;
  readonly #definitions: Definitions;
  /** The innermost file. */
  #frame: Frame | undefined;
  /** What is left of a line with braces. */
  readonly #rest = new LineItems(NO_TEXT);
  /** For `_RANDOM`; `random_seed` replaces it. */
  random: () => number;
  /** Passes over blocks that are known. */
  reading: Reading | undefined;
  #fileCount = 0;
  #lineCount = 0;

  constructor(source: ConfigSource, complaints: Complaints, options: ReaderOptions) {
    this.#source = source;
    this.#complaints = complaints;
    this.#configId = options.configId;
    this.random = options.random;
    const world = {
      configId: options.configId,
      directory: () => this.#directory(),
      random: () => this.random(),
      getenv: (name: string) => source.getenv(name),
    };
    this.#definitions = new Definitions(world, complaints);
  }

  /** What a plain `include` checks, until the end of the file that is being read. */
  setIncludeChecks(checks: readonly IncludeCheck[]): void {
    if (this.#frame) this.#frame.checks = checks;
  }

  /** Begins with a file; what was begun before goes on when it ends. */
  open(path: string, includedAt = Text.ofLine({ file: path, number: 1, text: "" })): void {
    const place = includedAt.placeAt(0);
    const absolute = absolutePath(path, this.#source.currentDirectory());
    const outer = this.#frame;
    for (let frame = outer; frame; frame = frame.outer) {
      if (frame.absolute !== absolute) continue;
      this.#complaints.add("E122", place, `${quote(path)} includes itself`);
      return;
    }
    const depth = (outer?.depth ?? 0) + 1;
    if (depth > DEPTH_MAX || this.#fileCount >= FILES_MAX) {
      const message = this.#fileCount >= FILES_MAX
        ? `more than ${FILES_MAX} files`
        : `includes nested more than ${DEPTH_MAX} deep`;
      this.#complaints.add("E123", place, message);
      return;
    }
    this.#fileCount++;
    const content = this.#source.read(path);
    if ("error" in content) {
      this.#complaints.add("E121", place, `cannot read ${quote(path)}: ${content.error}`);
      return;
    }
    this.#complaints.noteFile(path);
    this.#source.noteConfig?.(path, content.bytes);
    const lines = new PhysicalLines(content.bytes, path, this.#complaints);
    if (lines.includes(REMARK_MARK)) {
      this.#complaints.noteRemarks(lines.readAhead().map((each) => each.placeAt(0).line));
    }
    this.#frame = { file: path, absolute, lines, checks: outer?.checks ?? [], outer, depth };
  }

  /** The next line or brace. What a keyword sets holds for the lines after it. */
  next(): Item | undefined {
    const item = this.#next();
    if (item && this.#frame) this.reading?.see(item, this.#frame.lines);
    return item;
  }

  #next(): Item | undefined {
    const next = this.#rest.next();
    if (next) return next;
    for (let frame = this.#frame; frame; frame = this.#frame) {
      if (frame.rest) {
        const { done, value } = frame.rest.next();
        if (done) frame.rest = undefined;
        else if (value) return value;
        continue;
      }
      if (this.reading?.passes(frame.lines)) continue;
      if (!frame.lines.advance()) this.#frame = frame.outer;
      else {
        const item = this.#begin(frame.lines, frame);
        if (item) return item;
      }
    }
    return undefined;
  }

  /** Begins with a line; returns its first item if it is plain, as nearly every one is. */
  #begin(lines: PhysicalLines, frame: Frame): Item | undefined {
    const length = lines.end - lines.start;
    if (length === 0) return undefined;
    if ((lines.marks & MARK.special) !== 0 || lines.mayInclude()) {
      const line = lines.text();
      frame.rest = this.#line(withoutComment(line).trim(), NO_NAMES, 0, line);
      return undefined;
    }
    if (this.#lineCount < LINES_MAX) this.#lineCount++;
    else if (!this.#maySpend(lines.text(), 0)) return undefined;
    if (lines.braceAt < 0) return lines.text();
    // A third of the lines are a brace and nothing else.
    if (length === 1) return lines.brace();
    this.#rest.begin(lines.text(), lines.braceAt);
    return this.#rest.next();
  }

  #directory(): string {
    const absolute = this.#frame?.absolute ?? "/";
    return directoryOf(absolute).replace(/(.)\/$/, "$1");
  }

  /** Whether another line may be made; complains about the first that may not. */
  #maySpend(text: Text, depth: number): boolean {
    if (depth > DEPTH_MAX) {
      const message = `definitions and sequences nested more than ${DEPTH_MAX} deep`;
      this.#complaints.add("E108", text.placeAt(0), message);
      return false;
    }
    if (this.#lineCount < LINES_MAX) {
      this.#lineCount++;
      return true;
    }
    if (this.#lineCount === LINES_MAX) {
      this.#lineCount++;
      this.#complaints.add("E108", text.placeAt(0), `more than ${LINES_MAX} lines`);
    }
    return false;
  }

  /**
   * One line without comment. `active`: the definitions it comes from. `whole`: the line as it
   * stands in the file, if that is where it comes from; only such a line can be continued.
   */
  *#line(
    text: Text,
    active: ReadonlySet<string>,
    depth: number,
    whole?: Text,
  ): Generator<Item | undefined> {
    if (text.chars === "" || !this.#maySpend(text, depth)) return;
    const { line, holds } = this.#readCondition(text);
    if (DEFINITION.test(line.chars)) return this.#define(line, whole, holds);
    if (!holds || line.chars === "") return;
    if (line.chars.startsWith("~")) {
      const isSequence = yield* this.#sequence(line, active, depth);
      if (isSequence) return;
    }
    const expansion = this.#definitions.expand(line, active);
    if (!expansion) return;
    const { lines, names, isMultiLine } = expansion;
    const inner = active.union(names);
    for (const each of lines) {
      if (names.size === 0) {
        yield* this.#plain(each);
        continue;
      }
      const clean = withoutComment(each).trim();
      if (isMultiLine || /^[~@]/.test(clean.chars)) yield* this.#line(clean, inner, depth + 1);
      else yield* this.#plain(clean);
    }
  }

  /** The line without its `@ID` or `@^ID`, and whether it holds here. */
  #readCondition(text: Text): { line: Text; holds: boolean } {
    const condition = /^@(\^?)([^ \t]*)[ \t]*/.exec(text.chars);
    if (!condition) return { line: text, holds: true };
    const isNegated = condition[1] === "^";
    const holds = (condition[2] === this.#configId) !== isNegated;
    return { line: text.slice(condition[0].length), holds };
  }

  /** Reads a definition to its last line, also one that does not hold: its lines belong to it. */
  #define(line: Text, whole: Text | undefined, holds: boolean): void {
    const head = DEFINITION.exec(line.chars);
    const name = head?.[1];
    if (!head || name === undefined) return;
    const values: Text[] = [];
    let value = line.slice(head[0].length);
    let current = whole;
    for (;;) {
      // A comment may stand before the backslash or behind it.
      const isContinued = current !== undefined &&
        (value.chars.endsWith("\\") || current.chars.trimEnd().endsWith("\\"));
      values.push(value.chars.endsWith("\\") ? value.slice(0, -1).trim() : value);
      if (!isContinued) break;
      current = this.#frame?.lines.next();
      if (!current || current.chars.trim() === "") break;
      value = withoutComment(current).trim();
    }
    if (holds) this.#definitions.set(name, values);
  }

  /** Whether the line was a sequence, whose lines were then read. */
  *#sequence(
    line: Text,
    active: ReadonlySet<string>,
    depth: number,
  ): Generator<Item | undefined, boolean> {
    const expandOne = (text: Text) => {
      const expansion = this.#definitions.expand(text, active);
      if (!expansion?.isMultiLine) return expansion?.lines[0];
      this.#complaints.add("E109", text.placeAt(0), "definition of several lines as a parameter");
      return undefined;
    };
    const sequence = readSequence(line, expandOne);
    if (!sequence) return false;
    if ("wrong" in sequence) {
      if (sequence.wrong !== "") this.#complaints.add("E109", sequence.place, sequence.wrong);
      return true;
    }
    for (const assignment of sequence.assignments) {
      if (this.#lineCount > LINES_MAX) break;
      for (const [name, value] of assignment) this.#definitions.set(name, [value]);
      yield* this.#line(sequence.body, active, depth + 1);
    }
    return true;
  }

  *#plain(line: Text): Generator<Item | undefined> {
    const include = readInclude(line.chars);
    if (!include) {
      yield* splitAtBraces(line);
      return;
    }
    const at = line.slice(Math.min(include.patternColumn, line.chars.length - 1));
    const place = at.placeAt(0);
    if (include.pattern === "") {
      this.#complaints.add("E126", line.placeAt(0), "include without a file name");
      return;
    }
    const frame = this.#frame;
    const checks = include.checks ?? frame?.checks ?? [];
    const directory = directoryOf(frame?.file ?? "");
    const complain = { complaints: this.#complaints, place };
    for (const path of findIncluded(include.pattern, directory, checks, this.#source, complain)) {
      this.open(path, at);
      yield undefined;
    }
  }
}
