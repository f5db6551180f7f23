/**
 * Sync groups: who is told what, as a table; and whole groups with real instances under virtual
 * time, through takeover, fault, relegation and reload.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createActor } from "xstate";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "../../machines/config.ts";
import type { SyncGroupConfig } from "../../machines/group_config.ts";
import {
  syncGroup,
  type SyncGroupCommand,
  type SyncGroupFact,
  type SyncGroupInput,
} from "../../machines/sync_group.ts";
import { decide, groupState, type Member } from "../../machines/sync_group_rules.ts";
import {
  instanceLogic,
  system,
  type SystemCommand,
  type SystemFact,
  type SystemInput,
} from "../../machines/system.ts";
import type { MemberState, VrrpCommand, VrrpFact } from "../../machines/vrrp_facts.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { VirtualTime } from "../virtual_time.ts";
import { during, recordingDoor, taken } from "./machine_runner.ts";
import { instanceConfig, wholeConfig } from "./vrrp_config.ts";
import { describeCommand, heard } from "./vrrp_step.ts";

/** Members as words: `a active, b fault: no cable`. */
function members(text: string): Member[] {
  return text.split(", ").map((each) => {
    const [head = "", fault] = each.split(": ");
    const [id = "", state, toldFault] = head.split(" ");
    return {
      id,
      name: id.toUpperCase(),
      state: state as MemberState,
      faults: fault === undefined ? [] : [fault],
      toldFault: toldFault?.replaceAll("_", " "),
    };
  });
}

type Row = [name: string, after: string, changed: string, before: MemberState, told: string[]];
const B_TOLD = "sync_group_G:_A:_no_cable";
// deno-fmt-ignore
const DECISIONS: Row[] = [
  ["one is ready, the other is not", "a ready, b hearing", "a", "hearing", []],
  ["the last one is ready", "a ready, b ready", "b", "hearing", ["a b GROUP_ACTIVATED"]],
  ["one is active already: it resumed", "a active, b ready", "b", "hearing", ["b GROUP_ACTIVATED"]],
  ["one of one", "a ready", "a", "hearing", ["a GROUP_ACTIVATED"]],
  ["one hears its active router", "a hearing, b active, c active", "a", "active", ["b c GROUP_RELEGATED"]],
  ["the next one follows", "a hearing, b hearing, c active", "b", "active", ["c GROUP_RELEGATED"]],
  ["the last one follows", "a hearing, b hearing", "b", "active", []],
  ["who is ready goes on waiting while another yields", "a hearing, b ready", "a", "active", []],
  ["one on its way to be active", "a hearing, b ready", "a", "ready", []],
  ["one lacks something", "a fault: no cable, b active", "a", "active", ["b GROUP_FAULT sync group G: A: no cable"]],
  ["the other has followed", `a fault: no cable, b fault ${B_TOLD}`, "b", "active", []],
  ["it is well again", `a fault, b fault ${B_TOLD}`, "a", "fault", ["b GROUP_FAULT"]],
  ["both lack something", `a fault: no cable, b fault ${B_TOLD}: no address`, "b", "fault", ["a GROUP_FAULT sync group G: B: no address"]],
  ["a stopped member keeps the others from nothing but the takeover", "a initialize, b ready", "b", "hearing", []],
];
for (const [name, after, changed, before, told] of DECISIONS) {
  Deno.test(`decide: ${name}`, () => {
    const decisions = decide("G", members(after), changed, before);
    assertEquals(
      decisions.map(({ members, fact }) => {
        const reason = fact.type === "GROUP_FAULT" ? fact.reason : undefined;
        return [...members, fact.type, ...(reason === undefined ? [] : [reason])].join(" ");
      }),
      told,
    );
  });
}

Deno.test("groupState: undefined while members are on their way", () => {
  const states = ["active, active", "hearing, ready", "fault, fault", "initialize, initialize"];
  const mixed = ["active, hearing", "fault, hearing", "initialize, hearing", "active, fault"];
  const of = (text: string) =>
    groupState(members(text.split(", ").map((state, i) => `m${i} ${state}`).join(", ")));
  assertEquals(states.map(of), ["active", "backup", "fault", "initialize"]);
  assertEquals(mixed.map(of), [undefined, undefined, undefined, undefined]);
});

const A = instanceConfig({ name: "A", vrid: 1, syncGroup: "G" });
const B = instanceConfig({ name: "B", vrid: 2, priority: 90, syncGroup: "G" });
const C = instanceConfig({ name: "C", vrid: 3, priority: 80, syncGroup: "G" });

function loaded(...instances: VrrpInstanceConfig[]): SystemFact {
  const groups = Map.groupBy(instances, (each) => each.syncGroup);
  const syncGroups = [...groups].flatMap(([name, own]): SyncGroupConfig[] =>
    name === undefined ? [] : [{
      name,
      members: own.map((each) => each.name),
      tracks: [],
      tracksWeights: false,
      scripts: {},
      mails: false,
      notifiesPriorityChanges: false,
    }]
  );
  return { type: "CONFIG_LOADED", config: { ...wholeConfig(instances), syncGroups } };
}

/** The lines that matter here: reports of instances and of the group. */
function reportsOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes("report")).map((line) => line.replace("report ", ""));
}

function program(...instances: VrrpInstanceConfig[]) {
  const time = new VirtualTime();
  const lines: string[] = [];
  const io = recordingDoor<SystemCommand, SystemInput, SystemFact>(
    lines,
    () => "root",
    ({ type }) => type,
  );
  const doors = new Map<string, (fact: VrrpFact) => void>();
  const vrrpIo = recordingDoor<VrrpCommand, VrrpInstanceConfig, VrrpFact>(
    lines,
    ({ name }) => name,
    describeCommand,
    (_command, tell, { name }) => doors.set(name, tell),
  );
  const groupIo = recordingDoor<SyncGroupCommand, SyncGroupInput, SyncGroupFact>(
    lines,
    ({ name }) => name,
    ({ state }) => `report ${state}`,
  );
  const machine = system.provide({
    actors: {
      io,
      vrrpInstance: instanceLogic(vrrpInstance.provide({ actors: { io: vrrpIo } })),
      syncGroup: syncGroup.provide({ actors: { io: groupIo } }),
    },
  });
  const root = createActor(machine, { clock: time.clock, input: { workers: [], tracks: false } })
    .start();
  root.send(loaded(...instances));
  return {
    time,
    lines,
    root,
    tell: (name: string, fact: VrrpFact) => doors.get(name)?.(fact),
    pass: (durationMs: number) => reportsOf(during(time, durationMs, lines)),
    now: () => reportsOf(taken(lines)),
  };
}

/** A group that is active, and nothing noted yet. */
function active(...instances: VrrpInstanceConfig[]) {
  const subject = program(...instances);
  subject.pass(4_000);
  return subject;
}

Deno.test("syncGroup: becomes active when the last member could", () => {
  const { now, pass } = program(A, B);
  assertEquals(now(), ["A: backup: startup", "B: backup: startup", "G: backup"]);
  assertEquals(pass(3_648), [], "A's Active_Down_Timer ran out at 3609.375 ms");
  assertEquals(pass(1), ["A: active: group", "B: active: group", "G: active"]);
});

Deno.test("syncGroup: a member that hears a better router keeps all from it", () => {
  const { now, pass, tell } = program(A, B);
  now();
  tell("B", heard(200, "192.0.2.20", 100));
  assertEquals(pass(3_600), []);
  for (let i = 0; i < 10; i++) {
    tell("B", heard(200, "192.0.2.20", 100));
    assertEquals(pass(1_000), []);
  }
  assertEquals(pass(4_000), ["A: active: group", "B: active: group", "G: active"]);
});

Deno.test("syncGroup: one that yields relegates all, in one turn", () => {
  const { tell, now } = active(A, B, C);
  tell("B", heard(200));
  assertEquals(now(), [
    "B: backup: advertisement",
    "A: backup: group",
    "C: backup: group",
    "G: backup",
  ]);
});

Deno.test("syncGroup: what one lacks is a fault of all until it is there (keepalived #286)", () => {
  const { tell, now, pass } = active(A, B, C);
  tell("C", { type: "FAULT_RAISED", reason: "no cable" });
  assertEquals(now(), ["C: fault: fault", "A: fault: fault", "B: fault: fault", "G: fault"]);
  tell("A", { type: "FAULT_RAISED", reason: "no address" });
  tell("C", { type: "FAULT_CLEARED", reason: "no cable" });
  assertEquals([now(), pass(10_000)], [[], []], "A still lacks something");
  tell("A", { type: "FAULT_CLEARED", reason: "no address" });
  assertEquals(now(), [
    "B: backup: recovery",
    "C: backup: recovery",
    "A: backup: recovery",
    "G: backup",
  ]);
  assertEquals(pass(4_000).at(-1), "G: active");
});

Deno.test("syncGroup: owners become active at once, but together", () => {
  const owner = { priority: 255, initialRole: "active" } as const;
  const { now } = program({ ...A, ...owner }, { ...B, ...owner });
  assertEquals(now(), [
    "A: backup: startup",
    "B: backup: startup",
    "G: backup",
    "A: active: group",
    "B: active: group",
    "G: active",
  ]);
});

Deno.test("syncGroup reload: the same group hears nothing, a new member joins, one leaves", () => {
  const { root, now, pass } = active(A, B);
  root.send(loaded(A, B));
  assertEquals(now(), []);
  root.send(loaded(A, B, C));
  assertEquals(now(), ["C: backup: startup"]);
  assertEquals(pass(4_000), ["C: active: group"], "the group was active all the time");
  root.send(loaded(A, B));
  assertEquals(now(), ["C: initialize: shutdown"]);
  assertEquals(pass(10_000), []);
});

Deno.test("syncGroup reload: without the group each member is on its own", () => {
  const { root, now, tell } = active(A, B);
  const { syncGroup: _, ...alone } = A;
  const { syncGroup: __, ...other } = B;
  root.send(loaded(alone, other));
  assertEquals(now(), []);
  tell("A", { type: "FAULT_RAISED", reason: "no cable" });
  assertEquals(now(), ["A: fault: fault"]);
});

Deno.test("syncGroup reload: a renamed group takes over its members as they are", () => {
  const { root, now, tell } = active(A, B);
  root.send(loaded({ ...A, syncGroup: "H" }, { ...B, syncGroup: "H" }));
  assertEquals(now(), ["H: active"]);
  tell("A", heard(200));
  assertEquals(now(), ["A: backup: advertisement", "B: backup: group", "H: backup"]);
});

/** A is active and B is not, for it hears a better router every second. */
function apart() {
  const [{ syncGroup: _, ...alone }, { syncGroup: __, ...other }] = [A, B];
  const subject = program(alone, other);
  const listen = (seconds: number) =>
    Array.from({ length: seconds }, () => {
      subject.tell("B", heard(200, "192.0.2.20", 100));
      return subject.pass(1_000);
    }).flat();
  listen(5);
  return { ...subject, listen };
}

Deno.test("syncGroup reload: who comes together in different roles waits, and then agrees", () => {
  const { root, now, listen } = apart();
  root.send(loaded(A, B));
  assertEquals(now(), [], "B may find out yet that it could be active");
  assertEquals(listen(4), []);
  assertEquals(listen(2), ["A: backup: group", "G: backup"]);
  assertEquals(listen(10), [], "and so they stay");
});

Deno.test("syncGroup reload: who comes together in different roles is active if all could be", () => {
  const { root, now, pass } = apart();
  root.send(loaded(A, B));
  assertEquals(now(), []);
  assertEquals(pass(10_000), ["B: active: group", "G: active"]);
});

Deno.test("syncGroup: instances are known by what the wire knows them by", () => {
  const renamed = { ...A, name: "Z" };
  assertEquals(vrrpInstanceIdentity(renamed), vrrpInstanceIdentity(A));
});

Deno.test("syncGroup: a lesser router heard by one is answered by the announcements of all", () => {
  const { tell, time, lines } = active(A, B, C);
  time.runFor(6_000);
  taken(lines);
  tell("B", heard(10));
  const announcing = () => taken(lines).filter((line) => line.includes("announce")).toSorted();
  assertEquals(announcing(), ["A: announce ×5", "B: announce ×5", "C: announce ×5"]);
  time.runFor(5_000);
  assertEquals(announcing(), ["A: announce ×5", "B: announce ×5", "C: announce ×5"], "again");
});
