/**
 * What may be right for each keyword and wrong for the whole: each check is a function of what was
 * read, with no other effect than what it finds.
 *
 * @module
 */
import type { Complaints } from "../diagnostic.ts";
import type { InterfaceFacts } from "../interface_facts.ts";
import { adviseOnAddresses } from "./addresses.ts";
import { adviseOnGroups } from "./groups.ts";
import { adviseOnIntervals } from "./intervals.ts";
import { adviseOnNames } from "./names.ts";
import { adviseOnRouterIds } from "./router_ids.ts";
import { adviseOnScripts } from "./scripts.ts";
import { adviseOnSwitches } from "./switches.ts";
import { adviseOnWeights } from "./weights.ts";
import type { Finding, Whole } from "./whole.ts";

/** A check. */
type Check = (whole: Whole) => Iterable<Finding>;

const CHECKS: readonly Check[] = [
  adviseOnAddresses,
  adviseOnGroups,
  adviseOnIntervals,
  adviseOnNames,
  adviseOnRouterIds,
  adviseOnScripts,
  adviseOnSwitches,
  adviseOnWeights,
];

/** Runs every check; with what is known of interfaces, if anything is. */
export function adviser(
  interfaces?: InterfaceFacts,
): (whole: Whole, complaints: Complaints) => void {
  return (whole, complaints) => {
    for (const check of CHECKS) {
      const subject = interfaces ? { ...whole, interfaces } : whole;
      for (const { code, place, message, hint } of check(subject)) {
        complaints.add(code, place, message, hint);
      }
    }
  };
}
