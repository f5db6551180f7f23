/**
 * What a virtual server is in the kernel's words, and what leads from one table to another.
 *
 * @module
 */
import type { ServiceEntry, VirtualServerConfig } from "../../machines/lvs_config.ts";
import type { Destination } from "../../machines/quorum_rules.ts";
import { type Ip, ipFromBytes, ipToBytes } from "../../net/address.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import { destinationKeyText, type IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import {
  type IpvsService,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../net/netlink/ipvs_service.ts";

/** A service with all that is behind it. */
export interface PlannedService {
  readonly service: IpvsService;
  readonly destinations: readonly IpvsDestination[];
}

const OCTET = 256;

/** The kernel's services of a virtual server: each address of a range is one. */
export function plannedServices(
  config: VirtualServerConfig,
  destinations: readonly Destination[],
): PlannedService[] {
  const { scheduler, schedulerFlags, onePacket, persistence } = config;
  return config.entries.flatMap((entry) => keysOf(entry, config)).map((key) => ({
    service: {
      key,
      scheduler,
      schedulerFlags,
      onePacket,
      ...(persistence && { persistence }),
    },
    destinations: destinations.map((each) => destinationFor(key, each)),
  }));
}

function keysOf(entry: ServiceEntry, { protocol = "tcp" }: VirtualServerConfig): IpvsServiceKey[] {
  if (entry.kind === "fwmark") return [entry];
  const { first, last, port } = entry;
  return addresses(first, last).map((ip) => ({ kind: "address", protocol, ip, port }));
}

/** From the first address to the last; the configuration bounds how many. */
function addresses(first: Ip, last: Ip): Ip[] {
  const all: Ip[] = [first];
  const bytes = ipToBytes(first);
  for (let ip = first; ip !== last;) {
    for (let at = bytes.length - 1; at >= 0; at--) {
      const next = ((bytes[at] ?? 0) + 1) % OCTET;
      bytes[at] = next;
      if (next !== 0) break;
    }
    ip = ipFromBytes(bytes);
    all.push(ip);
  }
  return all;
}

/** Without NAT the port cannot change; a mark has none. */
function destinationFor(key: IpvsServiceKey, destination: Destination): IpvsDestination {
  const servicePort = key.kind === "fwmark" ? 0 : key.port;
  const isNat = destination.forwarding.kind === "nat";
  return { ...destination, port: isNat && destination.port || servicePort };
}

/**
 * The changes that make one table another. What serves now comes before what serves no more: there
 * is no moment without anybody. What is the same in both is not touched.
 */
export function changesBetween(
  before: readonly PlannedService[],
  after: readonly PlannedService[],
): IpvsChange[] {
  const old = new Map(before.map((each) => [serviceKeyText(each.service.key), each]));
  const changes = after.flatMap((planned) => {
    const key = serviceKeyText(planned.service.key);
    const previous = old.get(key);
    old.delete(key);
    return previous ? changesOf(previous, planned) : additionsOf(planned);
  });
  const gone = Array.from(old.values(), ({ service }): IpvsChange => ({
    type: "deleteService",
    service,
  }));
  return [...changes, ...gone];
}

function additionsOf({ service, destinations }: PlannedService): IpvsChange[] {
  return [
    { type: "addService", service },
    ...destinations.map((destination): IpvsChange => ({
      type: "addDestination",
      service,
      destination,
    })),
  ];
}

function changesOf(
  before: PlannedService,
  { service, destinations }: PlannedService,
): IpvsChange[] {
  const old = new Map(before.destinations.map((each) => [destinationKeyText(each), each]));
  const changes: IpvsChange[] = [];
  // Who serves no more: after those who do.
  const resting: IpvsChange[] = [];
  if (!isSame(before.service, service)) changes.push({ type: "editService", service });
  for (const destination of destinations) {
    const key = destinationKeyText(destination);
    const previous = old.get(key);
    old.delete(key);
    const list = destination.weight > 0 ? changes : resting;
    if (!previous) list.push({ type: "addDestination", service, destination });
    else if (!isSame(previous, destination)) {
      list.push({ type: "editDestination", service, destination });
    }
  }
  for (const destination of old.values()) {
    resting.push({ type: "deleteDestination", service, destination });
  }
  return [...changes, ...resting];
}

/** Whether two values have the same fields, in whatever order; absent is undefined. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  const names = new Set([...left.keys(), ...right.keys()]);
  return Array.from(names).every((name) => isSame(left.get(name), right.get(name)));
}
