/**
 * Acknowledgements, as recorded and as made up.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeAcknowledgement } from "../../../net/netlink/acknowledgement.ts";
import { eachMessage, NLMSG_DONE, NLMSG_ERROR } from "../../../net/netlink/message.ts";
import { fromHex, readRecording } from "./golden.ts";

function decoded(bytes: Uint8Array): ReturnType<typeof decodeAcknowledgement>[] {
  const all: ReturnType<typeof decodeAcknowledgement>[] = [];
  eachMessage(bytes, (message) => all.push(decodeAcknowledgement(message)));
  return all;
}

const recorded: Record<string, ReturnType<typeof decodeAcknowledgement>> = {
  "success": { errno: 0 },
  "exists": { errno: 17, message: "ipv4: Address already assigned" },
  "absent": { errno: 99, message: "ipv4: Address not found" },
  "absent-ipv6": { errno: 99, message: "ipv6: address not found" },
  "absent-not-capped": { errno: 99 },
  "invalid-prefix-not-capped": { errno: 22, message: "ipv4: Invalid prefix length" },
  "short-attribute": { errno: 34, message: "Attribute failed policy validation", offsetBytes: 24 },
};
const recording = readRecording("acknowledgements.hex");
Deno.test("decodeAcknowledgement: the table has all recorded ones", () => {
  assertEquals(recording.map(({ name }) => name), Object.keys(recorded));
});
for (const { name, bytes } of recording) {
  Deno.test(`decodeAcknowledgement: recorded ${name}`, () => {
    assertEquals<unknown>(decoded(bytes), [recorded[name]]);
  });
}

const HEADER = "0200 0000 01000000 00000000";
const CAPPED = "0200 0001 01000000 00000000";
const DONE = "0300 0200 01000000 00000000";
// deno-fmt-ignore
const rows: [name: string, hex: string, ReturnType<typeof decodeAcknowledgement>][] = [
  ["the end of a dump",                         `14000000 ${DONE} 00000000`,  { errno: 0 }],
  ["a dump that failed",                        `14000000 ${DONE} f0ffffff`,  { errno: 16 }],
  ["a dump that failed, with a text",           `20000000 0300 0202 01000000 00000000 eaffffff 09000100 4f6f707300 000000`, { errno: 22, message: "Oops" }],
  ["no error number",                           `10000000 ${DONE}`,           "netlink acknowledgement truncated"],
  ["no header of the request",                  `20000000 ${HEADER} 00000000 000000000000000000000000`, "netlink acknowledgement truncated"],
  ["a request longer than the answer",          `24000000 ${HEADER} 00000000 15000000 1400 0000 01000000 00000000`, "netlink acknowledgement truncated"],
  ["a request of 2^31 octets",                  `24000000 ${HEADER} 00000000 00000080 1400 0000 01000000 00000000`, "netlink acknowledgement truncated"],
  ["a long request, capped",                    `24000000 ${CAPPED} edffffff 00ff0000 1400 0000 01000000 00000000`, { errno: 19 }],
  ["a text that is cut off",                    `2c000000 0200 0003 01000000 00000000 edffffff 10000000 1400 0000 01000000 00000000 09000100 4f6f7073`, "netlink attribute length out of bounds"],
];
for (const [name, hex, expected] of rows) {
  Deno.test(`decodeAcknowledgement: ${name}`, () => {
    assertEquals(decoded(fromHex(hex)), [expected]);
  });
}

Deno.test("decodeAcknowledgement: no bytes make it throw, and errno is never negative", () => {
  const type = fc.constantFrom(NLMSG_ERROR, NLMSG_DONE);
  const flags = fc.constantFrom(0, 0x100, 0x200, 0x300);
  const original = fc.constantFrom(...recording.map(({ bytes }) => bytes));
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(original, fc.nat({ max: 120 }), fc.nat({ max: 255 }), fc.nat({ max: 60 })).map(
      ([bytes, at, octet, cut]) => {
        const body = bytes.slice(16, Math.max(16, bytes.length - cut));
        if (at < body.length) body[at] = octet;
        return body;
      },
    ),
  );
  fc.assert(
    fc.property(type, flags, octets, (type, flags, octets) => {
      const body = new DataView(octets.buffer, octets.byteOffset, octets.length);
      const result = decodeAcknowledgement({ type, flags, sequence: 1, portId: 0, body });
      assert(typeof result === "string" || result.errno >= 0);
    }),
    { numRuns: 1000 },
  );
});
