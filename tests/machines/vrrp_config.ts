/**
 * Configurations to test with: keepalived's defaults, and what a test changes of them.
 *
 * @module
 */
import { Complaints } from "../../engine/config/diagnostic.ts";
import { emptyDraft } from "../../engine/config/drafts.ts";
import { resolveGlobal } from "../../engine/config/resolve_global.ts";
import { resolveTracked } from "../../engine/config/resolve_tracked.ts";
import { ip } from "../../net/address.ts";
import type { AnnouncementConfig } from "../../machines/announcement_config.ts";
import type {
  Config,
  UnicastPeer,
  VirtualAddress,
  VrrpInstanceConfig,
} from "../../machines/config.ts";

/** Announcements as keepalived has them by default. */
export const DEFAULT_ANNOUNCEMENTS: AnnouncementConfig = {
  repeatCount: 5,
  delayMs: 5_000,
  refreshMs: 0,
  refreshRepeatCount: 1,
  lowerPriorityRepeatCount: 5,
  lowerPriorityDelayMs: 5_000,
  arpIntervalUs: 0,
  neighborIntervalUs: 0,
};

/** A version 3 instance over IPv4 with priority 100 and an interval of one second. */
export function instanceConfig(change: Partial<VrrpInstanceConfig> = {}): VrrpInstanceConfig {
  return {
    name: "VI_1",
    interface: "eth0",
    family: 4,
    version: 3,
    vrid: 51,
    priority: 100,
    initialRole: "backup",
    advertisementIntervalCs: 100,
    downIntervalAdverts: 3,
    preempt: true,
    preemptDelayMs: 0,
    startupDelayMs: 0,
    accept: true,
    strict: false,
    tracksSourceIp: false,
    tracksInterface: true,
    multicastGroup: ip("224.0.0.18"),
    unicastPeers: [],
    faultsWithoutPeers: false,
    unicastHopLimit: 255,
    checksUnicastSource: false,
    checksumIncludesPseudoHeader: true,
    ownerIgnoresAdvertisements: false,
    answersLowerPriority: true,
    advertisesBeforeYielding: false,
    checksAddressesOnChangeOnly: true,
    tracks: [],
    scripts: {},
    tellsDeletion: false,
    mails: false,
    notifiesPriorityChanges: false,
    virtualMacForAddresses: false,
    transmitsOnBase: false,
    promotesSecondaries: false,
    extraAnnouncementMs: 0,
    extraAnnouncementsForAll: false,
    announcements: DEFAULT_ANNOUNCEMENTS,
    virtualAddresses: [virtualAddress("192.0.2.1", 24)],
    excludedAddresses: [],
    routes: [],
    rules: [],
    ...change,
  };
}

/** One virtual address without any extras. */
export function virtualAddress(
  text: string,
  prefixLength = 24,
  change: Partial<VirtualAddress> = {},
): VirtualAddress {
  return { ip: ip(text), prefixLength, scope: 0, flags: 0, tracked: true, ...change };
}

/** A unicast peer whose messages may have any TTL. */
export function unicastPeer(text: string, change: Partial<UnicastPeer> = {}): UnicastPeer {
  return { ip: ip(text), hopLimitMin: 0, hopLimitMax: 255, ...change };
}

const SILENT = new Complaints();
const NOTHING = emptyDraft();
/** What a configuration is that says nothing. */
export const EMPTY_CONFIG: Config = {
  global: resolveGlobal(NOTHING, SILENT),
  vrrpInstances: [],
  bfdSessions: [],
  virtualServers: [],
  ...resolveTracked(NOTHING, SILENT),
  staticAddresses: [],
  staticRoutes: [],
  staticRules: [],
};

/** A whole configuration with these instances. */
export function wholeConfig(vrrpInstances: readonly VrrpInstanceConfig[] = []): Config {
  return { ...EMPTY_CONFIG, vrrpInstances };
}
