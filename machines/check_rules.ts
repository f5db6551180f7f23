/**
 * What a check's verdicts say together, and when the next one is due. Without a machine.
 *
 * @module
 */
import type { BfdCheck, CheckConfig, FileCheck, PaceConfig } from "./check_config.ts";
import { afterUrl, firstWalk, type Pause, type Walk } from "./url_walk.ts";

/** What one attempt found out. */
export interface CheckVerdict {
  /** `undecided`: nothing, the fault is ours; it counts as if nothing had been asked. */
  readonly outcome: "passed" | "failed" | "undecided";
  readonly weight?: CheckWeight;
  readonly tookMs: number;
}

/** `absolute`: the server's weight itself; `relative`: added to the configured one. */
export interface CheckWeight {
  readonly kind: "absolute" | "relative";
  readonly value: number;
}

/** What is known by a check. Plain data: it survives a reload. */
export interface CheckState {
  /** Undefined until the first result. */
  readonly isUp: boolean | undefined;
  /** Failures in a row, while it is up. */
  readonly failureCount: number;
  /** Of HTTP: which page is next. */
  readonly walk: Walk;
  readonly weight: CheckWeight | undefined;
}

/** What a verdict led to. */
export interface CheckStep {
  readonly state: CheckState;
  /** Until the next attempt begins. */
  readonly pauseMs: number;
}

/** Where every check begins, so that a server is not asked before it is served. */
const BOOTSTRAP_MS = 1_000;
/** Nothing is known yet. `isStrict`: until something is, the first failure counts (at start). */
export function unknownState(isStrict: boolean): CheckState {
  return { isUp: undefined, failureCount: 0, walk: firstWalk(isStrict), weight: undefined };
}

/** How long the first attempt waits; `chance` is 0 to 1, and spreads the herd. */
export function firstPauseMs(check: CheckConfig, chance: number): number {
  if (isTold(check)) return 0;
  return BOOTSTRAP_MS + check.warmupMs * chance;
}

/** A check whose news come by themselves, at the start too: nobody has to ask again and again. */
export function isTold(check: CheckConfig): check is FileCheck | BfdCheck {
  return check.kind === "file" || check.kind === "bfd";
}

/** Whether the server counts as well by this check. */
export function countsAsUp(check: CheckConfig, state: CheckState): boolean {
  return state.isUp ?? !check.alpha;
}

/** Which of the things to ask for is next. */
export function nextIndex(check: CheckConfig, state: CheckState): number {
  return check.kind === "http" ? state.walk.index : 0;
}

/** What an attempt leads to. */
export function afterVerdict(
  check: CheckConfig,
  state: CheckState,
  verdict: CheckVerdict,
): CheckStep {
  if (isTold(check)) return { state: settled(state, verdict), pauseMs: 0 };
  if (verdict.outcome === "undecided") return { state, pauseMs: check.delayLoopMs };
  if (check.kind === "http") return afterPage(check, state, verdict.outcome === "passed");
  const { step, isRetry } = verdict.outcome === "passed"
    ? { step: settled(state, verdict), isRetry: false }
    : afterFailure(check, state);
  const pauseMs = isRetry ? check.delayBeforeRetryMs : check.delayLoopMs;
  // A script's period counts from its start.
  const spentMs = check.kind === "script" ? verdict.tookMs : 0;
  return { state: step, pauseMs: Math.max(0, pauseMs - spentMs) };
}

function settled(state: CheckState, { outcome, weight }: CheckVerdict): CheckState {
  if (outcome === "undecided") return state;
  const isUp = outcome === "passed";
  return { ...state, isUp, failureCount: 0, weight: isUp ? weight : undefined };
}

/** What was well gets further attempts; what was not, or was never seen to be, gets none. */
function afterFailure(
  { retries }: PaceConfig,
  state: CheckState,
): { readonly step: CheckState; readonly isRetry: boolean } {
  const isNew = state.isUp === undefined && state.walk.isStrict;
  if (state.isUp !== false && !isNew && state.failureCount < retries) {
    return { step: { ...state, failureCount: state.failureCount + 1 }, isRetry: true };
  }
  return { step: { ...state, isUp: false, failureCount: 0, weight: undefined }, isRetry: false };
}

function afterPage(
  check: CheckConfig & { readonly kind: "http" },
  state: CheckState,
  passed: boolean,
): CheckStep {
  const { urls, retries, fastRecovery } = check;
  const rules = { urlCount: urls.length, retries, isFast: fastRecovery };
  const { walk, pause, isUp } = afterUrl(state.walk, passed, rules);
  return {
    state: { ...state, walk, isUp: isUp ?? state.isUp },
    pauseMs: pauseOf(pause, check),
  };
}

function pauseOf(pause: Pause, { delayLoopMs, delayBeforeRetryMs }: PaceConfig): number {
  switch (pause) {
    case "none":
      return 0;
    case "delayLoop":
      return delayLoopMs;
    case "delayBeforeRetry":
      return delayBeforeRetryMs;
    case "longerOfBoth":
      return Math.max(delayLoopMs, delayBeforeRetryMs);
  }
}

/** What a check is, whatever its pace: two with the same text are the same check. */
export function checkIdentity(check: CheckConfig): string {
  const { alpha: _alpha, logsAllFailures: _logs, ...rest } = check;
  if (rest.kind === "file" || rest.kind === "bfd") return JSON.stringify(rest);
  const {
    delayLoopMs: _loop,
    warmupMs: _warmup,
    retries: _retries,
    delayBeforeRetryMs: _before,
    ...what
  } = rest;
  return JSON.stringify(what);
}

/** What is kept when the pace changed: no more failures than there may be now. */
export function afterReload(check: CheckConfig, state: CheckState): CheckState {
  if (isTold(check)) return state;
  const { failureCount, walk } = state;
  return {
    ...state,
    failureCount: Math.min(failureCount, check.retries),
    walk: { ...walk, failureCount: Math.min(walk.failureCount, check.retries) },
  };
}
