import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip, isMulticast } from "../../../net/address.ts";
import { pseudoHeaderSum } from "../../../net/packet/checksum.ts";
import { virtualRouterMac } from "../../../net/packet/ethernet.ts";
import {
  decodeNeighborAdvertisement,
  encodeNeighborAdvertisement,
  encodeUnsolicitedAdvertisement,
  neighborAdvertisementLengthBytes,
} from "../../../net/packet/ndp.ts";
import { address, mac, octets, word } from "./arbitraries.ts";

const VIRTUAL_MAC = virtualRouterMac(6, 51);
const TARGET = ip("fe80::51");
const SUM = pseudoHeaderSum(TARGET, ip("ff02::1"), 58, 32);
const TARGET_HEX = "fe80" + "00".repeat(13) + "51";
const OPTION_HEX = "0201" + "00005e000233";
/** What FRR 8.4 sends, from the ICMPv6 header on. */
const MESSAGE_HEX = "880078c8" + "a0000000" + TARGET_HEX + OPTION_HEX;
const MESSAGE = {
  target: TARGET,
  router: true,
  solicited: false,
  override: true,
  targetMac: VIRTUAL_MAC,
};

Deno.test("encodeUnsolicitedAdvertisement RFC 9568 §6.4.2: R and O set, S clear", () => {
  const frame = encodeUnsolicitedAdvertisement({ mac: VIRTUAL_MAC, ip: TARGET, router: true });
  assertEquals(
    frame.toHex(),
    "333300000001" + "00005e000233" + "86dd" + "60000000" + "00203aff" + TARGET_HEX +
      "ff02" + "00".repeat(13) + "01" + MESSAGE_HEX,
  );
});

Deno.test("encodeUnsolicitedAdvertisement: a host, another source of the frame", () => {
  const sourceMac = virtualRouterMac(6, 1);
  const frame = encodeUnsolicitedAdvertisement({
    mac: VIRTUAL_MAC,
    ip: TARGET,
    router: false,
    sourceMac,
  });
  assertEquals(frame.toHex().slice(0, 28), "333300000001" + "00005e000201" + "86dd");
  const decoded = decodeNeighborAdvertisement(frame.subarray(14 + 40), SUM);
  assertEquals(decoded, { ...MESSAGE, router: false });
});

Deno.test("encodeUnsolicitedAdvertisement: asserts IPv6", () => {
  const ipv4 = { mac: VIRTUAL_MAC, ip: ip("10.99.1.1"), router: true };
  assertThrows(() => encodeUnsolicitedAdvertisement(ipv4));
});

Deno.test("decodeNeighborAdvertisement RFC 4861 §4.4: one message both ways", () => {
  assertEquals(decodeNeighborAdvertisement(Uint8Array.fromHex(MESSAGE_HEX), SUM), MESSAGE);
  assertEquals(encodeNeighborAdvertisement(MESSAGE, SUM).toHex(), MESSAGE_HEX);
});

Deno.test("decodeNeighborAdvertisement RFC 4861 §7.1.2: what is none", () => {
  const rows = [
    ["", "too short"],
    [MESSAGE_HEX.slice(0, 46), "too short"],
    [MESSAGE_HEX.replace("8800", "8700"), "not a neighbor advertisement"],
    [MESSAGE_HEX.replace("8800", "8801"), "not a neighbor advertisement"],
    [MESSAGE_HEX.replace("fe80", "ff02"), "multicast target"],
    [MESSAGE_HEX.replace("0201", "0200"), "wrong option length"],
    [MESSAGE_HEX.replace("0201", "0202"), "wrong option length"],
    [MESSAGE_HEX.replace("0201", "0e00"), "wrong option length"],
    [MESSAGE_HEX.slice(0, -2), "wrong option length"],
    [MESSAGE_HEX + "02", "wrong option length"],
    [MESSAGE_HEX.replace("0201", "0202") + "00".repeat(8), "wrong option length"],
  ] as const;
  for (const [hex, reason] of rows) {
    assertEquals(decodeNeighborAdvertisement(Uint8Array.fromHex(hex)), reason, hex);
  }
});

Deno.test("decodeNeighborAdvertisement: the checksum needs its pseudo-header", () => {
  const bytes = Uint8Array.fromHex(MESSAGE_HEX.replace("78c8", "0000"));
  assertEquals(decodeNeighborAdvertisement(bytes), MESSAGE);
  assertEquals(decodeNeighborAdvertisement(bytes, SUM), "wrong checksum");
});

Deno.test("decodeNeighborAdvertisement RFC 4861 §4.6: other options are skipped", () => {
  const head = MESSAGE_HEX.slice(0, -OPTION_HEX.length);
  const nonce = "0e01" + "010203040506";
  const long = "0e02" + "00".repeat(14);
  const rows = [
    [head, undefined],
    [head + nonce, undefined],
    [head + nonce + long + OPTION_HEX, VIRTUAL_MAC],
    [head + OPTION_HEX + nonce, VIRTUAL_MAC],
    // The first of two counts.
    [head + OPTION_HEX + "0201" + "ffffffffffff", VIRTUAL_MAC],
  ] as const;
  const { targetMac: _, ...bare } = MESSAGE;
  for (const [hex, targetMac] of rows) {
    const expected = targetMac === undefined ? bare : { ...bare, targetMac };
    assertEquals(decodeNeighborAdvertisement(Uint8Array.fromHex(hex)), expected, hex);
  }
});

Deno.test("decodeNeighborAdvertisement: encodes back, over the whole range of every field", () => {
  const messages = fc.record({
    target: address(6).filter((target) => !isMulticast(target)),
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    targetMac: mac,
  }, { requiredKeys: ["target", "router", "solicited", "override"] });
  fc.assert(fc.property(messages, word, (message, sum) => {
    const bytes = encodeNeighborAdvertisement(message, sum);
    assertEquals(bytes.length, neighborAdvertisementLengthBytes(message));
    assertEquals(decodeNeighborAdvertisement(bytes, sum), message);
  }));
});

Deno.test("decodeNeighborAdvertisement: every flipped bit is refused, every cut too", () => {
  const bytes = Uint8Array.fromHex(MESSAGE_HEX);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
    assertEquals(typeof decodeNeighborAdvertisement(flipped, SUM), "string", `bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(typeof decodeNeighborAdvertisement(bytes.subarray(0, length), SUM), "string");
  }
});

Deno.test("decodeNeighborAdvertisement: never throws, never loops", () => {
  const likely = octets(22, 90).map((bytes) => Uint8Array.of(0x88, 0, ...bytes));
  fc.assert(fc.property(fc.oneof(octets(0, 60), likely), (bytes) => {
    const message = decodeNeighborAdvertisement(bytes);
    if (typeof message === "string") return;
    assertEquals(decodeNeighborAdvertisement(encodeNeighborAdvertisement(message, 0)), message);
  }));
});
