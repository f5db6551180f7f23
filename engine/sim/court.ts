/**
 * What must be true in every run, whatever befalls the hosts, and what the rules that judge it
 * share. Each invariant has a name, which a report of its violation begins with.
 *
 * @module
 */
import type { Host } from "./host.ts";
import type { Observer } from "./observer.ts";
import type { World } from "./world.ts";

/** Every invariant, and what it says. */
export const INVARIANTS = {
  "held while active":
    "a host has the addresses of exactly those instances that are active, at every " +
    "moment at which stayd has nothing left to do; addresses that its kernel refused are excepted",
  "one holder":
    "of two active routers that run, the lesser yields within one advertisement interval " +
    "of the greater and the delay of the wire, counted from when it can hear it without loss",
  "resigned is gone":
    "a router that sent priority 0 is not active when its turn is over; one that " +
    "leaves for another reason than a better router sends it",
  "fault is heeded": "a router whose cable is cut is not active",
  "group moves together":
    "all instances of a sync group are active or none is, at every moment at which stayd has " +
    "nothing left to do",
  "patience":
    "a backup claims no earlier than Active_Down_Interval after the last advertisement it " +
    "must heed entered its inbox, read or not, or Skew_Time after the active router resigned; " +
    "after a stall, one interval and Skew_Time after it woke up are enough, and necessary if it " +
    "was late by more than an interval; one that was killed resumes only if nobody replaced it",
  "takes over in time":
    "a backup that runs claims no later than Active_Down_Interval after the last " +
    "advertisement it must heed, its start, its reload or the end of its stall, and no later " +
    "than Skew_Time after the active router resigned",
  "punctual":
    "an active router that runs lets no more than one interval pass between advertisements",
  "no storm":
    "a router sends no more advertisements than there are intervals, advertisements that it " +
    "hears, and changes of its role or configuration, but for a few at a time",
  "listens after a stall":
    "a router that did not run obeys what waits in its inbox before it claims or " +
    "sends anything",
  "a living path stays up":
    "a BFD session is not lost to silence unless no packet of its neighbour entered its inbox " +
    "for the Detection Time, read or not; what comes far too often may be thrown away",
  "a dead path is noticed":
    "a BFD session is lost when no packet of its neighbour entered its inbox for the Detection " +
    "Time, or that long after the end of a stall",
  "a whole path comes up":
    "when nothing has befallen anybody for long, BFD sessions between routers that hear each " +
    "other are up",
  "a loss is told at once": "a BFD session that is lost says so in the same turn",
  "announced": "a router that became active announces every address in the same turn",
  "announces what it holds": "nobody announces an address that it does not hold",
  "best is active":
    "when all is quiet, each part of a segment that has routers has exactly one active, " +
    "and no other there would preempt it",
  "client knows": "when all is quiet, the client has heard last from the active router",
  "serves who is well":
    "when servers have been as they are for as long as their checks take to notice, the " +
    "balancer's table is what a page of arithmetic says (balance_page.ts)",
  "always a server":
    "a service has a server if one has been well for as long as its checks take to notice",
  "no gap":
    "a service that has servers before and after the changes of one moment has one between them",
  "changes what differs":
    "what is in the balancer's table as it shall be is not changed, nor deleted what is not there",
  "leaves for a reason":
    "a server that serves goes on, through reloads and new processes, until a check of it fails " +
    "or the configuration says otherwise; where there is a sorry server, a check of any server",
  "rests without address":
    "with ha_suspend nobody is asked while the address of the service is elsewhere",
  "leaves no service": "stayd that is stopped leaves nothing in the balancer's table",
  "engine lives": "no machine or port of stayd throws",
} as const;

/** The name of an invariant. */
export type InvariantName = keyof typeof INVARIANTS;

/** A moment at which an invariant did not hold. */
export interface Violation {
  readonly invariant: InvariantName;
  readonly atMs: number;
  readonly host: string;
  readonly text: string;
}

/** What the rules share. */
export interface Court {
  readonly observer: Observer;
  readonly world: () => World;
  readonly violate: (invariant: InvariantName, host: Host, text: string) => void;
}

/** Rounding of times that are sums of fractions. */
export const EPSILON_MS = 0.001;
/**
 * Changes of addresses in one turn of a host, at most: additions and deletions of one slice, and
 * the first ones of a claim.
 */
const CHANGES_PER_TURN_MAX = 100;

/** How long a turn of a host can keep it from the next thing. */
export function turnMs(host: Host): number {
  return CHANGES_PER_TURN_MAX * host.addressChangeMs + EPSILON_MS;
}
