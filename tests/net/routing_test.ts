/**
 * Routes and rules over the real kernel, with iproute2 as the judge: the same words lead to the
 * same entry, and what is deleted is gone.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { routeRequest, ruleRequest } from "../../engine/io/routing_requests.ts";
import type { Config } from "../../machines/config.ts";
import { Links } from "../../net/links.ts";
import { Routing } from "../../net/routing.ts";
import { isSettled, type RoutingChange, type RoutingEvent } from "../../net/routing_table.ts";
import { brief, instanceText, load } from "../engine/config/harness.ts";
import { netTest } from "./links_fixture.ts";
import { IS_ROOT, Namespace } from "./namespace.ts";
import { ROUTE_ROWS, type RoutingRow, RULE_ROWS } from "./routing_rows.ts";

/** What the words of a line ask for. */
function changesOf(config: Config, links: Links): [add: RoutingChange, del: RoutingChange] {
  const [route] = config.staticRoutes;
  const [rule] = config.staticRules;
  if (route) {
    const request = routeRequest(route, links);
    assert(typeof request === "object", `${request}`);
    return [
      { operation: "add", route: request, creation: route.creation },
      { operation: "delete", route: request },
    ];
  }
  assert(rule !== undefined, "the line is no entry");
  return [
    { operation: "add", rule: ruleRequest(rule) },
    { operation: "delete", rule: ruleRequest(rule) },
  ];
}

function configOf(block: string, line: string): Config {
  const { config, diagnostics } = load(`${block} {\n${line}\n}\n${instanceText("")}`);
  assert(config !== undefined, brief(diagnostics).join("\n"));
  return config;
}

/**
 * All routes and rules but the kernel's own, which come when they like. Of a route that expires
 * only counts that it does.
 */
function state(namespace: Namespace): unknown[] {
  const commands = ["-4 route show table all", "-6 route show table all", "-4 rule", "-6 rule"];
  return commands.flatMap((command) => {
    const shown = namespace.ip(`-j -d ${command}`).replaceAll(/"expires":\d+/g, '"expires":1');
    const entries = JSON.parse(shown) as { readonly protocol?: string }[];
    return entries.filter(({ protocol }) => protocol !== "kernel");
  });
}

/** The kernel of this machine has not everything. */
const MISSING = IS_ROOT ? missingInKernel() : new Set<string>();

function missingInKernel(): Set<string> {
  using namespace = new Namespace();
  const probes = {
    vrf: "link add red type vrf table 77",
    mpls: "route add 198.51.100.0/24 encap mpls 100 dev v0",
    ila: "route add 2001:db8:1::/64 encap ila 1:2:3:4 dev v0",
  };
  return new Set(
    Object.entries(probes).flatMap(([what, command]) => {
      try {
        namespace.ip(command);
        return [];
      } catch {
        return [what];
      }
    }),
  );
}

function judge(block: "static_routes" | "static_rules", row: RoutingRow): void {
  const [line, command = line, needs] = row;
  const isMissing = needs !== undefined && MISSING.has(needs);
  // Without such a device there is nothing to say.
  if (isMissing && needs === "vrf") return;
  if (isMissing) return judgeRefused(block, line, needs);
  Deno.test({
    name: `${block} ${line}`,
    ignore: !IS_ROOT,
    fn: () => {
      using namespace = new Namespace();
      if (needs === "vrf") namespace.ip("link add red type vrf table 77");
      namespace.ip("addr add 192.0.2.1/24 dev v0");
      namespace.addAddress6("2001:db8::1/64", "v0");
      namespace.ip("link set v1 group 5");
      using links = Links.open();
      using routing = Routing.open(() => {});
      const before = state(namespace);
      const [add, del] = changesOf(configOf(block, line), links);

      assertEquals(routing.change([add]), [{ errno: 0 }]);
      const ours = state(namespace);
      assertEquals(ours.length, before.length + 1, "something was added");
      const again = routing.change([add]).map(({ errno }) => isSettled("add", errno));
      assertEquals(again, [true], "it is there already");
      assertEquals(state(namespace), ours);
      assertEquals(routing.change([del]), [{ errno: 0 }]);
      assertEquals(state(namespace), before);
      const gone = routing.change([del]).map(({ errno }) => isSettled("delete", errno));
      assertEquals(gone, [true], "it is gone already");

      const object = block === "static_routes" ? "route" : "rule";
      const family = /^-6 /.test(command) || command.match(/^\S*:|(from|to) \S*:/) ? "-6 " : "";
      const protocol = command.includes("protocol ") ? "" : " protocol 18";
      const words = command.replace(/^-6 /, "");
      const [head = "", ...hops] = words.split(/ (?=nexthop )/);
      namespace.ip(
        `${family}${object} add ${head}${protocol}${hops.map((hop) => ` ${hop}`).join("")}`,
      );
      assertEquals(ours, state(namespace));
    },
  });
}

/** What this kernel refuses of iproute2 it refuses of us: an error number, and nothing done. */
function judgeRefused(block: "static_routes" | "static_rules", line: string, needs: string): void {
  Deno.test({
    name: `${block} ${line} (this kernel has no ${needs})`,
    ignore: !IS_ROOT,
    fn: () => {
      using namespace = new Namespace();
      namespace.ip("addr add 192.0.2.1/24 dev v0");
      namespace.addAddress6("2001:db8::1/64", "v0");
      using links = Links.open();
      using routing = Routing.open(() => {});
      const before = state(namespace);
      const [add] = changesOf(configOf(block, line), links);
      const [result] = routing.change([add]);
      assert(result !== undefined && result.errno !== 0, line);
      assertEquals(state(namespace), before);
    },
  });
}

for (const row of ROUTE_ROWS) judge("static_routes", row);
for (const row of RULE_ROWS) judge("static_rules", row);

netTest("Routing: what others remove or replace is told", (namespace) => {
  const events: RoutingEvent[] = [];
  using routing = Routing.open((event) => events.push(event));
  namespace.ip("addr add 192.0.2.1/24 dev v0");
  namespace.ip("route add 198.51.100.0/24 via 192.0.2.9 table 100");
  namespace.ip("route replace 198.51.100.0/24 via 192.0.2.8 table 100");
  namespace.ip("route del 198.51.100.0/24 table 100");
  namespace.ip("-6 rule add from 2001:db8::/32 table 100 priority 1000");
  namespace.ip("-6 rule del priority 1000");
  while (routing.readEvents());
  const table100 = {
    type: "routeGone",
    destination: { ip: "198.51.100.0", prefixLength: 24 },
    table: 100,
  };
  assertEquals<unknown>(
    events,
    [table100, table100, { type: "ruleGone", family: 6, priority: 1000 }],
  );
});
