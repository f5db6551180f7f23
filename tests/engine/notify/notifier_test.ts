/**
 * What people and programs are told: FIFO lines and scripts, for whole sequences of reports.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { LineWriter } from "../../../engine/notify/fifo_set.ts";
import { Mailer } from "../../../engine/notify/mailer.ts";
import { Notifier } from "../../../engine/notify/notifier.ts";
import type { ScriptStarter } from "../../../engine/scripts/script_runner.ts";
import { Log } from "../../../engine/log.ts";
import { type Config, vrrpInstanceIdentity } from "../../../machines/config.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import type { VrrpReport, VrrpState } from "../../../machines/vrrp_facts.ts";
import { ip } from "../../../net/address.ts";
import type { Exit } from "../../../net/sys/spawn.ts";
import type { BfdState } from "../../../machines/bfd_facts.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { instanceConfig, wholeConfig } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";

const script = (name: string) => ({ command: [name] });
const A = instanceConfig({ name: "A", vrid: 1, scripts: { any: script("any") } });

function state(state: VrrpState, priority = 100): VrrpReport {
  return { type: "REPORT", state, cause: { kind: "startup" }, priority };
}

function priority(before: number, priority: number): VrrpReport {
  return { type: "REPORT_PRIORITY", before, priority, contributions: [] };
}

const LESSER: VrrpReport = { type: "REPORT_LESSER", source: ip("192.0.2.9"), priority: 50 };

/** A notifier whose scripts end when the test says so. */
function notifying(...instances: VrrpInstanceConfig[]) {
  const time = new VirtualTime();
  const told: string[] = [];
  const running: { name: string; signals: number[]; end: (exit: Exit) => void }[] = [];
  const starter: ScriptStarter = {
    start: ({ command }, { moreArguments = [], onEnded }) => {
      if (command[0] === "missing") return "there is no program missing";
      told.push(["run", ...command, ...moreArguments].join(" "));
      const signals: number[] = [];
      running.push({ name: command[0] ?? "", signals, end: onEnded });
      return { pid: 1, signal: (number) => void signals.push(number) };
    },
  };
  const writer: LineWriter = {
    configure: () => {},
    write: (line) => void told.push(line.trimEnd()),
    [Symbol.dispose]: () => {},
  };
  const lines: string[] = [];
  const log = new Log((_, text) => lines.push(text), () => time.nowMs);
  const notifier = new Notifier({ starter, clock: time.clock, log, writer });
  const configure = (config: Config) => notifier.configure(config);
  configure(wholeConfig(instances));
  return {
    time,
    notifier,
    running,
    lines,
    configure,
    tell: (config: VrrpInstanceConfig, ...reports: VrrpReport[]) => {
      for (const report of reports) notifier.report(vrrpInstanceIdentity(config), report);
      return told.splice(0);
    },
    take: () => told.splice(0),
  };
}

Deno.test("Notifier: FIFO lines as keepalived's, each state once", () => {
  const { tell } = notifying({ ...A, scripts: {} });
  assertEquals(
    tell(
      A,
      state("backup"),
      state("backup"),
      state("active", 120),
      state("fault"),
      state("initialize"),
    ),
    [
      'INSTANCE "A" BACKUP 100',
      'INSTANCE "A" MASTER 120',
      'INSTANCE "A" FAULT 100',
      'INSTANCE "A" STOP 100',
    ],
  );
});

Deno.test("Notifier: the script of a state without arguments, then the one of all with four", () => {
  const scripts = { master: script("master"), any: script("any") };
  const { tell, running } = notifying({ ...A, scripts });
  assertEquals(tell(A, state("active", 150)), ["run master", 'INSTANCE "A" MASTER 150']);
  running[0]?.end({ exitCode: 0 });
  assertEquals(tell(A), ["run any INSTANCE A MASTER 150"], "when the first has ended");
});

Deno.test("Notifier: scripts of one instance in order, of two at the same time", () => {
  const b = instanceConfig({ name: "B", vrid: 2, scripts: { any: script("any") } });
  const { tell, running } = notifying(A, b);
  tell(A, state("backup"));
  assertEquals(tell(A, state("active")), ['INSTANCE "A" MASTER 100']);
  assertEquals(tell(b, state("backup"))[0], "run any INSTANCE B BACKUP 100");
  running[0]?.end({ exitCode: 0 });
  assertEquals(tell(A), ["run any INSTANCE A MASTER 100"]);
});

Deno.test("Notifier: one that hangs is ended, said, and does not hold up the next for ever", () => {
  const { time, tell, take, running, lines } = notifying(A);
  tell(A, state("backup"), state("active"));
  time.runFor(60_000);
  assertEquals([running[0]?.signals, lines], [[15], [
    "Notification of INSTANCE A: any: it takes more than 60 s",
  ]]);
  time.runFor(2_000);
  assertEquals(running[0]?.signals, [15, 9]);
  take();
  running[0]?.end({ signal: 9 });
  assertEquals(take(), ["run any INSTANCE A MASTER 100"]);
});

Deno.test("Notifier: one that cannot be run is said, and the next one runs", () => {
  const { tell, lines } = notifying({ ...A, scripts: { ...A.scripts, backup: script("missing") } });
  assertEquals(tell(A, state("backup"))[0], "run any INSTANCE A BACKUP 100");
  assertEquals(lines, ["Notification of INSTANCE A: missing: there is no program missing"]);
});

Deno.test("Notifier: priorities where they are asked for, in roles that have one", () => {
  const asked = { ...A, scripts: {}, notifiesPriorityChanges: true };
  const { tell } = notifying(asked);
  assertEquals(tell(asked, priority(100, 90)), [], "before it is anything");
  tell(asked, state("backup", 90));
  assertEquals(tell(asked, priority(90, 100)), ['INSTANCE "A" BACKUP_PRIORITY 100']);
  tell(asked, state("active"));
  assertEquals(tell(asked, priority(100, 80)), ['INSTANCE "A" MASTER_PRIORITY 80']);
  tell(asked, state("fault"));
  assertEquals(tell(asked, priority(80, 90)), []);
  const unasked = notifying({ ...A, scripts: {} });
  unasked.tell(A, state("active"));
  assertEquals(unasked.tell(A, priority(100, 80)), []);
});

Deno.test("Notifier: a lesser router is told with our priority", () => {
  const { tell } = notifying({ ...A, scripts: { lowerPriority: script("lesser") } });
  tell(A, state("active", 150));
  assertEquals(tell(A, LESSER), ["run lesser", 'INSTANCE "A" MASTER_RX_LOWER_PRI 150']);
});

Deno.test("Notifier reload: what a reload removes is FAULT, or DELETED if it asks for that", () => {
  for (const tellsDeletion of [false, true]) {
    const removed = { ...A, scripts: {}, tellsDeletion };
    const { tell, configure } = notifying(removed);
    tell(removed, state("active"));
    configure(wholeConfig([]));
    const word = tellsDeletion ? "DELETED" : "FAULT";
    assertEquals(tell(removed, state("initialize")), [`INSTANCE "A" ${word} 100`]);
    assertEquals(tell(removed, state("backup")), [], "nobody knows it any more");
  }
});

Deno.test("Notifier reload: a renamed instance is not told again; with ..._on_reload it is", () => {
  const renamed = { ...A, name: "Z", scripts: {} };
  const { tell, take, configure } = notifying({ ...A, scripts: {} });
  tell(A, state("backup"));
  configure(wholeConfig([renamed]));
  assertEquals(tell(renamed, state("backup")), []);
  const config = wholeConfig([renamed]);
  const notifications = { ...config.global.notifications, statesAfterReload: true };
  configure({ ...config, global: { ...config.global, notifications } });
  assertEquals(take(), ['INSTANCE "Z" BACKUP 100']);
});

Deno.test("Notifier: a process that crashed and resumed is nothing new", () => {
  const { tell } = notifying({ ...A, scripts: {} });
  tell(A, state("active"));
  assertEquals(tell(A, state("active")), []);
});

Deno.test("Notifier: groups with priority 0", () => {
  const { notifier, take, configure } = notifying();
  const group = {
    name: "G",
    members: [],
    tracks: [],
    tracksWeights: false,
    scripts: { any: script("any"), stop: script("stop") },
    mails: false,
    notifiesPriorityChanges: false,
  };
  configure({ ...wholeConfig([]), syncGroups: [group] });
  notifier.group("G", "active");
  notifier.group("other", "active");
  assertEquals(take(), ["run any GROUP G MASTER 0", 'GROUP "G" MASTER 0']);
  notifier.group("G", "initialize");
  assertEquals(take(), ['GROUP "G" STOP 0']);
});

Deno.test("Notifier whenIdle: waits for scripts, but not for ever", () => {
  const { time, notifier, tell, running } = notifying(A);
  const idle: number[] = [];
  notifier.whenIdle(1_000, () => idle.push(time.nowMs));
  assertEquals(idle, [0]);
  tell(A, state("backup"));
  notifier.whenIdle(1_000, () => idle.push(time.nowMs));
  time.runFor(995);
  running[0]?.end({ exitCode: 0 });
  time.runFor(10);
  tell(A, state("active"));
  notifier.whenIdle(1_000, () => idle.push(time.nowMs));
  time.runFor(5_000);
  assertEquals(idle, [0, 1_000, 2_005]);
});

Deno.test("Notifier whenIdle: waits for mails, but not for ever", async () => {
  const time = new VirtualTime();
  const log = new Log(() => {}, () => 0);
  const sent: (() => void)[] = [];
  const mailer = new Mailer(log, () => new Promise((resolve) => sent.push(() => resolve())));
  const writer = { configure() {}, write() {}, [Symbol.dispose]() {} };
  const starter = { start: () => "nothing is run" };
  const notifier = new Notifier({ starter, clock: time.clock, log, writer, mailer });
  const { global, ...rest } = wholeConfig();
  const mail = { ...global.mail, recipients: ["a@b.c"], server: { host: "mx", port: 25 } };
  notifier.configure({ ...rest, global: { ...global, mail } });
  notifier.lvs({ kind: "VS", name: "v", isUp: false, text: "Shutting down" });
  const idle: number[] = [];
  notifier.whenIdle(1_000, () => idle.push(time.nowMs));
  time.runFor(500);
  assertEquals([sent.length, idle], [1, []]);
  sent[0]?.();
  await new Promise((resolve) => setTimeout(resolve));
  time.runFor(500);
  assertEquals(idle.length, 1);
  notifier.lvs({ kind: "VS", name: "v", isUp: true, text: "Gained" });
  notifier.whenIdle(1_000, () => idle.push(time.nowMs));
  time.runFor(5_000);
  assertEquals(idle[1], 2_000);
});

Deno.test("Notifier: programs of a BFD session, when it comes up and when it is up no more", () => {
  const { notifier, configure, take, running } = notifying();
  const scripts = { up: script("up"), down: script("down"), any: script("any") };
  configure({ ...wholeConfig(), bfdSessions: [sessionConfig({ scripts })] });
  const tell = (state: BfdState) => {
    notifier.session({ name: "b1", state, diagnostic: 0, neighborIsAdminDown: false });
    for (const { end } of running.splice(0)) end({ exitCode: 0 });
    for (const { end } of running.splice(0)) end({ exitCode: 0 });
    return take();
  };
  assertEquals(tell("down"), []);
  assertEquals(tell("init"), []);
  assertEquals(tell("up"), ["run up", "run any BFD b1 UP"]);
  assertEquals(tell("up"), []);
  assertEquals(tell("down"), ["run down", "run any BFD b1 DOWN"]);
  assertEquals(tell("adminDown"), []);
});
