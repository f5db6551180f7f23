/**
 * The rules of the house, as tests; each is proven with a planted violation.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { checkBarrels, checkCircles, checkLayers } from "./tidy/layers.ts";
import { checkDeadExports, checkDeadFiles } from "./tidy/reach.ts";
import {
  checkDocs,
  checkFunctions,
  checkLengths,
  checkTestBranches,
  checkTypes,
  checkWords,
} from "./tidy/shape.ts";
import { blanked, importsOf, type SourceFile, type Violation } from "./tidy/source.ts";

const ROOT = new URL("../", import.meta.url);
const SKIPPED = new Set([".git", "golden", "node_modules"]);

function* walk(folder = ""): Generator<SourceFile> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder || ".", ROOT))) {
    const path = `${folder}${name}`;
    if (isDirectory && !SKIPPED.has(name)) yield* walk(`${path}/`);
    else if (/\.(ts|md|json|tsv|mmd|conf)$|^LICENSE$|^run$/.test(name) && name !== "deno.lock") {
      yield { path, text: Deno.readTextFileSync(new URL(path, ROOT)) };
    }
  }
}

const ALL = Array.from(walk());
const SOURCES = ALL.filter(({ path }) => path.endsWith(".ts"));
/** Everything that names files to run. */
const TASKS = ALL.filter(({ path }) => /^deno\.json$|run$/.test(path))
  .map(({ text }) => text).join("\n");

type Rule = (files: readonly SourceFile[]) => Violation[];
const deadFiles: Rule = (files) => checkDeadFiles(files, TASKS);

const RULES: [name: string, rule: Rule, files: readonly SourceFile[]][] = [
  ["layers", checkLayers, SOURCES],
  ["no circular imports", checkCircles, SOURCES],
  ["no barrel but mod.ts", checkBarrels, SOURCES],
  ["files and lines are short", checkLengths, SOURCES],
  ["functions are short", checkFunctions, SOURCES],
  ["files and exports are documented", checkDocs, SOURCES],
  ["words", checkWords, ALL],
  ["types", checkTypes, SOURCES],
  ["production does not know of tests", checkTestBranches, SOURCES],
  ["no dead files", deadFiles, SOURCES],
  ["no dead exports", checkDeadExports, SOURCES],
];
for (const [name, rule, files] of RULES) {
  Deno.test(`tidy: ${name}`, () => {
    const found = rule(files).map(({ path, line, problem }) => `${path}:${line} ${problem}`);
    assertEquals(found, []);
  });
}

Deno.test("tidy: there is something to look at", () => {
  assert(SOURCES.length > 100, `only ${SOURCES.length} sources`);
  assert(TASKS.includes("tests/run.ts"));
});

// --- the rules themselves ------------------------------------------------------------------------

const HEAD = "/**\n * A file.\n *\n * @module\n */\n";
const ASSERT: SourceFile = { path: "net/assert.ts", text: `${HEAD}` };
const lines = (count: number) => "x;\n".repeat(count);

function file(path: string, text: string): SourceFile {
  return { path, text: HEAD + text };
}
function importing(path: string, specifier: string): SourceFile {
  return file(path, `import { x } from "${specifier}";\nx();\n`);
}

const layered = (path: string, specifier: string): [Rule, SourceFile[], string | undefined] => [
  checkLayers,
  [importing(path, specifier)],
  `must not import ${specifier}`,
];
const worded = (path: string, code: string, found: string): [Rule, SourceFile[], string] => [
  checkLayers,
  [file(path, code)],
  `must not have ${found}`,
];

/** A rule, files that break it, and what it says. */
const PLANTED: [Rule, SourceFile[], string | undefined][] = [
  layered("net/assert.ts", "./links.ts"),
  layered("net/packet/a.ts", "../sys/libc.ts"),
  layered("net/netlink/a.ts", "../links.ts"),
  layered("net/packet/a.ts", "xstate"),
  layered("net/sys/a.ts", "../../machines/config.ts"),
  layered("net/links.ts", "../engine/log.ts"),
  layered("machines/a.ts", "../net/packet/vrrp.ts"),
  layered("machines/a.ts", "../engine/clock.ts"),
  layered("machines/a.ts", "fast-check"),
  layered("machines/a.ts", "npm:xstate"),
  layered("checkers/a.ts", "../machines/config.ts"),
  layered("checkers/a.ts", "xstate"),
  layered("checkers/a.ts", "node:http"),
  layered("engine/a.ts", "../cli.ts"),
  layered("engine/a.ts", "../mod.ts"),
  layered("engine/io/a.ts", "../../tests/pcap.ts"),
  layered("engine/a.ts", "node:fs"),
  layered("cli.ts", "./net/links.ts"),
  layered("mod.ts", "./net/links.ts"),
  [checkLayers, [file("lib/a.ts", "")], "belongs to no layer"],
  worded("net/packet/a.ts", "Deno.args;", "Deno."),
  worded("net/netlink/a.ts", "new Date();", "Date"),
  worded("net/links.ts", "Deno.dlopen('x');", "Deno.dlopen"),
  worded("engine/a.ts", "Deno . dlopen('x');", "Deno . dlopen"),
  worded("machines/a.ts", "Math.random();", "Math.random"),
  worded("machines/a.ts", "setTimeout(f, 1);", "setTimeout"),
  worded("machines/a.ts", "await f();", "await"),
  worded("machines/a.ts", "const a = fromPromise(f);", "fromPromise"),
  worded("machines/a.ts", "const a = `${Deno.pid}`;", "Deno."),
  worded("mod.ts", "const a = 1;", "const"),
  [
    checkCircles,
    [
      importing("engine/a.ts", "./b.ts"),
      importing("engine/b.ts", "./c.ts"),
      importing("engine/c.ts", "./a.ts"),
    ],
    "imports in a circle: engine/a.ts → engine/b.ts → engine/c.ts",
  ],
  [checkCircles, [importing("engine/a.ts", "./a.ts")], "imports in a circle: engine/a.ts"],
  [
    checkBarrels,
    [file("engine/a.ts", 'export * from "./b.ts";\n')],
    "only hands on what others export",
  ],
  [
    checkBarrels,
    [file("engine/a.ts", 'export { b } from "./b.ts";\nexport type {\n  C,\n} from "./c.ts";\n')],
    "only hands on what others export",
  ],
  [checkLengths, [file("engine/a.ts", lines(396))], "401 lines, at most 400"],
  [checkLengths, [file("engine/a.ts", `${"x".repeat(101)}\n`)], "101 columns"],
  [
    checkLengths,
    [file("engine/a.ts", `// deno-fmt-ignore\nconst a = [\n  1,\n];\n${"é".repeat(101)}\n`)],
    "101 columns",
  ],
  [
    checkFunctions,
    [file("engine/a.ts", `function f() {\n${lines(69)}}\n`)],
    "a function of 71 lines",
  ],
  [
    checkFunctions,
    [file("engine/a.ts", `const f = (): { a: number } => {\n${lines(69)}};\n`)],
    "a function of 71 lines",
  ],
  [
    checkFunctions,
    [file("engine/a.ts", `class A {\n  f(a = g()): Map<string, number> {\n${lines(69)}  }\n}\n`)],
    "a function of 71 lines",
  ],
  [checkDocs, [{ path: "engine/a.ts", text: "/** A file. */\n" }], "no @module comment"],
  [checkDocs, [file("engine/a.ts", "\nexport const a = 1;\n")], "a has no doc comment"],
  [checkDocs, [file("engine/a.ts", "\nexport async function f() {}\n")], "f has no doc comment"],
  [checkDocs, [file("engine/a.ts", "\nexport interface A {}\n")], "A has no doc comment"],
  [checkWords, [file("engine/a.ts", `// ${"TO"}${"DO"}: later\n`)], `has ${"TO"}${"DO"}`],
  [checkWords, [file("README.md", `see ${"house"}.md\n`)], `has ${"house"}.md`],
  [checkWords, [file("README.md", `../${"shared"}/x\n`)], `has ${"shared"}/`],
  [checkWords, [file("engine/a.ts", `// @${"ts"}-ignore\n`)], `has @${"ts"}-ignore`],
  [
    checkWords,
    [file("engine/a.ts", `// deno-${"lint"}-ignore no-console\n`)],
    `has deno-${"lint"}-ignore`,
  ],
  [checkTypes, [file("engine/a.ts", "const a: any = 1;\n")], "the type any"],
  [checkTypes, [file("engine/a.ts", "f(a as any);\n")], "the type any"],
  [checkTypes, [file("engine/a.ts", "type A = Map<string, any>;\n")], "the type any"],
  [checkTypes, [file("engine/a.ts", "a.b!.c();\n")], "a non-null assertion"],
  [checkTypes, [file("engine/a.ts", "f(a[0]!);\n")], "a non-null assertion"],
  [
    checkTestBranches,
    [file("engine/a.ts", "if (isTest) f();\n")],
    "has a branch for tests: isTest",
  ],
  [
    checkTestBranches,
    [file("net/a.ts", 'Deno.test("x", f);\n')],
    "has a branch for tests: Deno.test",
  ],
  [
    (files) => checkDeadFiles(files, "deno run bench/main.ts"),
    [
      importing("cli.ts", "./engine/a.ts"),
      file("engine/a.ts", ""),
      file("bench/main.ts", 'run("bench/by_name.ts", new URL("./by_url.ts", import.meta.url));\n'),
      file("bench/by_name.ts", ""),
      file("bench/by_url.ts", ""),
      file("engine/dead.ts", ""),
    ],
    "is reached by nothing",
  ],
  [
    checkDeadExports,
    [
      importing("engine/b.ts", "./a.ts"),
      file("engine/a.ts", "export const x = 1;\nexport const y = 2;\n"),
    ],
    "exports y, which nothing uses",
  ],
  [
    checkDeadExports,
    [file("engine/a.ts", "interface B {}\nexport type { B };\n")],
    "exports B, which nothing uses",
  ],
];
for (const [i, [rule, files, problem]] of PLANTED.entries()) {
  Deno.test(`tidy: planted violation ${i + 1} is found: ${problem}`, () => {
    assertEquals(rule(files).map(({ problem: found }) => found.replace(/^.* must/, "must")), [
      problem,
    ]);
  });
}

/** A rule, and files that look like breaking it but do not. */
const INNOCENT: [name: string, Rule, SourceFile[]][] = [
  ["words in comments and strings", checkLayers, [
    file("machines/a.ts", '// Date, await Deno.args\nconst a = "Date"; /* Math.random */\n'),
    file("machines/b.ts", "const a = `Date ${b(`await`)} Deno.args`;\nconst r = /Date['\"`]/;\n"),
  ]],
  ["words that contain a banned one", checkLayers, [
    file("machines/a.ts", "const updateDates = 1;\n"),
  ]],
  ["what each layer may import", checkLayers, [
    importing("net/packet/a.ts", "../netlink/b.ts"),
    importing("net/links.ts", "./sys/libc.ts"),
    importing("machines/a.ts", "../net/address.ts"),
    importing("machines/a.ts", "xstate"),
    importing("checkers/a.ts", "../net/links.ts"),
    importing("checkers/a.ts", "node:tls"),
    importing("engine/a.ts", "../machines/b.ts"),
    importing("cli.ts", "./engine/a.ts"),
    importing("mod.ts", "./machines/a.ts"),
    importing("tests/a_test.ts", "../net/sys/libc.ts"),
    importing("bench/a.ts", "../engine/a.ts"),
    file("net/sys/libc.ts", "Deno.dlopen('libc.so.6', {});\n"),
  ]],
  ["two ways to the same file", checkCircles, [
    importing("engine/a.ts", "./b.ts"),
    file("engine/b.ts", ""),
    importing("engine/c.ts", "./b.ts"),
    ASSERT,
  ]],
  ["a file that hands on and has its own", checkBarrels, [
    file("engine/a.ts", 'export type { B } from "./b.ts";\nexport const c = 1;\n'),
    file("mod.ts", 'export { b } from "./b.ts";\n'),
  ]],
  ["limits are inclusive", checkLengths, [
    file("engine/a.ts", `${lines(394)}${"x".repeat(100)}\n`),
  ]],
  ["wide tables", checkLengths, [
    file("tests/a_test.ts", `// deno-fmt-ignore\nconst a = [\n  ${"x".repeat(200)},\n];\n`),
  ]],
  ["limits of functions", checkFunctions, [
    file("engine/a.ts", `function f() {\n${lines(68)}}\n`),
    file("engine/b.ts", `class A {\n${lines(90)}}\n`),
    file("engine/c.ts", `if (f()) {\n${lines(90)}}\n`),
    file("engine/d.ts", `const table = {\n${lines(90)}};\n`),
  ]],
  ["overloads and re-exports", checkDocs, [
    file(
      "engine/a.ts",
      "/** F. */\nexport function f(a: 1): 1;\nexport function f(a: 2): 2;\nexport { g };\n",
    ),
  ]],
  ["the word any in text and names", checkTypes, [
    file(
      "engine/a.ts",
      '// any\nconst a = "as any"; const anyone = [1].some((any) => any !== a);\n',
    ),
  ]],
  ["negations", checkTypes, [file("engine/a.ts", "if (!a && b !== c || a != b) f(!d);\n")]],
  ["exports used within, or as a whole", checkDeadExports, [
    file("engine/a.ts", "export interface A {}\nexport function f(a: A) {}\n"),
    file("engine/b.ts", 'import { f } from "./a.ts";\nf({});\nawait import("./c.ts");\n'),
    file("engine/c.ts", "export const g = 1;\n"),
  ]],
];
for (const [name, rule, files] of INNOCENT) {
  Deno.test(`tidy: no false alarm: ${name}`, () => assertEquals(rule(files), []));
}

Deno.test("tidy: importsOf finds every kind of import", () => {
  const text = [
    'import { a, type B as C } from "./x.ts";',
    'import * as d from "../y.ts";',
    'import "./z.ts";',
    "export type {",
    "  E,",
    '} from "./deep/e.ts";',
    'const f = await import("./f.ts");',
    '// import { no } from "./no.ts";',
  ].join("\n");
  const found = importsOf({ path: "engine/io/a.ts", text });
  assertEquals(found.map(({ path, names }) => `${path} ${names}`), [
    "engine/io/x.ts a,B",
    "engine/y.ts *",
    "engine/io/z.ts ",
    "engine/io/deep/e.ts E",
    "engine/io/f.ts *",
  ]);
});

Deno.test("tidy: blanked keeps places, and code", () => {
  const text = "a; // b\n'c' + `d ${e} f` /* g\n */ + /h'/.test(i) / j;";
  assertEquals(blanked(text, false), "a;     \n'c' + `d ${e} f`     \n    + /h'/.test(i) / j;");
  assertEquals(blanked(text, true), "a;     \n' ' + `  ${e}  `     \n    + /  /.test(i) / j;");
});
