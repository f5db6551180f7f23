/**
 * Blocks beside `global_defs` and `vrrp_instance`: what each word means, and what is wrong with it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Config } from "../../../machines/config.ts";
import { brief, instanceText, load } from "./harness.ts";

const LATER = " is not acted upon in this version [W601]";

/** What a text makes of a part of the model, and its findings but for "not acted upon". */
function read(text: string, part: keyof Config): { value: unknown; findings: string[] } {
  const { config, diagnostics } = load(`${text}\n${instanceText("")}`);
  const findings = brief(diagnostics).filter((each) => !each.endsWith(LATER));
  return { value: config ? config[part] : "refused", findings };
}

type Row = [lines: string, change: Record<string, unknown> | "refused", findings?: string[]];

function rowsOf(
  head: string,
  part: keyof Config,
  plainLines: string,
  plain: Record<string, unknown>,
  rows: readonly Row[],
): void {
  for (const [lines, change, findings = []] of rows) {
    Deno.test(`${head.split(" ")[0]} ${lines.replaceAll("\n", "; ")}`, () => {
      const text = `${head} {\n${plainLines === "" ? "" : `${plainLines}\n`}${lines}\n}`;
      assertEquals(read(text, part), {
        value: change === "refused" ? "refused" : [{ ...plain, ...change }],
        findings,
      });
    });
  }
}

const SCRIPT = {
  name: "S",
  script: { command: ["/bin/true"] },
  intervalMs: 1_000,
  timeoutMs: 1_000,
  weight: 0,
  reversed: false,
  rise: 1,
  fall: 1,
  startsFailed: false,
};

// deno-fmt-ignore
rowsOf("vrrp_script S", "vrrpScripts", "script /bin/true", SCRIPT, [
  ["", {}],
  ['script "/bin/x a \'b c\'" nobody nogroup', { script: { command: ["/bin/x", "a", "b c"], runAs: { user: "nobody", group: "nogroup", supplementaryGroups: false } } }],
  ["script /bin/x :www", { script: { command: ["/bin/x"], runAs: { group: "www", supplementaryGroups: true } } }],
  ['script ""', "refused", ["3:8: error: a script needs a command [E208]"]],
  ["script", "refused", ["3:1: error: 'script' needs a value [E208]"]],
  ["interval 2", { intervalMs: 2_000, timeoutMs: 2_000 }],
  ["interval 0.5", { intervalMs: 500, timeoutMs: 500 }],
  ["interval 0", {}, ["3:10: warning: 0 seconds: 1 is used [W303]"]],
  ["interval 0.0005", "refused", ["3:10: error: '0.0005' has more than 3 decimals [E301]"]],
  ["interval x", "refused", ["3:10: error: 'x' is not a number of seconds [E301]"]],
  ["timeout 3", { timeoutMs: 3_000 }],
  ["timeout x", "refused", ["3:9: error: 'x' is not a number of seconds [E301]"]],
  ["weight -20", { weight: -20 }],
  ["weight 20 reverse", { weight: 20, reversed: true }],
  ["weight 254", { weight: 253 }, ["3:8: warning: '254' is out of range: 253 is used [W303]"]],
  ["weight 255", "refused", ["3:8: error: '255' is out of range: must be -254 to 254 [E302]"]],
  ["weight 1 backwards", "refused", ["3:10: error: 'backwards' is not reverse [E304]"]],
  ["rise 3", { rise: 3 }],
  ["rise 0", { rise: 1 }, ["3:6: warning: '0' is out of range: 1 is used (1 to 2147483647) [W303]"]],
  ["fall 2", { fall: 2 }],
  ["fall x", "refused", ["3:6: error: 'x' is not a number [E301]"]],
  ["user nobody", { runAs: { user: "nobody", supplementaryGroups: false } }],
  ["user", "refused", ["3:1: error: 'user' needs a value [E208]"]],
  ["init_fail", { startsFailed: true }],
  ["intervall 1", "refused", ["3:1: error: unknown keyword 'intervall' (did you mean 'interval'?) [E201]"]],
]);

const PROCESS = {
  name: "P",
  command: ["sshd"],
  weight: 0,
  reversed: false,
  quorum: 1,
  terminateDelayMs: 0,
  forkDelayMs: 0,
  fullCommand: false,
};

// deno-fmt-ignore
rowsOf("vrrp_track_process P", "trackProcesses", "process sshd", PROCESS, [
  ["", {}],
  ["process x", {}, ["3:1: warning: a second process is ignored [W403]"]],
  ["param_match", { arguments: "exact" }],
  ["param_match initial", { arguments: "initial" }],
  ["param_match partial", { arguments: "partial" }],
  ["param_match all", "refused", ["3:13: error: 'all' is not one of initial, partial [E304]"]],
  ["weight -254", { weight: -254 }],
  ["weight x", "refused", ["3:8: error: 'x' is not a number [E301]"]],
  ["quorum 3", { quorum: 3 }],
  ["quorum 0", "refused", ["3:8: error: '0' is out of range: must be 1 to 65535 [E302]"]],
  ["quorum_max 5", { quorumMax: 5 }],
  ["quorum_max 0", { quorum: 0, quorumMax: 0 }],
  ["quorum 3\nquorum_max 2", { quorum: 3 }, ["1:20: warning: quorum_max 2 is below the quorum: ignored [W403]"]],
  ["quorum_max 65536", "refused", ["3:12: error: '65536' is out of range: must be 0 to 65535 [E302]"]],
  ["delay 1.5", { terminateDelayMs: 1_500, forkDelayMs: 1_500 }],
  ["delay 0", "refused", ["3:7: error: '0' is out of range: must be 0.000001 to 3600 [E302]"]],
  ["terminate_delay 2", { terminateDelayMs: 2_000 }],
  ["terminate_delay x", "refused", ["3:17: error: 'x' is not a number of seconds [E301]"]],
  ["fork_delay 3", { forkDelayMs: 3_000 }],
  ["fork_delay 3601", "refused", ["3:12: error: '3601' is out of range: must be 0.000001 to 3600 [E302]"]],
  ["full_command", { fullCommand: true }],
]);

const FILE = { name: "F", path: "/run/f", weight: 1, reversed: false };

// deno-fmt-ignore
rowsOf("track_file F", "trackFiles", "file /run/f", FILE, [
  ["", {}],
  ['file "/run/a b"', { path: "/run/a b" }],
  ["file", "refused", ["3:1: error: 'file' needs a value [E208]"]],
  ["weight 0", { weight: 0 }],
  ["weight 2 noreverse", { weight: 2 }],
  ["weight 2 reverse", { weight: 2, reversed: true }],
  ["weight 300", "refused", ["3:8: error: '300' is out of range: must be -254 to 254 [E302]"]],
  ["init_file", { initial: { value: 0, overwrites: false } }],
  ["init_file 0x10 overwrite", { initial: { value: 16, overwrites: true } }],
  ["init_file 300", "refused", ["3:11: error: '300' is out of range: must be -254 to 254 [E302]"]],
]);

const GROUP = {
  name: "G",
  members: ["V1"],
  tracks: [],
  tracksWeights: false,
  scripts: {},
  mails: false,
  notifiesPriorityChanges: false,
};
const ONE = "1:17: warning: vrrp_sync_group G has one member only [W407]";
const run = { command: ["/bin/x"] };

// deno-fmt-ignore
rowsOf("vrrp_sync_group G", "syncGroups", "group { V1 }", GROUP, [
  ["", {}, [ONE]],
  ["group {\nV2\n}", "refused", [ONE, "4:1: error: there is no vrrp_instance 'V2' (did you mean 'V1'?) [E411]"]],
  ["group {\nV1\n}", {}, [ONE, "4:1: warning: 'V1' is a member already [W406]"]],
  ["track_interface {\neth1 weight 5 reverse\n}", { tracks: [{ kind: "interface", name: "eth1", weight: 5, reversed: true }] }, [ONE]],
  ["track_interface {\neth1 weight\n}", "refused", [ONE, "4:6: error: 'weight' needs a value [E208]"]],
  ["track_interface {\neth1 x\n}", "refused", [ONE, "4:6: error: unknown word 'x': weight N is known here [E304]"]],
  ["track_script {\nS\n}", "refused", [ONE, "4:1: error: there is no script 'S' to track [E411]"]],
  ["track_file {\nF\n}", "refused", [ONE, "4:1: error: there is no file 'F' to track [E411]"]],
  ["track_process {\nP\n}", "refused", [ONE, "4:1: error: there is no process 'P' to track [E411]"]],
  ["notify_master /bin/x", { scripts: { master: run } }, [ONE]],
  ["notify_backup /bin/x", { scripts: { backup: run } }, [ONE]],
  ["notify_fault /bin/x", { scripts: { fault: run } }, [ONE]],
  ["notify_stop /bin/x", { scripts: { stop: run } }, [ONE]],
  ["notify /bin/x", { scripts: { any: run } }, [ONE]],
  ["notify /bin/x\nnotify /bin/y", { scripts: { any: run } }, [ONE, "4:8: warning: a second script of that kind is ignored [W403]"]],
  ["notify_master", "refused", [ONE, "3:1: error: 'notify_master' needs a value [E208]"]],
  ["smtp_alert", { mails: true }, [ONE]],
  ["smtp_alert x", "refused", [ONE, "3:12: error: 'x' is neither true nor false [E304]"]],
  ["sync_group_tracking_weight", { tracksWeights: true }, [ONE]],
  ["global_tracking", { tracksWeights: true }, [ONE, "3:1: warning: 'global_tracking' is an old name (sync_group_tracking_weight) [W501]"]],
  ["notify_priority_changes yes", { notifiesPriorityChanges: true }, [ONE]],
]);

Deno.test("tracks take the weight of what they name, unless they say", () => {
  const text = `vrrp_script S {
script /bin/true
weight 10 reverse
}
vrrp_sync_group G {
group { V1 }
track_script {
S
}
}`;
  const group = (
    change: object,
  ) => [{ ...GROUP, tracks: [{ kind: "script", name: "S", ...change }] }];
  assertEquals(read(text, "syncGroups").value, group({ weight: 10, reversed: true }));
  const own = text.replace("\nS\n}", "\nS weight 3 noreverse\n}");
  assertEquals(read(own, "syncGroups").value, group({ weight: 3, reversed: false }));
});

// deno-fmt-ignore
const BLOCKS: [text: string, part: keyof Config, value: unknown, findings?: string[]][] = [
  ["track_group T {\ngroup { V1 }\n}", "trackGroups", [{ name: "T", instances: ["V1"] }]],
  ["track_group T {\n}", "trackGroups", "refused", ["1:13: error: track_group T needs a group of instances [E401]"]],
  ["garp_group {\ngarp_interval 0.5\ninterface eth0\ninterfaces { eth1 eth2 }\n}", "garpGroups", [{ interfaces: ["eth0", "eth1", "eth2"], arpIntervalUs: 500_000 }]],
  ["garp_group {\ngna_interval 1\ninterface eth0\ninterface eth0\n}", "garpGroups", [{ interfaces: ["eth0"], neighborIntervalUs: 1_000_000 }], ["4:11: warning: 'eth0' is in a garp_group already [W406]"]],
  ["garp_group {\ninterface eth0\n}", "garpGroups", "refused", ["1:1: error: garp_group needs a garp_interval or a gna_interval [E401]"]],
  ["garp_group {\ngarp_interval x\n}", "garpGroups", "refused", ["1:1: error: garp_group needs a garp_interval or a gna_interval [E401]", "2:15: error: 'x' is not a number of seconds [E301]"]],
  ["garp_group {\ngna_interval 0\n}", "garpGroups", "refused", ["1:1: error: garp_group needs a garp_interval or a gna_interval [E401]", "2:14: error: '0' is out of range: must be 0.000001 to 1000 [E302]"]],
  ["interface_up_down_delays {\neth0 1.5\neth1 1 2\n}", "interfaceDelays", [{ interface: "eth0", downMs: 1_500, upMs: 0 }, { interface: "eth1", downMs: 1_000, upMs: 2_000 }]],
  ["interface_up_down_delays {\neth0\n}", "interfaceDelays", "refused", ["2:1: error: a delay needs a number of seconds [E208]"]],
  ["interface_up_down_delays {\neth0 256\n}", "interfaceDelays", "refused", ["2:6: error: '256' is out of range: must be 0 to 255 [E302]"]],
  ["linkbeat_interfaces {\neth0\neth1 ETHTOOL\n}", "linkbeats", [{ interface: "eth0" }, { interface: "eth1", method: "ethtool" }]],
  ["linkbeat_interfaces {\neth0 FOO\n}", "linkbeats", "refused", ["2:6: error: 'FOO' is not one of MII, ETHTOOL, IOCTL [E304]"]],
];
for (const [text, part, value, findings = []] of BLOCKS) {
  Deno.test(text.replaceAll("\n", "; "), () => assertEquals(read(text, part), { value, findings }));
}
