/**
 * Attributes as nf_tables wants them: numbers in network byte order, and the bit that says that
 * there are attributes inside.
 *
 * @module
 */
import type { MessageWriter } from "./message.ts";

const NLA_F_NESTED = 0x8000;

/** Writes one attribute. */
export function attribute(writer: MessageWriter, id: number, payload: () => void): void {
  const start = writer.beginAttribute(id);
  payload();
  writer.finishAttribute(start);
}

/** Writes an attribute that has attributes in it. */
export function nest(writer: MessageWriter, id: number, payload: () => void): void {
  attribute(writer, id | NLA_F_NESTED, payload);
}

/** Writes 32 bits in network byte order. */
export function number(writer: MessageWriter, id: number, value: number): void {
  attribute(writer, id, () => {
    for (const shift of [24, 16, 8, 0]) writer.u8((value >>> shift) & 0xff);
  });
}
