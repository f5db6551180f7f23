/**
 * Socket addresses: octets both ways.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip, ipFromBytes } from "../../../net/address.ts";
import { readIp } from "../../../net/sys/ip_reader.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import {
  ADDRESS_BYTES_MAX,
  internetAddress,
  linkAddress,
  netlinkAddress,
  readSender,
  unixAddress,
} from "../../../net/sys/socket_address.ts";
import { instanceOf } from "./instance_of.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join(" ");
}

const nobody = { ip: undefined, port: 0, interfaceIndex: 0, portId: undefined };

// deno-fmt-ignore
const rows: [name: string, Uint8Array, string, object][] = [
  ["sockaddr_in", internetAddress(ip("192.0.2.1"), 3784),
    "02 00 0e c8 c0 00 02 01 00 00 00 00 00 00 00 00", { ip: ip("192.0.2.1"), port: 3784 }],
  ["sockaddr_in6", internetAddress(ip("fe80::1"), 3784, 7),
    "0a 00 0e c8 00 00 00 00 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01 07 00 00 00",
    { ip: ip("fe80::1"), port: 3784 }],
  ["sockaddr_ll", linkAddress(258, 0x0806),
    "11 00 08 06 02 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00", { interfaceIndex: 258 }],
  ["sockaddr_nl", netlinkAddress(0x01020304),
    "10 00 00 00 04 03 02 01 00 00 00 00", { portId: 0x01020304 }],
];
for (const [name, bytes, octets, sender] of rows) {
  Deno.test(`${name}: written and read`, () => {
    assertEquals(hex(bytes), octets);
    const placed = new Uint8Array(5 + bytes.length).fill(0xa5);
    placed.set(bytes, 5);
    const view = new DataView(placed.buffer);
    assertEquals(readSender(view, 5, bytes.length), { ...nobody, ...sender });
    // Cut off anywhere, it says nothing. What follows sll_halen is not needed.
    const needed = name === "sockaddr_ll" ? 12 : bytes.length;
    for (let length = 0; length < needed; length++) {
      assertEquals(readSender(view, 5, length), nobody);
    }
  });
}

Deno.test("readSender: any octets are read or refused, never an exception", () => {
  const anyBytes = fc.uint8Array({ minLength: ADDRESS_BYTES_MAX, maxLength: ADDRESS_BYTES_MAX });
  const length = fc.integer({ min: 0, max: ADDRESS_BYTES_MAX });
  const family = fc.constantFrom(0, 1, 2, 10, 16, 17, 65_535);
  fc.assert(fc.property(anyBytes, family, length, (bytes, family, length) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint16(0, family, true);
    readSender(view, 0, length);
  }));
});

Deno.test("unixAddress: a path with its NUL, up to 107 octets", () => {
  assertEquals(hex(unixAddress("/a")), "01 00 2f 61 00");
  assertEquals(unixAddress("x".repeat(107)).length, 110);
  const error = assertThrows(() => unixAddress("x".repeat(108)));
  assertEquals(instanceOf(SyscallError, error).code, "ENAMETOOLONG");
});

Deno.test("readIp: the same text as ever, for addresses that share a place as well", () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Few different ones, so that they meet again; some are equal but for their family.
    fc.integer({ min: 0, max: 3 }).map((last) => Uint8Array.of(192, 0, 2, last)),
    fc.integer({ min: 0, max: 3 }).map((last) => {
      const bytes = new Uint8Array(16);
      bytes.set([192, 0, 2, last]);
      return bytes;
    }),
  );
  fc.assert(fc.property(fc.array(address, { maxLength: 600 }), (addresses) => {
    for (const bytes of addresses) {
      const placed = new Uint8Array(3 + bytes.length);
      placed.set(bytes, 3);
      const read = readIp(new DataView(placed.buffer), 3, bytes.length === 4 ? 4 : 6);
      assertEquals(read, ipFromBytes(bytes));
    }
  }));
});

Deno.test("readIp: every octet of an address counts", () => {
  for (const length of [4, 16] as const) {
    for (let word = 0; word < length; word += 4) {
      // More addresses than places, so that each place is wanted by many.
      for (let i = 0; i < 1_000; i++) {
        const bytes = new Uint8Array(length);
        bytes.set([i >> 8, i & 0xff, 0x20, 0x01], word);
        const read = readIp(new DataView(bytes.buffer), 0, length === 4 ? 4 : 6);
        assertEquals(read, ipFromBytes(bytes));
      }
    }
  }
});
