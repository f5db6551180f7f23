/**
 * `auth_hmac` as keepalived describes it: the order of its checks, its modes, its numbers.
 *
 * @module
 */
import { SealCount } from "../../../engine/io/authentication_header.ts";
import { WireHabits } from "../../../engine/io/wire_habits.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Family, type Ip, ip } from "../../../net/address.ts";
import { decodeEthernet } from "../../../net/packet/ethernet.ts";
import { decodeIpv4, PROTOCOL_VRRP } from "../../../net/packet/ip.ts";
import { decodeHmacTrailer, HMAC_TRAILER_BYTES } from "../../../net/packet/vrrp_auth.ts";
import { AdvertisementBuilder } from "../../../engine/io/advertisement_builder.ts";
import { HmacVerifier } from "../../../engine/io/hmac_verifier.ts";
import { checkAdvertisement, type VrrpDatagram } from "../../../engine/io/receive_checks.ts";
import type { HmacConfig } from "../../../machines/auth_config.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { instanceConfig, unicastPeer, virtualAddress } from "../../machines/vrrp_config.ts";
import { readCapture } from "../../pcap.ts";

const NOW = 1_700_000_000_000;
const PEER = ip("192.0.2.20");
const KEY = "00".repeat(32);
const OTHER_KEY = "11".repeat(32);
const HMAC: HmacConfig = {
  keys: [{ id: 1, hex: KEY }, { id: 2, hex: OTHER_KEY }],
  activeKey: 1,
  timeWindowSec: 5,
  antiReplay: "time",
  mode: "enforce",
};
const IPV6: Partial<VrrpInstanceConfig> = {
  family: 6,
  multicastGroup: ip("ff02::12"),
  virtualAddresses: [virtualAddress("fe80::1", 64)],
};

/** A neighbour that sends, and a router that judges, each with a clock. */
function neighbours(
  theirs: Partial<HmacConfig> | undefined,
  ours: Partial<HmacConfig> = {},
  change: Partial<VrrpInstanceConfig> = {},
) {
  const clocks = { theirMs: NOW, ourMs: NOW };
  const base = instanceConfig({ vrid: 51, version: 3, ...change });
  const sender = theirs ? { ...base, hmac: { ...HMAC, ...theirs } } : base;
  const receiver = { ...base, hmac: { ...HMAC, ...ours } };
  const verifier = new HmacVerifier(receiver.hmac, receiver, () => clocks.ourMs);
  const memory = { verifier, sealCount: new SealCount() };
  const builder = new AdvertisementBuilder(sender, () => clocks.theirMs, new WireHabits());
  const source = base.family === 4 ? PEER : ip("fe80::20");
  const send = (from: Ip = source, to = base.multicastGroup): VrrpDatagram => {
    builder.setSource(from);
    const [message] = builder.build(100);
    assert(message);
    return { ...opened(base.family, message.bytes), source: from, destination: to, hopLimit: 255 };
  };
  const judge = (datagram: VrrpDatagram) => {
    const checked = checkAdvertisement(datagram, receiver, memory);
    return "rejection" in checked ? checked.rejection : "taken";
  };
  return { clocks, send, judge };
}

function opened(family: Family, bytes: Uint8Array): Pick<VrrpDatagram, "family" | "pdu"> {
  if (family === 6) return { family, pdu: bytes };
  const packet = decodeIpv4(bytes);
  assert(typeof packet !== "string");
  return { family, pdu: packet.payload };
}

function changed({ pdu, ...rest }: VrrpDatagram, at: number, value?: number): VrrpDatagram {
  const bytes = pdu.slice();
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = value ?? (bytes[index] ?? 0) ^ 1;
  return { ...rest, pdu: bytes };
}

// deno-fmt-ignore
const MODES: [theirs: HmacConfig["mode"] | "unsigned", ours: HmacConfig["mode"], verdict: string][] = [
  ["enforce", "enforce", "taken"], ["enforce", "permissive", "taken"], ["enforce", "receiveOnly", "taken"],
  ["permissive", "enforce", "taken"], ["receiveOnly", "enforce", "not signed"], ["unsigned", "enforce", "not signed"],
  ["unsigned", "permissive", "taken"], ["unsigned", "receiveOnly", "taken"], ["receiveOnly", "permissive", "taken"],
];

for (const [theirs, ours, verdict] of MODES) {
  for (
    const [name, change] of [["IPv4", {}], ["IPv6", IPV6], ["version 2", { version: 2 }]] as const
  ) {
    Deno.test(`auth_hmac ${theirs} heard by ${ours}, ${name}: ${verdict}`, () => {
      const { send, judge } = neighbours(theirs === "unsigned" ? undefined : { mode: theirs }, {
        mode: ours,
      }, change);
      assertEquals(judge(send()), verdict);
    });
  }
}

// deno-fmt-ignore
const DAMAGES: [what: string, at: number, value: number | undefined, verdict: string][] = [
  ["priority", 2, undefined, "wrong signature"], ["address", 8, undefined, "wrong signature"],
  ["signature", -1, undefined, "wrong signature"], ["number", -17, undefined, "wrong signature"],
  ["seconds", -24, 0, "stale signature"], ["type", -28, 2, "malformed signature"], ["reserved bits", -26, 1, "malformed signature"],
  ["key that is not known", -27, 9, "unknown key"], ["key that is another", -27, 2, "wrong signature"],
];

for (const [what, at, value, verdict] of DAMAGES) {
  Deno.test(`auth_hmac: another ${what}: ${verdict}`, () => {
    const { send, judge } = neighbours({});
    assertEquals(judge(changed(send(), at, value)), verdict);
    assertEquals(judge(send()), "taken");
  });
}

Deno.test("auth_hmac: the checksum is no part of what is signed, and is checked", () => {
  const { send, judge } = neighbours({});
  assertEquals(judge(changed(send(), 7)), "wrong checksum");
});

Deno.test("auth_hmac: octets too many or too few are no signature", () => {
  const { send, judge } = neighbours({});
  const datagram = send();
  const length = datagram.pdu.length;
  assertEquals(judge({ ...datagram, pdu: datagram.pdu.subarray(0, length - 1) }), "wrong length");
  assertEquals(judge({ ...datagram, pdu: Uint8Array.of(...datagram.pdu, 0) }), "wrong length");
});

Deno.test("auth_hmac: the same again is a replay; the source is signed", () => {
  const { send, judge } = neighbours({});
  const [first, second] = [send(), send()];
  assertEquals(judge(first), "taken");
  assertEquals(judge(first), "replayed signature");
  assertEquals(judge(second), "taken");
  assertEquals(judge(first), "replayed signature");
  assertEquals(judge({ ...second, source: ip("192.0.2.21") }), "wrong signature");
});

Deno.test("auth_hmac: who has no key pushes no number out", () => {
  const { send, judge } = neighbours({});
  const first = send();
  assertEquals(judge(first), "taken");
  for (let i = 30; i < 60; i++) {
    assertEquals(judge(changed({ ...send(), source: ip(`192.0.2.${i}`) }, -1)), "wrong signature");
  }
  assertEquals(judge(first), "replayed signature");
});

Deno.test("auth_hmac: numbers of four senders are kept", () => {
  const { send, judge } = neighbours({});
  const datagrams = [1, 2, 3, 4, 5].map((last) => send(ip(`192.0.2.${last}`)));
  assertEquals(datagrams.map(judge), Array(5).fill("taken"));
  assertEquals(datagrams.toReversed().map(judge), [
    ...Array(4).fill("replayed signature"),
    "taken",
  ]);
});

// deno-fmt-ignore
const CLOCKS: [antiReplay: HmacConfig["antiReplay"], aheadMs: number, verdict: string][] = [
  ["time", 0, "taken"], ["time", 4_900, "taken"], ["time", -4_900, "taken"], ["time", 5_100, "stale signature"], ["time", -5_100, "stale signature"],
  ["monotonic", 5_100, "taken"], ["monotonic", -3_600_000, "taken"],
];

for (const [antiReplay, aheadMs, verdict] of CLOCKS) {
  Deno.test(`auth_hmac by ${antiReplay}: a clock that is ${aheadMs} ms ahead: ${verdict}`, () => {
    const { clocks, send, judge } = neighbours({ antiReplay }, { antiReplay });
    clocks.theirMs += aheadMs;
    assertEquals(judge(send()), verdict);
  });
}

Deno.test("auth_hmac by time, keepalived 2.4.3: a clock set back or forward on both is no end", () => {
  for (const stepMs of [-3_600_000, 3_600_000]) {
    const { clocks, send, judge } = neighbours({});
    assertEquals(judge(send()), "taken");
    clocks.theirMs += stepMs;
    clocks.ourMs += stepMs;
    assertEquals(judge(send()), "taken", String(stepMs));
    assertEquals(judge(send()), "taken");
  }
});

/** Twice the window: a number that came from the future has left it by then. */
const RECOVERY_COUNT = 11;
const [TAKEN, STALE, REPLAYED] = ["taken", "stale signature", "replayed signature"];
// deno-fmt-ignore
const STEPS: [name: string, stepsMs: [theirs: number, ours: number, first: string | undefined, last: string | undefined][]][] = [
  ["the sender's forward, and back", [[3_600_000, 0, STALE, STALE], [0, 0, TAKEN, TAKEN]]],
  ["the sender's back, and forward", [[-3_600_000, 0, STALE, STALE], [0, 0, TAKEN, TAKEN]]],
  ["the receiver's forward, and back", [[0, 3_600_000, STALE, STALE], [0, 0, TAKEN, TAKEN]]],
  ["the receiver's back, and forward", [[0, -3_600_000, STALE, STALE], [0, 0, TAKEN, TAKEN]]],
  ["within the window, there and back", [[4_000, 0, TAKEN, TAKEN], [0, 0, TAKEN, TAKEN], [-4_000, 0, TAKEN, TAKEN], [0, 0, TAKEN, TAKEN]]],
  ["from one edge of the window to the other", [[4_500, 0, TAKEN, TAKEN], [-4_500, 0, REPLAYED, TAKEN], [0, 0, TAKEN, TAKEN]]],
  ["of one after the other", [[3_600_000, 0, STALE, STALE], [3_600_000, 3_600_000, TAKEN, TAKEN], [0, 3_600_000, STALE, STALE], [0, 0, TAKEN, TAKEN]]],
];

for (const [name, steps] of STEPS) {
  Deno.test(`auth_hmac by time, keepalived 2.4.3: a clock is set, ${name}`, () => {
    const { clocks, send, judge } = neighbours({});
    let passedMs = 0;
    for (const [theirs, ours, first, last] of [[0, 0, TAKEN, TAKEN] as const, ...steps]) {
      const verdicts = Array.from({ length: RECOVERY_COUNT }, () => {
        clocks.theirMs = NOW + passedMs + theirs;
        clocks.ourMs = NOW + passedMs + ours;
        passedMs += 1_000;
        return judge(send());
      });
      assertEquals([verdicts[0], verdicts.at(-1)], [first, last], `${theirs} ${ours}`);
    }
  });
}

Deno.test("auth_hmac: numbers grow also while the clock stands still, or goes back a little", () => {
  const { clocks, send } = neighbours({});
  const numbers = [0, 0, -1_000, 0, 5].map((stepMs) => {
    clocks.theirMs += stepMs;
    const trailer = decodeHmacTrailer(send().pdu.subarray(-HMAC_TRAILER_BYTES));
    assert(typeof trailer !== "string");
    return trailer.sequence;
  });
  assertEquals(numbers, numbers.toSorted((a, b) => a < b ? -1 : 1));
  assertEquals(new Set(numbers).size, numbers.length);
});

Deno.test("auth_hmac: unicast peers share a signature; others are not heard", () => {
  const change = { unicastPeers: [unicastPeer("192.0.2.20"), unicastPeer("192.0.2.30")] };
  const { send, judge } = neighbours({}, {}, change);
  const us = ip("192.0.2.20"); // What the first message is addressed to.
  const stranger = send(ip("192.0.2.99"), us);
  assertEquals(judge(stranger), "source is no configured peer");
  assertEquals(judge(send(ip("192.0.2.30"), us)), "taken");
});

Deno.test("auth_hmac: the trailer takes its place from addresses that fit a packet", () => {
  const virtualAddresses = Array.from({ length: 250 }, (_, i) => virtualAddress(`10.0.0.${i}`, 32));
  const lengths = [undefined, HMAC].map((hmac) => {
    const config = instanceConfig({ virtualAddresses, ...(hmac && { hmac }) });
    const builder = new AdvertisementBuilder(config, () => NOW, new WireHabits());
    builder.setSource(PEER, 600);
    return builder.build(100)[0]?.bytes.length ?? 0;
  });
  assert(lengths.every((length) => length <= 600), String(lengths));
});

Deno.test("auth_hmac: what was built ahead is signed when it is sent", () => {
  let nowMs = NOW;
  const builder = new AdvertisementBuilder(
    instanceConfig({ hmac: HMAC }),
    () => nowMs,
    new WireHabits(),
  );
  builder.setSource(PEER);
  const [ahead] = builder.prebuild(100);
  nowMs += 60_000;
  const [sent] = builder.build(100);
  assertNotEquals(
    sent?.bytes.subarray(-HMAC_TRAILER_BYTES),
    ahead?.bytes.subarray(-HMAC_TRAILER_BYTES),
  );
});

Deno.test("auth_hmac: advertisements captured from keepalived are taken, each once", () => {
  const hmac: HmacConfig = {
    ...HMAC,
    keys: [{
      id: 1,
      hex: Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0")).join(""),
    }],
  };
  const config = instanceConfig({
    vrid: 51,
    version: 3,
    virtualAddresses: [virtualAddress("10.99.1.1", 16)],
    hmac,
  });
  let nowMs = 0;
  const verifier = new HmacVerifier(hmac, config, () => nowMs);
  const memory = { verifier, sealCount: new SealCount() };
  const verdicts = readCapture("kahead-v3-v4-hmac").packets.flatMap(({ bytes, timeSec }) => {
    const ethernet = decodeEthernet(bytes);
    const packet = typeof ethernet === "string" ? "" : decodeIpv4(ethernet.payload);
    if (typeof packet === "string" || packet.protocol !== PROTOCOL_VRRP) return [];
    nowMs = timeSec * 1_000;
    const { payload: pdu, source, destination, ttl: hopLimit } = packet;
    const datagram: VrrpDatagram = { family: 4, pdu, source, destination, hopLimit };
    return [0, 1].map(() => {
      const checked = checkAdvertisement(datagram, config, memory);
      return "rejection" in checked ? checked.rejection : "taken";
    });
  });
  assertEquals(verdicts, Array(11).fill(["taken", "replayed signature"]).flat());
});
