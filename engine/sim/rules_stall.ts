/**
 * What a router may do that did not run for a while: "listens after a stall".
 *
 * @module
 */
import { compareIp } from "../../net/address.ts";
import type { Host } from "./host.ts";
import type { Court } from "./court.ts";
import { judgeAdvertisement, type RouterRecord } from "./observer.ts";
import { readFrame, type SeenAdvertisement } from "./wire_tap.ts";
import type { Watcher } from "./world.ts";

const MS_PER_CS = 10;
const PRIORITY_RESIGN = 0;

/** The rules of this file. */
export function stallRules(court: Court): Watcher[] {
  return [listensAfterStall(court)];
}

function listensAfterStall(court: Court): Watcher {
  /** What came while a host was stalled. */
  const waiting = new Map<Host, { record: RouterRecord; seen: SeenAdvertisement }[]>();
  /** Routers that have to know their place now: whether they may still answer. */
  const bound = new Map<RouterRecord, { mayAnswer: boolean }>();
  return {
    queued: (host, connection, frame) => {
      const seen = readFrame(frame);
      if (!host.isStalled || seen?.kind !== "advertisement") return;
      const record = court.observer.recordAt(host, connection, seen);
      if (record) waiting.set(host, [...waiting.get(host) ?? [], { record, seen }]);
    },
    happened: (host, event) => {
      if (event === "stalled") waiting.delete(host);
      // With another priority it need not obey.
      if (event === "configured") {
        for (const record of court.observer.recordsOf(host)) bound.delete(record);
      }
      if (event !== "woke up") return;
      for (const { record, seen } of waiting.get(host) ?? []) {
        const lateMs = host.process?.latenessMs ?? 0;
        // Who has resigned since needs not be obeyed: Skew_Time may be over within a busy turn.
        if (seen.priority === PRIORITY_RESIGN) bound.delete(record);
        else if (obeys(record, seen, lateMs)) {
          bound.set(record, { mayAnswer: !isLong(record, lateMs) });
        }
      }
      waiting.delete(host);
    },
    transmitted: (host, connection, frame) => {
      const seen = readFrame(frame);
      if (seen?.kind !== "advertisement" || seen.priority === PRIORITY_RESIGN) return;
      const record = court.observer.recordFor(host, connection, seen);
      const limits = record && bound.get(record);
      if (!record || !limits || limits.mayAnswer || record.config.advertisesBeforeYielding) return;
      court.violate("listens after a stall", host, "advertises as if it had not slept");
    },
    settled: (host) => {
      for (const record of court.observer.recordsOf(host)) {
        if (!bound.delete(record) || record.state !== "active") continue;
        court.violate("listens after a stall", host, "is active against what was in its inbox");
      }
    },
  };
}

/** Whether others had time to replace an active router since its timer was due. */
function isLong({ config }: RouterRecord, lateMs: number): boolean {
  return lateMs >=
    (config.downIntervalAdverts - 1) * config.advertisementIntervalCs * MS_PER_CS;
}

/** Whether a router must not be active once it has read this. */
function obeys(record: RouterRecord, seen: SeenAdvertisement, lateMs: number): boolean {
  const { state, config, source } = record;
  const verdict = judgeAdvertisement(seen, { ...config, preempt: false });
  if (verdict === undefined) return false;
  if (state === "backup") return judgeAdvertisement(seen, config) !== undefined;
  if (state !== "active" || verdict === "resigned") return false;
  if (config.ownerIgnoresAdvertisements && config.priority === 255) return false;
  if (isLong(record, lateMs)) return true;
  return seen.priority > config.priority ||
    (seen.priority === config.priority && source !== undefined &&
      compareIp(seen.source, source) > 0);
}
