/**
 * Netlink attributes from a declared schema, in both directions.
 *
 * ```text
 *  0               1               2               3
 * +-------------------------------+-+-+---------------------------+
 * | Length, with these four octets|N|B|            Type           |
 * +-------------------------------+-+-+---------------------------+
 * |               Payload, padded to a multiple of four           |
 * ```
 *
 * N says that the payload is attributes again, B that it is in network byte order; the kernel sets
 * both only now and then, so reading ignores them. Attributes we do not know are skipped; of an
 * attribute that comes twice the last one counts, as in the kernel.
 *
 * A schema names the attributes of one message and their types:
 *
 * ```ts
 * import { AttributeSchema, ip, text, u8 } from "./attribute.ts";
 *
 * const address = new AttributeSchema({
 *   local: { id: 2, type: ip },
 *   label: { id: 3, type: text },
 *   protocol: { id: 11, type: u8 },
 * });
 * ```
 *
 * @module
 */
import { type Ip, ipFromBytes, ipToBytes, type Mac, macFromBytes, macToBytes } from "../address.ts";
import { assert } from "../assert.ts";
import { aligned, LITTLE_ENDIAN, type MessageWriter } from "./message.ts";

/** A reader's answer when the payload is not of its type. */
export const UNFIT: unique symbol = Symbol("unfit");

/** How the payload of one kind of attribute is read. */
export interface AttributeReader<Value> {
  /**
   * Reads `size` octets from `at` on, which lie inside of `view`. `UNFIT`: the payload is not of
   * this type, which makes the message malformed; undefined: leave the attribute out.
   */
  read(view: DataView, at: number, size: number): Value | typeof UNFIT | undefined;
}

/** How the payload of one kind of attribute is read and written. */
export interface AttributeType<Value> extends AttributeReader<Value> {
  /** Writes the payload only. */
  write(writer: MessageWriter, value: Value): void;
  /** Whether the payload is attributes again. */
  readonly nested?: true;
}

/** Names, numbers and types of the attributes of one message. Mere readers cannot be written. */
export type AttributeShape = Readonly<
  Record<
    string,
    {
      readonly id: number;
      readonly type: AttributeReader<unknown> & Partial<AttributeType<unknown>>;
    }
  >
>;

/** The attributes of a message by name; those that were not there are absent. */
export type Attributes<Shape extends AttributeShape> = {
  readonly [Name in keyof Shape]?: Shape[Name]["type"] extends AttributeReader<infer Value>
    ? Value | undefined
    : never;
};

/** Why octets are not attributes. The text is the log message and the counter's key. */
export type MalformedAttribute =
  | "netlink attribute length out of bounds"
  | "netlink attribute of the wrong size";

const AT = { length: 0, id: 2, payload: 4 };
const NLA_F_NESTED = 0x8000;
const ID_MASK = 0x3fff;

/** The attributes that one kind of message may have. */
export class AttributeSchema<Shape extends AttributeShape> {
  readonly #shape: Shape;
  readonly #nameById = new Map<number, string>();

  /** Compiles the shape; do it once, at the top of a module. */
  constructor(shape: Shape) {
    this.#shape = shape;
    for (const [name, { id }] of Object.entries(shape)) this.#nameById.set(id, name);
  }

  /** Reads the attributes from `start` to `end` (default: all) of a message. Never throws. */
  decode(
    view: DataView,
    start: number,
    end = view.byteLength,
  ): Attributes<Shape> | MalformedAttribute {
    const values: Record<string, unknown> = {};
    // Fewer octets than a header at the end are padding.
    for (let at = start; end - at >= AT.payload;) {
      const length = view.getUint16(at + AT.length, LITTLE_ENDIAN);
      if (length < AT.payload || length > end - at) return "netlink attribute length out of bounds";
      const name = this.#nameById.get(view.getUint16(at + AT.id, LITTLE_ENDIAN) & ID_MASK);
      if (name !== undefined) {
        const value = this.#shape[name]?.type.read(view, at + AT.payload, length - AT.payload);
        if (value === UNFIT) return "netlink attribute of the wrong size";
        if (value !== undefined) values[name] = value;
      }
      at += aligned(length);
    }
    return values as Attributes<Shape>;
  }

  /** Writes the values that are there, in the order of the shape. */
  encode(writer: MessageWriter, values: Attributes<Shape>): void {
    for (const name in this.#shape) {
      const value = values[name];
      const attribute = this.#shape[name];
      if (value === undefined || attribute === undefined) continue;
      const { id, type } = attribute;
      assert(type.write !== undefined, () => `The netlink attribute ${name} is only read`);
      const start = writer.beginAttribute(type.nested ? id | NLA_F_NESTED : id);
      type.write(writer, value);
      writer.finishAttribute(start);
    }
  }
}

/** An unsigned octet. */
export const u8: AttributeType<number> = {
  read: (view, at, size) => size === 1 ? view.getUint8(at) : UNFIT,
  write: (writer, value) => writer.u8(value),
};

/** 16 bits, unsigned, in host byte order. */
export const u16: AttributeType<number> = {
  read: (view, at, size) => size === 2 ? view.getUint16(at, LITTLE_ENDIAN) : UNFIT,
  write: (writer, value) => writer.u16(value),
};

/** 32 bits, unsigned, in host byte order. */
export const u32: AttributeType<number> = {
  read: (view, at, size) => size === 4 ? view.getUint32(at, LITTLE_ENDIAN) : UNFIT,
  write: (writer, value) => writer.u32(value),
};

/** 64 bits, unsigned, in host byte order; only four-octet alignment is promised. */
export const u64: AttributeType<bigint> = {
  read: (view, at, size) => size === 8 ? view.getBigUint64(at, LITTLE_ENDIAN) : UNFIT,
  write: (writer, value) => writer.u64(value),
};

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const ASCII_MAX = 0x7f;
/** Names are short; for longer texts the decoder is faster. */
const PLAIN_CHARS_MAX = 24;

function decodeText(view: DataView, at: number, size: number): string {
  const octets = octetsOf(view, at, size);
  const nul = octets.indexOf(0);
  return decoder.decode(nul < 0 ? octets : octets.subarray(0, nul));
}

/** Text up to the first NUL; one is added when writing. Octets that are no UTF-8 become U+FFFD. */
export const text: AttributeType<string> = {
  read: (view, at, size) => {
    let plain = "";
    for (let i = 0; i < size; i++) {
      const octet = view.getUint8(at + i);
      if (octet === 0) return plain;
      if (octet > ASCII_MAX || i >= PLAIN_CHARS_MAX) return decodeText(view, at, size);
      plain += String.fromCharCode(octet);
    }
    return plain;
  },
  write: (writer, value) => {
    writer.octets(encoder.encode(value));
    writer.u8(0);
  },
};

/** An IPv4 or IPv6 address, told apart by its length. */
export const ip: AttributeType<Ip> = {
  read: (view, at, size) =>
    size === 4 || size === 16 ? ipFromBytes(octetsOf(view, at, size)) : UNFIT,
  write: (writer, value) => writer.octets(ipToBytes(value)),
};

/** A MAC address. Tunnels and InfiniBand have hardware addresses of other lengths: left out. */
export const mac: AttributeType<Mac> = {
  read: (view, at, size) => size === 6 ? macFromBytes(octetsOf(view, at, size)) : undefined,
  write: (writer, value) => writer.octets(macToBytes(value)),
};

/** Octets as they are; a copy. */
export const binary: AttributeType<Uint8Array> = {
  read: (view, at, size) => octetsOf(view, at, size).slice(),
  write: (writer, value) => writer.octets(value),
};

/** Attributes inside of an attribute. */
export function nested<Shape extends AttributeShape>(
  schema: AttributeSchema<Shape>,
): AttributeType<Attributes<Shape>> {
  return {
    read: (view, at, size) => {
      const values = schema.decode(view, at, at + size);
      return typeof values === "string" ? UNFIT : values;
    },
    write: (writer, values) => schema.encode(writer, values),
    nested: true,
  };
}

function octetsOf(view: DataView, at: number, size: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, size);
}
