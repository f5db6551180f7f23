import { assertEquals } from "@std/assert";
import { adviser } from "../../../engine/config/advice/advice.ts";
import type { Permissions, ScriptWorld } from "../../../engine/config/config_source.ts";
import { readInterfaceFacts } from "../../../engine/config/interface_facts.ts";
import { loadWith } from "../../../engine/config/load.ts";
import { instanceText, MAIN, random } from "./harness.ts";
import { memorySource } from "./memory_source.ts";

const OURS = /^W-(vrrp-(006|007|008|011|012)|script-|bfd-|model-(005|009|010|011))/;

/** What is advised on a text: `LINE:COLUMN CODE`. */
function advised(text: string, links: unknown = [], scripts?: ScriptWorld): string[] {
  const facts = readInterfaceFacts(JSON.stringify(links));
  const source = { ...memorySource({ files: { [MAIN]: text } }), ...(scripts ? { scripts } : {}) };
  const advise = adviser("wrong" in facts ? undefined : facts);
  return loadWith(MAIN, source, { random, advise }).diagnostics
    .filter(({ code }) => OURS.test(code))
    .map(({ line, column, code }) => `${line}:${column} ${code}`);
}

type Row = [name: string, text: string, findings: string[]];

function table(title: string, rows: readonly Row[], links?: unknown): void {
  for (const [name, text, findings] of rows) {
    Deno.test(`${title}: ${name}`, () => assertEquals(advised(text, links), findings));
  }
}

const address = (local: string, prefixlen: number) => ({ local, prefixlen });
const LINKS = [
  {
    ifname: "eth0",
    addr_info: [address("192.0.2.9", 24), address("2001:db8::9", 64), address("fe80::9", 64)],
  },
  { ifname: "eth1", addr_info: [address("198.51.100.9", 30), address("203.0.113.1", 32)] },
  { ifname: "eth2", addr_info: [] },
];

// deno-fmt-ignore
table("adviseOnAddresses", [
  ["inside", instanceText("", "192.0.2.200"), []],
  ["outside", instanceText("", "198.51.100.1"), ["5:1 W-vrrp-006"]],
  ["outside, with a network of its own", instanceText("", "198.51.100.1/24"), ["5:1 W-vrrp-006"]],
  ["of another interface", instanceText("", "198.51.100.10 dev eth1"), []],
  ["of another interface, outside", instanceText("", "198.51.100.13 dev eth1"), ["5:1 W-vrrp-006"]],
  ["the second one, and an excluded one", instanceText("virtual_ipaddress_excluded {\n10.0.0.1\n192.0.2.3\n}", "192.0.2.1\n10.0.0.2"), ["5:1 W-vrrp-006", "10:1 W-vrrp-006"]],
  ["IPv6 inside", instanceText("", "fe80::1\n2001:db8::1"), []],
  ["IPv6 outside", instanceText("", "fe80::1\n2001:db8:1::1"), ["6:1 W-vrrp-006"]],
  ["no addresses of that family", instanceText("interface eth1", "fe80::1\n2001:db8::1"), []],
  ["no addresses at all", instanceText("interface eth2"), []],
  ["an interface that is not there", instanceText("interface eth9"), []],
  ["what it holds itself is no network of others", instanceText("interface eth1", "203.0.113.1\n203.0.113.2"), ["5:1 W-vrrp-006", "6:1 W-vrrp-006"]],
  ["point to point", instanceText("", "10.0.0.1 peer 10.0.0.2"), []],
], LINKS);

Deno.test("adviseOnAddresses: nothing is known of interfaces", () => {
  assertEquals(advised(instanceText("", "198.51.100.1")), []);
});

const SCRIPT = (lines = "") => `vrrp_script chk {\nscript /bin/true\n${lines}}\n`;
const TRACK = (weight: string) => `track_script {\nchk${weight}\n}`;
const tracking = (priority: number, weight: string, own = "") =>
  SCRIPT(own) + instanceText(`priority ${priority}\n${TRACK(weight)}`);
const group = (lines: string, ...members: string[]) =>
  `vrrp_sync_group G {\ngroup {\n${members.join("\n")}\n}\n${lines}}\n`;

// deno-fmt-ignore
table("adviseOnWeights", [
  ["of an ordinary router", tracking(100, " weight -20"), []],
  ["of an owner", tracking(255, " weight -20"), ["9:1 W-vrrp-007"]],
  ["of an owner, from the script", tracking(255, "", "weight 5\n"), ["10:1 W-vrrp-007"]],
  ["of an owner without a priority", SCRIPT() + instanceText(`state MASTER\n${TRACK(" weight 5")}`), ["9:1 W-vrrp-007"]],
  ["none of an owner: a fault", tracking(255, ""), []],
  ["0 of an owner over that of the script", tracking(255, " weight 0", "weight 5\n"), []],
  ["an interface's, of an owner", instanceText("priority 255\ntrack_interface {\neth1 weight 5\neth2\n}"), ["6:1 W-vrrp-007"]],
  ["up at the greatest priority", tracking(254, " weight 20"), ["9:1 W-vrrp-012"]],
  ["down at the greatest priority", tracking(254, " weight -20"), []],
  ["up, reversed: down, at the greatest priority", tracking(254, " weight 20 reverse"), []],
  ["down, reversed: up, at the greatest priority", tracking(254, " weight -20 reverse"), ["9:1 W-vrrp-012"]],
  ["down at the least priority", tracking(1, " weight -20"), ["9:1 W-vrrp-012"]],
  ["up just below the greatest priority", tracking(253, " weight 20"), []],
  ["in a group", tracking(100, " weight 5") + instanceText("virtual_router_id 9", "192.0.2.9", "V2") + group("", "V1", "V2"), ["9:1 W-vrrp-007"]],
  ["in a group that tracks weights", tracking(100, " weight 5") + instanceText("virtual_router_id 9", "192.0.2.9", "V2") + group("sync_group_tracking_weight\n", "V1", "V2"), []],
]);

const pair = (one: string, other: string) =>
  instanceText(one) + instanceText(`virtual_router_id 52\n${other}`, "192.0.2.2", "V2");

// deno-fmt-ignore
table("adviseOnGroups", [
  ["the same interval", pair("advert_int 2", "advert_int 2") + group("", "V1", "V2"), []],
  ["other intervals", pair("advert_int 2", "advert_int 3") + group("", "V1", "V2"), ["12:12 W-vrrp-008"]],
  ["other intervals, one by default", pair("advert_int 2", "") + group("", "V1", "V2"), ["9:15 W-vrrp-008"]],
  ["other intervals without a group", pair("advert_int 2", "advert_int 3"), []],
  ["the own interface is tracked", instanceText("track_interface {\neth1\neth0\n}"), ["6:1 W-model-005"]],
  ["a member's interface is tracked", pair("", "") + group("track_interface {\neth1\neth0\n}\n", "V1", "V2"), ["23:1 W-model-005"]],
  ["a member's interface, which it does not track itself", pair("dont_track_primary", "dont_track_primary") + group("track_interface {\neth0\n}\n", "V1", "V2"), []],
  ["the default and the same", pair("", "advert_int 1") + group("", "V1", "V2"), []],
]);

// deno-fmt-ignore
table("adviseOnRouterIds", [
  ["different", pair("", ""), []],
  ["the same for another group of receivers", pair("virtual_router_id 52", "mcast_dst_ip 224.0.0.99"), ["10:19 W-vrrp-011"]],
  ["the same on another interface", pair("virtual_router_id 52", "interface eth1"), []],
  ["the same in the other family", instanceText("") + instanceText("", "fe80::1", "V2"), []],
  ["the same altogether is an error already", pair("virtual_router_id 52", ""), []],
]);

// deno-fmt-ignore
table("adviseOnSwitches", [
  ["accept alone", instanceText("accept"), []],
  ["accept and its opposite", instanceText("accept\nno_accept"), ["5:1 W-model-010"]],
  ["preempt and its opposite", instanceText("nopreempt\npreempt"), ["5:1 W-model-010"]],
  ["two sources", instanceText("mcast_src_ip 192.0.2.8\nunicast_src_ip 192.0.2.9"), ["5:16 W-model-010"]],
  ["of two instances", pair("accept", "no_accept"), []],
]);

// deno-fmt-ignore
table("adviseOnNames", [
  ["defined before", SCRIPT() + instanceText(TRACK("")), []],
  ["defined after", instanceText(TRACK("")) + SCRIPT(), ["5:1 W-model-009"]],
  ["defined after, in a group", instanceText("") + "vrrp_sync_group G {\ngroup {\nV1\n}\ntrack_script {\nchk\n}\n}\n" + SCRIPT(), ["13:1 W-model-009"]],
  ["not used", SCRIPT() + instanceText(""), ["1:13 W-model-011"]],
  ["a file and a process, not used", "track_file f {\nfile /x\n}\nvrrp_track_process p {\nprocess x\n}\n", ["1:12 W-model-011", "4:20 W-model-011"]],
  ["not defined is an error already", instanceText(TRACK("")), []],
  ["by a definition that is used later", "$T=track_script {\\\nchk\\\n}\n" + SCRIPT() + instanceText("$T"), []],
]);

const ROOT_DIRECTORY: Permissions = { kind: "directory", uid: 0, gid: 0, mode: 0o755 };
const FILE: Permissions = { kind: "file", uid: 0, gid: 0, mode: 0o755 };
const PATHS: Readonly<Record<string, readonly Permissions[]>> = {
  "/good": [FILE, ROOT_DIRECTORY],
  "/usr/bin/good": [FILE, ROOT_DIRECTORY],
  "/owned": [{ ...FILE, uid: 7, mode: 0o555 }, ROOT_DIRECTORY],
  "/group": [{ ...FILE, gid: 7, mode: 0o775 }, ROOT_DIRECTORY],
  "/root-group": [{ ...FILE, mode: 0o775 }, ROOT_DIRECTORY],
  "/others": [{ ...FILE, mode: 0o757 }, ROOT_DIRECTORY],
  "/tmp/good": [FILE, { ...ROOT_DIRECTORY, mode: 0o1777 }, ROOT_DIRECTORY],
  "/open/good": [FILE, { ...ROOT_DIRECTORY, mode: 0o777 }, ROOT_DIRECTORY],
  "/home/good": [FILE, { ...ROOT_DIRECTORY, uid: 7 }, ROOT_DIRECTORY],
  "/plain": [{ ...FILE, mode: 0o644 }, ROOT_DIRECTORY],
  "/directory": [ROOT_DIRECTORY, ROOT_DIRECTORY],
};
const USERS: Readonly<Record<string, number>> = { root: 0, www: 33 };
const WORLD: ScriptWorld = {
  permissions: (path) => PATHS[path],
  userId: (name) => USERS[name],
};

const SECURE = "global_defs {\nenable_script_security\n}\n";
const notify = (script: string) => instanceText(`notify_master ${script}`);
const tracked = (script: string) =>
  `vrrp_script chk {\nscript ${script}\n}\n${instanceText(TRACK(""))}`;

// Rows marked with * were compared with what keepalived 2.2.7 says of files made like that.
// deno-fmt-ignore
const SCRIPTS: Row[] = [
  ["of root, without security *", notify("/good"), ["4:15 W-script-003"]],
  ["of root, with security *", SECURE + notify("/good"), []],
  ["of another", notify("/good www"), []],
  ["of another by number", notify("/good 33"), []],
  ["root by name *", notify("/good root"), ["4:15 W-script-003"]],
  ["script_user holds", "global_defs {\nscript_user www\n}\n" + notify("/good"), []],
  ["script_user is overruled", "global_defs {\nscript_user www\n}\n" + notify("/good root"), ["7:15 W-script-003"]],
  ["told once", instanceText("notify_master /good\nnotify_backup /good"), ["4:15 W-script-003"]],
  ["another's file *", notify("/owned"), ["4:15 W-script-001", "4:15 W-script-003"]],
  ["another's file, run by another", notify("/owned www"), []],
  ["writable for a group *", notify("/group"), ["4:15 W-script-001", "4:15 W-script-003"]],
  ["writable for root's group *", notify("/root-group"), ["4:15 W-script-003"]],
  ["writable for all *", notify("/others"), ["4:15 W-script-001", "4:15 W-script-003"]],
  ["in a sticky directory *", notify("/tmp/good"), ["4:15 W-script-003"]],
  ["in an open directory *", notify("/open/good"), ["4:15 W-script-001", "4:15 W-script-003"]],
  ["in another's directory *", notify("/home/good"), ["4:15 W-script-001", "4:15 W-script-003"]],
  ["insecure, with security *", SECURE + notify("/others"), ["7:15 W-script-004"]],
  ["insecure and tracked, with security *", SECURE + tracked("/others"), ["5:8 W-script-002"]],
  ["missing *", notify("/none"), ["4:15 W-script-004"]],
  ["missing and tracked *", tracked("/none"), ["2:8 W-script-002"]],
  ["not executable *", notify("/plain"), ["4:15 W-script-003", "4:15 W-script-004"]],
  ["a directory", notify("/directory"), ["4:15 W-script-004"]],
  ["an unknown user", notify("/good nobody7"), ["4:15 W-script-004"]],
  ["an unknown user, tracked *", tracked("/good nobody7"), ["2:8 W-script-002"]],
  ["user of the object", tracked("/good").replace("}", "user www\n}"), []],
  ["a name that is searched *", notify("good"), ["4:15 W-script-003"]],
  ["a name that is searched in vain", notify("none"), ["4:15 W-script-004"]],
  ["whether a file can be opened", tracked('"</none"'), ["2:8 W-script-003"]],
  ["with arguments", notify('"/good a b"'), ["4:15 W-script-003"]],
];
for (const [name, text, findings] of SCRIPTS) {
  Deno.test(`adviseOnScripts: ${name}`, () => {
    assertEquals(advised(text, [], WORLD).toSorted(), findings);
  });
}

Deno.test("adviseOnScripts: the default user, if there is one", () => {
  const world = {
    ...WORLD,
    userId: (name: string) => name === "keepalived_script" ? 99 : undefined,
  };
  assertEquals(advised(notify("/good"), [], world), []);
});

Deno.test("adviseOnScripts: nothing is known of another machine's files", () => {
  assertEquals(advised(notify("/none")), []);
});

// deno-fmt-ignore
const FACTS: [text: string, wrong: string][] = [
  ["", "it is not JSON"], ["{}", "it is not a list of interfaces, as 'ip -json address' prints"],
  ["[]", "it names no interface, as 'ip -json address' does"], ["[{},1,null]", "it names no interface, as 'ip -json address' does"],
];
for (const [text, wrong] of FACTS) {
  Deno.test(`readInterfaceFacts refuses ${text}`, () => {
    assertEquals(readInterfaceFacts(text), { wrong });
  });
}

Deno.test("readInterfaceFacts leaves out what is no address", () => {
  const facts = readInterfaceFacts(JSON.stringify([
    {
      ifname: "a",
      addr_info: [address("x", 1), address("192.0.2.1", 33), address("192.0.2.2", 1.5), 5],
    },
    { ifname: "b" },
  ]));
  assertEquals("wrong" in facts ? facts : [...facts.prefixes], [["a", []], ["b", []]]);
});

const SESSION = (lines: string) => `bfd_instance B {\nneighbor_ip 192.0.2.2\n${lines}\n}\n`;

// deno-fmt-ignore
table("adviseOnIntervals RFC 7419 §3", [
  ["defaults", SESSION(""), []],
  ["the common ones", ["3.3", "10", "20", "50", "100", "1000", "10000"].map((each, i) => SESSION(`min_tx ${each}\nmin_rx ${each}`).replace("B {", `B${i} {`).replace("2.2", `2.${i + 2}`)).join(""), []],
  ["another one", SESSION("min_tx 60"), ["1:14 W-bfd-001"]],
  ["two others", SESSION("min_tx 3\nmin_rx 20000"), ["1:14 W-bfd-001", "1:14 W-bfd-001"]],
  ["no packets at all", SESSION("min_rx 0"), []],
]);
