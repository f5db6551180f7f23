import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip, type Mac, parseMac } from "../../../net/address.ts";
import {
  BROADCAST_MAC,
  decodeEthernet,
  encodeEthernet,
  multicastMac,
  virtualRouterMac,
} from "../../../net/packet/ethernet.ts";
import { mac, octets, word } from "./arbitraries.ts";

Deno.test("encodeEthernet, decodeEthernet IEEE 802.3 §3.1.1: one frame both ways", () => {
  const frame = {
    destination: macOf("01:00:5e:00:00:12"),
    source: macOf("00:00:5e:00:01:33"),
    etherType: 0x0800,
    payload: Uint8Array.of(0x45, 0xc0),
  };
  const bytes = Uint8Array.fromHex("01005e000012" + "00005e000133" + "0800" + "45c0");
  assertEquals(encodeEthernet(frame), bytes);
  assertEquals(decodeEthernet(bytes), frame);
});

Deno.test("decodeEthernet: encodes back, over the whole range of every field", () => {
  const frames = fc.record({
    destination: mac,
    source: mac,
    etherType: word,
    payload: octets(0, 99),
  });
  fc.assert(fc.property(frames, (frame) => {
    assertEquals(decodeEthernet(encodeEthernet(frame)), frame);
  }));
});

Deno.test("decodeEthernet: takes any 14 octets, no fewer", () => {
  fc.assert(fc.property(octets(0, 40), (bytes) => {
    const frame = decodeEthernet(bytes);
    if (bytes.length < 14) assertEquals(frame, "too short");
    else if (typeof frame === "string") throw new Error(frame);
    else assertEquals(encodeEthernet(frame), bytes);
  }));
});

Deno.test("virtualRouterMac RFC 9568 §7.3", () => {
  assertEquals(virtualRouterMac(4, 51), macOf("00:00:5e:00:01:33"));
  assertEquals(virtualRouterMac(6, 51), macOf("00:00:5e:00:02:33"));
  assertEquals(virtualRouterMac(4, 1), macOf("00:00:5e:00:01:01"));
  assertEquals(virtualRouterMac(6, 255), macOf("00:00:5e:00:02:ff"));
  for (const vrid of [0, 256, -1]) assertThrows(() => virtualRouterMac(4, vrid));
});

Deno.test("multicastMac RFC 1112 §6.4, RFC 2464 §7", () => {
  const rows = [
    ["224.0.0.18", "01:00:5e:00:00:12"],
    ["239.255.255.250", "01:00:5e:7f:ff:fa"],
    ["224.128.1.2", "01:00:5e:00:01:02"],
    ["ff02::12", "33:33:00:00:00:12"],
    ["ff02::1:ff12:3456", "33:33:ff:12:34:56"],
    ["ff02::1:8000:1", "33:33:80:00:00:01"],
  ] as const;
  for (const [group, expected] of rows) assertEquals(multicastMac(ip(group)), macOf(expected));
  assertThrows(() => multicastMac(ip("10.0.0.1")));
  assertThrows(() => multicastMac(ip("fe80::1")));
});

Deno.test("BROADCAST_MAC", () => assertEquals(BROADCAST_MAC, macOf("ff:ff:ff:ff:ff:ff")));

function macOf(text: string): Mac {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(`no MAC address: ${text}`);
  return parsed;
}
