/**
 * Which of a checker's URLs is next, when, and what their verdicts say together.
 *
 * keepalived asks for one URL at a time, `delay_loop` apart. A server is up when a whole pass was
 * good, and down as soon as one URL failed too often; then only that one is asked for, until it is
 * good again and a new pass begins.
 *
 * @module
 */

/** How a checker with URLs is to behave. */
export interface WalkRules {
  /** At least 1. */
  readonly urlCount: number;
  /** Further attempts before the server is down. */
  readonly retries: number;
  /** No pause between URLs until the server is up (`fast_recovery`). */
  readonly isFast: boolean;
}

/** Where a walk is. Plain data: it survives a reload. */
export interface Walk {
  /** Number of the URL that is next, from 0. */
  readonly index: number;
  /** Failures of this URL in a row. */
  readonly failureCount: number;
  /** The URL that took the server down; none in a pass. */
  readonly failedIndex: number | undefined;
  /** What was said last; undefined before anything was. */
  readonly isUp: boolean | undefined;
  /** The first failure of any URL counts, without retries: until a pass was good. */
  readonly isStrict: boolean;
}

/** When the next URL is due: at once, or after one of the checker's times. */
export type Pause = "none" | "delayLoop" | "delayBeforeRetry" | "longerOfBoth";

/** What a verdict led to. */
export interface Step {
  readonly walk: Walk;
  readonly pause: Pause;
  /** What is now known of the server; undefined: nothing yet, or nothing new. */
  readonly isUp: boolean | undefined;
}

/** The start of a walk: strict at the start of the daemon, not after a reload. */
export function firstWalk(isStrict: boolean): Walk {
  return { index: 0, failureCount: 0, failedIndex: undefined, isUp: undefined, isStrict };
}

/** The URL `walk.index` passed, or not. */
export function afterUrl(walk: Walk, passed: boolean, rules: WalkRules): Step {
  return passed ? afterGood(walk, rules) : afterBad(walk, rules);
}

function afterGood(walk: Walk, { urlCount, isFast }: WalkRules): Step {
  const pause: Pause = isFast && walk.isUp !== true ? "none" : "delayLoop";
  const good = { ...walk, failureCount: 0 };
  if (walk.failedIndex !== undefined) {
    return { walk: { ...good, index: 0, failedIndex: undefined }, pause, isUp: undefined };
  }
  if (walk.index + 1 < urlCount) {
    return { walk: { ...good, index: walk.index + 1 }, pause, isUp: undefined };
  }
  const up: Walk = { ...good, index: 0, isUp: true, isStrict: false };
  return { walk: up, pause: "delayLoop", isUp: true };
}

function afterBad(walk: Walk, { retries }: WalkRules): Step {
  if (walk.failedIndex !== undefined) return { walk, pause: "longerOfBoth", isUp: undefined };
  // While it is down, a URL that fails in the pass is asked for again, as long as it takes.
  const again: Step = { walk, pause: "delayBeforeRetry", isUp: undefined };
  if (walk.isUp === false) return again;
  if (!walk.isStrict && walk.failureCount < retries) {
    return { ...again, walk: { ...walk, failureCount: walk.failureCount + 1 } };
  }
  const down: Walk = { ...walk, failureCount: 0, failedIndex: walk.index, isUp: false };
  return { walk: down, pause: "longerOfBoth", isUp: false };
}
