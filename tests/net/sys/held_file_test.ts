/**
 * A file that is read again and again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { HeldFile } from "../../../net/sys/held_file.ts";

const LIMIT_BYTES = 300_000;

function saying(file: HeldFile): string | undefined {
  const bytes = file.read();
  return bytes && new TextDecoder().decode(bytes);
}

Deno.test("HeldFile: what it says each time, also when its path leads elsewhere", () => {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, "one");
  using file = HeldFile.open(path, LIMIT_BYTES);
  assert(file);
  assertEquals(saying(file), "one");
  const long = "0123456789".repeat(20_000);
  Deno.writeTextFileSync(path, long);
  assertEquals(saying(file), long);
  Deno.writeTextFileSync(path, "two");
  assertEquals(saying(file), "two");
  Deno.removeSync(path);
  Deno.writeTextFileSync(path, "another");
  assertEquals(saying(file), "two");
  Deno.removeSync(path);
});

Deno.test("HeldFile: one that is too long is not read, a missing one not opened", () => {
  const path = Deno.makeTempFileSync();
  using file = HeldFile.open(path, LIMIT_BYTES);
  assert(file);
  for (const [sizeBytes, isRead] of [[LIMIT_BYTES, true], [LIMIT_BYTES + 1, false]] as const) {
    Deno.writeFileSync(path, new Uint8Array(sizeBytes));
    assertEquals(file.read()?.length === sizeBytes, isRead);
  }
  Deno.removeSync(path);
  assertEquals(HeldFile.open(path, LIMIT_BYTES), undefined);
});

Deno.test("HeldFile: a folder cannot be read", () => {
  using file = HeldFile.open("/proc", LIMIT_BYTES);
  assertEquals(file?.read(), undefined);
});
