/**
 * Assertions: for programmer errors only, on in production.
 *
 * A failed assertion means a bug of ours: the process releases what it holds and exits with 70.
 * Whatever a peer, an operator or the kernel can cause is a value or a `SyscallError` instead.
 *
 * @module
 */

/** Thrown by {@linkcode assert}: a bug of ours, never caught but at the top. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * Throws an {@linkcode AssertionError} with `message` unless `condition` holds. Where it is
 * asserted thousands of times a second, the message is a function: making texts costs more.
 */
export function assert(
  condition: unknown,
  message: string | (() => string),
): asserts condition {
  if (!condition) throw new AssertionError(typeof message === "string" ? message : message());
}
