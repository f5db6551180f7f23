import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip, ipToBytes } from "../../../net/address.ts";
import { pseudoHeaderSum, wordSum } from "../../../net/packet/checksum.ts";
import { address, family, longWord, octet, octets } from "./arbitraries.ts";

/** The sum by its definition: the whole number modulo 65535; 0 is the sum of zeros only. */
function sumByDefinition(bytes: Uint8Array, start = 0): number {
  const padded = bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, 0);
  const total = BigInt(`0x0${padded.toHex()}`) + BigInt(start);
  if (total === 0n) return 0;
  return Number(total % 0xffffn) || 0xffff;
}

Deno.test("wordSum RFC 1071 §3: the example", () => {
  assertEquals(wordSum(Uint8Array.fromHex("0001f203f4f5f6f7")), 0xddf2);
});

Deno.test("wordSum RFC 1071 §2: carries, odd octets, start", () => {
  const rows = [
    ["", 0, 0],
    ["", 0x1_0000, 1],
    ["", 0xffff_ffff, 0xffff],
    ["00", 0, 0],
    ["ab", 0, 0xab00],
    ["0001ab", 0, 0xab01],
    ["ffff", 0, 0xffff],
    ["ffff0001", 0, 1],
    ["ffffffff", 0, 0xffff],
    ["8000800080008000", 0, 2],
    ["0001", 0xffff, 1],
  ] as const;
  for (const [hex, start, sum] of rows) {
    assertEquals(wordSum(Uint8Array.fromHex(hex), start), sum, `${hex} from ${start}`);
  }
});

Deno.test("wordSum: is its definition, in any view", () => {
  fc.assert(fc.property(octets(0, 200), fc.nat({ max: 0xffff }), fc.nat({ max: 3 }), (
    bytes,
    start,
    offset,
  ) => {
    const larger = new Uint8Array(bytes.length + 8).fill(0xa5);
    larger.set(bytes, offset);
    const view = larger.subarray(offset, offset + bytes.length);
    assertEquals(wordSum(view, start), sumByDefinition(bytes, start));
  }));
});

Deno.test("wordSum: chains through start", () => {
  fc.assert(fc.property(octets(0, 60), octets(0, 60), (first, second) => {
    const even = first.subarray(0, first.length & ~1);
    const whole = Uint8Array.of(...even, ...second);
    assertEquals(wordSum(second, wordSum(even)), wordSum(whole));
  }));
});

Deno.test("wordSum: does not overflow on the largest packets", () => {
  assertEquals(wordSum(new Uint8Array(65_535).fill(0xff)), 0xff00);
  const large = new Uint8Array(400_000).fill(0xa5);
  assertEquals(wordSum(large), sumByDefinition(large));
});

Deno.test("pseudoHeaderSum RFC 8200 §8.1, RFC 9293 §3.1: the header's words", () => {
  const rows = [
    // 0a63 0001 e000 0012 0070 000c
    ["10.99.0.1", "224.0.0.18", 112, 12, "0a630001e0000012" + "0070000c"],
    [
      "fe80::1",
      "ff02::12",
      112,
      0x12345,
      "fe80000000000000" + "0000000000000001" + "ff02000000000000" + "0000000000000012" +
      "00012345" + "00000070",
    ],
  ] as const;
  for (const [source, destination, protocol, lengthBytes, hex] of rows) {
    assertEquals(
      pseudoHeaderSum(ip(source), ip(destination), protocol, lengthBytes),
      wordSum(Uint8Array.fromHex(hex)),
    );
  }
});

Deno.test("pseudoHeaderSum: is the sum of the header written out", () => {
  const cases = family.chain((which) => fc.tuple(address(which), address(which)));
  fc.assert(fc.property(cases, octet, longWord, ([source, destination], protocol, length) => {
    const header = new Uint8Array(40);
    const view = new DataView(header.buffer);
    header.set(ipToBytes(source), 0);
    header.set(ipToBytes(destination), 16);
    view.setUint32(32, length);
    view.setUint8(39, protocol);
    assertEquals(pseudoHeaderSum(source, destination, protocol, length), sumByDefinition(header));
  }));
});

Deno.test("pseudoHeaderSum: asserts one family", () => {
  assertThrows(() => pseudoHeaderSum(ip("10.0.0.1"), ip("::1"), 112, 8));
});
