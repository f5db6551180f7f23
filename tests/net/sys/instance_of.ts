/**
 * Narrowing for what `assertThrows` returns.
 *
 * @module
 */
import { assert } from "@std/assert";

/** Asserts that a value is of a class, and returns it as such. */
export function instanceOf<Class>(
  constructor: new (...args: never[]) => Class,
  value: unknown,
): Class {
  assert(value instanceof constructor, `Expected a ${constructor.name}: got ${value}`);
  return value;
}
