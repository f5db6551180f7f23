/**
 * Why a virtual router is in the state it is in: the fact behind each change, as plain data.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import { PRIORITY_RESIGN } from "./vrrp_rules.ts";

/** The reason of a change of state. */
export type Cause =
  | { readonly kind: "startup" }
  | { readonly kind: "shutdown" }
  /** It was active before a crash of its process, and goes on. */
  | { readonly kind: "resumed" }
  /** Nobody was heard for the Active_Down_Interval. */
  | { readonly kind: "silence" }
  /** The active router resigned, and we were first after Skew_Time. */
  | { readonly kind: "resignation" }
  /** We did not run for a while, and nobody was heard since. */
  | { readonly kind: "silence after stall" }
  /** Another router advertises, and it is its turn. */
  | { readonly kind: "advertisement"; readonly source: Ip; readonly priority: number }
  /** The other members of its sync group are what it became. */
  | { readonly kind: "group" }
  | { readonly kind: "fault"; readonly reasons: readonly string[] }
  | { readonly kind: "recovery" };

/** What a cause is read from: an event of the machine, or one of XState's timers. */
interface Triggering {
  readonly type: string;
  readonly resumes?: boolean;
  readonly source?: Ip;
  readonly priority?: number;
}

/** Why a router becomes active, from the event that made it so. */
export function activationCause(event: Triggering): Cause {
  switch (event.type) {
    case "STARTUP":
      return { kind: event.resumes ? "resumed" : "startup" };
    case "FAULT_CLEARED":
    case "GROUP_FAULT":
    case "TRACKED":
      return { kind: "recovery" };
    case "GROUP_ACTIVATED":
      return { kind: "group" };
  }
  if (event.type.startsWith("xstate.after.skewTime")) return { kind: "resignation" };
  if (event.type.startsWith("xstate.after.relistenInterval")) {
    return { kind: "silence after stall" };
  }
  if (event.type.startsWith("xstate.after.startupDelay")) return { kind: "startup" };
  return { kind: "silence" };
}

/** Why a router is not active (any more), from the event that made it so. */
export function relegationCause(event: Triggering): Cause {
  switch (event.type) {
    case "SHUTDOWN":
      return { kind: "shutdown" };
    case "FAULT_CLEARED":
    case "GROUP_FAULT":
    case "TRACKED":
      return { kind: "recovery" };
    case "GROUP_RELEGATED":
      return { kind: "group" };
    case "ADVERTISEMENT":
      if (event.source !== undefined) {
        return {
          kind: "advertisement",
          source: event.source,
          priority: event.priority ?? PRIORITY_RESIGN,
        };
      }
  }
  return { kind: "startup" };
}

/** A cause as the end of a log line. */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case "startup":
      return "at startup";
    case "shutdown":
      return "shutting down";
    case "resumed":
      return "was active before its process crashed";
    case "silence":
      return "no advertisement within the down interval";
    case "resignation":
      return "the active router resigned";
    case "silence after stall":
      return "no advertisement since this process was stalled";
    case "advertisement":
      return `${cause.source} advertises priority ${cause.priority}`;
    case "group":
      return "with its sync group";
    case "fault":
      return cause.reasons.join(", ");
    case "recovery":
      return "nothing is missing any more";
  }
}
