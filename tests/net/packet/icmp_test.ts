import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Family, ip } from "../../../net/address.ts";
import { pseudoHeaderSum } from "../../../net/packet/checksum.ts";
import { decodeEcho, type Echo, encodeEcho } from "../../../net/packet/icmp.ts";
import { family, octets, word } from "./arbitraries.ts";

const DATA = new TextEncoder().encode("stayd demo ping");
/** Of 23 octets from fe80::1 to fe80::2, or back. */
const SUM_IPV6 = pseudoHeaderSum(ip("fe80::1"), ip("fe80::2"), 58, 23);
/** Requests Linux 6 answered, and its answers. */
const VECTORS = [
  [4, 0, "request", 1, "0800ea08" + "12340001" + "73746179642064656d6f2070696e67"],
  [4, 0, "reply", 1, "0000f208" + "12340001" + "73746179642064656d6f2070696e67"],
  [6, SUM_IPV6, "request", 2, "800074b1" + "12340002" + "73746179642064656d6f2070696e67"],
  [6, SUM_IPV6, "reply", 2, "810073b1" + "12340002" + "73746179642064656d6f2070696e67"],
] as const;

Deno.test("encodeEcho, decodeEcho RFC 792, RFC 4443 §4: a real conversation both ways", () => {
  for (const [which, sum, kind, sequence, hex] of VECTORS) {
    const echo: Echo = { kind, identifier: 0x1234, sequence, data: DATA };
    assertEquals(encodeEcho(echo, which, sum).toHex(), hex);
    assertEquals(decodeEcho(Uint8Array.fromHex(hex), which, sum), echo);
  }
});

Deno.test("decodeEcho: every flipped bit is refused, every cut too", () => {
  for (const [which, sum, , , hex] of VECTORS) {
    const bytes = Uint8Array.fromHex(hex);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      const reason = decodeEcho(flipped, which, sum);
      // 0800 to 0000 and 8000 to 8100 change the kind, and the sum.
      const expected = bit < 16 && reason === "not an echo" ? reason : "wrong checksum";
      assertEquals(reason, expected, `bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length++) {
      const reason = decodeEcho(bytes.subarray(0, length), which, sum);
      assertEquals(reason, length < 8 ? "too short" : "wrong checksum");
    }
  }
});

Deno.test("decodeEcho: other messages are none", () => {
  const rows: readonly [Family, string][] = [
    [4, "0301000000000000"], // Destination Unreachable.
    [4, "0801000000000000"], // A code.
    [4, "8000000000000000"], // The other family's.
    [6, "0800000000000000"],
    [6, "8700000000000000"], // Neighbor Solicitation.
  ];
  for (const [which, hex] of rows) {
    assertEquals(decodeEcho(Uint8Array.fromHex(hex), which), "not an echo", hex);
  }
});

Deno.test("decodeEcho: over IPv6 the checksum needs its pseudo-header", () => {
  const bytes = Uint8Array.fromHex("8100000012340002");
  assertEquals(typeof decodeEcho(bytes, 6), "object");
  assertEquals(decodeEcho(bytes, 6, SUM_IPV6), "wrong checksum");
  assertEquals(decodeEcho(Uint8Array.fromHex("0000000012340002"), 4), "wrong checksum");
});

Deno.test("decodeEcho: encodes back, over the whole range of every field", () => {
  const echoes = fc.record({
    kind: fc.constantFrom<Echo["kind"][]>("request", "reply"),
    identifier: word,
    sequence: word,
    data: octets(0, 60),
  });
  fc.assert(fc.property(echoes, family, word, (echo, which, sum) => {
    assertEquals(decodeEcho(encodeEcho(echo, which, sum), which, sum), echo);
  }));
});

Deno.test("decodeEcho: never throws", () => {
  const types = fc.constantFrom(0, 8, 128, 129);
  const likely = fc.tuple(types, octets(0, 40)).map(([type, rest]) =>
    Uint8Array.of(type, 0, ...rest)
  );
  fc.assert(fc.property(fc.oneof(octets(0, 40), likely), family, (bytes, which) => {
    const echo = decodeEcho(bytes, which);
    if (typeof echo !== "string") assertEquals(echo.data, bytes.subarray(8));
  }));
});

Deno.test("encodeEcho: asserts ranges", () => {
  const echo: Echo = { kind: "request", identifier: 1, sequence: 1, data: DATA };
  assertThrows(() => encodeEcho({ ...echo, identifier: 0x10000 }, 4));
  assertThrows(() => encodeEcho({ ...echo, sequence: -1 }, 6));
});
