/**
 * What the interoperation tests demand again and again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { until } from "./command.ts";
import type { Frame } from "./frame.ts";
import { spacingsMs } from "./judge.ts";
import type { Host, Lab } from "./lab.ts";

/** The machine is shared: a daemon may get its turn this late. It is never early. */
export const LATE_MS_MAX = 150;
/** A timer of whole milliseconds, rounded down. */
const EARLY_MS_MAX = 1;

/** Asserts that a wait was as long as it should be, and at most {@linkcode LATE_MS_MAX} longer. */
export function assertWaited(what: string, actualMs: number, idealMs: number): void {
  assert(
    actualMs >= idealMs - EARLY_MS_MAX && actualMs <= idealMs + LATE_MS_MAX,
    `${what}: ${actualMs.toFixed(1)} ms, ideal ${idealMs.toFixed(1)} ms`,
  );
}

/**
 * Asserts that frames keep to an interval. One that is late may be followed by one that is not, so
 * a pause may be shorter than the interval, but never are there more of them than there should be.
 */
export function assertPace(what: string, frames: readonly Frame[], intervalMs: number): void {
  const pauses = spacingsMs(frames);
  const longest = Math.max(0, ...pauses);
  assert(longest <= intervalMs + LATE_MS_MAX, `${what}: silent for ${longest.toFixed(1)} ms`);
  const sumMs = pauses.reduce((sum, pause) => sum + pause, 0);
  const idealMs = pauses.length * intervalMs;
  assert(sumMs >= idealMs - LATE_MS_MAX, `${what}: ${pauses.length} in ${sumMs.toFixed(1)} ms`);
}

/** Asserts that a host's kernel has these virtual addresses only, or gets there in `timeoutMs`. */
export async function assertHolds(
  lab: Lab,
  host: Host,
  addresses: readonly string[],
  timeoutMs = 1000,
): Promise<void> {
  const wanted = addresses.toSorted().join();
  const hasThem = async () => (await lab.virtualAddresses(host)).join() === wanted;
  await until(`${host} holds [${addresses}]`, hasThem, timeoutMs).catch(() => {});
  assertEquals<readonly string[]>(await lab.virtualAddresses(host), addresses.toSorted(), host);
}
