/**
 * A source file as the tidy rules see it: its text, the same with comments or strings blanked, and
 * what it imports. Not a parser: enough of TypeScript's words to tell code from text.
 *
 * @module
 */

/** A file of the project, or one made up by a test of the rules. */
export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What a rule found; `line` counts from 1. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

/** One `import`, `export … from` or `import()`. */
export interface Import {
  readonly specifier: string;
  /** The project's path, if the specifier is relative. */
  readonly path: string | undefined;
  readonly line: number;
  /** Imported names as the other file exports them; `*`: all of them. */
  readonly names: readonly string[];
}

/** What a `/` begins a regular expression after. */
const REGEXP_MAY_FOLLOW = /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\breturn|\btypeof|\bcase|=>)\s*$/;

/** The text with comments as spaces; `strings`: the contents of strings and templates too. */
export function blanked(text: string, strings: boolean): string {
  let out = "";
  let at = 0;
  const templates: number[] = [];
  let depth = 0;
  const copy = (end: number, visible: boolean) => {
    const part = text.slice(at, end);
    out += visible ? part : part.replace(/[^\n]/g, " ");
    at = end;
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = text.charAt(at);
    if (two === "//") copy(endOr(text.indexOf("\n", at), text), false);
    else if (two === "/*") copy(endOr(text.indexOf("*/", at + 2) + 2, text, 2), false);
    else if (one === '"' || one === "'") {
      copy(at + 1, true);
      copy(stringEnd(text, at, one), !strings);
      copy(at + 1, true);
    } else if (one === "`" || (one === "}" && templates.at(-1) === depth)) {
      if (one === "}") templates.pop();
      copy(at + 1, true);
      const end = templateEnd(text, at);
      copy(end, !strings);
      if (text.startsWith("${", at)) {
        templates.push(depth);
        copy(at + 2, true);
      } else copy(at + 1, true);
    } else if (one === "/" && REGEXP_MAY_FOLLOW.test(out.slice(-40))) {
      copy(at + 1, true);
      copy(regexpEnd(text, at), !strings);
      copy(at + 1, true);
    } else {
      if (one === "{") depth++;
      if (one === "}") depth--;
      copy(at + 1, true);
    }
  }
  return out;
}

function endOr(end: number, text: string, missing = 0): number {
  return end < missing || end < 0 ? text.length : end;
}

function stringEnd(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== quote && text.charAt(at) !== "\n") {
    at += text.charAt(at) === "\\" ? 2 : 1;
  }
  return at;
}

function templateEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== "`" && !text.startsWith("${", at)) {
    at += text.charAt(at) === "\\" ? 2 : 1;
  }
  return at;
}

function regexpEnd(text: string, from: number): number {
  let at = from;
  let inClass = false;
  while (at < text.length && text.charAt(at) !== "\n") {
    const one = text.charAt(at);
    if (one === "/" && !inClass) break;
    if (one === "[") inClass = true;
    if (one === "]") inClass = false;
    at += one === "\\" ? 2 : 1;
  }
  return at;
}

/** The number of the line that an offset is in, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const STATIC = /^(?:import|export)\b([^;"'`]*?)\bfrom\s*"([^"]+)"|^import\s*"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"/g;
const BY_NAME = /(?<!\bfrom\s*|\bimport\(?\s*)"([\w./-]+\.ts)"/g;

/** All that a file imports, loads, or names as a file to run. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const code = blanked(text, false);
  const found = (specifier: string, offset: number, names: readonly string[]): Import => ({
    specifier,
    path: specifier.startsWith(".") ? resolve(path, specifier) : undefined,
    line: lineAt(code, offset),
    names,
  });
  return [
    ...code.matchAll(STATIC).map(({ 1: clause = "", 2: from, 3: bare, index }) =>
      found(from ?? bare ?? "", index, namesIn(clause))
    ),
    ...code.matchAll(DYNAMIC).map(({ 1: from = "", index }) => found(from, index, ["*"])),
  ];
}

/** Files that a file names in a string, to run them: relative to itself, or to the project. */
export function namedBy({ path, text }: SourceFile): string[] {
  return Array.from(blanked(text, false).matchAll(BY_NAME), ({ 1: name = "" }) => name)
    .flatMap((name) => [name, resolve(path, name)]);
}

function namesIn(clause: string): string[] {
  if (clause.includes("*")) return ["*"];
  const inside = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  return inside.split(",").map((each) => each.trim().replace(/^type\s+/, ""))
    .map((each) => each.split(/\s+as\s+/)[0] ?? "").filter((each) => each !== "");
}

function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
