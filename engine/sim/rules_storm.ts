/**
 * How much is said: "no storm".
 *
 * @module
 */
import type { Court } from "./court.ts";
import type { RouterRecord } from "./observer.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher } from "./world.ts";

const MS_PER_CS = 10;
/** Advertisements that a router may send without any time passing: a role, a configuration. */
const CREDIT_MAX = 3;
/** Credits are sums of fractions. */
const ROUNDING = 0.01;

/** What a router may still say. */
interface Credit {
  count: number;
  sinceMs: number;
}

/** The rules of this file. */
export function stormRules(court: Court): Watcher[] {
  return [noStorm(court)];
}

/**
 * A router earns one advertisement with each interval and each one that it hears, and a few with
 * what happens to it.
 */
function noStorm(court: Court): Watcher {
  const credits = new WeakMap<RouterRecord, Credit>();
  const creditOf = (record: RouterRecord): Credit => {
    const now = court.observer.now();
    const known = credits.get(record) ?? { count: CREDIT_MAX, sinceMs: now };
    const earned = (now - known.sinceMs) / (record.config.advertisementIntervalCs * MS_PER_CS);
    // Time alone fills it up to the maximum; what was heard may be answered in any case.
    const filled = Math.max(known.count, Math.min(known.count + earned, CREDIT_MAX));
    const credit = { count: filled, sinceMs: now };
    credits.set(record, credit);
    return credit;
  };
  return {
    happened: (host, event) => {
      if (event !== "configured" && event !== "woke up") return;
      for (const record of court.observer.recordsOf(host)) grant(creditOf(record));
    },
    reported: (host, instance) => {
      const record = court.observer.record(host, instance);
      if (record) grant(creditOf(record));
    },
    queued: (host, connection, frame) => {
      const seen = readFrame(frame);
      const record = seen?.kind === "advertisement" &&
        court.observer.recordAt(host, connection, seen);
      if (record) creditOf(record).count++;
    },
    transmitted: (host, connection, frame) => {
      const seen = readFrame(frame);
      const record = seen?.kind === "advertisement" &&
        court.observer.recordFor(host, connection, seen);
      if (!record) return;
      const credit = creditOf(record);
      credit.count -= 1 / Math.max(1, record.config.unicastPeers.length);
      if (credit.count > -ROUNDING) return;
      court.violate("no storm", host, `advertises more often than anything gives it reason to`);
    },
  };
}

/** A role or a configuration is a reason to speak; what was heard is still to be answered. */
function grant(credit: Credit): void {
  credit.count = Math.max(credit.count, CREDIT_MAX);
}
