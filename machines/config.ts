/**
 * The configuration as plain data: the one vocabulary of the whole program.
 *
 * Values are meanings, not words: units are in the names, addresses are canonical, defaults are
 * filled in. keepalived's words and spellings end in engine/config. Everything here survives JSON,
 * because the parent sends it to its children.
 *
 * @module
 */
import type { Family, Ip, Prefix } from "../net/address.ts";
import type { AnnouncementConfig } from "./announcement_config.ts";
import type { GlobalConfig } from "./global_config.ts";
import type { HmacConfig } from "./auth_config.ts";
import type { InstanceScripts, SyncGroupConfig } from "./group_config.ts";
import type { IpvlanOptions, VirtualMacOptions } from "./interface_config.ts";
import type { BfdSessionConfig } from "./bfd_config.ts";
import type { TlsClientConfig, VirtualServerConfig } from "./lvs_config.ts";
import type { RouteConfig, RuleConfig, StaticEntry } from "./route_config.ts";
import type { Track } from "./track.ts";
import type {
  GarpGroupConfig,
  InterfaceDelayConfig,
  LinkbeatConfig,
  TrackFileConfig,
  TrackGroupConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from "./track_config.ts";

/** A whole configuration. */
export interface Config {
  /** What holds for the whole daemon. */
  readonly global: GlobalConfig;
  /** The virtual routers, in the order of the file. */
  readonly vrrpInstances: readonly VrrpInstanceConfig[];
  /** Instances that change their roles together. */
  readonly syncGroups: readonly SyncGroupConfig[];
  /** Programs that can be tracked. */
  readonly vrrpScripts: readonly VrrpScriptConfig[];
  /** Processes that can be tracked. */
  readonly trackProcesses: readonly TrackProcessConfig[];
  /** Files that can be tracked. */
  readonly trackFiles: readonly TrackFileConfig[];
  /** Instances that watch the interfaces of static entries. */
  readonly trackGroups: readonly TrackGroupConfig[];
  /** How long changes of interfaces must last. */
  readonly interfaceDelays: readonly InterfaceDelayConfig[];
  /** Interfaces whose link state is asked for. */
  readonly linkbeats: readonly LinkbeatConfig[];
  /** Interfaces that share gaps between announcements. */
  readonly garpGroups: readonly GarpGroupConfig[];
  /** The BFD sessions, in the order of the file. */
  readonly bfdSessions: readonly BfdSessionConfig[];
  /** The virtual servers, in the order of the file. */
  readonly virtualServers: readonly VirtualServerConfig[];
  /** What TLS checks show to servers. */
  readonly tlsClient?: TlsClientConfig;
  /** Addresses that are there all the time; each has an interface. */
  readonly staticAddresses: readonly (VirtualAddress & StaticEntry)[];
  /** Routes that are there all the time. */
  readonly staticRoutes: readonly (RouteConfig & StaticEntry)[];
  /** Routing rules that are there all the time. */
  readonly staticRules: readonly (RuleConfig & StaticEntry)[];
}

/** One virtual router on one interface and family (RFC 9568 §6.1, and keepalived's additions). */
export interface VrrpInstanceConfig {
  /** Unique name, for people. Identity on the wire is {@linkcode vrrpInstanceIdentity}. */
  readonly name: string;
  /** Where the virtual router lives. Absent only for unicast with a configured source. */
  readonly interface?: string;
  /** Family of the advertisements and of the advertised addresses. */
  readonly family: Family;
  /** VRRP version on the wire; IPv6 is always 3. */
  readonly version: 2 | 3;
  /** 1 to 255. */
  readonly vrid: number;
  /** 1 to 255; 255 owns the addresses. */
  readonly priority: number;
  /** Role wanted at start. It matters for an owner only (see docs/differences.md). */
  readonly initialRole: "active" | "backup";
  /** Advertisement_Interval: 1 to 4095; whole seconds (multiples of 100) in version 2. */
  readonly advertisementIntervalCs: number;
  /** Advertisements that must be missed before a backup takes over: 1 to 100, RFC: 3. */
  readonly downIntervalAdverts: number;
  /** Preempt_Mode. */
  readonly preempt: boolean;
  /** How long a backup waits, after first hearing a lesser router, before it may preempt it. */
  readonly preemptDelayMs: number;
  /** How long after start the instance stays deaf and dumb. */
  readonly startupDelayMs: number;
  /** Accept_Mode: whether packets to the virtual addresses are for us when we do not own them. */
  readonly accept: boolean;
  /** Keeps to the RFC where keepalived by default does not. */
  readonly strict: boolean;
  /** Source of advertisements; default: the primary (IPv6: link-local) address of the interface. */
  readonly sourceIp?: Ip;
  /** A vanished configured source is a fault. */
  readonly tracksSourceIp: boolean;
  /** A fault of the own interface is a fault of the instance. */
  readonly tracksInterface: boolean;
  /** Destination of multicast advertisements. */
  readonly multicastGroup: Ip;
  /** Unicast peers; empty means multicast. */
  readonly unicastPeers: readonly UnicastPeer[];
  /** Unicast without peers is a fault instead of multicast. */
  readonly faultsWithoutPeers: boolean;
  /** TTL or Hop Limit of unicast advertisements, 0 to 255. */
  readonly unicastHopLimit: number;
  /** Advertisements must come from a configured peer. */
  readonly checksUnicastSource: boolean;
  /**
   * Version 3 over IPv4: whether our checksum covers a pseudo-header (RFC 5798) or not (RFC 9568).
   */
  readonly checksumIncludesPseudoHeader: boolean;
  /**
   * The same with unicast peers: whether the pseudo-header names the multicast group, as that of
   * keepalived did once. Absent: as soon as a peer's does.
   */
  readonly oldUnicastChecksum?: boolean;
  /** Version 2 authentication with a text password (RFC 2338 type 1), at most 8 octets. */
  readonly password?: string;
  /** The password is no text in the message, but the key of an Authentication Header (type 2). */
  readonly authenticationHeader?: true;
  /** An owner ignores all advertisements (RFC 3768 §7.1) instead of electing by address. */
  readonly ownerIgnoresAdvertisements: boolean;
  /** An active router answers an advertisement of lower priority with one of its own. */
  readonly answersLowerPriority: boolean;
  /**
   * An active router that hears a higher priority sends one more advertisement before it yields.
   */
  readonly advertisesBeforeYielding: boolean;
  /** Compares the advertised addresses with ours only when the active router changed. */
  readonly checksAddressesOnChangeOnly: boolean;
  /** What changes its priority or is a fault of it: its own tracks and those of its group. */
  readonly tracks: readonly Track[];
  /** Name of the sync group that it moves with. */
  readonly syncGroup?: string;
  /** Programs run at changes of state. */
  readonly scripts: InstanceScripts;
  /** A reload that removes it tells of DELETED, not of FAULT. */
  readonly tellsDeletion: boolean;
  /** Mails about changes of state. */
  readonly mails: boolean;
  /** Changes of the effective priority are events. */
  readonly notifiesPriorityChanges: boolean;
  /** An interface with the virtual MAC address. */
  readonly virtualMac?: VirtualMacOptions;
  /** Virtual MACs for addresses on other interfaces, too. */
  readonly virtualMacForAddresses: boolean;
  /** Advertisements leave by the base interface. */
  readonly transmitsOnBase: boolean;
  /** An ipvlan interface. */
  readonly ipvlan?: IpvlanOptions;
  /** VRF device of unicast sockets. */
  readonly vrf?: string;
  /** Signatures of advertisements. */
  readonly hmac?: HmacConfig;
  /** Another address takes over when the first of a network is deleted. */
  readonly promotesSecondaries: boolean;
  /** Gratuitous ARP on further interfaces: its period; 0: none. */
  readonly extraAnnouncementMs: number;
  /** On all interfaces with addresses, not those with virtual MACs only. */
  readonly extraAnnouncementsForAll: boolean;
  /** How its addresses are announced to neighbours. */
  readonly announcements: AnnouncementConfig;
  /** Advertised addresses, in the order of the configuration; at most 255. */
  readonly virtualAddresses: readonly VirtualAddress[];
  /** Addresses that come and go with the role, but are not advertised. */
  readonly excludedAddresses: readonly VirtualAddress[];
  /** Routes that come and go with the role. */
  readonly routes: readonly RouteConfig[];
  /** Routing rules that come and go with the role. */
  readonly rules: readonly RuleConfig[];
  /** Receive buffer of the advertisement socket; default: the kernel's. */
  readonly receiveBufferBytes?: number;
}

/** A router we exchange unicast advertisements with. */
export interface UnicastPeer {
  /** Where its advertisements come from and ours go to. */
  readonly ip: Ip;
  /** Least TTL or Hop Limit accepted from it, 0 to 255. */
  readonly hopLimitMin: number;
  /** Greatest one, 0 to 255. */
  readonly hopLimitMax: number;
}

/** One address that an instance holds while it is active. */
export interface VirtualAddress {
  /** The address itself. */
  readonly ip: Ip;
  /** Bits of its network part, 0 to 32 or 128. */
  readonly prefixLength: number;
  /** Interface it is put on; default: the instance's. */
  readonly interface?: string;
  /** Kernel scope: 0 global, 200 site, 253 link, 254 host; IPv4 only. */
  readonly scope: number;
  /** IPv4 only. */
  readonly broadcast?: Ip;
  /** Alias name, at most 15 octets; IPv4 only. */
  readonly label?: string;
  /** Other end of a point-to-point address. */
  readonly peer?: Prefix;
  /** IFA_F_* bits, as the kernel numbers them. */
  readonly flags: number;
  /** IPv6 preferred lifetime; absent means forever. */
  readonly preferredLifetimeSec?: number;
  /** Its interface going down is a fault, its removal by others is noticed. */
  readonly tracked: boolean;
  /** It is put on an interface with the virtual MAC address. */
  readonly virtualMac?: true;
}

/**
 * What the wire knows an instance by. Two configurations with the same identity are the same
 * virtual router, whatever its name: a reload changes it in place.
 */
export function vrrpInstanceIdentity(config: VrrpInstanceConfig): string {
  const { interface: link, family, vrid, sourceIp, multicastGroup, unicastPeers, vrf } = config;
  const unicast = `unicast ${sourceIp ?? ""}${vrf === undefined ? "" : ` in ${vrf}`}`;
  const scope = unicastPeers.length > 0 ? unicast : multicastGroup;
  return `vrrp ${link ?? "-"} ipv${family} ${vrid} ${scope}`;
}
