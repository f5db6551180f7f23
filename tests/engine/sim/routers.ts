/**
 * Configurations for simulated routers, with the defaults of keepalived.
 *
 * @module
 */
import { type Ip, ip } from "../../../net/address.ts";
import type { Config, VirtualAddress, VrrpInstanceConfig } from "../../../machines/config.ts";

/** A virtual address as keepalived would read it. */
export function virtualAddress(text: string): VirtualAddress {
  const address: Ip = ip(text);
  return {
    ip: address,
    prefixLength: text.includes(":") ? 64 : 24,
    scope: 0,
    flags: 0,
    tracked: true,
  };
}

/** One instance; fields that are not given are keepalived's defaults. */
export function router(change: Partial<VrrpInstanceConfig> = {}): VrrpInstanceConfig {
  const family = change.family ?? 4;
  return {
    name: "VI_1",
    interface: "eth0",
    family,
    version: 3,
    vrid: 51,
    priority: 100,
    initialRole: change.priority === 255 ? "active" : "backup",
    advertisementIntervalCs: 100,
    downIntervalAdverts: 3,
    preempt: true,
    preemptDelayMs: 0,
    startupDelayMs: 0,
    accept: true,
    strict: false,
    tracksSourceIp: false,
    tracksInterface: true,
    multicastGroup: ip(family === 4 ? "224.0.0.18" : "ff02::12"),
    unicastPeers: [],
    faultsWithoutPeers: false,
    unicastHopLimit: 255,
    checksUnicastSource: false,
    checksumIncludesPseudoHeader: true,
    ownerIgnoresAdvertisements: false,
    answersLowerPriority: true,
    advertisesBeforeYielding: false,
    checksAddressesOnChangeOnly: true,
    announcements: {
      repeatCount: 5,
      delayMs: 5_000,
      refreshMs: 0,
      refreshRepeatCount: 1,
      lowerPriorityRepeatCount: 5,
      lowerPriorityDelayMs: 5_000,
      arpIntervalUs: 0,
      neighborIntervalUs: 0,
    },
    virtualAddresses: [virtualAddress(family === 4 ? "192.0.2.100" : "fe80::100")],
    excludedAddresses: [],
    ...change,
  };
}

/** A configuration with these instances. */
export function configOf(...vrrpInstances: readonly VrrpInstanceConfig[]): Config {
  return {
    global: {
      dynamicInterfaces: false,
      logUnknownVrids: false,
      vrrpProcess: { realtimePriority: 1, realtimeLimitUs: 1_000_000 },
    },
    vrrpInstances,
  };
}
