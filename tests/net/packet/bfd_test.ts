import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  BFD_STATES,
  CONTROL_BYTES,
  type ControlPacket,
  decodeControlPacket,
  DIAGNOSTIC,
  encodeControlPacket,
} from "../../../net/packet/bfd.ts";
import { longWord, octet, octets } from "./arbitraries.ts";

/** Up, ×3, 100 ms both ways, discriminators 0x11223344 and 0x55667788. */
const UP_HEX = "20c003181122334455667788000186a0000186a000000000";
const UP: ControlPacket = {
  diagnostic: DIAGNOSTIC.none,
  state: "up",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMult: 3,
  myDiscriminator: 0x11223344,
  yourDiscriminator: 0x55667788,
  desiredMinTxIntervalUs: 100_000,
  requiredMinRxIntervalUs: 100_000,
  requiredMinEchoRxIntervalUs: 0,
};

function encoded(change: Partial<ControlPacket> = {}, sectionBytes = 0): Uint8Array {
  const bytes = new Uint8Array(CONTROL_BYTES + sectionBytes).fill(0xa5);
  encodeControlPacket({ ...UP, ...change }, bytes);
  return bytes;
}

/** The packet of {@linkcode UP_HEX} with octets replaced from an offset on. */
function changed(at: number, hex: string): Uint8Array {
  const bytes = Uint8Array.fromHex(UP_HEX);
  bytes.set(Uint8Array.fromHex(hex), at);
  return bytes;
}

// deno-fmt-ignore
const FIELDS: readonly [what: string, change: Partial<ControlPacket>, at: number, hex: string][] = [
  ["diagnostic", { diagnostic: 31 }, 0, "3f"],
  ["AdminDown, diagnostic 7", { state: "adminDown", diagnostic: 7 }, 0, "2700"],
  ["Down", { state: "down" }, 1, "40"],
  ["Init", { state: "init" }, 1, "80"],
  ["Poll", { poll: true }, 1, "e0"],
  ["Final", { final: true }, 1, "d0"],
  ["Control Plane Independent", { controlPlaneIndependent: true }, 1, "c8"],
  ["Demand", { demand: true }, 1, "c2"],
  ["Detect Mult", { detectMult: 255 }, 2, "ff"],
  ["My Discriminator", { myDiscriminator: 0xffff_fffe }, 4, "fffffffe"],
  ["Your Discriminator", { yourDiscriminator: 1 }, 8, "00000001"],
  ["Desired Min TX Interval", { desiredMinTxIntervalUs: 0xffff_ffff }, 12, "ffffffff"],
  ["Required Min RX Interval", { requiredMinRxIntervalUs: 0 }, 16, "00000000"],
  ["Required Min Echo RX Interval", { requiredMinEchoRxIntervalUs: 50_000 }, 20, "0000c350"],
];

for (const [what, change, at, hex] of FIELDS) {
  Deno.test(`encodeControlPacket, decodeControlPacket §4.1 both ways: ${what}`, () => {
    const bytes = changed(at, hex);
    assertEquals(encoded(change).toHex(), bytes.toHex());
    const packet = { ...UP, ...change, isAuthenticated: false, lengthBytes: CONTROL_BYTES };
    assertEquals(decodeControlPacket(bytes), packet);
  });
}

// deno-fmt-ignore
const REFUSED: readonly [why: ReturnType<typeof decodeControlPacket>, bytes: Uint8Array][] = [
  ["too short", new Uint8Array(0)],
  ["too short", Uint8Array.fromHex(UP_HEX).subarray(0, 23)],
  ["unknown version", changed(0, "00")],
  ["unknown version", changed(0, "40")],
  ["unknown version", changed(0, "e0c00017")], // Before its length.
  ["wrong length", changed(3, "17")],
  ["wrong length", changed(1, "c40318")], // 24 octets with the A bit.
  ["wrong length", changed(1, "c40319")],
  ["wrong length", changed(2, "0017")], // Before its multiplier.
  ["truncated", changed(3, "19")],
  ["truncated", changed(2, "0019")], // Before its multiplier.
  ["zero detect mult", changed(2, "00")],
  ["zero detect mult", changed(1, "c100")], // Before its M bit.
  ["multipoint", changed(1, "c1")],
  ["multipoint", changed(1, "c1031800000000")], // Before its discriminator.
  ["zero my discriminator", changed(4, "00000000")],
  ["zero my discriminator", changed(4, "0000000000000000")], // Before your discriminator.
  ["zero your discriminator", changed(8, "00000000")],
];

for (const [i, [why, bytes]] of REFUSED.entries()) {
  Deno.test(`decodeControlPacket §6.8.6 refuses ${why} (${i + 1})`, () => {
    assertEquals(decodeControlPacket(bytes), why);
  });
}

Deno.test("decodeControlPacket §6.8.6: Your Discriminator 0 is for Down and AdminDown only", () => {
  for (const [state, flags] of BFD_STATES.entries()) {
    const bytes = changed(1, (state << 6).toString(16).padStart(2, "0"));
    bytes.fill(0, 8, 12);
    const isTaken = flags === "down" || flags === "adminDown";
    assertEquals(typeof decodeControlPacket(bytes) !== "string", isTaken, flags);
  }
});

Deno.test("decodeControlPacket §6.8.6: octets behind Length are no reason to discard", () => {
  const packet = decodeControlPacket(Uint8Array.fromHex(UP_HEX + "ffff"));
  assert(typeof packet !== "string");
  assertEquals(packet.lengthBytes, 24);
});

Deno.test("encodeControlPacket §6.8.7: the A bit and Length are those of the section", () => {
  const bytes = encoded({}, 9);
  assertEquals(bytes.toHex().slice(0, 8), "20c40321");
  const packet = decodeControlPacket(bytes);
  assert(typeof packet !== "string");
  assertEquals([packet.isAuthenticated, packet.lengthBytes], [true, 33]);
});

Deno.test("encodeControlPacket: asserts what only we can get wrong", () => {
  const wrong: Partial<ControlPacket>[] = [
    { poll: true, final: true }, // §6.5
    { diagnostic: 32 },
    { diagnostic: -1 },
    { detectMult: 0 },
    { detectMult: 256 },
    { myDiscriminator: 0 },
    { myDiscriminator: 2 ** 32 },
    { yourDiscriminator: -1 },
    { desiredMinTxIntervalUs: 0.5 },
    { requiredMinRxIntervalUs: NaN },
  ];
  for (const change of wrong) assertThrows(() => encoded(change), JSON.stringify(change));
  assertThrows(() => encodeControlPacket(UP, new Uint8Array(23)));
  assertThrows(() => encodeControlPacket(UP, new Uint8Array(25)));
  assertThrows(() => encodeControlPacket(UP, new Uint8Array(256)));
});

Deno.test("decodeControlPacket: encodes back, over the whole range of every field", () => {
  const packets = fc.record({
    diagnostic: fc.nat({ max: 31 }),
    state: fc.constantFrom(...BFD_STATES),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    detectMult: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
    yourDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
    desiredMinTxIntervalUs: longWord,
    requiredMinRxIntervalUs: longWord,
    requiredMinEchoRxIntervalUs: longWord,
  }).filter(({ poll, final }) => !(poll && final));
  fc.assert(fc.property(packets, (packet) => {
    const again = { ...packet, isAuthenticated: false, lengthBytes: CONTROL_BYTES };
    assertEquals(decodeControlPacket(encoded(packet)), again);
  }));
});

Deno.test("decodeControlPacket: never throws, whatever the octets", () => {
  fc.assert(fc.property(octets(0, 64), (bytes) => {
    decodeControlPacket(bytes);
  }));
  const flips = fc.record({ at: fc.nat({ max: 23 }), value: octet, length: fc.nat({ max: 24 }) });
  fc.assert(fc.property(flips, ({ at, value, length }) => {
    const packet = decodeControlPacket(Uint8Array.fromHex(UP_HEX).with(at, value).slice(0, length));
    if (typeof packet === "string") return;
    assertEquals(length, 24);
    assert(packet.detectMult > 0 && packet.myDiscriminator > 0);
  }));
});
