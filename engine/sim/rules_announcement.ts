/**
 * Whether neighbours are told: "announced", "client knows".
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import type { AnnouncementConfig } from "../../machines/announcement_config.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import type { Host } from "./host.ts";
import { type Court, turnMs } from "./court.ts";
import { addressesOf, type RouterRecord } from "./observer.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher } from "./world.ts";

const US_PER_MS = 1_000;

/**
 * With gaps between announcements, others may be in the queue: rounds over what was held already.
 */
const ROUNDS_MAX = 12;

/** The rules of this file. */
export function announcementRules(court: Court): Watcher[] {
  return [announced(court), announcesWhatItHolds(court)];
}

function announced(court: Court): Watcher {
  /** What routers that just won have not announced yet. */
  const missing = new Map<RouterRecord, { readonly untilMs: number; readonly ips: Set<Ip> }>();
  /** What a host announced since it was settled last: reports come after what they tell of. */
  const recent = new Map<Host, Set<Ip>>();
  return {
    reported: (host, instance, { state }) => {
      for (const record of court.observer.recordsOf(host)) {
        if (record.id !== vrrpInstanceIdentity(instance)) continue;
        if (state !== "active") missing.delete(record);
        else {
          const ips = new Set(addressesOf(record.config)).difference(recent.get(host) ?? new Set());
          missing.set(record, { untilMs: court.observer.now() + limitMs(court, record), ips });
        }
      }
    },
    transmitted: (host, _, frame) => {
      const seen = readFrame(frame);
      if (seen?.kind !== "announcement") return;
      for (const record of court.observer.recordsOf(host)) missing.get(record)?.ips.delete(seen.ip);
      recent.set(host, (recent.get(host) ?? new Set()).add(seen.ip));
    },
    settled: (host) => {
      recent.delete(host);
      for (const record of court.observer.recordsOf(host)) {
        const debt = missing.get(record);
        if (!debt) continue;
        const { config, state } = record;
        const left = addressesOf(config).filter((ip) =>
          debt.ips.has(ip) && !host.kernel.wasRefused(ip)
        );
        const isPaced = gapMs(config.announcements) > 0;
        if (left.length > 0 && isPaced && court.observer.now() <= debt.untilMs) continue;
        missing.delete(record);
        if (left.length === 0 || state !== "active") continue;
        court.violate("announced", host, `became active, did not announce ${left.join(", ")}`);
      }
    },
    happened: (host) => {
      for (const record of missing.keys()) {
        if (record.host === host && !host.isLive) missing.delete(record);
      }
    },
  };
}

function gapMs({ arpIntervalUs, neighborIntervalUs }: AnnouncementConfig): number {
  return Math.max(arpIntervalUs, neighborIntervalUs) / US_PER_MS;
}

/** How long a router may take to announce everything once. */
function limitMs(court: Court, { host, config }: RouterRecord): number {
  let count = 0;
  for (const other of court.observer.recordsOf(host)) count += addressesOf(other.config).length;
  return count * (ROUNDS_MAX * gapMs(config.announcements) + host.addressChangeMs) + turnMs(host);
}

function announcesWhatItHolds(court: Court): Watcher {
  return {
    transmitted: (host, _, frame) => {
      const seen = readFrame(frame);
      if (seen?.kind !== "announcement" || host.kernel.virtualAddresses.has(seen.ip)) return;
      // What others took away is noticed, and put back, in the next turn.
      if (host.kernel.wasRemovedByOthers(seen.ip)) return;
      court.violate("announces what it holds", host, `announces ${seen.ip}, but does not hold it`);
    },
  };
}
