/**
 * What other people ran into, by the number of the issue they wrote for keepalived: as scenarios of
 * ours, which hold all invariants and end as they should.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { vrrpInstanceIdentity } from "../../../machines/config.ts";
import { runScenario } from "../../../engine/sim/run.ts";
import type { Row, Scenario, ScenarioHost } from "../../../engine/sim/scenario.ts";
import { prepareScenario } from "../../../engine/sim/scenario_file.ts";
import type { Host } from "../../../engine/sim/host.ts";
import type { CapturedFrame } from "../../../engine/sim/world.ts";
import type { VrrpReport } from "../../../machines/vrrp_facts.ts";
import { decodeFrame, type Frame } from "../../lab/frame.ts";

/** What a scenario came to. */
interface Played {
  /** Who is active at the end, and in what: `a VI_1`. */
  readonly active: string[];
  readonly frames: Frame[];
  /** Reports of all hosts, as `<ms> a VI_1 active 100`. */
  readonly reports: string[];
}

/** Plays a scenario that holds all invariants. */
function play(scenario: Scenario): Played {
  const ready = prepareScenario(scenario);
  assert(!("wrong" in ready), JSON.stringify(ready));
  const frames: Frame[] = [];
  const reports: string[] = [];
  let now = () => 0;
  const { world, violation } = runScenario(ready, {
    capture: ({ atMs, bytes }: CapturedFrame) => void frames.push(decodeFrame(atMs, bytes)),
    watchers: [{
      reported: (host: Host, { name }: { name: string }, report: VrrpReport & { type: "REPORT" }) =>
        void reports.push(`${now()} ${host.name} ${name} ${report.state} ${report.priority}`),
    }],
    onCreated: (created) => void (now = () => created.agenda.now()),
  });
  assertEquals(violation, undefined);
  const active = [...world.hosts.values()].flatMap((host) =>
    (host.config?.vrrpInstances ?? []).flatMap((each) =>
      host.stateOf(vrrpInstanceIdentity(each)) === "active" ? [`${host.name} ${each.name}`] : []
    )
  );
  return { active, frames, reports };
}

/** Who announced which address in that time. */
function announced({ frames }: Played, fromMs: number, toMs: number): Set<string> {
  return new Set(
    frames.flatMap((frame) =>
      frame.kind === "announcement" && frame.atMs >= fromMs && frame.atMs < toMs
        ? [`${frame.sourceMac} ${frame.ip}`]
        : []
    ),
  );
}

interface Router {
  readonly name?: string;
  readonly vrid?: number;
  readonly link?: string;
  readonly priority: number;
  readonly addresses?: readonly string[];
  readonly lines?: readonly string[];
}

function instance(router: Router): string {
  const { name = "VI_1", vrid = 51, link = "eth0", priority, lines = [] } = router;
  const { addresses = ["192.0.2.100/24"] } = router;
  return [
    `vrrp_instance ${name} {`,
    "version 3",
    `interface ${link}`,
    `virtual_router_id ${vrid}`,
    `priority ${priority}`,
    "advert_int 1",
    ...lines,
    "virtual_ipaddress {",
    ...addresses,
    "}",
    "}",
    "",
  ].join("\n");
}

const GROUP = "vrrp_sync_group G {\ngroup {\nVI_1 VI_2\n}\n}\n";
const TWO_LINKS = { eth0: "lan", eth1: "wan" };

/** Two instances that are active together, one on each segment. */
function grouped(priority: number, more = ""): string {
  return instance({ priority }) +
    instance({ name: "VI_2", vrid: 52, link: "eth1", priority, addresses: ["192.0.3.100/24"] }) +
    GROUP + more;
}

function groupHosts(): ScenarioHost[] {
  return [150, 100].map((priority, i) => ({
    name: "ab"[i] ?? "",
    config: grouped(priority),
    interfaces: TWO_LINKS,
  }));
}

Deno.test("keepalived #2190: groups are never left as backups on both sides", () => {
  const troubles: Row[][] = [
    [[6_000, "cut-link", "a", "eth1"], [6_900, "plug-link", "a", "eth1"]],
    [[6_000, "cut-link", "a", "eth0"], [7_100, "cut-link", "b", "eth1"], [
      9_000,
      "plug-link",
      "a",
      "eth0",
    ], [9_300, "plug-link", "b", "eth1"]],
    [[6_000, "partition", [["a"], ["b"]]], [9_700, "heal"]],
    [[6_000, "crash", "a"], [6_400, "cut-link", "b", "eth1"], [9_000, "start", "a"], [
      9_500,
      "plug-link",
      "b",
      "eth1",
    ]],
  ];
  for (const rows of troubles) {
    const { active } = play({ title: "", hosts: groupHosts(), rows, durationMs: 30_000 });
    assertEquals(active, ["a VI_1", "a VI_2"], JSON.stringify(rows));
  }
});

Deno.test("keepalived #286: a group that becomes master announces all addresses of all members", () => {
  const rows: Row[] = [[6_000, "cut-link", "a", "eth1"], [14_000, "plug-link", "a", "eth1"]];
  const played = play({ title: "", hosts: groupHosts(), rows, durationMs: 24_000 });
  const addresses = (from: number, to: number) =>
    new Set([...announced(played, from, to)].map((each) => each.split(" ")[1]));
  const all = new Set(["192.0.2.100", "192.0.3.100"]);
  assertEquals(addresses(6_000, 14_000), all);
  assertEquals(addresses(14_000, 24_000), all);
});

Deno.test("keepalived #1603: an address that a backup has already makes it no master", () => {
  const more = ["192.0.2.100/24", "192.0.2.101/24"];
  const hosts = [150, 100].map((priority, i) => ({
    name: "ab"[i] ?? "",
    config: instance({ priority }),
    otherConfigs: { more: instance({ priority, addresses: more }) },
  }));
  const { active, reports } = play({
    title: "",
    hosts,
    rows: [[6_000, "reload", "b", "more"], [12_000, "reload", "a", "more"]],
    durationMs: 20_000,
  });
  assertEquals(active, ["a VI_1"]);
  assertEquals(reports.filter((line) => line.includes("b VI_1 active")), []);
});

Deno.test("keepalived #1653: 80 addresses are added without a silence that another would fill", () => {
  const addresses = Array.from({ length: 80 }, (_, i) => `192.0.2.${100 + i}/24`);
  const hosts = [150, 100].map((priority, i) => ({
    name: "ab"[i] ?? "",
    config: instance({ priority, addresses }),
    addressChangeMs: 45, // As slow as was seen there.
  }));
  const { frames, reports } = play({
    title: "",
    hosts,
    rows: [[8_000, "crash", "a"]],
    durationMs: 24_000,
  });
  const [, own] = [150, 100];
  const times = frames.flatMap((frame) =>
    frame.kind === "advert" && frame.priority === own ? [frame.atMs] : []
  );
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  assert(Math.max(...gaps) < 1_200, `${Math.max(...gaps)} ms`);
  assertEquals(reports.filter((line) => line.includes("b VI_1")).length, 2, "it never yields");
});

const FILE = "track_file f {\nfile /run/f\n}\n";
const SCRIPT = 'vrrp_script s {\nscript "/bin/true"\nweight -30\n}\n';

Deno.test("keepalived #1460: the number of a tracked file counts, whatever the state it came in", () => {
  const config = FILE + instance({ priority: 150, lines: ["track_file {", "f weight 1", "}"] });
  const { frames, active } = play({
    title: "",
    hosts: [{ name: "a", config }, { name: "b", config: instance({ priority: 100 }) }],
    rows: [
      [100, "track", "a", "file f", 0],
      [6_000, "cut", "a"],
      [7_000, "track", "a", "file f", 20], // While it is in fault.
      [12_000, "plug", "a"],
      [20_000, "track", "a", "file f", -80],
      [26_000, "track", "a", "file f", -10], // While it is a backup.
    ],
    durationMs: 36_000,
  });
  const said = (from: number, to: number) =>
    new Set(
      frames.flatMap((frame) =>
        frame.kind === "advert" && frame.atMs >= from && frame.atMs < to ? [frame.priority] : []
      ),
    );
  assert(said(17_000, 20_000).has(170), `${[...said(17_000, 20_000)]}`);
  assertEquals(said(31_000, 36_000), new Set([140]));
  assertEquals(active, ["a VI_1"]);
});

Deno.test("keepalived #1009: the priority is the same after any number of reloads", () => {
  const lines = ["track_script {", "s", "}", "track_file {", "f weight 2", "}"];
  const config = SCRIPT + FILE + instance({ priority: 150, lines });
  const rows: Row[] = [
    [100, "track", "a", "script s", "bad"],
    [200, "track", "a", "file f", 4],
    ...Array.from({ length: 10 }, (_, i): Row => [6_000 + 700 * i, "reload", "a", "same"]),
    [14_000, "track", "a", "script s", "good"],
    ...Array.from({ length: 10 }, (_, i): Row => [15_000 + 700 * i, "reload", "a", "same"]),
  ];
  const { frames } = play({
    title: "",
    hosts: [{ name: "a", config, otherConfigs: { same: config } }],
    rows,
    durationMs: 24_000,
  });
  const said = (from: number, to: number) =>
    new Set(
      frames.flatMap((frame) =>
        frame.kind === "advert" && frame.atMs >= from && frame.atMs < to ? [frame.priority] : []
      ),
    );
  assertEquals([said(5_000, 14_000), said(14_100, 24_000)], [new Set([128]), new Set([158])]);
});

Deno.test("keepalived 2.4.3: clocks that are set, by an hour or a little, part nobody for long", () => {
  const secret = `auth_hmac {\nkey 1 hex:${"5a".repeat(32)}\nactive_key 1\n}`;
  const hosts = [150, 100].map((priority, i) => ({
    name: "ab"[i] ?? "",
    config: instance({ priority, lines: [secret] }),
  }));
  const hour = 3_600_000;
  const set = (atMs: number, aheadMs: number): Row[] =>
    hosts.map(({ name }) => [atMs, "set-clock", name, aheadMs]);
  const { active, reports } = play({
    title: "",
    hosts,
    rows: [
      ...set(6_000, hour),
      ...set(9_000, -hour),
      [12_000, "set-clock", "a", -hour + 4_000], // Within the window.
      [15_000, "set-clock", "b", -hour + 2_000],
      ...set(18_000, 0),
      [21_000, "crash", "a"],
      [21_500, "set-clock", "a", -3_000],
      [27_000, "start", "a"],
    ],
    durationMs: 40_000,
  });
  assertEquals(active, ["a VI_1"]);
  const of = (name: string, role: string) =>
    reports.filter((line) => line.includes(`${name} VI_1 ${role}`)).length;
  assertEquals([of("b", "active"), of("a", "active")], [1, 2], "only the crash changes who is it");
});
