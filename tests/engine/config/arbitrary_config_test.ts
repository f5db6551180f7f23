import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDiagnostic } from "../../../engine/config/load.ts";
import { arbitraryConfig, type ConfigOptions, confText } from "./arbitrary_config.ts";
import { load } from "./harness.ts";

/** What more than one keyword decides, and shapes cannot say. */
const CROSS = new Set<string>([
  "E-model-001",
  "E-model-002",
  "E-model-004",
  "E-vrrp-001",
  "E-vrrp-004",
  "E-block-009",
]);

const accepts: ConfigOptions["accepts"] = (_, word, { status }) =>
  status.kind !== "refused" && word !== "net_namespace";

Deno.test("arbitraryConfig: what is made is written, read, and wrong only between keywords", () => {
  let loaded = 0;
  const runs = 200;
  fc.assert(
    fc.property(arbitraryConfig({ accepts }).map(confText), (text) => {
      const { config, diagnostics } = load(text);
      if (config) loaded++;
      const wrong = diagnostics.filter(({ severity, code }) =>
        severity === "error" && !CROSS.has(code)
      );
      assertEquals(wrong.map(formatDiagnostic), []);
    }),
    { numRuns: runs },
  );
  assert(loaded > runs / 4, `only ${loaded} of ${runs} load`);
});
