/**
 * What a configuration said, word for word: each value with its place, nothing defaulted or checked
 * against another.
 *
 * @module
 */
import type { Family, Ip } from "../../net/address.ts";
import type { VirtualAddress } from "../../machines/config.ts";
import type { BfdDraft } from "./bfd_instance.ts";
import type { LvsDraft } from "./lvs/drafts.ts";
import type { PeerLine } from "./peer_line.ts";
import type { Place } from "./text.ts";
import type { Given } from "./values.ts";

/** A whole configuration. */
export interface ConfigDraft {
  readonly global: GlobalDraft;
  /** By name, in the order of the files. */
  readonly instances: Map<string, InstanceDraft>;
  readonly bfdSessions: Map<string, BfdDraft>;
  readonly lvs: LvsDraft;
}

/** GARP words, which `global_defs` and instances have alike. */
export interface GarpDraft {
  delaySec?: Given<number>;
  repeatCount?: Given<number>;
  refreshSec?: Given<number>;
  refreshRepeatCount?: Given<number>;
  lowerPriorityDelaySec?: Given<number>;
  lowerPriorityRepeatCount?: Given<number>;
}

/** `global_defs`. */
export interface GlobalDraft {
  readonly garp: GarpDraft;
  routerId?: string;
  dynamicInterfaces?: boolean;
  defaultInterface?: string;
  logUnknownVrids?: boolean;
  realtimePriority?: number;
  realtimeLimitUs?: Given<number>;
  version?: 2 | 3;
  multicastGroup4?: Ip;
  multicastGroup6?: Ip;
  arpIntervalUs?: number;
  neighborIntervalUs?: number;
  usesLeastGarp?: boolean;
  downIntervalAdverts?: number;
  ignoresLowerPriority?: boolean;
  advertisesBeforeYielding?: boolean;
  checksUnicastSource?: boolean;
  checksAddressesOnChangeOnly?: boolean;
  strict?: boolean;
  omitsPseudoHeader?: boolean;
  startupDelayMs?: number;
  ownerIgnoresAdvertisements?: boolean;
  receiveBufferBytes?: number;
}

/** `authentication`. */
export interface AuthenticationDraft {
  type?: Given<"PASS" | "AH">;
  password?: Given<string>;
}

/** `vrrp_instance`. */
export interface InstanceDraft {
  readonly name: Given<string>;
  /** Keywords that were there, whatever became of their values: none of them is missing. */
  readonly mentioned: Set<string>;
  readonly garp: GarpDraft;
  interface?: Given<string>;
  vrid?: Given<number>;
  state?: Given<"MASTER" | "BACKUP">;
  priority?: Given<number>;
  version?: Given<2 | 3>;
  advertisementIntervalUs?: Given<number>;
  nativeIpv6?: Given<true>;
  readonly addresses: Given<VirtualAddress>[];
  readonly excluded: Given<VirtualAddress>[];
  /** What the first address looked like, even if it could not be read. */
  firstFamily?: Family;
  /** An address could not be read. */
  hasBadAddress?: true;
  multicastSourceIp?: Given<Ip>;
  unicastSourceIp?: Given<Ip>;
  multicastGroup?: Given<Ip>;
  tracksSourceIp?: Given<true>;
  /** `unicast_peer` was there, perhaps empty. */
  unicastPeersAt?: Place;
  readonly peers: Given<PeerLine>[];
  /** A peer could not be read. */
  hasBadPeer?: true;
  faultsWithoutPeers?: Given<true>;
  checksUnicastSource?: Given<true>;
  unicastHopLimit?: Given<number>;
  oldUnicastChecksum?: Given<"always" | "never">;
  preempt?: Given<boolean>;
  preemptDelayUs?: Given<number>;
  downIntervalAdverts?: Given<number>;
  ignoresLowerPriority?: Given<boolean>;
  advertisesBeforeYielding?: Given<boolean>;
  ownerIgnoresAdvertisements?: Given<boolean>;
  accept?: Given<boolean>;
  strict?: Given<boolean>;
  checksAddressesOnChangeOnly?: Given<boolean>;
  omitsPseudoHeader?: Given<boolean>;
  ignoresOwnInterface?: Given<true>;
  receiveBufferBytes?: Given<number>;
  authentication?: AuthenticationDraft;
  authenticationAt?: Place;
}
