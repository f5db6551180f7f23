/**
 * Packet filters over netlink: tables, chains, sets and rules of the kernel's nf_tables, as the
 * messages of one batch. A batch is applied as a whole or not at all.
 *
 * ```text
 * +---------------+---------------+-------------------------------+
 * |    Family     |  Version (0)  |  Resource, network byte order |
 * +---------------+---------------+-------------------------------+
 * |                          Attributes                           |
 * ```
 *
 * Unlike everywhere else in netlink, numbers in attributes are in network byte order.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { type AttributeReader, AttributeSchema, text, UNFIT } from "./attribute.ts";
import { LITTLE_ENDIAN, type MessageWriter, NLM_F_CREATE, NLM_F_REQUEST } from "./message.ts";
import { attribute, nest, number } from "./nftables_attribute.ts";
import { type Expression, writeExpressions } from "./nftables_rule.ts";

/** Protocol families of tables (NFPROTO_*), by IP version. */
export const TABLE_FAMILY = { 4: 2, 6: 10 } as const;
/** Base chains are called for packets that come in, or go out (NF_INET_LOCAL_*). */
export const HOOK = { input: 1, output: 3 } as const;

const SUBSYSTEM = 10; // NFNL_SUBSYS_NFTABLES
const NFNL_MSG_BATCH_BEGIN = 16;
const NFNL_MSG_BATCH_END = 17;
const MESSAGE = {
  newTable: 0,
  delTable: 2,
  newChain: 3,
  newRule: 6,
  newSet: 9,
  newElements: 12,
  delElements: 14,
};
const NLM_F_APPEND = 0x800;
const NFPROTO_UNSPEC = 0;
const NF_ACCEPT = 1;
const HEADER_BYTES = 4;
/** Elements of one attribute: it has at most 65535 octets. */
const ELEMENTS_MAX = 1_000;

const SET_FLAG = { constant: 0x2, map: 0x8 };

/** What identifies a table. */
export interface TableName {
  /** IP version. */
  readonly family: 4 | 6;
  readonly table: string;
}

/** A chain; with a hook it is called for packets, without one by rules. */
export interface Chain {
  readonly name: string;
  readonly hook?: keyof typeof HOOK;
  /** Order among the chains of a hook, a signed 32-bit number; lower ones come first. */
  readonly priority?: number;
}

/**
 * What a set has in it: types as `nft` numbers them, whose meaning only listings need, and octets.
 */
export interface SetShape {
  readonly name: string;
  readonly keyType: number;
  readonly keyBytes: number;
  /** Makes it a map. */
  readonly dataType?: number;
  readonly dataBytes?: number;
  /** Never changes while it is used. */
  readonly isConstant?: boolean;
  /** Numbers are in host byte order. */
  readonly isHostOrder: boolean;
}

/** One element of a set or a map. */
export interface Element {
  readonly key: Uint8Array;
  readonly data?: Uint8Array;
}

/** Starts a batch. */
export function beginBatch(writer: MessageWriter): void {
  writeHeader(writer, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, NFPROTO_UNSPEC, SUBSYSTEM);
  writer.finish();
}

/** Ends a batch: now it is applied. */
export function endBatch(writer: MessageWriter): void {
  writeHeader(writer, NFNL_MSG_BATCH_END, NLM_F_REQUEST, NFPROTO_UNSPEC, SUBSYSTEM);
  writer.finish();
}

/** Makes a table, or leaves the one that there is. */
export function writeTableAdd(writer: MessageWriter, name: TableName): void {
  begin(writer, MESSAGE.newTable, NLM_F_CREATE, name);
  attribute(writer, 1, () => text.write(writer, name.table));
  writer.finish();
}

/** Deletes a table with all that is in it. */
export function writeTableDelete(writer: MessageWriter, name: TableName): void {
  begin(writer, MESSAGE.delTable, 0, name);
  attribute(writer, 1, () => text.write(writer, name.table));
  writer.finish();
}

/** Makes a chain. */
export function writeChainAdd(writer: MessageWriter, name: TableName, chain: Chain): void {
  begin(writer, MESSAGE.newChain, NLM_F_CREATE, name);
  attribute(writer, 1, () => text.write(writer, name.table));
  attribute(writer, 3, () => text.write(writer, chain.name));
  const { hook, priority = 0 } = chain;
  if (hook !== undefined) {
    nest(writer, 4, () => {
      number(writer, 1, HOOK[hook]);
      number(writer, 2, priority);
    });
    number(writer, 5, NF_ACCEPT);
    attribute(writer, 7, () => text.write(writer, "filter"));
  }
  writer.finish();
}

/** Appends a rule to a chain. */
export function writeRuleAppend(
  writer: MessageWriter,
  name: TableName,
  chain: string,
  expressions: readonly Expression[],
): void {
  begin(writer, MESSAGE.newRule, NLM_F_CREATE | NLM_F_APPEND, name);
  attribute(writer, 1, () => text.write(writer, name.table));
  attribute(writer, 2, () => text.write(writer, chain));
  nest(writer, 4, () => writeExpressions(writer, expressions));
  writer.finish();
}

/** Makes a set; `id` tells it apart from others of the same batch. */
export function writeSetAdd(
  writer: MessageWriter,
  name: TableName,
  set: SetShape,
  id: number,
): void {
  const { dataType, dataBytes, isConstant = false } = set;
  const isMap = dataType !== undefined && dataBytes !== undefined;
  begin(writer, MESSAGE.newSet, NLM_F_CREATE, name);
  attribute(writer, 1, () => text.write(writer, name.table));
  attribute(writer, 2, () => text.write(writer, set.name));
  const flags = (isConstant ? SET_FLAG.constant : 0) | (isMap ? SET_FLAG.map : 0);
  if (flags !== 0) number(writer, 3, flags);
  number(writer, 4, set.keyType);
  number(writer, 5, set.keyBytes);
  if (isMap) {
    number(writer, 6, dataType);
    number(writer, 7, dataBytes);
  }
  number(writer, 10, id);
  attribute(writer, 13, () => writer.octets(listingHints(set, isMap)));
  writer.finish();
}

/** Adds or removes elements. */
export function writeElements(
  writer: MessageWriter,
  name: TableName,
  set: string,
  operation: "add" | "remove",
  elements: readonly Element[],
): void {
  for (let at = 0; at < elements.length; at += ELEMENTS_MAX) {
    const type = operation === "add" ? MESSAGE.newElements : MESSAGE.delElements;
    begin(writer, type, operation === "add" ? NLM_F_CREATE : 0, name);
    attribute(writer, 1, () => text.write(writer, name.table));
    attribute(writer, 2, () => text.write(writer, set));
    nest(writer, 3, () => {
      for (const { key, data } of elements.slice(at, at + ELEMENTS_MAX)) {
        nest(writer, 1, () => {
          nest(writer, 1, () => attribute(writer, 1, () => writer.octets(key)));
          if (data) nest(writer, 2, () => attribute(writer, 1, () => writer.octets(data)));
        });
      }
    });
    writer.finish();
  }
}

/** Whose table a message is about. */
export interface FilterNews {
  readonly family: number;
  readonly table: string;
}

const anyText: AttributeReader<string> = {
  read: (view, at, size) => size > 0 ? text.read(view, at, size) : UNFIT,
};
/** All messages but those about generations have the table's name there. */
const newsSchema = new AttributeSchema({ table: { id: 1, type: anyText } });

/**
 * What a message of the kernel tells to have been changed; undefined if nothing of interest. Never
 * throws.
 */
export function decodeFilterNews(type: number, body: DataView): FilterNews | undefined {
  const isOurs = type >> 8 === SUBSYSTEM && (type & 0xff) <= MESSAGE.delElements;
  if (!isOurs || body.byteLength < HEADER_BYTES) return undefined;
  const values = newsSchema.decode(body, HEADER_BYTES);
  if (typeof values === "string" || values.table === undefined) return undefined;
  return { family: body.getUint8(0), table: values.table };
}

/**
 * How `nft` is to show numbers: type, length and value, as often as needed: byte order of keys and
 * of data.
 */
function listingHints({ isHostOrder }: SetShape, isMap: boolean): Uint8Array {
  const order = isHostOrder ? 1 : 2;
  const hint = (type: number) => [type, 4, order, 0, 0, 0];
  return Uint8Array.from([...hint(0), ...isMap ? hint(1) : []]);
}

function begin(writer: MessageWriter, message: number, flags: number, { family }: TableName): void {
  writeHeader(
    writer,
    (SUBSYSTEM << 8) | message,
    NLM_F_REQUEST | flags,
    TABLE_FAMILY[family],
    0,
  );
}

function writeHeader(
  writer: MessageWriter,
  type: number,
  flags: number,
  family: number,
  resource: number,
): void {
  assert(LITTLE_ENDIAN, "network byte order is not that of the host");
  writer.begin(type, flags);
  writer.u8(family);
  writer.u8(0);
  writer.u8(resource >> 8);
  writer.u8(resource & 0xff);
}
