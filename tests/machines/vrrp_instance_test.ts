/**
 * The tables of RFC 9568 §6.4 and RFC 3768 §6.4, one row each: state, fact, next state, ordered
 * commands and exact timers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { VrrpContext, VrrpFact } from "../../machines/vrrp_facts.ts";
import { heard, initialEffects, startup, step, valueOf } from "./vrrp_step.ts";

type Change = Partial<VrrpInstanceConfig>;
type Row = [name: string, from: string, VrrpFact, Change, to: string, effects: string[]];

const shutdown: VrrpFact = { type: "SHUTDOWN" };
const owner: Change = { priority: 255, initialRole: "active" };
const nopreempt: Change = { preempt: false };
const v2: Change = { version: 2 };
const v2Slow: Change = { version: 2, advertisementIntervalCs: 300 };
const ipv6: Change = { family: 6 };
/** No second announcement, so that rows show the timers of the RFC only. */
const once: Change = {
  announcements: {
    repeatCount: 1,
    delayMs: 0,
    refreshMs: 0,
    refreshRepeatCount: 1,
    lowerPriorityRepeatCount: 0,
    lowerPriorityDelayMs: 0,
    arpIntervalUs: 0,
    neighborIntervalUs: 0,
  },
};
const BECOME_ACTIVE = (priority: number, cause: string) => [
  `send ${priority}`,
  `report active: ${cause}`,
  "claim ×1",
];

// deno-fmt-ignore
const V3: Row[] = [
  ["RFC9568 §6.4.1 owner: advertise, claim, Adver_Timer", "initialize", startup(), { ...owner, ...once }, "active advertising quiet", [...BECOME_ACTIVE(255, "startup"), "wait 1000"]],
  ["RFC9568 §6.4.1 not owner: Active_Down_Timer", "initialize", startup(), {}, "backup hearing", ["release", "report backup: startup", "wait 3609.375"]],
  ["RFC9568 §6.4.1 not owner, priority 254", "initialize", startup(), { priority: 254 }, "backup hearing", ["release", "report backup: startup", "wait 3007.8125"]],
  ["RFC9568 §6.4.1 an active role without priority 255 waits", "initialize", startup(), { initialRole: "active" }, "backup hearing", ["release", "report backup: startup", "wait 3609.375"]],

  ["RFC9568 §6.4.2 shutdown: Initialize, nothing is sent", "backup hearing", shutdown, {}, "initialize", ["report initialize: shutdown"]],
  ["RFC9568 §6.4.2 shutdown while Skew_Time runs", "backup resigned", shutdown, {}, "initialize", ["report initialize: shutdown"]],
  ["RFC9568 §6.4.2 priority 0: Skew_Time", "backup hearing", heard(0), {}, "backup resigned", ["wait 609.375"]],
  ["RFC9568 §6.4.2 priority 0 does not teach an interval", "backup resigned", heard(0), {}, "backup resigned", ["wait 609.375"]],
  ["RFC9568 §6.4.2 higher priority: interval, Active_Down_Interval", "backup hearing", heard(101), {}, "backup hearing", ["wait 14437.5"]],
  ["RFC9568 §6.4.2 equal priority is heeded, greater address", "backup hearing", heard(100, "192.0.2.20"), {}, "backup hearing", ["wait 14437.5"]],
  ["RFC9568 §6.4.2 equal priority is heeded, smaller address", "backup hearing", heard(100, "192.0.2.9"), {}, "backup hearing", ["wait 14437.5"]],
  ["RFC9568 §6.4.2 lower priority is discarded", "backup hearing", heard(99), {}, "backup hearing", []],
  ["RFC9568 §6.4.2 lower priority is discarded while Skew_Time runs", "backup resigned", heard(99), {}, "backup resigned", []],
  ["RFC9568 §6.4.2 Preempt_Mode False heeds lower priority", "backup hearing", heard(99), nopreempt, "backup hearing", ["wait 14437.5"]],
  ["RFC9568 §6.4.2 heeded after a resignation", "backup resigned", heard(101), {}, "backup hearing", ["wait 14437.5"]],
  ["RFC9568 §6.4.2 intervals of 10 ms", "backup hearing", heard(255, "192.0.2.20", 1), { priority: 254 }, "backup hearing", ["wait 30.078125"]],

  ["RFC9568 §6.4.3 shutdown: priority 0 before release", "active advertising quiet", shutdown, once, "initialize", ["send 0", "release", "report initialize: shutdown"]],
  ["RFC9568 §6.4.3 priority 0: advertise, reset Adver_Timer", "active advertising quiet", heard(0), once, "active advertising quiet", ["send 100", "wait 1000"]],
  ["RFC9568 §6.4.3 higher priority: Backup", "active advertising quiet", heard(101), once, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["RFC9568 §6.4.3 equal priority, greater address: Backup", "active advertising quiet", heard(100, "192.0.2.11"), once, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["RFC9568 §6.4.3 addresses compare as unsigned integers", "active advertising quiet", heard(100, "203.0.113.1"), once, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["RFC9568 §6.4.3 addresses do not compare as text", "active advertising quiet", heard(100, "192.0.2.9"), once, "active advertising quiet", ["send 100", "report lesser"]],
  ["RFC9568 §6.4.3 lower priority: advertise at once, Adver_Timer runs on", "active advertising quiet", heard(99), once, "active advertising quiet", ["send 100", "report lesser"]],
  ["RFC9568 §6.4.3 lower priority, greater address", "active advertising quiet", heard(1, "203.0.113.1"), once, "active advertising quiet", ["send 100", "report lesser"]],
  ["RFC9568 §6.4.3 Preempt_Mode is not considered: higher", "active advertising quiet", heard(101), { ...once, ...nopreempt }, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["RFC9568 §6.4.3 Preempt_Mode is not considered: lower", "active advertising quiet", heard(99), { ...once, ...nopreempt }, "active advertising quiet", ["send 100", "report lesser"]],
  ["RFC9568 §6.4.3 an owner yields to an owner with a greater address", "active advertising quiet", heard(255), { ...once, ...owner }, "backup hearing", ["release", "report backup: advertisement", "wait 12015.625"]],
  ["RFC9568 §6.4.3 an owner does not yield to an owner with a smaller address", "active advertising quiet", heard(255, "192.0.2.9"), { ...once, ...owner }, "active advertising quiet", ["send 255", "report lesser"]],
  ["RFC9568 §6.4.3 an owner does not yield to 254", "active advertising quiet", heard(254), { ...once, ...owner }, "active advertising quiet", ["send 255", "report lesser"]],
];

// deno-fmt-ignore
const V2: Row[] = [
  ["RFC3768 §6.4.1 owner: advertise, claim, Adver_Timer", "initialize", startup(), { ...v2, ...owner, ...once }, "active advertising quiet", [...BECOME_ACTIVE(255, "startup"), "wait 1000"]],
  ["RFC3768 §6.4.1 not owner: Master_Down_Timer", "initialize", startup(), v2, "backup hearing", ["release", "report backup: startup", "wait 3609.375"]],
  ["RFC3768 §6.4.1 Skew_Time is a part of one second whatever the interval", "initialize", startup(), v2Slow, "backup hearing", ["release", "report backup: startup", "wait 9609.375"]],
  ["RFC3768 §6.4.2 shutdown: Initialize, nothing is sent", "backup hearing", shutdown, v2, "initialize", ["report initialize: shutdown"]],
  ["RFC3768 §6.4.2 priority 0: Skew_Time", "backup hearing", heard(0), v2Slow, "backup resigned", ["wait 609.375"]],
  ["RFC3768 §6.4.2 higher priority: Master_Down_Interval of our own interval", "backup hearing", heard(101), v2, "backup hearing", ["wait 3609.375"]],
  ["RFC3768 §6.4.2 equal priority is heeded", "backup hearing", heard(100, "192.0.2.9"), v2, "backup hearing", ["wait 3609.375"]],
  ["RFC3768 §6.4.2 lower priority is discarded", "backup hearing", heard(99), v2, "backup hearing", []],
  ["RFC3768 §6.4.2 Preempt_Mode False heeds lower priority", "backup hearing", heard(99), { ...v2, ...nopreempt }, "backup hearing", ["wait 3609.375"]],
  ["RFC3768 §6.4.3 shutdown: priority 0 before release", "active advertising quiet", shutdown, { ...v2, ...once }, "initialize", ["send 0", "release", "report initialize: shutdown"]],
  ["RFC3768 §6.4.3 priority 0: advertise, reset Adver_Timer", "active advertising quiet", heard(0), { ...v2, ...once }, "active advertising quiet", ["send 100", "wait 1000"]],
  ["RFC3768 §6.4.3 higher priority: Backup", "active advertising quiet", heard(101), { ...v2, ...once }, "backup hearing", ["release", "report backup: advertisement", "wait 3609.375"]],
  ["RFC3768 §6.4.3 equal priority, greater address: Backup", "active advertising quiet", heard(100, "192.0.2.11"), { ...v2, ...once }, "backup hearing", ["release", "report backup: advertisement", "wait 3609.375"]],
  ["RFC3768 §6.4.3 lower priority without an answer is discarded", "active advertising quiet", heard(99), { ...v2, ...once, answersLowerPriority: false }, "active advertising quiet", ["report lesser"]],
  ["RFC3768 §6.4.3 lower priority is answered unless told otherwise", "active advertising quiet", heard(99), { ...v2, ...once }, "active advertising quiet", ["send 100", "report lesser"]],
];

for (const [name, state, fact, config, to, effects] of [...V3, ...V2]) {
  Deno.test(`vrrpInstance ${name}`, () => {
    const stepped = step({ state, config }, fact);
    assertEquals([stepped.value, stepped.effects], [valueOf(to), effects]);
  });
}

const ipv6Context: Partial<VrrpContext> = { primaryIp: ip("fe80::10") };
// deno-fmt-ignore
const IPV6: [name: string, source: string, to: string, effects: string[]][] = [
  ["greater address", "fe80::11", "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["greater address with a shorter text", "fe80:1::", "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["smaller address", "fe80::f", "active advertising quiet", ["send 100", "report lesser"]],
];
for (const [name, source, to, effects] of IPV6) {
  Deno.test(`vrrpInstance RFC9568 §6.4.3 IPv6 tie: ${name}`, () => {
    const from = {
      state: "active advertising quiet",
      config: { ...ipv6, ...once },
      context: ipv6Context,
    };
    const stepped = step(from, heard(100, source));
    assertEquals([stepped.value, stepped.effects], [valueOf(to), effects]);
  });
}

Deno.test("vrrpInstance: nothing happens before the first fact", () => {
  assertEquals(initialEffects(), []);
});

Deno.test("vrrpInstance RFC9568 §6.4.2 Active_Adver_Interval is the one of the last advertisement", () => {
  const from = { state: "backup hearing", context: { activeAdverIntervalCs: 10 } };
  const after = step(from, heard(200, "192.0.2.20", 50));
  assertEquals(after.context.activeAdverIntervalCs, 50);
  assertEquals(after.effects, ["wait 1804.6875"]);
});

Deno.test("vrrpInstance RFC9568 §6.4.2 a discarded advertisement teaches no interval", () => {
  const after = step({ state: "backup hearing" }, heard(99));
  assertEquals(after.context.activeAdverIntervalCs, 100);
});

Deno.test("vrrpInstance RFC9568 §6.4.2 Skew_Time is of the learned interval", () => {
  const after = step(
    { state: "backup hearing", context: { activeAdverIntervalCs: 400 } },
    heard(0),
  );
  assertEquals(after.effects, ["wait 2437.5"]);
});

Deno.test("vrrpInstance RFC3768 §6.4 version 2 learns no interval", () => {
  const after = step({ state: "backup hearing", config: v2 }, heard(101));
  assertEquals(after.context.activeAdverIntervalCs, 100);
});

Deno.test("vrrpInstance RFC9568 §6.4.1 startup forgets a learned interval", () => {
  const from = { state: "initialize", context: { activeAdverIntervalCs: 400 } };
  assertEquals(step(from, startup()).effects.at(-1), "wait 3609.375");
});

Deno.test("vrrpInstance RFC9568 §6.4.3 without a primary address no tie is lost", () => {
  const from = {
    state: "active advertising quiet",
    config: once,
    context: { primaryIp: undefined },
  };
  assertEquals(step(from, heard(100, "203.0.113.1")).effects, ["send 100", "report lesser"]);
});

Deno.test("vrrpInstance: the cause of losing an election names the winner", () => {
  const after = step({ state: "active advertising" }, heard(101));
  assertEquals(valueOf("backup hearing"), after.value);
  assertEquals(after.reports, [{
    type: "REPORT",
    state: "backup",
    cause: { kind: "advertisement", source: ip("192.0.2.20"), priority: 101 },
    priority: 100,
  }]);
});
