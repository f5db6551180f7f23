/**
 * What a virtual router is told, asks for and remembers: the vocabulary of vrrp_instance.ts.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import type { VrrpInstanceConfig } from "./config.ts";
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
  /** Somebody else removed so many of the addresses that we hold. */
  | { readonly type: "ADDRESSES_VANISHED"; readonly count: number };

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
  | { readonly type: "REPORT"; readonly state: VrrpState; readonly cause: Cause };

/** The states that people care about. */
export type VrrpState = "initialize" | "backup" | "active" | "fault";

/** What a virtual router remembers. Small, readonly, printable. */
export interface VrrpContext {
  readonly config: VrrpInstanceConfig;
  /** Active_Adver_Interval: ours at start, then what the active router says (version 3). */
  readonly activeAdverIntervalCs: number;
  readonly primaryIp: Ip | undefined;
  /** Why it cannot take part: named reasons, never a counter. */
  readonly faults: readonly string[];
  readonly startupDelayMs: number;
}
