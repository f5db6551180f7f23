/**
 * What an instance counts: one counter for each way an advertisement can be refused, in the order
 * of the checks (RFC 9568 §7.1, RFC 3768 §7.1 and keepalived's own).
 *
 * @module
 */

/** Why an advertisement was not taken. The text is the log's, and the counter's key. */
export const REJECTIONS = [
  "authentication type differs",
  "multicast and unicast differ",
  "wrong length",
  "wrong TTL or hop limit",
  "wrong version",
  "unknown authentication type",
  "wrong password",
  "wrong authentication header",
  "replayed authentication header",
  "interval differs",
  "unknown packet type",
  "no addresses",
  "zero interval",
  "wrong checksum",
  "owner ignores advertisements",
  "source is no configured peer",
  "not signed",
  "malformed signature",
  "unknown key",
  "wrong signature",
  "stale signature",
  "replayed signature",
] as const;

/** One of {@linkcode REJECTIONS}. */
export type Rejection = typeof REJECTIONS[number];

/** The counters of one instance since it was created. */
export interface VrrpCounters {
  readonly rejected: Map<Rejection, number>;
  advertisementsReceivedCount: number;
  advertisementsSentCount: number;
  priorityZeroReceivedCount: number;
  priorityZeroSentCount: number;
  addressListDifferedCount: number;
  intervalDifferedCount: number;
  becameActiveCount: number;
  releasedActiveCount: number;
  sendFailedCount: number;
}

/** Counters at zero. */
export function newCounters(): VrrpCounters {
  return {
    rejected: new Map(),
    advertisementsReceivedCount: 0,
    advertisementsSentCount: 0,
    priorityZeroReceivedCount: 0,
    priorityZeroSentCount: 0,
    addressListDifferedCount: 0,
    intervalDifferedCount: 0,
    becameActiveCount: 0,
    releasedActiveCount: 0,
    sendFailedCount: 0,
  };
}

/** Begins anew: everything is zero. */
export function clearCounters(counters: VrrpCounters): void {
  const { rejected } = counters;
  Object.assign(counters, newCounters(), { rejected });
  rejected.clear();
}
