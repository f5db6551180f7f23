/**
 * The arithmetic of RFC 9568 §6.1 and RFC 3768 §6.1, and the comparison of §6.4.3.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import {
  activeDownIntervalMs,
  csToMs,
  outranks,
  sameConfig,
  sameInterval,
  skewTimeMs,
} from "../../machines/vrrp_rules.ts";
import { instanceConfig, virtualAddress } from "./vrrp_config.ts";

// deno-fmt-ignore
const TIMERS: [version: 2 | 3, priority: number, intervalCs: number, adverts: number, skewMs: number, downMs: number][] = [
  // Version 3: ((256 - Priority) * Active_Adver_Interval) / 256
  [3, 100, 100,  3, 609.375,      3609.375],
  [3, 255, 100,  3, 3.90625,      3003.90625],
  [3, 254, 100,  3, 7.8125,       3007.8125],
  [3, 1,   100,  3, 996.09375,    3996.09375],
  [3, 100, 1,    3, 6.09375,      36.09375],
  [3, 255, 1,    3, 0.0390625,    30.0390625],
  [3, 254, 1,    3, 0.078125,     30.078125],
  [3, 253, 1,    3, 0.1171875,    30.1171875],
  [3, 100, 4095, 3, 24953.90625,  147803.90625],
  [3, 128, 10,   3, 50,           350],
  [3, 100, 100,  1, 609.375,      1609.375],
  [3, 100, 100, 10, 609.375,      10609.375],
  // Version 2: (256 - Priority) / 256 seconds, whatever the interval
  [2, 100, 100,  3, 609.375,      3609.375],
  [2, 100, 300,  3, 609.375,      9609.375],
  [2, 255, 100,  3, 3.90625,      3003.90625],
  [2, 1,   25500, 3, 996.09375,   765996.09375],
];
for (const [version, priority, activeAdverIntervalCs, adverts, skewMs, downMs] of TIMERS) {
  const basis = { version, priority, activeAdverIntervalCs, downIntervalAdverts: adverts };
  const what = `v${version} priority ${priority} at ${activeAdverIntervalCs} cs × ${adverts}`;
  const section = version === 3 ? "RFC9568 §6.1" : "RFC3768 §6.1";
  Deno.test(`skewTimeMs ${section} ${what}`, () => assertEquals(skewTimeMs(basis), skewMs));
  Deno.test(`activeDownIntervalMs ${section} ${what}`, () =>
    assertEquals(activeDownIntervalMs(basis), downMs));
}

Deno.test("skewTimeMs RFC9568 §6.1 a greater priority is always first", () => {
  const basis = fc.record({
    version: fc.constantFrom<2 | 3>(2, 3),
    activeAdverIntervalCs: fc.integer({ min: 1, max: 4_095 }),
    downIntervalAdverts: fc.constant(3),
  });
  const priority = fc.integer({ min: 1, max: 254 });
  fc.assert(fc.property(basis, priority, (common, lesser) => {
    const wait = (value: number) => activeDownIntervalMs({ ...common, priority: value });
    return wait(lesser + 1) < wait(lesser);
  }));
});

Deno.test("csToMs: ten milliseconds each", () =>
  assertEquals([csToMs(1), csToMs(4_095)], [10, 40_950]));

const us = { priority: 100, primaryIp: ip("192.0.2.10") };
// deno-fmt-ignore
const CONTESTS: [name: string, priority: number, source: string, typeof us | { priority: number; primaryIp: undefined }, boolean][] = [
  ["greater priority", 101, "192.0.2.1", us, true],
  ["lower priority, greater address", 99, "203.0.113.9", us, false],
  ["same priority, greater address", 100, "192.0.2.11", us, true],
  ["same priority, smaller address", 100, "192.0.2.9", us, false],
  ["same priority, same address", 100, "192.0.2.10", us, false],
  ["same priority, greater first octet", 100, "200.0.0.1", us, true],
  ["same priority, we know no address", 100, "203.0.113.9", { priority: 100, primaryIp: undefined }, false],
];
for (const [name, priority, source, against, expected] of CONTESTS) {
  Deno.test(`outranks RFC9568 §6.4.3 ${name}`, () =>
    assertEquals(outranks({ priority, source: ip(source) }, against), expected));
}

Deno.test("outranks RFC9568 §6.4.3 one of two routers wins, never both", () => {
  const router = fc.record({
    priority: fc.integer({ min: 1, max: 255 }),
    primaryIp: fc.integer({ min: 1, max: 254 }).map((host) => ip(`192.0.2.${host}`)),
  });
  fc.assert(fc.property(router, router, (a, b) => {
    fc.pre(a.primaryIp !== b.primaryIp);
    const aWins = outranks({ ...a, source: a.primaryIp }, b);
    return aWins !== outranks({ ...b, source: b.primaryIp }, a);
  }));
});

Deno.test("sameInterval: version and interval count, nothing else", () => {
  const a = instanceConfig();
  assertEquals(sameInterval(a, instanceConfig({ priority: 7 })), true);
  assertEquals(sameInterval(a, instanceConfig({ advertisementIntervalCs: 200 })), false);
  assertEquals(sameInterval(a, instanceConfig({ version: 2 })), false);
});

Deno.test("sameConfig: any difference counts", () => {
  const a = instanceConfig();
  assertEquals(sameConfig(a, instanceConfig()), true);
  assertEquals(sameConfig(a, instanceConfig({ priority: 101 })), false);
  const two = [virtualAddress("192.0.2.1"), virtualAddress("192.0.2.2")];
  const swapped = instanceConfig({ virtualAddresses: two.toReversed() });
  assertEquals(sameConfig(instanceConfig({ virtualAddresses: two }), swapped), false);
});
