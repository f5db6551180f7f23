/**
 * What a virtual router is told, asks for and remembers: the vocabulary of vrrp_instance.ts.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "./config.ts";
import { type Contribution, type Standing, standingOf, type Verdicts } from "./standing.ts";
import type { Cause } from "./vrrp_causes.ts";

/** What can happen to a virtual router. */
export type VrrpFact =
  | {
    readonly type: "STARTUP";
    /** How long the instance stays deaf and dumb yet (vrrp_startup_delay). */
    readonly delayMs: number;
    /**
     * It was active a moment ago, in a process that crashed, and nobody can have taken over yet.
     */
    readonly resumes: boolean;
  }
  | { readonly type: "SHUTDOWN" }
  /** It left the configuration; comes after SHUTDOWN. */
  | { readonly type: "RETIRE" }
  /** The configuration changed, but not what the wire knows the instance by. */
  | { readonly type: "RECONFIGURE"; readonly config: VrrpInstanceConfig }
  /** A valid advertisement from another router; the receive checks of §7.1 are done. */
  | {
    readonly type: "ADVERTISEMENT";
    readonly source: Ip;
    readonly priority: number;
    readonly maxAdvertiseIntervalCs: number;
    /** When it arrived, on the scale of the clock. */
    readonly atMs: number;
  }
  /** The address we send from, our primary address: known, or changed. */
  | { readonly type: "SOURCE_ADDRESS"; readonly ip: Ip }
  /** Something the instance cannot do without is missing; `reason` names it. */
  | { readonly type: "FAULT_RAISED"; readonly reason: string }
  | { readonly type: "FAULT_CLEARED"; readonly reason: string }
  /**
   * This process did not run for so long: others may have acted, their messages are still unread.
   */
  | { readonly type: "STALLED"; readonly lateMs: number }
  /** News of tracked objects; `atMs` on the scale of the clock. */
  | { readonly type: "TRACKED"; readonly verdicts: Verdicts; readonly atMs: number }
  | GroupFact
  /** Somebody else removed so many of the addresses that we hold. */
  | { readonly type: "ADDRESSES_VANISHED"; readonly count: number };

/** What a sync group tells its members. */
export type GroupFact =
  /** Every member is ready: all become active. */
  | { readonly type: "GROUP_ACTIVATED" }
  /** Another active member heard a lesser router: neighbours may have learnt wrong ways. */
  | { readonly type: "GROUP_REASSERTED" }
  /** Another member heard its active router: all are backups. */
  | { readonly type: "GROUP_RELEGATED" }
  /** Why other members cannot take part; without reason: they can. */
  | { readonly type: "GROUP_FAULT"; readonly reason?: string };

/** What a virtual router asks of the world. */
export type VrrpCommand =
  | { readonly type: "SEND_ADVERTISEMENT"; readonly priority: number }
  /**
   * Adds what is missing of the configured addresses, announcing each; removes what is not ours
   * now.
   */
  | { readonly type: "CLAIM_ADDRESSES"; readonly repeatCount: number }
  | { readonly type: "RELEASE_ADDRESSES" }
  /** Announces all addresses again. */
  | { readonly type: "ANNOUNCE_ADDRESSES"; readonly repeatCount: number }
  | { readonly type: "CONFIGURE"; readonly config: VrrpInstanceConfig }
  /** Tells people and programs of a new state, and why. */
  | {
    readonly type: "REPORT";
    readonly state: VrrpState;
    readonly cause: Cause;
    /** Effective priority. */
    readonly priority: number;
  }
  /** Tells people and programs of a new effective priority. */
  | {
    readonly type: "REPORT_PRIORITY";
    readonly before: number;
    readonly priority: number;
    readonly contributions: readonly Contribution[];
  }
  /** As active router we heard one of lower priority. */
  | { readonly type: "REPORT_LESSER"; readonly source: Ip; readonly priority: number };

/** The commands that tell people and programs something. */
export type VrrpReport = Extract<VrrpCommand, { readonly type: `REPORT${string}` }>;

/** What a member tells its sync group, by way of the parent. */
export interface MemberChange {
  readonly type: "MEMBER_CHANGED";
  readonly group: string;
  /** Identity of the instance. */
  readonly member: string;
  readonly state: MemberState;
  /** Its own faults, without those of the group. */
  readonly faults: readonly string[];
}

/** What an active member tells its sync group when it hears a lesser router. */
export interface MemberReasserted {
  readonly type: "MEMBER_REASSERTED";
  readonly group: string;
  /** Identity of the instance. */
  readonly member: string;
}

/**
 * How a sync group sees a member: `ready` is a backup whose Active_Down_Timer ran out, and which
 * waits for the others.
 */
export type MemberState = "initialize" | "fault" | "hearing" | "ready" | "active";

/** The states that people care about. */
export type VrrpState = "initialize" | "backup" | "active" | "fault";

/** What a virtual router remembers. Small, readonly, printable. */
export interface VrrpContext {
  readonly config: VrrpInstanceConfig;
  /** Active_Adver_Interval: ours at start, then what the active router says (version 3). */
  readonly activeAdverIntervalCs: number;
  readonly primaryIp: Ip | undefined;
  /** What it lacks by itself: named reasons, never a counter. All faults: {@linkcode faultsOf}. */
  readonly faults: readonly string[];
  /** Why its sync group cannot take part. */
  readonly groupFault: string | undefined;
  readonly verdicts: Verdicts;
  /** What tracked objects make of it. */
  readonly standing: Standing;
  /** When the active router was heard last, if since then nothing else armed the timer. */
  readonly heardAtMs: number | undefined;
  /** How much longer it waits after its group yielded, so that two groups do not collide. */
  readonly jitterMs: number;
  /** Where the next such chance comes from. */
  readonly seed: number;
  readonly startupDelayMs: number;
}

/** Why a virtual router cannot take part by itself: what it lacks, and what its tracks say. */
export function ownFaults({ faults, standing }: VrrpContext): readonly string[] {
  return standing.faults.length === 0 ? faults : [...faults, ...standing.faults];
}

/** Why a virtual router cannot take part. */
export function faultsOf(context: VrrpContext): readonly string[] {
  const own = ownFaults(context);
  return context.groupFault === undefined ? own : [...own, context.groupFault];
}

/** What a router tells its sync group; nothing if it is in none. */
export function memberChange(context: VrrpContext, state: MemberState): MemberChange | undefined {
  const { config } = context;
  if (config.syncGroup === undefined) return undefined;
  return {
    type: "MEMBER_CHANGED",
    group: config.syncGroup,
    member: vrrpInstanceIdentity(config),
    state,
    faults: ownFaults(context),
  };
}

/** Where a virtual router stands after news of tracked objects. */
export function newStanding({ config, verdicts }: VrrpContext, news: Verdicts): Standing {
  return standingOf(config.priority, config.tracks, { ...verdicts, ...news });
}
