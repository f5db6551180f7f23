/**
 * The echo function between a session and its neighbour.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { decodeEchoPacket, ECHO_BYTES, encodeEchoPacket } from "../../../net/packet/bfd_echo.ts";
import { ip } from "../../../net/address.ts";
import { ADDRESS_B, BfdEnd, BfdPair, NEIGHBOR, SharedTime } from "./bfd_ends.ts";

const ECHO = { txIntervalUs: 50_000, requiredMinRxIntervalUs: 50_000 };
const isEcho = (bytes: Uint8Array) => bytes.length === ECHO_BYTES;

function echoesOf(end: BfdEnd): Uint8Array[] {
  return end.outside.senders.filter(({ options }) => options.port === 3785)
    .flatMap(({ sent }) => sent);
}

Deno.test("BfdEcho RFC 5880 §6.4: Up, echo packets go and come back, and control packets are few", () => {
  const pair = new BfdPair();
  pair.start({ echo: ECHO });
  pair.time.runFor(5_000);
  pair.a.sent.length = 0;
  const before = echoesOf(pair.a).length;
  pair.time.runFor(10_000);
  const sentCount = echoesOf(pair.a).length - before;
  assert(sentCount >= 195, `${sentCount} echo packets`);
  const { counters } = pair.a.io;
  assert(counters.echoesSentCount - counters.echoesReturnedCount <= 1);
  assert(pair.a.sent.length < 20, `${pair.a.sent.length} control packets in 10 s`);
  assertEquals(pair.a.states.at(-1), "up 0");
});

Deno.test("BfdEcho RFC 5880 §6.8.5: too many lost echo packets: Down, diagnostic 2", () => {
  const pair = new BfdPair();
  pair.start({ echo: ECHO });
  pair.time.runFor(5_000);
  const lostMs = pair.time.nowMs;
  pair.passes = (_, bytes) => !isEcho(bytes);
  pair.time.runFor(200);
  const down = pair.a.reports.find(({ state, diagnostic }) => state === "down" && diagnostic === 2);
  assert(down, "within the detection time of the echo function");
  const news = pair.a.sent.find(({ packet }) => packet.diagnostic === 2);
  assert(news && news.atMs - lostMs <= 160, "and it is said at once");
});

Deno.test("BfdEcho: one lost echo packet is not the end", () => {
  const pair = new BfdPair();
  pair.start({ echo: ECHO });
  pair.time.runFor(5_000);
  let count = 0;
  pair.passes = (_, bytes) => !isEcho(bytes) || count++ % 3 !== 0;
  pair.time.runFor(10_000);
  assertEquals(pair.a.states.at(-1), "up 0");
});

Deno.test("BfdEcho RFC 5880 §6.8.9: none are sent while the neighbour takes none, or not Up", () => {
  const pair = new BfdPair();
  pair.start({ echo: ECHO }, { echo: { ...ECHO, requiredMinRxIntervalUs: 0 } });
  pair.time.runFor(5_000);
  assertEquals(pair.a.states.at(-1), "up 0");
  assertEquals(echoesOf(pair.a), []);
  assert(echoesOf(pair.b).length > 50);
});

function listening() {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.start({ echo: { txIntervalUs: 0, requiredMinRxIntervalUs: 50_000 } });
  time.runFor(0);
  return { end, time };
}

Deno.test("EchoReflector RFC 5880 §6.8.8: sends a neighbour's packet back as it is, with TTL 254", () => {
  const { end } = listening();
  const payload = Uint8Array.of(1, 2, 3, 4, 5);
  end.hearBytes(payload, { port: 3785 });
  const [sender] = end.outside.senders.filter(({ options }) => options.port === 3785);
  assertEquals(sender?.options.hopLimit, 254);
  assertEquals(sender?.options.destination, NEIGHBOR);
  assertEquals(sender?.sent, [payload]);
});

// deno-fmt-ignore
const NOT_REFLECTED: [what: string, bytes: Uint8Array, how: object][] = [
  ["what was sent back already", Uint8Array.of(1), { hopLimit: 254 }],
  ["what a stranger sends", Uint8Array.of(1), { source: ip("192.0.2.77") }],
  ["what is too long", new Uint8Array(257), {}],
];
for (const [what, bytes, how] of NOT_REFLECTED) {
  Deno.test(`EchoReflector does not send back ${what}`, () => {
    const { end } = listening();
    end.hearBytes(bytes, { port: 3785, ...how });
    assertEquals(echoesOf(end), []);
  });
}

Deno.test("EchoReflector: a neighbour that sends too many gets few of them back", () => {
  const { end } = listening();
  for (let i = 0; i < 1_000; i++) end.hearBytes(Uint8Array.of(1), { port: 3785 });
  assert(echoesOf(end).length < 100);
});

Deno.test("EchoReflector: nobody listens on its port unless a session has to do with echoes", () => {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.start();
  time.runFor(0);
  assertEquals(end.outside.receivers.map(({ options }) => options.port), [3784]);
});

Deno.test("BfdEcho: an echo packet that this session did not send keeps nothing alive", () => {
  const pair = new BfdPair();
  pair.start({ echo: ECHO });
  pair.time.runFor(5_000);
  const [real] = echoesOf(pair.a).slice(-1);
  assert(real);
  const packet = decodeEchoPacket(real);
  assert(typeof packet !== "string");
  pair.passes = (_, bytes) => !isEcho(bytes);
  const forged = new Uint8Array(ECHO_BYTES);
  encodeEchoPacket({ ...packet, nonce: (packet.nonce ^ 0x100) >>> 0 }, forged);
  for (let i = 0; i < 20; i++) {
    pair.time.at(pair.time.nowMs + 10 * i, () => {
      pair.a.hearBytes(forged, { port: 3785, source: ADDRESS_B, hopLimit: 254 });
    });
  }
  pair.time.runFor(200);
  assert(pair.a.reports.some(({ diagnostic }) => diagnostic === 2));
});
