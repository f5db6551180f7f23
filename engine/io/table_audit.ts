/**
 * Looks whether the balancer's table still is what it was made, a few services at a turn: others
 * may change it, with ipvsadm say.
 *
 * @module
 */
import type { IpvsChange } from "../../net/ipvs.ts";
import { glanceName, glanceOf, type IpvsGlance } from "../../net/ipvs_glance.ts";
import {
  type IpvsService,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../net/netlink/ipvs_service.ts";
import { destinationKeyText } from "../../net/netlink/ipvs_destination.ts";
import { changesBetween, type PlannedService } from "./ipvs_plan.ts";

/** What an audit is told and asks. */
export interface AuditSubject {
  /** All services the kernel has. */
  services(): ReadonlyMap<string, IpvsService>;
  /** What they look like, if that can be seen at once. */
  glance(): IpvsGlance | undefined;
  /** Whether a virtual server is looked at closely, whatever it looks like. */
  isClose(owner: string): boolean;
  destinations(key: IpvsServiceKey): PlannedService["destinations"];
  /** What a virtual server was made; undefined: it is being changed, or nothing is known of it. */
  expected(owner: string): readonly PlannedService[] | undefined;
  /** A virtual server is not what it was made; `changes` would make it so again. */
  differs(owner: string, present: readonly PlannedService[], changes: readonly IpvsChange[]): void;
  /** A virtual server is what it was made. */
  agrees(owner: string): void;
}

/** Services that are looked at in one turn of the loop: each is a question to the kernel. */
const SERVICES_PER_TURN = 64;
/** One that looks as it shall be takes so much of it. */
const GLANCE = 1 / 16;

/** One look at the whole table. */
export class TableAudit {
  readonly #subject: AuditSubject;
  #services: ReadonlyMap<string, IpvsService> | undefined;
  #glance: IpvsGlance | undefined;
  readonly #owners: string[];
  /** Those that changed since it began: the listing is older than they are. */
  readonly #skipped = new Set<string>();

  constructor(subject: AuditSubject, owners: readonly string[]) {
    this.#subject = subject;
    this.#owners = owners.toReversed();
  }

  /** Leaves out a virtual server that changes now. */
  skip(owner: string): void {
    if (this.#services) this.#skipped.add(owner);
  }

  /** Looks at the next few. Whether there are more. */
  runSlice(): boolean {
    if (!this.#services) {
      this.#services = this.#subject.services();
      this.#glance = this.#subject.glance();
    }
    let count = 0;
    while (count < SERVICES_PER_TURN) {
      const owner = this.#owners.pop();
      if (owner === undefined) return false;
      count += this.#look(owner);
    }
    return this.#owners.length > 0;
  }

  /** Returns how many services it took. */
  #look(owner: string): number {
    const expected = this.#skipped.has(owner) ? undefined : this.#subject.expected(owner);
    if (!expected) return GLANCE;
    const glance = this.#subject.isClose(owner) ? undefined : this.#glance;
    let count = 0;
    const present = expected.flatMap(({ service: { key }, destinations }) => {
      const service = this.#services?.get(serviceKeyText(key));
      if (!service) return [];
      const isSeen = glance?.get(glanceName(key)) === glanceOf(destinations);
      count += isSeen ? GLANCE : 1;
      return [{ service, destinations: isSeen ? destinations : this.#subject.destinations(key) }];
    });
    const changes = changesBetween(present, expected);
    if (changes.length > 0) this.#subject.differs(owner, present, changes);
    else this.#subject.agrees(owner);
    return Math.max(count, GLANCE);
  }
}

/** Differences that are named in one line. */
const NAMED_COUNT_MAX = 3;

/** What others did, in words, from what would undo it. */
export function describeDrift(changes: readonly IpvsChange[]): string {
  const named = changes.slice(0, NAMED_COUNT_MAX).map(describe).join(", ");
  const rest = changes.length - NAMED_COUNT_MAX;
  return rest > 0 ? `${named} and ${rest} more` : named;
}

function describe(change: IpvsChange): string {
  const what = "destination" in change
    ? `server ${destinationKeyText(change.destination)} of ${serviceKeyText(change.service.key)}`
    : `service ${serviceKeyText(change.service.key)}`;
  switch (change.type) {
    case "addService":
    case "addDestination":
      return `${what} is missing`;
    case "editService":
    case "editDestination":
      return `${what} was changed`;
    case "deleteService":
    case "deleteDestination":
      return `${what} was added`;
  }
}
