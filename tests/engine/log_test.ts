/**
 * What stayd says: texts, levels and limits.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { syslogTag } from "../../engine/log_output.ts";
import { Log, stateWord } from "../../engine/log.ts";
import type { Cause } from "../../machines/vrrp_causes.ts";
import type { VrrpReport, VrrpState } from "../../machines/vrrp_facts.ts";
import { ip } from "../../net/address.ts";

function entered(state: VrrpState, cause: Cause): VrrpReport {
  return { type: "REPORT", state, cause, priority: 100 };
}

function logged() {
  const lines: string[] = [];
  const time = { nowMs: 0 };
  const log = new Log((level, text) => lines.push(`${level}: ${text}`), () => time.nowMs);
  return { log, lines, time, taken: () => lines.splice(0) };
}

const source = ip("192.0.2.20");

// deno-fmt-ignore
const MESSAGES: [name: string, say: (log: Log) => void, line: string][] = [
  ["state active", (log) => log.report("VI_1", entered("active", { kind: "silence" })), "info: (VI_1) Entering MASTER STATE: no advertisement within the down interval"],
  ["state backup", (log) => log.report("VI_1", entered("backup", { kind: "startup" })), "info: (VI_1) Entering BACKUP STATE: at startup"],
  ["state fault", (log) => log.report("VI_1", entered("fault", { kind: "fault", reasons: ["a", "b"] })), "warning: (VI_1) Entering FAULT STATE: a, b"],
  ["state initialize", (log) => log.report("VI_1", entered("initialize", { kind: "shutdown" })), "info: (VI_1) Stopped: shutting down"],
  ["priority", (log) => log.report("VI_1", { type: "REPORT_PRIORITY", before: 100, priority: 70, contributions: [{ object: "script a", change: -40 }, { object: "bfd b", change: 10 }] }), "info: (VI_1) Changing effective priority from 100 to 70: script a -40, bfd b +10"],
  ["priority back", (log) => log.report("VI_1", { type: "REPORT_PRIORITY", before: 70, priority: 100, contributions: [] }), "info: (VI_1) Changing effective priority from 70 to 100"],
  ["lesser", (log) => log.report("VI_1", { type: "REPORT_LESSER", source, priority: 50 }), "warning: (VI_1) Received advert from 192.0.2.20 with lower priority 50"],
  ["rejected", (log) => log.rejected("VI_1", "wrong checksum", source), "warning: (VI_1) Discarded advertisement from 192.0.2.20: wrong checksum"],
  ["rejected, of unknown source", (log) => log.rejected("VI_1", "wrong length", undefined, " (7)"), "warning: (VI_1) Discarded advertisement from unknown: wrong length (7)"],
  ["suspicious", (log) => log.suspicious("VI_1", "interval differs from ours", source), "warning: (VI_1) Advertisement from 192.0.2.20: interval differs from ours"],
  ["ownAddressHeard", (log) => log.ownAddressHeard("VI_1", source), "warning: (VI_1) Another host advertises from our own address 192.0.2.20"],
  ["sendFailed", (log) => log.sendFailed("VI_1", "advertisement", "ENETDOWN"), "error: (VI_1) Cannot send advertisement: ENETDOWN"],
  ["addressFailed", (log) => log.addressFailed("VI_1", "add", "192.0.2.1/24", "EPERM"), "error: (VI_1) Cannot add address 192.0.2.1/24: EPERM"],
  ["addressVanished", (log) => log.addressVanished("VI_1", source), "warning: (VI_1) Somebody removed address 192.0.2.20: putting it back"],
  ["stalled", (log) => log.stalled(1_234.5678), "warning: This process did not run for 1235 ms when a timer was due"],
  ["running", (log) => log.running(3), "info: Startup complete: 3 VRRP instances"],
  ["reloaded", (log) => log.reloaded(1, 2, 3), "info: Reload complete: 3 started, 2 changed, 1 stopped"],
  ["reloadRejected", (log) => log.reloadRejected(), "error: Reload refused: the configuration has errors, the old one stays"],
  ["note", (log) => log.note("debug", "text"), "debug: text"],
];
for (const [name, say, line] of MESSAGES) {
  Deno.test(`Log ${name}`, () => {
    const { log, lines } = logged();
    say(log);
    assertEquals(lines, [line]);
  });
}

Deno.test("stateWord: keepalived's words", () => {
  const words = (["initialize", "backup", "active", "fault"] as const).map(stateWord);
  assertEquals(words, ["INIT", "BACKUP", "MASTER", "FAULT"]);
});

Deno.test("Log RFC9568 §7.1 one line a second for each instance and reason", () => {
  const { log, time, taken } = logged();
  const flood = () => log.rejected("VI_1", "wrong checksum", source);
  for (let i = 0; i < 10_000; i++) flood();
  assertEquals(taken().length, 1);
  time.nowMs = 999;
  flood();
  assertEquals(taken(), []);
  time.nowMs = 1_000;
  flood();
  const text = "warning: (VI_1) Discarded advertisement from 192.0.2.20: wrong checksum";
  assertEquals(taken(), [`${text} (and 10000 more like it)`]);
  time.nowMs = 2_000;
  flood();
  assertEquals(taken(), [text], "nothing was left out since");
});

Deno.test("Log: limits of other instances and reasons are their own", () => {
  const { log, taken } = logged();
  log.rejected("VI_1", "wrong checksum", source);
  log.rejected("VI_1", "wrong version", source);
  log.rejected("VI_2", "wrong checksum", source);
  log.sendFailed("VI_1", "advertisement", "EPERM");
  log.sendFailed("VI_1", "advertisement", "ENETDOWN");
  assertEquals(taken().length, 5);
});

Deno.test("Log: a flood of sources is one key", () => {
  const { log, taken } = logged();
  for (let i = 0; i < 250; i++) log.rejected("VI_1", "wrong checksum", ip(`192.0.2.${i}`));
  assertEquals(taken().length, 1);
});

Deno.test("Log: changes of state are never limited", () => {
  const { log, taken } = logged();
  for (let i = 0; i < 10; i++) log.report("VI_1", entered("active", { kind: "silence" }));
  assertEquals(taken().length, 10);
});

Deno.test("Log: remembers a bounded number of keys, and forgets the oldest", () => {
  const { log, time, taken } = logged();
  const say = (i: number) => log.rejected(`VRID ${i}`, "VRID is not configured here", source);
  for (let i = 0; i < 4_096; i++) say(i);
  assertEquals(taken().length, 4_096);
  for (let i = 0; i < 4_096; i++) say(i);
  assertEquals(taken(), [], "all are remembered");
  say(5_000);
  assertEquals(taken().length, 1);
  say(1);
  assertEquals(taken(), [], "only the oldest was forgotten");
  say(0);
  assertEquals(taken().length, 1, "the oldest was forgotten");
  time.nowMs = 500;
});

Deno.test("syslogTag: tells which of several daemons speaks", () => {
  assertEquals(syslogTag({}), "stayd");
  assertEquals(syslogTag({ instance: "one" }), "stayd_one");
  assertEquals(syslogTag({ namespace: "blue", instance: "one" }), "stayd_blue_one");
});
