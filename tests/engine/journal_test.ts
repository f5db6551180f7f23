/**
 * The journal: one JSON line for each fact, command and timer, in order.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createActor, fromCallback } from "xstate";
import { Journal } from "../../engine/journal.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { VrrpCommand } from "../../machines/vrrp_facts.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { instanceConfig } from "../machines/vrrp_config.ts";
import { startup } from "../machines/vrrp_step.ts";
import { VirtualTime } from "../virtual_time.ts";

function journalled(write: (lines: string) => boolean) {
  const time = new VirtualTime();
  const journal = new Journal(() => time.nowMs, write);
  const io = fromCallback<VrrpCommand, VrrpInstanceConfig>(() => {});
  const actor = createActor(vrrpInstance.provide({ actors: { io } }), {
    id: "vrrp eth0",
    clock: time.clock,
    input: instanceConfig(),
    inspect: journal.inspect,
  }).start();
  return { time, journal, actor };
}

Deno.test("Journal: facts, timers and commands as lines, in order, with their time", () => {
  let text = "";
  const { time, journal, actor } = journalled((lines) => {
    text += lines;
    return true;
  });
  actor.send(startup());
  time.runFor(3_609.375);
  journal.flush();
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.slice(0, 2), [
    { at: 0, actor: "vrrp eth0", fact: { type: "STARTUP", delayMs: 0, resumes: false } },
    { at: 0, actor: "vrrp eth0", command: { type: "RELEASE_ADDRESSES" } },
  ]);
  const last = lines.slice(3);
  assertEquals(last.map(({ at }) => at), [3_609.375, 3_609.375, 3_609.375, 3_609.375]);
  assertEquals(last[0].timer.type, "xstate.after.activeDownInterval.vrrp.backup.timer.hearing");
  assertEquals(last[1].command, { type: "SEND_ADVERTISEMENT", priority: 100 });
  assertEquals(last[3].command, { type: "CLAIM_ADDRESSES", repeatCount: 5 });
});

Deno.test("Journal: what could not be written is offered again, once", () => {
  const offered: string[] = [];
  let ready = false;
  const { journal, actor } = journalled((lines) => {
    offered.push(lines);
    return ready;
  });
  actor.send({ type: "SHUTDOWN" });
  assertEquals(journal.flush(), false);
  ready = true;
  journal.flush();
  journal.flush();
  assertEquals(offered.length, 2);
  assertEquals(offered[0], offered[1]);
});

Deno.test("Journal: nothing is offered when nothing happened", () => {
  let calls = 0;
  const journal = new Journal(() => 0, () => ++calls > 0);
  journal.flush();
  assertEquals(calls, 0);
});

Deno.test("Journal: beyond 8 MiB lines are dropped, counted, and the gap is told", () => {
  let text = "";
  let ready = false;
  const { journal, actor } = journalled((lines) => {
    if (ready) text += lines;
    return ready;
  });
  const reason = "x".repeat(100_000);
  for (let i = 0; i < 100; i++) actor.send({ type: "FAULT_RAISED", reason });
  ready = true;
  journal.flush();
  assert(text.length <= 8 * 1024 * 1024, `${text.length} characters were held`);
  const kept = text.split("\n").length - 1;
  text = "";
  actor.send({ type: "SHUTDOWN" });
  journal.flush();
  const [gap, next] = text.split("\n").map((line) => line && JSON.parse(line));
  assertEquals(gap, { at: 0, dropped: 100 - kept });
  assertEquals(next.fact, { type: "SHUTDOWN" });
  text = "";
  actor.send({ type: "SHUTDOWN" });
  journal.flush();
  assert(!text.includes("dropped"), "the gap is told once");
});

Deno.test("Journal: passwords and keys are masked, the process is named", () => {
  let text = "";
  const journal = new Journal(() => 0, (lines) => {
    text += lines;
    return true;
  }, "parent");
  const io = fromCallback<VrrpCommand, VrrpInstanceConfig>(() => {});
  const actor = createActor(vrrpInstance.provide({ actors: { io } }), {
    input: instanceConfig(),
    inspect: journal.inspect,
  }).start();
  const secrets = { password: "pass-word", keys: [{ id: 1, hex: "00ff" }] };
  actor.send({ type: "RECONFIGURE", config: { ...instanceConfig(), ...secrets } });
  journal.flush();
  assert(!text.includes("pass-word") && !text.includes("00ff"), text);
  assert(text.split("\n").slice(0, -1).every((line) => JSON.parse(line).process === "parent"));
});
