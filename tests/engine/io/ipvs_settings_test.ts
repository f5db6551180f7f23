/**
 * Timeouts and synchronization daemons are as configured, and as before at the end.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { IpvsSettings, type SettingsTable } from "../../../engine/io/ipvs_settings.ts";
import { Log } from "../../../engine/log.ts";
import type { LvsGlobalConfig, SyncDaemonConfig } from "../../../machines/global_config.ts";
import type { IpvsTimeouts } from "../../../net/netlink/ipvs_settings.ts";
import type { VrrpState } from "../../../machines/vrrp_facts.ts";

const NONE: LvsGlobalConfig = {
  flushesAtStart: false,
  atStop: "own",
  repairsTable: false,
  logsAllFailures: false,
};
const ENODEV = 19;

/** A kernel that writes down what it is told; `errors` are of the next starts of daemons. */
function kernel(errors: number[] = [], before?: IpvsTimeouts) {
  const found: IpvsTimeouts[] = [];
  const done: string[] = [];
  const logged: string[] = [];
  const table: SettingsTable = {
    timeouts: () => ({ tcpSec: 900, tcpFinSec: 120, udpSec: 300 }),
    setTimeouts: ({ tcpSec, tcpFinSec, udpSec }) => {
      done.push(`timeouts ${tcpSec} ${tcpFinSec} ${udpSec}`);
      return { errno: 0 };
    },
    startDaemon: ({ role, ...daemon }) => {
      done.push(`start ${role} ${Object.values(daemon).join(" ")}`);
      return { errno: errors.shift() ?? 0 };
    },
    stopDaemon: (role, syncId) => {
      done.push(`stop ${role} ${syncId}`);
      return { errno: 0 };
    },
  };
  const log = new Log((_, text) => logged.push(text), () => 0);
  const settings = new IpvsSettings(table, log, (timeouts) => found.push(timeouts), before);
  return { settings, done, logged, found };
}

const sync = (daemon: SyncDaemonConfig, vrid?: number) => ({ daemon, vrid });
const CLEARED = ["stop master 0", "stop backup 0"];

Deno.test("IpvsSettings: timeouts that are not given, or 0, stay; all come back", () => {
  const { settings, done } = kernel();
  settings.configure(NONE, undefined);
  assertEquals(done, []);
  settings.configure({ ...NONE, tcpTimeoutSec: 10, udpTimeoutSec: 0 }, undefined);
  settings.configure({ ...NONE, tcpFinTimeoutSec: 5 }, undefined);
  settings.configure(NONE, undefined);
  settings.release();
  assertEquals(done, [
    "timeouts 10 120 300",
    "timeouts 900 5 300",
    "timeouts 900 120 300",
    "timeouts 900 120 300",
  ]);
});

Deno.test("IpvsSettings: after a crash the timeouts come back that were there before it", () => {
  const { settings, done, found } = kernel([], { tcpSec: 600, tcpFinSec: 60, udpSec: 30 });
  settings.configure({ ...NONE, tcpTimeoutSec: 10 }, undefined);
  settings.release();
  assertEquals(done, ["timeouts 10 60 30", "timeouts 600 60 30"]);
  assertEquals(found, []);
  const first = kernel();
  first.settings.configure({ ...NONE, tcpTimeoutSec: 10 }, undefined);
  assertEquals(first.found, [{ tcpSec: 900, tcpFinSec: 120, udpSec: 300 }]);
});

Deno.test("IpvsSettings: without an instance both daemons run, in place of what ran", () => {
  const { settings, done } = kernel();
  settings.configure(NONE, sync({ interface: "d1", id: 7, port: 8849, ttl: 3 }));
  settings.look();
  settings.release();
  assertEquals(done, [
    ...CLEARED,
    "start master d1 7 8849 3",
    "start backup d1 7 8849 3",
    "stop master 7",
    "stop backup 7",
  ]);
});

/** Reloads, and what is done at each. */
const RELOADS: [name: string, after: SyncDaemonConfig | undefined, done: string[]][] = [
  ["the same", { interface: "d1" }, []],
  ["another interface", { interface: "d2" }, [
    "stop master 0",
    "stop backup 0",
    "start master d2 0",
    "start backup d2 0",
  ]],
  ["none", undefined, ["stop master 0", "stop backup 0"]],
];
for (const [name, after, expected] of RELOADS) {
  Deno.test(`IpvsSettings: reload to ${name}`, () => {
    const { settings, done } = kernel();
    settings.configure(NONE, sync({ interface: "d1" }));
    done.splice(0);
    settings.configure(NONE, after && sync(after));
    assertEquals(done, expected);
  });
}

Deno.test("IpvsSettings: the daemon follows its instance, with its VRID", () => {
  const { settings, done } = kernel();
  settings.configure(NONE, sync({ interface: "d1", vrrpInstance: "A" }, 51));
  settings.instance("B", "active");
  assertEquals(done, []);
  const states: VrrpState[] = ["backup", "active", "active", "fault", "initialize"];
  for (const state of states) settings.instance("A", state);
  assertEquals(done, [
    ...CLEARED,
    "start backup d1 51",
    "stop backup 51",
    "start master d1 51",
    "stop master 51",
    "start backup d1 51",
  ]);
});

Deno.test("IpvsSettings: what fails is told once, and tried until it succeeds", () => {
  const { settings, done, logged } = kernel([0, ENODEV, ENODEV]);
  settings.configure(NONE, sync({ interface: "d1" }));
  for (let i = 0; i < 3; i++) settings.look();
  assertEquals(logged, ["IPVS: starting the backup sync daemon failed: ENODEV"]);
  assertEquals(done.filter((each) => each.startsWith("start backup")).length, 3);
});
