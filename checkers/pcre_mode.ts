/**
 * What the parts of the translation share.
 *
 * @module
 */

/** Options that hold for a whole pattern. */
export interface PcreMode {
  /** Characters instead of octets. */
  readonly utf: boolean;
  /** `\d`, `\w` and `\s` by Unicode's properties. */
  readonly ucp: boolean;
  readonly allowsEmptyClass: boolean;
  readonly dollarEndOnly: boolean;
  readonly altCircumflex: boolean;
}

/** Options that a pattern can change in its course. */
export interface Flags {
  readonly caseless: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly extended: boolean;
  readonly ungreedy: boolean;
  readonly noCapture: boolean;
}

/** Something in a pattern that has no equal; caught where the translation began. */
export class Unmappable extends Error {
  override readonly name = "Unmappable";
}

/** A character that stands for itself, in a class or outside. */
export function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(character)
    ? codePoint(character.codePointAt(0) ?? 0)
    : character;
}

/** A character by its code. */
export function codePoint(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
}
