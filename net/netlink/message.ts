/**
 * Netlink messages on the wire (RFC 3549 §2.3.2), as the Linux kernel speaks them: host byte order.
 *
 * ```text
 *  0               1               2               3
 * +---------------------------------------------------------------+
 * |            Length, of the whole message in octets             |
 * +-------------------------------+-------------------------------+
 * |             Type              |             Flags             |
 * +-------------------------------+-------------------------------+
 * |                        Sequence Number                        |
 * +---------------------------------------------------------------+
 * |                 Process ID: port id of a socket               |
 * +---------------------------------------------------------------+
 * |              Body: family header, then attributes             |
 * ```
 *
 * Messages and attributes start at multiples of four octets. One datagram holds one message or
 * many: an answer of many parts ends with NLMSG_DONE, a batch of requests is answered message by
 * message.
 *
 * Only little-endian machines are supported; net/sys refuses to start on others.
 *
 * @module
 */
import { assert } from "../assert.ts";

/** Host byte order, as `DataView` wants it. */
export const LITTLE_ENDIAN = true;

/** Octets of the header of a message. */
export const HEADER_BYTES = 16;

/** Types below this one are netlink's own (`NLMSG_MIN_TYPE`). */
export const NLMSG_MIN_TYPE = 16;
/** An acknowledgement, positive or negative. */
export const NLMSG_ERROR = 2;
/** The end of an answer in many parts. */
export const NLMSG_DONE = 3;
/** Messages were lost. */
export const NLMSG_OVERRUN = 4;

/** A request to the kernel. */
export const NLM_F_REQUEST = 0x1;
/** An acknowledgement is wanted. */
export const NLM_F_ACK = 0x4;
/** The dump was disturbed by a change meanwhile; it may lack things. */
export const NLM_F_DUMP_INTR = 0x10;
/** What exists already is replaced. */
export const NLM_F_REPLACE = 0x100;
/** Answer with everything. */
export const NLM_F_DUMP = 0x300;
/** What exists already is an error. */
export const NLM_F_EXCL = 0x200;
/** What does not exist is created. */
export const NLM_F_CREATE = 0x400;
/** What is created comes after what exists already. */
export const NLM_F_APPEND = 0x800;
/** In an acknowledgement: the request is not repeated. */
export const NLM_F_CAPPED = 0x100;
/** In an acknowledgement: attributes follow. */
export const NLM_F_ACK_TLVS = 0x200;

/** Where each field of the header sits. Both directions read this table. */
const AT = { length: 0, type: 4, flags: 6, sequence: 8, portId: 12 };
/** Batches are bounded elsewhere; no message of ours comes near this. */
const WRITER_BYTES_MAX = 1 << 20;
const ATTRIBUTE_HEADER_BYTES = 4;
const ATTRIBUTE_BYTES_MAX = 0xffff;

/** One message of a datagram. */
export interface NetlinkMessage {
  readonly type: number;
  /** NLM_F_* bits. */
  readonly flags: number;
  /** That of the request it answers; 0 in events that nobody asked for. */
  readonly sequence: number;
  /** Port id of the socket it answers, or that caused the event; 0: unknown, or the kernel. */
  readonly portId: number;
  /** What follows the header. Valid as long as the datagram's buffer: copy what you keep. */
  readonly body: DataView;
}

/** Why a datagram is not a row of messages. The text is the log message and the counter's key. */
export type MalformedDatagram = "netlink header truncated" | "netlink length out of bounds";

/** The next multiple of four. */
export function aligned(lengthBytes: number): number {
  return (lengthBytes + 3) & ~3;
}

/**
 * Calls `each` for each message of a datagram, in order. Never throws on any bytes: stops at the
 * first message that does not fit and returns why; those before it were delivered.
 */
export function eachMessage(
  bytes: Uint8Array,
  each: (message: NetlinkMessage) => void,
): MalformedDatagram | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    if (left < HEADER_BYTES) return "netlink header truncated";
    const length = view.getUint32(at + AT.length, LITTLE_ENDIAN);
    if (length < HEADER_BYTES || length > left) return "netlink length out of bounds";
    each({
      type: view.getUint16(at + AT.type, LITTLE_ENDIAN),
      flags: view.getUint16(at + AT.flags, LITTLE_ENDIAN),
      sequence: view.getUint32(at + AT.sequence, LITTLE_ENDIAN),
      portId: view.getUint32(at + AT.portId, LITTLE_ENDIAN),
      body: new DataView(bytes.buffer, bytes.byteOffset + at + HEADER_BYTES, length - HEADER_BYTES),
    });
    at += aligned(length);
  }
  return undefined;
}

/**
 * Writes messages one after the other into one buffer, which grows to 1 MiB at most and is reused:
 * `clear()`, then for each message `begin()`, fields and attributes, `finish()`; then `written()`.
 *
 * Messages get consecutive sequence numbers of 32 bits, which go on counting after `clear()`.
 */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #end = 0;
  #messageStart: number | undefined;
  /** Where the message finished last starts. */
  #lastStart: number | undefined;
  #nextSequence = 1;

  /** `capacityBytes`: what is expected; more makes the buffer grow. */
  constructor(capacityBytes = 4096) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Sequence number of the next message. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** Forgets the messages written. What `written()` returned is overwritten from now on. */
  clear(): void {
    assert(this.#messageStart === undefined, "a netlink message was begun but not finished");
    this.#end = 0;
    this.#lastStart = undefined;
  }

  /** The messages written, valid until the next `clear()` or write. */
  written(): Uint8Array<ArrayBuffer> {
    assert(this.#messageStart === undefined, "a netlink message was begun but not finished");
    return this.#bytes.subarray(0, this.#end);
  }

  /** Starts a message. The port id is 0: the kernel knows whose socket it is. */
  begin(type: number, flags: number): void {
    assert(this.#messageStart === undefined, "a netlink message was begun but not finished");
    this.#messageStart = this.#end;
    this.u32(0);
    this.u16(type);
    this.u16(flags);
    this.u32(this.#nextSequence);
    this.#nextSequence = (this.#nextSequence + 1) >>> 0;
    this.u32(0);
  }

  /** Ends the message. */
  finish(): void {
    const start = this.#messageStart;
    assert(start !== undefined, "no netlink message was begun");
    this.#view.setUint32(start + AT.length, this.#end - start, LITTLE_ENDIAN);
    this.#pad(start);
    this.#messageStart = undefined;
    this.#lastStart = start;
  }

  /**
   * Writes the last message again with the next sequence number, and with `octets` instead of what
   * it has at each of `places`, counted from its start.
   */
  repeat(places: readonly number[], octets: Uint8Array): void {
    const start = this.#lastStart;
    assert(start !== undefined && this.#messageStart === undefined, "no message to repeat");
    const sizeBytes = this.#end - start;
    const at = this.#advance(sizeBytes);
    this.#bytes.copyWithin(at, start, at);
    this.#view.setUint32(at + AT.sequence, this.#nextSequence, LITTLE_ENDIAN);
    this.#nextSequence = (this.#nextSequence + 1) >>> 0;
    for (const place of places) {
      assert(place + octets.length <= sizeBytes, "octets lie inside of the message");
      this.#bytes.set(octets, at + place);
    }
    this.#lastStart = at;
  }

  /** Starts an attribute; what it returns belongs to `finishAttribute()`. Attributes may nest. */
  beginAttribute(id: number): number {
    const start = this.#end;
    this.u16(0);
    this.u16(id);
    return start;
  }

  /** Ends an attribute and pads it. */
  finishAttribute(start: number): void {
    const length = this.#end - start;
    assert(
      length >= ATTRIBUTE_HEADER_BYTES && length <= ATTRIBUTE_BYTES_MAX,
      () => `A netlink attribute has 4 to 65535 octets: current value is ${length}`,
    );
    this.#view.setUint16(start, length, LITTLE_ENDIAN);
    this.#pad(start);
  }

  /** Writes one octet. */
  u8(value: number): void {
    const at = this.#advance(1);
    this.#view.setUint8(at, value);
  }

  /** Writes 16 bits in host byte order. */
  u16(value: number): void {
    const at = this.#advance(2);
    this.#view.setUint16(at, value, LITTLE_ENDIAN);
  }

  /** Writes 32 bits in host byte order. */
  u32(value: number): void {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, LITTLE_ENDIAN);
  }

  /** Writes 64 bits in host byte order. */
  u64(value: bigint): void {
    const at = this.#advance(8);
    this.#view.setBigUint64(at, value, LITTLE_ENDIAN);
  }

  /** Writes octets as they are. */
  octets(bytes: Uint8Array): void {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Fills with zeros up to the next boundary: what was in the buffer before must not show. */
  #pad(start: number): void {
    const length = this.#end - start;
    for (let count = aligned(length) - length; count > 0; count--) this.u8(0);
  }

  /** Makes room for so many octets and returns where they start. Growing replaces the view. */
  #advance(sizeBytes: number): number {
    const at = this.#end;
    this.#end += sizeBytes;
    if (this.#end > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    assert(
      this.#end <= WRITER_BYTES_MAX,
      `Netlink requests take at most ${WRITER_BYTES_MAX} octets`,
    );
    const larger = new Uint8Array(Math.max(this.#end, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
