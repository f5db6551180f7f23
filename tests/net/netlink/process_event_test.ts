/**
 * Process events: messages of Linux 6.18, and everything that is none.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { eachMessage, MessageWriter } from "../../../net/netlink/message.ts";
import {
  type MalformedProcessMessage,
  type ProcessMessage,
  readProcessMessage,
  writeListenRequest,
} from "../../../net/netlink/process_event.ts";

function fromHex(hex: string): Uint8Array {
  return new Uint8Array((hex.match(/../g) ?? []).map((each) => parseInt(each, 16)));
}

function read(hex: string): (ProcessMessage | MalformedProcessMessage)[] {
  const messages: (ProcessMessage | MalformedProcessMessage)[] = [];
  eachMessage(fromHex(hex), ({ body }) => messages.push(readProcessMessage(body)));
  return messages;
}

/** From the second word of the event on: 60 octets in all. */
function message(what: string, words: string): string {
  const header = "4c0000000300000000000000" + "00000000";
  const connector = "0100000001000000" + "07000000" + "00000000" + "28000000";
  const about = words.replaceAll(" ", "").padEnd(48, "0");
  return `${header}${connector}${what}02000000c0edf478701a0000${about}`;
}

const HEARD = { cpu: 2, sequence: 7 };

// deno-fmt-ignore
const ROWS: [name: string, hex: string, expected: ProcessMessage["event"]][] = [
  ["events are told",          message("00000000", ""),                                    { type: "listening" }],
  ["they are not",             message("00000000", "01000000"),                            undefined],
  ["a process forks",          message("01000000", "05000000 05000000 09000000 09000000"), { type: "forked", pid: 9, copyOf: 5 }],
  ["another thread of it does", message("01000000", "06000000 05000000 09000000 09000000"), { type: "forked", pid: 9, copyOf: undefined }],
  ["a thread is made",         message("01000000", "05000000 05000000 09000000 05000000"), undefined],
  ["a program is run",         message("02000000", "09000000 09000000"),                   { type: "changed", pid: 9 }],
  ["a process is renamed",     message("00020000", "09000000 09000000 61620000"),          { type: "changed", pid: 9 }],
  ["a thread is renamed",      message("00020000", "0a000000 09000000 61620000"),          undefined],
  ["a process ends",           message("00000080", "09000000 09000000 00000000 11000000"), { type: "ended", pid: 9 }],
  ["a thread ends",            message("00000080", "0a000000 09000000"),                   undefined],
  ["a user changes",           message("04000000", "09000000 09000000"),                   undefined],
];
for (const [name, hex, event] of ROWS) {
  Deno.test(`readProcessMessage: ${name}`, () => assertEquals(read(hex), [{ ...HEARD, event }]));
}

// As a kernel sent them: the answer, a fork, its exec, its end.
const CAPTURED: [hex: string, expected: ProcessMessage][] = [
  [
    "4c0000000300000000000000000000000100000001000000000000000100000028000000000000000100000064" +
    "dbef78701a0000000000000000000000000000000000000000000000000000",
    { cpu: 1, sequence: 0, event: { type: "listening" } },
  ],
  [
    "4c00000003000000010000000000000001000000010000000100000000000000280000000100000001000000b4" +
    "d6f078701a0000374c0000374c0000604c0000604c00000000000000000000",
    { cpu: 1, sequence: 1, event: { type: "forked", pid: 0x4c60, copyOf: 0x4c37 } },
  ],
  [
    "4c00000003000000000000000000000001000000010000000000000000000000280000000200000000000000c0" +
    "edf478701a0000604c0000604c000000000000000000000000000000000000",
    { cpu: 0, sequence: 0, event: { type: "changed", pid: 0x4c60 } },
  ],
  [
    "4c00000003000000010000000000000001000000010000000100000000000000280000000000008000000000" +
    "7458ff78701a0000604c0000604c00000000000011000000374c0000374c0000",
    { cpu: 0, sequence: 1, event: { type: "ended", pid: 0x4c60 } },
  ],
];
for (const [hex, expected] of CAPTURED) {
  Deno.test(`readProcessMessage of Linux 6.18: ${expected.event?.type}`, () =>
    assertEquals(read(hex), [expected]));
}

Deno.test("readProcessMessage: what is no process event says so", () => {
  const other = message("01000000", "").replace("0100000001000000", "0300000001000000");
  assertEquals(read(other), ["process event of another kind"]);
  const short = new DataView(new ArrayBuffer(19));
  assertEquals(readProcessMessage(short), "process event truncated");
});

Deno.test("readProcessMessage never throws", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    readProcessMessage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    const ours = new Uint8Array([1, 0, 0, 0, 1, 0, 0, 0, ...bytes]);
    readProcessMessage(new DataView(ours.buffer));
  }));
});

Deno.test("writeListenRequest: what the kernel answered to", () => {
  const writer = new MessageWriter();
  writeListenRequest(writer);
  const hex = Array.from(writer.written(), (each) => each.toString(16).padStart(2, "0")).join("");
  assertEquals(
    hex,
    "28000000" + "03000000" + "01000000" + "00000000" +
      "0100000001000000" + "0000000000000000" + "04000000" + "01000000",
  );
});
