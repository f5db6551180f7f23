/**
 * Requests for interfaces: the octets of keepalived, told the same.
 *
 * The order of attributes means nothing, nor do the bit that says that there are attributes inside,
 * the zero behind a text, and the family of a removal: they are left out.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { macFromBytes } from "../../../net/address.ts";
import { eachMessage, MessageWriter } from "../../../net/netlink/message.ts";
import {
  writeLinkChange,
  writeLinkCreate,
  writeLinkDelete,
} from "../../../net/netlink/rtnetlink_link_change.ts";
import { fromHex, readRecording, toHex } from "./golden.ts";

const HEADER_BYTES = 16;
const ID_MASK = 0x3fff;
/** Where there are attributes inside, by their path. */
const NESTED = /^(18|18\.2|26|26\.2|26\.2\.1|26\.10)$/;

function attributesOf(bytes: Uint8Array, path = ""): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const all: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint16(at, true);
    const id = `${path}${view.getUint16(at + 2, true) & ID_MASK}`;
    const payload = bytes.subarray(at + 4, at + length);
    if (NESTED.test(id)) all.push(...attributesOf(payload, `${id}.`));
    else all.push(`${id}:${toHex(payload).replace(/^((?:[0-9a-f]{2})+?)00$/, "$1")}`);
    at += (length + 3) & ~3;
  }
  return all.toSorted();
}

function meaning(bytes: Uint8Array): unknown {
  const all: unknown[] = [];
  const malformed = eachMessage(bytes, ({ type, flags, body }) => {
    const octets = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    const header = toHex(octets.subarray(4, HEADER_BYTES)); // Not the family.
    all.push({ type, flags, header, attributes: attributesOf(octets.subarray(HEADER_BYTES)) });
  });
  assertEquals(malformed, undefined);
  return all;
}

const virtualMac = (family: number) => macFromBytes(fromHex(`00005e000${family}33`));
const ROWS: Readonly<Record<string, (writer: MessageWriter) => void>> = {
  "make a macvlan": (writer) =>
    writeLinkCreate(writer, {
      name: "vrrp.51",
      parentIndex: 3,
      device: { kind: "macvlan", mac: virtualMac(2) },
    }),
  "no link-local address by itself": (writer) =>
    writeLinkChange(writer, 6, { withoutLinkLocal: true }),
  "set up": (writer) => writeLinkChange(writer, 6, { up: true }),
  "make another": (writer) =>
    writeLinkCreate(writer, {
      name: "foo",
      parentIndex: 3,
      device: { kind: "macvlan", mac: virtualMac(1) },
    }),
  "settings of the new one": (writer) =>
    writeLinkChange(writer, 7, {
      ipv4: { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 },
    }),
  "settings of the one below": (writer) =>
    writeLinkChange(writer, 3, { ipv4: { arp_ignore: 1, arp_filter: 1 } }),
  "remove": (writer) => writeLinkDelete(writer, 6),
};

const recording = readRecording("link_changes.hex");
for (const [name, write] of Object.entries(ROWS)) {
  Deno.test(`interfaces: as keepalived: ${name}`, () => {
    const theirs = recording.find((line) => line.name === name);
    assert(theirs, `nothing was recorded of ${name}`);
    const writer = new MessageWriter(8);
    write(writer);
    assertEquals(meaning(writer.written()), meaning(theirs.bytes));
  });
}

Deno.test("interfaces: what else is changed has the numbers of the kernel's if_link.h", () => {
  const writer = new MessageWriter(8);
  writeLinkCreate(writer, { name: "i", parentIndex: 2, device: { kind: "ipvlan", mode: "vepa" } });
  writeLinkChange(writer, 9, { masterIndex: 4, group: 7, alias: "a b" });
  assertEquals(meaning(writer.written()), [
    {
      type: 16,
      flags: 0x605,
      header: "000000000000000000000000",
      attributes: ["18.1:6970766c616e", "18.2.1:00", "18.2.2:02", "3:69", "5:020000"],
    },
    {
      type: 16,
      flags: 0x5,
      header: "090000000000000000000000",
      attributes: ["10:040000", "20:612062", "27:070000"],
    },
  ]);
});
