/**
 * What a configuration said, word for word: each value with its place, nothing defaulted or checked
 * against another.
 *
 * @module
 */
import type { Family, Ip } from "../../net/address.ts";
import type { VirtualAddress } from "../../machines/config.ts";
import type {
  ChildConfig,
  FileConfig,
  FirewallConfig,
  GlobalScriptConfig,
  LvsGlobalConfig,
  MailConfig,
  NotificationConfig,
  PlaceConfig,
  ProcessConfig,
  ReloadConfig,
  VirtualMacConfig,
} from "../../machines/global_config.ts";
import type { HmacConfig } from "../../machines/auth_config.ts";
import type { InstanceScripts, NotifyScripts } from "../../machines/group_config.ts";
import type { IpvlanOptions, VirtualMacOptions } from "../../machines/interface_config.ts";
import type { StaticEntry } from "../../machines/route_config.ts";
import type { TrackKind } from "../../machines/track.ts";
import type {
  GarpGroupConfig,
  InterfaceDelayConfig,
  LinkbeatConfig,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from "../../machines/track_config.ts";
import type { BfdDraft } from "./bfd_draft.ts";
import type { Given } from "./given.ts";
import { emptyLvs, type LvsDraft } from "./lvs/drafts.ts";
import type { PeerLine } from "./peer_line.ts";
import type { Place } from "./text.ts";
import type { Word } from "./words.ts";

/** What is being filled: everything may be missing yet. */
export type Filling<Whole> = { -readonly [Key in keyof Whole]?: Whole[Key] };

/** What is being made: whole, but for what may be absent. */
export type Mutable<Whole> = { -readonly [Key in keyof Whole]: Whole[Key] };

/** A whole configuration. */
export interface ConfigDraft {
  readonly global: GlobalDraft;
  /** By name, in the order of the files. */
  readonly instances: Map<string, InstanceDraft>;
  readonly groups: Map<string, GroupDraft>;
  readonly scripts: Map<string, VrrpScriptDraft>;
  readonly processes: Map<string, TrackProcessDraft>;
  readonly files: Map<string, TrackFileDraft>;
  readonly trackGroups: Map<string, TrackGroupDraft>;
  readonly delays: Given<InterfaceDelayConfig>[];
  readonly linkbeats: Given<LinkbeatConfig>[];
  readonly garpGroups: GarpGroupDraft[];
  readonly bfdSessions: Map<string, BfdDraft>;
  readonly lvs: LvsDraft;
  readonly staticAddresses: Given<VirtualAddress & StaticEntry>[];
  readonly staticRoutes: RawLine[];
  readonly staticRules: RawLine[];
}

/** A line that is read when all are known: names of routing tables and so on may come later. */
export type RawLine = readonly Word[];

/** Nothing said yet. */
export function emptyDraft(): ConfigDraft {
  return {
    global: {
      garp: {},
      checkProcess: {},
      bfdProcess: {},
      vrrpProcess: {},
      scripts: {},
      notifications: {},
      mail: {},
      recipients: [],
      files: {},
      reload: {},
      place: {},
      firewall: {},
      virtualMac: {},
      lvs: {},
    },
    instances: new Map(),
    groups: new Map(),
    scripts: new Map(),
    processes: new Map(),
    files: new Map(),
    trackGroups: new Map(),
    delays: [],
    linkbeats: [],
    garpGroups: [],
    bfdSessions: new Map(),
    lvs: emptyLvs(),
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
  };
}

/** `vrrp_script`. */
export interface VrrpScriptDraft extends Filling<VrrpScriptConfig> {
  readonly at: Given<string>;
  timeoutGiven?: Given<number>;
}

/** `vrrp_track_process`. */
export interface TrackProcessDraft extends Filling<TrackProcessConfig> {
  readonly at: Given<string>;
}

/** `track_file`. */
export interface TrackFileDraft extends Filling<TrackFileConfig> {
  readonly at: Given<string>;
}

/** `track_group`. */
export interface TrackGroupDraft {
  readonly at: Given<string>;
  readonly instances: Given<string>[];
}

/** `garp_group`. */
export interface GarpGroupDraft extends Filling<Omit<GarpGroupConfig, "interfaces">> {
  readonly place: Place;
  readonly interfaces: Given<string>[];
}

/** `vrrp_sync_group`. */
export interface GroupDraft {
  readonly at: Given<string>;
  readonly members: Given<string>[];
  readonly tracks: Given<TrackLine>[];
  readonly scripts: Filling<NotifyScripts>;
  tracksWeights?: boolean;
  mails?: boolean;
  notifiesPriorityChanges?: boolean;
}

/** A line of a `track_…` block: what is not given comes from the object. */
export interface TrackLine {
  readonly kind: TrackKind;
  readonly name: string;
  readonly weight?: number;
  readonly reversed?: boolean;
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

/** Whose defaults hold where nothing is said. */
export type Profile = "rfc9568" | "keepalived";

/** `global_defs`. */
export interface GlobalDraft {
  readonly garp: GarpDraft;
  readonly vrrpProcess: Filling<Pick<ProcessConfig, "name" | "niceness" | "cpus">>;
  readonly checkProcess: Filling<ChildConfig>;
  readonly bfdProcess: Filling<ChildConfig>;
  processName?: string;
  namesProcesses?: boolean;
  readonly scripts: Filling<GlobalScriptConfig>;
  readonly notifications: Filling<NotificationConfig>;
  readonly mail: Filling<MailConfig>;
  readonly recipients: string[];
  /** `smtp_alert` for everything. */
  mails?: boolean;
  readonly files: Filling<FileConfig>;
  readonly reload: Filling<ReloadConfig>;
  readonly place: Filling<PlaceConfig>;
  readonly firewall: Filling<FirewallConfig>;
  readonly virtualMac: Filling<VirtualMacConfig>;
  readonly lvs: Filling<LvsGlobalConfig>;
  /** The instance that the sync daemon follows. */
  syncInstance?: Given<string>;
  disablesLocalIgmp?: boolean;
  /** Where names of route tables and so on are looked up. */
  iprouteUsrDirectory?: string;
  iprouteEtcDirectory?: string;
  delayAfterBootMs?: number;
  pollsLinks?: true;
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
  profile?: Profile;
  startupDelayMs?: number;
  ownerIgnoresAdvertisements?: boolean;
  receiveBufferBytes?: number;
}

/** `authentication`. */
export interface AuthenticationDraft {
  type?: Given<"PASS" | "AH">;
  password?: Given<string>;
}

/** A key, or where it is. */
export type HmacKeyDraft =
  & { readonly id: number; readonly place: Place }
  & ({ readonly hex: string } | { readonly path: string });

/** `auth_hmac`. */
export interface HmacDraft {
  readonly place: Place;
  readonly keys: Map<number, HmacKeyDraft>;
  activeKey?: Given<number>;
  timeWindowSec?: Given<number>;
  antiReplay?: Given<HmacConfig["antiReplay"]>;
  mode?: Given<HmacConfig["mode"]>;
}

/** `vrrp_instance`. */
export class InstanceDraft {
  readonly name: Given<string>;
  /** Keywords that were there, whatever became of their values: none of them is missing. */
  readonly mentioned: Set<string>;
  readonly garp: GarpDraft;
  declare interface?: Given<string>;
  declare vrid?: Given<number>;
  declare state?: Given<"MASTER" | "BACKUP">;
  declare priority?: Given<number>;
  declare version?: Given<2 | 3>;
  declare advertisementIntervalUs?: Given<number>;
  declare nativeIpv6?: Given<true>;
  readonly addresses: Given<VirtualAddress>[];
  readonly excluded: Given<VirtualAddress>[];
  readonly routes: RawLine[];
  readonly rules: RawLine[];
  /** What the first address looked like, even if it could not be read. */
  declare firstFamily?: Family;
  /** An address could not be read. */
  declare hasBadAddress?: true;
  declare multicastSourceIp?: Given<Ip>;
  declare unicastSourceIp?: Given<Ip>;
  declare multicastGroup?: Given<Ip>;
  declare tracksSourceIp?: Given<true>;
  /** `unicast_peer` was there, perhaps empty. */
  declare unicastPeersAt?: Place;
  readonly peers: Given<PeerLine>[];
  /** A peer could not be read. */
  declare hasBadPeer?: true;
  declare faultsWithoutPeers?: Given<true>;
  declare checksUnicastSource?: Given<true>;
  declare unicastHopLimit?: Given<number>;
  declare oldUnicastChecksum?: Given<"always" | "never">;
  declare preempt?: Given<boolean>;
  declare preemptDelayUs?: Given<number>;
  declare downIntervalAdverts?: Given<number>;
  declare ignoresLowerPriority?: Given<boolean>;
  declare advertisesBeforeYielding?: Given<boolean>;
  declare ownerIgnoresAdvertisements?: Given<boolean>;
  declare accept?: Given<boolean>;
  declare strict?: Given<boolean>;
  declare checksAddressesOnChangeOnly?: Given<boolean>;
  declare omitsPseudoHeader?: Given<boolean>;
  declare profile?: Given<Profile>;
  declare ignoresOwnInterface?: Given<true>;
  declare receiveBufferBytes?: Given<number>;
  declare authentication?: AuthenticationDraft;
  declare authenticationAt?: Place;
  declare hmac?: HmacDraft;
  readonly tracks: Given<TrackLine>[];
  readonly scripts: Filling<InstanceScripts>;
  declare tellsDeletion?: true;
  declare mails?: Given<boolean>;
  declare notifiesPriorityChanges?: Given<boolean>;
  declare virtualMac?: Given<VirtualMacOptions>;
  /** Of its own interface. */
  declare interfaceGroup?: Word;
  declare usesVirtualMacForAddresses?: true;
  declare transmitsOnBase?: true;
  declare ipvlan?: Given<IpvlanOptions>;
  declare vrf?: Given<string>;
  declare promotesSecondaries?: true;
  /** Its interface is one of linkbeat_interfaces. */
  declare pollsLink?: true;
  declare syncDaemonInterface?: string;
  declare extraAnnouncements?: { readonly all: boolean; readonly periodMs: number };
  declare allowsNoAddress?: Given<true>;

  /** Nothing said yet of it. */
  constructor(name: Given<string>) {
    this.name = name;
    this.mentioned = new Set();
    this.garp = {};
    this.addresses = [];
    this.excluded = [];
    this.routes = [];
    this.rules = [];
    this.peers = [];
    this.tracks = [];
    this.scripts = {};
  }
}
