/**
 * Sockets shared by instances: who gets which datagram, what leaves when, what is bounded.
 *
 * @module
 */
import { WireHabits } from "../../../engine/io/wire_habits.ts";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { AdvertisementBuilder } from "../../../engine/io/advertisement_builder.ts";
import { AdvertisementHub, type Channel } from "../../../engine/io/advertisement_hub.ts";
import type { OutgoingAdvertisement } from "../../../engine/io/outside.ts";
import { newCounters, type VrrpCounters } from "../../../engine/io/vrrp_counters.ts";
import { Log } from "../../../engine/log.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { type Ip, ip } from "../../../net/address.ts";
import { instanceConfig, unicastPeer, virtualAddress } from "../../machines/vrrp_config.ts";
import { FakeOutside, type FakeSocket } from "./fake_outside.ts";

const US = ip("192.0.2.10");
const PEER = ip("192.0.2.20");
const GROUP = ip("224.0.0.18");

interface Member {
  config: VrrpInstanceConfig;
  readonly counters: VrrpCounters;
  /** Accepted advertisements as `<priority> <source>`. */
  readonly heard: string[];
  readonly channel: Channel;
}

function hubbed() {
  const outside = new FakeOutside();
  const eth0 = outside.links.addLink("eth0", 1);
  const eth1 = outside.links.addLink("eth1", 2);
  const time = { nowMs: 0 };
  const lines: string[] = [];
  const log = new Log((_level, text) => lines.push(text), () => time.nowMs);
  const hub = new AdvertisementHub(outside, log);
  const attach = (change: Partial<VrrpInstanceConfig> = {}): Member => {
    const config = instanceConfig(change);
    const counters = newCounters();
    const heard: string[] = [];
    const link = config.interface === "eth1"
      ? eth1
      : config.interface === "eth0"
      ? eth0
      : undefined;
    const channel = hub.attach(config, link, {
      habits: new WireHabits(),
      config: () => member.config,
      primaryIp: () => US,
      counters,
      accepted: ({ priority }, source) => heard.push(`${priority} ${source}`),
    });
    const member: Member = { config, counters, heard, channel };
    return member;
  };
  const socket = (index = 0): FakeSocket => {
    const found = outside.sockets[index];
    assert(found);
    return found;
  };
  return { outside, hub, lines, time, attach, socket };
}

/** An IPv4 datagram as a router with that configuration sends it. */
function datagram(
  change: Partial<VrrpInstanceConfig> = {},
  source: Ip = PEER,
  priority = 90,
): Uint8Array {
  const builder = new AdvertisementBuilder(instanceConfig(change), () => 0, new WireHabits());
  builder.setSource(source);
  const [built] = builder.build(priority);
  assert(built);
  return built.bytes;
}

function outgoing(text: string): OutgoingAdvertisement {
  return {
    bytes: new TextEncoder().encode(text),
    source: US,
    destination: GROUP,
    hopLimit: 255,
  };
}

function textsOf(socket: FakeSocket): string[] {
  return socket.sent.splice(0).map(({ bytes }) => new TextDecoder().decode(bytes));
}

Deno.test("AdvertisementHub RFC9568 §7.1 a datagram goes to the instance with its VRID", () => {
  const { attach, socket } = hubbed();
  const [first, second] = [attach({ vrid: 1 }), attach({ vrid: 2 })];
  socket().receive({ bytes: datagram({ vrid: 2 }) });
  assertEquals([first.heard, second.heard], [[], ["90 192.0.2.20"]]);
  assertEquals(second.counters.advertisementsReceivedCount, 1);
});

Deno.test("AdvertisementHub: one socket for each interface and family", () => {
  const { outside, attach } = hubbed();
  attach({ vrid: 1 });
  attach({ vrid: 2 });
  attach({ vrid: 1, interface: "eth1" });
  attach({ vrid: 1, family: 6, multicastGroup: ip("ff02::12") });
  const opened = outside.sockets.map(({ options }) =>
    `${options.family} ${options.interface?.name}`
  );
  assertEquals(opened, ["4 eth0", "4 eth1", "6 eth0"]);
});

Deno.test("AdvertisementHub RFC9568 §7.1 a VRID that is not configured on this interface", () => {
  const { hub, lines, attach, socket } = hubbed();
  const [here, elsewhere] = [attach({ vrid: 1 }), attach({ vrid: 7, interface: "eth1" })];
  socket().receive({ bytes: datagram({ vrid: 7 }) });
  assertEquals([here.heard, elsewhere.heard], [[], []]);
  assertEquals([hub.counters.unknownVridCount, lines], [1, []]);
  hub.logsUnknownVrids = true;
  for (let i = 0; i < 1_000; i++) socket().receive({ bytes: datagram({ vrid: 7 }) });
  assertEquals(hub.counters.unknownVridCount, 1_001);
  assertEquals(lines, [
    "(VRID 7) Discarded advertisement from 192.0.2.20: VRID is not configured here",
  ]);
});

Deno.test("AdvertisementHub: random octets are counted, never thrown at, and tell nobody", () => {
  const { hub, lines, attach, socket } = hubbed();
  const member = attach();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    socket().receive({ bytes });
  }));
  assertEquals([member.heard, lines], [[], []]);
  assertEquals(hub.counters.malformedCount, 100);
});

Deno.test("AdvertisementHub: another protocol is none of ours", () => {
  const { hub, attach, socket } = hubbed();
  attach();
  const bytes = datagram().slice();
  bytes[9] = 89;
  socket().receive({ bytes });
  assertEquals(hub.counters.malformedCount, 1);
});

Deno.test("AdvertisementHub: an IPv4 header with options is stripped", () => {
  const { attach, socket } = hubbed();
  const member = attach();
  const plain = datagram();
  const bytes = new Uint8Array(plain.length + 4);
  bytes.set(plain.subarray(0, 20));
  bytes.set([0x94, 4, 0, 0], 20); // Router Alert
  bytes.set(plain.subarray(20), 24);
  bytes[0] = 0x46;
  new DataView(bytes.buffer).setUint16(2, bytes.length);
  socket().receive({ bytes });
  assertEquals(member.heard, ["90 192.0.2.20"]);
});

Deno.test("AdvertisementHub: IPv6 needs what the kernel says about the header", () => {
  const { hub, attach, socket } = hubbed();
  const ipv6 = {
    family: 6,
    multicastGroup: ip("ff02::12"),
    virtualAddresses: [virtualAddress("fe80::1", 64)],
  } as const;
  const member = attach(ipv6);
  const [source, destination] = [ip("fe80::20"), ip("ff02::12")];
  const bytes = datagram(ipv6, source);
  socket().receive({ bytes, source, destination, hopLimit: 255 });
  socket().receive({ bytes, source, destination });
  socket().receive({ bytes, source, hopLimit: 255 });
  socket().receive({ bytes, destination, hopLimit: 255 });
  assertEquals([member.heard, hub.counters.malformedCount], [["90 fe80::20"], 3]);
});

Deno.test("AdvertisementHub RFC9568 §7.1 a refused one is counted by its reason, and logged once", () => {
  const { lines, attach, socket } = hubbed();
  const member = attach();
  const bytes = datagram().slice();
  bytes[26] = (bytes[26] ?? 0) ^ 1;
  for (let i = 0; i < 10_000; i++) socket().receive({ bytes });
  assertEquals([...member.counters.rejected], [["wrong checksum", 10_000]]);
  assertEquals(lines, ["(VI_1) Discarded advertisement from 192.0.2.20: wrong checksum"]);
  assertEquals([member.heard, member.counters.advertisementsReceivedCount], [[], 0]);
});

Deno.test("AdvertisementHub: what is accepted is counted", () => {
  const { attach, socket } = hubbed();
  const { counters } = attach();
  socket().receive({ bytes: datagram({}, PEER, 0) });
  socket().receive({ bytes: datagram({ advertisementIntervalCs: 50 }) });
  const { advertisementsReceivedCount, priorityZeroReceivedCount, intervalDifferedCount } =
    counters;
  assertEquals(
    [advertisementsReceivedCount, priorityZeroReceivedCount, intervalDifferedCount],
    [2, 1, 1],
  );
});

Deno.test("AdvertisementHub RFC9568 §7.1 another interval is logged, subject to a limit", () => {
  const { lines, attach, socket } = hubbed();
  attach();
  for (let i = 0; i < 100; i++) {
    socket().receive({ bytes: datagram({ advertisementIntervalCs: 50 }) });
  }
  assertEquals(lines, ["(VI_1) Advertisement from 192.0.2.20: interval differs from ours"]);
});

Deno.test("AdvertisementHub RFC9568 §7.1 other addresses are logged and counted, the rest goes on", () => {
  const { lines, attach, socket } = hubbed();
  const member = attach();
  const other = { virtualAddresses: [virtualAddress("203.0.113.1")] };
  socket().receive({ bytes: datagram(other) });
  assertEquals(member.heard.length, 1);
  assertEquals(member.counters.addressListDifferedCount, 1);
  assertEquals(lines, ["(VI_1) Advertisement from 192.0.2.20: addresses differ from ours"]);
});

Deno.test("AdvertisementHub: addresses are compared when the sender changes, or always", () => {
  const other = { virtualAddresses: [virtualAddress("203.0.113.1")] };
  const compared = (checksAddressesOnChangeOnly: boolean) => {
    const { attach, socket } = hubbed();
    const member = attach({ checksAddressesOnChangeOnly });
    for (const source of [PEER, PEER, ip("192.0.2.30"), PEER]) {
      socket().receive({ bytes: datagram(other, source) });
    }
    member.channel.reconfigure();
    socket().receive({ bytes: datagram(other, PEER) });
    return member.counters.addressListDifferedCount;
  };
  assertEquals([compared(true), compared(false)], [4, 5]);
});

Deno.test("AdvertisementHub: instances that share a VRID are told apart by kind, group and peer", () => {
  const { attach, socket } = hubbed();
  const group = ip("224.0.0.99");
  const unicast = (peer: string) => ({
    unicastPeers: [unicastPeer(peer)],
    checksUnicastSource: true,
  });
  const standard = attach({ name: "standard" });
  const special = attach({ name: "special", multicastGroup: group });
  const first = attach({ name: "first", ...unicast("192.0.2.20") });
  const second = attach({ name: "second", ...unicast("192.0.2.30") });
  const toUs = { unicastPeers: [unicastPeer("192.0.2.10")] };
  socket().receive({ bytes: datagram() });
  socket().receive({ bytes: datagram({ multicastGroup: group }) });
  socket().receive({ bytes: datagram(toUs, ip("192.0.2.20")) });
  socket().receive({ bytes: datagram(toUs, ip("192.0.2.30")) });
  socket().receive({ bytes: datagram(toUs, ip("192.0.2.99")) });
  assertEquals([standard, special, first, second].map(({ heard }) => heard.length), [1, 1, 1, 1]);
  assertEquals([...first.counters.rejected], [["source is no configured peer", 1]]);
});

Deno.test("AdvertisementHub: a group is joined by the first instance and left by the last", () => {
  const { attach, socket } = hubbed();
  const [first, second] = [attach({ vrid: 1 }), attach({ vrid: 2 })];
  attach({ vrid: 3, unicastPeers: [unicastPeer("192.0.2.20")] });
  assertEquals(socket().groups, [GROUP]);
  first.channel[Symbol.dispose]();
  assertEquals(socket().groups, [GROUP]);
  second.channel[Symbol.dispose]();
  assertEquals([socket().groups, socket().closed], [[], false]);
});

Deno.test("AdvertisementHub: a socket is closed with its last instance, and opened anew", () => {
  const { outside, attach, socket } = hubbed();
  const [first, second] = [
    attach({ vrid: 1 }),
    attach({ vrid: 1, multicastGroup: ip("224.0.0.9") }),
  ];
  first.channel[Symbol.dispose]();
  assertEquals(socket().closed, false);
  second.channel[Symbol.dispose]();
  assertEquals(socket().closed, true);
  attach({ vrid: 1 });
  assertEquals(outside.sockets.length, 2);
});

Deno.test("AdvertisementHub: an instance that left hears nothing", () => {
  const { hub, attach, socket } = hubbed();
  const [left, stays] = [attach({ vrid: 1 }), attach({ vrid: 2 })];
  left.channel[Symbol.dispose]();
  socket().receive({ bytes: datagram({ vrid: 1 }) });
  socket().receive({ bytes: datagram({ vrid: 2 }) });
  assertEquals([left.heard.length, stays.heard.length, hub.counters.unknownVridCount], [0, 1, 1]);
});

Deno.test("AdvertisementHub: what instances send leaves at once, in order", () => {
  const { hub, attach, socket } = hubbed();
  const [first, second] = [attach({ vrid: 1 }), attach({ vrid: 2 })];
  first.channel.send([outgoing("a1"), outgoing("a2")]);
  second.channel.send([outgoing("b1")]);
  assertEquals([textsOf(socket()), socket().batches], [["a1", "a2", "b1"], [2, 1]]);
  assertEquals([hub.flush(), socket().batches.length], [false, 2]);
});

Deno.test("AdvertisementHub: many messages leave in batches", () => {
  const { attach, socket } = hubbed();
  const { channel } = attach();
  channel.send(Array.from({ length: 70 }, (_, i) => outgoing(`${i}`)));
  assertEquals(socket().batches, [32, 32, 6]);
  assertEquals(textsOf(socket()).length, 70);
});

Deno.test("AdvertisementHub: a resignation that waits leaves before its socket closes", () => {
  const { attach, socket } = hubbed();
  const { channel } = attach();
  socket().answer = () => ({ sentCount: 0, errno: 11 });
  channel.send([outgoing("resign")]);
  socket().answer = (count) => ({ sentCount: count, errno: 0 });
  channel[Symbol.dispose]();
  assertEquals([textsOf(socket()), socket().closed], [["resign"], true]);
});

Deno.test("AdvertisementHub: a full kernel queue keeps the rest, in order, for the next turn", () => {
  const { hub, attach, socket } = hubbed();
  const { channel, counters } = attach();
  let calls = 0;
  socket().answer = (count) =>
    ++calls === 1 ? { sentCount: 1, errno: 11 } : { sentCount: count, errno: 0 };
  channel.send([outgoing("1"), outgoing("2"), outgoing("3")]);
  assertEquals(textsOf(socket()), ["1"]);
  socket().answer = () => ({ sentCount: 0, errno: 11 });
  assertEquals(hub.flush(), true, "something waits");
  socket().answer = (count) => ({ sentCount: count, errno: 0 });
  channel.send([outgoing("4")]);
  assertEquals(hub.flush(), false);
  assertEquals([textsOf(socket()), counters.sendFailedCount], [["2", "3", "4"], 0]);
});

Deno.test("AdvertisementHub: an error costs the one message it concerns, and is told", () => {
  const { hub, lines, attach, socket } = hubbed();
  const { channel, counters } = attach();
  let calls = 0;
  socket().answer = (count) =>
    ++calls === 1 ? { sentCount: 1, errno: 101 } : { sentCount: count, errno: 0 };
  channel.send([outgoing("1"), outgoing("2"), outgoing("3")]);
  assertEquals(hub.flush(), false);
  assertEquals(textsOf(socket()), ["1", "3"]);
  assertEquals([counters.sendFailedCount, lines], [1, ["(VI_1) Cannot send advertisement: E101"]]);
});

Deno.test("AdvertisementHub: what waits for a full kernel queue is bounded, newer replaces older", () => {
  const { hub, attach, socket } = hubbed();
  const { channel, counters } = attach();
  socket().answer = () => ({ sentCount: 0, errno: 105 });
  for (let i = 0; i < 9_000; i++) channel.send([outgoing(`${i}`)]);
  socket().answer = (count) => ({ sentCount: count, errno: 0 });
  hub.flush();
  const sent = textsOf(socket());
  assertEquals([sent.length, sent[0], sent.at(-1)], [8_192, "808", "8999"]);
  assertEquals(counters.sendFailedCount, 808);
});

Deno.test("AdvertisementHub: virtual addresses are counted by instance", () => {
  const { hub } = hubbed();
  const [a, b] = [
    instanceConfig(),
    instanceConfig({ excludedAddresses: [virtualAddress("192.0.2.2")] }),
  ];
  hub.addVirtualAddresses(a);
  hub.addVirtualAddresses(b);
  const virtual = () =>
    ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((text) => hub.isVirtual(ip(text)));
  assertEquals(virtual(), [true, true, false]);
  hub.removeVirtualAddresses(b);
  assertEquals(virtual(), [true, false, false]);
  hub.removeVirtualAddresses(a);
  assertEquals(virtual(), [false, false, false]);
});
