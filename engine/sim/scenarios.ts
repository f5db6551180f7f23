/**
 * The built-in scenarios: what VRRP is for, and what it has to endure, each told in a few rows.
 * They are written as a user would write them, with keepalived.conf texts.
 *
 * Hosts are numbered in their order: the first has 192.0.2.1, the second 192.0.2.2.
 *
 * @module
 */
import type { Row, Scenario, ScenarioHost } from "./scenario.ts";
import { BALANCE_SCENARIOS } from "./scenarios_balance.ts";

/** A configuration with one instance; `lines` are further settings of it. */
function router(priority: number, ...lines: readonly string[]): string {
  return virtualRouter(["192.0.2.100/24"], priority, lines);
}

function virtualRouter(
  addresses: readonly string[],
  priority: number,
  lines: readonly string[],
): string {
  return [
    "vrrp_instance VI_1 {",
    "    version 3",
    "    interface eth0",
    "    virtual_router_id 51",
    `    priority ${priority}`,
    "    advert_int 1",
    ...lines.map((line) => `    ${line}`),
    "    virtual_ipaddress {",
    ...addresses.map((address) => `        ${address}`),
    "    }",
    "}",
    "",
  ].join("\n");
}

function host(name: string, config: string, more: Partial<ScenarioHost> = {}): ScenarioHost {
  return { name, config, ...more };
}

/** The usual pair: `a` is better. */
const PAIR: readonly ScenarioHost[] = [host("a", router(150)), host("b", router(100))];

/** The usual pair, and what happens to it. */
function pair(title: string, durationMs: number, ...rows: readonly Row[]): Scenario {
  return { title, hosts: PAIR, rows, durationMs };
}

const TWO_LINKS = { eth0: "lan", eth1: "wan" };

const SCRIPT = 'vrrp_script chk {\n    script "/bin/true"\n}\n';

/** A BFD session with a neighbour, 100 ms × 3. */
function session(neighbor: string): string {
  return `bfd_instance uplink {\n    neighbor_ip ${neighbor}\n    min_rx 100\n    min_tx 100\n` +
    "    multiplier 3\n}\n";
}

/** Two instances, one on each segment, that are master together. */
function syncGroup(...priorities: readonly number[]): string {
  const instances = priorities.map((priority, i) => [
    `vrrp_instance VI_${i + 1} {`,
    "    version 3",
    `    interface eth${i}`,
    `    virtual_router_id ${51 + i}`,
    `    priority ${priority}`,
    "    virtual_ipaddress {",
    `        192.0.${2 + i}.100/24`,
    "    }",
    "}",
  ]);
  return [
    ...instances.flat(),
    "vrrp_sync_group G {",
    "    group {",
    "        VI_1 VI_2",
    "    }",
    "}",
    "",
  ].join("\n");
}

/** The scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "election": {
    title: "Three routers start together; the one with the highest priority becomes master",
    hosts: [host("a", router(100)), host("b", router(200)), host("c", router(150))],
    rows: [],
    durationMs: 6_000,
  },
  "failover": pair(
    "The master's machine loses power; the backup takes over, and yields when it returns",
    20_000,
    [6_000, "power-off", "a"],
    [11_000, "power-on", "a"],
    [12_000, "start", "a"],
  ),
  "resign": pair(
    "The master is stopped in order: it resigns, and the backup waits for Skew_Time only",
    8_000,
    [6_000, "stop", "a"],
  ),
  "preempt": {
    title: "A better router joins and takes over from a lesser one",
    hosts: [host("a", router(150), { starts: false }), host("b", router(100))],
    rows: [[6_000, "start", "a"]],
    durationMs: 12_000,
  },
  "nopreempt": {
    title: "A better router joins, but nopreempt makes it wait until the master leaves",
    hosts: [host("a", router(150, "nopreempt"), { starts: false }), host("b", router(100))],
    rows: [[6_000, "start", "a"], [14_000, "stop", "b"]],
    durationMs: 16_000,
  },
  "preempt-delay": {
    title: "A better router joins and puts up with the lesser one for preempt_delay",
    hosts: [host("a", router(150, "preempt_delay 5"), { starts: false }), host("b", router(100))],
    rows: [[6_000, "start", "a"]],
    durationMs: 18_000,
  },
  "tie": {
    title: "Routers of equal priority: both claim at once, the higher address wins",
    hosts: [host("a", router(100)), host("b", router(100)), host("c", router(100))],
    rows: [],
    durationMs: 6_000,
  },
  "partition": {
    title: "The segment falls apart, each side has a master; when it is whole again, one yields",
    hosts: [...PAIR, host("c", router(50))],
    rows: [[6_000, "partition", [["a"], ["b", "c", "client"]]], [13_000, "heal"]],
    durationMs: 20_000,
  },
  "one-way": {
    title: "The backup does not hear the master, who hears it and asserts itself",
    hosts: PAIR,
    rows: [[6_000, "block", "a", "b"], [13_000, "heal"]],
    durationMs: 20_000,
  },
  "stalled-master": pair(
    "The master does not run for 6 s and is replaced; awake, it hears the other before it speaks",
    18_000,
    [6_000, "stall", "a", 6_000],
  ),
  "stalled-backup": pair(
    "The backup does not run for 6 s; awake, it finds the master's advertisements and stays",
    16_000,
    [6_000, "stall", "b", 6_000],
  ),
  "crash-and-resume": pair(
    "The master's process is killed and started again at once: it goes on, nobody takes over",
    12_000,
    [6_300, "crash", "a"],
    [6_350, "respawn", "a"],
  ),
  "crash-and-late-restart": pair(
    "The master's process is killed and comes back when another has taken over: it lets go",
    20_000,
    [6_300, "crash", "a"],
    [12_000, "start", "a"],
  ),
  "reload-priority": {
    title: "A reload raises the backup's priority above the master's",
    hosts: [
      host("a", router(150)),
      host("b", router(100), { otherConfigs: { better: router(200) } }),
    ],
    rows: [[6_000, "reload", "b", "better"]],
    durationMs: 16_000,
  },
  "reload-addresses": {
    title: "A reload of the master exchanges an address; the others follow",
    hosts: PAIR.map((each, i) => ({
      ...each,
      otherConfigs: {
        other: virtualRouter(["192.0.2.100/24", "192.0.2.102/24"], i === 0 ? 150 : 100, []),
        less: virtualRouter(["192.0.2.102/24"], i === 0 ? 150 : 100, []),
      },
    })),
    rows: [
      [6_000, "reload", "a", "other"],
      [6_200, "reload", "b", "other"],
      [8_000, "reload", "a", "less"],
      [8_200, "reload", "b", "less"],
    ],
    durationMs: 18_000,
  },
  "cable-cut": pair(
    "The master's cable is pulled and plugged in again",
    20_000,
    [6_000, "cut", "a"],
    [12_000, "plug", "a"],
  ),
  "lossy": {
    title: "A wire that loses, delays and doubles frames, until it is mended",
    seed: 4,
    hosts: [...PAIR, host("c", router(100))],
    wire: { lossRatio: 0.3, jitterMs: 40, duplicateRatio: 0.1, reorderRatio: 0.1 },
    rows: [[20_000, "wire", { lossRatio: 0, jitterMs: 0, duplicateRatio: 0, reorderRatio: 0 }]],
    durationMs: 34_000,
  },
  "owner-returns": {
    title: "The owner of the addresses (priority 255) returns and takes them at once",
    hosts: [host("a", router(255, "state MASTER")), host("b", router(100))],
    rows: [[3_000, "power-off", "a"], [9_000, "power-on", "a"], [9_500, "start", "a"]],
    durationMs: 16_000,
  },
  "track-interface": {
    title: "The master loses another interface that it tracks with a weight, and gets it back",
    hosts: [
      host("a", router(150, "track_interface {", "eth1 weight -60", "}"), {
        interfaces: TWO_LINKS,
      }),
      host("b", router(100)),
    ],
    rows: [[6_000, "cut-link", "a", "eth1"], [14_000, "plug-link", "a", "eth1"]],
    durationMs: 22_000,
  },
  "track-script": {
    title: "Nobody is master before a tracked script has run; then one fails, and is well again",
    hosts: ["a", "b"].map((name, i) =>
      host(name, SCRIPT + router(150 - 50 * i, "track_script {", "chk", "}"))
    ),
    rows: [
      [500, "track", "b", "script chk", "good"],
      [1_000, "track", "a", "script chk", "good"],
      [8_000, "track", "a", "script chk", "bad"],
      [14_000, "track", "a", "script chk", "good"],
    ],
    durationMs: 22_000,
  },
  "track-bfd": {
    title:
      "The master's uplink dies: BFD notices in 0.3 s, and the backup takes over after Skew_Time",
    hosts: [
      host("a", session("192.0.3.3") + router(150, "track_bfd {", "uplink", "}"), {
        interfaces: TWO_LINKS,
      }),
      host("b", router(100)),
      host("up", session("192.0.3.1"), { interfaces: { eth0: "wan" } }),
    ],
    rows: [[6_000, "crash", "up"], [14_000, "start", "up"]],
    durationMs: 22_000,
  },
  "sync-group": {
    title: "The master loses one of two segments: both its instances leave, and come back together",
    hosts: [
      host("a", syncGroup(150, 150), { interfaces: TWO_LINKS }),
      host("b", syncGroup(100, 100), { interfaces: TWO_LINKS }),
    ],
    rows: [[6_000, "cut-link", "a", "eth1"], [14_000, "plug-link", "a", "eth1"]],
    durationMs: 22_000,
  },
  "sync-group-crossed": {
    title: "Each of two groups is better on another segment; a partition ends, one of them yields",
    hosts: [
      host("a", syncGroup(150, 100), { interfaces: TWO_LINKS }),
      host("b", syncGroup(100, 150), { interfaces: TWO_LINKS }),
    ],
    rows: [[6_000, "partition", [["a"], ["b"]]], [14_000, "heal"]],
    durationMs: 34_000,
  },
  "thousand-addresses": {
    title: "A thousand addresses, 60 µs each: adding them delays no advertisement",
    hosts: ["a", "b", "c"].map((name, i) =>
      host(name, manyAddresses(1_000, 150 - 25 * i), { addressChangeMs: 0.06 })
    ),
    rows: [[1_000, "crash", "a"]],
    durationMs: 3_000,
  },
  ...BALANCE_SCENARIOS,
};

function manyAddresses(count: number, priority: number): string {
  const addresses = Array.from(
    { length: count },
    (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`,
  );
  return [
    "vrrp_instance VI_1 {",
    "    version 3",
    "    interface eth0",
    "    virtual_router_id 51",
    `    priority ${priority}`,
    "    advert_int 0.1",
    "    virtual_ipaddress {",
    "        192.0.2.100/24",
    "    }",
    "    virtual_ipaddress_excluded {",
    ...addresses.map((address) => `        ${address}`),
    "    }",
    "}",
    "",
  ].join("\n");
}
