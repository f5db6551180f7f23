/**
 * What an instance needs of its interfaces, and what it lacks: a pure function of the live table.
 *
 * @module
 */
import { type Ip, isLinkLocal } from "../../net/address.ts";
import { type Link, type LinkTable, primaryAddress } from "../../net/link_table.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { trackedObject, type Verdict } from "../../machines/standing.ts";

/** The answer of {@linkcode examineNeeds}. */
export interface Needs {
  /** Why the instance cannot take part; the machine's FAULT is this set. */
  readonly faults: readonly string[];
  /** Our address in elections (RFC 9568 §6.4.3): the configured source or the primary one. */
  readonly primaryIp: Ip | undefined;
  /** What advertisements are sent from. */
  readonly source: Ip | undefined;
  readonly link: Link | undefined;
}

/** Interfaces as an instance sees them. */
export interface Surroundings {
  readonly table: LinkTable;
  /** Whether a link counts as up: not always what the kernel says at this moment. */
  readonly isUp: (link: Link) => boolean;
  /** Addresses that can never be a primary address. */
  readonly virtuals: ReadonlySet<Ip>;
  /** Where advertisements have their source address from; default: the instance's interface. */
  readonly sourceLink?: Link | undefined;
}

/** Looks at the interfaces of an instance. */
export function examineNeeds(
  config: VrrpInstanceConfig,
  { table, isUp, virtuals, sourceLink }: Surroundings,
): Needs {
  const faults: string[] = [];
  const link = ownLink(config, table);
  const origin = sourceLink ?? link;
  if (config.interface !== undefined) {
    const fault = linkFault(config.interface, link, isUp);
    // Even with dont_track_primary nothing can be done on an interface that is not there.
    if (fault && (config.tracksInterface || !link)) faults.push(fault);
  }
  for (const name of otherInterfaces(config)) {
    const fault = linkFault(name, table.linkByName(name), isUp);
    if (fault) faults.push(fault);
  }
  const primary = origin && primaryAddress(table, origin.index, config.family, virtuals);
  const source = config.sourceIp ?? primary;
  if (source === undefined && origin) {
    const kind = config.family === 4 ? "IPv4" : "IPv6 link-local";
    faults.push(`no ${kind} address on ${origin.name}`);
  }
  if (
    config.tracksSourceIp && config.sourceIp !== undefined && !isPresent(config.sourceIp, table)
  ) {
    faults.push(`source address ${config.sourceIp} is missing`);
  }
  if (config.faultsWithoutPeers && config.unicastPeers.length === 0) {
    faults.push("no unicast peers are configured");
  }
  return { faults, primaryIp: source, source, link };
}

/** The link an instance runs on; without `interface`, the one that has the configured source. */
export function ownLink(config: VrrpInstanceConfig, table: LinkTable): Link | undefined {
  if (config.interface !== undefined) return table.linkByName(config.interface);
  const { sourceIp } = config;
  if (sourceIp === undefined || isLinkLocal(sourceIp)) return undefined;
  for (const link of table.links()) {
    if (table.addressesOf(link.index).some(({ ip }) => ip === sourceIp)) return link;
  }
  return undefined;
}

function isPresent(ip: Ip, table: LinkTable): boolean {
  for (const link of table.links()) {
    if (table.addressesOf(link.index).some((address) => address.ip === ip)) return true;
  }
  return false;
}

function linkFault(
  name: string,
  link: Link | undefined,
  isUp: (link: Link) => boolean,
): string | undefined {
  if (!link) return `interface ${name} is missing`;
  return isUp(link) ? undefined : `interface ${name} is down`;
}

/** What is known of the interfaces that an instance tracks. */
export function examineTracks(
  { tracks }: VrrpInstanceConfig,
  { table, isUp }: Surroundings,
): Record<string, Verdict> {
  const verdicts: Record<string, Verdict> = {};
  for (const track of tracks) {
    if (track.kind !== "interface") continue;
    const link = table.linkByName(track.name);
    verdicts[trackedObject(track)] = !link
      ? { state: "bad", why: "missing" }
      : { state: isUp(link) ? "good" : "bad" };
  }
  return verdicts;
}

/** Interfaces that tracked routes and rules of the instance use. */
export function routingInterfaces({ routes, rules }: VrrpInstanceConfig): ReadonlySet<string> {
  const names = [
    ...routes.flatMap(({ tracked, hops }) => tracked ? hops.map((hop) => hop.interface) : []),
    ...rules.flatMap(({ tracked, inputInterface, outputInterface }) =>
      tracked ? [inputInterface, outputInterface] : []
    ),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

/** Whether an instance needs an interface; without one of its own it may need any. */
export function namesInterface(config: VrrpInstanceConfig, interfaceName: string): boolean {
  const { interface: own, virtualAddresses, excludedAddresses, tracks } = config;
  return interfaceName === own || own === undefined ||
    tracks.some(({ kind, name }) => kind === "interface" && name === interfaceName) ||
    virtualAddresses.some((each) => each.interface === interfaceName) ||
    excludedAddresses.some((each) => each.interface === interfaceName) ||
    routingInterfaces(config).has(interfaceName);
}

/** Interfaces other than its own that the instance puts tracked addresses, routes or rules on. */
function otherInterfaces(config: VrrpInstanceConfig): Set<string> {
  const names = new Set(routingInterfaces(config));
  if (config.interface !== undefined) names.delete(config.interface);
  for (const { interface: name, tracked } of config.virtualAddresses) {
    if (name !== undefined && tracked && name !== config.interface) names.add(name);
  }
  for (const { interface: name, tracked } of config.excludedAddresses) {
    if (name !== undefined && tracked && name !== config.interface) names.add(name);
  }
  return names;
}
