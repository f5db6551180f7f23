/**
 * What a reload has to do: stops, updates and starts, by what the wire knows an instance by.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "./config.ts";
import { vrrpInstanceIdentity } from "./config.ts";
import { sameConfig } from "./vrrp_rules.ts";

/** The work between two configurations. What is the same in both is in none of the lists. */
export interface ConfigDiff {
  /** Identities of instances that are gone. */
  readonly stops: readonly string[];
  /** Instances whose configuration changed, in their new form. */
  readonly updates: readonly VrrpInstanceConfig[];
  /** Instances that are new. */
  readonly starts: readonly VrrpInstanceConfig[];
}

/** What leads from `before` (nothing at start) to `after`. */
export function diffConfigs(before: Config | undefined, after: Config): ConfigDiff {
  const old = new Map(before?.vrrpInstances.map((each) => [vrrpInstanceIdentity(each), each]));
  const starts: VrrpInstanceConfig[] = [];
  const updates: VrrpInstanceConfig[] = [];
  for (const instance of after.vrrpInstances) {
    const identity = vrrpInstanceIdentity(instance);
    const previous = old.get(identity);
    old.delete(identity);
    if (!previous) starts.push(instance);
    else if (!sameConfig(previous, instance)) updates.push(instance);
  }
  return { stops: [...old.keys()], updates, starts };
}
