/**
 * What the simulator found: each defect as the smallest scenario that showed it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { runScenario } from "../../../engine/sim/run.ts";
import { prepareScenario } from "../../../engine/sim/scenario_file.ts";
import type { ReadyHost, Row } from "../../../engine/sim/scenario.ts";
import { configOf, router, virtualAddress } from "./routers.ts";

interface Regression {
  readonly what: string;
  readonly hosts: readonly ReadyHost[];
  readonly rows: readonly Row[];
}

function addresses(count: number) {
  return Array.from(
    { length: count },
    (_, i) => virtualAddress(`192.0.2.1${String(i).padStart(2, "0")}`),
  );
}

/** A router with gaps of 1 ms between its announcements. */
function paced(change: Partial<VrrpInstanceConfig>): VrrpInstanceConfig {
  const { announcements } = router();
  return router({ announcements: { ...announcements, arpIntervalUs: 1_000 }, ...change });
}

const many = paced({ priority: 200, virtualAddresses: addresses(40) });
const second = paced({
  name: "VI_2",
  vrid: 52,
  priority: 100,
  virtualAddresses: [virtualAddress("192.0.2.200")],
});
const slow = router({ priority: 255, virtualAddresses: addresses(40) });

/** A router that tracks a script, and has a BFD session with another. */
function tracking(name: string, neighbor: number): ReadyHost {
  const text = `vrrp_script s {
script "/bin/true"
}
bfd_instance b {
neighbor_ip 192.0.2.${neighbor}
}
vrrp_instance VI_1 {
interface eth0
virtual_router_id 51
virtual_ipaddress {
192.0.2.100/24
}
track_script {
s
}
}
`;
  const scenario = prepareScenario({ title: name, hosts: [{ name, config: text }], rows: [] });
  const host = "wrong" in scenario ? undefined : scenario.hosts[0];
  assert(host, JSON.stringify(scenario));
  return host;
}

const REGRESSIONS: readonly Regression[] = [
  {
    what: "addresses of a killed process are released before the start-up delay",
    hosts: [
      { name: "a", config: configOf(router({ priority: 255, startupDelayMs: 1_500 })) },
      { name: "b", config: configOf(router()) },
    ],
    rows: [[2_000, "crash", "a"], [2_500, "start", "a"]],
  },
  {
    what: "what a reload drops is not announced any more, though it waits in the queue",
    hosts: [{
      name: "a",
      config: configOf(many),
      otherConfigs: { less: configOf({ ...many, virtualAddresses: addresses(2) }) },
    }],
    rows: [[3_250, "reload", "a", "less"]],
  },
  {
    what: "what waits to be deleted is not announced again",
    hosts: [{
      name: "a",
      config: configOf(slow),
      otherConfigs: { less: configOf({ ...slow, virtualAddresses: addresses(3) }) },
      addressChangeMs: 0.06,
    }],
    rows: [[0.5, "reload", "a", "less"], [0.5, "stall", "a", 6_000]],
  },
  {
    what: "answers to a lesser router do not keep another instance's announcements waiting",
    hosts: [
      { name: "a", config: configOf(many, { ...second, startupDelayMs: 20_000 }) },
      { name: "b", config: configOf({ ...many, priority: 100, advertisementIntervalCs: 1 }) },
    ],
    rows: [[6_000, "block", "a", "b"], [30_000, "heal"]],
  },
  {
    what: "a backup that is reloaded to a faster interval does not replace a slower master",
    hosts: [
      { name: "a", config: configOf(router({ priority: 150 })) },
      {
        name: "b",
        config: configOf(router()),
        otherConfigs: { faster: configOf(router({ advertisementIntervalCs: 10 })) },
      },
    ],
    rows: [[6_050, "reload", "b", "faster"]],
  },
  {
    what: "what waits to be deleted is not announced again when a lesser router is answered",
    hosts: [
      {
        name: "a",
        config: configOf(slow),
        otherConfigs: { less: configOf({ ...slow, virtualAddresses: addresses(3) }) },
      },
      { name: "b", config: configOf({ ...slow, priority: 100, initialRole: "backup" }) },
    ],
    rows: [
      [0, "block", "a", "b"],
      [4_600, "stall", "a", 20],
      [4_605, "reload", "a", "less"],
      [8_000, "heal"],
    ],
  },
  {
    what: "what a reload drops is not announced by a router that yields before it claims the rest",
    hosts: [
      {
        name: "a",
        config: configOf(paced({ virtualAddresses: addresses(40) })),
        otherConfigs: { less: configOf(paced({ virtualAddresses: addresses(2) })) },
      },
      { name: "b", config: configOf(router()) },
    ],
    rows: [
      [0, "partition", [["a"], ["b"]]],
      [3_700, "stall", "a", 4_000],
      [3_700, "reload", "a", "less"],
      [5_000, "heal"],
    ],
  },
  {
    what: "a script ends while sessions still say farewell, and its instance is gone",
    hosts: [tracking("a", 2), tracking("b", 1)],
    rows: [[5_000, "stop", "a"], [5_000.1, "track", "a", "script s", "good"]],
  },
  {
    what: "a killed process that comes back late does not resume",
    hosts: [
      { name: "a", config: configOf(router({ priority: 150 })) },
      { name: "b", config: configOf(router()) },
    ],
    rows: [[6_300, "crash", "a"], [9_500, "respawn", "a"]],
  },
];

for (const { what, hosts, rows } of REGRESSIONS) {
  Deno.test(`simulator: ${what}`, () => {
    assertEquals(runScenario({ title: what, hosts, rows }).violation, undefined);
  });
}
