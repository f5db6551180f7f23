/**
 * keepalived #1529: a clock that is set moves no deadline. What is timed is timed by the monotonic
 * clock; the other one is read where time is shown to people or shared with machines.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
/** Who reads the clock that can be set. */
const READERS: Readonly<Record<string, string>> = {
  "checkers/tls_connection.ts": "certificates end by it",
  "engine/io/system_outside.ts": "auth_hmac signs it",
  "engine/lifecycle/lifecycle.ts": "reload_time_file names a time of day",
  "net/sys/control_message.ts": "the kernel stamps datagrams with it: only their age is used",
  "net/sys/libc.ts": "offers it",
};
const WALL_CLOCK = /\bDate\.now\b|\bnew Date\(\)|\brealtimeMs\b|\bCLOCK_REALTIME\b/;

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

Deno.test("keepalived #1529: nothing is timed by a clock that can be set", () => {
  const readers = ["checkers/", "engine/", "machines/", "net/"]
    .flatMap((folder) => Array.from(sources(folder)))
    .filter((path) => WALL_CLOCK.test(Deno.readTextFileSync(new URL(path, ROOT))));
  assertEquals(readers.toSorted(), Object.keys(READERS));
});
