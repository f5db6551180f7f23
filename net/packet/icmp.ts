/**
 * Echo requests and replies of ICMP (RFC 792) and ICMPv6 (RFC 4443 §4.1, §4.2).
 *
 * ```text
 *  0               1               2               3
 * +---------------+---------------+-------------------------------+
 * |     Type      |   Code (0)    |           Checksum            |
 * +---------------+---------------+-------------------------------+
 * |          Identifier           |        Sequence Number        |
 * +-------------------------------+-------------------------------+
 * |                            Data …                             |
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";
import type { Family } from "../address.ts";
import { wordSum } from "./checksum.ts";

/** Where each field sits. Both directions read this table. */
const AT = { typeCode: 0, checksum: 2, identifier: 4, sequence: 6, data: 8 };
/** Type and code (0) as one word. */
const TYPE_CODES: Readonly<Record<Family, Readonly<Record<EchoKind, number>>>> = {
  4: { request: 0x0800, reply: 0x0000 },
  6: { request: 0x8000, reply: 0x8100 },
};

/** The question or its answer. */
export type EchoKind = "request" | "reply";

/** An echo message of either family. */
export interface Echo {
  readonly kind: EchoKind;
  /** 16 bits: whose echo it is. */
  readonly identifier: number;
  /** 16 bits. */
  readonly sequence: number;
  /** Decoded: a view into the message. */
  readonly data: Uint8Array;
}

/** Why bytes are no echo message. */
export type Malformed = "too short" | "not an echo" | "wrong checksum";

/**
 * Reads the payload of an ICMP (`family` 4) or ICMPv6 (6) packet.
 *
 * Over IPv6 the checksum is verified only if `pseudoHeaderSum` is given: raw ICMPv6 sockets deliver
 * what the kernel has verified, and do not tell the destination. Over IPv4 it always is.
 */
export function decodeEcho(
  bytes: Uint8Array,
  family: Family,
  pseudoHeaderSum?: number,
): Echo | Malformed {
  if (bytes.length < AT.data) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = kindOf(view.getUint16(AT.typeCode), family);
  if (kind === undefined) return "not an echo";
  const verified = family === 4 || pseudoHeaderSum !== undefined;
  if (verified && wordSum(bytes, pseudoHeaderSum) !== 0xffff) return "wrong checksum";
  return {
    kind,
    identifier: view.getUint16(AT.identifier),
    sequence: view.getUint16(AT.sequence),
    data: bytes.subarray(AT.data),
  };
}

/** Writes an echo message, checksum included; over IPv6 that covers `pseudoHeaderSum`. */
export function encodeEcho(
  echo: Echo,
  family: Family,
  pseudoHeaderSum = 0,
): Uint8Array<ArrayBuffer> {
  const { identifier, sequence } = echo;
  assert(identifier >= 0 && identifier <= 0xffff, "Echo identifier fits 16 bits");
  assert(sequence >= 0 && sequence <= 0xffff, "Echo sequence number fits 16 bits");
  const bytes = new Uint8Array(AT.data + echo.data.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(AT.typeCode, TYPE_CODES[family][echo.kind]);
  view.setUint16(AT.identifier, identifier);
  view.setUint16(AT.sequence, sequence);
  bytes.set(echo.data, AT.data);
  view.setUint16(AT.checksum, 0xffff - wordSum(bytes, pseudoHeaderSum));
  return bytes;
}

function kindOf(typeCode: number, family: Family): EchoKind | undefined {
  const { request, reply } = TYPE_CODES[family];
  if (typeCode === request) return "request";
  return typeCode === reply ? "reply" : undefined;
}
