/**
 * The arithmetic and the comparisons of VRRP (RFC 9568 §6.1, §6.4; RFC 3768 §6.1), without a
 * machine.
 *
 * @module
 */
import { compareIp, type Ip } from "../net/address.ts";
import type { VrrpInstanceConfig } from "./config.ts";

/** Priority of a router that stops taking part (RFC 9568 §5.2.4). */
export const PRIORITY_RESIGN = 0;
/** Priority of the router that owns the addresses (RFC 9568 §5.2.4). */
export const PRIORITY_OWNER = 255;

const MS_PER_CS = 10;
const PRIORITIES = 256;
/** Version 2 skews by a part of one second, whatever the interval (RFC 3768 §6.1). */
const V2_SKEW_BASE_CS = 100;

/** What the timers of a virtual router are computed from. */
export interface TimerBasis {
  readonly version: 2 | 3;
  /** Effective priority, 1 to 255. */
  readonly priority: number;
  /** Active_Adver_Interval (RFC 9568 §6.1); in version 2 the configured interval. */
  readonly activeAdverIntervalCs: number;
  /** Advertisements to be missed; the RFCs say 3. */
  readonly downIntervalAdverts: number;
}

/** Milliseconds of so many centiseconds. */
export function csToMs(centiseconds: number): number {
  return centiseconds * MS_PER_CS;
}

/**
 * Skew_Time in ms (RFC 9568 §6.1, RFC 3768 §6.1): the greater the priority, the shorter, so that
 * the best backup is first. Fractions are kept: at 10 ms it may be 39 µs.
 */
export function skewTimeMs({ version, priority, activeAdverIntervalCs }: TimerBasis): number {
  const baseCs = version === 2 ? V2_SKEW_BASE_CS : activeAdverIntervalCs;
  return ((PRIORITIES - priority) * csToMs(baseCs)) / PRIORITIES;
}

/** Active_Down_Interval in ms (RFC 9568 §6.1; Master_Down_Interval in RFC 3768). */
export function activeDownIntervalMs(basis: TimerBasis): number {
  return basis.downIntervalAdverts * csToMs(basis.activeAdverIntervalCs) + skewTimeMs(basis);
}

/**
 * Whether a sender wins against an active router (RFC 9568 §6.4.3): greater priority, or the same
 * and a greater primary address as an unsigned integer in network byte order.
 */
export function outranks(
  sender: { readonly priority: number; readonly source: Ip },
  us: { readonly priority: number; readonly primaryIp: Ip | undefined },
): boolean {
  if (sender.priority !== us.priority) return sender.priority > us.priority;
  return us.primaryIp !== undefined && compareIp(sender.source, us.primaryIp) > 0;
}

/**
 * Whether what was learned of the active router's interval still counts after a change of the
 * configuration. Version 2 never learns one.
 */
export function sameInterval(a: VrrpInstanceConfig, b: VrrpInstanceConfig): boolean {
  return a.version === b.version && a.advertisementIntervalCs === b.advertisementIntervalCs;
}

/**
 * Active_Adver_Interval after a reload. A faster interval of ours must not make an active router
 * look dead that is still slower: what it said stays in force until it says otherwise. Version 2
 * knows only our own.
 */
export function intervalAfterReload(
  before: { readonly config: VrrpInstanceConfig; readonly activeAdverIntervalCs: number },
  after: VrrpInstanceConfig,
): number {
  const { config, activeAdverIntervalCs } = before;
  if (sameInterval(after, config)) return activeAdverIntervalCs;
  const { advertisementIntervalCs, version } = after;
  const isLearned = version === 3 && config.version === 3;
  return isLearned
    ? Math.max(advertisementIntervalCs, activeAdverIntervalCs)
    : advertisementIntervalCs;
}

/**
 * Whether two configurations differ in nothing but what a running instance can take over silently.
 */
export function sameConfig<Plain extends object>(a: Plain, b: Plain): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
