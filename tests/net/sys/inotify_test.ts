/**
 * News of directories, from the kernel.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { type DirectoryEvent, Inotify } from "../../../net/sys/inotify.ts";
import { SyscallError } from "../../../net/sys/libc.ts";

function during(act: (path: string, inotify: Inotify) => void): string[] {
  const path = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${path}/old`, "");
    using inotify = new Inotify();
    const watch = inotify.watch(path);
    act(path, inotify);
    const seen: string[] = [];
    const tell = (event: DirectoryEvent) => {
      if (event.type !== "lost") assertEquals(event.watch, watch);
      seen.push(event.type === "changed" ? event.name : event.type);
    };
    while (inotify.read(tell));
    return seen;
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

// deno-fmt-ignore
const ROWS: [name: string, act: (path: string) => void, events: string[]][] = [
  ["a file is made, then written",  (at) => Deno.writeTextFileSync(`${at}/new`, "1"), ["new", "new"]],
  ["a file is written: at its end", (at) => Deno.writeTextFileSync(`${at}/old`, "1"), ["old"]],
  ["a file is read",                (at) => Deno.readTextFileSync(`${at}/old`),       []],
  ["a file is renamed",             (at) => Deno.renameSync(`${at}/old`, `${at}/n`),  ["old", "n"]],
  ["a file is removed",             (at) => Deno.removeSync(`${at}/old`),             ["old"]],
  ["a link is made",                (at) => Deno.symlinkSync("old", `${at}/link`),    ["link"]],
  ["the directory is removed",      (at) => Deno.removeSync(at, { recursive: true }), ["old", "gone", "gone"]],
  ["the directory is moved",        (at) => Deno.renameSync(at, `${at}.2`),           ["gone"]],
];
for (const [name, act, expected] of ROWS) {
  Deno.test(`Inotify: ${name}`, () => {
    const seen = during((path) => {
      act(path);
      // What the frame removes must be there.
      Deno.mkdirSync(path, { recursive: true });
      try {
        Deno.removeSync(`${path}.2`, { recursive: true });
      } catch {
        // It was not moved.
      }
    });
    assertEquals(seen.slice(0, expected.length), expected);
    assertEquals(expected.length === 0 ? seen : [], []);
  });
}

Deno.test("Inotify: nothing is told after the watch has ended", () => {
  const path = Deno.makeTempDirSync();
  using inotify = new Inotify();
  const watch = inotify.watch(path);
  inotify.unwatch(watch);
  inotify.unwatch(watch);
  Deno.writeTextFileSync(`${path}/x`, "");
  const seen: DirectoryEvent[] = [];
  while (inotify.read((event) => seen.push(event)));
  assertEquals(seen, [{ type: "gone", watch }]);
  Deno.removeSync(path, { recursive: true });
});

Deno.test("Inotify: what is no directory cannot be watched", () => {
  using inotify = new Inotify();
  const refusal = (path: string) => {
    const error = assertThrows(() => inotify.watch(path));
    return error instanceof SyscallError ? error.code : error;
  };
  assertEquals([refusal("/dev/null"), refusal("/nowhere")], ["ENOTDIR", "ENOENT"]);
});
