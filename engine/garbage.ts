/**
 * V8's collector, for the few moments at which it matters when it runs.
 *
 * @module
 */

/** Collects young objects now, in a process that was started with `--expose-gc`. */
export function collectYoungGarbage(): void {
  const { gc } = globalThis as { gc?: (options: { type: "minor" }) => void };
  gc?.({ type: "minor" });
}
