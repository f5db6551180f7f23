/**
 * When sessions speak: together, as far as their periods let them.
 *
 * @module
 */

/** Sessions speak at multiples of it, or of a part of their interval if that is shorter. */
const GRID_MS = 5;
const GRID_INTERVALS = 20;

/** A period of a session. */
export interface Period {
  /** What chance says. */
  readonly delayMs: number;
  /** What it is without jitter. */
  readonly intervalMs: number;
  /** How long it may be at most. */
  readonly mostMs: number;
}

/**
 * A little earlier or later than chance says, so that many sessions speak at the same moments:
 * waking up for each costs more than all the rest. Never less than 75 % of the interval after the
 * last time, nor more than `mostMs`.
 */
export function onGrid(startMs: number, { delayMs, intervalMs, mostMs }: Period): number {
  const gridMs = Math.min(GRID_MS, intervalMs / GRID_INTERVALS);
  const dueMs = startMs + delayMs;
  const nearMs = Math.round(dueMs / gridMs) * gridMs;
  const roundedMs = nearMs - startMs > mostMs ? nearMs - gridMs : nearMs;
  return roundedMs - startMs < 0.75 * intervalMs ? dueMs : roundedMs;
}
