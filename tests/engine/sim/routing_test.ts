/**
 * Routes and rules under faults: whenever a host has nothing left to do, its kernel has those of
 * its active instances and the static ones, and no others.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Host } from "../../../engine/sim/host.ts";
import { runScenario } from "../../../engine/sim/run.ts";
import type { Row } from "../../../engine/sim/scenario.ts";
import type { Config } from "../../../machines/config.ts";
import { brief, load } from "../config/harness.ts";

const STATIC_COUNT = 2;

function configOf(priority: number, routes = 3): Config {
  const lines = Array.from({ length: routes }, (_, i) => `10.${i}.0.0/16 via 192.0.2.9 dev eth0`);
  const { config, diagnostics } = load(`
static_routes {
  10.99.0.0/16 dev eth0
}
static_rules {
  from 10.99.0.0/16 table 99 priority 99
}
vrrp_instance V1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    192.0.2.100/24
  }
  virtual_routes {
    ${lines.join("\n    ")}
  }
  virtual_rules {
    from 10.0.0.0/16 table 100 priority 1000
  }
}
`);
  assert(config !== undefined, brief(diagnostics).join("\n"));
  return config;
}

/** Plays it; how many routes and rules `a` had while it lived, one after the other. */
function countsOfA(rows: readonly Row[]): number[] {
  const counts: number[] = [];
  const settled = (host: Host) => {
    if (!host.isLive || host.config === undefined) return;
    const [instance] = host.config.vrrpInstances;
    assert(instance !== undefined);
    const { routing, virtualAddresses } = host.kernel;
    const own = virtualAddresses.size > 0 ? instance.routes.length + instance.rules.length : 0;
    assertEquals(routing.count, STATIC_COUNT + own, host.name);
    if (host.name === "a" && counts.at(-1) !== routing.count) counts.push(routing.count);
  };
  const outcome = runScenario({
    title: "routes",
    hosts: [
      { name: "a", config: configOf(200), otherConfigs: { less: configOf(200, 1) } },
      { name: "b", config: configOf(100) },
    ],
    rows,
  }, { watchers: [{ settled }] });
  assertEquals(outcome.violation, undefined);
  for (const host of outcome.world.hosts.values()) {
    if (!host.isRunning) assertEquals(host.kernel.routing.count, 0, `${host.name} left`);
  }
  return counts;
}

const ROWS: readonly (readonly [what: string, counts: number[], rows: readonly Row[]])[] = [
  ["elected", [2, 6], []],
  ["stopped", [2, 6], [[6_000, "stop", "a"], [12_000, "stop", "b"]]],
  ["started again", [2, 6, 2, 6], [[6_000, "stop", "a"], [12_000, "start", "a"]]],
  ["a cut cable", [2, 6, 2, 6], [[6_000, "cut", "a"], [12_000, "plug", "a"]]],
  ["killed and adopted", [2, 6], [[6_000, "crash", "a"], [6_100, "respawn", "a"]]],
  ["killed and too late", [2, 6, 2, 6], [[6_000, "crash", "a"], [20_000, "respawn", "a"]]],
  ["starved", [2, 6, 2, 6], [[6_000, "stall", "a", 8_000]]],
  ["without power", [2, 6, 2, 6], [
    [6_000, "power-off", "a"],
    [9_000, "power-on", "a"],
    [9_000, "start", "a"],
  ]],
  ["reloaded", [2, 6, 4], [[6_000, "reload", "a", "less"]]],
];

for (const [what, counts, rows] of ROWS) {
  Deno.test(`simulated routes: ${what}`, () => assertEquals(countsOfA(rows), counts));
}
