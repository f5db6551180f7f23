/**
 * Configurations for simulated routers, with the defaults of keepalived.
 *
 * @module
 */
import { type Ip, ip } from "../../../net/address.ts";
import { instanceConfig, wholeConfig } from "../../machines/vrrp_config.ts";
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
  return instanceConfig({
    initialRole: change.priority === 255 ? "active" : "backup",
    multicastGroup: ip(family === 4 ? "224.0.0.18" : "ff02::12"),
    virtualAddresses: [virtualAddress(family === 4 ? "192.0.2.100" : "fe80::100")],
    ...change,
  });
}

/** A configuration with these instances. */
export function configOf(...vrrpInstances: readonly VrrpInstanceConfig[]): Config {
  return wholeConfig(vrrpInstances);
}
