import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Family, ip } from "../../../net/address.ts";
import { pseudoHeaderSum } from "../../../net/packet/checksum.ts";
import {
  type Advertisement,
  advertisementLengthBytes,
  checksumIsRight,
  decodeAdvertisement,
  encodeAdvertisement,
  type Malformed,
  peekAdvertisement,
} from "../../../net/packet/vrrp.ts";
import { address, family, octet, octets, word } from "./arbitraries.ts";

const VIRTUAL_IP = ip("10.99.1.1");
const IPV6_ADDRESSES = [ip("fe80::51"), ip("fd99::51")];
const NO_AUTH_DATA = new Uint8Array(8);
const SUM_IPV4 = pseudoHeaderSum(ip("10.99.0.1"), ip("224.0.0.18"), 112, 12);
const SUM_IPV6 = pseudoHeaderSum(ip("fd99::1"), ip("fd99::2"), 112, 40);
const COMMON = { vrid: 51, priority: 200, maxAdvertiseIntervalCs: 100 };
const IPV6_HEX = "fe80" + "00".repeat(13) + "51" + "fd99" + "00".repeat(13) + "51";

interface Vector {
  readonly name: string;
  readonly family: Family;
  readonly advertisement: Advertisement;
  readonly pseudoHeaderSum: number;
  readonly hex: string;
}

const VECTORS: readonly Vector[] = [
  {
    name: "version 3, IPv4, pseudo-header (RFC 5798; keepalived, FRR)",
    family: 4,
    advertisement: { ...COMMON, version: 3, addresses: [VIRTUAL_IP] },
    pseudoHeaderSum: SUM_IPV4,
    hex: "3133c801" + "00641010" + "0a630101",
  },
  {
    // 3133 + c801 + 0064 + 0a63 + 0101 = 104fc, folded 04fd.
    name: "version 3, IPv4, no pseudo-header (RFC 9568)",
    family: 4,
    advertisement: { ...COMMON, version: 3, addresses: [VIRTUAL_IP] },
    pseudoHeaderSum: 0,
    hex: "3133c801" + "0064fb02" + "0a630101",
  },
  {
    name: "version 3, IPv6",
    family: 6,
    advertisement: { ...COMMON, version: 3, addresses: IPV6_ADDRESSES },
    pseudoHeaderSum: SUM_IPV6,
    hex: "3133c802" + "00640dda" + IPV6_HEX,
  },
  {
    name: "version 2, IPv4, no authentication",
    family: 4,
    advertisement: {
      ...COMMON,
      version: 2,
      addresses: [VIRTUAL_IP],
      authType: 0,
      authData: NO_AUTH_DATA,
    },
    pseudoHeaderSum: 0,
    hex: "2133c801" + "00010b66" + "0a630101" + "0000000000000000",
  },
  {
    // 2133 + c801 + 0101 + 0a63 + 0101 + 7333 + 6372 + 6574 + 7077 = 2a229, folded a22b.
    name: "version 2, IPv4, password",
    family: 4,
    advertisement: {
      ...COMMON,
      version: 2,
      addresses: [VIRTUAL_IP],
      authType: 1,
      authData: new TextEncoder().encode("s3cretpw"),
    },
    pseudoHeaderSum: 0,
    hex: "2133c801" + "01015dd4" + "0a630101" + "7333637265747077",
  },
  {
    name: "version 2, IPv6 (keepalived 2.2.7): no authentication data, a pseudo-header",
    family: 6,
    advertisement: {
      ...COMMON,
      version: 2,
      vrid: 55,
      priority: 100,
      addresses: [ip("fe80::55"), ip("fd98::55")],
      authType: 0,
    },
    pseudoHeaderSum: pseudoHeaderSum(ip("fe80::2"), ip("ff02::12"), 112, 40),
    hex: "21376402" + "00017fd1" + "fe80" + "00".repeat(13) + "55" + "fd98" + "00".repeat(13) +
      "55",
  },
];

for (const { name, family, advertisement, pseudoHeaderSum, hex } of VECTORS) {
  Deno.test(`encodeAdvertisement, decodeAdvertisement §5.2 both ways: ${name}`, () => {
    const bytes = Uint8Array.fromHex(hex);
    assertEquals(encodeAdvertisement(advertisement, pseudoHeaderSum).toHex(), hex);
    assertEquals(decodeAdvertisement(bytes, family), { ...advertisement, trailingBytes: 0 });
    assert(checksumIsRight(bytes, pseudoHeaderSum));
    assert(!checksumIsRight(bytes, pseudoHeaderSum + 1));
    const { version, addresses } = advertisement;
    assertEquals(advertisementLengthBytes(version, family, addresses.length), bytes.length);
  });
}

Deno.test("decodeAdvertisement §7.1: what is none, and the order of the checks", () => {
  const rows: readonly [hex: string, family: Family, reason: Malformed][] = [
    ["", 4, "too short"],
    ["3133c801006410", 4, "too short"],
    ["01", 6, "too short"],
    // Everything is wrong from here on; then one thing less in each row.
    ["4f33c80000000000", 4, "unknown version"],
    ["0133c801006410100a630101", 4, "unknown version"],
    ["1133c801006410100a630101", 4, "unknown version"],
    ["f133c801006410100a630101", 4, "unknown version"],
    ["3f33c80000000000", 4, "no addresses"],
    ["2f33c80000000000", 6, "no addresses"],
    ["3f33c80100000000", 4, "wrong length"],
    ["3f33c801000000000a6301", 4, "wrong length"],
    ["3f33c802000000000a630101", 4, "wrong length"],
    ["3f33c8ff000000000a630101", 4, "wrong length"],
    ["3f33c801000000000a630101", 6, "wrong length"],
    ["2f33c801000000000a630101", 4, "wrong length"], // Version 2 has authentication data.
    ["2f33c801000000000a63010100000000000000", 4, "wrong length"],
    ["3f33c801000000000a630101", 4, "zero interval"],
    ["3f33c801f00000000a630101", 4, "zero interval"], // Reserved bits are no interval.
    ["2f33c80100000000" + "0a630101" + "0000000000000000", 4, "zero interval"],
    ["2f33c801ff000000" + "0a630101" + "0000000000000000", 4, "zero interval"],
    ["3f33c801006400000a630101", 4, "unknown type"],
    ["3033c801006400000a630101", 4, "unknown type"],
    ["3233c801006400000a630101", 4, "unknown type"],
    ["3933c801006400000a630101", 4, "unknown type"],
    ["2233c80100010000" + "0a630101" + "0000000000000000", 4, "unknown type"],
  ];
  for (const [hex, family, reason] of rows) {
    assertEquals(decodeAdvertisement(Uint8Array.fromHex(hex), family), reason, hex);
  }
});

Deno.test("decodeAdvertisement §5.2.6: reserved bits are ignored, and sent as zeros", () => {
  const decoded = decodeAdvertisement(Uint8Array.fromHex("3133c801f06400000a630101"), 4);
  assert(typeof decoded !== "string");
  assertEquals(decoded.maxAdvertiseIntervalCs, 100);
  assertEquals(encodeAdvertisement(decoded).toHex(), "3133c8010064fb020a630101");
});

Deno.test("decodeAdvertisement: the checksum is not looked at", () => {
  for (const { hex, family } of VECTORS) {
    const bytes = Uint8Array.fromHex(hex);
    const zeroed = bytes.with(6, 0).with(7, 0);
    assertEquals(decodeAdvertisement(zeroed, family), decodeAdvertisement(bytes, family));
    assert(!checksumIsRight(zeroed));
  }
});

Deno.test("decodeAdvertisement: tells how much follows, and does not read it", () => {
  for (const { hex, family, advertisement } of VECTORS) {
    for (const trailingBytes of [1, 6, 8, 28, 100]) {
      const bytes = Uint8Array.fromHex(hex + "a5".repeat(trailingBytes));
      assertEquals(decodeAdvertisement(bytes, family), { ...advertisement, trailingBytes });
    }
  }
});

Deno.test("decodeAdvertisement: reads a view, and keeps nothing of the buffer", () => {
  for (const { hex, family, advertisement } of VECTORS) {
    const buffer = Uint8Array.fromHex("a5a5a5" + hex + "a5a5a5");
    const decoded = decodeAdvertisement(buffer.subarray(3, buffer.length - 3), family);
    buffer.fill(0xa5);
    assertEquals(decoded, { ...advertisement, trailingBytes: 0 });
  }
});

Deno.test("peekAdvertisement: version, type and VRID of anything with a whole header", () => {
  const rows = [
    ["3133c801006410100a630101", { version: 3, type: 1, vrid: 51 }],
    ["21ff000000000000", { version: 2, type: 1, vrid: 255 }],
    ["f200000000000000", { version: 15, type: 2, vrid: 0 }],
    ["3133c801006410", "too short"],
    ["", "too short"],
  ] as const;
  for (const [hex, expected] of rows) {
    assertEquals(peekAdvertisement(Uint8Array.fromHex(hex)), expected, hex);
  }
});

/** Any advertisement of `version` and `family`, over the whole range of every field. */
function advertisements(version: 2 | 3, which: Family): fc.Arbitrary<Advertisement> {
  const common = {
    vrid: fc.integer({ min: 1, max: 255 }),
    priority: octet,
    // Seldom many: a full packet of IPv6 addresses takes long to write down.
    addresses: fc.oneof(
      { weight: 20, arbitrary: fc.array(address(which), { minLength: 1, maxLength: 6 }) },
      { weight: 1, arbitrary: fc.array(address(which), { minLength: 255, maxLength: 255 }) },
    ),
  };
  if (version === 3) {
    const maxAdvertiseIntervalCs = fc.integer({ min: 1, max: 4095 });
    return fc.record({ ...common, version: fc.constant(3), maxAdvertiseIntervalCs });
  }
  const maxAdvertiseIntervalCs = fc.integer({ min: 1, max: 255 }).map((seconds) => seconds * 100);
  const version2 = {
    ...common,
    version: fc.constant<2>(2),
    maxAdvertiseIntervalCs,
    authType: octet,
  };
  return which === 4 ? fc.record({ ...version2, authData: octets(8) }) : fc.record(version2);
}

const anyAdvertisement = fc.tuple(fc.constantFrom<(2 | 3)[]>(2, 3), family).chain((
  [version, which],
) => fc.tuple(advertisements(version, which), fc.constant(which)));

Deno.test("decodeAdvertisement: encodes back, over the whole range of every field", () => {
  fc.assert(
    fc.property(anyAdvertisement, word, octets(0, 40), ([advertisement, which], sum, trailer) => {
      const pdu = encodeAdvertisement(advertisement, sum);
      const decoded = decodeAdvertisement(Uint8Array.of(...pdu, ...trailer), which);
      assertEquals(decoded, { ...advertisement, trailingBytes: trailer.length });
      assert(checksumIsRight(pdu, sum));
    }),
    { numRuns: 300 },
  );
});

Deno.test("decodeAdvertisement: never throws, and what it takes means what it says", () => {
  // Random octets alone would seldom come as far as the addresses.
  const headers = fc.tuple(
    fc.constantFrom(0x21, 0x31, 0x2f, 0x30),
    octet,
    octet,
    fc.nat({ max: 4 }),
    octet,
    octet,
  );
  const likely = fc.tuple(headers, octets(0, 80)).map(([header, rest]) =>
    Uint8Array.of(...header, ...rest)
  );
  fc.assert(
    fc.property(fc.oneof(octets(0, 80), likely), family, (bytes, which) => {
      const peeked = peekAdvertisement(bytes);
      const decoded = decodeAdvertisement(bytes, which);
      if (typeof decoded === "string") return;
      assertEquals(peeked, { version: decoded.version, type: 1, vrid: decoded.vrid });
      if (decoded.vrid === 0) return;
      const encoded = encodeAdvertisement(decoded);
      assertEquals(encoded.length + decoded.trailingBytes, bytes.length);
      const again = decodeAdvertisement(encoded, which);
      assertEquals(again, { ...decoded, trailingBytes: 0 });
    }),
    { numRuns: 1000 },
  );
});

Deno.test("encodeAdvertisement: asserts what only we can get wrong", () => {
  const version3: Advertisement = { ...COMMON, version: 3, addresses: [VIRTUAL_IP] };
  const version2: Advertisement = { ...COMMON, version: 2, addresses: [VIRTUAL_IP] };
  const wrong: readonly Advertisement[] = [
    { ...version3, vrid: 0 },
    { ...version3, vrid: 256 },
    { ...version3, priority: -1 },
    { ...version3, priority: 256 },
    { ...version3, addresses: [] },
    { ...version3, addresses: Array.from({ length: 256 }, () => VIRTUAL_IP) },
    { ...version3, addresses: [VIRTUAL_IP, ip("fe80::51")] },
    { ...version3, addresses: [ip("fe80::51"), VIRTUAL_IP] },
    { ...version3, maxAdvertiseIntervalCs: 0 },
    { ...version3, maxAdvertiseIntervalCs: 4096 },
    { ...version3, authType: 0 },
    { ...version3, authData: NO_AUTH_DATA },
    { ...version2, maxAdvertiseIntervalCs: 0 },
    { ...version2, maxAdvertiseIntervalCs: 150 },
    { ...version2, maxAdvertiseIntervalCs: 25_600 },
    { ...version2, authType: 256 },
    { ...version2, authData: new Uint8Array(7) },
    { ...version2, authData: NO_AUTH_DATA, addresses: IPV6_ADDRESSES },
  ];
  for (const advertisement of wrong) assertThrows(() => encodeAdvertisement(advertisement));
  // What is not given is zero.
  assertEquals(
    encodeAdvertisement(version2).toHex(),
    "2133c801" + "00010b66" + "0a630101" + "0000000000000000",
  );
});
