import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import { decodeUdp, encodeUdp, type MalformedUdp, type UdpPath } from "../../../net/packet/udp.ts";

const PATH4: UdpPath = { source: ip("192.0.2.1"), destination: ip("192.0.2.2") };
const PATH6: UdpPath = { source: ip("2001:db8::1"), destination: ip("2001:db8::2") };
const PORT = fc.integer({ min: 1, max: 65_535 });

Deno.test("encodeUdp, decodeUdp: both ways, in both families", () => {
  fc.assert(
    fc.property(
      fc.record({
        sourcePort: PORT,
        destinationPort: PORT,
        payload: fc.uint8Array({ maxLength: 64 }),
      }),
      fc.constantFrom(PATH4, PATH6),
      (datagram, path) => {
        assertEquals(decodeUdp(encodeUdp(datagram, path), path), datagram);
      },
    ),
  );
});

Deno.test("decodeUdp: a flipped bit is seen", () => {
  const bytes = encodeUdp(
    { sourcePort: 1, destinationPort: 2, payload: Uint8Array.of(1, 2, 3) },
    PATH4,
  );
  for (let at = 0; at < bytes.length * 8; at++) {
    const [octet, bit] = [at >> 3, 1 << (at & 7)];
    const bad = bytes.map((value, i) => i === octet ? value ^ bit : value);
    const isLength = octet === 4 || octet === 5;
    const result = decodeUdp(bad, PATH4);
    assertEquals(typeof result, "string", `bit ${at}${isLength ? ", of the length" : ""}`);
  }
});

// deno-fmt-ignore
const BAD: [what: string, bytes: Uint8Array, path: UdpPath, expected: MalformedUdp][] = [
  ["seven octets", new Uint8Array(7), PATH4, "too short"],
  ["a length below the header's", Uint8Array.of(0, 1, 0, 2, 0, 7, 0, 0), PATH4, "wrong length"],
  ["a length beyond the end", Uint8Array.of(0, 1, 0, 2, 0, 9, 0, 0), PATH4, "wrong length"],
  ["no checksum over IPv6", Uint8Array.of(0, 1, 0, 2, 0, 8, 0, 0), PATH6, "no checksum"],
];
for (const [what, bytes, path, expected] of BAD) {
  Deno.test(`decodeUdp refuses ${what}`, () => assertEquals(decodeUdp(bytes, path), expected));
}

Deno.test("decodeUdp: over IPv4 no checksum is fine, and padding is none of it", () => {
  const bytes = Uint8Array.of(0, 1, 0, 2, 0, 9, 0, 0, 7, 0, 0);
  assertEquals(decodeUdp(bytes, PATH4), {
    sourcePort: 1,
    destinationPort: 2,
    payload: Uint8Array.of(7),
  });
});

Deno.test("encodeUdp: asserts that it fits", () => {
  const payload = new Uint8Array(65_528);
  assertThrows(() => encodeUdp({ sourcePort: 1, destinationPort: 2, payload }, PATH4));
});

Deno.test("encodeUdp: a checksum that was added up by hand", () => {
  assertEquals(
    encodeUdp({ sourcePort: 1, destinationPort: 2, payload: Uint8Array.of(0x12, 0x34) }, PATH4),
    Uint8Array.of(0, 1, 0, 2, 0, 10, 0x69, 0x9f, 0x12, 0x34),
  );
});

Deno.test("decodeUdp: a checksum that nobody made yet is not looked at where it is trusted", () => {
  const datagram = { sourcePort: 1, destinationPort: 2, payload: Uint8Array.of(1) };
  const bytes = encodeUdp(datagram, PATH4).with(6, 0xa5);
  assertEquals(decodeUdp(bytes, PATH4), "wrong checksum");
  assertEquals(decodeUdp(bytes, PATH4, "trusted"), datagram);
});
