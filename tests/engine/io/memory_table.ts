/**
 * A balancer's table in memory, as strict as the kernel about what is there and what is not.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { IpvsTable } from "../../../engine/io/ipvs_keeper.ts";
import type { PlannedService } from "../../../engine/io/ipvs_plan.ts";
import type { IpvsChange, IpvsListing, IpvsResult } from "../../../net/ipvs.ts";
import { glanceName, glanceOf, type IpvsGlance } from "../../../net/ipvs_glance.ts";
import {
  destinationKeyText,
  type IpvsDestination,
  type IpvsDestinationEntry,
} from "../../../net/netlink/ipvs_destination.ts";
import {
  type IpvsService,
  type IpvsServiceEntry,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../../net/netlink/ipvs_service.ts";

const BATCH = 64;
const NO_CONNECTIONS = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 };

/** The table. */
export class MemoryTable implements IpvsTable {
  readonly #services = new Map<
    string,
    { service: IpvsService; readonly destinations: Map<string, IpvsDestination> }
  >();
  /** `addDestination`, say, for each change that was made. */
  readonly changes: string[] = [];
  /** What the next changes fail with, each once. */
  readonly errors: number[] = [];
  /** Whether all of it can be seen at once, as IPVS shows it. */
  isVisible = false;
  /** Services whose destinations were asked for, since somebody emptied this. */
  readonly asked: string[] = [];

  constructor(content: readonly PlannedService[] = []) {
    for (const { service, destinations } of content) {
      const each = new Map(destinations.map((one) => [destinationKeyText(one), one]));
      this.#services.set(serviceKeyText(service.key), { service, destinations: each });
    }
  }

  /** Makes changes; one that takes for granted what is not so is a bug. */
  apply(changes: readonly IpvsChange[]): void {
    for (const change of changes) this.#apply(change);
  }

  changeBatch(changes: readonly IpvsChange[], start = 0): readonly IpvsResult[] {
    return changes.slice(start, start + BATCH).map((change) => {
      const errno = this.errors.shift() ?? 0;
      if (errno === 0) this.#apply(change);
      return { errno };
    });
  }

  flush(): IpvsResult {
    this.#services.clear();
    return { errno: 0 };
  }

  services(): IpvsListing<IpvsServiceEntry> {
    const entries = Array.from(this.#services.values(), ({ service }) => ({ service }));
    return { errno: 0, entries };
  }

  glance(): IpvsGlance | undefined {
    if (!this.isVisible) return undefined;
    return new Map(
      Array.from(this.#services.values(), ({ service, destinations }) => [
        glanceName(service.key),
        glanceOf([...destinations.values()]),
      ]),
    );
  }

  destinations(key: IpvsServiceKey): IpvsListing<IpvsDestinationEntry> {
    this.asked.push(serviceKeyText(key));
    const { destinations = new Map<string, IpvsDestination>() } =
      this.#services.get(serviceKeyText(key)) ?? {};
    const entries = Array.from(destinations.values(), (destination) => ({
      destination,
      ...NO_CONNECTIONS,
    }));
    return { errno: 0, entries };
  }

  /** All of it as text, in order. */
  lines(): string[] {
    return Array.from(this.#services.values(), ({ service, destinations }) =>
      JSON.stringify([
        service,
        Array.from(destinations.values(), (each) => JSON.stringify(each)).sort(),
      ])).sort();
  }

  #apply(change: IpvsChange): void {
    this.changes.push(change.type);
    const key = serviceKeyText(change.service.key);
    const known = this.#services.get(key);
    assert((known !== undefined) !== (change.type === "addService"), `${change.type} ${key}`);
    if (!("destination" in change)) {
      if (change.type === "deleteService") this.#services.delete(key);
      else if (known) known.service = change.service;
      else this.#services.set(key, { service: change.service, destinations: new Map() });
      return;
    }
    const { destination } = change;
    const server = destinationKeyText(destination);
    const has = known?.destinations.has(server) ?? false;
    assert(has !== (change.type === "addDestination"), `${change.type} ${key} ${server}`);
    if (change.type === "deleteDestination") known?.destinations.delete(server);
    else known?.destinations.set(server, destination);
  }
}
