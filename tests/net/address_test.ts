import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  compareIp,
  contains,
  familyOf,
  type Ip,
  ip,
  ipFromBytes,
  ipLength,
  ipToBytes,
  isLinkLocal,
  isMulticast,
  macFromBytes,
  macToBytes,
  parseIp,
  parseMac,
  parsePrefix,
} from "../../net/address.ts";
import { address, family, mac } from "./packet/arbitraries.ts";

/** [written, canonical, RFC 5952 section]. */
const CANONICAL = [
  // The same address in RFC 5952 §1's and §2's spellings.
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "§1"],
  ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "§1"],
  ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1", "§1"],
  ["2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1", "§1"],
  ["2001:0db8::1:0:0:1", "2001:db8::1:0:0:1", "§1"],
  ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1", "§1"],
  ["2001:db8:0000:0:1::1", "2001:db8::1:0:0:1", "§1"],
  ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1", "§1"],
  ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1", "§2.1"],
  ["2001:db8:0:0:0::1", "2001:db8::1", "§2.2"],
  ["2001:db8:0::1", "2001:db8::1", "§2.2"],
  ["2001:db8::aaaa:0:0:1", "2001:db8::aaaa:0:0:1", "§2.2"],
  ["2001:db8:0:0:aaaa::1", "2001:db8::aaaa:0:0:1", "§2.2"],
  ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa", "§2.3"],
  ["2001:0db8::0001", "2001:db8::1", "§4.1"],
  ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1", "§4.2.1"],
  ["2001:db8::0:1", "2001:db8::1", "§4.2.1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "§4.2.2"],
  ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "§4.2.2"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "§4.2.3"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "§4.2.3"],
  ["2001:DB8::ABCD", "2001:db8::abcd", "§4.3"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1", "§5"],
  ["0:0:0:0:0:FFFF:C000:0201", "::ffff:192.0.2.1", "§5"],
  ["::ffff:0:0", "::ffff:0.0.0.0", "§5"],
  // An IPv4-compatible address is no mapped one.
  ["::192.0.2.1", "::c000:201", "§5"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221", "§5"],
  ["0:0:0:0:0:0:0:0", "::", "§4.2"],
  ["0:0:0:0:0:0:0:1", "::1", "§4.2"],
  ["1:0:0:0:0:0:0:0", "1::", "§4.2"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", "§4.2.2"],
  ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", "§4.2.2"],
  ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", "§5"],
] as const;

const NO_ADDRESSES = [
  "",
  ":",
  "::1::",
  ":::",
  ":1",
  "1:",
  "1::2:",
  ":1::2",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  "12345::",
  "g::",
  "-1::",
  "fe80::1%eth0",
  "fe80::1/64",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "::1.2.3",
  "::1.2.3.256",
  "::01.2.3.4",
  "1:2:3:4:5:6:7:1.2.3.4",
  " ::1",
  "::1\n",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.",
  "256.1.1.1",
  "01.2.3.4",
  "1.2.3.4 ",
  "1.2.3.4\n",
  "1.2.3.0x4",
  "1.2.3.-4",
  "1,2,3,4",
  "١.2.3.4",
  "localhost",
];

Deno.test("parseIp RFC 5952: canonical text", () => {
  for (const [written, canonical, section] of CANONICAL) {
    assertEquals(parseIp(written), canonical as Ip, `${written} (${section})`);
  }
});

Deno.test("parseIp: IPv4 is its own canonical text", () => {
  for (const text of ["0.0.0.0", "255.255.255.255", "10.99.1.1", "224.0.0.18"]) {
    assertEquals(parseIp(text), text as Ip);
  }
});

Deno.test("parseIp: refuses what is no address", () => {
  for (const text of NO_ADDRESSES) assertEquals(parseIp(text), undefined, JSON.stringify(text));
});

Deno.test("parseIp: never throws, and what it takes is stable", () => {
  const pieces = fc.constantFrom("::", ":", ".", "0", "1", "ffff", "255", "01", "%", "a", "-");
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
  );
  fc.assert(fc.property(texts, (text) => {
    const parsed = parseIp(text);
    if (parsed !== undefined) assertEquals(parseIp(parsed), parsed);
  }));
});

Deno.test("ip: asserts its argument", () => {
  assertEquals(ip("FE80::1"), "fe80::1" as Ip);
  const error = assertThrows(() => ip("nowhere"));
  assertStringIncludes(String(error), "Not an IP address: current value is nowhere");
});

Deno.test("ipFromBytes, ipToBytes: inverse, for both families", () => {
  fc.assert(fc.property(family.chain(address), (text) => {
    const bytes = ipToBytes(text);
    assertEquals(bytes.length, ipLength(familyOf(text)));
    assertEquals(ipFromBytes(bytes), text);
    assertEquals(parseIp(text), text);
  }));
});

Deno.test("ipFromBytes: full octets, and one text for each address", () => {
  assertEquals(ipFromBytes(Uint8Array.of(255, 0, 10, 1)), "255.0.10.1" as Ip);
  const anyBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(fc.property(anyBytes, (bytes) => assertEquals(ipToBytes(ipFromBytes(bytes)), bytes)));
});

Deno.test("ipFromBytes: reads a view, asserts its length", () => {
  const bytes = Uint8Array.of(1, 10, 99, 0, 1, 2);
  assertEquals(ipFromBytes(bytes.subarray(1, 5)), "10.99.0.1" as Ip);
  for (const length of [0, 3, 5, 15, 17]) assertThrows(() => ipFromBytes(new Uint8Array(length)));
});

Deno.test("parsePrefix: address and length", () => {
  const rows = [
    ["10.99.1.1/16", "10.99.1.1", 16],
    ["10.99.1.1/0", "10.99.1.1", 0],
    ["10.99.1.1", "10.99.1.1", 32],
    ["FD99::51/64", "fd99::51", 64],
    ["fd99::51/128", "fd99::51", 128],
    ["fd99::51", "fd99::51", 128],
  ] as const;
  for (const [text, canonical, prefixLength] of rows) {
    assertEquals(parsePrefix(text), { ip: ip(canonical), prefixLength });
  }
  const refused = ["", "/8", "10.0.0.1/", "10.0.0.1/33", "::/129", "::/1000", "10.0.0.1/-1"];
  for (const text of [...refused, "10.0.0.1/8/8", "10.0.0.1/ 8", "10.0.0.1/8.0", "10/8"]) {
    assertEquals(parsePrefix(text), undefined, text);
  }
});

Deno.test("compareIp RFC 9568 §6.4.3: unsigned integers in network byte order", () => {
  const ascending = [
    "0.0.0.0",
    "9.255.255.255",
    "10.0.0.2",
    "10.0.0.10",
    "10.0.1.0",
    "127.0.0.1",
    "128.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:1.2.3.4",
    "1::",
    "fe80::9",
    "fe80::10",
    "fe80::8000:0:0:1",
    "ff02::1",
  ].map(ip);
  for (const [i, left] of ascending.entries()) {
    for (const [j, right] of ascending.entries()) {
      assertEquals(Math.sign(compareIp(left, right)), Math.sign(i - j), `${left} ${right}`);
    }
  }
});

Deno.test("compareIp: as the numbers compare", () => {
  const pairs = family.chain((which) => fc.tuple(address(which), address(which)));
  fc.assert(fc.property(pairs, ([left, right]) => {
    const difference = toNumber(left) - toNumber(right);
    const sign = difference < 0n ? -1 : difference > 0n ? 1 : 0;
    assertEquals(Math.sign(compareIp(left, right)), sign);
  }));
});

Deno.test("isMulticast, isLinkLocal: borders of their ranges", () => {
  const rows = [
    ["223.255.255.255", false, false],
    ["224.0.0.0", true, false],
    ["239.255.255.255", true, false],
    ["240.0.0.0", false, false],
    ["169.253.255.255", false, false],
    ["169.254.0.0", false, true],
    ["169.255.0.0", false, false],
    ["feff::", false, false],
    ["ff00::", true, false],
    ["ff02::12", true, false],
    ["fe7f:ffff::", false, false],
    ["fe80::", false, true],
    ["febf:ffff::", false, true],
    ["fec0::", false, false],
    ["::ffff:224.0.0.1", false, false],
  ] as const;
  for (const [text, multicast, linkLocal] of rows) {
    assertEquals(isMulticast(ip(text)), multicast, text);
    assertEquals(isLinkLocal(ip(text)), linkLocal, text);
  }
});

Deno.test("contains: rows", () => {
  const rows = [
    ["10.99.0.0/16", "10.99.255.255", true],
    ["10.99.0.0/16", "10.98.255.255", false],
    ["10.99.0.77/16", "10.99.0.1", true],
    ["10.99.0.0/31", "10.99.0.1", true],
    ["10.99.0.0/31", "10.99.0.2", false],
    ["10.99.0.1/32", "10.99.0.1", true],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "::", false],
    ["::/0", "0.0.0.0", false],
    ["fe80::/10", "febf::1", true],
    ["fe80::/10", "fec0::1", false],
  ] as const;
  for (const [prefix, host, inside] of rows) {
    const parsed = parsePrefix(prefix);
    assert(parsed !== undefined);
    assertEquals(contains(parsed, ip(host)), inside, `${prefix} ${host}`);
  }
});

Deno.test("contains: as the leading bits compare", () => {
  const cases = family.chain((which) => {
    const bits = ipLength(which) * 8;
    return fc.tuple(
      address(which),
      fc.nat({ max: bits }),
      fc.nat({ max: bits - 1 }),
      address(which),
    );
  });
  fc.assert(fc.property(cases, ([network, prefixLength, flippedBit, other]) => {
    const bits = BigInt(ipLength(familyOf(network)) * 8);
    const shift = bits - BigInt(prefixLength);
    const prefix = { ip: network, prefixLength };
    assertEquals(contains(prefix, other), toNumber(network) >> shift === toNumber(other) >> shift);
    // One bit off is out exactly if the bit is in the network part.
    const near = ipToBytes(network);
    near[flippedBit >> 3] = (near[flippedBit >> 3] ?? 0) ^ (0x80 >> (flippedBit & 7));
    assertEquals(contains(prefix, ipFromBytes(near)), flippedBit >= prefixLength);
  }));
});

Deno.test("parseMac: spellings", () => {
  const canonical = macFromBytes(Uint8Array.of(0, 0, 0x5e, 0, 1, 0x33));
  assertEquals(canonical as string, "00:00:5e:00:01:33");
  for (const text of ["00:00:5e:00:01:33", "00-00-5E-00-01-33", "0:0:5E:0:1:33"]) {
    assertEquals(parseMac(text), canonical, text);
  }
  const refused = [
    "",
    "00:00:5e:00:01",
    "00:00:5e:00:01:33:00",
    "00:00:5e:00:01:3g",
    "00005e000133",
  ];
  const mixed = [
    "00:00-5e:00-01:33",
    "00:00:5e:00:01-33",
    "00:00:5e:00:01:333",
    "::::: ",
    "0:0:0:0:0:",
  ];
  for (const text of [...refused, ...mixed]) assertEquals(parseMac(text), undefined, text);
});

Deno.test("macFromBytes, macToBytes: inverse; six octets", () => {
  fc.assert(fc.property(mac, (text) => {
    assertEquals(macFromBytes(macToBytes(text)), text);
    assertEquals(parseMac(text.toUpperCase()), text);
  }));
  for (const length of [0, 5, 7]) assertThrows(() => macFromBytes(new Uint8Array(length)));
});

function toNumber(text: Ip): bigint {
  return ipToBytes(text).reduce((number, octet) => (number << 8n) | BigInt(octet), 0n);
}
