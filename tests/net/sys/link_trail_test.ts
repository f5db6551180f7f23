/**
 * What can lead a path elsewhere: a table of paths over one small tree.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { linkTrail } from "../../../net/sys/link_trail.ts";

const root = Deno.realPathSync(Deno.makeTempDirSync());
Deno.mkdirSync(`${root}/v1`);
Deno.writeTextFileSync(`${root}/v1/number`, "1");
Deno.symlinkSync("v1", `${root}/..data`);
Deno.symlinkSync("..data/number", `${root}/number`);
Deno.symlinkSync(`${root}/v1/../v1/`, `${root}/absolute`);
Deno.symlinkSync("circle", `${root}/circle`);
addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

// deno-fmt-ignore
const ROWS: [name: string, path: string, places: string[]][] = [
  ["a file",                        "v1/number",         ["v1 number"]],
  ["a file that is not there",      "v1/none",           ["v1 none"]],
  ["in a missing directory",        "none/number",       ["none number"]],
  ["under a file",                  "v1/number/x",       ["v1/number x"]],
  ["a link over a link",            "number",            [" number", " ..data", "v1 number"]],
  ["an absolute link on the way",   "absolute/number",   [" absolute", "v1 number"]],
  ["dots and slashes",              "v1/./..//v1/number", ["v1 number"]],
];
for (const [name, path, expected] of ROWS) {
  Deno.test(`linkTrail: ${name}`, () => {
    const places = linkTrail(`${root}/${path}`).map((place) => {
      const folder = place.directory.slice(root.length).replace(/^\//, "");
      return `${folder} ${place.name}`;
    });
    assertEquals(places, expected);
  });
}

Deno.test("linkTrail: a circle of links ends", () => {
  const places = linkTrail(`${root}/circle`);
  assertEquals(new Set(places.map(({ name }) => name)), new Set(["circle"]));
});

Deno.test("linkTrail: the root", () => assertEquals(linkTrail("/"), []));
