import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDiagnostic } from "../../../engine/config/load.ts";
import { arbitraryConfig, confText } from "./arbitrary_config.ts";
import { load } from "./harness.ts";

/**
 * What more than one keyword decides, and shapes cannot say; and words that one version of VRRP
 * has not.
 */
const CROSS = /^E-(model|vrrp)-|^E-block-009$/;

Deno.test("arbitraryConfig: what is made is written, read, and wrong only between keywords", () => {
  let loaded = 0;
  const runs = 200;
  fc.assert(
    fc.property(arbitraryConfig().map(confText), (text) => {
      const { config, diagnostics } = load(text);
      if (config) loaded++;
      const wrong = diagnostics.filter(({ severity, code }) =>
        severity === "error" && !CROSS.test(code)
      );
      assertEquals(wrong.map(formatDiagnostic), []);
    }),
    { numRuns: runs },
  );
  assert(loaded > runs / 2, `only ${loaded} of ${runs} load`);
});
