/**
 * The names of all unit tests, as `deno test` sees them: names are often computed from tables.
 *
 * @module
 */

/** Folders whose tests a ledger may name. */
const FOLDERS = ["net/packet", "net/sys", "machines", "checkers", "engine"];

/** Loads every test file of these folders with a `Deno.test` that only collects names. */
export async function testNames(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const original = Deno.test;
  const collect = (first: unknown) => {
    if (typeof first === "string") names.add(first);
    else if (typeof first === "object" && first !== null && "name" in first) {
      names.add(String(first.name));
    }
  };
  Object.defineProperty(Deno, "test", {
    value: Object.assign(collect, { ignore: collect, only: collect }),
    configurable: true,
    writable: true,
  });
  try {
    for (const folder of FOLDERS) {
      for (const url of testFiles(new URL(`./${folder}/`, import.meta.url))) await import(url.href);
    }
  } finally {
    Object.defineProperty(Deno, "test", { value: original, configurable: true, writable: true });
  }
  return names;
}

function* testFiles(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* testFiles(new URL(`${name}/`, folder));
    else if (name.endsWith("_test.ts")) yield new URL(name, folder);
  }
}
