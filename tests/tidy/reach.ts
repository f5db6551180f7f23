/**
 * Dead files and dead exports.
 *
 * @module
 */
import { blanked, importsOf, lineAt, namedBy, type SourceFile, type Violation } from "./source.ts";

const ENTRIES = /^(cli|packaging\/daemon|mod)\.ts$|_test\.ts$/;

/** Sources that no entry, test or task reaches. `tasks` is text that names further entries. */
export function checkDeadFiles(files: readonly SourceFile[], tasks: string): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const reach = (path: string) => {
    const file = byPath.get(path);
    if (!file || reached.has(path)) return;
    reached.add(path);
    for (const each of importsOf(file)) if (each.path !== undefined) reach(each.path);
    namedBy(file).forEach(reach);
    // `./${name}.ts`: a program that runs its neighbours by name.
    if (ANY_NEIGHBOUR.test(file.text)) neighboursOf(path, files).forEach(reach);
  };
  for (const { path } of files) {
    if (ENTRIES.test(path) || tasks.includes(path)) reach(path);
  }
  return files.filter(({ path }) => !reached.has(path) && !path.endsWith(".d.ts"))
    .map(({ path }) => ({ path, line: 1, problem: "is reached by nothing" }));
}

const ANY_NEIGHBOUR = /`\.\/\$\{\w+\}\.ts`/;

function neighboursOf(path: string, files: readonly SourceFile[]): string[] {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return files.map((file) => file.path)
    .filter((other) => other.startsWith(folder) && !other.slice(folder.length).includes("/"));
}

const EXPORTED = new RegExp(
  "^export\\s+(?:abstract\\s+)?(?:async\\s+)?" +
    "(?:const|let|function\\*?|class|interface|type|enum)\\s+(\\w+)",
  "gm",
);
const HANDED_ON = /^export\s+(?:type\s+)?\{([^}]*)\}\s*(;|from)/gm;

/** Exports that nobody imports, and that their own file does not use either. */
export function checkDeadExports(files: readonly SourceFile[]): Violation[] {
  const used = new Map<string, Set<string>>();
  for (const file of files) {
    for (const { path, names } of importsOf(file)) {
      if (path === undefined) continue;
      const all = used.get(path) ?? new Set();
      for (const name of names) all.add(name);
      used.set(path, all);
    }
  }
  return files.flatMap(({ path, text }) => {
    if (/^(cli|packaging\/daemon|mod)\.ts$/.test(path) || path.endsWith(".d.ts")) return [];
    const code = blanked(text, true);
    const users = used.get(path) ?? new Set();
    return exportsOf(code)
      .filter(({ name }) => !users.has(name) && !users.has("*") && !isUsedWithin(code, name))
      .map(({ name, index }) => ({
        path,
        line: lineAt(code, index),
        problem: `exports ${name}, which nothing uses`,
      }));
  });
}

function exportsOf(code: string): { name: string; index: number }[] {
  const declared = Array.from(
    code.matchAll(EXPORTED),
    ({ 1: name = "", index }) => ({ name, index }),
  );
  const handedOn = Array.from(
    code.matchAll(HANDED_ON),
    ({ 1: names = "", index }) =>
      names.split(",").flatMap((each) => {
        const name = each.trim().replace(/^type\s+/, "").split(/\s+as\s+/).at(-1) ?? "";
        return name === "" ? [] : [{ name, index }];
      }),
  ).flat();
  return [...declared, ...handedOn];
}

function isUsedWithin(code: string, name: string): boolean {
  const withoutLists = code.replace(HANDED_ON, "").replace(/^import\b[^;]*;/gm, "");
  return withoutLists.matchAll(new RegExp(`\\b${name}\\b`, "g")).toArray().length > 1;
}
