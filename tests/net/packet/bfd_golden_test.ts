/**
 * Every BFD packet of the captures of keepalived, BIRD and FRR: decoded to what its daemon was
 * configured to say, and encoded to the same octets.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  decodeControlPacket,
  encodeControlPacket,
  type ReceivedControlPacket,
} from "../../../net/packet/bfd.ts";
import { decodeUdpFrame } from "../../../net/packet/udp_frame.ts";
import { captureNames, readCapture } from "../../pcap.ts";

interface Case {
  readonly name: string;
  readonly packetCount: number;
  /** The changes in what each router says, in order. */
  readonly said: readonly string[];
}

// deno-fmt-ignore
const CASES: readonly Case[] = [
  { name: "bfd-bird-bird", packetCount: 284, said: [
    "10.99.0.2 down (0) ×3 1000000 100000 0",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 100000 0",
    "10.99.0.1 init (0) ×3 1000000 100000 0",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 0",
    "10.99.0.2 down (1) ×3 1000000 100000 0",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 100000 0",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 0",
    "10.99.0.2 down (1) ×3 1000000 100000 0",
  ] },
  { name: "bfd-bird-frr", packetCount: 269, said: [
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 1000000 50000",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 1000000 1000000 50000",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (1) ×3 1000000 1000000 50000",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 1000000 1000000 50000",
  ] },
  { name: "bfd-frr-frr", packetCount: 252, said: [
    "10.99.0.1 down (0) ×3 1000000 1000000 50000",
    "10.99.0.2 init (0) ×3 1000000 1000000 50000",
    "10.99.0.1 up (0) ×3 100000 100000 50000",
    "10.99.0.2 up (0) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 1000000 1000000 50000",
    "10.99.0.1 init (0) ×3 1000000 1000000 50000",
    "10.99.0.2 up (0) ×3 100000 100000 50000",
    "10.99.0.1 up (0) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 1000000 1000000 50000",
  ] },
  { name: "bfd-ka227-bird", packetCount: 279, said: [
    "10.99.0.2 down (0) ×3 1000000 100000 0",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 100000 0",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 0",
    "10.99.0.2 down (1) ×3 1000000 100000 0",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 100000 0",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 0",
    "10.99.0.2 down (1) ×3 1000000 100000 0",
  ] },
  { name: "bfd-ka227-frr", packetCount: 248, said: [
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 1000000 50000",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 1000000 1000000 50000",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (1) ×3 1000000 1000000 50000",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 100000 100000 50000",
    "10.99.0.2 down (1) ×3 1000000 1000000 50000",
  ] },
  { name: "bfd-ka227-ka227", packetCount: 270, said: [
    "10.99.0.2 down (0) ×3 1000000 100000 0",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 100000 0",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 0",
    "10.99.0.2 down (1) ×3 1000000 100000 0",
    "10.99.0.1 down (0) ×3 1000000 100000 0",
    "10.99.0.2 init (0) ×3 1000000 100000 0",
    "10.99.0.1 up (0) ×3 100000 100000 0",
    "10.99.0.2 up (0) ×3 100000 100000 0",
    "10.99.0.2 down (1) ×3 1000000 100000 0",
  ] },
];

interface Seen {
  readonly source: string;
  readonly bytes: Uint8Array;
}

/** All datagrams of a capture. */
function datagramsOf(name: string): Seen[] {
  return readCapture(name).packets.flatMap(({ bytes }) => {
    const datagram = decodeUdpFrame(bytes);
    if (!datagram) return [];
    assertEquals(datagram.hopLimit, 255);
    return [{ source: datagram.source, bytes: datagram.payload }];
  });
}

function decoded(bytes: Uint8Array): ReceivedControlPacket {
  const packet = decodeControlPacket(bytes);
  assert(typeof packet !== "string", `${packet}`);
  return packet;
}

function changesOf(seen: readonly Seen[]): string[] {
  const last = new Map<string, string>();
  return seen.flatMap(({ source, bytes }) => {
    const packet = decoded(bytes);
    const { state, diagnostic, detectMult } = packet;
    const { desiredMinTxIntervalUs: tx, requiredMinRxIntervalUs: rx } = packet;
    const line = `${source} ${state} (${diagnostic}) ×${detectMult} ${tx} ${rx} ` +
      `${packet.requiredMinEchoRxIntervalUs}`;
    if (last.get(source) === line) return [];
    last.set(source, line);
    return [line];
  });
}

Deno.test("BFD captures: each has its row", () => {
  const present = captureNames().filter((name) => name.startsWith("bfd-"));
  assertEquals(present, CASES.map(({ name }) => name));
});

for (const { name, packetCount, said } of CASES) {
  Deno.test(`BFD captures ${name}: every packet encodes to the same octets`, () => {
    const seen = datagramsOf(name);
    assertEquals(seen.length, packetCount);
    for (const { bytes } of seen) {
      const again = new Uint8Array(bytes.length).fill(0xa5);
      encodeControlPacket(decoded(bytes), again);
      assertEquals(again.toHex(), bytes.toHex());
    }
  });

  Deno.test(`BFD captures ${name}: who said what, in order`, () => {
    assertEquals(changesOf(datagramsOf(name)), [...said]);
  });
}
