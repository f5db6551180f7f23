/**
 * What `ip -j` prints, and what our tables hold, as the same lines of text: iproute2 is the judge.
 *
 * @module
 */
import type { InterfaceAddress, Link, Route } from "../../net/link_table.ts";

/** One interface of `ip -j -d address` or `ip -j -d link`; the fields we know. */
export interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly operstate: string;
  readonly link_type: string;
  readonly address?: string;
  readonly master?: string;
  /** The parent's name; its index where it is in another namespace. */
  readonly link?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly IpAddress[];
}

interface IpAddress {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly address?: string;
  readonly broadcast?: string;
  readonly label?: string;
  readonly protocol?: string;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
  readonly [flag: string]: unknown;
}

/** One route of `ip -j -d route show table all`. */
export interface IpRoute {
  readonly type: string;
  readonly dst: string;
  readonly table: string;
  readonly protocol: string;
  readonly scope: string;
  readonly gateway?: string;
  readonly via?: { readonly host: string };
  readonly dev?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
  readonly nexthops?: readonly {
    readonly gateway?: string;
    readonly dev: string;
    readonly weight: number;
  }[];
}

const FOREVER_SEC = 0xffffffff;
const SCOPES: Record<string, number> = { global: 0, site: 200, link: 253, host: 254 };
const OPER_STATES = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];
const HARDWARE_TYPES: Record<string, number> = { ether: 1, loopback: 772, none: 65534 };
const TABLES: Record<string, number> = { main: 254, local: 255, default: 253 };
const PROTOCOLS: Record<string, number> = { kernel: 2, boot: 3, static: 4, keepalived: 18 };
const TYPES: Record<string, number> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
};
/** Flags of an address by the key that iproute2 prints. */
const ADDRESS_FLAGS: Record<string, number> = {
  secondary: 0x1,
  temporary: 0x1,
  nodad: 0x2,
  dadfailed: 0x8,
  deprecated: 0x20,
  tentative: 0x40,
  noprefixroute: 0x200,
};
const IFA_F_PERMANENT = 0x80;

/** The lines of what iproute2 printed, sorted: interfaces. */
export function linkLinesOfIp(links: readonly IpLink[]): string[] {
  return links.map((link) => {
    const has = (flag: string) => link.flags.includes(flag);
    const indexOf = (name: string | undefined) =>
      links.find(({ ifname }) => ifname === name)?.ifindex;
    return line({
      index: link.ifindex,
      name: link.ifname,
      // iproute2 does not print RUNNING, but its absence.
      up: has("UP") && !has("NO-CARRIER"),
      lowerUp: has("LOWER_UP"),
      loopback: has("LOOPBACK"),
      noArp: has("NOARP"),
      multicast: has("MULTICAST"),
      mtuBytes: link.mtu,
      mac: link.address,
      hardwareType: HARDWARE_TYPES[link.link_type],
      operState: OPER_STATES.indexOf(link.operstate),
      kind: link.linkinfo?.info_kind,
      parentIndex: link.linkinfo?.info_kind === "veth" ? undefined : indexOf(link.link),
      masterIndex: indexOf(link.master),
    });
  }).sort();
}

/** The same lines of our own. */
export function linkLines(links: Iterable<Link>): string[] {
  return Array.from(links, (link) =>
    line({
      index: link.index,
      name: link.name,
      up: link.up,
      lowerUp: (link.flags & 0x10000) !== 0,
      loopback: link.loopback,
      noArp: link.noArp,
      multicast: link.multicast,
      mtuBytes: link.mtuBytes,
      mac: link.mac,
      hardwareType: link.hardwareType,
      operState: link.operState,
      kind: link.kind,
      parentIndex: link.parentIndex,
      masterIndex: link.masterIndex,
    })).sort();
}

/** The lines of what iproute2 printed, sorted: addresses. Lifetimes are for ever or not. */
export function addressLinesOfIp(links: readonly IpLink[]): string[] {
  return links.flatMap(({ ifindex, addr_info }) =>
    (addr_info ?? []).map((address) => {
      let flags = address["dynamic"] === true ? 0 : IFA_F_PERMANENT;
      for (const [name, bit] of Object.entries(ADDRESS_FLAGS)) {
        if (address[name] === true) flags |= bit;
      }
      return line({
        index: ifindex,
        ip: address.local,
        prefixLength: address.prefixlen,
        flags,
        scope: SCOPES[address.scope],
        label: address.label,
        broadcast: address.broadcast,
        peer: address.address,
        validForever: address.valid_life_time === FOREVER_SEC,
        preferredForever: address.preferred_life_time === FOREVER_SEC,
      });
    })
  ).sort();
}

/** The same lines of our own. */
export function addressLines(addresses: Iterable<InterfaceAddress>): string[] {
  const known = Object.values(ADDRESS_FLAGS).reduce((bits, bit) => bits | bit, IFA_F_PERMANENT);
  return Array.from(addresses, (address) =>
    line({
      index: address.interfaceIndex,
      ip: address.ip,
      prefixLength: address.prefixLength,
      flags: address.flags & known,
      scope: address.scope,
      label: address.label,
      broadcast: address.broadcast,
      peer: address.peer,
      validForever: address.validLifetimeSec === Infinity,
      preferredForever: address.preferredLifetimeSec === Infinity,
    })).sort();
}

/** The lines of what iproute2 printed, sorted: routes. `indexOf` knows interfaces by name. */
export function routeLinesOfIp(
  routes: readonly IpRoute[],
  indexOf: (name: string) => number | undefined,
): string[] {
  return routes.map((route) =>
    line({
      type: TYPES[route.type],
      destination: route.dst === "default"
        ? "default"
        : /\//.test(route.dst)
        ? route.dst
        : `${route.dst}/${route.dst.includes(":") ? 128 : 32}`,
      table: TABLES[route.table] ?? Number(route.table),
      protocol: PROTOCOLS[route.protocol],
      scope: SCOPES[route.scope],
      gateway: route.gateway ?? route.via?.host,
      interfaceIndex: route.dev === undefined ? undefined : indexOf(route.dev),
      preferredSource: route.prefsrc,
      priority: route.metric ?? 0,
      nextHops: (route.nexthops ?? []).map(({ gateway, dev, weight }) =>
        `${gateway} ${indexOf(dev)} ${weight}`
      ).join(),
    })
  ).sort();
}

/** The same lines of our own. */
export function routeLines(routes: Iterable<Route>): string[] {
  return Array.from(routes, (route) =>
    line({
      type: route.type,
      destination: route.destination.prefixLength === 0
        ? "default"
        : `${route.destination.ip}/${route.destination.prefixLength}`,
      table: route.table,
      protocol: route.protocol,
      scope: route.scope,
      gateway: route.gateway,
      interfaceIndex: route.interfaceIndex,
      preferredSource: route.preferredSource,
      priority: route.priority,
      nextHops: (route.nextHops ?? []).map(({ gateway, interfaceIndex, weight }) =>
        `${gateway} ${interfaceIndex} ${weight}`
      ).join(),
    })).sort();
}

function line(fields: Record<string, unknown>): string {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(" ");
}
