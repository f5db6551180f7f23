/**
 * The files of state and statistics, from states that were made up.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { dumpPath } from "../../../engine/status/dump_files.ts";
import { parentDataText, vrrpDataText } from "../../../engine/status/data_text.ts";
import { jsonText } from "../../../engine/status/json_text.ts";
import { statsText } from "../../../engine/status/stats_text.ts";
import { unixTime } from "../../../engine/status/unix_time.ts";
import { newCounters } from "../../../engine/io/vrrp_counters.ts";
import type { InstanceStatus, ProcessStatus } from "../../../engine/status/process_status.ts";
import type { FileConfig, GlobalConfig, PlaceConfig } from "../../../machines/global_config.ts";
import { type Config, vrrpInstanceIdentity } from "../../../machines/config.ts";
import type { TrackProcessConfig } from "../../../machines/track_config.ts";
import { ip } from "../../../net/address.ts";
import { instanceConfig, virtualAddress, wholeConfig } from "../../machines/vrrp_config.ts";

const INSTANCE = instanceConfig({
  name: "V1",
  interface: "eth0",
  vrid: 51,
  priority: 100,
  version: 2,
  password: "secret",
  virtualAddresses: [virtualAddress("192.0.2.1")],
  scripts: { master: { command: ["/bin/x", "a b"] } },
  tracks: [{ kind: "script", name: "chk", weight: 0, reversed: false }],
});
const CONFIG = wholeConfig([INSTANCE]);

function statusOf(change: Partial<InstanceStatus> = {}): ProcessStatus {
  const counters = { ...newCounters(), rejected: { "wrong password": 2, "stale signature": 3 } };
  return {
    instances: [{
      id: vrrpInstanceIdentity(INSTANCE),
      state: "backup",
      changedAtUnixMs: 1_700_000_000_123,
      priority: 100,
      totalPriority: 300,
      faults: [],
      pending: [],
      activeIntervalCs: 100,
      heard: { ip: ip("192.0.2.9"), priority: 200 },
      held: [],
      counters: { ...counters, advertisementsReceivedCount: 7 },
      ...change,
    }],
    sessions: [],
    groups: [],
    links: [],
    sockets: [],
    services: [],
  };
}

const NOTHING = { verdicts: {}, trackers: {} };
const machine = { identityOf: () => "0:0" };
const facts = {
  config: CONFIG,
  hostName: "vm",
  umask: 0o177,
  machine,
  tracked: { verdicts: {}, trackers: {} },
};

function dataLines(change: Partial<InstanceStatus>): string[] {
  return vrrpDataText({ ...facts, status: statusOf(change) }).split("\n").map((line) =>
    line.trim()
  );
}

Deno.test("state file: a backup tells of its master, and no secret", () => {
  const lines = dataLines({});
  for (
    const line of [
      "VRRP Instance = V1",
      "State = BACKUP",
      "Master router = 192.0.2.9",
      "Master priority = 200",
      "Effective priority = 100",
      "Total priority = 300",
      "Authentication type = SIMPLE_PASSWORD",
      "Password = ********",
      "192.0.2.1/24 dev eth0 scope global",
      "chk weight 0",
      "Master state transition script = '/bin/x' 'a b', uid:gid 0:0",
    ]
  ) assert(lines.includes(line), line);
  assert(!lines.join().includes("secret"));
});

Deno.test("state file: an active router has no master, and its addresses are set", () => {
  const lines = dataLines({ state: "active", held: ["eth0 192.0.2.1"] });
  assert(lines.includes("192.0.2.1/24 dev eth0 scope global set"));
  assert(!lines.some((line) => line.startsWith("Master router")));
});

Deno.test("state file: addresses on an interface of its own are set there", () => {
  const own = { name: "vrrp.51", index: 7, up: true };
  const held = ["vrrp.51 192.0.2.1"];
  assert(dataLines({ held, own }).includes("192.0.2.1/24 dev vrrp.51@eth0 scope global set"));
  assert(dataLines({ own }).includes("192.0.2.1/24 dev vrrp.51@eth0 scope global"));
  assert(dataLines({ own }).includes("Multicast address 224.0.0.18, ifindex 7"));
});

Deno.test("state file: who speaks over which socket", () => {
  const descriptors = { receiver: 8, sender: 9 };
  const instances = [vrrpInstanceIdentity(INSTANCE)];
  const socket = { interface: "eth0", family: 4, protocol: 112, descriptors, instances } as const;
  const status = { ...statusOf(), sockets: [socket] };
  const text = vrrpDataText({ ...facts, status });
  assert(text.includes("   fd_in 8, fd_out 9\n"));
  assert(text.includes(
    " fd_in 8 fd_out = 9\n   Interface = eth0\n   Family = IPv4\n   Protocol = VRRP\n" +
      "   Type = Multicast\n   Rx buf size = 0\n   VRRP instances\n     V1 vrid 51\n",
  ));
});

Deno.test("state file and JSON: how many processes there are, and what is waited for", () => {
  const some: TrackProcessConfig = {
    ...{ name: "some", command: ["x"], weight: 0, reversed: false, quorum: 1, fullCommand: false },
    ...{ terminateDelayMs: 500, forkDelayMs: 0 },
  };
  const config = { ...CONFIG, trackProcesses: [some] };
  const tracked = {
    verdicts: { "process some": { state: "good" } },
    trackers: { "process some": { isRunning: false, count: 2, pending: "fewer" } },
  } as const;
  const text = vrrpDataText({ ...facts, config, status: statusOf(), tracked });
  assert(text.includes("   Current processes = 2\n   Have quorum = true\n"));
  assert(text.includes("   Fork delay timer not running\n   Terminate delay timer running\n"));
  const files = { ...CONFIG.global.files, jsonVersion: 2 } as const;
  const json = { ...config, global: { ...CONFIG.global, files } };
  const [told] = JSON.parse(jsonText(json, statusOf(), tracked) ?? "").track_process;
  assertEquals(told.current_processes, 2);
  assertEquals(told.fork_delay_timer_running, false);
  assertEquals(told.terminate_delay_timer_running, true);
});

Deno.test("state file: every fault is named", () => {
  const lines = dataLines({ state: "fault", faults: ["eth0 is down", "script chk failed"] });
  const at = lines.indexOf("Number of interface and track script faults = 2");
  assertEquals(lines.slice(at + 1, at + 3), ["eth0 is down", "script chk failed"]);
});

Deno.test("state file: the parent tells what holds for all", () => {
  const text = parentDataText(facts);
  assert(text.startsWith("------< Global definitions >------\n Network namespace = (default)\n"));
  assert(text.endsWith(" umask = 0177\n"));
});

Deno.test("statistics: what is refused is counted under keepalived's names", () => {
  const text = statsText(CONFIG, statusOf());
  assert(text.startsWith("VRRP Instance: V1\n  Advertisements:\n    Received: 7\n    Sent: 0\n"));
  assert(text.includes("    Failure: 2\n"));
  assert(!text.includes("Extension"), "no lines of what is not in use");
  const hmac = {
    keys: [],
    activeKey: 1,
    timeWindowSec: 5,
    antiReplay: "time",
    mode: "enforce",
  } as const;
  const signed = wholeConfig([{ ...INSTANCE, hmac }]);
  assert(statsText(signed, statusOf()).includes("    Stale: 3\n    Replay: 0\n"));
});

interface Told {
  readonly data: Record<string, unknown>;
  readonly stats: Record<string, unknown>;
}

Deno.test("JSON: the two layouts hold the same instances", () => {
  const version = (jsonVersion: 1 | 2): Config => ({
    ...CONFIG,
    global: { ...CONFIG.global, files: { ...CONFIG.global.files, jsonVersion } },
  });
  const first = JSON.parse(jsonText(version(1), statusOf(), NOTHING) ?? "");
  const second = JSON.parse(jsonText(version(2), statusOf(), NOTHING) ?? "");
  assertEquals(second, { vrrp: first, track_process: [] });
  const [{ data, stats }] = first as [Told];
  assertEquals(data["state"], 1);
  assertEquals(data["master_priority"], 200);
  assertEquals(data["last_transition"], 1_700_000_000.123);
  assertEquals(data["auth_data"], "********");
  assertEquals(data["script_master"], "'/bin/x' 'a b'");
  assertEquals(data["vips"], ["192.0.2.1/24 dev eth0 scope global"]);
  assertEquals("evips" in data, false, "what is empty is left out");
  assertEquals(stats["auth_ext_stale"], 3);
  assertEquals(jsonText(wholeConfig([]), { ...statusOf(), instances: [] }, NOTHING), undefined);
});

// deno-fmt-ignore
const PATHS: [Parameters<typeof dumpPath>[0], Partial<FileConfig>, Partial<PlaceConfig>, string][] = [
  ["vrrp",   {}, {}, "/t/keepalived.data"],
  ["parent", {}, {}, "/t/keepalived_parent.data"],
  ["check",  {}, {}, "/t/keepalived_check.data"],
  ["bfd",    {}, {}, "/t/keepalived_bfd.data"],
  ["stats",  {}, {}, "/t/keepalived.stats"],
  ["json",   {}, {}, "/t/keepalived.json"],
  ["vrrp",   {}, { instance: "i" }, "/t/keepalived.data"],
  ["parent", { namesInstance: true }, { instance: "i" }, "/t/keepalived_parent.i.data"],
  ["stats",  { namesInstance: true }, { instance: "i", namespace: "n" }, "/t/keepalived.n_i.stats"],
  ["vrrp",   { statePath: "x.txt" }, {}, "/t/x.txt"],
  ["parent", { statePath: "/a.d/state" }, {}, "/a.d/state_parent"],
  ["parent", { statePath: "/a/b/" }, {}, "/a/b/keepalived_parent.data"],
  ["stats",  { statePath: "x", statsPath: "/s/y.st" }, {}, "/s/y.st"],
  ["json",   { jsonPath: "j/" }, {}, "/t/j/keepalived.json"],
];
for (const [kind, files, place, path] of PATHS) {
  Deno.test(`dumpPath: ${kind} ${JSON.stringify({ ...files, ...place })}`, () => {
    const global: GlobalConfig = {
      ...CONFIG.global,
      files: { ...CONFIG.global.files, ...files },
      place: { ...CONFIG.global.place, ...place },
    };
    assertEquals(dumpPath(kind, { temporaryDirectory: "/t", global }), path);
  });
}

Deno.test("unixTime: both forms are of the same moment", () => {
  const text = unixTime(1_700_000_000_123);
  assert(/^1700000000\.123000 \(\w{3} Nov 1\d \d\d:\d\d:20\.123000 2023\)$/.test(text), text);
});
