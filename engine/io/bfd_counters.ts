/**
 * What is counted of a BFD session.
 *
 * @module
 */

/** Counters of one session, since it was made. */
export interface BfdCounters {
  sentCount: number;
  receivedCount: number;
  sendFailedCount: number;
  /** Times that it came Up. */
  upCount: number;
  /** Times that it was Up, and is no more. */
  downCount: number;
  echoesSentCount: number;
  echoesReturnedCount: number;
  /** Packets refused, by reason. */
  readonly rejected: Map<string, number>;
}

/** Counters that have counted nothing. */
export function newBfdCounters(): BfdCounters {
  return {
    sentCount: 0,
    receivedCount: 0,
    sendFailedCount: 0,
    upCount: 0,
    downCount: 0,
    echoesSentCount: 0,
    echoesReturnedCount: 0,
    rejected: new Map(),
  };
}
