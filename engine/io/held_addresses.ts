/**
 * Which addresses this machine has, for virtual servers that rest while it has none of theirs.
 *
 * @module
 */
import type { ServiceEntry } from "../../machines/lvs_config.ts";
import { compareIp, familyOf, type Ip } from "../../net/address.ts";
import { isTentative, type LinkTable } from "../../net/link_table.ts";

/** Whether this machine has an address that one of the entries names. */
export function holdsAddressOf(entries: readonly ServiceEntry[], links: LinkTable): boolean {
  for (const { index } of links.links()) {
    for (const address of links.addressesOf(index)) {
      if (!isTentative(address) && entries.some((entry) => isNamed(entry, address.ip))) return true;
    }
  }
  return false;
}

function isNamed(entry: ServiceEntry, ip: Ip): boolean {
  if (entry.kind === "fwmark" || familyOf(entry.first) !== familyOf(ip)) return false;
  return compareIp(entry.first, ip) <= 0 && compareIp(ip, entry.last) <= 0;
}
