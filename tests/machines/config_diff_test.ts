/**
 * What a reload has to do, and what an instance is known by.
 *
 * @module
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import {
  type Config,
  type VrrpInstanceConfig,
  vrrpInstanceIdentity,
} from "../../machines/config.ts";
import { diffConfigs } from "../../machines/config_diff.ts";
import { instanceConfig, unicastPeer, wholeConfig } from "./vrrp_config.ts";

const instance = fc.record({
  name: fc.constantFrom("VI_1", "VI_2", "VI_3"),
  interface: fc.constantFrom("eth0", "eth1"),
  vrid: fc.integer({ min: 1, max: 4 }),
  priority: fc.integer({ min: 1, max: 3 }),
}).map((change) => instanceConfig(change));
const configs = fc.uniqueArray(instance, { maxLength: 8, selector: vrrpInstanceIdentity })
  .map(wholeConfig);

/** What runs after the difference was applied to what ran before. */
function apply(before: Config | undefined, after: Config): Map<string, VrrpInstanceConfig> {
  const running = new Map(
    before?.vrrpInstances.map((each) => [vrrpInstanceIdentity(each), each]),
  );
  const { stops, updates, starts } = diffConfigs(before, after);
  for (const id of stops) assertEquals(running.delete(id), true, "only what runs is stopped");
  for (const each of updates) {
    assertEquals(running.has(vrrpInstanceIdentity(each)), true, "only what runs is updated");
    running.set(vrrpInstanceIdentity(each), each);
  }
  for (const each of starts) {
    assertEquals(running.has(vrrpInstanceIdentity(each)), false, "what runs is not started");
    running.set(vrrpInstanceIdentity(each), each);
  }
  return running;
}

Deno.test("diffConfigs: a configuration does not differ from itself", () => {
  fc.assert(fc.property(configs, (config) => {
    const same: Config = JSON.parse(JSON.stringify(config));
    assertEquals(diffConfigs(config, same), { stops: [], updates: [], starts: [] });
  }));
});

Deno.test("diffConfigs: applying the difference gives the new configuration", () => {
  fc.assert(fc.property(fc.option(configs, { nil: undefined }), configs, (before, after) => {
    const wanted = new Map(after.vrrpInstances.map((each) => [vrrpInstanceIdentity(each), each]));
    assertEquals(apply(before, after), wanted);
  }));
});

Deno.test("diffConfigs: what is the same is in no list", () => {
  fc.assert(fc.property(configs, configs, (before, after) => {
    const { updates } = diffConfigs(before, after);
    const old = before.vrrpInstances.map((each) => JSON.stringify(each));
    for (const each of updates) assertEquals(old.includes(JSON.stringify(each)), false);
  }));
});

Deno.test("diffConfigs: lists keep the order of the file", () => {
  const of = (...vrids: number[]) => wholeConfig(vrids.map((vrid) => instanceConfig({ vrid })));
  const { stops, starts } = diffConfigs(of(1, 2, 3), of(5, 3, 4));
  assertEquals(stops, [1, 2].map((vrid) => vrrpInstanceIdentity(instanceConfig({ vrid }))));
  assertEquals(starts.map(({ vrid }) => vrid), [5, 4]);
});

// deno-fmt-ignore
const SAME: [what: string, Partial<VrrpInstanceConfig>][] = [
  ["another name", { name: "renamed" }],
  ["another priority", { priority: 1 }],
  ["another version", { version: 2 }],
  ["another interval", { advertisementIntervalCs: 10 }],
  ["a configured source, for multicast", { sourceIp: ip("192.0.2.7") }],
];
for (const [what, change] of SAME) {
  Deno.test(`vrrpInstanceIdentity: ${what} is the same router`, () =>
    assertEquals(
      vrrpInstanceIdentity(instanceConfig(change)),
      vrrpInstanceIdentity(instanceConfig()),
    ));
}

const unicast = { unicastPeers: [unicastPeer("192.0.2.20")] };
// deno-fmt-ignore
const OTHER: [what: string, Partial<VrrpInstanceConfig>, Partial<VrrpInstanceConfig>][] = [
  ["another VRID", {}, { vrid: 52 }],
  ["another interface", {}, { interface: "eth1" }],
  ["another family", {}, { family: 6, multicastGroup: ip("ff02::12") }],
  ["another group", {}, { multicastGroup: ip("224.0.0.99") }],
  ["unicast instead of multicast", {}, unicast],
  ["unicast from another source", unicast, { ...unicast, sourceIp: ip("192.0.2.7") }],
];
for (const [what, a, b] of OTHER) {
  Deno.test(`vrrpInstanceIdentity: ${what} is another router`, () =>
    assertNotEquals(
      vrrpInstanceIdentity(instanceConfig(a)),
      vrrpInstanceIdentity(instanceConfig(b)),
    ));
}

Deno.test("vrrpInstanceIdentity: another peer is the same router", () => {
  const other = { unicastPeers: [unicastPeer("192.0.2.20"), unicastPeer("192.0.2.30")] };
  assertEquals(
    vrrpInstanceIdentity(instanceConfig(unicast)),
    vrrpInstanceIdentity(instanceConfig(other)),
  );
});
