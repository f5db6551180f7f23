/**
 * What tracked objects do to a virtual router: its effective priority with every reason for it, and
 * its faults. Pure arithmetic; keepalived's rules where the RFCs have none.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { Track, TrackKind } from "./track.ts";
import { PRIORITY_OWNER } from "./vrrp_rules.ts";

/** What is known of a tracked object. */
export type Verdict =
  /** Nothing yet; it was never looked at. */
  | { readonly state: "pending" }
  | { readonly state: "good" }
  /** `why`, if anything is known: `exit status 1`. */
  | { readonly state: "bad"; readonly why?: string }
  /** A file's number. */
  | { readonly state: "value"; readonly value: number };

/** Whether two verdicts say the same. */
export function sameVerdict(a: Verdict, b: Verdict | undefined): boolean {
  if (a.state !== b?.state) return false;
  if (a.state === "value") return b.state === "value" && a.value === b.value;
  return a.state !== "bad" || (b.state === "bad" && a.why === b.why);
}

/** What is known of all tracked objects, by {@linkcode trackedObject}. */
export type Verdicts = Readonly<Record<string, Verdict>>;

/** One reason for the effective priority. */
export interface Contribution {
  /** The tracked object. */
  readonly object: string;
  /** What it adds, −254 to 254. */
  readonly change: number;
}

/** Where a virtual router stands. */
export interface Standing {
  /** Effective priority, 1 to 255. */
  readonly priority: number;
  /** What makes it differ from the base priority; what adds nothing is left out. */
  readonly contributions: readonly Contribution[];
  /** Faults of tracked objects, each with the object's name. */
  readonly faults: readonly string[];
  /** Objects that must be looked at before the router can take part at all. */
  readonly pending: readonly string[];
}

/** Priorities that tracking can reach: the greatest is the owner's alone. */
const PRIORITY_MIN = 1;
const PRIORITY_MAX = 254;
/** What a file can add; its least value is a fault. */
const VALUE_MIN = -254;
const VALUE_MAX = 253;

/** A tracked object, whoever tracks it. */
export interface TrackedName {
  readonly kind: TrackKind;
  readonly name: string;
}

/** What a tracked object is known by: `script chk_http`. */
export function trackedObject({ kind, name }: TrackedName): string {
  return `${kind} ${name}`;
}

/** What is tracked, and what is looked at whether anybody tracks it or not. */
export function trackedIn({ vrrpInstances, bfdSessions }: Config): TrackedName[] {
  const sessions = bfdSessions.map(({ name }) => ({ kind: "bfd", name }) as const);
  return [...vrrpInstances.flatMap(({ tracks }) => tracks), ...sessions];
}

/** What of the news is about these tracks; undefined: nothing. */
export function newsFor(tracks: readonly TrackedName[], news: Verdicts): Verdicts | undefined {
  const own = tracks.flatMap((track): [string, Verdict][] => {
    const object = trackedObject(track);
    const verdict = news[object];
    return verdict ? [[object, verdict]] : [];
  });
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

/** Where a router with this base priority stands. An owner's priority never changes. */
export function standingOf(
  basePriority: number,
  tracks: readonly Track[],
  verdicts: Verdicts,
): Standing {
  const contributions: Contribution[] = [];
  const faults: string[] = [];
  const pending: string[] = [];
  for (const track of tracks) {
    const object = trackedObject(track);
    const verdict = verdicts[object] ?? { state: "pending" };
    if (verdict.state === "pending") {
      // A weighted object adds nothing until it is known; anything else would be a guess.
      if (track.weight === 0) pending.push(object);
      continue;
    }
    const fault = faultOf(track, verdict);
    if (fault !== undefined) faults.push(fault);
    const change = changeOf(track, verdict);
    if (change !== 0) contributions.push({ object, change });
  }
  return { priority: priorityOf(basePriority, contributions), contributions, faults, pending };
}

function priorityOf(basePriority: number, contributions: readonly Contribution[]): number {
  if (basePriority === PRIORITY_OWNER || contributions.length === 0) return basePriority;
  const total = contributions.reduce((sum, { change }) => sum + change, basePriority);
  return Math.min(Math.max(total, PRIORITY_MIN), PRIORITY_MAX);
}

function changeOf({ weight, reversed }: Track, verdict: Verdict): number {
  if (weight === 0) return 0;
  const sign = reversed ? -1 : 1;
  switch (verdict.state) {
    case "good":
      return weight > 0 ? sign * weight : 0;
    case "bad":
      return weight < 0 ? sign * weight : 0;
    case "value":
      // + 0: no negative zero in a journal.
      return Math.min(Math.max(sign * weight * verdict.value, VALUE_MIN), VALUE_MAX) + 0;
    case "pending":
      return 0;
  }
}

function faultOf(track: Track, verdict: Verdict): string | undefined {
  const { weight, reversed, kind } = track;
  const object = trackedObject(track);
  if (verdict.state === "value") {
    const { value } = verdict;
    if (weight !== 0) {
      const change = (reversed ? -1 : 1) * weight * value;
      return change <= VALUE_MIN ? `${object} is ${value}` : undefined;
    }
    return (value !== 0) === reversed ? undefined : `${object} is ${value}`;
  }
  if (weight !== 0) return undefined;
  if (verdict.state === "good") return reversed ? `${object} is ${GOOD[kind]}` : undefined;
  if (verdict.state !== "bad" || reversed) return undefined;
  const why = verdict.why === undefined ? "" : ` (${verdict.why})`;
  return `${object} ${BAD[kind]}${why}`;
}

const GOOD: Readonly<Record<TrackKind, string>> = {
  interface: "up",
  script: "successful",
  file: "good",
  process: "running",
  bfd: "up",
};

const BAD: Readonly<Record<TrackKind, string>> = {
  interface: "is down",
  script: "failed",
  file: "is bad",
  process: "is bad",
  bfd: "is down",
};
