/**
 * stayd keeps a service reachable: VRRP failover that reads keepalived.conf, as a library.
 *
 * The state machines are pure: facts in, commands out, time handed in. They run the same way in the
 * daemon, in the simulator and in a test.
 *
 * @example What is wrong with a configuration
 * ```ts
 * import { formatDiagnostic, loadConfig, systemSource } from "@stayd/stayd";
 *
 * const { config, diagnostics } = loadConfig("/etc/keepalived/keepalived.conf", systemSource);
 * for (const diagnostic of diagnostics) console.log(formatDiagnostic(diagnostic));
 * console.log(config?.vrrpInstances.map(({ name }) => name));
 * ```
 *
 * @module
 */
export type { canonicalIp, canonicalMac, Family, Ip, Mac, Prefix } from "./net/address.ts";
export type { AnnouncementConfig } from "./machines/announcement_config.ts";
export type { Config, UnicastPeer, VirtualAddress, VrrpInstanceConfig } from "./machines/config.ts";
export {
  type ConfigSource,
  type Diagnostic,
  formatDiagnostic,
  loadConfig,
  type LoadOptions,
  type LoadResult,
} from "./engine/config/load.ts";
export type { CodeEntry } from "./engine/config/codes/code.ts";
export { CODES, type PublishedCode } from "./engine/config/codes.ts";
export type { Permissions, ScriptWorld } from "./engine/config/config_source.ts";
export { systemSource } from "./engine/config/system_source.ts";
export type * from "./machines/auth_config.ts";
export type * from "./machines/bfd_config.ts";
export type * from "./machines/check_config.ts";
export type * from "./machines/global_config.ts";
export type * from "./machines/group_config.ts";
export type * from "./machines/interface_config.ts";
export type * from "./machines/lvs_config.ts";
export type * from "./machines/route_config.ts";
export type * from "./machines/script_config.ts";
export type * from "./machines/track.ts";
export type * from "./machines/track_config.ts";
