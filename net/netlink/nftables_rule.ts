/**
 * Rules of nf_tables: a row of small operations on registers, each of which may end the rule. What
 * is loaded into a register is compared, or looked up in a set; the last one is the verdict.
 *
 * @module
 */
import { text } from "./attribute.ts";
import type { MessageWriter } from "./message.ts";
import { attribute, nest, number } from "./nftables_attribute.ts";

/** One operation of a rule. */
export type Expression = (writer: MessageWriter) => void;

/** Where {@linkcode payload} counts its octets from. */
export const BASE = { network: 1, transport: 2 } as const;

/** Things known of a packet that are not in it (NFT_META_*). */
export const META = {
  inputIndex: 4,
  outputIndex: 5,
  transportProtocol: 16,
  /** Kind of the interface, 16 octets. */
  outputKind: 27,
} as const;

const VERDICT = { drop: 0, accept: 1, goto: -4 } as const;
const VERDICT_REGISTER = 0;
const COMPARE_EQUAL = 0;

/** Loads octets of the packet. */
export function payload(
  register: number,
  base: keyof typeof BASE,
  offset: number,
  size: number,
): Expression {
  return expression("payload", (writer) => {
    number(writer, 1, register);
    number(writer, 2, BASE[base]);
    number(writer, 3, offset);
    number(writer, 4, size);
  });
}

/** Loads something that is known of the packet. */
export function meta(register: number, key: keyof typeof META): Expression {
  return expression("meta", (writer) => {
    number(writer, 2, META[key]);
    number(writer, 1, register);
  });
}

/** Goes on if the register has these octets. */
export function equals(register: number, octets: Uint8Array): Expression {
  return expression("cmp", (writer) => {
    number(writer, 1, register);
    number(writer, 2, COMPARE_EQUAL);
    nest(writer, 3, () => attribute(writer, 1, () => writer.octets(octets)));
  });
}

/** Keeps the bits of the register that are set in the mask. */
export function masked(register: number, mask: Uint8Array): Expression {
  return expression("bitwise", (writer) => {
    number(writer, 1, register);
    number(writer, 2, register);
    number(writer, 3, mask.length);
    nest(writer, 4, () => attribute(writer, 1, () => writer.octets(mask)));
    nest(writer, 5, () => attribute(writer, 1, () => writer.octets(new Uint8Array(mask.length))));
  });
}

/** A set of the batch, or of the table. */
export interface SetReference {
  readonly name: string;
  /** Of the batch that makes it. */
  readonly id: number;
}

/** Goes on if what the register has is in the set; `into`: loads what a map says. */
export function inSet(register: number, set: SetReference, into?: number): Expression {
  return expression("lookup", (writer) => {
    number(writer, 2, register);
    if (into !== undefined) number(writer, 3, into);
    attribute(writer, 1, () => text.write(writer, set.name));
    number(writer, 4, set.id);
  });
}

/** Sends a copy to the address in a register, by the interface whose index is in another one. */
export function duplicate(addressRegister: number, interfaceRegister: number): Expression {
  return expression("dup", (writer) => {
    number(writer, 1, addressRegister);
    number(writer, 2, interfaceRegister);
  });
}

/** Counts packets and octets. */
export const counter: Expression = expression("counter", () => {});

/** Ends the way of a packet, or sends it to another chain for good. */
export function verdict(what: "drop" | "accept" | { readonly goto: string }): Expression {
  return expression("immediate", (writer) => {
    number(writer, 1, VERDICT_REGISTER);
    nest(writer, 2, () => {
      nest(writer, 2, () => {
        number(writer, 1, typeof what === "string" ? VERDICT[what] : VERDICT.goto);
        if (typeof what === "object") attribute(writer, 2, () => text.write(writer, what.goto));
      });
    });
  });
}

/** Writes the operations of a rule, in order. */
export function writeExpressions(writer: MessageWriter, expressions: readonly Expression[]): void {
  for (const write of expressions) nest(writer, 1, () => write(writer));
}

function expression(name: string, write: (writer: MessageWriter) => void): Expression {
  return (writer) => {
    attribute(writer, 1, () => text.write(writer, name));
    nest(writer, 2, () => write(writer));
  };
}
