/**
 * Lengths, comments and words of every file.
 *
 * @module
 */
import { blanked, lineAt, type SourceFile, type Violation } from "./source.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const LINE_COLUMNS_MAX = 100;

/** A test's name is a sentence, which nobody can wrap. */
const LONG_STRING = /(["`])(?:(?!\1).){60,}\1/;

/**
 * Files and lines that are too long. A table under `deno-fmt-ignore` may be as wide as it is, and a
 * test may have a long name.
 */
export function checkLengths(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n");
    const violations: Violation[] = [];
    if (lines.length > FILE_LINES_MAX) {
      const problem = `${lines.length} lines, at most ${FILE_LINES_MAX}`;
      violations.push({ path, line: 1, problem });
    }
    let ignored: string | undefined;
    for (const [i, line] of lines.entries()) {
      const indent = /^\s*/.exec(line)?.[0] ?? "";
      if (line.trim() === "// deno-fmt-ignore") ignored = indent;
      else if (ignored !== undefined) {
        if (indent === ignored && /^\s*[\])}]|;$/.test(line)) ignored = undefined;
      } else if ([...line].length > LINE_COLUMNS_MAX && !(isTest(path) && LONG_STRING.test(line))) {
        violations.push({ path, line: i + 1, problem: `${[...line].length} columns` });
      }
    }
    return violations;
  });
}

function isTest(path: string): boolean {
  return path.endsWith("_test.ts");
}

/** Words before a parenthesis that make its block no function. */
const BLOCK_WORDS = /\b(if|for|while|switch|catch|with|await)\s*$/;
/** What a function's body follows: an arrow, or its parameters and the type of its result. */
const BODY_MAY_FOLLOW = /(=>|\)(\s*:\s*[^=;]{1,160})?)\s*$/;

/** Functions that are too long. */
export function checkFunctions(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const code = blanked(text, true);
    const violations: Violation[] = [];
    const open: { at: number; isFunction: boolean }[] = [];
    for (let at = 0; at < code.length; at++) {
      if (code.charAt(at) === "{") open.push({ at, isFunction: isBody(code, at) });
      if (code.charAt(at) !== "}") continue;
      const block = open.pop();
      if (!block?.isFunction) continue;
      const first = lineAt(code, block.at);
      const count = lineAt(code, at) - first + 1;
      if (count <= FUNCTION_LINES_MAX) continue;
      violations.push({ path, line: first, problem: `a function of ${count} lines` });
    }
    return violations;
  });
}

function isBody(code: string, brace: number): boolean {
  const before = code.slice(Math.max(0, brace - 200), brace);
  const match = BODY_MAY_FOLLOW.exec(before);
  if (!match) return false;
  if (match[1] === "=>") return true;
  let depth = 0;
  for (let at = brace - (before.length - match.index); at >= 0; at--) {
    if (code.charAt(at) === ")") depth++;
    if (code.charAt(at) === "(" && --depth === 0) {
      return !BLOCK_WORDS.test(code.slice(Math.max(0, at - 20), at));
    }
  }
  return false;
}

const EXPORT = new RegExp(
  "^export\\s+(?:(?:default|abstract|async|declare)\\s+)*" +
    "(const|let|function\\*?|class|interface|type|enum)\\s+(\\w+)",
);

/** Files but tests without `@module`, exports without a doc comment. */
export function checkDocs(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    if (path.endsWith(".d.ts")) return [];
    const violations: Violation[] = [];
    // The name of a test file says what it is.
    const needsHeader = !path.endsWith("_test.ts");
    const header = /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0];
    if (needsHeader && !header?.includes("@module")) {
      violations.push({ path, line: 1, problem: "no @module comment" });
    }
    const lines = text.split("\n");
    let previous = "";
    for (const [i, line] of lines.entries()) {
      const name = EXPORT.exec(line)?.[2];
      if (name === undefined) continue;
      const isOverload = name === previous;
      previous = name;
      if (isOverload || /\*\/\s*$/.test(above(lines, i))) continue;
      violations.push({ path, line: i + 1, problem: `${name} has no doc comment` });
    }
    return violations;
  });
}

/** The line above, not counting instructions to tools. */
function above(lines: readonly string[], index: number): string {
  let i = index - 1;
  while (/^\s*\/\/ deno-/.test(lines[i] ?? "")) i--;
  return lines[i] ?? "";
}

// Put together so that this file does not have them itself.
const word = (...parts: readonly string[]) => parts.join("");

const UNFINISHED = new RegExp(
  `\\b(${word("TO", "DO")}|${word("FIX", "ME")}|${word("X", "XX")})\\b`,
);
const UNCHECKED = new RegExp(
  `${word("deno-lint-", "ignore")}|@${word("ts-", "ignore")}|@${word("ts-", "expect-error")}|@${
    word("ts-", "nocheck")
  }`,
);
const UNNAMED = [
  word("house", ".md"),
  word("sha", "red/"),
  word("farm", "-bench"),
  word("duplicates", " --"),
];

/** Words that no file may have, whatever it is. */
export function checkWords(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) => {
      const found = [
        ...[UNFINISHED, UNCHECKED].flatMap((pattern) => pattern.exec(line)?.[0] ?? []),
        ...UNNAMED.filter((name) => line.includes(name)),
      ];
      return found.map((what) => ({ path, line: i + 1, problem: `has ${what}` }));
    })
  );
}

const ANY = /(:|\bas|<|\||&|=|,)\s*any\b(?!\s*([:(.]|=>))|\bany\[\]/g;
const NOT_NULL = /[\w)\]]!(?=[.;,)\]\[}\s](?!=))/g;

/** Types that switch the checker off. */
export function checkTypes(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const code = blanked(text, true);
    const problems: [RegExp, string][] = [[ANY, "the type any"], [
      NOT_NULL,
      "a non-null assertion",
    ]];
    return problems.flatMap(([pattern, problem]) =>
      Array.from(
        code.matchAll(pattern),
        ({ index }) => ({ path, line: lineAt(code, index), problem }),
      )
    );
  });
}

const TEST_BRANCH = new RegExp(
  "\\b(is|in|for|under|when)_?Test(s|ing)?\\b|\\btestMode\\b|" +
    "\\bNODE_ENV\\b|\\bDENO_TEST\\w*|\\bDeno\\s*\\.\\s*test\\b",
  "gi",
);

/** Production code that knows of tests. */
export function checkTestBranches(files: readonly SourceFile[]): Violation[] {
  return files.filter(({ path }) => !/^(tests|bench|packaging)\//.test(path)).flatMap((file) => {
    const code = blanked(file.text, false);
    return Array.from(code.matchAll(TEST_BRANCH), ({ 0: found, index }) => ({
      path: file.path,
      line: lineAt(code, index),
      problem: `has a branch for tests: ${found}`,
    }));
  });
}
