import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import { decodeIpv4, decodeIpv6, encodeIpv4, encodeIpv6 } from "../../../net/packet/ip.ts";
import { address, octet, octets, word } from "./arbitraries.ts";

/** An IGMP report of a Linux host: 24 octets of header, with Router Alert. */
const WITH_OPTIONS = "46c00028000040000102f9950a630001e000001694040000" +
  "2200f9eb0000000104000000e0000012";
const IPV4 = {
  tos: 0xc0,
  identification: 7,
  flagsAndOffset: 0x4000,
  ttl: 255,
  protocol: 112,
  source: ip("10.99.0.1"),
  destination: ip("224.0.0.18"),
  options: new Uint8Array(0),
  payload: Uint8Array.of(1, 2, 3),
};
const IPV4_HEX = "45c00017" + "00074000" + "ff709039" + "0a630001" + "e0000012" + "010203";
const IPV6 = {
  trafficClass: 0xc0,
  flowLabel: 0x984be,
  hopLimit: 64,
  nextHeader: 112,
  source: ip("fd99::1"),
  destination: ip("fd99::2"),
  payload: Uint8Array.of(1, 2, 3),
};
const IPV6_HEX = "6c0984be" + "00037040" + "fd99" + "00".repeat(13) + "01" + "fd99" +
  "00".repeat(13) + "02" + "010203";

Deno.test("encodeIpv4, decodeIpv4 RFC 791 §3.1: one packet both ways", () => {
  assertEquals(encodeIpv4(IPV4).toHex(), IPV4_HEX);
  const bytes = Uint8Array.fromHex(IPV4_HEX);
  assertEquals(decodeIpv4(bytes, "verified"), { ...IPV4, paddingBytes: 0 });
});

Deno.test("encodeIpv4: what is not given is zero", () => {
  const { ttl, protocol, source, destination, payload } = IPV4;
  const decoded = decodeIpv4(encodeIpv4({ ttl, protocol, source, destination, payload }));
  assertEquals(decoded, {
    ...IPV4,
    tos: 0,
    identification: 0,
    flagsAndOffset: 0,
    paddingBytes: 0,
  });
});

Deno.test("decodeIpv4 RFC 791 §3.1: the header is as long as IHL says", () => {
  const bytes = Uint8Array.fromHex(WITH_OPTIONS);
  const packet = decodeIpv4(bytes, "verified");
  if (typeof packet === "string") throw new Error(packet);
  assertEquals(packet.options.toHex(), "94040000");
  assertEquals(packet.payload.toHex(), "2200f9eb0000000104000000e0000012");
  assertEquals(packet.destination, ip("224.0.0.22"));
  assertEquals(encodeIpv4(packet), bytes);
});

Deno.test("decodeIpv4: padding of the link is no payload", () => {
  const padded = Uint8Array.fromHex(IPV4_HEX + "00".repeat(23));
  assertEquals(decodeIpv4(padded, "verified"), { ...IPV4, paddingBytes: 23 });
});

Deno.test("decodeIpv4: refuses what is none", () => {
  const rows = [
    ["", "too short"],
    [IPV4_HEX.slice(0, 38), "too short"],
    ["65" + IPV4_HEX.slice(2), "not IPv4"],
    ["44" + IPV4_HEX.slice(2), "wrong header length"],
    ["40" + IPV4_HEX.slice(2), "wrong header length"],
    ["46" + IPV4_HEX.slice(2), "wrong header length"],
    ["45c00018" + IPV4_HEX.slice(8), "wrong total length"],
    ["45c00013" + IPV4_HEX.slice(8), "wrong total length"],
    ["45c00000" + IPV4_HEX.slice(8), "wrong total length"],
    ["46c00017" + IPV4_HEX.slice(8) + "00".repeat(9), "wrong total length"],
    [IPV4_HEX.replace("ff709039", "fe709039"), "wrong header checksum"],
  ] as const;
  for (const [hex, reason] of rows) {
    assertEquals(decodeIpv4(Uint8Array.fromHex(hex), "verified"), reason, hex);
  }
});

Deno.test("decodeIpv4: the header checksum is looked at only when asked for", () => {
  const bytes = Uint8Array.fromHex(IPV4_HEX.replace("9039", "0000"));
  assertEquals(decodeIpv4(bytes), { ...IPV4, paddingBytes: 0 });
  assertEquals(decodeIpv4(bytes, "verified"), "wrong header checksum");
});

Deno.test("decodeIpv4: encodes back, over the whole range of every field", () => {
  const packets = fc.record({
    tos: octet,
    identification: word,
    flagsAndOffset: word,
    ttl: octet,
    protocol: octet,
    source: address(4),
    destination: address(4),
    options: fc.nat({ max: 10 }).chain((words) => octets(words * 4)),
    payload: octets(0, 60),
  });
  fc.assert(fc.property(packets, octets(0, 20), (packet, padding) => {
    const bytes = Uint8Array.of(...encodeIpv4(packet), ...padding);
    assertEquals(decodeIpv4(bytes, "verified"), { ...packet, paddingBytes: padding.length });
  }));
});

Deno.test("decodeIpv4: never throws; every flipped bit of a header is seen", () => {
  const likely = octets(0, 80).map((bytes) => Uint8Array.of(0x45, 0, 0, 40, ...bytes));
  fc.assert(fc.property(fc.oneof(octets(0, 80), likely), (bytes) => {
    const packet = decodeIpv4(bytes);
    if (typeof packet === "string") return;
    const { options, payload, paddingBytes } = packet;
    assertEquals(20 + options.length + payload.length + paddingBytes, bytes.length);
  }));
  const header = Uint8Array.fromHex(IPV4_HEX);
  for (let bit = 0; bit < 20 * 8; bit++) {
    const flipped = header.with(bit >> 3, (header[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
    assertEquals(typeof decodeIpv4(flipped, "verified"), "string", `bit ${bit}`);
  }
});

Deno.test("encodeIpv4: asserts families, options and length", () => {
  const wrong = [
    { source: ip("fe80::1") },
    { destination: ip("fe80::1") },
    { options: new Uint8Array(3) },
    { options: new Uint8Array(44) },
    { payload: new Uint8Array(65_516) },
  ];
  for (const change of wrong) assertThrows(() => encodeIpv4({ ...IPV4, ...change }));
  assertEquals(encodeIpv4({ ...IPV4, payload: new Uint8Array(65_515) }).length, 65_535);
});

Deno.test("encodeIpv6, decodeIpv6 RFC 8200 §3: one packet both ways", () => {
  assertEquals(encodeIpv6(IPV6).toHex(), IPV6_HEX);
  assertEquals(decodeIpv6(Uint8Array.fromHex(IPV6_HEX)), { ...IPV6, paddingBytes: 0 });
  const padded = Uint8Array.fromHex(IPV6_HEX + "00".repeat(3));
  assertEquals(decodeIpv6(padded), { ...IPV6, paddingBytes: 3 });
});

Deno.test("decodeIpv6: refuses what is none", () => {
  const rows = [
    ["", "too short"],
    [IPV6_HEX.slice(0, 78), "too short"],
    ["4" + IPV6_HEX.slice(1), "not IPv6"],
    ["e" + IPV6_HEX.slice(1), "not IPv6"],
    [IPV6_HEX.replace("00037040", "00047040"), "wrong payload length"],
    [IPV6_HEX.slice(0, -2), "wrong payload length"],
  ] as const;
  for (const [hex, reason] of rows) assertEquals(decodeIpv6(Uint8Array.fromHex(hex)), reason, hex);
});

Deno.test("decodeIpv6: encodes back, over the whole range of every field", () => {
  const packets = fc.record({
    trafficClass: octet,
    flowLabel: fc.nat({ max: 0xfffff }),
    hopLimit: octet,
    nextHeader: octet,
    source: address(6),
    destination: address(6),
    payload: octets(0, 60),
  });
  fc.assert(fc.property(packets, octets(0, 20), (packet, padding) => {
    const bytes = Uint8Array.of(...encodeIpv6(packet), ...padding);
    assertEquals(decodeIpv6(bytes), { ...packet, paddingBytes: padding.length });
  }));
});

Deno.test("decodeIpv6: never throws, and what it takes encodes to the same octets", () => {
  const likely = octets(0, 80).map((bytes) => Uint8Array.of(0x60, 0, 0, 0, 0, 8, ...bytes));
  fc.assert(fc.property(fc.oneof(octets(0, 90), likely), (bytes) => {
    const packet = decodeIpv6(bytes);
    if (typeof packet === "string") return;
    assertEquals(encodeIpv6(packet), bytes.slice(0, bytes.length - packet.paddingBytes));
  }));
});

Deno.test("encodeIpv6: asserts families and ranges", () => {
  const wrong = [
    { source: ip("10.0.0.1") },
    { destination: ip("10.0.0.1") },
    { trafficClass: 256 },
    { flowLabel: 0x10_0000 },
    { payload: new Uint8Array(65_536) },
  ];
  for (const change of wrong) assertThrows(() => encodeIpv6({ ...IPV6, ...change }));
});
