/**
 * Questions to a capture: who spoke, how, when, and how far that is from what the protocol says.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import type { AddressChange } from "./address_monitor.ts";
import type { Wire } from "./conf.ts";
import type { Advert, Announcement, Frame } from "./frame.ts";
import { type Host, station } from "./lab.ts";

/** Skew_Time in ms: what a backup waits after a resignation (RFC 9568 §6.1, RFC 3768 §6.1). */
export function skewMs({ version, advertSec }: Wire, priority: number): number {
  return (256 - priority) / 256 * 1000 * (version === 2 ? 1 : advertSec);
}

/** Active_Down_Interval in ms: what a backup waits after the last advert (same sections). */
export function downMs(wire: Wire, priority: number): number {
  return 3 * wire.advertSec * 1000 + skewMs(wire, priority);
}

/** A predicate for adverts of a host; of one priority, if given. */
export function isAdvertOf(host: Host, priority?: number) {
  const { mac } = station(host);
  return (frame: Frame): frame is Advert =>
    frame.kind === "advert" && frame.sourceMac === mac &&
    (priority === undefined || frame.priority === priority);
}

/** A predicate for gratuitous ARPs and unsolicited Neighbor Advertisements of a host. */
export function isAnnouncementOf(host: Host, address?: string) {
  const { mac } = station(host);
  return (frame: Frame): frame is Announcement =>
    frame.kind === "announcement" && frame.sourceMac === mac &&
    (address === undefined || frame.ip === address);
}

/** The adverts of a host. */
export function advertsOf(host: Host, frames: readonly Frame[]): Advert[] {
  return frames.filter(isAdvertOf(host));
}

/** The announcements of a host. */
export function announcementsOf(host: Host, frames: readonly Frame[]): Announcement[] {
  return frames.filter(isAnnouncementOf(host));
}

/** A change of speakers, seen on the wire; times in ms. */
export interface Takeover {
  /** From the last advert of the old speaker to the first of the new one. */
  readonly advertMs: number;
  /** From the last advert of the old speaker to the first announcement of the new one. */
  readonly announcementMs: number;
  readonly last: Advert;
  readonly first: Advert;
}

/** How `heir` followed `old`: from the last advert of `old` before the first of `heir` after it. */
export function takeoverOf(old: Host, heir: Host, frames: readonly Frame[]): Takeover {
  const last = advertsOf(old, frames).at(-1);
  if (last === undefined) throw new Error(`${old} never sent an advert`);
  const after = frames.slice(frames.indexOf(last));
  const first = after.find(isAdvertOf(heir));
  if (first === undefined) throw new Error(`${heir} sent no advert after ${old}'s last`);
  const announcement = after.find(isAnnouncementOf(heir));
  return {
    advertMs: first.atMs - last.atMs,
    announcementMs: (announcement?.atMs ?? NaN) - last.atMs,
    last,
    first,
  };
}

/** Milliseconds between each frame and the next. */
export function spacingsMs(frames: readonly Frame[]): number[] {
  return frames.slice(1).map((frame, i) => frame.atMs - (frames[i]?.atMs ?? NaN));
}

/** For how long in all, in ms, an address was in both tables. Both histories begin without it. */
export function overlapMs(
  address: Ip | string,
  one: readonly AddressChange[],
  other: readonly AddressChange[],
): number {
  const steps = [one, other].flatMap((changes, holder) =>
    changes.filter(({ ip }) => ip === address).map(({ atMs, change }) => ({ atMs, change, holder }))
  ).sort((a, b) => a.atMs - b.atMs);
  const holders = new Set<number>();
  let [sumMs, sinceMs] = [0, 0];
  for (const { atMs, change, holder } of steps) {
    if (holders.size === 2) sumMs += atMs - sinceMs;
    if (change === "added") holders.add(holder);
    else holders.delete(holder);
    sinceMs = atMs;
  }
  return holders.size === 2 ? Infinity : sumMs;
}
