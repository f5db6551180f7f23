/**
 * The counters of an instance under keepalived's names, in its files' order.
 *
 * @module
 */
import type { Rejection } from "../io/vrrp_counters.ts";
import type { CountersStatus } from "./process_status.ts";

/** What keepalived counts. */
export interface Counts {
  readonly advert_rcvd: number;
  readonly advert_sent: number;
  readonly become_master: number;
  readonly release_master: number;
  readonly packet_len_err: number;
  readonly advert_interval_err: number;
  readonly ip_ttl_err: number;
  readonly invalid_type_rcvd: number;
  readonly addr_list_err: number;
  readonly invalid_authtype: number;
  readonly authtype_mismatch: number;
  readonly auth_failure: number;
  readonly auth_ext_missing: number;
  readonly auth_ext_malformed: number;
  readonly auth_ext_unknown_key: number;
  readonly auth_ext_invalid_hmac: number;
  readonly auth_ext_stale: number;
  readonly auth_ext_replay: number;
  readonly pri_zero_rcvd: number;
  readonly pri_zero_sent: number;
}

/** The counters of an instance. */
export function countsOf(counters: CountersStatus): Counts {
  const rejected = (...reasons: Rejection[]) =>
    reasons.reduce((sum, reason) => sum + (counters.rejected[reason] ?? 0), 0);
  return {
    advert_rcvd: counters.advertisementsReceivedCount,
    advert_sent: counters.advertisementsSentCount,
    become_master: counters.becameActiveCount,
    release_master: counters.releasedActiveCount,
    packet_len_err: rejected("wrong length"),
    advert_interval_err: rejected("interval differs", "zero interval") +
      counters.intervalDifferedCount,
    ip_ttl_err: rejected("wrong TTL or hop limit"),
    invalid_type_rcvd: rejected("unknown packet type"),
    addr_list_err: rejected("no addresses") + counters.addressListDifferedCount,
    invalid_authtype: rejected("unknown authentication type"),
    authtype_mismatch: rejected("authentication type differs"),
    auth_failure: rejected(
      "wrong password",
      "wrong authentication header",
      "replayed authentication header",
    ),
    auth_ext_missing: rejected("not signed"),
    auth_ext_malformed: rejected("malformed signature"),
    auth_ext_unknown_key: rejected("unknown key"),
    auth_ext_invalid_hmac: rejected("wrong signature"),
    auth_ext_stale: rejected("stale signature"),
    auth_ext_replay: rejected("replayed signature"),
    pri_zero_rcvd: counters.priorityZeroReceivedCount,
    pri_zero_sent: counters.priorityZeroSentCount,
  };
}
