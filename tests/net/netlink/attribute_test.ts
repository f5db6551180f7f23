/**
 * Attributes of every type, both ways, whole and broken.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ip as ipOf, ipFromBytes, macFromBytes } from "../../../net/address.ts";
import { AssertionError } from "../../../net/assert.ts";
import {
  type Attributes,
  AttributeSchema,
  binary,
  ip,
  mac,
  nested,
  text,
  u16,
  u32,
  u64,
  u8,
} from "../../../net/netlink/attribute.ts";
import { eachMessage, MessageWriter } from "../../../net/netlink/message.ts";
import { fromHex, toHex } from "./golden.ts";

const innerShape = { kind: { id: 1, type: text }, mode: { id: 2, type: u32 } };
const inner = new AttributeSchema(innerShape);
const shape = {
  octet: { id: 1, type: u8 },
  short: { id: 2, type: u16 },
  long: { id: 3, type: u32 },
  wide: { id: 4, type: u64 },
  name: { id: 5, type: text },
  address: { id: 6, type: ip },
  hardware: { id: 7, type: mac },
  opaque: { id: 8, type: binary },
  info: { id: 9, type: nested(inner) },
  big: { id: 0x3fff, type: u8 },
};
const schema = new AttributeSchema(shape);
type Values = Attributes<typeof shape>;

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function encoded(values: Values): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter(8);
  writer.begin(16, 0);
  schema.encode(writer, values);
  writer.finish();
  return writer.written().slice(16);
}

// deno-fmt-ignore
const rows: [name: string, values: Values, hex: string][] = [
  ["nothing",                    {},                                 ""],
  ["u8, padded",                 { octet: 0xfe },                    "05000100 fe000000"],
  ["u16, padded",                { short: 0xfedc },                  "06000200 dcfe0000"],
  ["u32",                        { long: 0xfedcba98 },               "08000300 98badcfe"],
  ["u64",                        { wide: 0xfedcba9876543210n },      "0c000400 10325476 98badcfe"],
  ["text ends with NUL",         { name: "br0" },                    "08000500 62723000"],
  ["text that needs padding",    { name: "eth0" },                   "09000500 65746830 00000000"],
  ["empty text",                 { name: "" },                       "05000500 00000000"],
  ["IPv4",                       { address: ipOf("192.0.2.1") },     "08000600 c0000201"],
  ["IPv6",                       { address: ipOf("2001:db8::1") },   "14000600 20010db8 00000000 00000000 00000001"],
  ["MAC",                        { hardware: macFromBytes(fromHex("00005e000133")) }, "0a000700 00005e00 01330000"],
  ["octets",                     { opaque: fromHex("010203") },      "07000800 01020300"],
  ["nested, flagged",            { info: { kind: "veth" } },         "10000980 09000100 76657468 00000000"],
  ["nested, empty",              { info: {} },                       "04000980"],
  ["the largest id",             { big: 1 },                         "0500ff3f 01000000"],
  ["several, in the shape's order", { short: 1, octet: 2 },          "05000100 02000000 06000200 01000000"],
];
for (const [name, values, hex] of rows) {
  Deno.test(`AttributeSchema writes and reads ${name}`, () => {
    assertEquals(toHex(encoded(values)), hex.replaceAll(" ", ""));
    assertEquals(schema.decode(viewOf(fromHex(hex)), 0), values);
  });
}

// deno-fmt-ignore
const readings: [name: string, hex: string, expected: Values | string][] = [
  ["the unknown is skipped",                    "08000a00 01020304 05000100 07000000",     { octet: 7 }],
  ["the last one needs no padding",             "05000100 07",                             { octet: 7 }],
  ["one to three octets at the end are padding", "05000100 07000000 000000",               { octet: 7 }],
  ["of two the last counts",                    "05000100 07000000 05000100 08000000",     { octet: 8 }],
  ["the nested flag may be missing",            "0d000900 09000100 7665746800",            { info: { kind: "veth" } }],
  ["the byte order flag is no part of the id",  "05000140 07000000",                       { octet: 7 }],
  ["text without NUL",                          "07000500 62723000",                       { name: "br0" }],
  ["text ends at the first NUL",                "0a000500 6272 0030 0000 0000",            { name: "br" }],
  ["text that is no UTF-8",                     "05000500 ff000000",                       { name: "\ufffd" }],
  ["hardware addresses of a tunnel are left out", "08000700 c0000201",                     {}],
  ["a length below the header's",               "03000100 07000000",                       "netlink attribute length out of bounds"],
  ["a length of zero",                          "00000000",                                "netlink attribute length out of bounds"],
  ["a length beyond the end",                   "09000100 07000000",                       "netlink attribute length out of bounds"],
  ["nested, beyond its parent",                 "0c000900 0d000100 76657468 00",           "netlink attribute of the wrong size"],
  ["u8 of two octets",                          "06000100 07000000",                       "netlink attribute of the wrong size"],
  ["u16 of one octet",                          "05000200 07000000",                       "netlink attribute of the wrong size"],
  ["u32 of eight octets",                       "0c000300 0000000000000000",               "netlink attribute of the wrong size"],
  ["u64 of four octets",                        "08000400 00000000",                       "netlink attribute of the wrong size"],
  ["an address of five octets",                 "09000600 c000020101000000",               "netlink attribute of the wrong size"],
];
for (const [name, hex, expected] of readings) {
  Deno.test(`AttributeSchema.decode: ${name}`, () => {
    assertEquals(schema.decode(viewOf(fromHex(hex)), 0), expected);
  });
}

Deno.test("AttributeSchema.decode: reads from start to end only", () => {
  const bytes = fromHex("ffffffff 05000100 07000000 05000100 08000000");
  assertEquals(schema.decode(viewOf(bytes), 4, 12), { octet: 7 });
});

Deno.test("AttributeSchema.encode: what is only read is not written", () => {
  const reading = new AttributeSchema({ octet: { id: 1, type: { read: () => 1 } } });
  const writer = new MessageWriter();
  writer.begin(16, 0);
  assert(assertThrows(() => reading.encode(writer, { octet: 1 })) instanceof AssertionError);
});

const name = fc.string({ unit: "grapheme", maxLength: 15 }).filter((value) =>
  !value.includes("\0")
);
const unsigned = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const values = fc.record({
  octet: unsigned(8),
  short: unsigned(16),
  long: unsigned(32),
  wide: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  name,
  address: fc.oneof(octets(4), octets(16)).map(ipFromBytes),
  hardware: octets(6).map(macFromBytes),
  opaque: fc.uint8Array({ maxLength: 30 }),
  info: fc.record({ kind: name, mode: unsigned(32) }, { requiredKeys: [] }),
}, { requiredKeys: [] });

Deno.test("AttributeSchema: decoding what was encoded gives it back", () => {
  fc.assert(fc.property(values, (original) => {
    const decoded = schema.decode(viewOf(encoded(original)), 0);
    assertEquals<unknown>(decoded, original);
  }));
});

Deno.test("AttributeSchema.decode: no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    schema.decode(viewOf(bytes.slice()), 0);
  }));
  const flipped = fc.tuple(values, fc.nat(), fc.nat({ max: 7 }), fc.nat({ max: 200 }));
  fc.assert(fc.property(flipped, ([original, where, bit, cut]) => {
    const bytes = encoded(original);
    if (bytes.length === 0) return;
    const at = where % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    schema.decode(viewOf(bytes.subarray(0, Math.max(0, bytes.length - cut))), 0);
  }));
});

Deno.test("AttributeSchema.decode: values outlive the buffer they were read from", () => {
  const bytes = fromHex("07000800 01020300 0b000500 65746830 2e310000 08000600 c0000201");
  const decoded = schema.decode(viewOf(bytes), 0);
  bytes.fill(0xa5);
  assertEquals(decoded, {
    opaque: fromHex("010203"),
    name: "eth0.1",
    address: ipOf("192.0.2.1"),
  });
});

Deno.test("eachMessage and decode work on the same view", () => {
  const bytes = fromHex("18000000 1000 0000 01000000 00000000 05000100 07000000");
  eachMessage(bytes, ({ body }) => assertEquals(schema.decode(body, 0), { octet: 7 }));
});
