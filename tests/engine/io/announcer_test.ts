/**
 * Gratuitous ARP and unsolicited Neighbor Advertisements: order, gaps, bounds, a full kernel.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { place, type PlacedAddress } from "../../../engine/io/address_keeper.ts";
import { Announcer } from "../../../engine/io/announcer.ts";
import { ip, parseMac } from "../../../net/address.ts";
import { decodeArp } from "../../../net/packet/arp.ts";
import { decodeEthernet, ETHERTYPE_ARP } from "../../../net/packet/ethernet.ts";
import { decodeIpv6 } from "../../../net/packet/ip.ts";
import { decodeNeighborAdvertisement } from "../../../net/packet/ndp.ts";
import { virtualAddress } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";
import { FakeOutside } from "./fake_outside.ts";

const NO_GAPS = { arpIntervalUs: 0, neighborIntervalUs: 0 };

function placed(text: string, interfaceName = "eth0"): PlacedAddress {
  return place(virtualAddress(text), interfaceName);
}

function many(count: number): PlacedAddress[] {
  return Array.from({ length: count }, (_, i) => placed(`10.0.${i >> 8}.${i & 0xff}`));
}

function announcing() {
  const outside = new FakeOutside();
  outside.links.addLink("eth0", 1);
  outside.links.addLink("eth1", 2);
  const time = new VirtualTime();
  const failures: string[] = [];
  const announcer = new Announcer(
    outside,
    time.clock,
    (name, code) => failures.push(`${name} ${code}`),
  );
  const runAll = () => {
    while (announcer.run());
  };
  return { outside, time, failures, announcer, runAll, told: () => toldIn(outside) };
}

/** Which addresses were announced on which interface since the last look. */
function toldIn(outside: FakeOutside): string[] {
  return outside.frames.splice(0).map(({ bytes, interfaceIndex }) => {
    const frame = decodeEthernet(bytes);
    assert(typeof frame !== "string");
    if (frame.etherType === ETHERTYPE_ARP) {
      const arp = decodeArp(frame.payload);
      assert(typeof arp !== "string");
      return `${interfaceIndex} ${arp.senderIp}`;
    }
    const packet = decodeIpv6(frame.payload);
    assert(typeof packet !== "string");
    return `${interfaceIndex} ${packet.source}`;
  });
}

const ADDRESS = "10.0.0.1";
const NEIGHBOR = "2001:db8::1";

Deno.test("Announcer: each address once, then each again", () => {
  const { announcer, runAll, told } = announcing();
  announcer.announce([placed("10.0.0.1"), placed("10.0.0.2")], 2, NO_GAPS);
  assertEquals(told(), [], "nothing leaves before its turn");
  runAll();
  assertEquals(told(), ["1 10.0.0.1", "1 10.0.0.2", "1 10.0.0.1", "1 10.0.0.2"]);
});

Deno.test("Announcer RFC9568 §8.1.2 a gratuitous ARP has the MAC address of its interface", () => {
  const { outside, announcer, runAll } = announcing();
  announcer.announce([placed("10.0.0.1", "eth1")], 1, NO_GAPS);
  runAll();
  const frame = decodeEthernet(outside.frames[0]?.bytes ?? new Uint8Array(0));
  assert(typeof frame !== "string");
  const arp = decodeArp(frame.payload);
  assert(typeof arp !== "string");
  assertEquals([arp.senderMac, arp.senderIp, arp.targetIp], [
    parseMac("02:00:00:00:00:02"),
    ip("10.0.0.1"),
    ip("10.0.0.1"),
  ]);
});

for (const forwards of [true, false]) {
  Deno.test(`Announcer RFC9568 §6.4.2 a Neighbor Advertisement's flags, forwarding ${forwards}`, () => {
    const { outside, announcer, runAll } = announcing();
    outside.isForwarding = forwards;
    announcer.announce([placed("2001:db8::1")], 1, NO_GAPS);
    runAll();
    const frame = decodeEthernet(outside.frames[0]?.bytes ?? new Uint8Array(0));
    assert(typeof frame !== "string");
    const packet = decodeIpv6(frame.payload);
    assert(typeof packet !== "string");
    const neighbor = decodeNeighborAdvertisement(packet.payload);
    assert(typeof neighbor !== "string");
    const { router, solicited, override, target, targetMac } = neighbor;
    assertEquals([router, solicited, override], [forwards, false, true]);
    assertEquals([target, targetMac], [ip("2001:db8::1"), parseMac("02:00:00:00:00:01")]);
  });
}

Deno.test("Announcer: 5,000 addresses leave in batches of at most 64, one for each run", () => {
  const { outside, announcer } = announcing();
  announcer.announce(many(5_000), 1, NO_GAPS);
  let runs = 1;
  while (announcer.run()) runs++;
  assertEquals(runs, Math.ceil(5_000 / 64));
  assertEquals(Math.max(...outside.frameBatches), 64);
  assertEquals([outside.frames.length, announcer.counters.sentCount], [5_000, 5_000]);
});

Deno.test("Announcer.build: sends nothing; another MAC address is announced all the same", () => {
  const { outside, announcer } = announcing();
  announcer.build(many(3));
  assertEquals(outside.frames, []);
  announcer.announceFirst(many(3), NO_GAPS);
  const macOf = (at: number) => {
    const frame = decodeEthernet(outside.frames[at]?.bytes ?? new Uint8Array(0));
    return typeof frame === "string" ? frame : frame.source;
  };
  const before = macOf(2);
  outside.links.addLink("eth0", 1, { mac: parseMac("02:00:00:00:00:99") });
  announcer.announceFirst(many(3), NO_GAPS);
  assertEquals([outside.frames.length, macOf(5)], [6, parseMac("02:00:00:00:00:99")]);
  assert(before !== macOf(5));
});

Deno.test("Announcer: interfaces do not wait for one another", () => {
  const { announcer, told } = announcing();
  announcer.announce([...many(100), placed("10.9.0.1", "eth1")], 1, NO_GAPS);
  announcer.run();
  assert(told().includes("2 10.9.0.1"));
});

Deno.test("Announcer: gaps between gratuitous ARPs on one interface", () => {
  const { time, announcer, runAll, told } = announcing();
  const gaps = { arpIntervalUs: 1_500, neighborIntervalUs: 0 };
  announcer.announce([placed("10.0.0.1"), placed("10.0.0.2"), placed("10.9.0.1", "eth1")], 2, gaps);
  const timeline: string[] = [];
  for (let turn = 0; turn < 20; turn++) {
    runAll();
    timeline.push(...told().map((line) => `${time.nowMs} ${line}`));
    time.runFor(0.5);
  }
  assertEquals(timeline, [
    "0 1 10.0.0.1",
    "0 2 10.9.0.1",
    "1.5 1 10.0.0.2",
    "1.5 2 10.9.0.1",
    "3 1 10.0.0.1",
    "4.5 1 10.0.0.2",
  ]);
  assertEquals(time.clock.timerCount, 0);
});

Deno.test("Announcer: gaps are of each family", () => {
  const { time, announcer, runAll, told } = announcing();
  const gaps = { arpIntervalUs: 0, neighborIntervalUs: 2_000 };
  announcer.announce([placed("2001:db8::1"), placed("2001:db8::2")], 1, gaps);
  runAll();
  assertEquals(told(), ["1 2001:db8::1"]);
  time.runFor(2);
  runAll();
  assertEquals(told(), ["1 2001:db8::2"]);
  announcer.announce(many(3), 1, gaps);
  time.runFor(2);
  runAll();
  assertEquals(told().length, 3);
});

Deno.test("Announcer: no family waits for the gaps of the other", () => {
  const { time, announcer, runAll, told } = announcing();
  const gaps = { arpIntervalUs: 3_000, neighborIntervalUs: 2_000 };
  announcer.announce([placed(ADDRESS), placed(NEIGHBOR)], 3, gaps);
  const seen: string[] = [];
  for (let ms = 0; ms < 10; ms++) {
    runAll();
    seen.push(...told().map((line) => `${ms}: ${line}`));
    time.runFor(1);
  }
  assertEquals(seen, [
    `0: 1 ${ADDRESS}`,
    `0: 1 ${NEIGHBOR}`,
    `2: 1 ${NEIGHBOR}`,
    `3: 1 ${ADDRESS}`,
    `4: 1 ${NEIGHBOR}`,
    `6: 1 ${ADDRESS}`,
  ]);
  announcer.announce([placed(ADDRESS), placed(NEIGHBOR)], 3, gaps);
  announcer.forget([placed(ADDRESS)]);
  time.runFor(10);
  runAll();
  assertEquals(told(), [`1 ${NEIGHBOR}`]);
});

Deno.test("Announcer: a pause of the caller makes up for no gap", () => {
  const { time, announcer, runAll, told } = announcing();
  const gaps = { arpIntervalUs: 10_000, neighborIntervalUs: 0 };
  announcer.announce(many(3), 1, gaps);
  runAll();
  time.runFor(1_000);
  runAll();
  assertEquals(told().length, 2);
});

Deno.test("Announcer: what waits for addresses that are not ours any more is dropped", () => {
  const { announcer, runAll, told } = announcing();
  announcer.announce(
    [placed("10.0.0.1"), placed("10.0.0.2"), placed("10.0.0.1", "eth1")],
    5,
    NO_GAPS,
  );
  announcer.forget([placed("10.0.0.1")]);
  runAll();
  assertEquals(new Set(told()), new Set(["1 10.0.0.2", "2 10.0.0.1"]));
});

Deno.test("Announcer: nobody is told on loopback, without ARP, without MAC address, or when it is gone", () => {
  const { outside, announcer, runAll, told } = announcing();
  outside.links.addLink("lo", 3, { loopback: true });
  outside.links.addLink("tun0", 4, { noArp: true });
  outside.links.addLink("ppp0", 5, { mac: undefined });
  const names = ["lo", "tun0", "ppp0", "gone", "eth0"];
  announcer.announce(names.map((name) => placed("10.0.0.1", name)), 1, NO_GAPS);
  runAll();
  assertEquals(told(), ["1 10.0.0.1"]);
});

Deno.test("Announcer: a full kernel queue is tried again, in order, without losing any", () => {
  const { outside, time, failures, announcer, runAll, told } = announcing();
  let calls = 0;
  outside.answerFrames = (count) =>
    ++calls <= 3 ? { sentCount: 1, errno: 105 } : { sentCount: count, errno: 0 };
  announcer.announce(many(100), 1, NO_GAPS);
  for (let turn = 0; turn < 10; turn++) {
    runAll();
    time.runFor(1);
  }
  assertEquals(told(), many(100).map(({ address }) => `1 ${address.ip}`));
  assertEquals([failures, announcer.counters.failedCount], [[], 0]);
});

Deno.test("Announcer: an error that lasts is told, and the frames are given up", () => {
  const { outside, failures, announcer, runAll } = announcing();
  outside.answerFrames = () => ({ sentCount: 2, errno: 100 });
  announcer.announce(many(6), 1, NO_GAPS);
  runAll();
  assertEquals(failures, ["eth0 E100"]);
  assertEquals(announcer.counters, { sentCount: 2, failedCount: 4 });
});

Deno.test("Announcer: what may wait is bounded, the rest is counted", () => {
  const { announcer } = announcing();
  announcer.announce(many(1_000), 201, NO_GAPS);
  assertEquals(announcer.counters.failedCount, 1_000);
});

Deno.test("Announcer: the first announcements leave at once, prepared or not", () => {
  const { announcer, told } = announcing();
  const addresses = many(2);
  announcer.prepare(addresses);
  assertEquals(told(), [], "preparation says nothing");
  announcer.announceFirst(addresses, NO_GAPS);
  announcer.announceFirst([placed("10.0.0.9")], NO_GAPS);
  assertEquals(told(), ["1 10.0.0.0", "1 10.0.0.1", "1 10.0.0.9"]);
});

Deno.test("Announcer: what was prepared for another MAC address is not sent", () => {
  const { outside, announcer } = announcing();
  const addresses = many(1);
  announcer.prepare(addresses);
  outside.links.addLink("eth0", 1, { mac: parseMac("02:00:00:00:00:77") });
  announcer.announceFirst(addresses, NO_GAPS);
  const frame = decodeEthernet(outside.frames[0]?.bytes ?? new Uint8Array(0));
  assert(typeof frame !== "string");
  assertEquals(frame.source, parseMac("02:00:00:00:00:77"));
});

Deno.test("Announcer: first announcements wait for their turn behind others, and for gaps", () => {
  const { announcer, runAll, told } = announcing();
  announcer.announce(many(100), 1, NO_GAPS);
  announcer.announceFirst([placed("10.9.0.1")], NO_GAPS);
  runAll();
  assertEquals(told().at(-1), "1 10.9.0.1");
  announcer.announceFirst(many(2), { arpIntervalUs: 1_000, neighborIntervalUs: 0 });
  assertEquals(told(), ["1 10.0.0.0"], "the second one is not due");
});

Deno.test("Announcer: interfaces of a garp_group share one gap, others have their own", () => {
  const { announcer, runAll, told, outside, time } = announcing();
  outside.links.addLink("eth2", 3);
  announcer.configure([{ interfaces: ["eth0", "eth1"], arpIntervalUs: 10_000 }]);
  const gaps = { arpIntervalUs: 1_000, neighborIntervalUs: 0 };
  const addresses = ["eth0", "eth1", "eth2"].map((name) => placed(ADDRESS, name));
  announcer.announce([...addresses, placed(NEIGHBOR)], 2, gaps);
  runAll();
  assertEquals(told(), [`1 ${ADDRESS}`, `3 ${ADDRESS}`, `1 ${NEIGHBOR}`, `1 ${NEIGHBOR}`]);
  const seen: string[] = [];
  for (let ms = 1; ms <= 40; ms++) {
    time.runFor(1);
    runAll();
    seen.push(...told().map((line) => `${ms}: ${line}`));
  }
  assertEquals(seen, [
    `1: 3 ${ADDRESS}`,
    `10: 2 ${ADDRESS}`,
    `20: 1 ${ADDRESS}`,
    `30: 2 ${ADDRESS}`,
  ]);
});

Deno.test("Announcer: what waits in a garp_group is forgotten for its interface only", () => {
  const { announcer, runAll, told, time } = announcing();
  announcer.configure([{ interfaces: ["eth0", "eth1"], arpIntervalUs: 10_000 }]);
  announcer.announceFirst([placed("10.0.0.9", "eth1")], NO_GAPS);
  assertEquals(told(), ["2 10.0.0.9"]);
  announcer.announce([placed(ADDRESS, "eth0"), placed(ADDRESS, "eth1")], 2, NO_GAPS);
  announcer.forget([placed(ADDRESS, "eth0")]);
  for (let ms = 0; ms < 100; ms++) {
    time.runFor(1);
    runAll();
  }
  assertEquals(told(), [`2 ${ADDRESS}`, `2 ${ADDRESS}`]);
});

Deno.test("Announcer: what still waits of a burst does not shorten the burst", () => {
  const { announcer, runAll, told, time } = announcing();
  const gaps = { arpIntervalUs: 10_000, neighborIntervalUs: 0 };
  const addresses = [placed("10.0.0.1"), placed("10.0.0.2")];
  for (let burst = 0; burst < 2; burst++) {
    announcer.announceFirst(addresses, gaps);
    announcer.announce(addresses, 4, gaps, 1);
  }
  for (let ms = 0; ms < 200; ms++) {
    time.runFor(1);
    runAll();
  }
  // A second burst adds no more than had left of the first one.
  const lines = told();
  const counts = [".1", ".2"].map((end) => lines.filter((line) => line.endsWith(end)).length);
  assertEquals(counts, [6, 5]);
});
