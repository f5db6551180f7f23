/**
 * When `reload_time_file` means, and a timer that follows it under virtual time.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FileWatch } from "../../../engine/io/file_watch.ts";
import { nextReload } from "../../../engine/lifecycle/reload_time.ts";
import { ReloadTimer } from "../../../engine/lifecycle/reload_timer.ts";
import { Log } from "../../../engine/log.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { VirtualTime } from "../../virtual_time.ts";

const NOON = Date.UTC(2026, 10, 26, 12, 0, 0);
const at = (...parts: [number, number, number, number, number, number]) => Date.UTC(...parts);

// deno-fmt-ignore
const TIMES: [text: string, expected: number | string][] = [
  ["12:00:01Z",             at(2026, 10, 26, 12, 0, 1)],
  ["12:00:01 Z\n",          at(2026, 10, 26, 12, 0, 1)],
  ["12:00:00Z",             at(2026, 10, 27, 12, 0, 0)], // Now is past.
  ["11:59:59Z",             at(2026, 10, 27, 11, 59, 59)],
  ["2026-11-26 12:00:01Z",  at(2026, 10, 26, 12, 0, 1)],
  ["26-12-31 23:59:59Z",    at(2026, 11, 31, 23, 59, 59)],
  ["2028-02-29 00:00:00Z",  at(2028, 1, 29, 0, 0, 0)],
  ["2026-11-26 12:00:00Z",  "it is past"],
  ["2027-02-29 00:00:00Z",  "there is no such day"],
  ["2027-13-01 00:00:00Z",  "there is no such day"],
  ["24:00:00Z",             "there is no such time"],
  ["12:60:00",              "there is no such time"],
  ["noon",                  "it is no time: HH:MM:SS or YYYY-MM-DD HH:MM:SS, and perhaps Z"],
  ["12:00",                 "it is no time: HH:MM:SS or YYYY-MM-DD HH:MM:SS, and perhaps Z"],
];
for (const [text, expected] of TIMES) {
  Deno.test(`nextReload: ${JSON.stringify(text)}`, () => {
    const next = nextReload(text, NOON);
    assertEquals(typeof next === "string" ? next : next.atUnixMs, expected);
    if (typeof next !== "string") assertEquals(next.isDaily, !text.includes("-"));
  });
}

Deno.test("nextReload: local time is that of this machine", () => {
  const soon = new Date(NOON + 60_000);
  const digits = (value: number) => String(value).padStart(2, "0");
  const text = [soon.getHours(), soon.getMinutes(), soon.getSeconds()].map(digits).join(":");
  assertEquals(nextReload(text, NOON), { atUnixMs: NOON + 60_000, isDaily: true });
});

function timer(text: string, repeats: boolean) {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, text);
  const time = new VirtualTime();
  const reactor = new Reactor();
  const watch = new FileWatch(reactor, time.clock);
  const said: string[] = [];
  let jumpMs = 0;
  const reloads: ReloadTimer = new ReloadTimer({
    watch,
    clock: time.clock,
    log: new Log((level, line) => said.push(`${level}: ${line.replaceAll(path, "FILE")}`), () => 0),
    unixMs: () => NOON + time.clock.now() + jumpMs,
    reload: () => said.push("reload"),
  });
  reloads.configure({ timePath: path, repeats });
  const isThere = () => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  };
  return {
    time,
    said,
    isThere,
    jump: (ms: number) => jumpMs += ms,
    write: (other: string) => {
      Deno.writeTextFileSync(path, other);
      reactor.waitSync(1_000);
    },
    [Symbol.dispose]() {
      reloads[Symbol.dispose]();
      watch[Symbol.dispose]();
      reactor[Symbol.dispose]();
      if (isThere()) Deno.removeSync(path);
    },
  };
}

const FIRE = ["info: Reload as FILE says", "reload"];

Deno.test("ReloadTimer: reloads at the time, once, and the file goes", () => {
  using subject = timer("12:01:00Z", false);
  subject.time.runFor(59_999);
  assertEquals(subject.said, ["info: Reload at 2026-11-26T12:01:00.000Z"]);
  subject.time.runFor(1);
  assertEquals(subject.said.slice(1), FIRE);
  assertEquals(subject.isThere(), false);
  subject.time.runFor(2 * 86_400_000);
  assertEquals(subject.said.length, 3);
});

Deno.test("ReloadTimer: with reload_repeat each day again, unless there is a date", () => {
  using daily = timer("12:01:00Z", true);
  daily.time.runFor(60_000 + 86_400_000);
  assertEquals(daily.said.filter((line) => line === "reload").length, 2);
  assertEquals(daily.isThere(), true);
  using dated = timer("2026-11-26 12:01:00Z", true);
  dated.time.runFor(60_000);
  assertEquals(dated.said.slice(1), FIRE);
  assertEquals(dated.isThere(), false);
});

Deno.test("ReloadTimer: a clock that is set forward is noticed within half a minute", () => {
  using subject = timer("13:00:00Z", false);
  subject.jump(3_600_000);
  subject.time.runFor(30_000);
  assertEquals(subject.said.slice(1), FIRE);
});

Deno.test("ReloadTimer: another time in the file holds, and nonsense is told", () => {
  using subject = timer("13:00:00Z", false);
  subject.write("12:30:00Z");
  assertEquals(subject.said.at(-1), "info: Reload at 2026-11-26T12:30:00.000Z");
  subject.write("soon");
  assertEquals(subject.said.at(-1)?.startsWith("warning: FILE: it is no time"), true);
  subject.time.runFor(86_400_000);
  assertEquals(subject.said.includes("reload"), false);
});
