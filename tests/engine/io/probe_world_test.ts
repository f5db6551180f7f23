/**
 * What checks refer to is read with the configuration.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { probeWorldOf } from "../../../engine/io/probe_world.ts";
import { Log } from "../../../engine/log.ts";
import { load } from "../config/harness.ts";

/** What TLS checks have, with these words in `SSL`, and what is logged. */
function tls(words: string) {
  const { config } = load(`SSL {\n${words}\n}\n`);
  assert(config);
  const logged: string[] = [];
  const log = new Log((_, text) => logged.push(text), () => 0);
  return { tls: probeWorldOf(config, log).tls, logged };
}

Deno.test("probeWorldOf: who vouches for servers, and when the end of a certificate is near", () => {
  const file = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(file, "PEM");
    assertEquals(tls(`verify_ca ${file}\nexpiry_warning 14`), {
      tls: { verifyWith: "PEM", expiryWarningMs: 14 * 24 * 3_600_000 },
      logged: [],
    });
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("probeWorldOf: without a word every server is trusted", () => {
  assertEquals(tls("").tls, {});
});

Deno.test("probeWorldOf: an authority that cannot be read trusts nobody", () => {
  const seen = tls("verify_ca /no/such/file");
  assertEquals([seen.tls, seen.logged.length], [{ verifyWith: "" }, 1]);
});
