import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import { encodeIpv4, PROTOCOL_AH, PROTOCOL_VRRP } from "../../../net/packet/ip.ts";
import { encodeAdvertisement } from "../../../net/packet/vrrp.ts";
import {
  decodeAuthenticationHeader,
  decodeHmacTrailer,
  encodeAuthenticationHeader,
  encodeHmacTrailer,
  HMAC_TRAILER_BYTES,
  ICV_BYTES,
  integrityCheckValue,
  integrityIsRight,
  passwordAuthData,
  sameSecret,
  sequenceFromUnixMs,
  signAdvertisement,
  signatureIsRight,
  unixMsFromSequence,
} from "../../../net/packet/vrrp_auth.ts";
import { address, family, longWord, octet, octets } from "./arbitraries.ts";

const HEADER_HEX = "70040000" + "0a630001" + "00000102" + "000102030405060708090a0b";
const TRAILER_HEX = "01070000" + "6553f100" + "80000003" + "00112233445566778899aabbccddeeff";

Deno.test("passwordAuthData RFC 2338 §5.3.10: 8 octets, cut or filled with zeros", () => {
  const rows = [
    ["", "0000000000000000"],
    ["a", "6100000000000000"],
    ["s3cretpw", "7333637265747077"],
    ["s3cretpw and more", "7333637265747077"],
    ["é", "c3a9000000000000"],
  ] as const;
  for (const [password, hex] of rows) assertEquals(passwordAuthData(password).toHex(), hex);
});

Deno.test("sameSecret: same length, same octets", () => {
  const rows = [
    ["", "", true],
    ["00", "00", true],
    ["00", "", false],
    ["", "00", false],
    ["0001", "0001", true],
    ["0001", "0000", false],
    ["8001", "0001", false],
    ["0001", "000100", false],
    ["ff00", "00ff", false], // Differences do not cancel out.
  ] as const;
  for (const [a, b, same] of rows) {
    assertEquals(sameSecret(Uint8Array.fromHex(a), Uint8Array.fromHex(b)), same, `${a} ${b}`);
  }
  fc.assert(fc.property(octets(1, 20), fc.nat(), (secret, place) => {
    const bit = place % (secret.length * 8);
    const at = bit >> 3;
    assert(sameSecret(secret, secret.slice()));
    assert(!sameSecret(secret, secret.with(at, (secret[at] ?? 0) ^ (1 << (bit & 7)))));
  }));
});

Deno.test("decodeAuthenticationHeader RFC 2402 §2: one header both ways", () => {
  const header = {
    nextHeader: PROTOCOL_VRRP,
    securityParametersIndex: 0x0a630001,
    sequence: 0x102,
    icv: Uint8Array.fromHex("000102030405060708090a0b"),
    payload: Uint8Array.of(1, 2, 3),
  };
  const hex = HEADER_HEX + "010203";
  assertEquals(encodeAuthenticationHeader(header).toHex(), hex);
  assertEquals(decodeAuthenticationHeader(Uint8Array.fromHex(hex)), header);
});

Deno.test("decodeAuthenticationHeader: refuses what is none", () => {
  const rows = [
    ["", "too short"],
    [HEADER_HEX.slice(0, -2), "too short"],
    [HEADER_HEX.replace("7004", "7003"), "wrong length"],
    [HEADER_HEX.replace("7004", "7005"), "wrong length"],
    [HEADER_HEX.replace("70040000", "70040001"), "reserved bits set"],
    [HEADER_HEX.replace("70040000", "70048000"), "reserved bits set"],
  ] as const;
  for (const [hex, reason] of rows) {
    assertEquals(decodeAuthenticationHeader(Uint8Array.fromHex(hex)), reason, hex);
  }
});

Deno.test("decodeAuthenticationHeader: encodes back, over the whole range of every field", () => {
  const headers = fc.record({
    nextHeader: octet,
    securityParametersIndex: longWord,
    sequence: longWord,
    icv: octets(ICV_BYTES),
    payload: octets(0, 40),
  });
  fc.assert(fc.property(headers, (header) => {
    assertEquals(decodeAuthenticationHeader(encodeAuthenticationHeader(header)), header);
  }));
  const header = { nextHeader: 112, securityParametersIndex: 1, sequence: 1 };
  const [icv, payload] = [new Uint8Array(11), new Uint8Array(0)];
  assertThrows(() => encodeAuthenticationHeader({ ...header, icv, payload }));
});

Deno.test("decodeAuthenticationHeader, decodeHmacTrailer, integrityIsRight: never throw", () => {
  const headers = octets(0, 40).map((bytes) => Uint8Array.of(112, 4, 0, 0, ...bytes));
  const trailers = octets(20, 26).map((bytes) => Uint8Array.of(1, 1, 0, 0, ...bytes));
  const packets = octets(0, 90).map((bytes) => Uint8Array.of(0x45, ...bytes));
  const any = fc.oneof(octets(0, 60), headers, trailers, packets);
  fc.assert(fc.property(any, (bytes) => {
    const header = decodeAuthenticationHeader(bytes);
    if (typeof header !== "string") assertEquals(encodeAuthenticationHeader(header), bytes);
    const trailer = decodeHmacTrailer(bytes);
    if (typeof trailer !== "string") assertEquals(encodeHmacTrailer(trailer), bytes);
    assert(!integrityIsRight(bytes, Uint8Array.of(1)));
  }));
});

Deno.test("integrityIsRight: takes what integrityCheckValue signed, IPv4 options included", () => {
  const options = fc.constantFrom(new Uint8Array(0), Uint8Array.of(0x94, 4, 0, 0));
  fc.assert(fc.property(options, octets(1, 80), octets(0, 40), octet, (some, key, payload, ttl) => {
    const write = (icv: Uint8Array) =>
      encodeIpv4({
        identification: 9,
        ttl,
        protocol: PROTOCOL_AH,
        source: ip("10.99.0.1"),
        destination: ip("224.0.0.18"),
        options: some,
        payload: encodeAuthenticationHeader({
          nextHeader: PROTOCOL_VRRP,
          securityParametersIndex: 1,
          sequence: 2,
          icv,
          payload,
        }),
      });
    const signed = write(integrityCheckValue(write(new Uint8Array(ICV_BYTES)), key));
    assert(integrityIsRight(signed, key));
    assert(!integrityIsRight(signed, key.with(0, (key[0] ?? 0) ^ 1)));
    assert(!integrityIsRight(Uint8Array.of(...signed, 0), key));
  }));
});

Deno.test("integrityCheckValue: asserts that there is a place for it", () => {
  for (const length of [0, 20, 43]) {
    const packet = new Uint8Array(length).fill(0x45, 0, 1);
    assertThrows(() => integrityCheckValue(packet, Uint8Array.of(1)));
  }
  assertThrows(() => integrityCheckValue(new Uint8Array(60).fill(0x44), Uint8Array.of(1)));
});

Deno.test("decodeHmacTrailer: one trailer both ways", () => {
  const trailer = {
    keyId: 7,
    sequence: 0x6553_f100_8000_0003n,
    mac: Uint8Array.fromHex("00112233445566778899aabbccddeeff"),
  };
  assertEquals(encodeHmacTrailer(trailer).toHex(), TRAILER_HEX);
  assertEquals(decodeHmacTrailer(Uint8Array.fromHex(TRAILER_HEX)), trailer);
});

Deno.test("decodeHmacTrailer: refuses what is none", () => {
  const rows = [
    ["", "too short"],
    [TRAILER_HEX.slice(2), "too short"],
    [TRAILER_HEX + "00", "wrong length"],
    ["00" + TRAILER_HEX.slice(2), "unknown type"],
    ["02" + TRAILER_HEX.slice(2), "unknown type"],
    ["01070001" + TRAILER_HEX.slice(8), "reserved bits set"],
    ["01078000" + TRAILER_HEX.slice(8), "reserved bits set"],
  ] as const;
  for (const [hex, reason] of rows) {
    assertEquals(decodeHmacTrailer(Uint8Array.fromHex(hex)), reason, hex);
  }
});

Deno.test("decodeHmacTrailer: encodes back, over the whole range of every field", () => {
  const sequence = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const trailers = fc.record({ keyId: octet, sequence, mac: octets(16) });
  fc.assert(fc.property(trailers, (trailer) => {
    assertEquals(decodeHmacTrailer(encodeHmacTrailer(trailer)), trailer);
  }));
  const trailer = { keyId: 1, sequence: 1n, mac: new Uint8Array(16) };
  const wrong = [{ keyId: 256 }, { sequence: -1n }, { sequence: 1n << 64n }, {
    mac: new Uint8Array(15),
  }];
  for (const change of wrong) assertThrows(() => encodeHmacTrailer({ ...trailer, ...change }));
});

Deno.test("signatureIsRight: takes what signAdvertisement signed, whatever the checksum", () => {
  const cases = family.chain((which) => fc.tuple(address(which), address(which), address(which)));
  fc.assert(
    fc.property(cases, octets(32, 64), octet, ([source, other, virtualIp], key, keyId) => {
      const pdu = encodeAdvertisement({
        version: 3,
        vrid: 51,
        priority: 100,
        maxAdvertiseIntervalCs: 100,
        addresses: [virtualIp],
      });
      const bytes = signAdvertisement({ pdu, source }, key, { keyId, sequence: 5n });
      assertEquals(bytes.length, HMAC_TRAILER_BYTES);
      const trailer = decodeHmacTrailer(bytes);
      assert(typeof trailer !== "string");
      assertEquals([trailer.keyId, trailer.sequence], [keyId, 5n]);
      // The kernel writes the checksum of IPv6 after signing.
      const sent = pdu.with(6, 0xa5).with(7, 0xa5);
      assert(signatureIsRight({ pdu: sent, source }, key, trailer));
      assertEquals(signatureIsRight({ pdu, source: other }, key, trailer), source === other);
      assert(!signatureIsRight({ pdu, source }, key, { ...trailer, sequence: 6n }));
      assert(!signatureIsRight({ pdu, source }, key, { ...trailer, keyId: keyId ^ 1 }));
      assert(!signatureIsRight({ pdu: pdu.with(2, 101), source }, key, trailer));
      assert(!signatureIsRight({ pdu, source }, key.with(0, (key[0] ?? 0) ^ 1), trailer));
    }),
  );
});

Deno.test("signAdvertisement: over IPv6, as another HMAC implementation signs it", () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const ipv6 = "fe80" + "00".repeat(13) + "51" + "fd99" + "00".repeat(13) + "51";
  const pdu = Uint8Array.fromHex("3133c80200640dda" + ipv6);
  const trailer = { keyId: 1, sequence: 0x6553_f100_8000_0003n };
  assertEquals(
    signAdvertisement({ pdu, source: ip("fd99::1") }, key, trailer).toHex(),
    "01010000" + "6553f100" + "80000003" + "d19f697507263535013550bcd02402eb",
  );
});

Deno.test("sequenceFromUnixMs: seconds, 1/65536 seconds, counter", () => {
  assertEquals(sequenceFromUnixMs(0), 0n);
  assertEquals(sequenceFromUnixMs(1_700_000_000_500), 0x6553_f100_8000_0000n);
  assertEquals(unixMsFromSequence(0x6553_f100_8000_0003n), 1_700_000_000_500);
  const momentMs = fc.integer({ min: 0, max: 4_294_967_295_999 });
  fc.assert(
    fc.property(momentMs, (unixMs) => {
      const sequence = sequenceFromUnixMs(unixMs);
      assert(sequence < 1n << 64n);
      assertEquals(sequence & 0xffffn, 0n);
      const backMs = unixMsFromSequence(sequence);
      assert(backMs <= unixMs && backMs > unixMs - 1000 / 65_536 - 0.001);
      assert(sequenceFromUnixMs(unixMs + 1) > sequence);
    }),
    { examples: [[1_085_837_594_847]] },
  );
});
