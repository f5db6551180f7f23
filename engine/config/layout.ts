/**
 * keepalived.conf in one layout: four columns a block, `{` behind its keyword, one statement or
 * item a line, single blanks between words, at most one empty line.
 *
 * Works on lines as they stand, so comments, definitions, conditions, sequences and includes stay.
 * What cannot be taken apart without a change of its meaning is left as it is.
 *
 * @module
 */
import { INDENT } from "./conf_writer.ts";
import { DEFINITION } from "./definitions.ts";
import { readInclude } from "./includes.ts";
import { LayoutLines } from "./layout_lines.ts";
import { LINE_BYTES_MAX } from "./physical_lines.ts";
import { Text } from "./text.ts";
import { commentStart, splitAtBraces } from "./words.ts";

/** The text in that layout; the same again for a text that is in it. */
export function layOut(text: string): string {
  const lines = text.replace(/^\ufeff/, "").replace(/\n$/, "").split("\n").map((line) =>
    line.replace(/\r+$/, "")
  );
  const layout = new Layout(lines);
  return layout.run();
}

/** A physical line, taken apart. */
interface Parts {
  /** `@ID` and what stands for it on lines that are made of this one. */
  readonly condition: string;
  readonly code: string;
  readonly comment: string;
}

class Layout {
  readonly #lines: readonly string[];
  readonly #out = new LayoutLines();
  #next = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  run(): string {
    for (let line = this.#take(); line !== undefined; line = this.#take()) this.#line(line);
    return this.#out.text();
  }

  #take(): string | undefined {
    return this.#lines[this.#next++];
  }

  #line(line: string): void {
    if (stripped(line) === "") return this.#out.blank();
    const isUnread = new TextEncoder().encode(line).length >= LINE_BYTES_MAX || line.includes("\0");
    if (isUnread) return this.#out.verbatim(line);
    const { condition, code, comment } = partsOf(line);
    if (condition === "" && code === "") return this.#out.comment(comment);
    if (DEFINITION.test(code)) return this.#definition(line);
    const include = readInclude(code);
    if (include) {
      const [word = ""] = code.split(/[ \t]/, 1);
      this.#out.fixed(condition, stripped(`${word} ${include.pattern}`), comment);
    } else if (code.startsWith("~") || code === "" || !isSplit(code)) {
      this.#out.fixed(condition, code, comment);
    } else this.#statements({ condition, code, comment });
  }

  /** A definition goes on as long as its lines end with a backslash. */
  #definition(first: string): void {
    this.#out.fixed("", stripped(first), "");
    for (let line = first; isContinued(line);) {
      const next = this.#take();
      if (next === undefined) return;
      // An empty line ends it, and must stay for that.
      if (next.trim() === "") return this.#out.verbatim("");
      this.#out.verbatim(INDENT + stripped(next));
      line = next;
    }
  }

  #statements({ condition, code, comment }: Parts): void {
    const items = itemsOf(code);
    this.#out.begin(condition, items.map(({ type }) => type));
    for (const item of items) {
      if (item.type === "open") this.#out.open(condition);
      else if (item.type === "close") this.#out.close(condition);
      else this.#out.statement(condition, singleBlanks(item.text));
    }
    this.#out.remark(comment);
  }
}

function partsOf(line: string): Parts {
  const end = commentStart(line);
  const isGlued = end > 0 && end < line.length && !/[ \t\f\v\r]/.test(line.charAt(end - 1));
  const comment = line.slice(end).trimEnd();
  const whole = stripped(line.slice(0, end));
  const condition = /^@[^ \t]*/.exec(whole)?.[0] ?? "";
  const code = stripped(whole.slice(condition.length));
  // What is glued to a word is perhaps not meant as a comment: that must stay visible.
  return { condition, code, comment: isGlued || comment === "" ? comment : `  ${comment}` };
}

/** Without blanks at both ends; only those that are blanks for the reader. */
function stripped(text: string): string {
  return text.replace(/^[ \t\f\v\r]+|[ \t\f\v\r]+$/g, "");
}

function isContinued(line: string): boolean {
  return line.trimEnd().endsWith("\\") ||
    line.slice(0, commentStart(line)).trimEnd().endsWith("\\");
}

/** What a line falls into. */
type Part =
  | { readonly type: "line"; readonly text: string }
  | { readonly type: "open" }
  | { readonly type: "close" };

const NAME_IN_BRACES = /\$\{[A-Za-z_]\w*[^{}]*\}/g;

/** The line and its braces; those of `${NAME}` are none. */
function itemsOf(code: string): readonly Part[] {
  const masked = code.replaceAll(NAME_IN_BRACES, (name) => "$".padEnd(name.length, "_"));
  return splitAtBraces(Text.ofLine({ file: "", number: 1, text: masked })).map((item) => {
    if (item.type !== "line") return { type: item.type };
    return { type: "line", text: code.slice(item.start, item.end) };
  });
}

/** Whether the parts of a line may stand on lines of their own. */
function isSplit(code: string): boolean {
  if ((code.split('"').length - 1) % 2 !== 0) return false; // What ends where is not known.
  const items = itemsOf(code);
  const hasNames = code.includes("$");
  const [first, second] = items;
  if (items.length === 1) return true;
  if (items.length === 2 && first?.type === "line" && second?.type === "open") {
    // A name is one before a blank, but not before what is glued to it.
    return !hasNames || /\s\{$/.test(code);
  }
  // Names may stand for several lines, and a line of its own may mean something else.
  return !hasNames &&
    items.every((item) =>
      item.type !== "line" || !(/^[@~]/.test(item.text) || readInclude(item.text))
    );
}

/** One blank between words, unless quotes or backslashes may make blanks part of them. */
function singleBlanks(code: string): string {
  if (/['\\]/.test(code)) return code;
  return code.split('"').map((part, i) => i % 2 === 1 ? part : part.replace(/[ \t\f\v\r]+/g, " "))
    .join('"');
}
