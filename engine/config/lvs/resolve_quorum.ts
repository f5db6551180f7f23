/**
 * How much weight must live: quorum and hysteresis, kept within what can be reached.
 *
 * @module
 */
import type { RealServerConfig, VirtualServerConfig } from "../../../machines/lvs_config.ts";
import type { Complaints } from "../diagnostic.ts";
import type { VirtualServerDraft } from "./drafts.ts";

/** Weight of all these servers. */
export function totalWeight(realServers: readonly RealServerConfig[]): number {
  return realServers.reduce((sum, { weight }) => sum + weight, 0);
}

/**
 * Quorum and hysteresis. keepalived makes the quorum 0 if no server has weight, and can never gain
 * it then: here it is at least 1.
 */
export function resolveQuorum(
  { quorum: given, hysteresis: gap, place }: VirtualServerDraft,
  realServers: readonly RealServerConfig[],
  complaints: Complaints,
): Pick<VirtualServerConfig, "quorum" | "hysteresis"> {
  const total = totalWeight(realServers);
  const wanted = given?.value ?? 1;
  const quorum = Math.max(1, Math.min(wanted, total));
  if (wanted > total && realServers.length > 0) {
    const message = `quorum ${wanted} is more than the weight of all real servers, ${total}: ` +
      `${quorum} is used`;
    complaints.add("W303", given?.place ?? place, message);
  }
  const hysteresis = Math.min(gap?.value ?? 0, quorum - 1);
  if (gap && gap.value > hysteresis) {
    const message = `hysteresis ${gap.value} is not less than the quorum: ${hysteresis} is used`;
    complaints.add("W303", gap.place, message);
  }
  return { quorum, hysteresis };
}
