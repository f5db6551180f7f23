/**
 * Where files are, and what the service manager shows.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { markerPath } from "../../../engine/lifecycle/marker.ts";
import {
  PidFiles,
  type PidOwner,
  pidPath,
  type PidPaths,
} from "../../../engine/lifecycle/pid_files.ts";
import { statusLine } from "../../../engine/lifecycle/status_line.ts";
import { startupDelays } from "../../../engine/io/system_io.ts";
import { Log } from "../../../engine/log.ts";
import { vrrpInstanceIdentity } from "../../../machines/config.ts";
import type { PlaceConfig } from "../../../machines/global_config.ts";
import type { VrrpState } from "../../../machines/vrrp_facts.ts";
import { instanceConfig, wholeConfig } from "../../machines/vrrp_config.ts";

const { global: GLOBAL } = wholeConfig();
const IN = { usesPidDirectory: true };

// deno-fmt-ignore
const PATHS: [PidOwner, PidPaths, Partial<PlaceConfig>, string | undefined][] = [
  ["daemon", {},                {},                                           undefined],
  ["daemon", { daemon: "/x" },  {},                                           "/x"],
  ["vrrp",   { daemon: "/x" },  {},                                           undefined],
  ["vrrp",   { vrrp: "/v" },    { ...IN, instance: "i" },                     "/v"],
  ["daemon", {},                IN,                                           "/run/keepalived/keepalived.pid"],
  ["vrrp",   {},                { ...IN, instance: "i" },                     "/run/keepalived/vrrp_i.pid"],
  ["check",  {},                { ...IN, instance: "i" },                     "/run/keepalived/checkers_i.pid"],
  ["bfd",    {},                { ...IN, namespace: "n" },                    "/run/keepalived/bfd.pid"],
  ["daemon", {},                { ...IN, namespace: "n", instance: "i" },     "/run/keepalived/keepalived_i.pid"],
];
for (const [owner, given, place, path] of PATHS) {
  Deno.test(`pidPath: ${owner} ${JSON.stringify({ ...given, ...place })}`, () =>
    assertEquals(pidPath(owner, given, { ...GLOBAL.place, ...place }), path));
}

Deno.test("PidFiles: another daemon is refused, and files go with theirs", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const said: string[] = [];
    const log = new Log((_, text) => said.push(text), () => 0);
    const paths = { daemon: `${directory}/d.pid`, vrrp: `${directory}/v.pid` };
    const first = new PidFiles(paths, log);
    assertEquals(first.claim(GLOBAL.place), true);
    first.child("vrrp", 5);
    first.child("vrrp", 6);
    assertEquals(Deno.readTextFileSync(paths.vrrp), "6\n");
    assertEquals(Deno.readTextFileSync(paths.daemon), `${Deno.pid}\n`);
    const second = new PidFiles(paths, log);
    assertEquals(second.claim(GLOBAL.place), false);
    assertEquals(said, [`Cannot write pid file ${paths.daemon}: another process holds it`]);
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    assertEquals(Array.from(Deno.readDirSync(directory)), []);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

// deno-fmt-ignore
const MARKERS: [markerPath: string | undefined, Partial<PlaceConfig>, string | undefined][] = [
  [undefined, {},                                       undefined],
  ["/m",      {},                                       "/m"],
  ["",        {},                                       "/run/keepalived.reload"],
  ["",        { ...IN, instance: "i" },                 "/run/keepalived/keepalived_i.reload"],
  ["",        { ...IN, namespace: "n" },                "/run/keepalived/keepalived.reload"],
];
for (const [given, place, path] of MARKERS) {
  Deno.test(`markerPath: ${given} ${JSON.stringify(place)}`, () => {
    const reload = { repeats: false, ...(given !== undefined && { markerPath: given }) };
    assertEquals(markerPath({ ...GLOBAL, reload, place: { ...GLOBAL.place, ...place } }), path);
  });
}

// deno-fmt-ignore
const LINES: [VrrpState[], string][] = [
  [[],                            "0 virtual routers"],
  [["active"],                    "1 virtual router: 1 master"],
  [["fault", "backup", "active", "backup"], "4 virtual routers: 1 master, 2 backup, 1 in fault"],
];
for (const [states, line] of LINES) {
  Deno.test(`statusLine: ${line}`, () => assertEquals(statusLine(states), line));
}

// deno-fmt-ignore
const DELAYS: [startupMs: number, afterBootMs: number | undefined, elapsedMs: number, upMs: number, leftMs: number | undefined][] = [
  [0,      undefined, 0,     1e9,    undefined],
  [5_000,  undefined, 2_000, 1e9,    3_000],
  [5_000,  undefined, 5_000, 1e9,    undefined],
  [0,      60_000,    0,     59_000, 1_000],
  [0,      60_000,    0,     61_000, undefined],
  [5_000,  60_000,    0,     59_000, 5_000],
  [5_000,  60_000,    0,     50_000, 10_000],
];
for (const [startupDelayMs, delayAfterBootMs, elapsedMs, upMs, leftMs] of DELAYS) {
  const name = `startup ${startupDelayMs}, boot ${delayAfterBootMs}, ${elapsedMs} and ${upMs} ago`;
  Deno.test(`startupDelays: ${name}`, () => {
    const instance = instanceConfig({ startupDelayMs });
    const config = wholeConfig([instance]);
    const global = { ...GLOBAL, ...(delayAfterBootMs !== undefined && { delayAfterBootMs }) };
    const expected = leftMs === undefined ? {} : { [vrrpInstanceIdentity(instance)]: leftMs };
    assertEquals(startupDelays({ ...config, global }, elapsedMs, upMs), expected);
  });
}
