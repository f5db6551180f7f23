/**
 * A tree of statements as keepalived.conf.
 *
 * Words are quoted only where they must be. Some cannot be written at all: an ordinary keyword has
 * no way to a double quote inside a word.
 *
 * @module
 */
import { DEFINITION } from "./definitions.ts";
import { readInclude } from "./includes.ts";
import { own } from "./own.ts";
import { LINE_BYTES_MAX } from "./physical_lines.ts";
import type { Remarked } from "./remarks.ts";
import type { Branch } from "./statement_tree.ts";
import { Text } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { splitAtBraces, splitWords, withoutComment, type Word, type Words } from "./words.ts";

/** Columns for each block that a line stands in. */
export const INDENT = "    ";

/** A text, and the words that it could not hold. */
export interface Written {
  readonly text: string;
  readonly lost: readonly Word[];
}

type Split = (text: Text) => Words;

/** Writes a tree. */
export function writeConf(
  branches: readonly Branch[],
  vocabulary: Vocabulary<never>,
  remarked: Remarked = new Map(),
): Written {
  const writer = new Writer(remarked);
  writer.statements(branches, vocabulary, 0);
  return { text: writer.lines.map((line) => `${line}\n`).join(""), lost: writer.lost };
}

class Writer {
  readonly lines: string[] = [];
  readonly lost: Word[] = [];
  readonly #remarked: Remarked;

  constructor(remarked: Remarked) {
    this.#remarked = remarked;
  }

  statements(branches: readonly Branch[], { keywords }: Vocabulary<never>, depth: number): void {
    for (const [i, branch] of branches.entries()) {
      if (depth === 0 && i > 0) this.lines.push("");
      const keyword = own(keywords, branch.keyword.text);
      const isBlock = branch.children !== undefined || branch.lines !== undefined;
      const words = [branch.keyword, ...branch.values];
      this.#line(words, keyword?.split ?? splitWords, depth, branch, isBlock);
      const { inner } = keyword ?? {};
      if (branch.children && inner?.kind === "keywords") {
        this.statements(branch.children, inner.vocabulary, depth + 1);
      }
      for (const line of branch.lines ?? []) this.#line(line, splitWords, depth + 1, line, false);
      if (isBlock) this.#push("}", depth);
    }
  }

  #line(
    words: readonly Word[],
    split: Split,
    depth: number,
    of: Branch | readonly Word[],
    opens: boolean,
  ): void {
    const remarks = this.#remarked.get(of);
    for (const remark of remarks?.before ?? []) this.#push(remark, depth);
    const code = this.#code(words, split);
    if (code === undefined) this.lost.push(...words.slice(0, 1));
    const behind = remarks?.behind === undefined ? "" : `  ${remarks.behind}`;
    this.#push(`${code ?? ""}${opens ? " {" : ""}${behind}`, depth);
  }

  /** A line is put out without its indent or its comment before it gets too long to be read. */
  #push(line: string, depth: number): void {
    const whole = INDENT.repeat(depth) + line;
    this.lines.push(new TextEncoder().encode(whole).length < LINE_BYTES_MAX ? whole : line);
  }

  #code(words: readonly Word[], split: Split): string | undefined {
    const written = words.map((word) => writeWord(word.text, split));
    if (written.includes(undefined)) return undefined;
    const line = written.join(" ");
    const first = words[0]?.text ?? "";
    // A line that would begin like something else: its first word is quoted.
    const isOther = DEFINITION.test(line) || readInclude(line) !== undefined;
    return isOther ? [`"${first}"`, ...written.slice(1)].join(" ") : line;
  }
}

const PLAIN = /^[\w.,:;/%+*=?&()<>|^[\]-]+$/;

/** A word as it is written on a line that is split so; undefined if it cannot be. */
export function writeWord(word: string, split: Split = splitWords): string | undefined {
  if (PLAIN.test(word)) return word;
  const escaped = word.replaceAll(/[#!]/g, "\\$&");
  return [`"${word}"`, word, `'${word}'`, escaped, `'${escaped}'`].find((written) =>
    isReadAs(written, word, split)
  );
}

/** Replaced wherever they stand. */
const BUILTIN = /\$\{?_(?:PWD|INSTANCE|RANDOM|ENV|HASH|BANG)\b/;

/** Whether a text, among words of a line, is read as that word. */
function isReadAs(written: string, word: string, split: Split): boolean {
  if (/[\r\n\0]/.test(written) || BUILTIN.test(written)) return false;
  // Outside quotes a name in braces must be defined.
  if (written.includes("${") && !written.startsWith('"')) return false;
  const text = `x ${written}`;
  const whole = withoutComment(Text.ofLine({ file: "", number: 1, text: `${text} x` })).trim();
  const [line, ...more] = splitAtBraces(whole);
  if (line?.type !== "line" || more.length > 0) return false;
  const { words, openQuoteAt } = split(line);
  return openQuoteAt === undefined && words.length === 3 && words[1]?.text === word;
}
