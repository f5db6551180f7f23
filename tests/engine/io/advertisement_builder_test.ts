/**
 * What we send is, octet for octet, what keepalived and FRR send from the same configuration.
 *
 * @module
 */
import { WireHabits } from "../../../engine/io/wire_habits.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AdvertisementBuilder } from "../../../engine/io/advertisement_builder.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { type Ip, ip } from "../../../net/address.ts";
import { decodeEthernet } from "../../../net/packet/ethernet.ts";
import { pseudoHeaderSum } from "../../../net/packet/checksum.ts";
import { decodeIpv4, decodeIpv6, encodeIpv4, PROTOCOL_VRRP } from "../../../net/packet/ip.ts";
import { checksumIsRight } from "../../../net/packet/vrrp.ts";
import { instanceConfig, unicastPeer, virtualAddress } from "../../machines/vrrp_config.ts";
import { dissect, type SeenAdvertisement } from "../../net/packet/dissect.ts";
import { readCapture } from "../../pcap.ts";

type Change = Partial<VrrpInstanceConfig>;

const V4: Change = { virtualAddresses: [virtualAddress("10.99.1.1", 16)] };
const V6: Change = {
  family: 6,
  multicastGroup: ip("ff02::12"),
  virtualAddresses: [virtualAddress("fe80::51", 64), virtualAddress("fd99::51", 64)],
};
const V2: Change = { ...V4, version: 2 };
const WITHOUT_PSEUDO_HEADER: Change = { ...V4, checksumIncludesPseudoHeader: false };

// deno-fmt-ignore
const CAPTURES: [name: string, Change, count: number][] = [
  ["ka227-v2-noauth", V2, 11],
  ["ka227-v2-pass", { ...V2, password: "s3cretpw" }, 11],
  ["ka227-v2-unicast", V2, 11],
  ["ka227-v3-v4-mcast", { ...V4, advertisementIntervalCs: 50 }, 25],
  ["ka227-v3-v4-unicast", V4, 11],
  ["ka227-v3-v4-vmac", V4, 11],
  ["ka227-v3-v6-mcast", V6, 11],
  ["ka227-v3-v6-unicast", { ...V6, unicastHopLimit: 64 }, 11],
  ["frr-v2-v4", V2, 11],
];

for (const [name, change, count] of CAPTURES) {
  Deno.test(`AdvertisementBuilder RFC9568 §7.2 sends the octets of ${name}`, () => {
    const packets = advertisementsOf(name);
    assertEquals(packets.length, count);
    for (const { seen, packet } of packets) {
      assertEquals(hex(rebuilt(seen, packet, change)), hex(packet));
    }
  });
}

Deno.test("AdvertisementBuilder RFC9568 §5.2.8 IPv4 checksum with and without pseudo-header", () => {
  const source = ip("10.99.0.1");
  const checksumOf = (change: Change) => {
    const [built] = builderFor(change, source).build(200);
    assert(built);
    return new DataView(built.bytes.buffer).getUint16(20 + 6);
  };
  const withHeader = checksumOf(V4);
  const without = checksumOf(WITHOUT_PSEUDO_HEADER);
  assert(withHeader !== without);
  // 0x3133 + 0xc801 + 0x0064 + 0x0a63 + 0x0101 = 0x104fc, folded and complemented.
  assertEquals(without, 0xfb02);
});

Deno.test("AdvertisementBuilder: unicast is one packet for each peer, each with its own checksum", () => {
  const peers = ["192.0.2.20", "192.0.2.30"];
  const config = { unicastPeers: peers.map((peer) => unicastPeer(peer)), unicastHopLimit: 7 };
  const built = builderFor(config, ip("192.0.2.10")).build(100);
  assertEquals(built.map(({ destination }) => destination), peers.map((peer) => ip(peer)));
  assertEquals(built.map(({ hopLimit }) => hopLimit), [7, 7]);
  const packets = built.map(({ bytes }) => decodeIpv4(bytes, "verified"));
  const checksums = packets.map((packet) => {
    assert(typeof packet !== "string");
    assertEquals(packet.ttl, 7);
    return new DataView(packet.payload.slice().buffer).getUint16(6);
  });
  assertEquals((checksums[0] ?? 0) - (checksums[1] ?? 0), 10);
});

Deno.test("AdvertisementBuilder: old checksums, always, never, or as soon as a peer has one", () => {
  const checksum = (change: Change, heard: boolean) => {
    const habits = new WireHabits();
    const config = instanceConfig({ unicastPeers: [unicastPeer("192.0.2.20")], ...change });
    const builder = new AdvertisementBuilder(config, () => 0, habits);
    builder.setSource(ip("192.0.2.10"));
    builder.prebuild(100);
    if (heard) habits.checksum.hear(config);
    const [built] = builder.build(100);
    const packet = built && decodeIpv4(built.bytes, "verified");
    assert(packet && typeof packet !== "string");
    const sumFor = (to: Ip) =>
      pseudoHeaderSum(packet.source, to, PROTOCOL_VRRP, packet.payload.length);
    if (checksumIsRight(packet.payload, sumFor(ip("224.0.0.18")))) return "old";
    return checksumIsRight(packet.payload, sumFor(packet.destination)) ? "usual" : "wrong";
  };
  assertEquals([false, true].map((heard) => checksum({}, heard)), ["usual", "old"]);
  const always = { oldUnicastChecksum: true };
  assertEquals([false, true].map((heard) => checksum(always, heard)), ["old", "old"]);
  const never = { oldUnicastChecksum: false };
  assertEquals([false, true].map((heard) => checksum(never, heard)), ["usual", "usual"]);
});

Deno.test("AdvertisementBuilder: no addresses are named where there are none", () => {
  for (const [change, lengthBytes] of [[V4, 28], [V2, 36], [V6, 8]] as const) {
    const source = ip(change === V6 ? "fe80::1" : "192.0.2.10");
    const builder = builderFor({ ...change, virtualAddresses: [] }, source);
    assertEquals(builder.build(100).map(({ bytes }) => bytes.length), [lengthBytes]);
  }
});

Deno.test("AdvertisementBuilder: identifications count up over all packets, and wrap", () => {
  const builder = builderFor({}, ip("192.0.2.10"));
  const next = () => {
    const [built] = builder.build(100);
    const packet = built && decodeIpv4(built.bytes);
    assert(packet && typeof packet !== "string");
    return packet.identification;
  };
  assertEquals([next(), next(), next()], [1, 2, 3]);
  for (let i = 3; i < 0xffff; i++) builder.build(100);
  assertEquals([next(), next()], [0, 1]);
});

Deno.test("AdvertisementBuilder: a new source is used from then on", () => {
  const builder = builderFor({}, ip("192.0.2.10"));
  builder.build(100);
  builder.setSource(ip("192.0.2.11"));
  const [built] = builder.build(100);
  assert(built);
  const packet = decodeIpv4(built.bytes, "verified");
  assert(typeof packet !== "string");
  const source = ip("192.0.2.11");
  assertEquals([built.source, packet.source], [source, source]);
  const { destination, payload } = packet;
  const sum = pseudoHeaderSum(source, destination, PROTOCOL_VRRP, payload.length);
  assert(checksumIsRight(payload, sum), "the checksum covers the new source");
});

Deno.test("AdvertisementBuilder: each priority has its own message", () => {
  const builder = builderFor({}, ip("192.0.2.10"));
  const priorities = [100, 0, 100, 255].map((priority) => {
    const [built] = builder.build(priority);
    return built?.bytes[20 + 2];
  });
  assertEquals(priorities, [100, 0, 100, 255]);
});

Deno.test("AdvertisementBuilder: without a source it is a bug to build", () => {
  assertThrows(() =>
    new AdvertisementBuilder(instanceConfig(), () => 0, new WireHabits()).build(100)
  );
});

function builderFor(change: Change, source: Ip): AdvertisementBuilder {
  const builder = new AdvertisementBuilder(
    instanceConfig({ vrid: 51, ...change }),
    () => 0,
    new WireHabits(),
  );
  builder.setSource(source);
  return builder;
}

/** The network-layer packet that we send where `seen` was sent. */
function rebuilt(seen: SeenAdvertisement, packet: Uint8Array, change: Change): Uint8Array {
  const isMulticast = ["224.0.0.18", "ff02::12"].includes(seen.destination);
  const peers = isMulticast ? [] : [unicastPeer(seen.destination)];
  const builder = builderFor({ ...change, unicastPeers: peers }, seen.source);
  const [built] = builder.build(seen.advertisement.priority);
  assert(built !== undefined);
  assertEquals(built.destination, seen.destination);
  assertEquals(built.hopLimit, seen.hopLimit);
  if (seen.family === 6) return Uint8Array.of(...packet.subarray(0, 40), ...built.bytes);
  // Identifications count on each side for itself.
  const [ours, theirs] = [decodeIpv4(built.bytes, "verified"), decodeIpv4(packet)];
  assert(typeof ours !== "string" && typeof theirs !== "string");
  const { identification, flagsAndOffset } = theirs;
  return encodeIpv4({ ...ours, identification, flagsAndOffset });
}

function advertisementsOf(name: string): { seen: SeenAdvertisement; packet: Uint8Array }[] {
  return readCapture(name).packets.flatMap(({ bytes }) => {
    const dissected = dissect(bytes);
    const frame = decodeEthernet(bytes);
    if (typeof dissected === "string" || typeof frame === "string" || !dissected.seen) return [];
    const { seen } = dissected;
    const packet = seen.family === 6 ? decodeIpv6(frame.payload) : decodeIpv4(frame.payload);
    assert(typeof packet !== "string");
    const lengthBytes = frame.payload.length - packet.paddingBytes;
    return [{ seen, packet: frame.payload.subarray(0, lengthBytes) }];
  });
}

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}
