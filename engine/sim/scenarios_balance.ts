/**
 * The built-in scenarios of virtual servers: two directors that are each other's backup, and real
 * servers that die, return, and take their time.
 *
 * @module
 */
import type { Row, Scenario, ScenarioHost } from "./scenario.ts";

/** A director: `text` follows its virtual router. */
function director(priority: number, text: string): string {
  return [
    "vrrp_instance VI_1 {",
    "    version 3",
    "    interface eth0",
    "    virtual_router_id 51",
    `    priority ${priority}`,
    "    virtual_ipaddress {",
    "        192.0.2.100/24",
    "    }",
    "}",
    text,
  ].join("\n");
}

const CHECK = [
  "        TCP_CHECK {",
  "            connect_timeout 1",
  "            retry 1",
  "            delay_before_retry 0.5",
  "        }",
];

/** A real server. */
function server(number: number, ...lines: readonly string[]): string[] {
  const settings = lines.map((line) => `        ${line}`);
  return [`    real_server 10.0.0.${number} 80 {`, ...settings, ...CHECK, "    }"];
}

/** A virtual server. */
function service(
  port: number,
  lines: readonly string[],
  ...servers: readonly (readonly string[])[]
): string {
  return [
    `virtual_server 192.0.2.100 ${port} {`,
    "    delay_loop 1",
    "    warmup 0",
    "    lvs_method NAT",
    "    protocol TCP",
    ...lines.map((line) => `    ${line}`),
    ...servers.flat(),
    "}",
    "",
  ].join("\n");
}

/** Two directors that balance alike. */
function directors(text: string, others: Readonly<Record<string, string>> = {}): ScenarioHost[] {
  return ["a", "b"].map((name, i) => {
    const priority = 150 - 50 * i;
    const otherConfigs = Object.fromEntries(
      Object.entries(others).map(([key, other]) => [key, director(priority, other)]),
    );
    return { name, config: director(priority, text), otherConfigs };
  });
}

const RR = "lvs_sched rr";
const SUSPENDED = service(80, [RR, "ha_suspend"], server(1), server(2));
const GUARDED = service(
  80,
  ["lvs_sched wrr", "quorum 4", "hysteresis 1", "sorry_server 10.0.0.9 80"],
  server(1, "weight 3"),
  server(2, "weight 2", "inhibit_on_failure"),
  server(3),
);
/** BFD with a neighbour, 100 ms × 3. */
function session(name: string, neighbor: string): string {
  const lines = [`neighbor_ip ${neighbor}`, "min_rx 100", "min_tx 100", "multiplier 3"];
  return `bfd_instance ${name} {\n${lines.map((line) => `    ${line}\n`).join("")}}\n`;
}

/** Its only server follows a BFD session. */
const FOLLOWING = session("uplink", "192.0.3.3") +
  service(80, [RR, "sorry_server 10.0.0.9 80"], [
    "    real_server 10.0.0.1 80 {",
    "        BFD_CHECK {",
    "            name uplink",
    "        }",
    "    }",
  ]);
const PLAIN = service(80, [RR], server(1), server(2));
const GROWN = service(80, [RR], server(1, "weight 5"), server(2), server(3));
const MOVED = service(80, ["lvs_sched wlc"], server(3)) + service(443, [RR], server(1));

/** All directors take over a configuration. */
function reload(atMs: number, config: string): Row[] {
  return ["a", "b"].map((name): Row => [atMs, "reload", name, config]);
}

/** The scenarios by name. */
export const BALANCE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "balance-failover": {
    title: "Only the director that holds the address asks the servers; one dies, then the director",
    hosts: directors(SUSPENDED),
    rows: [
      [8_300, "server", "10.0.0.1:80", "down"],
      [12_000, "power-off", "a"],
      [20_300, "server", "10.0.0.1:80", "up"],
      [24_000, "power-on", "a"],
      [24_500, "start", "a"],
    ],
    durationMs: 40_000,
  },
  "balance-quorum": {
    title: "Servers die one after the other until the sorry server serves, and return slowly",
    hosts: directors(GUARDED),
    rows: [
      [4_200, "server", "10.0.0.3:80", "silent"],
      [9_200, "server", "10.0.0.1:80", "down"],
      [14_200, "server", "10.0.0.1:80", 700],
      [19_200, "server", "10.0.0.3:80", 999],
      [24_200, "server", "10.0.0.2:80", 1_001],
    ],
    durationMs: 32_000,
  },
  "balance-bfd": {
    title: "A server is there while its BFD session is: it takes 0.3 s to be gone",
    hosts: [
      {
        name: "a",
        config: director(150, FOLLOWING),
        interfaces: { eth0: "lan", eth1: "wan" },
      },
      { name: "b", config: director(100, SUSPENDED) },
      { name: "up", config: session("a", "192.0.3.1"), interfaces: { eth0: "wan" }, starts: false },
    ],
    rows: [
      [5_000, "start", "up"],
      [10_000, "crash", "up"],
      [14_000, "start", "up"],
      [18_000, "cut-link", "a", "eth1"],
    ],
    durationMs: 22_000,
  },
  "balance-reload": {
    title: "Reloads add, change and move servers while one is down, and processes are killed",
    hosts: directors(PLAIN, { grown: GROWN, moved: MOVED }),
    rows: [
      [4_200, "server", "10.0.0.2:80", "down"],
      ...reload(8_000, "grown"),
      [12_000, "crash", "a"],
      [12_050, "respawn", "a"],
      [14_200, "server", "10.0.0.2:80", "up"],
      ...reload(18_000, "moved"),
      [20_000, "refuse-services", "a", 12],
      ...reload(21_000, "grown"),
      [23_000, "refuse-services", "a", 0],
      [26_000, "stop", "b"],
    ],
    durationMs: 36_000,
  },
};
