/**
 * What keepalived adds to the tables of the RFCs: faults, delays, repeated announcements, stalls,
 * reloads. One row each: state, fact, next state, ordered commands and exact timers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { VrrpContext, VrrpFact } from "../../machines/vrrp_facts.ts";
import { DEFAULT_ANNOUNCEMENTS, instanceConfig } from "./vrrp_config.ts";
import { type From, heard, OUR_IP, startup, step, valueOf } from "./vrrp_step.ts";

type Change = Partial<VrrpInstanceConfig>;
type Row = [name: string, from: string | From, VrrpFact, Change, to: string, effects: string[]];

const shutdown: VrrpFact = { type: "SHUTDOWN" };
const retire: VrrpFact = { type: "RETIRE" };
const owner: Change = { priority: 255, initialRole: "active" };
const preemptDelay: Change = { preemptDelayMs: 60_000 };
const oneFault: Partial<VrrpContext> = { faults: ["interface eth0 is down"] };
const twoFaults: Partial<VrrpContext> = { faults: ["interface eth0 is down", "no IPv4 address"] };
const BECOME_BACKUP = (cause: string) => ["release", `report backup: ${cause}`];

function raised(reason = "interface eth0 is down"): VrrpFact {
  return { type: "FAULT_RAISED", reason };
}
function cleared(reason = "interface eth0 is down"): VrrpFact {
  return { type: "FAULT_CLEARED", reason };
}
function stalled(lateMs: number): VrrpFact {
  return { type: "STALLED", lateMs };
}
function reconfigured(change: Change): VrrpFact {
  return { type: "RECONFIGURE", config: instanceConfig(change) };
}
function announcing(change: Partial<typeof DEFAULT_ANNOUNCEMENTS>): Change {
  return { announcements: { ...DEFAULT_ANNOUNCEMENTS, ...change } };
}
function after(timer: string, state: string): VrrpFact {
  // What XState's own timers send; the types of a machine do not list it.
  return { type: `xstate.after.${timer}.vrrp.${state}` } as unknown as VrrpFact;
}

// deno-fmt-ignore
const STARTING: Row[] = [
  ["start-up delay: deaf and dumb", "initialize", startup(3_000), {}, "delayed", ["release", "wait 3000"]],
  ["start-up delay: an owner is silent too", "initialize", startup(3_000), owner, "delayed", ["release", "wait 3000"]],
  ["start-up delay: advertisements are discarded", "delayed", heard(200), {}, "delayed", []],
  ["start-up delay: shutdown", "delayed", shutdown, {}, "initialize", []],
  ["start-up delay ends: backup with all of its time", "delayed", after("startupDelay", "delayed"), {}, "backup hearing", [...BECOME_BACKUP("startup"), "wait 3609.375"]],
  ["start-up delay ends: an owner is active", "delayed", after("startupDelay", "delayed"), owner, "active advertising", ["send 255", "report active: startup", "claim ×5", "wait 1000", "wait 5000"]],
  ["start-up delay ends: something is missing", { state: "delayed", context: oneFault }, after("startupDelay", "delayed"), owner, "fault", ["release", "report fault: fault"]],
  ["something is missing at start: leftovers are removed", { state: "initialize", context: oneFault }, startup(), {}, "fault", ["release", "report fault: fault"]],
  ["something is missing at start of an owner", { state: "initialize", context: oneFault }, startup(), owner, "fault", ["release", "report fault: fault"]],
  ["resume: active at once, addresses are adopted", "initialize", startup(0, true), {}, "active advertising", ["send 100", "report active: resumed", "claim ×5", "wait 1000", "wait 5000"]],
  ["resume with something missing: fault", { state: "initialize", context: oneFault }, startup(0, true), {}, "fault", ["release", "report fault: fault"]],
  ["an owner that wants to be backup waits", "initialize", startup(), { priority: 255 }, "backup hearing", [...BECOME_BACKUP("startup"), "wait 3003.90625"]],
];

// deno-fmt-ignore
const FAULTS: Row[] = [
  ["fault of an active router: priority 0, then release", "active advertising", raised(), {}, "fault", ["send 0", "release", "report fault: fault"]],
  ["fault of a doubting router", "active doubting", raised(), {}, "fault", ["send 0", "release", "report fault: fault"]],
  ["fault of a backup", "backup hearing", raised(), {}, "fault", ["report fault: fault"]],
  ["fault while Skew_Time runs", "backup resigned", raised(), {}, "fault", ["report fault: fault"]],
  ["fault: a second reason", { state: "fault", context: oneFault }, raised("no IPv4 address"), {}, "fault", []],
  ["fault: the same reason again", { state: "fault", context: oneFault }, raised(), {}, "fault", []],
  ["fault: one of two reasons is gone", { state: "fault", context: twoFaults }, cleared(), {}, "fault", []],
  ["fault: a reason that never was is gone", { state: "fault", context: oneFault }, cleared("other"), {}, "fault", []],
  ["fault: the last reason is gone", { state: "fault", context: oneFault }, cleared(), {}, "backup hearing", ["report backup: recovery", "wait 3609.375"]],
  ["fault: recovery of an owner", { state: "fault", context: oneFault }, cleared(), owner, "active advertising", ["send 255", "report active: recovery", "claim ×5", "wait 1000", "wait 5000"]],
  ["fault: recovery forgets a learned interval", { state: "fault", context: { ...oneFault, activeAdverIntervalCs: 400 } }, cleared(), {}, "backup hearing", ["report backup: recovery", "wait 3609.375"]],
  ["fault: advertisements are discarded", { state: "fault", context: oneFault }, heard(0), {}, "fault", []],
  ["fault: shutdown", { state: "fault", context: oneFault }, shutdown, {}, "initialize", ["report initialize: shutdown"]],
  ["fault before start is remembered", "initialize", raised(), {}, "initialize", []],
];

// deno-fmt-ignore
const PREEMPTION: Row[] = [
  ["preempt_delay: the first lesser advertisement starts it, and is heeded", { state: "backup hearing idle" }, heard(99), preemptDelay, "backup hearing delaying", ["wait 14437.5", "wait 60000"]],
  ["preempt_delay: a further lesser one is heeded, the delay runs on", { state: "backup hearing delaying" }, heard(99), preemptDelay, "backup hearing delaying", ["wait 14437.5"]],
  ["preempt_delay: an equal one cancels it", { state: "backup hearing delaying" }, heard(100), preemptDelay, "backup hearing idle", ["wait 14437.5"]],
  ["preempt_delay: a greater one cancels it", { state: "backup hearing delaying" }, heard(101), preemptDelay, "backup hearing idle", ["wait 14437.5"]],
  ["preempt_delay: a resignation leaves it alone", { state: "backup hearing delaying" }, heard(0), preemptDelay, "backup resigned delaying", ["wait 609.375"]],
  ["preempt_delay: a resignation does not start it", { state: "backup hearing idle" }, heard(0), preemptDelay, "backup resigned idle", ["wait 609.375"]],
  ["preempt_delay is over: the down timer runs on", { state: "backup hearing delaying" }, after("preemptDelay", "backup.preemption.delaying"), preemptDelay, "backup hearing", []],
  ["preempt_delay is over: a lesser one is discarded", "backup hearing", heard(99), preemptDelay, "backup hearing", []],
  ["preempt_delay is over: a greater one asks for it anew", "backup hearing", heard(101), preemptDelay, "backup hearing idle", ["wait 14437.5"]],
  ["preempt_delay with nopreempt: a lesser one is heeded for ever", "backup hearing", heard(99), { ...preemptDelay, preempt: false }, "backup hearing", ["wait 14437.5"]],
  ["higher_prio_send_advert: advertise, then release", "active advertising", heard(101), { advertisesBeforeYielding: true }, "backup hearing", ["send 100", "release", "report backup: advertisement", "wait 14437.5"]],
  ["higher_prio_send_advert: nothing for a lesser one", "active advertising", heard(99), { advertisesBeforeYielding: true, ...announcing({ lowerPriorityRepeatCount: 0 }) }, "active advertising", ["send 100", "report lesser"]],
  ["lower_prio_no_advert: no answer, but announcements", "active advertising", heard(99), { answersLowerPriority: false }, "active advertising settling pending", ["report lesser", "announce ×5", "wait 5000"]],
  ["a twin of ours (same address, same priority) wins no election, and is not answered", "active advertising", heard(100, OUR_IP), {}, "active advertising", []],
  ["our own address with a greater priority wins", "active advertising", heard(255, OUR_IP), {}, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["our own address with a lesser priority is answered", "active advertising quiet", heard(99, OUR_IP), announcing({ lowerPriorityRepeatCount: 0 }), "active advertising quiet", ["send 100", "report lesser"]],
];

// deno-fmt-ignore
const ANNOUNCING: Row[] = [
  ["garp_master_delay: the second burst, then quiet", "active advertising", after("announcementDelay", "active.holding.announcements.settling"), {}, "active advertising quiet", ["announce ×5"]],
  ["garp_master_delay 0: no second burst", "initialize", startup(0, true), announcing({ delayMs: 0 }), "active advertising quiet", ["send 100", "report active: resumed", "claim ×5", "wait 1000"]],
  ["garp_master_repeat", "initialize", startup(0, true), announcing({ repeatCount: 2, delayMs: 0 }), "active advertising quiet", ["send 100", "report active: resumed", "claim ×2", "wait 1000"]],
  ["garp_master_refresh: the second burst is none of its business", "active advertising", after("announcementDelay", "active.holding.announcements.settling"), announcing({ refreshMs: 60_000 }), "active advertising quiet", ["announce ×5"]],
  ["garp_master_refresh: repeats by its own count", "active advertising refreshing", after("refreshInterval", "active.holding.refreshment.waiting"), announcing({ refreshMs: 60_000, refreshRepeatCount: 2 }), "active advertising refreshing", ["announce ×2", "wait 60000"]],
  ["garp_master_refresh: starts with the takeover", "initialize", startup(0, true), announcing({ delayMs: 0, refreshMs: 60_000 }), "active advertising refreshing", ["send 100", "report active: resumed", "claim ×5", "wait 1000", "wait 60000"]],
  ["garp_lower_prio_repeat: at once and once more", "active advertising quiet", heard(99), announcing({ lowerPriorityRepeatCount: 3, lowerPriorityDelayMs: 700 }), "active advertising quiet pending", ["send 100", "report lesser", "announce ×3", "wait 700"]],
  ["garp_lower_prio_delay: the second burst", "active advertising quiet pending", after("reassertionDelay", "active.holding.reassertion.pending"), announcing({ lowerPriorityRepeatCount: 3 }), "active advertising quiet", ["announce ×3"]],
  ["garp_lower_prio_delay 0: no second burst", "active advertising quiet", heard(99), announcing({ lowerPriorityDelayMs: 0 }), "active advertising quiet", ["send 100", "report lesser", "announce ×5"]],
  ["garp_lower_prio_repeat 0: none at all", "active advertising quiet", heard(99), announcing({ lowerPriorityRepeatCount: 0 }), "active advertising quiet", ["send 100", "report lesser"]],
  ["garp_lower_prio: a tie that we win counts as lesser", "active advertising quiet", heard(100, "192.0.2.9"), {}, "active advertising quiet pending", ["send 100", "report lesser", "announce ×5", "wait 5000"]],
  ["garp_lower_prio: a resignation does not", "active advertising quiet", heard(0), {}, "active advertising quiet", ["send 100", "wait 1000"]],
  ["a removed address is put back", "active advertising quiet", { type: "ADDRESSES_VANISHED", count: 2 }, {}, "active advertising quiet", ["claim ×5"]],
];

// deno-fmt-ignore
const STALLS: Row[] = [
  ["stall of an active router, too short for a takeover", "active advertising", stalled(1_999), {}, "active advertising", []],
  ["stall of an active router, long enough for a takeover", "active advertising", stalled(2_000), {}, "active doubting", ["wait 0"]],
  ["stall: down_timer_adverts counts", "active advertising", stalled(1_000), { downIntervalAdverts: 2 }, "active doubting", ["wait 0"]],
  ["stall: another is active now, lesser or not: nothing is sent", "active doubting", heard(99), {}, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["stall: another is active now, greater: nothing is sent", "active doubting", heard(200), { advertisesBeforeYielding: true }, "backup hearing", ["release", "report backup: advertisement", "wait 14437.5"]],
  ["stall: somebody resigned meanwhile", "active doubting", heard(0), {}, "active doubting", []],
  ["stall: a twin of ours decides nothing", "active doubting", heard(100, OUR_IP), {}, "active doubting", []],
  ["stall: nobody was heard, all goes on", "active doubting", after("0", "active.holding.adverts.doubting"), {}, "active advertising", ["send 100", "claim ×5", "wait 1000"]],
  ["stall: a reload that waited too sends nothing", "active doubting", reconfigured({ priority: 200 }), {}, "active doubting", ["configure priority 200"]],
  ["stall: removed addresses wait for the decision", "active doubting", { type: "ADDRESSES_VANISHED", count: 1 }, {}, "active doubting", []],
  ["stall: shutdown", "active doubting", shutdown, {}, "initialize", ["send 0", "release", "report initialize: shutdown"]],
  ["stall of a backup, shorter than an interval", "backup hearing", stalled(999), {}, "backup hearing", []],
  ["stall of a backup: it listens for an interval and Skew_Time", "backup hearing", stalled(1_000), {}, "backup relistening", ["wait 1609.375"]],
  ["stall of a backup: the interval is the learned one", { state: "backup hearing", context: { activeAdverIntervalCs: 400 } }, stalled(3_999), {}, "backup hearing", []],
  ["stall of a backup while Skew_Time runs", "backup resigned", stalled(1_000), {}, "backup relistening", ["wait 1609.375"]],
  ["stall of a backup, again", "backup relistening", stalled(1_000), {}, "backup relistening", ["wait 1609.375"]],
  ["stall of a backup: the active router lives", "backup relistening", heard(101), {}, "backup hearing", ["wait 14437.5"]],
  ["stall of a backup: silence", "backup relistening", after("relistenInterval", "backup.timer.relistening"), {}, "active advertising", ["send 100", "report active: silence after stall", "claim ×5", "wait 1000", "wait 5000"]],
];

// deno-fmt-ignore
const RELOADS: Row[] = [
  ["reload before start", "initialize", reconfigured({ priority: 200 }), {}, "initialize", ["configure priority 200"]],
  ["reload during the start-up delay", "delayed", reconfigured({ priority: 200 }), {}, "delayed", ["configure priority 200"]],
  ["reload in fault", { state: "fault", context: oneFault }, reconfigured({ priority: 200 }), {}, "fault", ["configure priority 200"]],
  ["reload of a backup: a full down interval", "backup hearing", reconfigured({ priority: 200 }), {}, "backup hearing", ["configure priority 200", "wait 3218.75"]],
  ["reload of a backup while Skew_Time runs", "backup resigned", reconfigured({ priority: 200 }), {}, "backup hearing", ["configure priority 200", "wait 3218.75"]],
  ["reload of a backup keeps the learned interval", { state: "backup hearing", context: { activeAdverIntervalCs: 400 } }, reconfigured({ priority: 200 }), {}, "backup hearing", ["configure priority 200", "wait 12875"]],
  ["reload of a backup with a faster interval keeps a slower learned one", { state: "backup hearing", context: { activeAdverIntervalCs: 400 } }, reconfigured({ advertisementIntervalCs: 50 }), {}, "backup hearing", ["configure priority 100", "wait 14437.5"]],
  ["reload of a backup with a slower interval waits for that", { state: "backup hearing", context: { activeAdverIntervalCs: 400 } }, reconfigured({ advertisementIntervalCs: 500 }), {}, "backup hearing", ["configure priority 100", "wait 18046.875"]],
  ["reload of a backup into version 2 forgets the learned interval", { state: "backup hearing", context: { activeAdverIntervalCs: 400 } }, reconfigured({ version: 2 }), {}, "backup hearing", ["configure priority 100", "wait 3609.375"]],
  ["reload of a backup with a new preempt_delay", "backup hearing", reconfigured(preemptDelay), {}, "backup hearing idle", ["configure priority 100", "wait 3609.375"]],
  ["reload of an active router: advertises at once, claims the difference", "active advertising quiet", reconfigured({ priority: 50 }), {}, "active advertising quiet", ["configure priority 50", "send 50", "claim ×5", "wait 1000"]],
  ["reload that begins to refresh", "active advertising quiet", reconfigured(announcing({ refreshMs: 60_000 })), {}, "active advertising refreshing", ["configure priority 100", "send 100", "claim ×5", "wait 1000", "wait 60000"]],
  ["retire after shutdown", "initialize", retire, {}, "retired", []],
  ["retire while active waits for a shutdown", "active advertising", retire, {}, "active advertising", []],
];

const ALL = [STARTING, FAULTS, PREEMPTION, ANNOUNCING, STALLS, RELOADS].flat();
for (const [name, from, fact, config, to, effects] of ALL) {
  Deno.test(`vrrpInstance ${name}`, () => {
    const origin = typeof from === "string" ? { state: from } : from;
    const stepped = step({ ...origin, config }, fact);
    assertEquals([stepped.value, stepped.effects], [valueOf(to), effects]);
  });
}

Deno.test("vrrpInstance faults are remembered by name, once each", () => {
  const first = step({ state: "fault", context: oneFault }, raised("no IPv4 address"));
  assertEquals(first.context.faults, ["interface eth0 is down", "no IPv4 address"]);
  const again = step({ state: "fault", context: first.context }, raised("no IPv4 address"));
  assertEquals(again.context.faults, first.context.faults);
  const one = step({ state: "fault", context: first.context }, cleared("no IPv4 address"));
  assertEquals(one.context.faults, ["interface eth0 is down"]);
});

Deno.test("vrrpInstance fault: the report names all reasons", () => {
  const stepped = step({ state: "initialize", context: twoFaults }, startup());
  const reasons = ["interface eth0 is down", "no IPv4 address"];
  assertEquals(stepped.reports, [
    { type: "REPORT", state: "fault", cause: { kind: "fault", reasons }, priority: 100 },
  ]);
});

Deno.test("vrrpInstance: a new primary address decides the next tie", () => {
  const change: VrrpFact = { type: "SOURCE_ADDRESS", ip: ip("192.0.2.30") };
  const stepped = step({ state: "active advertising" }, change);
  assertEquals([stepped.effects, stepped.context.primaryIp], [[], ip("192.0.2.30")]);
  const next = step({ state: "active advertising", context: stepped.context }, heard(100));
  assertEquals(next.effects[0], "send 100");
});

Deno.test("vrrpInstance: a retired router is done", () => {
  assertEquals(step({ state: "initialize" }, retire).done, true);
  assertEquals(step({ state: "initialize" }, shutdown).done, false);
});
