/**
 * The table is kept as it is wanted: what is the same is not touched, what failed is tried again.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IpvsKeeper } from "../../../engine/io/ipvs_keeper.ts";
import { changesBetween, type PlannedService } from "../../../engine/io/ipvs_plan.ts";
import { describeDrift } from "../../../engine/io/table_audit.ts";
import { ip } from "../../../net/address.ts";
import { tables } from "./ipvs_tables.ts";
import { MemoryTable } from "./memory_table.ts";

const EPERM = 1;

function service(mark: number, hosts: readonly number[]): PlannedService {
  const key = { kind: "fwmark", mark, family: 4 } as const;
  return {
    service: { key, scheduler: "rr", schedulerFlags: 0, onePacket: false },
    destinations: hosts.map((host) => ({
      ip: ip(`192.0.2.${host}`),
      port: 0,
      forwarding: { kind: "nat" },
      weight: 1,
      upperThreshold: 0,
      lowerThreshold: 0,
    })),
  };
}

function keeper(before: readonly PlannedService[] = []) {
  const kernel = new MemoryTable(before);
  const errors: string[] = [];
  const drifts: string[] = [];
  const keeps = new IpvsKeeper(kernel, {
    onError: ({ type }, { errno }) => errors.push(`${type} ${errno}`),
    onDrift: (owner, changes, isRepaired) =>
      drifts.push(`${owner}: ${describeDrift(changes)}${isRepaired ? ", repaired" : ""}`),
  });
  return { kernel, keeps, errors, drifts };
}

Deno.test("IpvsKeeper: what the kernel has already is not touched", () => {
  const { kernel, keeps } = keeper([service(1, [1, 2]), service(9, [9])]);
  keeps.show("a", [service(1, [1, 2])]);
  keeps.flush();
  assertEquals(kernel.changes, []);
});

Deno.test("IpvsKeeper: what is left from before is put right, what is others' stays", () => {
  const { kernel, keeps } = keeper([service(1, [7]), service(9, [9])]);
  keeps.show("a", [service(1, [1])]);
  keeps.flush();
  assertEquals(kernel.changes, ["addDestination", "deleteDestination"]);
  keeps.show("a", []);
  keeps.flush();
  assertEquals(kernel.lines(), new MemoryTable([service(9, [9])]).lines());
});

Deno.test("IpvsKeeper: a batch at a time, and the last word counts", () => {
  const { kernel, keeps } = keeper();
  keeps.show("a", [service(1, Array.from({ length: 100 }, (_, i) => i))]);
  assertEquals([keeps.runSlice(), kernel.changes.length], [true, 64]);
  keeps.show("a", [service(1, [1])]);
  keeps.show("a", [service(1, [1, 2])]);
  keeps.flush();
  assertEquals(kernel.lines(), new MemoryTable([service(1, [1, 2])]).lines());
  assertEquals([keeps.runSlice(), kernel.changes.length], [false, 101 + 98]);
});

Deno.test("IpvsKeeper: what failed is told, and tried again from what the kernel has", () => {
  const { kernel, keeps, errors } = keeper();
  kernel.errors.push(0, 0, EPERM);
  keeps.show("a", [service(1, [1, 2])]);
  keeps.flush();
  assertEquals(errors, [`addDestination ${EPERM}`]);
  assertEquals(kernel.changes, ["addService", "addDestination"]);
  keeps.flush();
  assertEquals(kernel.changes.length, 2);
  keeps.retry();
  keeps.flush();
  assertEquals(kernel.changes.slice(2), ["addDestination"]);
});

Deno.test("IpvsKeeper: a service that could not be taken out is taken out later", () => {
  const { kernel, keeps, errors } = keeper();
  keeps.show("a", [service(1, [1]), service(2, [1])]);
  keeps.flush();
  for (const wanted of [[service(2, [1])], []]) {
    kernel.errors.push(EPERM, EPERM);
    keeps.show("a", wanted);
    keeps.flush();
    keeps.retry();
    keeps.flush();
    keeps.retry();
    keeps.flush();
    assertEquals(kernel.lines(), new MemoryTable(wanted).lines());
    assertEquals(errors.splice(0), Array(2).fill(`deleteService ${EPERM}`));
    kernel.errors.splice(0);
  }
});

Deno.test("IpvsKeeper: a virtual server that has another name keeps its services", () => {
  for (const names of [["a", "b"], ["b", "a"]] as const) {
    const { kernel, keeps } = keeper();
    keeps.show("a", [service(1, [1, 2]), service(2, [1])]);
    keeps.show("c", [service(3, [1])]);
    keeps.flush();
    const before = kernel.changes.length;
    // Whoever is heard first.
    for (const name of names) keeps.show(name, name === "a" ? [] : [service(1, [2])]);
    keeps.show("c", [service(2, [1]), service(3, [1])]);
    keeps.flush();
    assertEquals(kernel.changes.slice(before), ["deleteDestination"]);
    keeps.show("b", []);
    keeps.show("c", []);
    keeps.flush();
    assertEquals(kernel.lines(), []);
  }
});

Deno.test("IpvsKeeper: a service goes over while it is being changed", () => {
  const { kernel, keeps } = keeper();
  const many = Array.from({ length: 100 }, (_, i) => i);
  keeps.show("a", [service(1, many)]);
  keeps.runSlice();
  keeps.show("a", []);
  keeps.show("b", [service(1, [1])]);
  keeps.flush();
  assertEquals(kernel.lines(), new MemoryTable([service(1, [1])]).lines());
  assertEquals(kernel.changes.includes("deleteService"), false);
});

Deno.test("IpvsKeeper: whatever is wanted in whatever order, the last of it is there", () => {
  fc.assert(fc.property(tables, fc.array(fc.tuple(tables, fc.boolean())), (before, steps) => {
    const { kernel, keeps } = keeper(before);
    // The services that are asked for first are ours; the rest is somebody else's.
    keeps.show("a", before);
    keeps.flush();
    for (const [wanted, isSlow] of steps) {
      keeps.show("a", wanted);
      if (isSlow) keeps.runSlice();
    }
    keeps.flush();
    const last = steps.at(-1)?.[0] ?? before;
    assertEquals(kernel.lines(), new MemoryTable(last).lines());
  }));
});

/** Two virtual servers, and what somebody did to the table since. */
function drifted(...foreign: [before: PlannedService, after?: PlannedService][]) {
  const all = keeper();
  all.keeps.show("a", [service(1, [1, 2])]);
  all.keeps.show("b", [service(2, [3])]);
  all.keeps.flush();
  for (const [before, after] of foreign) {
    all.kernel.apply(changesBetween([before], after ? [after] : []));
  }
  return { ...all, lines: all.kernel.lines() };
}
const WANTED = new MemoryTable([service(1, [1, 2]), service(2, [3])]).lines();

Deno.test("IpvsKeeper: an audit tells once what others changed, and changes nothing", () => {
  const { kernel, keeps, drifts, lines } = drifted([service(1, [1, 2]), service(1, [1, 7])]);
  for (let i = 0; i < 2; i++) {
    keeps.audit(false);
    keeps.flush();
  }
  assertEquals(drifts, [
    "a: server [192.0.2.2]:0 of fwmark 1 ipv4 is missing, " +
    "server [192.0.2.7]:0 of fwmark 1 ipv4 was added",
  ]);
  assertEquals(kernel.lines(), lines);
});

Deno.test("IpvsKeeper: a drift that ended and came again is told again", () => {
  const { kernel, keeps, drifts } = drifted();
  for (const [before, after] of [[[1, 2], [1]], [[1], [1, 2]], [[1, 2], [1]]] as const) {
    kernel.apply(changesBetween([service(1, before)], [service(1, after)]));
    keeps.audit(false);
    keeps.flush();
  }
  assertEquals(drifts.length, 2);
});

Deno.test("IpvsKeeper: an audit that repairs undoes what others changed", () => {
  const { kernel, keeps, drifts } = drifted(
    [service(1, [1, 2]), service(1, [1, 7])],
    [service(2, [3])],
  );
  keeps.audit(true);
  keeps.flush();
  assertEquals(drifts.length, 2);
  assertEquals(kernel.lines(), WANTED);
});

Deno.test("IpvsKeeper: what changes while an audit goes on is no drift", () => {
  const { kernel, keeps, drifts } = drifted();
  keeps.audit(true);
  keeps.show("a", [service(1, [2])]);
  keeps.flush();
  assertEquals(drifts, []);
  assertEquals(kernel.lines(), new MemoryTable([service(1, [2]), service(2, [3])]).lines());
});

Deno.test("IpvsKeeper: a change is made first, what others did before it is undone after it", () => {
  const { kernel, keeps } = drifted([service(1, [1, 2]), service(1, [2, 7])]);
  keeps.audit(true);
  keeps.show("a", [service(1, [1])]);
  assertEquals([keeps.runSlice(), kernel.changes.at(-1)], [true, "deleteDestination"]);
  keeps.flush();
  assertEquals(kernel.lines(), new MemoryTable([service(1, [1]), service(2, [3])]).lines());
});

Deno.test("IpvsKeeper: an audit of a large table takes several turns", () => {
  const { keeps, drifts } = keeper();
  for (let mark = 1; mark <= 100; mark++) keeps.show(`${mark}`, [service(mark, [1])]);
  keeps.flush();
  keeps.audit(false);
  assertEquals([keeps.runSlice(), keeps.runSlice(), drifts], [true, false, []]);
});

/** A hundred virtual servers, all of which can be seen at once. */
function manyVisible() {
  const all = keeper();
  const { kernel, keeps } = all;
  kernel.isVisible = true;
  for (let mark = 1; mark <= 100; mark++) keeps.show(`${mark}`, [service(mark, [1, 2])]);
  keeps.flush();
  const audit = () => {
    kernel.asked.length = 0;
    keeps.audit(false);
    keeps.flush();
    return kernel.asked.map((name) => Number(name.split(" ")[1]));
  };
  return { ...all, audit };
}
const marks = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("IpvsKeeper: an audit asks for what looks otherwise, and for the rest in turns", () => {
  const { kernel, drifts, audit } = manyVisible();
  assertEquals(audit(), marks(1, 64));
  kernel.apply(changesBetween([service(7, [1, 2])], [service(7, [1, 3])]));
  assertEquals(audit(), [7, ...marks(65, 100)]);
  assertEquals(drifts.length, 1);
  // It is asked for until it ends; and the next round has begun.
  assertEquals(audit(), marks(1, 64));
  kernel.apply(changesBetween([service(7, [1, 3])], [service(7, [1, 2])]));
  assertEquals(audit(), [7, ...marks(65, 100)]);
  assertEquals(drifts.length, 1);
});

/** With limits that others set, which cannot be seen at once. */
function limited(mark: number): PlannedService {
  const { destinations, ...plain } = service(mark, [1, 2]);
  return { ...plain, destinations: destinations.map((each) => ({ ...each, upperThreshold: 9 })) };
}

Deno.test("IpvsKeeper: what cannot be seen at once is told once, when its turn comes", () => {
  const { kernel, drifts, audit } = manyVisible();
  kernel.apply(changesBetween([service(80, [1, 2])], [limited(80)]));
  audit();
  assertEquals(drifts, []);
  for (let i = 0; i < 4; i++) audit();
  assertEquals(drifts.length, 1);
});

Deno.test("IpvsKeeper: afresh, all that others changed is undone, what is hidden in its turn", () => {
  const { kernel, keeps, drifts, audit } = manyVisible();
  const wanted = kernel.lines();
  audit();
  kernel.apply(changesBetween([service(80, [1, 2])], [limited(80)]));
  kernel.apply(changesBetween([service(90, [1, 2])], [service(90, [3])]));
  kernel.apply(changesBetween([service(91, [1])], []));
  keeps.auditAfresh();
  keeps.flush();
  assertEquals(drifts.length, 2);
  assertEquals(audit().includes(80), true);
  keeps.flush();
  assertEquals([drifts.length, kernel.lines()], [3, wanted]);
  // Once: from then on others may.
  audit();
  kernel.apply(changesBetween([service(80, [1, 2])], [limited(80)]));
  for (let i = 0; i < 4; i++) audit();
  assertEquals([drifts.length, kernel.lines().join() === wanted.join()], [4, false]);
});

Deno.test("IpvsKeeper: emptied, the table has nothing, and is filled again", () => {
  const { kernel, keeps } = keeper([service(9, [9])]);
  keeps.empty();
  assertEquals(kernel.lines(), []);
  keeps.show("a", [service(1, [1])]);
  keeps.flush();
  assertEquals(kernel.lines(), new MemoryTable([service(1, [1])]).lines());
});
