/**
 * Who may import whom, and which words a layer must not have.
 *
 * ```text
 * cli.ts, packaging/daemon.ts, mod.ts ─► engine ─┬─► machines ─► net/address, net/assert
 *                           ├─► checkers ─► net
 *                           └─► net (sys, links ─► packet, netlink ─► address, assert)
 * ```
 *
 * @module
 */
import {
  blanked,
  type Import,
  importsOf,
  lineAt,
  type SourceFile,
  type Violation,
} from "./source.ts";

interface Layer {
  readonly name: string;
  /** Which files are of it; the first layer that matches counts. */
  readonly files: RegExp;
  /** Files of the project that it may import. */
  readonly imports: RegExp;
  /** Libraries that it may import. */
  readonly libraries: RegExp;
  /** What its code must not have. */
  readonly banned: readonly RegExp[];
}

const BASIS = "net/(address|assert)\\.ts";
const NONE = /^$/;
const DLOPEN = /\bDeno\s*\.\s*dlopen\b/g;
const TIMELESS = [/\bDeno\s*\./g, /\bDate\b/g];

/** The layers, from the bottom up. */
const LAYERS: readonly Layer[] = [
  {
    name: "net/address, net/assert",
    files: new RegExp(`^${BASIS}$`),
    imports: new RegExp(`^${BASIS}$`),
    libraries: NONE,
    banned: TIMELESS,
  },
  {
    name: "net/packet, net/netlink",
    files: /^net\/(packet|netlink)\//,
    imports: new RegExp(`^(net/(packet|netlink)/.*|${BASIS})$`),
    libraries: NONE,
    banned: TIMELESS,
  },
  {
    name: "net/sys/libc.ts",
    files: /^net\/sys\/libc\.ts$/,
    imports: /^net\//,
    libraries: NONE,
    banned: [],
  },
  { name: "net", files: /^net\//, imports: /^net\//, libraries: NONE, banned: [DLOPEN] },
  {
    name: "machines",
    files: /^machines\//,
    imports: new RegExp(`^(machines/.*|${BASIS})$`),
    libraries: /^xstate$/,
    banned: [
      ...TIMELESS,
      /\bMath\s*\.\s*random\b/g,
      /\bset(Timeout|Interval)\b/g,
      /\bperformance\b/g,
      /\bqueueMicrotask\b/g,
      /\bcrypto\b/g,
      /\bawait\b/g,
      /\basync\b/g,
      /\bPromise\b/g,
      /\bfromPromise\b/g,
    ],
  },
  {
    name: "checkers",
    files: /^checkers\//,
    imports: /^(checkers|net)\//,
    // TLS comes from the runtime, over sockets of ours.
    libraries: /^node:(net|tls|crypto)$/,
    banned: [DLOPEN, /\bxstate\b/g],
  },
  {
    name: "engine",
    files: /^engine\//,
    imports: /^(engine|machines|checkers|net)\//,
    libraries: new RegExp(
      "^(xstate|@logtape/logtape|@std/(cli/parse-args|yaml)|@viz-js/viz|diff|yaml|" +
        "nodemailer/(mime|smtp))$",
    ),
    banned: [DLOPEN],
  },
  {
    name: "programs",
    files: /^(cli|packaging\/daemon)\.ts$/,
    imports: /^engine\//,
    libraries: NONE,
    banned: [DLOPEN],
  },
  {
    name: "mod.ts",
    files: /^mod\.ts$/,
    imports: /^(engine|machines|checkers)\/|^net\/address\.ts$/,
    libraries: NONE,
    banned: [/\b(const|let|function|class|if|for|while)\b/g, DLOPEN],
  },
  // Tests, benchmarks and tools may import all of it.
  {
    name: "outside",
    files: /^(tests|bench|packaging)\//,
    imports: /./,
    libraries: /./,
    banned: [],
  },
];

/** Imports and words that a file's layer does not allow; files of no layer. */
export function checkLayers(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const layer = LAYERS.find(({ files }) => files.test(file.path));
    if (!layer) return [{ path: file.path, line: 1, problem: "belongs to no layer" }];
    return [
      ...importsOf(file).filter((each) => !isAllowed(layer, each)).map(({ specifier, line }) => ({
        path: file.path,
        line,
        problem: `${layer.name} must not import ${specifier}`,
      })),
      ...bannedWords(layer, file),
    ];
  });
}

function isAllowed({ imports, libraries }: Layer, { path, specifier }: Import): boolean {
  return path === undefined ? libraries.test(specifier) : imports.test(path);
}

function bannedWords({ name, banned }: Layer, { path, text }: SourceFile): Violation[] {
  const code = blanked(text, true);
  return banned.flatMap((word) =>
    Array.from(code.matchAll(word), ({ 0: found, index }) => ({
      path,
      line: lineAt(code, index),
      problem: `${name} must not have ${found}`,
    }))
  );
}

/** Circles of imports, each told once, at its alphabetically first file. */
export function checkCircles(files: readonly SourceFile[]): Violation[] {
  const graph = new Map(
    files.map((file) => [file.path, importsOf(file).flatMap(({ path }) => path ?? [])]),
  );
  const told = new Set<string>();
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const circle = trail.slice(start);
      const key = circle.toSorted().join(" ");
      if (told.has(key)) return;
      told.add(key);
      const [first = path] = circle.toSorted();
      violations.push({
        path: first,
        line: 1,
        problem: `imports in a circle: ${circle.join(" → ")}`,
      });
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return violations;
}

/** Files that only hand on what others export; mod.ts alone may. */
export function checkBarrels(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    if (path === "mod.ts") return [];
    const code = blanked(text, true);
    const own = code.replace(/^(import|export)\b[^;]*?\bfrom\b[^;]*;/gm, "").trim();
    return own === "" && /^export\b/m.test(code)
      ? [{ path, line: 1, problem: "only hands on what others export" }]
      : [];
  });
}
