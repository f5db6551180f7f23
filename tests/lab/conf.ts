/**
 * Configurations for the lab's routers, as the text an operator would write.
 *
 * @module
 */
import type { Family } from "../../net/address.ts";
import { DEVICE, type Host, station } from "./lab.ts";

/** How adverts travel: everything the two routers of an experiment agree on. */
export interface Wire {
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: Family;
  readonly unicast: boolean;
  /** Seconds between adverts; whole ones in version 2. */
  readonly advertSec: number;
}

/** Every kind of wire keepalived offers, as fast as each allows a test to be. */
export const WIRES: readonly Wire[] = [
  { name: "v2 IPv4 multicast", version: 2, family: 4, unicast: false, advertSec: 1 },
  { name: "v2 IPv4 unicast", version: 2, family: 4, unicast: true, advertSec: 1 },
  { name: "v3 IPv4 multicast", version: 3, family: 4, unicast: false, advertSec: 0.2 },
  { name: "v3 IPv4 unicast", version: 3, family: 4, unicast: true, advertSec: 0.2 },
  { name: "v3 IPv6 multicast", version: 3, family: 6, unicast: false, advertSec: 0.2 },
  { name: "v3 IPv6 unicast", version: 3, family: 6, unicast: true, advertSec: 0.2 },
];

/** The wire of tests that are not about wires. */
export const FAST_WIRE: Wire = {
  name: "v3 IPv4 multicast",
  version: 3,
  family: 4,
  unicast: false,
  advertSec: 0.2,
};

/** What one router's instance says beyond its {@linkcode Wire}. */
export interface InstanceText {
  /** Default `V1`. */
  readonly name?: string;
  /** Default 51. */
  readonly vrid?: number;
  readonly priority: number;
  /** Default: two of the wire's family, see {@linkcode virtualAddressesOf}. */
  readonly addresses?: readonly string[];
  /** The peers of a unicast wire; default the other of r1 and r2. */
  readonly peers?: readonly Host[];
  /** More lines of the instance. */
  readonly lines?: readonly string[];
}

/** The virtual addresses of a test that does not care which; IPv6 needs a link-local one first. */
export function virtualAddressesOf(family: Family): string[] {
  return family === 4 ? ["10.0.0.100", "10.0.0.101"] : ["fe80::100", "fd00::100"];
}

/** One `vrrp_instance` block. */
export function instanceText(host: Host, wire: Wire, instance: InstanceText): string {
  const { name = "V1", vrid = 51, priority, lines = [] } = instance;
  const addresses = instance.addresses ?? virtualAddressesOf(wire.family);
  const settings = [
    `interface ${DEVICE}`,
    `virtual_router_id ${vrid}`,
    `version ${wire.version}`,
    `priority ${priority}`,
    `advert_int ${wire.advertSec}`,
    ...(wire.unicast ? unicastLines(host, wire.family, instance) : []),
    ...lines,
    ...block("virtual_ipaddress", addresses),
  ];
  return block(`vrrp_instance ${name}`, settings).join("\n") + "\n";
}

/** A block of the configuration language, as lines. */
export function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `    ${line}`), "}"];
}

/** The address a router sends adverts from. */
export function advertSource(host: Host, { family, unicast }: Wire): string {
  const { ipv4, ipv6, linkLocal } = station(host);
  if (family === 4) return ipv4;
  return unicast ? ipv6 : linkLocal;
}

/** Where a router's adverts go, if it has one peer or none. */
export function advertDestination(peer: Host, wire: Wire): string {
  if (wire.unicast) return advertSource(peer, wire);
  return wire.family === 4 ? "224.0.0.18" : "ff02::12";
}

function unicastLines(host: Host, family: Family, { peers }: InstanceText): string[] {
  const others: readonly Host[] = peers ?? [host === "r1" ? "r2" : "r1"];
  const addressOf = (one: Host) => family === 4 ? station(one).ipv4 : station(one).ipv6;
  return [
    `unicast_src_ip ${addressOf(host)}`,
    ...block("unicast_peer", others.map(addressOf)),
  ];
}
