/**
 * Routes and rules in the kernel: order, slices, owners that share, reloads, what others do.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { entriesOf, type RoutingEntry, wordsOf } from "../../../engine/io/routing_entry.ts";
import { RoutingKeeper } from "../../../engine/io/routing_keeper.ts";
import type { RoutingChange, RoutingEvent } from "../../../net/routing_table.ts";
import { Clock } from "../../../engine/clock.ts";
import { instancesOf, instanceText } from "../config/harness.ts";
import { FakeRouting } from "./fake_outside.ts";
import { FakeLinks } from "./fake_links.ts";

const EEXIST = 17;
const EINVAL = 22;
const ESRCH = 3;

/** The entries of lines of `virtual_routes` and `virtual_rules`. */
function entries(
  routes: readonly string[],
  rules: readonly string[] = [],
): readonly RoutingEntry[] {
  const text = `virtual_routes {\n${routes.join("\n")}\n}\nvirtual_rules {\n${rules.join("\n")}\n}`;
  return instancesOf(instanceText(text)).flatMap((each) => entriesOf(each.routes, each.rules));
}

function line(change: RoutingChange): string {
  if ("rule" in change) return `${change.operation} rule ${change.rule.priority}`;
  const { destination, hops } = change.route;
  const how = change.operation === "add" && change.creation === "replace"
    ? "replace"
    : change.operation;
  return `${how} ${destination.ip} ${hops.map(({ via, interfaceIndex }) => via ?? interfaceIndex)}`;
}

function kept(...owners: string[]) {
  const links = new FakeLinks();
  links.addLink("eth0", 1);
  const routing = new FakeRouting();
  let nowMs = 0;
  const clock = new Clock(() => nowMs);
  let openCount = 0;
  const keeper = new RoutingKeeper({
    links,
    clock,
    errorName: (errno) => `E${errno}`,
    open: (onEvent) => {
      openCount++;
      routing.onEvent = onEvent;
      return routing;
    },
  });
  const told: string[] = [];
  const unready = new Set<string>();
  for (const id of owners.length > 0 ? owners : ["A"]) {
    keeper.register(id, {
      failed: (operation, words, why) => told.push(`${id} ${operation} ${words}: ${why}`),
      restored: (words) => told.push(`${id} restored ${words}`),
      isReady: () => !unready.has(id),
    });
  }
  /** Runs what is due, and returns what the kernel was asked. */
  const settle = (ms = 0) => {
    nowMs += ms;
    clock.runDue(nowMs);
    for (;;) {
      const isMore = keeper.runDeletions();
      if (!keeper.runAdditions() && !isMore) break;
    }
    return routing.changes.splice(0).map(line);
  };
  return { links, routing, keeper, told, unready, settle, openCount: () => openCount };
}

const R1 = "10.1.0.0/16 via 192.0.2.9 dev eth0";
const R2 = "10.2.0.0/16 dev eth0";
const RULE = "from 10.1.0.0/16 table 100 priority 1000";

Deno.test("RoutingKeeper: routes, then rules; away in the opposite order", () => {
  const { keeper, settle, openCount } = kept();
  keeper.claim("A", []);
  assertEquals([settle(), openCount()], [[], 0], "who has none opens nothing");
  keeper.claim("A", entries([R1, R2], [RULE]));
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9", "add 10.2.0.0 1", "add rule 1000"]);
  assertEquals(keeper.heldCount("A"), 3);
  keeper.release("A", []);
  assertEquals(settle(), ["delete rule 1000", "delete 10.2.0.0 1", "delete 10.1.0.0 192.0.2.9"]);
  assertEquals([keeper.heldCount("A"), openCount()], [0, 1]);
});

Deno.test("RoutingKeeper: waits for the addresses of the owner", () => {
  const { keeper, settle, unready } = kept("A", "B");
  unready.add("A");
  keeper.claim("A", entries([R1]));
  keeper.claim("B", entries([R2]));
  assertEquals(settle(), ["add 10.2.0.0 1"]);
  unready.clear();
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9"]);
});

Deno.test("RoutingKeeper: many go in slices of at most 48", () => {
  const { keeper, settle, routing } = kept();
  keeper.claim("A", entries(Array.from({ length: 200 }, (_, i) => `10.0.${i}.0/24 dev eth0`)));
  assertEquals([settle().length, Math.max(...routing.batches)], [200, 48]);
  keeper.release("A", []);
  assertEquals([settle().length, Math.max(...routing.batches)], [200, 48]);
});

Deno.test("RoutingKeeper: leftovers are deleted, what is not there is no failure", () => {
  const { keeper, settle, routing, told } = kept("A", "B");
  routing.answer = () => ESRCH;
  keeper.release("A", entries([R1]));
  assertEquals([settle(), told], [["delete 10.1.0.0 192.0.2.9"], []]);
  routing.answer = () => EEXIST;
  keeper.claim("B", entries([R1]));
  assertEquals([settle(), told, keeper.heldCount("B")], [["add 10.1.0.0 192.0.2.9"], [], 1]);
  keeper.release("A", entries([R1]));
  assertEquals(settle(), [], "it is another's now");
});

Deno.test("RoutingKeeper: what two owners want goes with the last of them", () => {
  const { keeper, settle } = kept("A", "B");
  keeper.claim("A", entries([R1]));
  keeper.claim("B", entries([R1]));
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9"]);
  keeper.release("A", entries([R1]));
  assertEquals(settle(), []);
  keeper.unregister("B");
  assertEquals(settle(), ["delete 10.1.0.0 192.0.2.9"]);
});

Deno.test("RoutingKeeper: a claim touches the difference only", () => {
  const { keeper, settle, routing, told } = kept();
  keeper.claim("A", entries([R1, R2], [RULE]));
  settle();
  const other = "10.1.0.0/16 via 192.0.2.8 dev eth0";
  keeper.claim("A", entries([other, R2, "10.3.0.0/16 dev eth0"], [RULE]));
  assertEquals(settle(), ["replace 10.1.0.0 192.0.2.8", "add 10.3.0.0 1"]);
  routing.answer = (change) => line(change).startsWith("replace") ? EINVAL : 0;
  keeper.claim("A", entries([R1, R2, "10.3.0.0/16 dev eth0"], [RULE]));
  assertEquals(settle(), [
    "replace 10.1.0.0 192.0.2.9",
    "delete 10.1.0.0 192.0.2.8",
    "add 10.1.0.0 192.0.2.9",
  ]);
  assertEquals([told, keeper.heldCount("A")], [[], 4]);
});

Deno.test("RoutingKeeper: several routes to one destination are not replaced but deleted", () => {
  const { keeper, settle } = kept();
  const both = ["10.1.0.0/16 via 192.0.2.7 dev eth0", "10.1.0.0/16 via 192.0.2.8 dev eth0"];
  keeper.claim("A", entries(both));
  settle();
  keeper.claim("A", entries([R1]));
  assertEquals(settle(), [
    "delete 10.1.0.0 192.0.2.8",
    "delete 10.1.0.0 192.0.2.7",
    "add 10.1.0.0 192.0.2.9",
  ]);
});

Deno.test("RoutingKeeper: a claim between a release and its slice keeps what is there", () => {
  const { keeper, settle } = kept();
  keeper.claim("A", entries([R1]));
  settle();
  keeper.release("A", []);
  keeper.claim("A", entries([R1]));
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9"], "asked for again, but not deleted");
});

Deno.test("RoutingKeeper: a refusal is told once, in the words of the configuration", () => {
  const { keeper, settle, routing, told, links } = kept();
  routing.answer = () => EINVAL;
  keeper.claim("A", entries([`${R1} table 5 metric 7`, "10.9.0.0/16 dev eth9"]));
  settle();
  assertEquals(told.splice(0).toSorted(), [
    "A add route 10.1.0.0/16 via 192.0.2.9 dev eth0 table 5 metric 7: E22",
    "A add route 10.9.0.0/16 dev eth9: interface eth9 is missing",
  ]);
  keeper.claim("A", entries([`${R1} table 5 metric 7`, "10.9.0.0/16 dev eth9"]));
  assertEquals([settle(), told], [["add 10.1.0.0 192.0.2.9"], []], "tried again in silence");
  routing.answer = () => 0;
  links.tell({ type: "link", link: links.addLink("eth9", 9), previous: undefined });
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9", "add 10.9.0.0 9"]);
  assertEquals([told, keeper.heldCount("A")], [[], 2]);
});

Deno.test("RoutingKeeper: what others remove is put back, but not again and again", () => {
  const { keeper, settle, routing, told } = kept();
  keeper.claim("A", entries([R1, `${R2} no_track`], [RULE]));
  settle();
  const [first] = entries([R1]);
  assert(first?.kind === "route");
  const gone = { type: "routeGone", destination: first.route.destination, table: 254 } as const;
  routing.onEvent(gone);
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9"]);
  assertEquals(told.splice(0), [`A restored ${wordsOf(first)}`]);
  routing.onEvent(gone);
  assertEquals(settle(999), []);
  assertEquals(settle(1), ["add 10.1.0.0 192.0.2.9"]);
  routing.onEvent({ ...gone, table: 100 });
  routing.onEvent({ type: "ruleGone", family: 6, priority: 1000 });
  assertEquals(settle(5_000), [], "of another table, of another family");
  told.splice(0);
  routing.answer = () => EEXIST;
  routing.onEvent({ type: "ruleGone", family: 4, priority: 1000 });
  assertEquals([settle(), told], [["add rule 1000"], []], "it was not gone");
  routing.onEvent({ type: "lost" });
  assertEquals(settle(), ["add 10.1.0.0 192.0.2.9", "add rule 1000"], "all that is tracked");
});

Deno.test("RoutingKeeper: releaseAllNow leaves nothing", () => {
  const { keeper, routing } = kept("A", "B");
  keeper.claim("A", entries([R1]));
  keeper.claim("B", entries([R1, R2]));
  while (keeper.runAdditions());
  routing.changes.splice(0);
  assertEquals(keeper.releaseAllNow(), 2);
  assertEquals(routing.changes.map(line).toSorted(), [
    "delete 10.1.0.0 192.0.2.9",
    "delete 10.2.0.0 1",
  ]);
});

Deno.test("RoutingKeeper: a lost hop of an IPv6 route is put back, and told only if one was", () => {
  const { keeper, settle, routing, told } = kept();
  const text = "2001:db8::/64 nexthop via fe80::8 dev eth0 nexthop via fe80::9 dev eth0";
  keeper.claim("A", entries([text]));
  assertEquals(settle(), ["add 2001:db8:: fe80::8,fe80::9"]);
  const [entry] = entries([text]);
  assert(entry?.kind === "route");
  const { destination, table } = entry.route;
  const gone: RoutingEvent = { type: "routeGone", destination, table };
  routing.answer = (change) => line(change).includes("fe80::8") ? EEXIST : 0;
  routing.onEvent(gone);
  assertEquals(settle(), ["add 2001:db8:: fe80::8", "add 2001:db8:: fe80::9"]);
  assertEquals(told.splice(0).length, 1);
  routing.answer = () => EEXIST;
  routing.onEvent(gone);
  assertEquals(settle(1_000), ["add 2001:db8:: fe80::8", "add 2001:db8:: fe80::9"]);
  assertEquals(told, []);
});
