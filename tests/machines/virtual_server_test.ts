/**
 * Virtual servers over time, from the text of their configuration to the changes of the table: the
 * scenarios that keepalived was watched in, with its times.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import { firstDestinations, quorumKey } from "../../machines/quorum_rules.ts";
import { load } from "../engine/config/harness.ts";
import { type Answers, lvsWorld } from "./lvs_world.ts";

/** The watched scenarios: a check each second, one further attempt after 0.3 s. */
function server(lines: string, servers: readonly string[], before = ""): VirtualServerConfig {
  const { config, diagnostics } = load([
    before,
    "virtual_server 10.9.9.1 80 {",
    "delay_loop 1\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nwarmup 0\nretry 1",
    "delay_before_retry 0.3\nconnect_timeout 1",
    lines,
    ...servers.map((each) => `real_server ${each}`),
    "}\n",
  ].join("\n"));
  const found = config?.virtualServers[0];
  assert(found, JSON.stringify(diagnostics));
  return found;
}

const UP = "127.0.0.1 9011 {\nTCP_CHECK {\n}\n}";
const UP2 = "127.0.0.2 9011 {\nTCP_CHECK {\n}\n}";
const DOWN = "127.0.0.1 9012 {\nTCP_CHECK {\n}\n}";
const DOWN2 = "127.0.0.2 9012 {\nTCP_CHECK {\n}\n}";
/** Port 9011 is well, 9012 is not. */
const WATCHED: Answers = (port) => port === 9011 ? "passed" : "failed";

type Row = [name: string, lines: string, servers: string[], expected: string[]];
// deno-fmt-ignore
const rows: Row[] = [
  ["all is well", "", [UP], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 quorum gained (1)",
    "end", "3.00 delete service"]],
  ["who fails goes; at the start at once", "", [UP, DOWN], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 add 127.0.0.1:9012 w=1",
    "0.00 quorum gained (2)", "1.00 delete 127.0.0.1:9012", "1.00 [127.0.0.1]:9012 is down",
    "end", "3.00 delete service"]],
  ["alpha with a sorry server", "alpha\nsorry_server 127.0.0.1 9099", [UP, DOWN], [
    "0.00 add service", "0.00 add 127.0.0.1:9099 w=1", "0.00 quorum lost (0)",
    "1.00 add 127.0.0.1:9011 w=1", "1.00 delete 127.0.0.1:9099", "1.00 quorum gained (1)",
    "1.00 [127.0.0.1]:9011 is up", "1.00 [127.0.0.1]:9012 is down",
    "end", "3.00 delete service"]],
  ["alpha, without a sorry server, down", "alpha", [DOWN], [
    "0.00 add service", "1.00 [127.0.0.1]:9012 is down", "end", "3.00 delete service"]],
  ["inhibit_on_failure", "inhibit_on_failure", [UP, DOWN], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 add 127.0.0.1:9012 w=1",
    "0.00 quorum gained (2)", "1.00 edit 127.0.0.1:9012 w=0", "1.00 [127.0.0.1]:9012 is down",
    "end", "3.00 delete service"]],
  ["all inhibit", "inhibit_on_failure\nalpha\nsorry_server 127.0.0.1 9099\nsorry_server_inhibit", [UP, DOWN], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=0", "0.00 add 127.0.0.1:9012 w=0",
    "0.00 add 127.0.0.1:9099 w=1", "0.00 quorum lost (0)", "1.00 edit 127.0.0.1:9011 w=1",
    "1.00 edit 127.0.0.1:9099 w=0", "1.00 quorum gained (1)", "1.00 [127.0.0.1]:9011 is up",
    "1.00 [127.0.0.1]:9012 is down", "end", "3.00 delete service"]],
  ["a hysteresis beyond all there is", "quorum 2\nhysteresis 1", [UP, UP2], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 add 127.0.0.2:9011 w=1",
    "0.00 quorum gained (2)", "end", "3.00 delete service"]],
  ["hysteresis keeps the quorum", "quorum 2\nhysteresis 1", [UP, UP2, DOWN, DOWN2], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 add 127.0.0.2:9011 w=1",
    "0.00 add 127.0.0.1:9012 w=1", "0.00 add 127.0.0.2:9012 w=1", "0.00 quorum gained (4)",
    "1.00 delete 127.0.0.1:9012", "1.00 [127.0.0.1]:9012 is down",
    "1.00 delete 127.0.0.2:9012", "1.00 [127.0.0.2]:9012 is down", "end", "3.00 delete service"]],
  ["the quorum is lost to a sorry server", "quorum 2\nsorry_server 127.0.0.1 9099", [UP, DOWN], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 add 127.0.0.1:9012 w=1",
    "0.00 quorum gained (2)", "1.00 add 127.0.0.1:9099 w=1", "1.00 delete 127.0.0.1:9011",
    "1.00 delete 127.0.0.1:9012", "1.00 quorum lost (1)", "1.00 [127.0.0.1]:9012 is down",
    "end", "3.00 delete service"]],
  ["no weight is no quorum", "sorry_server 127.0.0.1 9099", [UP.replace("{", "{\nweight 0")], [
    "0.00 add service", "0.00 add 127.0.0.1:9099 w=1", "0.00 quorum lost (0)",
    "end", "3.00 delete service"]],
  ["omega", "omega", [UP], [
    "0.00 add service", "0.00 add 127.0.0.1:9011 w=1", "0.00 quorum gained (1)", "end",
    "3.00 delete service", "3.00 quorum lost (1)", "3.00 [127.0.0.1]:9011 is down"]],
];
for (const [name, lines, servers, expected] of rows) {
  Deno.test(`virtualServer: ${name}`, () => {
    const world = lvsWorld(server(lines, servers), WATCHED);
    world.time.runFor(3_000);
    world.lines.push("end");
    world.tell({ type: "RETIRE", isRemoved: false });
    world.time.runFor(0);
    assertEquals(world.lines, expected);
    assert(world.isDone());
  });
}

/** A server of which the second answer on is as told. */
function falls(outcomes: readonly ("passed" | "failed" | "undecided")[]): Answers {
  let count = 0;
  return () => outcomes[Math.min(count++, outcomes.length - 1)] ?? "passed";
}

type Course = [name: string, lines: string, Answers, ms: number, expected: string[]];
// deno-fmt-ignore
const courses: Course[] = [
  ["who was well gets a further attempt", "", falls(["passed", "failed", "failed"]), 4_000, [
    "2.30 delete 127.0.0.1:9011", "2.30 quorum lost (0)", "2.30 [127.0.0.1]:9011 is down"]],
  ["which may save it", "", falls(["passed", "failed", "passed"]), 9_000, []],
  ["one success brings it back", "", falls(["failed", "passed"]), 3_000, [
    "1.00 delete 127.0.0.1:9011", "1.00 quorum lost (0)", "1.00 [127.0.0.1]:9011 is down",
    "2.00 add 127.0.0.1:9011 w=1", "2.00 quorum gained (1)", "2.00 [127.0.0.1]:9011 is up"]],
  ["our own fault says nothing", "", falls(["passed", "undecided"]), 9_000, []],
];
for (const [name, lines, answers, ms, expected] of courses) {
  Deno.test(`checker: ${name}`, () => {
    const world = lvsWorld(server(lines, [UP]), answers);
    world.time.runFor(ms);
    assertEquals(world.lines.slice(3), expected);
  });
}

Deno.test("checker: warm-up spreads the first attempts", () => {
  const servers = Array.from(
    { length: 20 },
    (_, i) => `127.0.0.1 ${9_100 + i} {\nTCP_CHECK {\n}\n}`,
  );
  const world = lvsWorld(server("warmup 10", servers), () => "passed");
  world.time.runFor(11_000);
  const firsts = new Map(
    world.asked.toReversed().map((line) => {
      const [at = "", what = ""] = line.split(" ");
      return [what, Number(at)];
    }),
  );
  const times = [...firsts.values()].toSorted((a, b) => a - b);
  assertEquals(times.length, 20);
  assert(times.every((at) => at >= 1 && at <= 11));
  assert((times.at(-1) ?? 0) - (times[0] ?? 0) > 5, `${times}`);
});

Deno.test("checker: pages one after the other; the failed one until it is good, then all", () => {
  const http = "127.0.0.1 9011 {\nHTTP_GET {\nurl {\npath /a\n}\nurl {\npath /b\n}\n}\n}";
  let isWell = true;
  const world = lvsWorld(
    server("", [http]),
    (_, index) => isWell || index === 0 ? "passed" : "failed",
  );
  world.time.runFor(2_500);
  isWell = false;
  world.time.runFor(3_000);
  isWell = true;
  world.time.runFor(5_000);
  assertEquals(world.lines.slice(3), [
    "4.30 delete 127.0.0.1:9011",
    "4.30 quorum lost (0)",
    "4.30 [127.0.0.1]:9011 is down",
    "8.30 add 127.0.0.1:9011 w=1",
    "8.30 quorum gained (1)",
    "8.30 [127.0.0.1]:9011 is up",
  ]);
  assertEquals(world.asked.slice(0, 9).map((line) => line.replace("9011", "")), [
    "1.00 #0",
    "2.00 #1",
    "3.00 #0",
    "4.00 #1",
    "4.30 #1",
    "5.30 #1",
    "6.30 #1",
    "7.30 #0",
    "8.30 #1",
  ]);
});

Deno.test("checker: a script sets the weight, and its period counts from its start", () => {
  const misc =
    '127.0.0.1 9011 {\nweight 7\nMISC_CHECK {\nmisc_path "/bin/true"\nmisc_dynamic\n}\n}';
  let value = 5;
  const world = lvsWorld(server("", [misc]), () => ({
    outcome: "passed",
    weight: { kind: "absolute", value },
    tookMs: 400,
  }));
  world.time.runFor(2_500);
  value = 0;
  world.time.runFor(1_000);
  value = 9;
  world.time.runFor(1_000);
  assertEquals(world.lines, [
    "0.00 add service",
    "0.00 add 127.0.0.1:9011 w=7",
    "0.00 quorum gained (7)",
    "1.40 edit 127.0.0.1:9011 w=5",
    "3.40 edit 127.0.0.1:9011 w=0",
    "3.40 quorum lost (0)",
    "4.40 edit 127.0.0.1:9011 w=9",
    "4.40 quorum gained (9)",
  ]);
});

Deno.test("virtualServer: without its address nothing is asked, and what is known stays", () => {
  const world = lvsWorld(server("ha_suspend", [DOWN]), WATCHED);
  world.time.runFor(5_000);
  assertEquals(world.asked, []);
  world.tell({ type: "ADDRESS_HELD" });
  world.time.runFor(1_000);
  assertEquals(world.lines.slice(3), [
    "6.00 delete 127.0.0.1:9012",
    "6.00 quorum lost (0)",
    "6.00 [127.0.0.1]:9012 is down",
  ]);
  world.tell({ type: "ADDRESS_LOST" });
  world.asked.length = 0;
  world.time.runFor(5_000);
  assertEquals([world.asked, world.lines.length], [[], 6]);
});

Deno.test("virtualServer: a file is looked at once, and again when the address comes back", () => {
  const followed = "track_file f {\nfile /f\n}\n";
  const world = lvsWorld(
    server(
      "ha_suspend",
      [UP.replace(/TCP_CHECK \{[^}]*\}/, "FILE_CHECK {\ntrack_file f\n}")],
      followed,
    ),
    () => "passed",
  );
  world.time.runFor(5_000);
  const asked = () => world.asked.splice(0).length;
  assertEquals(asked(), 0);
  for (const type of ["ADDRESS_HELD", "ADDRESS_LOST", "ADDRESS_HELD"] as const) {
    world.tell({ type });
    world.time.runFor(5_000);
    assertEquals([type, asked()], [type, Number(type === "ADDRESS_HELD")]);
  }
});

type Reload = [name: string, before: string[], after: string[], lines: string, expected: string[]];
// deno-fmt-ignore
const reloads: Reload[] = [
  ["the same is the same",            [UP, DOWN], [UP, DOWN],     "",            []],
  ["a weight",                        [UP],       [UP.replace("{", "{\nweight 3")], "", ["3.00 edit 127.0.0.1:9011 w=3"]],
  ["a scheduler",                     [UP],       [UP],           "lvs_sched wrr", ["3.00 edit service"]],
  ["a threshold",                     [UP],       [UP.replace("{", "{\nuthreshold 9")], "", ["3.00 edit 127.0.0.1:9011 w=1"]],
  ["a further server",                [UP],       [UP, UP2],      "",            ["3.00 add 127.0.0.2:9011 w=1"]],
  ["a server less",                   [UP, UP2],  [UP],           "",            ["3.00 delete 127.0.0.2:9011", "3.00 [127.0.0.2]:9011 is down"]],
  ["the last of the old, a new one",  [UP],       [UP2],          "",            ["3.00 add 127.0.0.2:9011 w=1", "3.00 delete 127.0.0.1:9011", "3.00 [127.0.0.1]:9011 is down"]],
  ["another pace",                    [UP, DOWN], [UP, DOWN],     "delay_loop 2", []],
  // keepalived serves with it until the new check fails.
  ["another check of who is down",    [DOWN],     [DOWN.replace("{\n}", "{\nconnect_timeout 2\n}")], "", []],
  // It goes on serving until the new check fails.
  ["another check of who serves, alpha", [UP],  [UP.replace("{\n}", "{\nconnect_timeout 2\nalpha\n}")], "", []],
  ["a quorum that is not met", [UP, DOWN], [UP, DOWN],           "quorum 2",    ["3.00 quorum lost (1)"]],
  ["a sorry server for who is down",  [DOWN],     [DOWN],         "sorry_server 127.0.0.1 9099", ["3.00 add 127.0.0.1:9099 w=1"]],
];
for (const [name, before, after, lines, expected] of reloads) {
  Deno.test(`virtualServer reloaded: ${name}`, () => {
    const world = lvsWorld(server("", before), WATCHED);
    world.time.runFor(3_000);
    world.lines.length = 0;
    world.tell({ type: "RECONFIGURE", config: server(lines, after) });
    world.time.runFor(5_000);
    assertEquals(world.lines, expected);
  });
}

Deno.test("virtualServer: removed, it says so; who is down is no news", () => {
  const world = lvsWorld(server("", [UP, DOWN]), WATCHED);
  world.time.runFor(3_000);
  world.lines.length = 0;
  world.tell({ type: "RETIRE", isRemoved: true });
  assertEquals(world.lines, [
    "3.00 delete service",
    "3.00 quorum lost (1)",
    "3.00 [127.0.0.1]:9011 is down",
  ]);
  assert(world.isDone());
});

Deno.test("virtualServer after a crash: who was up serves on, who was down does not", () => {
  const known = {
    "[10.9.9.1]:tcp:80 [127.0.0.1]:9011": true,
    "[10.9.9.1]:tcp:80 [127.0.0.1]:9012": false,
  };
  const world = lvsWorld(server("alpha", [UP, DOWN, UP2]), WATCHED, known);
  world.time.runFor(3_000);
  assertEquals(world.lines, [
    "0.00 add service",
    "0.00 add 127.0.0.1:9011 w=1",
    "0.00 quorum gained (1)",
    "1.00 add 127.0.0.2:9011 w=1",
    "1.00 [127.0.0.2]:9011 is up",
  ]);
});

const SORRY = "sorry_server 127.0.0.1 9099";
/** What a crashed process knew of the quorum and of two servers; what is done with it at once. */
const QUORUMS: [
  name: string,
  lines: string,
  knew: [quorum: boolean, first: boolean, second: boolean],
  expected: string[],
][] = [
  [
    "hysteresis keeps the quorum that was there",
    `quorum 2\nhysteresis 1\n${SORRY}`,
    [true, true, false],
    ["0.00 add service", "0.00 add 127.0.0.1:9011 w=1"],
  ],
  [
    "one that was lost is not gained by as little",
    `quorum 2\nhysteresis 1\n${SORRY}`,
    [false, true, false],
    ["0.00 add service", "0.00 add 127.0.0.1:9099 w=1"],
  ],
  [
    "one that would be lost now is",
    `quorum 2\n${SORRY}`,
    [true, true, false],
    ["0.00 add service", "0.00 add 127.0.0.1:9099 w=1", "0.00 quorum lost (1)"],
  ],
  [
    "one that would be gained now is",
    `quorum 2\n${SORRY}`,
    [false, true, true],
    [
      "0.00 add service",
      "0.00 add 127.0.0.1:9011 w=1",
      "0.00 add 127.0.0.2:9011 w=1",
      "0.00 quorum gained (2)",
    ],
  ],
];
for (const [name, lines, [quorum, first, second], expected] of QUORUMS) {
  Deno.test(`virtualServer after a crash: ${name}`, () => {
    const known = {
      [quorumKey("[10.9.9.1]:tcp:80")]: quorum,
      "[10.9.9.1]:tcp:80 [127.0.0.1]:9011": first,
      "[10.9.9.1]:tcp:80 [127.0.0.2]:9011": second,
    };
    const config = server(lines, [UP, UP2]);
    const world = lvsWorld(config, WATCHED, known);
    assertEquals(world.lines, expected);
    const shown = firstDestinations(config, known);
    assertEquals(world.servers(), shown.map((each) => `${each.ip}:${each.port} w=${each.weight}`));
  });
}
