/**
 * The arithmetic of BFD (RFC 5880 §6.8.2 to §6.8.7), without a machine.
 *
 * @module
 */
import type { BfdSessionConfig } from "./bfd_config.ts";
import { trackedObject, type Verdict, type Verdicts } from "./standing.ts";
import type {
  BfdCommand,
  BfdContext,
  BfdIntervals,
  BfdPacket,
  BfdRemote,
  BfdState,
} from "./bfd_facts.ts";

/** What a session tells of a change. */
export interface SessionReport {
  readonly name: string;
  readonly state: BfdState;
  /** bfd.LocalDiag: 0 to 8. */
  readonly diagnostic: number;
  /** The neighbour said that it is held down: no failure of the path (RFC 5882 §3.2). */
  readonly neighborIsAdminDown: boolean;
}

/**
 * What a session's state means for who tracks it; undefined: what was known stays. A session that
 * is held down on purpose, at either end, says nothing about the path (RFC 5882 §3.2).
 */
export function verdictOfSession(
  { state, diagnostic, neighborIsAdminDown }: Omit<SessionReport, "name">,
  known: Verdict | undefined,
): Verdict | undefined {
  if (state === "up") return { state: "good" };
  if (state === "adminDown") return known ? undefined : { state: "good" };
  if (known && (state === "init" || neighborIsAdminDown)) return undefined;
  const why = diagnostic === 0 ? "it was never up" : DIAG_WORDS[diagnostic];
  return { state: "bad", ...(why !== undefined && { why }) };
}

/** A verdict on a session as news. */
export function sessionVerdict({ name }: SessionReport, verdict: Verdict): Verdicts {
  return { [trackedObject({ kind: "bfd", name })]: verdict };
}

/** Diagnostic codes in words (RFC 5880 §4.1), in the order of their numbers. */
export const DIAG_WORDS: readonly string[] = [
  "no diagnostic",
  "control detection time expired",
  "echo function failed",
  "the neighbor signaled Down",
  "forwarding plane reset",
  "path down",
  "concatenated path down",
  "administratively down",
  "reverse concatenated path down",
];

/** Diagnostic codes (RFC 5880 §4.1) that a session of ours sets by itself. */
export const DIAG = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  pathDown: 5,
  administrativelyDown: 7,
} as const;

/** What is taken for granted of a neighbour that has not spoken (§6.8.1). */
export const UNKNOWN_REMOTE: BfdRemote = {
  discriminator: 0,
  state: "down",
  demand: false,
  detectMult: 0,
  desiredMinTxIntervalUs: 0,
  requiredMinRxIntervalUs: 1,
  requiredMinEchoRxIntervalUs: 0,
};

/** Least interval while not Up, and of control packets beside echoes (§6.8.3). */
const SLOW_INTERVAL_US = 1_000_000;
const FAREWELL_MS_MAX = 1_000;
const JITTER_MAX = 0.25;
/** With a multiplier of 1 every packet must be early (§6.8.7). */
const JITTER_MIN_SINGLE = 0.1;

/** What the neighbour is known to say after a packet (§6.8.6). */
export function remoteAfter(packet: BfdPacket): BfdRemote {
  return {
    discriminator: packet.myDiscriminator,
    state: packet.state,
    demand: packet.demand,
    detectMult: packet.detectMult,
    desiredMinTxIntervalUs: packet.desiredMinTxIntervalUs,
    requiredMinRxIntervalUs: packet.requiredMinRxIntervalUs,
    requiredMinEchoRxIntervalUs: packet.requiredMinEchoRxIntervalUs,
  };
}

/** Interval of the echo packets that may be sent (§6.8.9); 0: none. */
export function echoTxIntervalUs(
  config: BfdSessionConfig,
  remote: BfdRemote,
  state: BfdState,
): number {
  const { isMultihop, echo } = config;
  const isPossible = state === "up" && !isMultihop && echo.txIntervalUs > 0 &&
    remote.requiredMinEchoRxIntervalUs > 0;
  return isPossible ? Math.max(echo.txIntervalUs, remote.requiredMinEchoRxIntervalUs) : 0;
}

/**
 * How long one that leaves waits for the neighbour to know (§6.8.16): the neighbour's Detection
 * Time, in which it would notice anyhow; but nobody waits longer than a second for a daemon's end.
 */
export function farewellMs({ config, remote }: BfdContext): number {
  const { desiredMinTxIntervalUs, detectMult } = config;
  const intervalUs = Math.max(desiredMinTxIntervalUs, remote.requiredMinRxIntervalUs);
  return Math.min(detectMult * intervalUs / 1_000, FAREWELL_MS_MAX);
}

/** The intervals we announce in a state (§6.8.3): slow while not Up, and beside echoes. */
export function announcedIntervals(
  config: BfdSessionConfig,
  remote: BfdRemote,
  state: BfdState,
): BfdIntervals {
  const { desiredMinTxIntervalUs, requiredMinRxIntervalUs, idleTxIntervalUs } = config;
  const echoes = echoTxIntervalUs(config, remote, state) > 0;
  return {
    desiredMinTxIntervalUs: state === "up"
      ? desiredMinTxIntervalUs
      : Math.max(idleTxIntervalUs, SLOW_INTERVAL_US),
    requiredMinRxIntervalUs: echoes && requiredMinRxIntervalUs > 0
      ? Math.max(requiredMinRxIntervalUs, SLOW_INTERVAL_US)
      : requiredMinRxIntervalUs,
  };
}

/**
 * The intervals in force (§6.8.3). While Up, slower sending and faster detection wait until the
 * neighbour has acknowledged them; all else counts at once.
 */
export function intervalsInForce(context: BfdContext, state: BfdState): BfdIntervals {
  const { config, remote, acknowledged, polled } = context;
  const announced = announcedIntervals(config, remote, state);
  if (state !== "up") return announced;
  const cautious = moreCautious(announced, moreCautious(acknowledged, polled));
  // Who asked for silence cannot wait for packets.
  return announced.requiredMinRxIntervalUs === 0
    ? { ...cautious, requiredMinRxIntervalUs: 0 }
    : cautious;
}

/** What serves a neighbour that goes by either of two pairs of intervals. */
export function moreCautious(a: BfdIntervals, b: BfdIntervals): BfdIntervals {
  return {
    desiredMinTxIntervalUs: Math.min(a.desiredMinTxIntervalUs, b.desiredMinTxIntervalUs),
    requiredMinRxIntervalUs: Math.max(a.requiredMinRxIntervalUs, b.requiredMinRxIntervalUs),
  };
}

/** Interval of our periodic packets before jitter (§6.8.7): the slower of both wishes. */
export function txIntervalUs(context: BfdContext, state: BfdState): number {
  const { desiredMinTxIntervalUs } = intervalsInForce(context, state);
  return Math.max(desiredMinTxIntervalUs, context.remote.requiredMinRxIntervalUs);
}

/**
 * Detection Time in asynchronous mode (§6.8.4); 0: nothing can be detected, for nothing is known of
 * the neighbour, or we asked it for silence.
 */
export function detectionTimeUs(context: BfdContext, state: BfdState): number {
  const { detectMult, desiredMinTxIntervalUs } = context.remote;
  const { requiredMinRxIntervalUs } = intervalsInForce(context, state);
  if (requiredMinRxIntervalUs === 0) return 0;
  return detectMult * Math.max(requiredMinRxIntervalUs, desiredMinTxIntervalUs);
}

/**
 * One interval with jitter (§6.8.7): 75 to 100 % of it, with a multiplier of 1 at most 90 %.
 * `chance` is 0 to 1.
 */
export function jitteredIntervalUs(intervalUs: number, detectMult: number, chance: number): number {
  const least = detectMult === 1 ? JITTER_MIN_SINGLE : 0;
  return intervalUs * (1 - least - (JITTER_MAX - least) * chance);
}

/** Whether two pairs of intervals are the same; else a Poll Sequence is due (§6.8.3). */
export function sameIntervals(a: BfdIntervals, b: BfdIntervals): boolean {
  return a.desiredMinTxIntervalUs === b.desiredMinTxIntervalUs &&
    a.requiredMinRxIntervalUs === b.requiredMinRxIntervalUs;
}

/** How a session is to conduct itself in a state. */
export function conductOf(
  context: BfdContext,
  state: BfdState,
): BfdCommand & { readonly type: "CONDUCT" } {
  const { config, remote, diagnostic } = context;
  return {
    type: "CONDUCT",
    speech: {
      state,
      diagnostic,
      yourDiscriminator: remote.discriminator,
      detectMult: config.detectMult,
      controlPlaneIndependent: config.isControlPlaneIndependent,
      ...announcedIntervals(config, remote, state),
      requiredMinEchoRxIntervalUs: config.isMultihop ? 0 : config.echo.requiredMinRxIntervalUs,
    },
    txIntervalUs: txIntervalUs(context, state),
    detectionTimeUs: state === "adminDown" ? 0 : detectionTimeUs(context, state),
    echoTxIntervalUs: echoTxIntervalUs(config, remote, state),
  };
}
