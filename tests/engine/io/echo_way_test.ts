/**
 * Echo packets by way of the neighbour: which ways are tried, what is sent, and what of others'
 * goes back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import { ip, type Mac, parseMac } from "../../../net/address.ts";
import { ECHO_BYTES } from "../../../net/packet/bfd_echo.ts";
import { decodeUdpFrame, encodeUdpFrame, type UdpFrame } from "../../../net/packet/udp_frame.ts";
import { BfdEnd, NEIGHBOR, SharedTime } from "./bfd_ends.ts";

const OWN = ip("192.0.2.1");
const LINK = 1;
const OWN_MAC = macOf("02:00:00:00:00:01");
const NEIGHBOR_MAC = macOf("02:00:00:00:00:02");
const ECHO = { txIntervalUs: 50_000, requiredMinRxIntervalUs: 50_000 };

function macOf(text: string): Mac {
  const mac = parseMac(text);
  assert(mac !== undefined);
  return mac;
}

/** Up, with an echo packet every 50 ms at most, and a neighbour of which the kernel knows. */
function up(change: Partial<BfdSessionConfig> = {}) {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.outside.links.addLink("eth0", LINK);
  end.outside.neighborMacs.set(NEIGHBOR, NEIGHBOR_MAC);
  end.start({ echo: ECHO, detectMult: 9, ...change });
  time.runFor(0);
  const requiredMinEchoRxIntervalUs = 50_000;
  end.hear("init", { requiredMinEchoRxIntervalUs });
  end.hear("up", { requiredMinEchoRxIntervalUs, final: true });
  time.runFor(0);
  return { end, time };
}

function framesOf({ outside }: BfdEnd): UdpFrame[] {
  return outside.frames.flatMap(({ bytes }) => decodeUdpFrame(bytes) ?? []);
}

/** Where the echo packets since the last call went. */
function destinationsOf({ outside }: BfdEnd): string[] {
  const frames = outside.frames.splice(0).flatMap(({ bytes }) => decodeUdpFrame(bytes) ?? []);
  return frames.map(({ destination }) => destination === OWN ? "ourselves" : "neighbor");
}

/** The last echo packet by a way comes back. */
function giveBack(end: BfdEnd, frame: UdpFrame): void {
  if (frame.destination === OWN) return hearFrame(end, { ...frame, hopLimit: 254 });
  end.hearBytes(frame.payload, { port: 3785, hopLimit: 254 });
}

function hearFrame({ outside }: BfdEnd, frame: UdpFrame): void {
  for (const { options, closed } of outside.returns) {
    if (!closed) options.onReceived({ bytes: encodeUdpFrame(frame), interfaceIndex: LINK });
  }
}

Deno.test("BfdEcho RFC 5881 §4: addressed to ourselves, and handed to the neighbor", () => {
  const { end } = up();
  const [, forwarded] = framesOf(end);
  assert(forwarded);
  const { payload, ...rest } = forwarded;
  assertEquals(payload.length, ECHO_BYTES);
  assertEquals(rest, {
    ...{ sourceMac: OWN_MAC, destinationMac: NEIGHBOR_MAC, source: OWN, destination: OWN },
    ...{ sourcePort: 3785, destinationPort: 3785, hopLimit: 255, trafficClass: 0xc0 },
  });
});

for (const [i, way] of ["neighbor", "ourselves"].entries()) {
  Deno.test(`BfdEcho: both ways are tried until one proves good: to ${way}`, () => {
    const { end, time } = up();
    time.runFor(100);
    const frames = framesOf(end);
    assert(frames.length >= 4, "by both ways");
    const last = frames.slice(-2)[i];
    assert(last);
    giveBack(end, last);
    destinationsOf(end);
    time.runFor(50);
    assertEquals(destinationsOf(end), [way]);
    assertEquals(end.io.counters.echoesReturnedCount, 1);
    // It does not come back: the other one may.
    time.runFor(50);
    assertEquals(destinationsOf(end), ["neighbor", "ourselves"]);
  });
}

Deno.test("BfdEcho: a neighbor with another MAC address is found at the next packet", () => {
  const { end, time } = up();
  const mac = macOf("02:00:00:00:00:77");
  end.outside.neighborMacs.set(NEIGHBOR, mac);
  end.outside.frames.length = 0;
  time.runFor(50);
  assertEquals(framesOf(end).map(({ destinationMac }) => destinationMac), [mac, mac]);
});

Deno.test("BfdEcho: what comes back by both ways, or twice, counts once", () => {
  const { end } = up();
  for (const frame of framesOf(end)) {
    giveBack(end, frame);
    giveBack(end, frame);
  }
  assertEquals(end.io.counters.echoesReturnedCount, 1);
});

Deno.test("BfdEcho: without a neighbor's MAC address a socket sends them to it", () => {
  const { end, time } = up();
  end.outside.neighborMacs.clear();
  end.outside.frames.length = 0;
  time.runFor(200);
  assertEquals(end.outside.frames, []);
  const sockets = end.outside.senders.filter(({ options }) => options.port === 3785);
  assert(sockets.some(({ sent }) => sent.length > 0));
});

Deno.test("BfdEcho: nobody forwards to link-local addresses", () => {
  const remoteIp = ip("fe80::2");
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.outside.links.addLink("eth0", LINK);
  end.outside.neighborMacs.set(remoteIp, NEIGHBOR_MAC);
  end.start({ echo: ECHO, remoteIp, interface: "eth0" });
  time.runFor(0);
  for (const state of ["init", "up"] as const) {
    const from = { source: remoteIp, destination: ip("fe80::1") };
    end.hear(state, { requiredMinEchoRxIntervalUs: 50_000 }, from);
  }
  time.runFor(100);
  const frames = framesOf(end);
  assert(frames.length > 0);
  assertEquals(new Set(frames.map(({ destination }) => destination)), new Set([remoteIp]));
});

/** An echo packet of the neighbour, addressed to itself by way of us. */
const THEIRS: UdpFrame = {
  sourceMac: NEIGHBOR_MAC,
  destinationMac: OWN_MAC,
  source: NEIGHBOR,
  destination: NEIGHBOR,
  sourcePort: 3785,
  destinationPort: 3785,
  hopLimit: 255,
  trafficClass: 0,
  payload: Uint8Array.of(1, 2, 3),
};

function listening(change: Partial<BfdSessionConfig> = {}) {
  const session = up({ echo: { ...ECHO, txIntervalUs: 0 }, ...change });
  assertEquals(session.end.outside.frames, []);
  return session.end;
}

Deno.test("EchoReflector RFC 5880 §6.8.8: what a neighbor sends to itself by way of us goes back", () => {
  const end = listening();
  hearFrame(end, THEIRS);
  assertEquals(framesOf(end), [
    { ...THEIRS, sourceMac: OWN_MAC, destinationMac: NEIGHBOR_MAC, hopLimit: 254 },
  ]);
});

// deno-fmt-ignore
const NOT_FORWARDED: [what: string, frame: Partial<UdpFrame>, session?: Partial<BfdSessionConfig>][] = [
  ["what was forwarded already", { hopLimit: 254 }],
  ["what a stranger sends", { source: ip("192.0.2.77"), destination: ip("192.0.2.77") }],
  ["what is for another host", { destinationMac: NEIGHBOR_MAC }],
  ["what is too long", { payload: new Uint8Array(257) }],
  ["what comes by another interface", {}, { interface: "eth9" }],
  ["anything, if the session takes none", {}, { echo: { txIntervalUs: 0, requiredMinRxIntervalUs: 0 } }],
];
for (const [what, frame, session] of NOT_FORWARDED) {
  Deno.test(`EchoReflector does not forward ${what}`, () => {
    const time = new SharedTime();
    const end = new BfdEnd(time);
    end.outside.links.addLink("eth0", LINK);
    end.start({ echo: { ...ECHO, txIntervalUs: 0 }, ...session });
    time.runFor(0);
    hearFrame(end, { ...THEIRS, ...frame });
    assertEquals(end.outside.frames, []);
  });
}

Deno.test("EchoReflector: where the kernel forwards we do not", () => {
  const end = listening();
  end.outside.isForwarding = true;
  hearFrame(end, THEIRS);
  assertEquals(end.outside.frames, []);
});

Deno.test("EchoReflector: a neighbor that floods gets few back, and the kernel takes a sample", () => {
  const end = listening();
  for (let i = 0; i < 3_000; i++) hearFrame(end, THEIRS);
  assert(end.outside.frames.length < 100);
  assertEquals(end.outside.returns.map(({ sampled }) => sampled), [[NEIGHBOR]]);
});
