/**
 * Why a router is in its state: causes from events, and their words.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import {
  activationCause,
  type Cause,
  describeCause,
  relegationCause,
} from "../../machines/vrrp_causes.ts";

const source = ip("192.0.2.20");

// deno-fmt-ignore
const ACTIVATIONS: [Parameters<typeof activationCause>[0], Cause["kind"]][] = [
  [{ type: "STARTUP", resumes: false }, "startup"],
  [{ type: "STARTUP", resumes: true }, "resumed"],
  [{ type: "FAULT_CLEARED" }, "recovery"],
  [{ type: "xstate.after.startupDelay.vrrp.delayed" }, "startup"],
  [{ type: "xstate.after.activeDownInterval.vrrp.backup.timer.hearing" }, "silence"],
  [{ type: "xstate.after.skewTime.vrrp.backup.timer.resigned" }, "resignation"],
  [{ type: "xstate.after.relistenInterval.vrrp.backup.timer.relistening" }, "silence after stall"],
];
for (const [event, kind] of ACTIVATIONS) {
  Deno.test(`activationCause ${event.type} ${event.resumes ?? ""}: ${kind}`, () =>
    assertEquals(activationCause(event).kind, kind));
}

// deno-fmt-ignore
const RELEGATIONS: [name: string, Parameters<typeof relegationCause>[0], Cause][] = [
  ["SHUTDOWN", { type: "SHUTDOWN" }, { kind: "shutdown" }],
  ["FAULT_CLEARED", { type: "FAULT_CLEARED" }, { kind: "recovery" }],
  ["STARTUP", { type: "STARTUP" }, { kind: "startup" }],
  ["end of the start-up delay", { type: "xstate.after.startupDelay.vrrp.delayed" }, { kind: "startup" }],
  ["ADVERTISEMENT", { type: "ADVERTISEMENT", source, priority: 101 }, { kind: "advertisement", source, priority: 101 }],
];
for (const [name, event, cause] of RELEGATIONS) {
  Deno.test(`relegationCause ${name}: ${cause.kind}`, () =>
    assertEquals(relegationCause(event), cause));
}

// deno-fmt-ignore
const WORDS: [Cause, string][] = [
  [{ kind: "startup" }, "at startup"],
  [{ kind: "shutdown" }, "shutting down"],
  [{ kind: "resumed" }, "was active before its process crashed"],
  [{ kind: "silence" }, "no advertisement within the down interval"],
  [{ kind: "resignation" }, "the active router resigned"],
  [{ kind: "silence after stall" }, "no advertisement since this process was stalled"],
  [{ kind: "advertisement", source, priority: 101 }, "192.0.2.20 advertises priority 101"],
  [{ kind: "fault", reasons: ["interface eth0 is down", "no IPv4 address on eth0"] }, "interface eth0 is down, no IPv4 address on eth0"],
  [{ kind: "recovery" }, "nothing is missing any more"],
];
for (const [cause, text] of WORDS) {
  Deno.test(`describeCause ${cause.kind}`, () => assertEquals(describeCause(cause), text));
}
