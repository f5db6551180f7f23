/**
 * Scenarios by chance: clusters of two to four routers and what may befall them. In the end all
 * wires are whole again, so that convergence can be demanded.
 *
 * @module
 */
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import type { Config, VrrpInstanceConfig } from "../../../machines/config.ts";
import type { SyncGroupConfig } from "../../../machines/group_config.ts";
import type { ReadyHost, ReadyScenario, Row } from "../../../engine/sim/scenario.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { configOf, router, virtualAddress } from "./routers.ts";

const NAMES = ["a", "b", "c", "d"];
const ENOBUFS = 105;
const MS_PER_CS = 10;

/** What all routers of a scenario have in common. */
interface Cluster {
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly intervalCs: number;
  readonly isUnicast: boolean;
  readonly addressCount: number;
  readonly hasSecond: boolean;
  readonly hasVirtualMac: boolean;
  /** The two instances of a router are active together. */
  readonly isGrouped: boolean;
  /** Weight of a tracked script; 0: its failure is a fault. Absent: there is none. */
  readonly scriptWeight: number | undefined;
  readonly adverts: number;
  readonly gapUs: number;
  /** BFD between all routers; intervals in parts of that of advertisements. */
  readonly sessions: Sessions | undefined;
}

interface Sessions {
  readonly tx: number;
  readonly rx: number;
  readonly mult: number;
}

const cluster: fc.Arbitrary<Cluster> = fc.record({
  version: fc.constantFrom(3 as const, 2 as const),
  family: fc.constantFrom(4 as const, 4 as const, 6 as const),
  intervalCs: fc.constantFrom(100, 10, 1),
  isUnicast: fc.constantFrom(false, false, true),
  addressCount: fc.constantFrom(1, 2, 40),
  hasSecond: fc.constantFrom(false, false, true),
  hasVirtualMac: fc.constantFrom(false, false, true),
  isGrouped: fc.constantFrom(false, false, true),
  scriptWeight: fc.constantFrom(undefined, undefined, undefined, 0, -60, 40),
  adverts: fc.constantFrom(3, 3, 3, 2, 5),
  gapUs: fc.constantFrom(0, 0, 0, 1_000),
  sessions: fc.option(
    fc.record({
      tx: fc.constantFrom(0.1, 0.5, 1),
      rx: fc.constantFrom(0.1, 0.3, 2),
      mult: fc.constantFrom(1, 3, 5),
    }),
    { nil: undefined },
  ),
}).map((each) => ({
  ...each,
  ...each.version === 2 && { intervalCs: 100 },
  // Peers do not cross an interface of one's own.
  hasVirtualMac: each.hasVirtualMac && !each.isUnicast,
}));

/** What a router has of its own; times are in intervals. */
interface OwnSettings {
  readonly priority: number;
  readonly preempt: boolean;
  readonly delayed: number;
  readonly starting: number;
  readonly answersLowerPriority: boolean;
  readonly advertisesBeforeYielding: boolean;
  readonly slower: number;
}

const ownSettings: fc.Arbitrary<OwnSettings> = fc.record({
  priority: fc.constantFrom(100, 100, 101, 150, 200, 1, 254),
  preempt: fc.constantFrom(true, true, false),
  delayed: fc.constantFrom(0, 0, 0, 2.5),
  starting: fc.constantFrom(0, 0, 0, 1.5),
  answersLowerPriority: fc.constantFrom(true, true, false),
  advertisesBeforeYielding: fc.constantFrom(false, false, true),
  slower: fc.constantFrom(1, 1, 1, 1, 3),
});

function addresses(cluster: Cluster, vrid: number, count: number) {
  const prefix = cluster.family === 4 ? `192.0.2.${vrid === 51 ? "1" : "2"}` : `fe80::${vrid}:1`;
  return Array.from(
    { length: Math.min(count, 40) },
    (_, i) => virtualAddress(`${prefix}${String(i).padStart(2, "0")}`),
  );
}

function instance(
  cluster: Cluster,
  own: OwnSettings,
  hostIndex: number,
  hostCount: number,
): VrrpInstanceConfig {
  const intervalCs = cluster.version === 3 ? cluster.intervalCs * own.slower : cluster.intervalCs;
  const peers = Array.from({ length: hostCount }, (_, i) => i + 1).filter((n) =>
    n !== hostIndex + 1
  );
  const { family } = cluster;
  return router({
    family,
    version: cluster.version,
    priority: own.priority,
    preempt: own.preempt,
    advertisementIntervalCs: intervalCs,
    downIntervalAdverts: cluster.adverts,
    preemptDelayMs: own.delayed * intervalCs * MS_PER_CS,
    startupDelayMs: own.starting * intervalCs * MS_PER_CS,
    answersLowerPriority: own.answersLowerPriority,
    advertisesBeforeYielding: own.advertisesBeforeYielding,
    announcements: {
      ...router().announcements,
      delayMs: 5 * intervalCs * MS_PER_CS,
      lowerPriorityDelayMs: 5 * intervalCs * MS_PER_CS,
      arpIntervalUs: cluster.gapUs,
      neighborIntervalUs: cluster.gapUs,
    },
    virtualAddresses: addresses(cluster, 51, cluster.addressCount),
    tracks: cluster.scriptWeight === undefined ? [] : [
      { kind: "script", name: "s", weight: cluster.scriptWeight, reversed: false },
    ],
    ...cluster.hasVirtualMac && { virtualMac: { notifiesNetlink: false } },
    unicastPeers: !cluster.isUnicast ? [] : peers.map((n) => ({
      ip: ip(family === 4 ? `192.0.2.${n}` : `fe80::2:${n}`),
      hopLimitMin: 0,
      hopLimitMax: 255,
    })),
  });
}

function config(cluster: Cluster, own: OwnSettings, index: number, count: number): Config {
  const routers = routersOf(cluster, own, index, count);
  return { ...routers, bfdSessions: sessionsOf(cluster, index, count) };
}

function sessionsOf(
  { sessions, intervalCs }: Cluster,
  index: number,
  count: number,
): BfdSessionConfig[] {
  if (!sessions) return [];
  const us = (part: number) => Math.round(part * intervalCs * MS_PER_CS * 1_000);
  return Array.from({ length: count }, (_, i) => i).filter((i) => i !== index).map((i) =>
    sessionConfig({
      name: `b${i + 1}`,
      remoteIp: ip(`192.0.2.${i + 1}`),
      desiredMinTxIntervalUs: us(sessions.tx),
      requiredMinRxIntervalUs: us(sessions.rx),
      detectMult: sessions.mult,
    })
  );
}

function routersOf(cluster: Cluster, own: OwnSettings, index: number, count: number): Config {
  const alone = instance(cluster, own, index, count);
  if (!cluster.hasSecond) return configOf(alone);
  const first = { ...alone, ...cluster.isGrouped && { syncGroup: GROUP.name } };
  const config = configOf(first, {
    ...first,
    name: "VI_2",
    vrid: 52,
    // Together they are as good as the first.
    priority: cluster.isGrouped ? first.priority : Math.max(1, 255 - first.priority),
    initialRole: cluster.isGrouped ? first.initialRole : "backup",
    advertisementIntervalCs: cluster.version === 3 ? 10 : 100,
    virtualAddresses: addresses(cluster, 52, 1),
  });
  return cluster.isGrouped ? { ...config, syncGroups: [GROUP] } : config;
}

const GROUP: SyncGroupConfig = {
  name: "G",
  members: ["VI_1", "VI_2"],
  tracks: [],
  tracksWeights: true,
  scripts: {},
  mails: false,
  notifiesPriorityChanges: false,
};

/** The rest of a router's settings after a reload. */
const reloaded = fc.record({
  priority: fc.option(fc.constantFrom(50, 100, 160, 253), { nil: undefined }),
  addressCount: fc.option(fc.constantFrom(1, 3), { nil: undefined }),
  dropsSecond: fc.constantFrom(false, false, true),
  changesGroup: fc.constantFrom(false, false, true),
  changesLink: fc.constantFrom(false, false, false, true),
  faster: fc.constantFrom(false, false, true),
  sessionsAre: fc.constantFrom(1, 1, 0.5, 2),
});

function hosts(cluster: Cluster): fc.Arbitrary<ReadyHost[]> {
  const host = fc.record({
    own: ownSettings,
    change: reloaded,
    addressChangeMs: fc.constantFrom(0, 0, 0.06),
    starts: fc.constantFrom(true, true, true, false),
  });
  return fc.tuple(fc.array(host, { minLength: 2, maxLength: 4 }), fc.constantFrom(-1, -1, -1, 0, 1))
    .map(([chosen, ownerIndex]) =>
      chosen.map(({ own, change, addressChangeMs, starts }, i): ReadyHost => {
        const settings = i === ownerIndex ? { ...own, priority: 255 } : own;
        const count = chosen.length;
        const other = {
          ...settings,
          ...(change.priority !== undefined && { priority: change.priority }),
          ...(change.faster && { slower: 1 }),
        };
        const otherCluster = {
          ...cluster,
          addressCount: change.addressCount ?? cluster.addressCount,
          hasSecond: cluster.hasSecond && !change.dropsSecond,
          isGrouped: cluster.isGrouped !== change.changesGroup,
          hasVirtualMac: !cluster.isUnicast && cluster.hasVirtualMac !== change.changesLink,
          sessions: cluster.sessions && {
            ...cluster.sessions,
            tx: cluster.sessions.tx * change.sessionsAre,
            rx: cluster.sessions.rx * change.sessionsAre,
          },
        };
        return {
          name: NAMES[i] ?? "",
          config: config(cluster, settings, i, count),
          otherConfigs: { other: config(otherCluster, other, i, count) },
          addressChangeMs,
          starts,
        };
      })
    );
}

/** What a row may be, at a time that is given in quarters of an interval, or not so round. */
function row(names: readonly string[], unitMs: number): fc.Arbitrary<Row> {
  const at = fc.oneof(
    fc.nat(80).map((quarters) => quarters * unitMs / 4),
    fc.nat(20_000).map((fraction) => fraction * unitMs / 1_000),
  );
  const host = fc.constantFrom(...names);
  const simple = fc.constantFrom(
    ...["start", "stop", "crash", "respawn", "cut", "plug", "power-off", "power-on"] as const,
  );
  const groups = fc.array(fc.nat(1), { minLength: names.length, maxLength: names.length })
    .map((sides) => [0, 1].map((side) => names.filter((_, i) => sides[i] === side)));
  const duration = fc.constantFrom(0.01, 0.5, 1.5, 2.5, 3.2, 4, 6).map((count) => count * unitMs);
  const wire = fc.record({
    lossRatio: fc.constantFrom(0, 0.1, 0.5),
    jitterMs: fc.constantFrom(0, 0.1, 0.7).map((part) => part * unitMs),
    duplicateRatio: fc.constantFrom(0, 0.3),
    reorderRatio: fc.constantFrom(0, 0.3),
  });
  const simpleRow = fc.tuple(at, simple, host);
  return fc.oneof(
    { weight: 4, arbitrary: simpleRow },
    { weight: 3, arbitrary: fc.tuple(at, fc.constant("stall" as const), host, duration) },
    { weight: 2, arbitrary: fc.tuple(at, fc.constant("partition" as const), groups) },
    { weight: 2, arbitrary: fc.tuple(at, fc.constant("block" as const), host, host) },
    { weight: 2, arbitrary: fc.tuple(at, fc.constant("heal" as const)) },
    { weight: 2, arbitrary: fc.tuple(at, fc.constant("wire" as const), wire) },
    {
      weight: 2,
      arbitrary: fc.tuple(at, fc.constant("reload" as const), host, fc.constant("other")),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        at,
        fc.constant("remove-address" as const),
        host,
        fc.constantFrom("192.0.2.100", "192.0.2.101", "fe80::51:100"),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(
        at,
        fc.constant("track" as const),
        host,
        fc.constant("script s"),
        fc.constantFrom("good" as const, "bad" as const),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(
        at,
        fc.constantFrom("down-link" as const, "up-link" as const, "remove-link" as const),
        host,
        fc.constantFrom("vrrp.51", "vrrp.52", "vrrp6.52"),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        at,
        fc.constant("refuse-addresses" as const),
        host,
        fc.constantFrom(ENOBUFS, 0),
      ),
    },
  );
}

/** All wires whole again. */
function repair(names: readonly string[], atMs: number): Row[] {
  return [
    [atMs, "heal"],
    [atMs, "wire", { lossRatio: 0, jitterMs: 0, duplicateRatio: 0, reorderRatio: 0 }],
    ...names.flatMap((name): Row[] => [
      [atMs, "plug", name],
      [atMs, "refuse-addresses", name, 0],
      [atMs, "track", name, "script s", "good"],
      [atMs, "up-link", name, "vrrp.51"],
      [atMs, "up-link", name, "vrrp.52"],
    ]),
  ];
}

/** A scenario. */
export const scenario: fc.Arbitrary<ReadyScenario> = cluster.chain((common) =>
  hosts(common).chain((machines) => {
    const names = machines.map(({ name }) => name);
    const unitMs = common.intervalCs * MS_PER_CS;
    return fc.record({
      title: fc.constant("generated"),
      seed: fc.nat(0xffff),
      hosts: fc.constant(machines),
      rows: fc.array(row(names, unitMs), { maxLength: 14 }).map((rows) => [
        ...rows.toSorted((a, b) => a[0] - b[0]),
        ...repair(names, 27 * unitMs),
      ]),
    });
  })
);
