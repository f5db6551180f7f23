/**
 * Every invariant can fail: an engine with one thing wrong breaks exactly the one it must. And none
 * fails by chance: scenarios that fast-check makes up, with shrinking.
 *
 * @module
 */
import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { type InvariantName, INVARIANTS } from "../../../engine/sim/court.ts";
import { runScenario } from "../../../engine/sim/run.ts";
import type { ReadyHost, Row } from "../../../engine/sim/scenario.ts";
import { VrrpEngine } from "../../../engine/vrrp_engine.ts";
import { scenario } from "./arbitraries.ts";
import { BALANCE_CASES } from "./balance_saboteurs.ts";
import { ip } from "../../../net/address.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { readyScenario } from "./transcripts.ts";
import { configOf, router } from "./routers.ts";
import {
  addsNothing,
  deafFrom,
  deafToUdpFrom,
  hidesLosses,
  keepsAddresses,
  misconfigured,
  misleading,
  mute,
  patientWithSessions,
  type Saboteur,
  speaksAfterResigning,
  stutters,
  throws,
  ungrouped,
} from "./saboteurs.ts";

const RUNS = 200;

const better: ReadyHost = { name: "a", config: configOf(router({ priority: 150 })) };
const lesser: ReadyHost = { name: "b", config: configOf(router({ priority: 100 })) };
const owner: ReadyHost = { name: "a", config: configOf(router({ priority: 255 })) };
const late: ReadyHost = { ...better, starts: false };
const patient: ReadyHost = {
  ...late,
  config: configOf(router({ priority: 150, preemptDelayMs: 2_000 })),
};

/** The usual pair, with a BFD session between them. */
const withSession = (host: ReadyHost, remote: string): ReadyHost => ({
  ...host,
  config: {
    ...host.config,
    bfdSessions: [sessionConfig({ name: "b", remoteIp: ip(remote) })],
  },
});
const sessions = [withSession(better, "192.0.2.2"), withSession(lesser, "192.0.2.1")];

const group = readyScenario("sync-group").hosts;

interface Case {
  readonly invariant: InvariantName;
  readonly how: string;
  readonly saboteur: Saboteur;
  /** Whose engine is not right. */
  readonly who: "a" | "b";
  readonly hosts?: readonly ReadyHost[];
  readonly rows?: readonly Row[];
}

// deno-fmt-ignore
const CASES: readonly Case[] = [
  { invariant: "held while active", how: "addresses are not deleted", saboteur: keepsAddresses, who: "a", rows: [[6_000, "stop", "a"]] },
  { invariant: "held while active", how: "an address is left in a dead kernel, then started with", saboteur: keepsAddresses, who: "b", hosts: [late, lesser], rows: [[6_000, "start", "a"]] },
  { invariant: "one holder", how: "deaf after a partition", saboteur: deafFrom(12_900), who: "b", rows: [[6_000, "partition", [["a"], ["b"]]], [13_000, "heal"]] },
  { invariant: "resigned is gone", how: "an advertisement after priority 0", saboteur: speaksAfterResigning, who: "a", rows: [[6_000, "stop", "a"]] },
  { invariant: "fault is heeded", how: "does not track its interface", saboteur: misconfigured({ tracksInterface: false }), who: "a", rows: [[6_000, "cut", "a"]] },
  { invariant: "patience", how: "a down interval of one advertisement", saboteur: misconfigured({ downIntervalAdverts: 1 }), who: "b", rows: [[6_000, "crash", "a"]] },
  { invariant: "patience", how: "preempts though it is told not to", saboteur: misconfigured({ preempt: true }), who: "a", hosts: [{ ...late, config: configOf(router({ priority: 150, preempt: false })) }, lesser], rows: [[6_000, "start", "a"]] },
  { invariant: "patience", how: "a backup that does not hear", saboteur: deafFrom(6_000), who: "b" },
  { invariant: "takes over in time", how: "a down interval of ten advertisements", saboteur: misconfigured({ downIntervalAdverts: 10 }), who: "b", rows: [[6_000, "crash", "a"]] },
  { invariant: "group moves together", how: "members that know of no group", saboteur: ungrouped, who: "a", hosts: group, rows: [[6_000, "cut-link", "a", "eth1"]] },
  { invariant: "punctual", how: "an interval half as long again", saboteur: misconfigured({ advertisementIntervalCs: 150 }), who: "a", hosts: [owner, lesser] },
  { invariant: "no storm", how: "a hundred advertisements instead of one", saboteur: stutters, who: "a" },
  { invariant: "listens after a stall", how: "a master that does not read what waits", saboteur: deafFrom(6_000), who: "a", rows: [[6_000, "stall", "a", 6_000]] },
  { invariant: "a living path stays up", how: "a session that does not hear", saboteur: deafToUdpFrom(6_000), who: "a", hosts: sessions },
  { invariant: "a dead path is noticed", how: "a Detection Time ten times as long", saboteur: patientWithSessions, who: "a", hosts: sessions, rows: [[6_000, "crash", "b"]] },
  { invariant: "a whole path comes up", how: "a session that never heard anything", saboteur: deafToUdpFrom(0), who: "a", hosts: sessions, rows: [[20_000, "heal"]] },
  { invariant: "a loss is told at once", how: "a session that keeps it to itself", saboteur: hidesLosses, who: "a", hosts: sessions, rows: [[6_000, "crash", "b"]] },
  { invariant: "announced", how: "no gratuitous ARP", saboteur: mute, who: "a" },
  { invariant: "announces what it holds", how: "addresses are not added", saboteur: addsNothing, who: "a" },
  { invariant: "best is active", how: "does not preempt", saboteur: misconfigured({ preempt: false }), who: "a", hosts: [patient, lesser], rows: [[6_000, "start", "a"]] },
  { invariant: "client knows", how: "another's MAC address in gratuitous ARP", saboteur: misleading, who: "a" },
  { invariant: "engine lives", how: "a port throws", saboteur: throws, who: "a" },
];

for (const { invariant, how, saboteur, who, hosts = [better, lesser], rows = [] } of CASES) {
  Deno.test(`Invariants "${invariant}" is broken by: ${how}`, () => {
    const wrongIndex = hosts.findIndex(({ name }) => name === who);
    let created = 0;
    const order = hosts.map((host, i) => ({ i, starts: host.starts !== false }));
    // Engines are made in the order in which hosts start.
    const started = [
      ...order.filter((each) => each.starts),
      ...order.filter((each) => !each.starts),
    ];
    const { violation } = runScenario({ title: how, hosts, rows }, {
      createEngine: (options) => {
        const isWrong = started[Math.min(created++, started.length - 1)]?.i === wrongIndex;
        return isWrong ? saboteur(options) : new VrrpEngine(options);
      },
    });
    assertEquals([violation?.invariant, violation?.host], [invariant, who]);
  });
}

Deno.test("Invariants: each one has something that breaks it", () => {
  const broken = new Set([...CASES, ...BALANCE_CASES].map(({ invariant }) => invariant));
  assertEquals(Object.keys(INVARIANTS).filter((name) => !broken.has(name as InvariantName)), []);
});

Deno.test(`Invariants hold in ${RUNS} scenarios by chance`, () => {
  const seed = Date.now() & 0x7fffffff;
  fc.assert(
    fc.property(scenario, (value) => {
      const { violation } = runScenario(value);
      assert(violation === undefined, JSON.stringify(violation));
    }),
    { numRuns: RUNS, seed },
  );
});
