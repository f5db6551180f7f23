/**
 * The live copy of routes, without a kernel.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import type { Route } from "../../net/link_table.ts";
import { RouteState } from "../../net/route_state.ts";
import { gateway, line, route } from "./table_rows.ts";

function observed(...routes: Route[]): { state: RouteState; take: () => string[] } {
  const told: string[] = [];
  const state = new RouteState((event) => told.push(line(event)));
  for (const each of routes) state.add(each, false);
  told.length = 0;
  return { state, take: () => told.splice(0) };
}

const first = route("198.51.100.0/24", { gateway: gateway(1) });
const second = route("198.51.100.0/24", { gateway: gateway(2) });
const third = route("198.51.100.0/24", { gateway: gateway(3) });

Deno.test("RouteState: a route is told when it comes and when it goes, once", () => {
  const { state, take } = observed();
  state.add(first, false);
  state.add(first, false);
  assertEquals(take(), ["+198.51.100.0/24 via 192.0.2.1"]);
  assertEquals([...state.routes()], [first]);
  state.remove(first);
  state.remove(first);
  assertEquals(take(), ["-198.51.100.0/24 via 192.0.2.1"]);
  assertEquals([...state.routes()], []);
  assertEquals(state.isDoubtful(), false);
});

Deno.test("RouteState: other tables, metrics, types of service and prefixes are no rivals", () => {
  const others = [
    { table: 1000 },
    { priority: 5 },
    { tos: 16 },
    { destination: { ip: ip("198.51.100.0"), prefixLength: 25 } },
  ].map((change) => ({ ...first, ...change }));
  const { state, take } = observed(first);
  for (const other of others) {
    state.add(other, true);
    assertEquals(take().map((each) => each[0]), ["+"]);
  }
  assertEquals([...state.routes()].length, 1 + others.length);
});

Deno.test("RouteState: each of the other fields makes another route", () => {
  const changes: Partial<Route>[] = [
    { protocol: 18 },
    { scope: 253 },
    { type: 6 },
    { gateway: gateway(9) },
    { interfaceIndex: 3 },
    { preferredSource: ip("192.0.2.1") },
    { nextHops: [{ interfaceIndex: 3, weight: 1 }] },
  ];
  for (const change of changes) {
    const { state, take } = observed(first);
    state.add({ ...first, ...change }, false);
    assertEquals(take().map((each) => each[0]), ["+"]);
  }
});

Deno.test("RouteState: next hops are compared one by one", () => {
  const hops = (weight: number) => [
    { interfaceIndex: 2, gateway: gateway(1), weight: 1 },
    { interfaceIndex: 3, weight },
  ];
  const { state, take } = observed(route("10.0.0.0/8", { nextHops: hops(1) }));
  state.add(route("10.0.0.0/8", { nextHops: hops(1) }), false);
  assertEquals(take(), []);
  state.add(route("10.0.0.0/8", { nextHops: hops(2) }), true);
  assertEquals(take().length, 1);
  state.add(route("10.0.0.0/8", { nextHops: hops(2).slice(0, 1) }), true);
  assertEquals(take().length, 1);
});

Deno.test("RouteState: a replacement takes the place of its only rival", () => {
  const { state, take } = observed(first);
  state.add(second, true);
  assertEquals(take(), ["~198.51.100.0/24 via 192.0.2.2"]);
  assertEquals([...state.routes()], [second]);
  assertEquals(state.isDoubtful(), false);
});

const preferring = { ...first, preferredSource: ip("192.0.2.1") };
// deno-fmt-ignore
const doubts: [name: string, before: Route[], (state: RouteState) => void, doubtful: boolean][] = [
  ["which of several rivals was replaced",              [first, second], (state) => state.add(third, true),   true],
  ["one more IPv4 rival is one more",                   [first],         (state) => state.add(second, false), false],
  ["one more IPv6 route with a gateway may be a next hop of the rival", [route("2001:db8::/32", { gateway: ip("fe80::1") })],
    (state) => state.add(route("2001:db8::/32", { gateway: ip("fe80::2") }), false), true],
  ["one more IPv6 route with next hops may be the rival with one more", [route("2001:db8::/32", { gateway: ip("fe80::1") })],
    (state) => state.add(route("2001:db8::/32", { nextHops: [{ interfaceIndex: 2, weight: 1 }] }), false), true],
  ["one more IPv6 route without gateway is one more",   [route("fe80::/64")], (state) => state.add(route("fe80::/64", { interfaceIndex: 3 }), false), false],
  ["a rival of one we know went",                       [first],         (state) => state.remove(second),     true],
  ["one went that we never knew",                       [],              (state) => state.remove(second),     false],
  ["a link went down",                                  [],              (state) => state.linkWentDown(),     true],
  ["an address went that no route prefers",             [preferring],    (state) => state.addressWentAway(ip("192.0.2.2")), false],
  ["an address went that a route prefers",              [preferring],    (state) => state.addressWentAway(ip("192.0.2.1")), true],
  ["an address went, and then the route that preferred it", [preferring], (state) => {
    state.addressWentAway(ip("192.0.2.1"));
    state.remove(preferring);
  }, false],
  ["an address went, and one of two routes that preferred it", [preferring, { ...preferring, table: 1000 }], (state) => {
    state.addressWentAway(ip("192.0.2.1"));
    state.remove(preferring);
  }, true],
  ["an address went, and the route that preferred it was replaced", [preferring], (state) => {
    state.addressWentAway(ip("192.0.2.1"));
    state.add(first, true);
  }, false],
];
for (const [name, before, happens, doubtful] of doubts) {
  Deno.test(`RouteState.doubtful: ${name}: ${doubtful}`, () => {
    const { state } = observed(...before);
    happens(state);
    assertEquals(state.isDoubtful(), doubtful);
  });
}

Deno.test("RouteState.replaceAll: tells the differences, and ends the doubt", () => {
  const { state, take } = observed(first, second, route("10.0.0.0/8"));
  state.linkWentDown();
  state.addressWentAway(ip("192.0.2.1"));
  const listed = [third, second, second, route("172.16.0.0/12")];
  state.replaceAll(listed);
  assertEquals(take(), [
    "-198.51.100.0/24 via 192.0.2.1",
    "-10.0.0.0/8 via undefined",
    "+198.51.100.0/24 via 192.0.2.3",
    "+172.16.0.0/12 via undefined",
  ]);
  assertEquals(state.isDoubtful(), false);
  assertEquals(new Set(state.routes()), new Set(listed));
  state.replaceAll(listed);
  assertEquals(take(), []);
});
