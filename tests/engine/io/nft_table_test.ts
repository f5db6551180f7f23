/**
 * Rules of nftables follow the changes that IPVS is told, and tell when others change them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { IpvsKeeper } from "../../../engine/io/ipvs_keeper.ts";
import { changesBetween, type PlannedService } from "../../../engine/io/ipvs_plan.ts";
import { NftTable } from "../../../engine/io/nft_table.ts";
import { ip } from "../../../net/address.ts";
import type { IpvsDestination } from "../../../net/netlink/ipvs_destination.ts";
import type { IpvsService, IpvsServiceKey } from "../../../net/netlink/ipvs_service.ts";
import { tables } from "./ipvs_tables.ts";
import { NftMemory } from "./nft_memory.ts";

const TABLE = "stayd_lvs";
const KEY: IpvsServiceKey = { kind: "address", protocol: "tcp", ip: ip("192.0.2.1"), port: 80 };

function service(change: Partial<IpvsService> = {}): IpvsService {
  return { key: KEY, scheduler: "wrr", schedulerFlags: 0, onePacket: false, ...change };
}

function server(address: string, change: Partial<IpvsDestination> = {}): IpvsDestination {
  return {
    ip: ip(address),
    port: 8080,
    forwarding: { kind: "nat" },
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    ...change,
  };
}

function made(planned: PlannedService): NftMemory {
  const nft = new NftMemory();
  const results = new NftTable(nft).changeBatch(changesBetween([], [planned]));
  assertEquals(results.filter(({ errno }) => errno !== 0), []);
  return nft;
}

const [A, B] = [server("10.0.0.1"), server("10.0.0.2", { weight: 2 })];
const FIRST_TWO = "0 : goto s1d2, 1 : goto s1d1, 2 : goto s1d2";
const EVEN = "0 : goto s1d1, 1 : goto s1d2";
const KEEPS = { persistence: { timeoutSec: 60, granularity: 0xffffff00 } };
const SIX: IpvsServiceKey = { ...KEY, ip: ip("2001:db8::1") };

/** A service; what chooses a server. */
// deno-fmt-ignore
const CHOICES: [name: string, change: Partial<IpvsService>, servers: IpvsDestination[], rules: string[]][] = [
  ["no server", {}, [], []],
  ["one server", {}, [A], ["goto s1d1"]],
  ["weights", {}, [A, B], [`numgen inc mod 3 vmap { ${FIRST_TWO} }`]],
  ["weights have a common divisor", {}, [{ ...A, weight: 200 }, { ...B, weight: 400 }], [`numgen inc mod 3 vmap { ${FIRST_TWO} }`]],
  ["weights too many to deal", {}, [{ ...A, weight: 1 }, { ...B, weight: 1_000 }], ["numgen inc mod 1001 vmap { 0 : goto s1d1, 1-1000 : goto s1d2 }"]],
  ["weight 0", {}, [A, { ...B, weight: 0 }], ["goto s1d1"]],
  ["all have weight 0", {}, [{ ...A, weight: 0 }], []],
  ["in turn", { scheduler: "rr" }, [A, B], [`numgen inc mod 2 vmap { ${EVEN} }`]],
  ["least connections", { scheduler: "wlc" }, [A, B], [`numgen inc mod 3 vmap { ${FIRST_TWO} }`]],
  ["chance", { scheduler: "twos" }, [A, B], [`numgen random mod 3 vmap { ${FIRST_TWO} }`]],
  ["source", { scheduler: "sh" }, [A, B], [`jhash ip saddr mod 3 seed 0x5374 vmap { ${FIRST_TWO} }`]],
  ["source and port", { scheduler: "sh", schedulerFlags: 0x10 }, [A, B], [`jhash ip saddr . th sport mod 3 seed 0x5374 vmap { ${FIRST_TWO} }`]],
  ["destination", { scheduler: "dh" }, [A, B], [`jhash ip daddr mod 3 seed 0x5374 vmap { ${FIRST_TWO} }`]],
  ["failover", { scheduler: "fo" }, [A, B], ["goto s1d2"]],
  ["not by NAT", {}, [A, { ...B, forwarding: { kind: "direct" } }], ["goto s1d1"]],
  ["of another family", {}, [A, server("2001:db8::2")], ["goto s1d1"]],
  ["clients stay", KEEPS, [A, B], [
    "ip saddr and 255.255.255.0 @c1d1 goto s1d1",
    "ip saddr and 255.255.255.0 @c1d2 goto s1d2",
    `numgen inc mod 3 vmap { ${FIRST_TWO} }`,
  ]],
  ["clients stay where nobody is new", KEEPS, [{ ...A, weight: 0 }], ["ip saddr and 255.255.255.0 @c1d1 goto s1d1"]],
  ["IPv6 clients stay", { key: SIX, persistence: { timeoutSec: 5, granularity: 60 } }, [server("2001:db8::2")], [
    "ip6 saddr and ffff:ffff:ffff:fff0:0:0:0:0 @c1d1 goto s1d1",
    "goto s1d1",
  ]],
];
for (const [name, change, destinations, rules] of CHOICES) {
  Deno.test(`NftTable chooses: ${name}`, () => {
    assertEquals(made({ service: service(change), destinations }).rules(TABLE, "s1"), rules);
  });
}

/** A service; how packets get to its server, and what leads to it. */
// deno-fmt-ignore
const WAYS: [name: string, key: IpvsServiceKey, change: Partial<IpvsDestination>, rule: string, element: string][] = [
  ["TCP", KEY, {}, "meta l4proto tcp dnat ip to 10.0.0.1:8080", "tcp . 192.0.2.1 . 80 : goto s1"],
  ["UDP", { ...KEY, protocol: "udp" }, {}, "meta l4proto udp dnat ip to 10.0.0.1:8080", "udp . 192.0.2.1 . 80 : goto s1"],
  ["all ports", { ...KEY, port: 0 }, { port: 0 }, "dnat ip to 10.0.0.1", "tcp . 192.0.2.1 : goto s1"],
  ["mark", { kind: "fwmark", mark: 7, family: 4 }, {}, "meta l4proto { tcp, udp, sctp } dnat ip to 10.0.0.1:8080", "7 : goto s1"],
  ["IPv6", SIX, { ip: ip("2001:db8::9") }, "meta l4proto tcp dnat ip6 to [2001:db8::9]:8080", "tcp . 2001:db8::1 . 80 : goto s1"],
];
for (const [name, key, change, rule, element] of WAYS) {
  Deno.test(`NftTable leads to its servers: ${name}`, () => {
    const nft = made({ service: service({ key }), destinations: [{ ...A, ...change }] });
    assertEquals(nft.rules(TABLE, "s1d1"), [rule]);
    assert(nft.content(TABLE).includes(element));
  });
}

Deno.test("NftTable: who stays with a server is remembered while others come and go", () => {
  const nft = new NftTable(new NftMemory());
  const memory = new NftMemory();
  const table = new NftTable(memory);
  const before = { service: service(KEEPS), destinations: [A, B] };
  const after = { service: service(KEEPS), destinations: [B, server("10.0.0.3")] };
  table.changeBatch(changesBetween([], [before]));
  table.changeBatch(changesBetween([before], [after]));
  const sets = memory.content(TABLE).filter((each) => each.startsWith("c"));
  assertEquals(sets, ["c1d2", "c1d3"]);
  nft.flush();
});

Deno.test("NftTable: nothing is left of the last service", () => {
  const memory = new NftMemory();
  const table = new NftTable(memory);
  const planned = { service: service(), destinations: [A] };
  table.changeBatch(changesBetween([], [planned]));
  table.changeBatch(changesBetween([planned], []));
  assertEquals(memory.names, []);
});

Deno.test("NftTable: what others remove is seen, and made again as a whole", () => {
  const memory = new NftMemory();
  const table = new NftTable(memory);
  const planned = { service: service(), destinations: [A, B] };
  table.changeBatch(changesBetween([], [planned]));
  assertEquals(table.services().entries.length, 1);
  for (const damage of ["flush chain", "delete table"]) {
    memory.run(`${damage} inet ${TABLE}${damage === "delete table" ? "" : " s1"}`);
    assertEquals(table.services().entries, []);
    assertEquals(table.destinations(KEY).entries, []);
    table.changeBatch(changesBetween([], [planned]));
    assertEquals(table.services().entries.length, 1);
    assertEquals(table.destinations(KEY).entries.length, 2);
  }
});

Deno.test("NftTable: a refusal is told of all changes; the next ones make all of it", () => {
  const memory = new NftMemory();
  const table = new NftTable(memory);
  memory.problem = "Operation not permitted";
  const planned = { service: service(), destinations: [A] };
  const results = table.changeBatch(changesBetween([], [planned]));
  assertEquals(results.map(({ errno, message }) => [errno, message]), [
    [22, "Operation not permitted"],
    [22, "Operation not permitted"],
  ]);
  table.changeBatch([{ type: "addDestination", service: planned.service, destination: B }]);
  assertEquals(memory.rules(TABLE, "s1"), [`numgen inc mod 3 vmap { ${FIRST_TWO} }`]);
});

Deno.test("NftTable: what a run before left serves until all is there again", () => {
  const memory = made({ service: service(), destinations: [A] });
  const table = new NftTable(memory);
  const keeper = new IpvsKeeper(table, { onError: () => {}, onDrift: () => {} });
  for (const owner of ["a", "b"]) {
    const key = { ...KEY, port: owner === "a" ? 80 : 81 };
    keeper.show(owner, [{ service: service({ key }), destinations: [A] }]);
  }
  assertEquals(memory.names, [TABLE]);
  keeper.flush();
  assertEquals(memory.names, [`${TABLE}2`]);
  assertEquals(new NftTable(memory).isUsable(), true);
});

Deno.test("NftTable: whatever is wanted in whatever order, the kernel has it", () => {
  fc.assert(fc.property(fc.array(tables, { maxLength: 8 }), (steps) => {
    const memory = new NftMemory();
    const table = new NftTable(memory);
    const errors: string[] = [];
    const keeper = new IpvsKeeper(table, {
      onError: ({ type }, { message }) => errors.push(`${type}: ${message}`),
      onDrift: (owner) => errors.push(`drift of ${owner}`),
    });
    for (const wanted of steps) {
      keeper.show("a", wanted);
      keeper.flush();
      keeper.audit(false);
      keeper.flush();
    }
    assertEquals(errors, []);
    assertEquals(table.services().entries.length, steps.at(-1)?.length ?? 0);
  }));
});
