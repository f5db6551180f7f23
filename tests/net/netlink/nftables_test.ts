/**
 * Batches for nf_tables: the octets of keepalived, told the same.
 *
 * In which order sets, chains and elements are made means nothing, nor do the order of attributes
 * and the numbers by which rules and elements of a batch name a set: they are left out.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { eachMessage, MessageWriter } from "../../../net/netlink/message.ts";
import {
  decodeFilterNews,
  writeElements,
  writeTableAdd,
  writeTableDelete,
} from "../../../net/netlink/nftables.ts";
import { writeTableContents } from "../../../net/packet_filter_rules.ts";
import type { FilterTable } from "../../../net/packet_filter_table.ts";
import { readRecording, toHex } from "./golden.ts";

const HEADER_BYTES = 4;
const NESTED = 0x8000;
const TYPE = { chain: 0xa03, rule: 0xa06, set: 0xa09, elements: 0xa0c };
const NAME = { table: 1, chainOfRule: 2, setOfElements: 2, elements: 3, setId: [10, 4] };

interface Attribute {
  readonly id: number;
  readonly payload: Uint8Array;
  readonly inner: readonly Attribute[] | undefined;
}

function attributesOf(bytes: Uint8Array): Attribute[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const all: Attribute[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint16(at, true);
    const type = view.getUint16(at + 2, true);
    const payload = bytes.subarray(at + 4, at + length);
    const inner = (type & NESTED) !== 0 ? attributesOf(payload) : undefined;
    all.push({ id: type & ~NESTED, payload, inner });
    at += (length + 3) & ~3;
  }
  return all;
}

/** In the order of the numbers, but for lists, whose entries all have the same. */
function show(attributes: readonly Attribute[], without: readonly number[] = []): string {
  const lookup = attributes.some(({ payload }) => toHex(payload).startsWith("6c6f6f6b7570"));
  return attributes.filter(({ id }) => !without.includes(id)).toSorted((a, b) => a.id - b.id)
    .map(({ id, payload, inner }) =>
      `${id}:${inner ? `(${show(inner, lookup ? [4] : [])})` : toHex(payload)}`
    ).join(" ");
}

/** Rules by chain, in order; everything else sorted, elements one by one. */
function meaning(batches: readonly Uint8Array[]): readonly string[] {
  const rules = new Map<string, string[]>();
  const rest = new Set<string>();
  for (const batch of batches) {
    const malformed = eachMessage(batch, ({ type, body }) => {
      if (type < TYPE.chain) return;
      const octets = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
      const family = octets[0];
      const attributes = attributesOf(octets.subarray(HEADER_BYTES));
      const named = (wanted: number) => attributes.find(({ id }) => id === wanted);
      const name = toHex(named(NAME.chainOfRule)?.payload ?? new Uint8Array());
      if (type === TYPE.rule) {
        const key = `${family} chain ${name}`;
        rules.set(key, [...rules.get(key) ?? [], show(attributes)]);
      } else if (type === TYPE.elements) {
        for (const each of named(NAME.elements)?.inner ?? []) {
          rest.add(`${family} in ${name}: ${show(each.inner ?? [])}`);
        }
      } else rest.add(`${family} ${type} ${show(attributes, type === TYPE.set ? [10] : [])}`);
    });
    assertEquals(malformed, undefined);
  }
  return [...[...rules].map(([chain, all]) => `${chain}: ${all.join(" | ")}`), ...rest].toSorted();
}

function written(tables: readonly FilterTable[]): Uint8Array {
  const writer = new MessageWriter(8);
  for (const table of tables) {
    writeTableAdd(writer, table);
    writeTableContents(writer, table);
  }
  return writer.written();
}

const COMMON = { table: "keepalived", priority: -1, counts: false };
const MINE = { table: "mine", priority: 5, counts: true };
const ROWS: Readonly<Record<string, readonly FilterTable[]>> = {
  "no_accept IPv4": [
    {
      ...COMMON,
      family: 4,
      addresses: ["192.0.2.100", "192.0.2.101", "192.0.2.103", "198.51.100.7"].map(ip),
    },
    { ...COMMON, family: 6, addresses: [ip("2001:db8::77")] },
  ],
  "no_accept IPv6": [
    {
      ...COMMON,
      family: 6,
      addresses: [ip("2001:db8::100")],
      linkLocals: [
        { ip: ip("fe80::1"), interfaceIndex: 3 },
        { ip: ip("fe80::2"), interfaceIndex: 5 },
      ],
    },
    { ...COMMON, family: 4, addresses: [ip("192.0.2.103")] },
  ],
  "VMAC, no_accept, counters, priority 5": [
    {
      ...MINE,
      family: 6,
      addresses: [ip("2001:db8::100")],
      linkLocals: [{ ip: ip("fe80::1"), interfaceIndex: 6 }],
      virtualLinks: [{ index: 6, parentIndex: 3 }],
    },
    {
      ...MINE,
      family: 4,
      addresses: [ip("192.0.2.100")],
      virtualLinks: [{ index: 7, parentIndex: 3 }],
    },
  ],
};

const recording = readRecording("nftables.hex");
for (const [name, tables] of Object.entries(ROWS)) {
  Deno.test(`nftables: as keepalived: ${name}`, () => {
    const theirs = recording.filter((line) => line.name === name);
    assert(theirs.length > 0, `nothing was recorded of ${name}`);
    assertEquals(meaning([written(tables)]), meaning(theirs.map(({ bytes }) => bytes)));
  });
}

Deno.test("nftables: more elements than one attribute holds take several messages", () => {
  const writer = new MessageWriter(8);
  const elements = Array.from({ length: 2_001 }, (_, i) => ({
    key: Uint8Array.of(10, 0, i >> 8, i & 0xff),
  }));
  writeElements(writer, { family: 4, table: "t" }, "vips", "remove", elements);
  const counts: number[] = [];
  eachMessage(writer.written(), ({ type, body }) => {
    assertEquals(type, 0xa0e);
    const octets = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    const list = attributesOf(octets.subarray(HEADER_BYTES)).find(({ id }) => id === NAME.elements);
    counts.push(list?.inner?.length ?? 0);
  });
  assertEquals(counts, [1_000, 1_000, 1]);
});

Deno.test("nftables: decodeFilterNews tells whose table it is, of anything else nothing", () => {
  const writer = new MessageWriter(8);
  writeTableDelete(writer, { family: 6, table: "mine" });
  const seen: unknown[] = [];
  eachMessage(writer.written(), ({ type, body }) => {
    seen.push(decodeFilterNews(type, body));
    seen.push(decodeFilterNews(0xa0f, body)); // A generation.
    seen.push(decodeFilterNews(0x202, body)); // Of another subsystem.
    for (let size = 0; size < 13; size++) {
      const cut = new DataView(body.buffer, body.byteOffset, size);
      seen.push(decodeFilterNews(type, cut));
    }
  });
  assertEquals(seen.shift(), { family: 10, table: "mine" });
  assertEquals(new Set(seen), new Set([undefined]));
});
