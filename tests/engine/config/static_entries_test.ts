/**
 * `static_ipaddress`, `static_routes`, `static_rules`: what they have besides, and the names of
 * iproute2 that their lines use.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { brief, instanceText, load } from "./harness.ts";

Deno.test("track_group: its instances track the interfaces of static entries", () => {
  const text = `track_group G {\ngroup {\nV1\n}\n}
static_ipaddress {\n192.0.2.7/24 dev eth1 track_group G\n192.0.2.8/24 dev eth9\n}
static_routes {\n10.0.0.0/8 dev eth2 track_group G\n10.1.0.0/16 dev eth3 track_group G\n}
static_rules {\niif eth4 table 5 priority 7 track_group G\n}
${instanceText("track_interface {\neth3 weight 9\n}")}${
    instanceText("virtual_router_id 52", "192.0.2.2/24", "V2")
  }`;
  const { config, diagnostics } = load(text);
  const tracks = config?.vrrpInstances.map((each) =>
    each.tracks.map(({ name, weight }) => `${name} ${weight}`)
  );
  assertEquals(tracks, [["eth3 9", "eth1 0", "eth2 0", "eth4 0"], []], brief(diagnostics).join());
});

const LATER = " is not acted upon in this version [W601]";
const GROUP = "track_group G {\ngroup {\nV1\n}\n}";

/** Text before the instance V1; what of each entry is of interest, or refused; findings. */
type Row = [text: string, entries: unknown[] | "refused", findings?: string[]];

function check(
  rows: readonly Row[],
  part: "staticAddresses" | "staticRoutes" | "staticRules",
  keys: readonly string[],
): void {
  for (const [text, entries, findings = []] of rows) {
    Deno.test(`${part} ${text.replaceAll("\n", "; ")}`, () => {
      const { config, diagnostics } = load(`${text}\n${instanceText("")}`);
      const said = brief(diagnostics).filter((each) => !each.endsWith(LATER));
      const found = config?.[part].map((entry) => {
        const values = new Map<string, unknown>(Object.entries(entry));
        return keys.map((key) => values.get(key) ?? null);
      }) ?? "refused";
      assertEquals({ entries: found, findings: said }, { entries, findings });
    });
  }
}

// deno-fmt-ignore
check([
  ["static_ipaddress {\n192.0.2.7/24 dev eth0\nfe80::7/64 dev eth1 no_track\n}", [["192.0.2.7", "eth0", true, null], ["fe80::7", "eth1", false, null]]],
  ["static_ipaddress {\n192.0.2.7/24\n}", "refused", ["2:1: error: 192.0.2.7 needs dev, or default_interface in global_defs [E401]"]],
  ["static_ipaddress {\n192.0.2.7/24\n}\nglobal_defs {\ndefault_interface eth5\n}", [["192.0.2.7", "eth5", true, null]]],
  ["static_ipaddress {\n192.0.2.7/24 dev eth0\n}\nstatic_ipaddress {\n192.0.2.7/24 dev eth0\n}", [["192.0.2.7", "eth0", true, null]], ["5:1: warning: 192.0.2.7 is listed twice: ignored [W406]"]],
  ["static_ipaddress {\n192.0.2.7/24 dev eth0 use_vmac\n}", "refused", ["2:23: error: unknown word 'use_vmac' for an address [E304]"]],
  [`${GROUP}\nstatic_ipaddress {\n192.0.2.7/24 dev eth0 track_group G\n}`, [["192.0.2.7", "eth0", true, "G"]]],
  [`static_ipaddress {\n192.0.2.7/24 dev eth0 track_group G\n}\n${GROUP}`, [["192.0.2.7", "eth0", true, "G"]]],
  [`${GROUP}\nstatic_ipaddress {\n192.0.2.7/24 dev eth0 track_group\n}`, "refused", ["7:23: error: 'track_group' needs a value [E208]"]],
  ["static_ipaddress {\n192.0.2.7/24 dev eth0 track_group G\n}", "refused", ["2:1: error: there is no track_group 'G' [E411]"]],
  ["static_ipaddress {\nfoo\n}", "refused", ["2:1: error: 'foo' is not an address [E305]"]],
], "staticAddresses", ["ip", "interface", "tracked", "trackGroup"]);

// deno-fmt-ignore
check([
  ["static_routes {\n10.0.0.0/8 dev eth0\ndefault via 192.0.2.9 no_track\n}", [[254, true, null], [254, false, null]]],
  [`static_routes {\n10.0.0.0/8 dev eth0 track_group G\n}\n${GROUP}`, [[254, true, "G"]]],
  [`${GROUP}\nstatic_routes {\n10.0.0.0/8 nexthop via 192.0.2.9 nexthop dev eth1\n}`, [[254, true, null]]],
  [`${GROUP}\nstatic_routes {\ndefault via 192.0.2.9 track_group G\n}`, "refused", ["7:35: error: track_group 'G' needs an interface to watch [E401]"]],
  [`${GROUP}\nstatic_routes {\ndefault dev eth0 track_group GG\n}`, "refused", ["7:30: error: there is no track_group 'GG' (did you mean 'G'?) [E411]"]],
  ["static_routes {\nfoo\n}", "refused", ["2:1: error: unknown word 'foo' for a route [E304]"]],
], "staticRoutes", ["table", "tracked", "trackGroup"]);

// deno-fmt-ignore
check([
  ["static_rules {\nfrom 10.0.0.0/8 table 5 priority 7\n}", [[7, true, null]]],
  [`${GROUP}\nstatic_rules {\niif eth0 table 5 priority 7 track_group G\n}`, [[7, true, "G"]]],
  [`${GROUP}\nstatic_rules {\noif eth0 table 5 priority 7 track_group G\n}`, "refused", ["7:41: error: track_group 'G' needs an interface to watch [E401]"]],
  [`${GROUP}\nstatic_rules {\ntable 5 priority 7 track_group\n}`, "refused", ["7:20: error: 'track_group' needs a value [E208]"]],
  ["static_rules {\ntable 5 priority 7 track_group G\n}", "refused", ["2:32: error: there is no track_group 'G' [E411]"]],
  ["static_rules {\nfoo\n}", "refused", ["2:1: error: unknown word 'foo' for a rule [E304]"]],
], "staticRules", ["priority", "tracked", "trackGroup"]);

/** The table that a name stands for, with those files; or refused. */
function tableOf(name: string, files: Record<string, string>, global = ""): unknown {
  const text = `${global}static_routes {\n10.0.0.0/8 dev eth0 table ${name}\n}\n${
    instanceText("")
  }`;
  const { config } = load(text, { files });
  return config ? config.staticRoutes[0]?.table : "refused";
}

const USR = "/usr/share/iproute2/rt_tables";
const ETC = "/etc/iproute2/rt_tables";
const OWN = "global_defs {\niproute_etc_dir /own\niproute_usr_dir /usr/own\n}\n";

// deno-fmt-ignore
const NAMES: [what: string, name: string, files: Record<string, string>, table: unknown, global?: string][] = [
  ["built in", "main", {}, 254],
  ["a number", "4294967295", {}, 4_294_967_295],
  ["a number too large", "4294967296", {}, "refused"],
  ["hexadecimal", "0xff", {}, 255],
  ["octal", "010", {}, 8],
  ["unknown", "lan", {}, "refused"],
  ["of /usr", "lan", { [USR]: "7 lan\n" }, 7],
  ["/etc comes first", "lan", { [USR]: "7 lan\n", [ETC]: "8 lan\n" }, 8],
  ["a built-in name is another", "main", { [ETC]: "0x10\tmain # ours\n" }, 16],
  ["of a directory", "lan", { "/etc/iproute2/rt_tables.d/lan.conf": "9 lan\n" }, 9],
  ["of another file of the directory", "lan", { "/etc/iproute2/rt_tables.d/README": "9 lan\n" }, "refused"],
  ["a comment", "lan", { [ETC]: "#7 lan\n" }, "refused"],
  ["half a line", "lan", { [ETC]: "lan\n\n7\n" }, "refused"],
  ["a name of JavaScript", "constructor", {}, "refused"],
  ["own directories", "lan", { "/own/rt_tables": "3 lan\n", [ETC]: "8 lan\n" }, 3, OWN],
  ["own lesser directory", "lan", { "/usr/own/rt_tables": "4 lan\n", [USR]: "8 lan\n" }, 4, OWN],
];
for (const [what, name, files, table, global] of NAMES) {
  Deno.test(`names of iproute2: ${what}`, () => assertEquals(tableOf(name, files, global), table));
}

Deno.test("names of iproute2: directories may be given behind the routes", () => {
  const text = `static_routes {\n10.0.0.0/8 dev eth0 table lan\n}\n${OWN}${instanceText("")}`;
  const { config } = load(text, { files: { "/own/rt_tables": "3 lan\n" } });
  assertEquals(config?.staticRoutes[0]?.table, 3);
});

Deno.test("names of iproute2: IP protocols have their names in front", () => {
  const text = `static_rules {\nipproto sctp2 table 5 priority 1\n}\n${instanceText("")}`;
  const { config } = load(text, { files: { "/etc/protocols": "sctp2 200 SCTP2\n" } });
  assertEquals(config?.staticRules[0]?.ipProtocol, 200);
});
