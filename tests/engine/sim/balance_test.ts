/**
 * Virtual servers in the simulator: each invariant of theirs can fail, none fails by chance, and
 * what chance has found once stays found.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { runScenario } from "../../../engine/sim/run.ts";
import type { ReadyScenario, Row } from "../../../engine/sim/scenario.ts";
import { prepareScenario } from "../../../engine/sim/scenario_file.ts";
import { decisions, Recorder, replay } from "../replaying.ts";
import { VrrpEngine } from "../../../engine/vrrp_engine.ts";
import { balanceScenario } from "./balance_arbitraries.ts";
import { BALANCE_CASES } from "./balance_saboteurs.ts";

const RUNS = 150;
const REPLAYS = 15;

/** A router that balances. */
function director(lines: readonly string[], servers: readonly number[]): string {
  return [
    "vrrp_instance VI_1 {\nversion 3\ninterface eth0\nvirtual_router_id 51",
    "virtual_ipaddress {\n192.0.2.100/24\n}\n}",
    "virtual_server 192.0.2.100 80 {\ndelay_loop 1\nwarmup 0\nlvs_sched rr\nlvs_method NAT",
    "protocol TCP",
    ...lines,
    ...servers.map((number) =>
      `real_server 10.0.0.${number} 80 {\nTCP_CHECK {\nconnect_timeout 1\nretry 0\n}\n}`
    ),
    "}\n",
  ].join("\n");
}

for (const { invariant, how, saboteur, rows, lines = [], others = [1, 2] } of BALANCE_CASES) {
  Deno.test(`Invariants "${invariant}" is broken by: ${how}`, () => {
    const config = director(lines, [1, 2]);
    const otherConfigs = { other: director(lines, others) };
    const hosts = [{ name: "a", config, otherConfigs }];
    const scenario = prepareScenario({ title: how, hosts, rows, durationMs: 30_000 });
    assert(!("wrong" in scenario), JSON.stringify(scenario));
    assertEquals(runScenario(scenario).violation, undefined);
    const { violation } = runScenario(scenario, { createBalancer: saboteur });
    assertEquals(violation?.invariant, invariant, violation?.text);
  });
}

const SORRY = "sorry_server 10.0.0.9 80";
const CHECK = "10.0.0.2 80 {\nTCP_CHECK {";
/** The second server is not well until its check has passed. */
const notYetWell = director([SORRY], [1, 2]).replace(CHECK, `${CHECK}\nalpha`);
/** Its check is another, which need not have passed. */
const moreWanted = director([SORRY, "quorum 2"], [1, 2])
  .replace(CHECK, CHECK.replace("TCP", "SMTP"));
/** What chance has found, as small as it could be. */
const FOUND: readonly [what: string, config: string, other: string, rows: readonly Row[]][] = [
  [
    "a reload before the first checks, after which too few are well for the quorum",
    notYetWell,
    moreWanted,
    [[0, "reload", "a", "other"]],
  ],
];

for (const [what, config, other, rows] of FOUND) {
  Deno.test(`Invariants of virtual servers hold: ${what}`, () => {
    const hosts = [{ name: "a", config, otherConfigs: { other } }];
    const scenario = prepareScenario({ title: what, hosts, rows, durationMs: 30_000 });
    assert(!("wrong" in scenario), JSON.stringify(scenario));
    assertEquals(runScenario(scenario).violation, undefined);
  });
}

Deno.test(`Invariants of virtual servers hold in ${RUNS} scenarios by chance`, () => {
  const seed = Date.now() & 0x7fffffff;
  fc.assert(
    fc.property(balanceScenario, (value) => {
      const { violation } = runScenario(value);
      assert(violation === undefined, JSON.stringify(violation));
    }),
    { numRuns: RUNS, seed },
  );
});

/** The journals of all processes of a scenario. */
function recordersOf(scenario: ReadyScenario): Recorder[] {
  const recorders: Recorder[] = [];
  runScenario(scenario, {
    createEngine: (options) => {
      const recorder = new Recorder(() => options.clock.now());
      recorders.push(recorder);
      return new VrrpEngine({ ...options, inspect: recorder.inspect });
    },
  });
  return recorders;
}

Deno.test(`replay of ${REPLAYS} scenarios of virtual servers by chance: the same decisions`, () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(balanceScenario, (value) => {
      for (const recorder of recordersOf(value)) {
        const lines = recorder.lines();
        if (lines.length === 0) continue; // It was killed before its first turn.
        for (const { fact, command } of lines) seen.add(`${fact?.type ?? command?.type}`);
        assertEquals(decisions(replay(lines, false)), decisions(lines));
      }
    }),
    { numRuns: REPLAYS },
  );
  for (const type of ["VERDICT", "PROBE", "SHOW"]) assert(seen.has(type), `${type} is in them`);
});
