/**
 * What values and lines look like, as data. Readers carry it, so that documentation, the JSON
 * Schema, YAML and generated tests say what the readers do.
 *
 * @module
 */
import type { Family } from "../../net/address.ts";

/** One value. */
export type Shape =
  /** A whole number; `base` any: `0x…` and `0…` are read, too. */
  | { readonly kind: "integer"; readonly min: number; readonly max: number; readonly base?: "any" }
  /** A time with so many decimals at the most; the range is in `unit`. */
  | {
    readonly kind: "time";
    readonly unit: "s" | "ms";
    readonly min: number;
    readonly max: number;
    readonly digits: number;
  }
  /** `true on yes` or `false off no`. */
  | { readonly kind: "boolean" }
  /** One of these words. */
  | { readonly kind: "choice"; readonly words: readonly string[] }
  | { readonly kind: "address"; readonly family?: Family; readonly multicast?: true }
  /** An address with or without its length. */
  | { readonly kind: "prefix"; readonly family?: Family }
  | { readonly kind: "interface" }
  /** Any text that is not empty; `what` says what it means. */
  | { readonly kind: "text"; readonly what?: string }
  /** The name of a block of that keyword. */
  | { readonly kind: "reference"; readonly to: string }
  /** A script: a command with its arguments in quotes. */
  | { readonly kind: "command" }
  | { readonly kind: "anyOf"; readonly shapes: readonly Shape[] };

/** A place for a value behind a keyword. */
export interface Parameter {
  /** Its name in documentation and as a key in YAML. */
  readonly name: string;
  readonly shape: Shape;
  readonly optional?: true;
  /** As many as there are; the last parameter only. */
  readonly many?: true;
}

/** What a line of a block of items looks like: values, then options in any order. */
export interface Grammar {
  readonly parameters: readonly Parameter[];
  /** Words and what stands behind each. */
  readonly options: Readonly<Record<string, readonly Parameter[]>>;
}

/** A parameter that must be there. */
export function required(name: string, shape: Shape): Parameter {
  return { name, shape };
}

/** A parameter that may be left out, as all behind it. */
export function optional(name: string, shape: Shape): Parameter {
  return { name, shape, optional: true };
}

/** As many values as there are: none, too. */
export function many(name: string, shape: Shape): Parameter {
  return { name, shape, optional: true, many: true };
}

/** Any text. */
export function text(what?: string): Shape {
  return { kind: "text", ...(what === undefined ? {} : { what }) };
}
