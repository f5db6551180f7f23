/**
 * `garp_extra_if`: announcements from time to time where addresses are and advertisements are not.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import type { VirtualAddress, VrrpInstanceConfig } from "../../../machines/config.ts";
import type { PlacedAddress } from "../../../engine/io/address_keeper.ts";
import { ExtraAnnouncements } from "../../../engine/io/extra_announcements.ts";
import { instanceConfig, virtualAddress } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";

const PERIOD_MS = 1_000;

function on(name: string, address: string, more: Partial<VirtualAddress> = {}): VirtualAddress {
  return { ...virtualAddress(address), interface: name, ...more };
}

/** What is announced when, as `1000 eth1 10.0.0.1`; `held` may change. */
function announcing(held: readonly VirtualAddress[], change: Partial<VrrpInstanceConfig> = {}) {
  const time = new VirtualTime();
  const seen: string[] = [];
  const world = { held, change };
  const placed = (): PlacedAddress[] =>
    world.held.map((address) => ({
      address,
      interfaceName: address.interface ?? "eth0",
      key: address.ip,
    }));
  const extra = new ExtraAnnouncements(
    {
      clock: time.clock,
      keeper: { heldBy: (id) => id === "own" ? placed() : [] },
      announcer: {
        announce: (addresses, roundCount) => {
          for (const { address, interfaceName } of addresses) {
            seen.push(`${time.nowMs} ${interfaceName} ${address.ip} × ${roundCount}`);
          }
        },
      },
    },
    "own",
    () => instanceConfig({ extraAnnouncementMs: PERIOD_MS, ...world.change }),
  );
  return { time, extra, world, seen };
}

const ALL = { extraAnnouncementsForAll: true };
const ELSEWHERE = [
  on("eth0", "10.0.0.1"),
  on("eth1", "10.0.1.1"),
  on("eth1", "10.0.1.2"),
  on("eth2", "10.0.2.1"),
];

Deno.test("ExtraAnnouncements: one address of each other interface, every period", () => {
  const { time, extra, seen } = announcing(ELSEWHERE, ALL);
  extra.begin();
  time.runFor(2_500);
  assertEquals(seen, [
    "1000 eth1 10.0.1.1 × 1",
    "1000 eth2 10.0.2.1 × 1",
    "2000 eth1 10.0.1.1 × 1",
    "2000 eth2 10.0.2.1 × 1",
  ]);
});

Deno.test("ExtraAnnouncements: without `all`, only where there is a virtual MAC address", () => {
  const some = [on("eth1", "10.0.1.1"), on("eth2", "10.0.2.1", { virtualMac: true })];
  const { time, extra, seen, world } = announcing(some);
  extra.begin();
  time.runFor(PERIOD_MS);
  assertEquals(seen, ["1000 eth2 10.0.2.1 × 1"]);
  world.change = { virtualMacForAddresses: true };
  time.runFor(PERIOD_MS);
  assertEquals(seen.slice(1), ["2000 eth1 10.0.1.1 × 1", "2000 eth2 10.0.2.1 × 1"]);
});

Deno.test("ExtraAnnouncements: they begin once, and end with the role or the addresses", () => {
  const { time, extra, seen, world } = announcing(ELSEWHERE, ALL);
  extra.begin();
  time.runFor(500);
  extra.begin(); // More addresses are there.
  time.runFor(500);
  assertEquals(seen.length, 2);
  extra.end();
  extra.end();
  time.runFor(5_000);
  assertEquals([seen.length, time.clock.timerCount], [2, 0]);
  extra.begin();
  world.held = [];
  time.runFor(5_000);
  assertEquals([seen.length, time.clock.timerCount], [2, 0]);
});

Deno.test("ExtraAnnouncements: none without a period", () => {
  const { time, extra, seen } = announcing(ELSEWHERE, { ...ALL, extraAnnouncementMs: 0 });
  extra.begin();
  time.runFor(86_400_000);
  assertEquals([seen, time.clock.timerCount], [[], 0]);
});

Deno.test("ExtraAnnouncements: an address is known by its interface, not by its family", () => {
  const both = [on("eth1", "fe80::1"), on("eth1", "10.0.1.1")];
  const { time, extra, seen } = announcing(both, ALL);
  extra.begin();
  time.runFor(PERIOD_MS);
  assertEquals(seen, [`1000 eth1 ${ip("fe80::1")} × 1`]);
});
