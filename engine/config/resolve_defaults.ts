/**
 * What instances take over from `global_defs` unless they say.
 *
 * @module
 */
import { type Family, type Ip, ip } from "../../net/address.ts";
import type { AnnouncementConfig } from "../../machines/announcement_config.ts";
import type { VrrpDefaults } from "../../machines/global_config.ts";
import type { GarpDraft, GlobalDraft } from "./drafts.ts";

/** Advertisements that must be missed (RFC 9568 §6.1). */
export const DOWN_INTERVAL_ADVERTS = 3;
/** Where advertisements go (RFC 9568 §5.1). */
export const MULTICAST_GROUP: Readonly<Record<Family, Ip>> = {
  4: ip("224.0.0.18"),
  6: ip("ff02::12"),
};
const INTERFACE = "eth0";
const MS_PER_SEC = 1_000;

/** How addresses are announced, by what an instance and `global_defs` say. */
export function resolveAnnouncements(own: GarpDraft, global: GlobalDraft): AnnouncementConfig {
  const { garp } = global;
  const least = global.usesLeastGarp ?? false;
  const globalDelaySec = garp.delaySec?.value ?? (least ? 0 : 5);
  const globalRepeatCount = garp.repeatCount?.value ?? (least ? 1 : 5);
  const lowerDelaySec = own.lowerPriorityDelaySec ?? garp.lowerPriorityDelaySec;
  const lowerRepeatCount = own.lowerPriorityRepeatCount ?? garp.lowerPriorityRepeatCount;
  return {
    repeatCount: own.repeatCount?.value ?? globalRepeatCount,
    delayMs: (own.delaySec?.value ?? globalDelaySec) * MS_PER_SEC,
    refreshMs: ((own.refreshSec ?? garp.refreshSec)?.value ?? 0) * MS_PER_SEC,
    refreshRepeatCount: (own.refreshRepeatCount ?? garp.refreshRepeatCount)?.value ?? 1,
    lowerPriorityRepeatCount: lowerRepeatCount?.value ?? globalRepeatCount,
    lowerPriorityDelayMs: (lowerDelaySec?.value ?? globalDelaySec) * MS_PER_SEC,
    arpIntervalUs: global.arpIntervalUs ?? 0,
    neighborIntervalUs: global.neighborIntervalUs ?? 0,
  };
}

/** What instances take over unless they say. */
export function resolveDefaults(draft: GlobalDraft): VrrpDefaults {
  return {
    version: draft.version ?? (draft.profile === "rfc9568" ? 3 : 2),
    multicastGroup4: draft.multicastGroup4 ?? MULTICAST_GROUP[4],
    multicastGroup6: draft.multicastGroup6 ?? MULTICAST_GROUP[6],
    announcements: resolveAnnouncements({}, draft),
    downIntervalAdverts: draft.downIntervalAdverts ?? DOWN_INTERVAL_ADVERTS,
    answersLowerPriority: !(draft.ignoresLowerPriority ?? false),
    advertisesBeforeYielding: draft.advertisesBeforeYielding ?? false,
    checksUnicastSource: draft.checksUnicastSource ?? false,
    checksAddressesOnChangeOnly: draft.checksAddressesOnChangeOnly ?? false,
    strict: draft.strict ?? false,
    interface: draft.defaultInterface ?? INTERFACE,
  };
}
