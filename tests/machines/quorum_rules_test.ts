/**
 * Quorum arithmetic, against a page of it written another way.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import {
  type RealServerConfig,
  realServerIdentity,
  type VirtualServerConfig,
} from "../../machines/lvs_config.ts";
import {
  destinationsOf,
  isQuorumGained,
  isQuorumLost,
  serverStanding,
  type Standings,
} from "../../machines/quorum_rules.ts";
import { loadServer } from "../engine/config/lvs/texts.ts";

const { server: sample } = loadServer({});
assert(sample?.realServers[0]);
const [pattern] = sample.realServers;

interface Server {
  readonly weight: number;
  readonly isUp: boolean;
  readonly inhibits: boolean;
}

/** A service of these servers, all of them on ports of one host. */
function service(
  servers: readonly Server[],
  change: Partial<VirtualServerConfig>,
): { readonly config: VirtualServerConfig; readonly standings: Standings } {
  assert(sample && pattern);
  const realServers = servers.map(({ weight, inhibits }, i): RealServerConfig => ({
    ...pattern,
    ip: ip("192.0.2.2"),
    port: i + 1,
    weight,
    inhibits,
  }));
  const standings = realServers.map((each, i): [string, Standings[string]] => [
    realServerIdentity(each),
    { isUp: servers[i]?.isUp ?? false, weight: each.weight },
  ]);
  return {
    config: { ...sample, ...change, realServers },
    standings: Object.fromEntries(standings),
  };
}

const up = (count: number, of = count): Server[] =>
  Array.from({ length: of }, (_, i) => ({ weight: 1, isUp: i < count, inhibits: false }));

// deno-fmt-ignore
const quorums: [quorum: number, hysteresis: number, up: number, of: number, gained: boolean, lost: boolean][] = [
  [1, 0, 0, 3, false, true],
  [1, 0, 1, 3, true,  false],
  [2, 0, 1, 3, false, true],
  [2, 0, 2, 3, true,  false],
  [2, 1, 1, 4, false, false],
  [2, 1, 2, 4, false, false],
  [2, 1, 3, 4, true,  false],
  [3, 2, 1, 9, false, false],
  [3, 2, 0, 9, false, true],
  // All there is must be enough, where keepalived never has its quorum.
  [2, 1, 2, 2, true,  false],
  [2, 1, 1, 2, false, false],
];
for (const [quorum, hysteresis, living, of, gained, lost] of quorums) {
  Deno.test(`quorum ${quorum} hysteresis ${hysteresis}: ${living} of ${of}`, () => {
    const { config, standings } = service(up(living, of), { quorum, hysteresis });
    assertEquals(isQuorumGained(config, standings), gained);
    assertEquals(isQuorumLost(config, standings), lost);
  });
}

Deno.test("quorum: never gained and lost at once", () => {
  const numbers = fc.integer({ min: 0, max: 5 });
  const some = fc.array(fc.record({ weight: numbers, isUp: fc.boolean(), inhibits: fc.boolean() }));
  fc.assert(fc.property(some, fc.integer({ min: 1, max: 9 }), numbers, (servers, quorum, gap) => {
    const hysteresis = Math.min(gap, quorum - 1);
    const { config, standings } = service(servers, { quorum, hysteresis });
    assert(!(isQuorumGained(config, standings) && isQuorumLost(config, standings)));
  }));
});

Deno.test("destinationsOf: as one line for each server says", () => {
  const numbers = fc.integer({ min: 0, max: 5 });
  const some = fc.array(fc.record({ weight: numbers, isUp: fc.boolean(), inhibits: fc.boolean() }));
  const sorry = fc.option(fc.boolean(), { nil: undefined });
  fc.assert(fc.property(some, sorry, fc.boolean(), (servers, inhibits, hasQuorum) => {
    assert(pattern);
    const sorryServer = inhibits === undefined
      ? undefined
      : { ...pattern, ip: ip("192.0.2.9"), port: 9, inhibits, isRealServer: false };
    const { config, standings } = service(servers, { ...(sorryServer && { sorryServer }) });
    const isSorry = sorryServer !== undefined && !hasQuorum;
    const expected = [
      ...servers.map(({ weight, isUp, inhibits }, i) =>
        isUp && !isSorry ? `${i + 1} ${weight}` : inhibits ? `${i + 1} 0` : ""
      ),
      isSorry ? "9 1" : inhibits ? "9 0" : "",
    ];
    const found = destinationsOf(config, standings, hasQuorum);
    assertEquals(
      found.map(({ port, weight }) => `${port} ${weight}`),
      expected.filter((line) => line !== ""),
    );
  }));
});

Deno.test("destinationsOf: a sorry server that is a real server, too, is there once", () => {
  const { config, standings } = service(up(1, 2), {});
  const [first] = config.realServers;
  assert(first);
  const sorryServer = { ...first, isRealServer: true };
  for (const hasQuorum of [true, false]) {
    const found = destinationsOf({ ...config, sorryServer }, standings, hasQuorum);
    assertEquals(found.map(({ port, weight }) => [port, weight]), [[1, 1]]);
  }
});

// deno-fmt-ignore
const weights: [name: string, configured: number, Parameters<typeof serverStanding>[1], weight: number][] = [
  ["none",                 7, [],                                                                              7],
  ["absolute",             7, [{ isUp: true, weight: { kind: "absolute", value: 3 } }],                        3],
  ["relative",             7, [{ isUp: true, weight: { kind: "relative", value: -3 } }],                       4],
  ["they add up",          7, [{ isUp: true, weight: { kind: "absolute", value: 9 } },
                               { isUp: true, weight: { kind: "relative", value: 5 } }],                       14],
  ["not below nothing",    7, [{ isUp: true, weight: { kind: "relative", value: -30 } }],                      0],
  ["not beyond 2³¹−1",     7, [{ isUp: true, weight: { kind: "relative", value: 2 ** 31 } }],        2 ** 31 - 1],
];
for (const [name, configured, checks, weight] of weights) {
  Deno.test(`serverStanding's weight: ${name}`, () => {
    assertEquals(serverStanding(configured, checks), { isUp: true, weight });
  });
}

Deno.test("serverStanding: up if all checks are", () => {
  const is = (...all: boolean[]) => serverStanding(1, all.map((isUp) => ({ isUp }))).isUp;
  assertEquals([is(), is(true), is(true, false), is(false)], [true, true, false, false]);
});
