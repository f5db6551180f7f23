/**
 * V8's collector, for the few moments at which it matters when it runs.
 *
 * @module
 */

type Collect = (options: { readonly type: "minor" | "major" }) => void;

/** Collects young objects now, in a process that was started with `--expose-gc`. */
export function collectYoungGarbage(): void {
  (globalThis as { gc?: Collect }).gc?.({ type: "minor" });
}

/** Collects everything now, in such a process: milliseconds for each ten megabytes. */
export function collectGarbage(): void {
  (globalThis as { gc?: Collect }).gc?.({ type: "major" });
}
