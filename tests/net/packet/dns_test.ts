import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeReply, encodeQuery, isDomainName, rcodeName } from "../../../net/packet/dns.ts";

// deno-fmt-ignore
const queries: [name: string, query: { id: number; type: number; name: string }, hex: string][] = [
  // Captured from keepalived 2.2.7, but for its random id.
  ["root, SOA",       { id: 0x1234, type: 6, name: "." },            "1234010000010000000000000000060001"],
  // RFC 1035 §3.1 by hand.
  ["a name",          { id: 1, type: 1, name: "www.a.test" },        "00010100000100000000000003777777016104746573740000010001"],
  ["a dot at the end", { id: 1, type: 28, name: "a.test." },         "000101000001000000000000016104746573740000" + "1c0001"],
];
for (const [name, query, hex] of queries) {
  Deno.test(`encodeQuery: ${name}`, () => assertEquals(encodeQuery(query).toHex(), hex));
}

// deno-fmt-ignore
const replies: [name: string, hex: string, expected: ReturnType<typeof decodeReply>][] = [
  ["no error",        "abcd81800001000200000000", { id: 0xabcd, rcode: 0, answerCount: 2 }],
  ["NXDOMAIN",        "abcd81830001000000000000", { id: 0xabcd, rcode: 3, answerCount: 0 }],
  ["a question",      "abcd01000001000000000000", "not a reply"],
  ["too short",       "abcd818000010002000000",   "too short"],
  ["nothing",         "",                         "too short"],
];
for (const [name, hex, expected] of replies) {
  Deno.test(`decodeReply: ${name}`, () =>
    assertEquals(decodeReply(Uint8Array.fromHex(hex)), expected));
}

// deno-fmt-ignore
const names: [name: string, isName: boolean][] = [
  [".", true], ["a", true], ["a.b.", true], ["_tcp.a-b.c", true], ["", false], ["a..b", false], [".a", false], ["a..", false],
  ["a".repeat(63), true], ["a".repeat(64), false], [Array(127).fill("a").join("."), true], [Array(128).fill("a").join("."), false],
];
for (const [name, expected] of names) {
  Deno.test(`isDomainName: ${name.slice(0, 20)} (${name.length})`, () => {
    assertEquals(isDomainName(name), expected);
  });
}

Deno.test("decodeReply: any octets are read", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const reply = decodeReply(bytes);
    if (typeof reply === "object") assert(rcodeName(reply.rcode).length > 0);
  }));
});

Deno.test("encodeQuery writes names that can be read back", () => {
  const label = fc.string({ unit: fc.constantFrom(..."abc-1_"), minLength: 1, maxLength: 63 });
  fc.assert(fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
    const bytes = encodeQuery({ id: 0, type: 1, name: labels.join(".") });
    const read: string[] = [];
    let at = 12;
    for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
      read.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length)));
      at += 1 + length;
    }
    assertEquals(read, labels);
    assertEquals(bytes.length, at + 5);
  }));
});
