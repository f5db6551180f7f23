/**
 * Time that moves only when told, from one deadline to the next, so that re-armed timers keep their
 * pace. Runs the real clock.
 *
 * @module
 */
import { Clock } from "../engine/clock.ts";

/** A clock and the hand that turns it. */
export class VirtualTime {
  nowMs = 0;
  readonly clock: Clock = new Clock(() => this.nowMs);

  /**
   * Lets `durationMs` pass. Each timer gets its turn `lateMs()` after its deadline, like in a
   * process that is not always scheduled at once; by default exactly at it.
   */
  runFor(durationMs: number, lateMs: () => number = () => 0): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const dueMs = this.clock.nextDeadlineMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs + lateMs());
      this.clock.runDue(this.nowMs);
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }
}
