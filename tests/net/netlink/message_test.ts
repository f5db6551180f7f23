/**
 * Messages in datagrams, both ways, whole and broken.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  aligned,
  eachMessage,
  MessageWriter,
  type NetlinkMessage,
  NLMSG_DONE,
} from "../../../net/netlink/message.ts";
import { AssertionError } from "../../../net/assert.ts";
import { fromHex, readRecording, toHex } from "./golden.ts";

function assertBug(run: () => unknown): void {
  assert(assertThrows(run) instanceof AssertionError);
}

interface Plain {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  readonly body: string;
}

function plain({ body, ...header }: NetlinkMessage): Plain {
  const octets = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return { ...header, body: toHex(octets) };
}

function messagesOf(bytes: Uint8Array): { messages: Plain[]; malformed: string | undefined } {
  const messages: Plain[] = [];
  const malformed = eachMessage(bytes, (message) => messages.push(plain(message)));
  return { messages, malformed };
}

const FIRST = "14000000 1400 0506 01000000 00000000 0218fffe";
const SECOND = "10000000 0300 0200 02000000 07000000";
const first = { type: 0x14, flags: 0x605, sequence: 1, portId: 0, body: "0218fffe" };
const second = { type: NLMSG_DONE, flags: 2, sequence: 2, portId: 7, body: "" };
const odd = { type: 1, flags: 0, sequence: 0, portId: 0, body: "aa" };

// deno-fmt-ignore
const datagrams: [name: string, hex: string, messages: Plain[], malformed?: string][] = [
  ["an empty datagram has none",          "",                                                []],
  ["one",                                 FIRST,                                             [first]],
  ["several, as in a dump",               FIRST + SECOND,                                    [first, second]],
  ["the last one needs no padding",       "11000000 0100 0000 00000000 00000000 aa",         [odd]],
  ["padding is skipped",                  "11000000 0100 0000 00000000 00000000 aa000000" + FIRST, [odd, first]],
  ["15 octets are no header",             FIRST.slice(0, 33),                                [], "netlink header truncated"],
  ["octets after the last one",           FIRST + "00000000",                                [first], "netlink header truncated"],
  ["a length of zero ends it",            FIRST + "00000000" + SECOND.slice(8),              [first], "netlink length out of bounds"],
  ["a length below the header's",         "0f000000" + SECOND.slice(8),                      [], "netlink length out of bounds"],
  ["a length beyond the datagram",        "11000000" + SECOND.slice(8),                      [], "netlink length out of bounds"],
  ["a length of 2^32 - 1",                "ffffffff" + SECOND.slice(8),                      [], "netlink length out of bounds"],
];
for (const [name, hex, messages, malformed] of datagrams) {
  Deno.test(`eachMessage: ${name}`, () => {
    assertEquals(messagesOf(fromHex(hex)), { messages, malformed });
  });
}

Deno.test("eachMessage: reads from a view into a larger buffer", () => {
  const bytes = fromHex("ffffff" + FIRST);
  assertEquals(messagesOf(bytes.subarray(3)).messages, [first]);
});

Deno.test("eachMessage: every recorded datagram is whole", () => {
  for (const file of ["links_dump", "addresses_dump", "routes_dump", "events"]) {
    for (const { bytes } of readRecording(`${file}.hex`)) {
      const { messages, malformed } = messagesOf(bytes);
      assertEquals(malformed, undefined);
      assert(messages.length > 0);
    }
  }
});

Deno.test("eachMessage: no bytes make it throw, and bodies lie inside", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    eachMessage(bytes, ({ body }) => {
      assert(body.byteOffset + body.byteLength <= bytes.byteOffset + bytes.length);
    });
  }));
});

const fields = fc.record({
  type: fc.integer({ min: 0, max: 0xffff }),
  flags: fc.integer({ min: 0, max: 0xffff }),
  octets: fc.uint8Array({ maxLength: 40 }),
});

Deno.test("MessageWriter: eachMessage reads what was written, and nothing of the batch before shows", () => {
  const writer = new MessageWriter(16); // So small that it has to grow.
  fc.assert(fc.property(fc.array(fields, { maxLength: 5 }), (batch) => {
    // What is in the buffer from before must not shine through the padding.
    writer.clear();
    writer.begin(0xa5a5, 0xa5a5);
    writer.octets(new Uint8Array(300).fill(0xa5));
    writer.finish();
    writer.clear();
    const firstSequence = writer.nextSequence;
    for (const { type, flags, octets } of batch) {
      writer.begin(type, flags);
      writer.octets(octets);
      writer.finish();
    }
    const bytes = writer.written();
    assertEquals(
      messagesOf(bytes).messages,
      batch.map(({ type, flags, octets }, i) => ({
        type,
        flags,
        sequence: firstSequence + i,
        portId: 0,
        body: toHex(octets),
      })),
    );
    const sizes = batch.map(({ octets }) => 16 + aligned(octets.length));
    assertEquals(bytes.length, sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (const [i, { octets }] of batch.entries()) {
      const end = at + (sizes[i] ?? 0);
      assert(bytes.subarray(at + 16 + octets.length, end).every((octet) => octet === 0));
      at = end;
    }
  }));
});

Deno.test("MessageWriter: integers of every size, attributes inside of attributes", () => {
  const writer = new MessageWriter();
  writer.begin(0x1234, 0x0301);
  writer.u8(0xfe);
  writer.u8(0);
  writer.u16(0xfedc);
  writer.u32(0xfedcba98);
  writer.u64(0xfedcba9876543210n);
  const outer = writer.beginAttribute(0x8012);
  const inner = writer.beginAttribute(1);
  writer.u8(0x77);
  writer.finishAttribute(inner);
  writer.finishAttribute(outer);
  writer.finish();
  assertEquals(
    toHex(writer.written()),
    toHex(fromHex(
      "2c000000 3412 0103 01000000 00000000 fe00dcfe 98badcfe 1032547698badcfe 0c001280 05000100 77000000",
    )),
  );
});

Deno.test("MessageWriter: sequence numbers go on counting", () => {
  const writer = new MessageWriter();
  for (let batch = 0; batch < 3; batch++) {
    writer.clear();
    for (let message = 0; message < 2; message++) {
      assertEquals(writer.nextSequence, 1 + batch * 2 + message);
      writer.begin(16, 0);
      writer.finish();
    }
  }
});

Deno.test("MessageWriter: misuse is our bug", () => {
  const writer = new MessageWriter();
  assertBug(() => writer.finish());
  writer.begin(16, 0);
  assertBug(() => writer.begin(16, 0));
  assertBug(() => writer.written());
  assertBug(() => writer.octets(new Uint8Array(2 << 20)));
  const large = new MessageWriter();
  large.begin(16, 0);
  const start = large.beginAttribute(1);
  large.octets(new Uint8Array(0x10000));
  assertBug(() => large.finishAttribute(start));
});
