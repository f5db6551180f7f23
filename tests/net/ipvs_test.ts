/**
 * Changes of the balancer's table: idempotent, in order, in batches.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import { Ipvs, type IpvsChange, type IpvsResult } from "../../net/ipvs.ts";
import { destinationKeyText, type IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import { type IpvsService, serviceKeyText } from "../../net/netlink/ipvs_service.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { FakeIpvs } from "./fake_ipvs.ts";
import { acknowledgement, ScriptedSocket } from "./scripted_socket.ts";

function service(mark: number, scheduler = "rr"): IpvsService {
  const key = { kind: "fwmark", mark, family: 4 } as const;
  return { key, scheduler, schedulerFlags: 0, onePacket: false };
}

function server(host: number, weight = 1): IpvsDestination {
  return {
    ip: ip(`192.0.2.${host}`),
    port: 80,
    forwarding: { kind: "nat" },
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

const addS = (mark: number, scheduler?: string): IpvsChange => {
  return { type: "addService", service: service(mark, scheduler) };
};
const editS = (mark: number, scheduler?: string): IpvsChange => {
  return { type: "editService", service: service(mark, scheduler) };
};
const delS = (mark: number): IpvsChange => ({ type: "deleteService", service: service(mark) });
const addD = (mark: number, host: number, weight?: number): IpvsChange => {
  return { type: "addDestination", service: service(mark), destination: server(host, weight) };
};
const editD = (mark: number, host: number, weight?: number): IpvsChange => {
  return { type: "editDestination", service: service(mark), destination: server(host, weight) };
};
const delD = (mark: number, host: number): IpvsChange => {
  return { type: "deleteDestination", service: service(mark), destination: server(host) };
};

function open(): { kernel: FakeIpvs; ipvs: Ipvs } {
  const kernel = new FakeIpvs();
  const ipvs = Ipvs.over(kernel);
  assert(ipvs);
  kernel.batches.length = 0;
  return { kernel, ipvs };
}

function brief({ errno, found }: IpvsResult): string {
  return `${errno}${found ? ` ${found}` : ""}`;
}

const both = ["fwmark 1 ipv4 rr [192.0.2.1]:80=5"];
const one = ["fwmark 1 ipv4 rr [192.0.2.1]:80=1"];
const empty = ["fwmark 1 ipv4 rr"];
// deno-fmt-ignore
const ROWS: [name: string, changes: IpvsChange[], results: string[], table: string[]][] = [
  ["as expected",                      [addS(1), addD(1, 1)],                       ["0", "0"],                         one],
  ["the service is there already",     [addS(1), addS(1, "wlc")],                   ["0", "0 present"],                 ["fwmark 1 ipv4 wlc"]],
  ["the service to edit is not",       [editS(1)],                                  ["0 absent"],                       empty],
  ["the destination is there already", [addS(1), addD(1, 1), addD(1, 1, 5)],        ["0", "0", "0 present"],            both],
  ["the destination to edit is not",   [addS(1), editD(1, 1, 5)],                   ["0", "0 absent"],                  both],
  ["the destination is gone already",  [addS(1), delD(1, 1)],                       ["0", "0 absent"],                  empty],
  ["and its service too",              [delD(1, 1)],                                ["0 absent"],                       []],
  ["the service is gone already",      [delS(1)],                                   ["0 absent"],                       []],
  ["its service comes later",          [editS(1), addD(1, 1)],                      ["0 absent", "0"],                  one],
  ["no such service",                  [addD(1, 1)],                                ["3"],                              []],
  ["too early for its service",        [addD(1, 1), addS(1)],                       ["3", "0"],                         empty],
  ["no such scheduler",                [addS(1, "nosuch")],                           ["2"],                              []],
  ["no such scheduler to edit to",     [addS(1), editS(1, "nosuch")],                 ["0", "2"],                         empty],
  ["no such scheduler, and present",   [addS(1), addS(1, "nosuch"), addD(1, 1)],      ["0", "2 present", "0"],            one],
  ["deleted after a second attempt",   [addS(1), addD(1, 1), addD(1, 1), delS(1)],  ["0", "0", "0 present", "0"],       []],
  ["deleted, then made again",         [addS(1), delS(1), addS(1), editD(1, 1)],    ["0", "0", "0", "0 absent"],        one],
];
for (const [name, changes, results, table] of ROWS) {
  Deno.test(`Ipvs.change: ${name}`, () => {
    const { kernel, ipvs } = open();
    assertEquals(ipvs.change(changes).map(brief), results);
    assertEquals(kernel.lines(), table);
  });
}

/** What the table shall be, on one page. */
function oracle(changes: readonly IpvsChange[]): string[] {
  const table = new Map<string, Map<string, number>>();
  for (const change of changes) {
    const name = serviceKeyText(change.service.key);
    const weights = table.get(name);
    if (!("destination" in change)) {
      if (change.type === "deleteService") table.delete(name);
      else if (!weights) table.set(name, new Map());
    } else if (change.type === "deleteDestination") {
      weights?.delete(destinationKeyText(change.destination));
    } else weights?.set(destinationKeyText(change.destination), change.destination.weight);
  }
  return Array.from(table, ([name, weights]) => {
    const servers = Array.from(weights, ([server, weight]) => `${server}=${weight}`).sort();
    return [name, "rr", ...servers].join(" ");
  }).sort();
}

Deno.test("Ipvs.change: whatever is there, it ends as the changes say", () => {
  const mark = fc.integer({ min: 1, max: 3 });
  const host = fc.integer({ min: 1, max: 3 });
  const weight = fc.integer({ min: 0, max: 9 });
  const change = fc.oneof(
    mark.map((m) => addS(m)),
    mark.map((m) => editS(m)),
    mark.map(delS),
    fc.tuple(mark, host, weight).map(([m, h, w]) => addD(m, h, w)),
    fc.tuple(mark, host, weight).map(([m, h, w]) => editD(m, h, w)),
    fc.tuple(mark, host).map(([m, h]) => delD(m, h)),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const { kernel, ipvs } = open();
      const results = ipvs.change(changes);
      assertEquals(kernel.lines(), oracle(changes));
      // Only a destination without a service is refused.
      for (const [i, { errno }] of results.entries()) {
        assert(errno === 0 || errno === 3 && /(add|edit)Dest/.test(changes[i]?.type ?? ""));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("Ipvs.change: 64 changes go at once", () => {
  const { kernel, ipvs } = open();
  const changes = Array.from({ length: 20 }, (_, i) => [
    addS(i + 1),
    ...[1, 2, 3, 4].map((host) => addD(i + 1, host)),
  ]).flat();
  assert(ipvs.change(changes).every(({ errno }) => errno === 0));
  assertEquals(kernel.batches, [64, 36]);
  assertEquals(kernel.table.size, 20);
});

Deno.test("Ipvs.flush: removes everything", () => {
  const { kernel, ipvs } = open();
  ipvs.change([addS(1), addD(1, 1)]);
  assertEquals(ipvs.flush().errno, 0);
  assertEquals(kernel.lines(), []);
});

Deno.test("Ipvs.over: a kernel without IPVS is no error, one that refuses is", () => {
  const kernel = new FakeIpvs();
  kernel.hasFamily = false;
  assertEquals(Ipvs.over(kernel), undefined);
  assert(kernel.disposed);
  const refusing = new ScriptedSocket((requests) =>
    requests.map(({ sequence }) => acknowledgement(sequence, 1))
  );
  assert(assertThrows(() => Ipvs.over(refusing)) instanceof SyscallError);
  assert(refusing.disposed);
  const silent = new ScriptedSocket((requests) =>
    requests.map(({ sequence }) => acknowledgement(sequence))
  );
  assert(assertThrows(() => Ipvs.over(silent)) instanceof SyscallError);
});
