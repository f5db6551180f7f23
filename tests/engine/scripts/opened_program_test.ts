/**
 * Programs judged by what was opened, on this machine.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { openProgram } from "../../../engine/scripts/opened_program.ts";
import { isWritable } from "../../../engine/scripts/script_safety.ts";

const root = Deno.realPathSync(Deno.makeTempDirSync());
const at = (name: string) => `${root}/${name}`;
for (const folder of ["safe", "open"]) Deno.mkdirSync(at(folder), { mode: 0o755 });
Deno.chmodSync(at("open"), 0o777);
for (const name of ["safe/x", "safe/y", "open/x"]) {
  Deno.writeTextFileSync(at(name), "#!/bin/sh\n", { mode: 0o755 });
}
Deno.symlinkSync("../safe/x", at("open/link"));
Deno.symlinkSync("safe", at("way"));
addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

// deno-fmt-ignore
const ROWS: [path: string, realPath: string | undefined, kind?: string][] = [
  ["safe/x",     "safe/x", "file"],
  ["way/x",      "safe/x", "file"],
  ["open/link",  "safe/x", "file"],
  ["safe",       "safe",   "directory"],
  ["safe/none",  undefined],
  ["safe/x/y",   undefined],
];
for (const [path, realPath, kind] of ROWS) {
  Deno.test(`openProgram ${path}`, () => {
    const opened = openProgram(at(path));
    assertEquals(opened?.realPath, realPath && at(realPath));
    assertEquals(opened?.permissions[0]?.kind, kind);
  });
}

Deno.test({
  name: "openProgram: who may change it, and the links to it",
  ignore: Deno.uid() !== 0,
  fn() {
    const judged = (path: string) => {
      const opened = openProgram(at(path));
      return [opened?.permissions.some(isWritable), opened?.linkPermissions.some(isWritable)];
    };
    assertEquals(judged("safe/x"), [false, false]);
    assertEquals(judged("way/x"), [false, false]);
    assertEquals(judged("open/x"), [true, false]);
    assertEquals(judged("open/link"), [false, true]);
  },
});

Deno.test("openProgram: a link that is turned meanwhile turns nothing that was judged", () => {
  const opened = openProgram(at("open/link"));
  Deno.removeSync(at("open/link"));
  Deno.symlinkSync("x", at("open/link"));
  assertEquals(opened?.realPath, at("safe/x"));
  assertEquals(openProgram(at("open/link"))?.realPath, at("open/x"));
});

Deno.test("openProgram: neither a FIFO nor a device is disturbed", () => {
  new Deno.Command("mkfifo", { args: [at("fifo")] }).outputSync();
  assertEquals(openProgram(at("fifo"))?.permissions[0]?.kind, "other");
  assert(openProgram("/dev/null"));
});
