/**
 * Who has what to do: small rules of the root actor, as pure functions.
 *
 * @module
 */
import { type Config, type VrrpInstanceConfig, vrrpInstanceIdentity } from "./config.ts";
import type { Duty, SystemFact } from "./system_facts.ts";

/** How an instance is started, and when. */
export function startupOf(
  instance: VrrpInstanceConfig,
  event: SystemFact,
): { type: "STARTUP"; delayMs: number; resumes: boolean } {
  const id = vrrpInstanceIdentity(instance);
  const loaded = event.type === "CONFIG_LOADED" ? event : undefined;
  const resumes = loaded?.resumes?.includes(id) ?? false;
  const delayMs = resumes ? 0 : loaded?.startupDelayMs?.[id] ?? 0;
  return { type: "STARTUP", delayMs, resumes };
}

/** Whether a child process has something to do; one that runs is kept. */
export function isNeeded(worker: string, config: Config): boolean {
  return worker === "check" ? balances(config) : routes(config) || !balances(config);
}

function balances({ virtualServers, global }: Config): boolean {
  return virtualServers.length > 0 || global.lvs.syncDaemon !== undefined;
}

/** Whether there is something for the process of virtual routers, or left of an earlier one. */
function routes(config: Config): boolean {
  const { vrrpInstances, bfdSessions, staticAddresses, staticRoutes, staticRules, global } = config;
  const all = [vrrpInstances, bfdSessions, staticAddresses, staticRoutes, staticRules];
  return all.some(({ length }) => length > 0) || global.firewall.table !== undefined;
}

/** What of a configuration concerns the virtual routers that this process runs, or mirrors. */
export function routersOf(duties: readonly Duty[], config: Config): Config {
  return duties.includes("vrrp") ? config : { ...config, vrrpInstances: [], syncGroups: [] };
}
