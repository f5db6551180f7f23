/**
 * What a virtual server's table has before any check was made.
 *
 * @module
 */
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import { type Destination, destinationsOf, isQuorumGained } from "../../machines/quorum_rules.ts";

/** The destinations at the start. */
export function firstStandings(config: VirtualServerConfig): Destination[] {
  return destinationsOf(config, {}, isQuorumGained(config, {}));
}
