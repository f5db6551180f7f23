import { assertEquals } from "@std/assert";
import { explainDiagnostic } from "../../../engine/config/diagnostic.ts";
import { loadConfig } from "../../../engine/config/load.ts";
import { systemSource } from "../../../engine/config/system_source.ts";
import { random } from "./harness.ts";

const FOLDER = new URL("../../golden/config/", import.meta.url).pathname;
const isUpdate = Deno.env.get("STAYD_UPDATE_GOLDEN") === "1";
const names = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name)
  .filter((name) => name.endsWith(".conf"))
  .toSorted();

Deno.test("golden configurations are there", () => assertEquals(names.length >= 4, true));

for (const name of names) {
  Deno.test(`golden configuration ${name}`, () => {
    const path = `${FOLDER}${name}`;
    const { config, diagnostics } = loadConfig(path, systemSource, { configId: "r1", random });
    const findings = diagnostics.map((each) => `${explainDiagnostic(each)}\n`).join("");
    expectFile(path.replace(/conf$/, "txt"), findings.replaceAll(FOLDER, ""));
    const json = config && `${JSON.stringify(config, null, 2)}\n`;
    expectFile(path.replace(/conf$/, "json"), json);
  });
}

/** Compares a text with a file, or writes it; undefined stands for no file. */
function expectFile(path: string, text: string | undefined): void {
  if (isUpdate && text !== undefined) Deno.writeTextFileSync(path, text);
  let expected: string | undefined;
  try {
    expected = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  assertEquals(text, expected);
}
