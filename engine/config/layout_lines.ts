/**
 * The lines of a laid out text: depth, braces, comments and empty lines.
 *
 * @module
 */
import { INDENT } from "./conf_writer.ts";
import { LINE_BYTES_MAX } from "./physical_lines.ts";

interface Line {
  /**
   * `statement`: a `{` may be put behind it; `fixed`: nothing may. `verbatim`: not even an indent
   * before it.
   */
  readonly kind: "statement" | "fixed" | "close" | "comment" | "blank" | "verbatim";
  depth: number;
  readonly condition: string;
  text: string;
  comment: string;
  opens: boolean;
}

/** Takes lines in the order of the text. */
export class LayoutLines {
  readonly #lines: Line[] = [];
  #depth = 0;
  /** Lines of an include, a definition and so on, which nothing may be moved across. */
  #remarkAt: Line | undefined;

  /** An empty line, unless there is one or nothing before it. */
  blank(): void {
    const last = this.#lines.at(-1);
    if (last && last.kind !== "blank" && !last.opens) this.#push("blank", "", "");
  }

  /** A comment on a line of its own. */
  comment(text: string): void {
    this.#separate();
    this.#push("comment", "", text.trim());
  }

  /** A line that stays as it is. */
  verbatim(text: string): void {
    this.#push("verbatim", "", text);
  }

  /** A line that only gets its indent. */
  fixed(condition: string, text: string, comment: string): void {
    this.#separate();
    this.#push("fixed", condition, text).comment = comment;
  }

  /** What will come of one line of the text. */
  begin(condition: string, types: readonly ("line" | "open" | "close")[]): void {
    this.#remarkAt = undefined;
    const last = this.#lines.at(-1);
    const isAlternative = condition !== "" && last !== undefined && last.condition !== "" &&
      last.condition !== condition;
    if (!isAlternative) return;
    // `@a x {` and `@b y {`: only one of them opens, and so with what closes.
    if (last.opens && types.find((type) => type !== "line") === "open") this.#depth--;
    else if (last.kind === "close" && types[0] === "close") this.#depth++;
  }

  /** A statement or an item. */
  statement(condition: string, text: string): void {
    this.#separate();
    this.#remarkAt = this.#push("statement", condition, text);
  }

  /** `{`: behind the line it belongs to, if that can be told. */
  open(condition: string): void {
    const at = this.#lines.findLastIndex(({ kind }) => kind !== "comment" && kind !== "blank");
    const line = this.#lines[at];
    const isBehind = line?.kind === "statement" && !line.opens && line.condition === condition &&
      (line === this.#remarkAt || !line.text.includes("$"));
    if (line && isBehind) {
      line.text += " {";
      line.opens = true;
      this.#remarkAt ??= line;
      for (const comment of this.#lines.slice(at + 1)) comment.depth++;
      if (this.#lines[at + 1]?.kind === "blank") this.#lines.splice(at + 1, 1);
    } else {
      this.#remarkAt = this.#push("statement", condition, "{");
      this.#remarkAt.opens = true;
    }
    this.#depth++;
  }

  /** `}` */
  close(condition: string): void {
    if (this.#lines.at(-1)?.kind === "blank") this.#lines.pop();
    this.#depth = Math.max(0, this.#depth - 1);
    this.#remarkAt = this.#push("close", condition, "}");
  }

  /** The comment behind the line; it must not be there twice. */
  remark(comment: string): void {
    if (comment === "" || !this.#remarkAt) return;
    if (this.#remarkAt.comment === "") this.#remarkAt.comment = comment;
    else this.#push("comment", "", comment.trim());
  }

  /** Everything, with a newline at its end. */
  text(): string {
    if (this.#lines.at(-1)?.kind === "blank") this.#lines.pop();
    return this.#lines.map((line) => `${written(line)}\n`).join("");
  }

  /** An empty line behind a block of the top level. */
  #separate(): void {
    const last = this.#lines.at(-1);
    if (last?.kind === "close" && this.#depth === 0) this.#push("blank", "", "");
  }

  #push(kind: Line["kind"], condition: string, text: string): Line {
    const line = { kind, depth: this.#depth, condition, text, comment: "", opens: false };
    this.#lines.push(line);
    return line;
  }
}

/** A line gets no indent that would make it too long to be read. */
function written({ kind, depth, condition, text, comment }: Line): string {
  if (kind === "verbatim" || kind === "blank") return text;
  const code = [condition, text].filter((part) => part !== "").join(" ") + comment;
  const line = INDENT.repeat(depth) + code;
  return new TextEncoder().encode(line).length < LINE_BYTES_MAX ? line : code;
}
