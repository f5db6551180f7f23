import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import {
  ARP_REPLY,
  ARP_REQUEST,
  decodeArp,
  encodeArp,
  encodeGratuitousArp,
} from "../../../net/packet/arp.ts";
import { BROADCAST_MAC, virtualRouterMac } from "../../../net/packet/ethernet.ts";
import { address, mac, octets, word } from "./arbitraries.ts";

const VIRTUAL_MAC = virtualRouterMac(4, 51);
const VIRTUAL_IP = ip("10.99.1.1");
const GRATUITOUS = "0001080006040001" + "00005e0001330a630101" + "ffffffffffff0a630101";

Deno.test("encodeGratuitousArp RFC 9568 §8.1.2: a broadcast request about itself", () => {
  const frame = encodeGratuitousArp({ senderMac: VIRTUAL_MAC, ip: VIRTUAL_IP });
  assertEquals(frame.toHex(), "ffffffffffff" + "00005e000133" + "0806" + GRATUITOUS);
});

Deno.test("encodeGratuitousArp: another source and target hardware address", () => {
  const sourceMac = virtualRouterMac(4, 1);
  const arp = { senderMac: VIRTUAL_MAC, ip: VIRTUAL_IP, sourceMac };
  assertEquals(
    encodeGratuitousArp(arp).toHex(),
    "ffffffffffff" + "00005e000101" + "0806" + GRATUITOUS,
  );
  assertEquals(
    encodeGratuitousArp({ ...arp, targetMac: VIRTUAL_MAC }).toHex(),
    "ffffffffffff" + "00005e000101" + "0806" + GRATUITOUS.replace("ffffffffffff", "00005e000133"),
  );
});

Deno.test("encodeGratuitousArp: asserts IPv4", () => {
  assertThrows(() => encodeGratuitousArp({ senderMac: VIRTUAL_MAC, ip: ip("fe80::51") }));
});

Deno.test("decodeArp RFC 826: request and reply", () => {
  const request = {
    operation: ARP_REQUEST,
    senderMac: VIRTUAL_MAC,
    senderIp: VIRTUAL_IP,
    targetMac: BROADCAST_MAC,
    targetIp: VIRTUAL_IP,
  };
  assertEquals(decodeArp(Uint8Array.fromHex(GRATUITOUS)), request);
  assertEquals(decodeArp(encodeArp({ ...request, operation: ARP_REPLY })), {
    ...request,
    operation: 2,
  });
});

Deno.test("decodeArp: padding is allowed, other networks are not", () => {
  const good = Uint8Array.fromHex(GRATUITOUS);
  const padded = Uint8Array.of(...good, ...new Uint8Array(18));
  assertEquals(decodeArp(padded), decodeArp(good));
  // Hardware type, protocol type, hardware length, protocol length.
  for (const at of [0, 1, 2, 3, 4, 5]) {
    const other = good.with(at, 0x20);
    assertEquals(decodeArp(other), "not IPv4 over Ethernet");
  }
  for (let length = 0; length < 28; length++) {
    assertEquals(decodeArp(good.subarray(0, length)), "too short");
  }
});

Deno.test("decodeArp: encodes back, over the whole range of every field", () => {
  const packets = fc.record({
    operation: word,
    senderMac: mac,
    senderIp: address(4),
    targetMac: mac,
    targetIp: address(4),
  });
  fc.assert(fc.property(packets, (packet) => {
    assertEquals(decodeArp(encodeArp(packet)), packet);
  }));
});

Deno.test("decodeArp: never throws, and what it takes encodes to the same octets", () => {
  const start = Uint8Array.fromHex(GRATUITOUS.slice(0, 12));
  const likely = octets(0, 60).map((bytes) => Uint8Array.of(...start, ...bytes));
  fc.assert(fc.property(fc.oneof(octets(0, 60), likely), (bytes) => {
    const packet = decodeArp(bytes);
    if (typeof packet !== "string") assertEquals(encodeArp(packet), bytes.slice(0, 28));
  }));
});
