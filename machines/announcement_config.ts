/**
 * How addresses are announced to neighbours, as plain data.
 *
 * @module
 */

/** Gratuitous ARP and unsolicited Neighbor Advertisements of an active router. */
export interface AnnouncementConfig {
  /** Messages per address when becoming active, at least 1. */
  readonly repeatCount: number;
  /** When the second burst follows; 0: never. */
  readonly delayMs: number;
  /** Period of refreshing announcements; 0: none. */
  readonly refreshMs: number;
  /** Messages per address in a refresh, at least 1. */
  readonly refreshRepeatCount: number;
  /** Messages per address after hearing a router of lower priority; 0: none. */
  readonly lowerPriorityRepeatCount: number;
  /** When the second burst follows then; 0: never. */
  readonly lowerPriorityDelayMs: number;
  /** Least gap between two gratuitous ARPs on one interface. */
  readonly arpIntervalUs: number;
  /** Least gap between two unsolicited Neighbor Advertisements on one interface. */
  readonly neighborIntervalUs: number;
}
