/**
 * The balancer of a simulated kernel: its table, which outlives the processes that change it, and
 * refusals on demand. Like the real one (net/ipvs.ts) it makes of a change what shall be.
 *
 * @module
 */
import type { IpvsChange, IpvsListing, IpvsResult } from "../../net/ipvs.ts";
import {
  destinationKeyText,
  type IpvsDestination,
  type IpvsDestinationEntry,
} from "../../net/netlink/ipvs_destination.ts";
import {
  type IpvsService,
  type IpvsServiceEntry,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../net/netlink/ipvs_service.ts";
import type { IpvsTable } from "../io/ipvs_keeper.ts";

/** A service of the table. */
interface Entry {
  readonly service: IpvsService;
  readonly destinations: Map<string, IpvsDestination>;
}

const BATCH = 64;
const ESRCH = 3;
const IDLE = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 };

/** Told of a change that was carried out, after it, and what was there before. */
export type TableListener = (
  change: IpvsChange,
  before: IpvsService | IpvsDestination | undefined,
) => void;

/** A balancer's table. */
export class SimIpvs implements IpvsTable {
  readonly #entries = new Map<string, Entry>();
  /** Changes fail with this errno; 0: they succeed. */
  refusalErrno = 0;
  onChanged: TableListener = () => {};

  /** Makes a batch of changes. */
  changeBatch(changes: readonly IpvsChange[], start = 0): readonly IpvsResult[] {
    return changes.slice(start, start + BATCH).map((change) => {
      if (this.refusalErrno !== 0) return { errno: this.refusalErrno };
      const before = this.#present(change);
      const errno = this.#change(change);
      if (errno === 0) this.onChanged(change, before);
      return { errno };
    });
  }

  /** Somebody empties it, or power is lost. */
  flush(): IpvsResult {
    this.#entries.clear();
    return { errno: 0 };
  }

  /** All services. */
  services(): IpvsListing<IpvsServiceEntry> {
    return {
      errno: 0,
      entries: Array.from(this.#entries.values(), ({ service }) => ({ service })),
    };
  }

  /** The destinations of one service. */
  destinations(key: IpvsServiceKey): IpvsListing<IpvsDestinationEntry> {
    const known = this.#entries.get(serviceKeyText(key))?.destinations.values() ?? [];
    const entries = Array.from(known, (destination) => ({ destination, ...IDLE }));
    return { errno: 0, entries };
  }

  /** All of it, for judges: destinations by their names, by the names of services. */
  get table(): ReadonlyMap<string, Readonly<Entry>> {
    return this.#entries;
  }

  #present(change: IpvsChange): IpvsService | IpvsDestination | undefined {
    const entry = this.#entries.get(serviceKeyText(change.service.key));
    return "destination" in change
      ? entry?.destinations.get(destinationKeyText(change.destination))
      : entry?.service;
  }

  #change(change: IpvsChange): number {
    const key = serviceKeyText(change.service.key);
    const known = this.#entries.get(key);
    if (!("destination" in change)) {
      if (change.type === "deleteService") this.#entries.delete(key);
      else {
        const destinations = known?.destinations ?? new Map<string, IpvsDestination>();
        this.#entries.set(key, { service: change.service, destinations });
      }
      return 0;
    }
    if (!known) return change.type === "deleteDestination" ? 0 : ESRCH;
    const name = destinationKeyText(change.destination);
    if (change.type === "deleteDestination") known.destinations.delete(name);
    else known.destinations.set(name, change.destination);
    return 0;
  }
}
