import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { bfdSessionIdentity } from "../../machines/bfd_config.ts";
import {
  detectionTimeUs,
  echoTxIntervalUs,
  jitteredIntervalUs,
  remoteAfter,
  txIntervalUs,
  UNKNOWN_REMOTE,
} from "../../machines/bfd_rules.ts";
import { ip } from "../../net/address.ts";
import { packet, sessionConfig } from "./bfd_step.ts";

Deno.test("jitteredIntervalUs §6.8.7: 75 to 100 %, with a multiplier of 1 at most 90 %", () => {
  // deno-fmt-ignore
  const rows: readonly [detectMult: number, chance: number, us: number][] = [
    [3, 0, 100_000], [3, 1, 75_000], [3, 0.5, 87_500], [1, 0, 90_000], [1, 1, 75_000],
  ];
  for (const [detectMult, chance, us] of rows) {
    assertEquals(Math.round(jitteredIntervalUs(100_000, detectMult, chance)), us);
  }
  const chances = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 255 }), chances, (detectMult, chance) => {
    const us = jitteredIntervalUs(1_000, detectMult, chance);
    assert(us >= 749.999 && us <= (detectMult === 1 ? 900.001 : 1_000));
  }));
});

Deno.test("detectionTimeUs §6.8.4: nothing before a packet, or when none is asked for", () => {
  const config = sessionConfig();
  const intervals = { desiredMinTxIntervalUs: 100_000, requiredMinRxIntervalUs: 100_000 };
  const context = {
    config,
    remote: UNKNOWN_REMOTE,
    diagnostic: 0,
    acknowledged: intervals,
    polled: intervals,
  };
  assertEquals(detectionTimeUs(context, "down"), 0);
  const heard = { ...context, remote: remoteAfter(packet("up")) };
  assertEquals(detectionTimeUs(heard, "up"), 400_000);
  const deaf = { ...heard, config: sessionConfig({ requiredMinRxIntervalUs: 0 }) };
  assertEquals(detectionTimeUs(deaf, "up"), 0);
  assertEquals(txIntervalUs(heard, "up"), 100_000);
});

Deno.test("bfdSessionIdentity: what the wire tells apart, and nothing else", () => {
  const base = sessionConfig();
  const same = [{ name: "b2" }, { detectMult: 9 }, { isPassive: true }, { hopLimit: 64 }];
  for (const change of same) {
    assertEquals(bfdSessionIdentity({ ...base, ...change }), bfdSessionIdentity(base));
  }
  const identities = [
    base,
    sessionConfig({ remoteIp: ip("192.0.2.3") }),
    sessionConfig({ localIp: ip("192.0.2.1") }),
    sessionConfig({ interface: "eth0" }),
    sessionConfig({ isMultihop: true }),
  ].map(bfdSessionIdentity);
  assertEquals(new Set(identities).size, identities.length);
});

Deno.test("BfdSessionConfig: survives JSON", () => {
  const config = sessionConfig({
    authentication: { type: "meticulousKeyedSha1", keys: [{ id: 1, secret: "hidden" }] },
  });
  assertEquals(JSON.parse(JSON.stringify(config)), config);
});

Deno.test("echoTxIntervalUs §6.8.9: the slower of our wish and the neighbour's; none where either wants none", () => {
  // deno-fmt-ignore
  const rows: readonly [ours: number, theirs: number, us: number][] = [
    [50_000, 20_000, 50_000], [20_000, 50_000, 50_000], [50_000, 0, 0], [0, 50_000, 0],
  ];
  for (const [txIntervalUs, requiredMinEchoRxIntervalUs, us] of rows) {
    const config = sessionConfig({ echo: { txIntervalUs, requiredMinRxIntervalUs: 0 } });
    const remote = { ...UNKNOWN_REMOTE, requiredMinEchoRxIntervalUs };
    assertEquals(echoTxIntervalUs(config, remote, "up"), us);
    assertEquals(echoTxIntervalUs(config, remote, "init"), 0);
    assertEquals(echoTxIntervalUs({ ...config, isMultihop: true }, remote, "up"), 0);
  }
});
