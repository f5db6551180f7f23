/**
 * Keeps down what others can provoke at will.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** Least time between two reports of lesser routers: the shortest interval of advertisements. */
const LESSER_MS_MIN = 10;

/** When a lesser router was told of last. */
export class ReportLimit {
  readonly #clock: Pick<Clock, "now">;
  #untilMs = -Infinity;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Whether one was told of a moment ago; if not, one is now. */
  isRepeated(): boolean {
    const now = this.#clock.now();
    if (now < this.#untilMs) return true;
    this.#untilMs = now + LESSER_MS_MIN;
    return false;
  }
}
