import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeEchoPacket, ECHO_BYTES, encodeEchoPacket } from "../../../net/packet/bfd_echo.ts";
import { longWord, octets } from "./arbitraries.ts";

const ECHO = { discriminator: 0x11223344, nonce: 0xfffffffe, sequence: 7 };
const ECHO_HEX = "7374456311223344fffffffe000000070000000000000000";

Deno.test("encodeEchoPacket, decodeEchoPacket: one packet both ways", () => {
  const bytes = new Uint8Array(ECHO_BYTES);
  encodeEchoPacket(ECHO, bytes);
  assertEquals(bytes.toHex(), ECHO_HEX);
  assertEquals(decodeEchoPacket(bytes), ECHO);
});

Deno.test("decodeEchoPacket: others' packets, and cut ones, are not ours", () => {
  assertEquals(decodeEchoPacket(new Uint8Array(0)), "wrong length");
  assertEquals(decodeEchoPacket(Uint8Array.fromHex(ECHO_HEX.slice(2))), "wrong length");
  assertEquals(decodeEchoPacket(Uint8Array.fromHex(ECHO_HEX + "00")), "wrong length");
  assertEquals(decodeEchoPacket(Uint8Array.fromHex("00" + ECHO_HEX.slice(2))), "not ours");
});

Deno.test("encodeEchoPacket: asserts what only we can get wrong", () => {
  assertThrows(() => encodeEchoPacket(ECHO, new Uint8Array(ECHO_BYTES - 1)));
  for (const field of ["discriminator", "nonce", "sequence"]) {
    for (const value of [-1, 0.5, 2 ** 32]) {
      assertThrows(() => encodeEchoPacket({ ...ECHO, [field]: value }, new Uint8Array(ECHO_BYTES)));
    }
  }
});

Deno.test("decodeEchoPacket: encodes back; never throws", () => {
  const echoes = fc.record({ discriminator: longWord, nonce: longWord, sequence: longWord });
  fc.assert(fc.property(echoes, (echo) => {
    const bytes = new Uint8Array(ECHO_BYTES);
    encodeEchoPacket(echo, bytes);
    assertEquals(decodeEchoPacket(bytes), echo);
  }));
  fc.assert(fc.property(octets(0, 40), (bytes) => void decodeEchoPacket(bytes)));
});
