/**
 * Scenario files: what is read, and what is said of wrong ones.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseScenario } from "../../../engine/sim/scenario_file.ts";

const CONFIG = `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`;
const HOST = { name: "a", config: CONFIG, otherConfigs: { other: CONFIG } };

function parse(change: object) {
  return parseScenario(JSON.stringify({ title: "test", hosts: [HOST], rows: [], ...change }));
}

Deno.test("parseScenario: texts become configurations", () => {
  const scenario = parse({ rows: [[1_000, "reload", "a", "other"], [2_000, "heal"]] });
  assert(!("wrong" in scenario));
  assertEquals(scenario.hosts[0]?.config.vrrpInstances[0]?.priority, 150);
  assertEquals(scenario.hosts[0]?.otherConfigs?.other?.vrrpInstances[0]?.vrid, 51);
  assertEquals(scenario.rows.length, 2);
});

Deno.test("parseScenario: what was read can be written and read again", () => {
  const scenario = parse({});
  assert(!("wrong" in scenario));
  assertEquals(parseScenario(JSON.stringify(scenario)), scenario);
});

const ACTIONS =
  "start, stop, crash, respawn, cut, plug, power-off, power-on, cut-link, plug-link, track, stall, reload, " +
  "partition, block, heal, wire, remove-address, refuse-addresses, server, flush-services, refuse-services, down-link, up-link, remove-link, set-clock";
const MS = "not a number of milliseconds from 0 to 604800000";

// deno-fmt-ignore
const WRONG: [what: string, change: object, complaints: string[]][] = [
  ["no title", { title: 1 }, ["title: a text is missing"]],
  ["unknown key", { speed: 1 }, ["scenario: unknown key speed: known are title, seed, hosts, wire, rows, durationMs"]],
  ["no hosts", { hosts: [] }, ["hosts: a list of 1 to 100 is missing"]],
  ["seed", { seed: 0.5 }, ["seed: not an integer"]],
  ["duration", { durationMs: -1 }, [`durationMs: ${MS}`]],
  ["wire", { wire: { lossRatio: 2, colour: 1 } }, ["wire: unknown key colour: known are delayMs, jitterMs, lossRatio, duplicateRatio, reorderRatio", "wire.lossRatio: not a number from 0 to 1"]],
  ["same name", { hosts: [HOST, HOST] }, ["hosts: two have the same name"]],
  ["client", { hosts: [{ ...HOST, name: "client" }] }, [`hosts[0].name: 1 to 32 letters, digits, dots or dashes, and not "client"`]],
  ["no configuration", { hosts: [{ name: "a", config: 5 }] }, ["hosts[0].config: the text of a keepalived.conf is missing"]],
  ["interfaces", { hosts: [{ ...HOST, interfaces: {} }] }, ["hosts[0].interfaces: not an object of segments by interface"]],
  ["starts", { hosts: [{ ...HOST, starts: 1, addressChangeMs: "x" }] }, ["hosts[0].starts: not a boolean", `hosts[0].addressChangeMs: ${MS}`]],
  ["no rows", { rows: 1 }, ["rows: a list of at most 100000 is missing"]],
  ["row", { rows: [1] }, ["rows[0]: not a list"]],
  ["time", { rows: [["soon", "heal"]] }, [`rows[0][0]: ${MS}`]],
  ["action", { rows: [[0, "explode", "a"]] }, [`rows[0][1]: unknown action "explode": known are ${ACTIONS}`]],
  ["arguments", { rows: [[0, "stall", "a"]] }, ["rows[0]: after stall comes host, time"]],
  ["host", { rows: [[0, "stop", "z"]] }, [`rows[0][2]: no host is named "z"`]],
  ["station", { rows: [[0, "block", "client", "z"]] }, [`rows[0][3]: nobody is named "z"`]],
  ["other configuration", { rows: [[0, "reload", "a", "toString"]] }, [`rows[0][3]: the host has no other configuration "toString"`]],
  ["groups", { rows: [[0, "partition", [["a"], ["z"]]]] }, ["rows[0][2]: not a list of lists of hosts"]],
  ["address", { rows: [[0, "remove-address", "a", "here"]] }, ["rows[0][3]: not an IP address"]],
  ["interface", { rows: [[0, "cut-link", "a", "eth7"]] }, [`rows[0][3]: the host has no interface "eth7"`]],
  ["tracked object", { rows: [[0, "track", "a", "chk", "good"]] }, [`rows[0][3]: not a kind and a name, such as "script chk_http"`]],
  ["verdict", { rows: [[0, "track", "a", "script chk", "fine"]] }, [`rows[0][4]: not "good", "bad" or an integer`]],
  ["errno", { rows: [[0, "refuse-addresses", "a", -1]] }, ["rows[0][3]: not an errno"]],
  ["server", { rows: [[0, "server", "10.0.0.1", "up"], [0, "server", "10.0.0.1:80", "dead"], [0, "server", "[10.0.0.1]:99999", -1]] },
    [`rows[0][2]: not an address and a port, such as "192.0.2.7:80"`, `rows[1][3]: not "up", "down", "silent" or a number of milliseconds`, `rows[2][2]: not an address and a port, such as "192.0.2.7:80"`, `rows[2][3]: not "up", "down", "silent" or a number of milliseconds`]],
  ["a link", { rows: [[0, "down-link", "a", "a/b"]] }, ["rows[0][3]: not the name of an interface"]],
  ["a clock", { rows: [[0, "set-clock", "a", "1 h"]] }, ["rows[0][3]: not a number of milliseconds, at most 100 days"]],
  ["wire row", { rows: [[0, "wire", 1]] }, ["rows[0][2]: not an object"]],
];
for (const [what, change, complaints] of WRONG) {
  Deno.test(`parseScenario: wrong ${what}`, () => {
    assertEquals(parse(change), { wrong: complaints });
  });
}

Deno.test("parseScenario: no JSON, no object", () => {
  const noJson = parseScenario("{");
  assert("wrong" in noJson && noJson.wrong[0]?.startsWith("not JSON: "));
  assertEquals(parseScenario("[]"), { wrong: ["a scenario is an object"] });
});

Deno.test("parseScenario: errors of a configuration have its host, file and line", () => {
  const wrong = parse({ hosts: [{ ...HOST, config: "vrrp_instance VI_1 {\n  priorty 3\n}\n" }] });
  assert("wrong" in wrong);
  assert(
    wrong.wrong.some((text) => text.startsWith("/a/keepalived.conf:2:3: error: ")),
    wrong.wrong[0],
  );
});
