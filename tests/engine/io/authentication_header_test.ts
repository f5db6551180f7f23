/**
 * `auth_type AH` beside keepalived's own packets: what it sent is taken, and what we send in its
 * place is the same, octet for octet.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { decodeEthernet } from "../../../net/packet/ethernet.ts";
import { decodeIpv4, PROTOCOL_AH } from "../../../net/packet/ip.ts";
import { AdvertisementBuilder } from "../../../engine/io/advertisement_builder.ts";
import { SealCount } from "../../../engine/io/authentication_header.ts";
import { WireHabits } from "../../../engine/io/wire_habits.ts";
import { AdvertisementHub, type Subscriber } from "../../../engine/io/advertisement_hub.ts";
import { newCounters } from "../../../engine/io/vrrp_counters.ts";
import { Log } from "../../../engine/log.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { instanceConfig, unicastPeer, virtualAddress } from "../../machines/vrrp_config.ts";
import { readCapture } from "../../pcap.ts";
import { FakeOutside } from "./fake_outside.ts";

/** As in tests/golden/pcap/ka227-v2-ah.pcap. */
const CONFIG = instanceConfig({
  version: 2,
  vrid: 51,
  password: "s3cretpw",
  authenticationHeader: true,
  advertisementIntervalCs: 100,
  virtualAddresses: [virtualAddress("10.99.1.1", 16)],
});

/** IPv4 packets with an Authentication Header, in order. */
const CAPTURED = readCapture("ka227-v2-ah").packets.flatMap(({ bytes }) => {
  const ethernet = decodeEthernet(bytes);
  const packet = typeof ethernet === "string" ? "" : decodeIpv4(ethernet.payload);
  if (typeof ethernet === "string" || typeof packet === "string") return [];
  const { paddingBytes, protocol, payload, ...header } = packet;
  const whole = ethernet.payload.subarray(0, ethernet.payload.length - paddingBytes);
  return protocol === PROTOCOL_AH ? [{ ...header, payload, whole }] : [];
});

/** A router that hears packets, and what becomes of them. */
function listener(change: Partial<VrrpInstanceConfig> = {}) {
  const outside = new FakeOutside();
  const hub = new AdvertisementHub(outside, new Log(() => {}, () => 0));
  const counters = newCounters();
  const config = { ...CONFIG, ...change };
  const heard: number[] = [];
  const subscriber: Subscriber = {
    config: () => config,
    primaryIp: () => ip("10.99.0.9"),
    counters,
    habits: new WireHabits(),
    accepted: ({ priority }) => heard.push(priority),
  };
  hub.attach(config, undefined, subscriber);
  const [socket] = outside.sockets;
  assert(socket);
  return { hear: (bytes: Uint8Array) => socket.receive({ bytes }), heard, counters, socket };
}

const rejected = ({ counters }: ReturnType<typeof listener>) =>
  Object.fromEntries(counters.rejected);

Deno.test("Authentication Header: keepalived's advertisements are taken, each once", () => {
  const router = listener();
  for (const { whole } of CAPTURED) router.hear(whole);
  assertEquals(router.heard, [200, 200, 200, 200, 200, 200, 0, 100, 100, 100, 100]);
  for (const { whole } of CAPTURED) router.hear(whole);
  assertEquals(rejected(router), { "replayed authentication header": CAPTURED.length });
  assertEquals(router.socket.options.protocol, PROTOCOL_AH);
});

Deno.test("Authentication Header: in keepalived's place we send what it sends", () => {
  const count = new SealCount();
  for (const [i, { source, identification, payload, whole }] of CAPTURED.entries()) {
    const builder = new AdvertisementBuilder(CONFIG, () => 0, {
      sealCount: count,
      checksum: new WireHabits().checksum,
    });
    builder.setSource(source);
    const priority = payload[26] ?? 0; // Behind the header's 24 octets, version and VRID.
    const [message] = builder.build(priority);
    assert(message);
    // The number is ours, and signed: it is the only difference that may be.
    const ours = decodeIpv4(message.bytes);
    assert(typeof ours !== "string");
    assertEquals(ours.identification, 1);
    if (identification === 1) assertEquals(message.bytes, whole.slice(), `packet ${i}`);
    assertEquals(ours.payload.subarray(0, 12), payload.subarray(0, 12), `packet ${i}`);
    assertEquals(ours.payload.subarray(24), payload.subarray(24), `packet ${i}`);
  }
  assert(CAPTURED.some(({ identification }) => identification === 1));
});

/** Captured from keepalived 2.2.7 with `unicast_peer { 10.0.0.2 }`, priority 200, 10.0.0.100. */
const UNICAST = "45c0004000010000ff33a6c70a0000010a000002700400000a000001000000014e76d6a2149173f0" +
  "c4768efd2133c80102010a660a0000640000000000000000";

Deno.test("Authentication Header: keepalived leaves the TTL out in unicast packets, as we do", () => {
  const virtualAddresses = [virtualAddress("10.0.0.100", 32)];
  const there = { virtualAddresses, unicastPeers: [unicastPeer("10.0.0.1", { hopLimitMin: 0 })] };
  const router = listener(there);
  const packet = Uint8Array.fromHex(UNICAST);
  const farther = packet.slice();
  farther[8] = 254;
  router.hear(farther);
  assertEquals([router.heard, rejected(router)], [[200], {}]);
  const here = { ...CONFIG, virtualAddresses, unicastPeers: [unicastPeer("10.0.0.2")] };
  const builder = new AdvertisementBuilder(here, () => 0, new WireHabits());
  builder.setSource(ip("10.0.0.1"));
  assertEquals(builder.build(200)[0]?.bytes.toHex(), UNICAST);
});

// deno-fmt-ignore
const WRONG: [what: string, change: Partial<VrrpInstanceConfig>, rejection: string][] = [
  ["another password", { password: "other" }, "wrong authentication header"],
  ["another interval", { advertisementIntervalCs: 200 }, "interval differs"],
];

for (const [what, change, rejection] of WRONG) {
  Deno.test(`Authentication Header: ${what}: ${rejection}`, () => {
    const router = listener(change);
    for (const { whole } of CAPTURED) router.hear(whole);
    assertEquals([router.heard, rejected(router)], [[], { [rejection]: CAPTURED.length }]);
  });
}

Deno.test("Authentication Header: no other octet may change", () => {
  const [first] = CAPTURED;
  assert(first);
  const unsigned = [1, 6, 7, 10, 11]; // Type of service, fragments, header checksum.
  for (const at of first.whole.keys()) {
    if (unsigned.includes(at)) continue;
    const router = listener();
    const changed = first.whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x80;
    router.hear(changed);
    assertEquals(router.heard, [], `octet ${at}`);
  }
});

Deno.test("Authentication Header: a router goes on counting where it heard another one", () => {
  const count = new SealCount();
  count.note(0xffff_fffe);
  assertEquals([count.next(), count.next(), count.next()], [0xffff_ffff, 0, 1]);
  assertEquals([count.isNew(2), count.isNew(1), count.isNew(0xffff_ffff)], [true, false, false]);
});

Deno.test("Authentication Header: unicast peers get the same number, each its own seal", () => {
  const unicastPeers = [unicastPeer("10.99.0.2"), unicastPeer("10.99.0.3")];
  const builder = new AdvertisementBuilder({ ...CONFIG, unicastPeers }, () => 0, new WireHabits());
  builder.setSource(ip("10.99.0.1"));
  const [one, other] = builder.build(100).map(({ bytes }) => bytes);
  assert(one && other);
  assertEquals(one.subarray(28, 32), other.subarray(28, 32));
  assert(String(one.subarray(32, 44)) !== String(other.subarray(32, 44)));
});
