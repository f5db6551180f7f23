/**
 * Control messages: octets both ways (RFC 3542).
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import { CONTROL_BYTES_MAX, controlOf, readControl } from "../../../net/sys/control_message.ts";
import { monotonicMs } from "../../../net/sys/libc.ts";

const nothing = {
  destination: undefined,
  interfaceIndex: 0,
  hopLimit: undefined,
  arrivedMs: undefined,
};

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.trim().split(/\s+/), (octet) => Number.parseInt(octet, 16));
}

function read(bytes: Uint8Array, length = bytes.length) {
  return readControl(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, length);
}

// As Linux 6 gave them on x86-64, for datagrams on interface 3.
const received4 = bytesOf(`
  1c 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00  03 00 00 00 c0 00 02 01 e0 00 00 12 00 00 00 00
  14 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00  ff 00 00 00 00 00 00 00`);
const received6 = bytesOf(`
  24 00 00 00 00 00 00 00 29 00 00 00 32 00 00 00
  ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 12  03 00 00 00 00 00 00 00
  14 00 00 00 00 00 00 00 29 00 00 00 34 00 00 00  ff 00 00 00 00 00 00 00`);

Deno.test("readControl: packet information and TTL, IPv4: the destination is the header's", () => {
  assertEquals(read(received4), {
    ...nothing,
    destination: ip("224.0.0.18"),
    interfaceIndex: 3,
    hopLimit: 255,
  });
});

Deno.test("readControl: packet information and Hop Limit, IPv6 (RFC 3542 §6.2, §6.3)", () => {
  assertEquals(read(received6), {
    ...nothing,
    destination: ip("ff02::12"),
    interfaceIndex: 3,
    hopLimit: 255,
  });
});

Deno.test("readControl: the time of arrival, on the monotonic clock", () => {
  const bytes = bytesOf("20 00 00 00 00 00 00 00 01 00 00 00 23 00 00 00" + " 00".repeat(16));
  const sentMs = Date.now() - 5_000;
  const view = new DataView(bytes.buffer);
  view.setBigInt64(16, BigInt(Math.floor(sentMs / 1_000)), true);
  view.setBigInt64(24, BigInt(sentMs % 1_000) * 1_000_000n, true);
  const { arrivedMs = NaN } = read(bytes);
  const ageMs = monotonicMs() - arrivedMs;
  assertEquals(ageMs >= 4_990 && ageMs < 6_000, true);
});

Deno.test("readControl: cut off anywhere, it tells what is whole", () => {
  for (let length = 0; length < received4.length; length++) {
    const { destination, hopLimit } = read(received4, length);
    assertEquals(destination, length >= 28 ? ip("224.0.0.18") : undefined);
    assertEquals(hopLimit, length >= 52 ? 255 : undefined);
  }
});

Deno.test("readControl: any octets are read or ignored; it always ends", () => {
  const anyBytes = fc.uint8Array({ minLength: CONTROL_BYTES_MAX, maxLength: CONTROL_BYTES_MAX });
  const anyLength = fc.integer({ min: 0, max: CONTROL_BYTES_MAX });
  fc.assert(fc.property(anyBytes, anyLength, (bytes, length) => {
    read(bytes, length);
  }));
  fc.assert(fc.property(fc.nat(55), fc.integer({ min: 0, max: 255 }), (at, octet) => {
    for (const whole of [received4, received6]) {
      const broken = whole.slice();
      broken[at] = octet;
      read(broken);
    }
  }));
});

Deno.test("controlOf: nothing asked for, nothing said", () => {
  assertEquals(controlOf(4, {}), undefined);
  assertEquals(controlOf(6, { destination: ip("ff02::12") }), undefined);
  assertEquals(controlOf(4, { interfaceIndex: 0 }), undefined);
});

Deno.test("controlOf: IPv4 source, interface and TTL", () => {
  const control = controlOf(4, { source: ip("192.0.2.1"), interfaceIndex: 3, hopLimit: 255 });
  assertEquals(
    control,
    bytesOf(`
      1c 00 00 00 00 00 00 00 00 00 00 00 08 00 00 00
      03 00 00 00 c0 00 02 01 00 00 00 00 00 00 00 00
      14 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00  ff 00 00 00 00 00 00 00`),
  );
});

Deno.test("controlOf: IPv6 source, interface and Hop Limit are what the receiving side reads", () => {
  const control = controlOf(6, { source: ip("ff02::12"), interfaceIndex: 3, hopLimit: 255 });
  assertEquals(control, received6);
});

Deno.test("controlOf: fits its room, whatever is asked for", () => {
  const all = { source: ip("2001:db8::1"), interfaceIndex: 2 ** 31 - 1, hopLimit: 0 };
  assertEquals((controlOf(6, all)?.length ?? 0) <= CONTROL_BYTES_MAX, true);
});
