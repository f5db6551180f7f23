/**
 * Services in the words of `nft`: a table in which each service has a chain that chooses, and each
 * server one that remembers the client and translates the address.
 *
 * ```text
 * prerouting, output → dispatch → map by address and port → s1 ─┬→ s1d1: dnat to 10.0.0.1:80
 *                                 map by firewall mark          └→ s1d2: dnat to 10.0.0.2:80
 * ```
 *
 * @module
 */
import { familyOf } from "../../net/address.ts";
import type { IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import { familyOfService, type IpvsService } from "../../net/netlink/ipvs_service.ts";

/** A server that gets connections, and the number in the names of its chain and set. */
export interface NumberedServer {
  readonly number: number;
  readonly destination: IpvsDestination;
}

/** A service, and the number in the name of its chain. */
export interface NumberedService {
  readonly number: number;
  readonly service: IpvsService;
  readonly servers: readonly NumberedServer[];
}

/** Where destinations are translated: before the kernel decides on the way. */
const PRIORITY = -100;
/** Slots that are dealt out one by one; beyond it, servers get theirs in a row. */
const DEALT_SLOTS_MAX = 256;
/** Clients that are remembered for each server. */
const CLIENTS_MAX = 65_536;
/** Kernel's IP_VS_SVC_F_SCHED_SH_PORT: the port of the client counts. */
const FLAG_HASHES_PORT = 0x10;
const HASH_SEED = "0x5374";

/** The maps that lead to services, by what they look up. */
export const MAPS = {
  services4: "inet_proto . ipv4_addr . inet_service",
  services6: "inet_proto . ipv6_addr . inet_service",
  hosts4: "inet_proto . ipv4_addr",
  hosts6: "inet_proto . ipv6_addr",
  marks4: "mark",
  marks6: "mark",
} as const;

const DISPATCH = [
  "meta nfproto ipv4 meta l4proto . ip daddr . th dport vmap @services4",
  "meta nfproto ipv4 meta l4proto . ip daddr vmap @hosts4",
  "meta nfproto ipv4 meta mark vmap @marks4",
  "meta nfproto ipv6 meta l4proto . ip6 daddr . th dport vmap @services6",
  "meta nfproto ipv6 meta l4proto . ip6 daddr vmap @hosts6",
  "meta nfproto ipv6 meta mark vmap @marks6",
];

/** The commands that make an empty table in place of one of the same name. */
export function tableCommands(table: string): string[] {
  return [
    `add table inet ${table}`,
    `delete table inet ${table}`,
    `add table inet ${table}`,
    ...Object.entries(MAPS).map(([name, type]) =>
      `add map inet ${table} ${name} { type ${type} : verdict; }`
    ),
    `add chain inet ${table} dispatch`,
    ...DISPATCH.map((rule) => `add rule inet ${table} dispatch ${rule}`),
    ...["prerouting", "output"].flatMap((hook) => [
      `add chain inet ${table} ${hook} { type nat hook ${hook} priority ${PRIORITY}; }`,
      `add rule inet ${table} ${hook} jump dispatch`,
    ]),
  ];
}

/** The map that leads to a service, and its element there. */
export function elementOf(
  { number, service: { key } }: NumberedService,
): { readonly map: keyof typeof MAPS; readonly element: string } {
  const goto = `goto ${chainOf(number)}`;
  const family = familyOfService(key);
  if (key.kind === "fwmark") return { map: `marks${family}`, element: `${key.mark} : ${goto}` };
  const { protocol, ip, port } = key;
  return port === 0
    ? { map: `hosts${family}`, element: `${protocol} . ${ip} : ${goto}` }
    : { map: `services${family}`, element: `${protocol} . ${ip} . ${port} : ${goto}` };
}

/** Name of the chain of a service, or of one of its servers. */
export function chainOf(service: number, server?: number): string {
  return server === undefined ? `s${service}` : `s${service}d${server}`;
}

/** Name of the set of clients that stay with a server. */
export function clientsOf(service: number, server: number): string {
  return `c${service}d${server}`;
}

/** Whether a server can be reached at all: by NAT, in its family. */
export function isServed({ key }: IpvsService, { ip, forwarding }: IpvsDestination): boolean {
  return forwarding.kind === "nat" && familyOf(ip) === familyOfService(key);
}

/** What a set of clients is made with; undefined: clients do not stay. */
export function clientsType({ key, persistence }: IpvsService): string | undefined {
  if (!persistence) return undefined;
  const type = familyOfService(key) === 4 ? "ipv4_addr" : "ipv6_addr";
  return `{ type ${type}; size ${CLIENTS_MAX}; flags dynamic, timeout; ` +
    `timeout ${persistence.timeoutSec}s; }`;
}

/** The rules of the chain of a server. */
export function serverRules(
  { number, service }: NumberedService,
  server: NumberedServer,
): string[] {
  const { destination: { ip, port } } = server;
  const family = familyOfService(service.key);
  const remembers = service.persistence
    ? [`update @${clientsOf(number, server.number)} { ${clientOf(service)} }`]
    : [];
  const word = family === 4 ? "ip" : "ip6";
  const target = port === 0 ? ip : family === 4 ? `${ip}:${port}` : `[${ip}]:${port}`;
  // A port can be translated only where there is one.
  const protocols = port === 0 ? [] : [`meta l4proto ${protocolsOf(service)}`];
  return [[...remembers, ...protocols, `dnat ${word} to ${target}`].join(" ")];
}

function protocolsOf({ key }: IpvsService): string {
  return key.kind === "fwmark" ? "{ tcp, udp, sctp }" : key.protocol;
}

/** Who a client is: its address, without what the granularity leaves out. */
function clientOf({ key, persistence }: IpvsService): string {
  const granularity = persistence?.granularity ?? 0;
  if (familyOfService(key) === 6) {
    return granularity >= 128 ? "ip6 saddr" : `ip6 saddr and ${netmask6(granularity)}`;
  }
  const octets = [24, 16, 8, 0].map((shift) => (granularity >>> shift) & 0xff);
  return octets.every((octet) => octet === 0xff) ? "ip saddr" : `ip saddr and ${octets.join(".")}`;
}

function netmask6(length: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => {
    const bits = Math.min(16, Math.max(0, length - 16 * i));
    return ((0xffff << (16 - bits)) & 0xffff).toString(16);
  });
  return groups.join(":");
}

/** The rules of the chain of a service. */
export function serviceRules(numbered: NumberedService): string[] {
  const { number, service, servers } = numbered;
  const stays = service.persistence
    ? servers.map((each) =>
      `${clientOf(service)} @${clientsOf(number, each.number)} ` +
      `goto ${chainOf(number, each.number)}`
    )
    : [];
  return [...stays, ...choice(numbered)];
}

function choice({ number, service, servers }: NumberedService): string[] {
  const shares = sharesOf(service, servers);
  const [first] = shares;
  if (!first) return [];
  const goto = (server: number) => `goto ${chainOf(number, server)}`;
  if (shares.length === 1) return [goto(first.number)];
  const slots = slotsOf(shares);
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  const text = slots.map(({ first, last, server }) =>
    `${first === last ? first : `${first}-${last}`} : ${goto(server)}`
  );
  return [`${selector(service, total)} vmap { ${text.join(", ")} }`];
}

interface Share {
  readonly number: number;
  readonly weight: number;
}

/** Who gets how much of what is new, in lowest terms. */
function sharesOf({ scheduler }: IpvsService, servers: readonly NumberedServer[]): Share[] {
  const able = servers.filter(({ destination }) => destination.weight > 0);
  if (scheduler === "fo" || scheduler === "ovf") {
    const heaviest = Math.max(...able.map(({ destination }) => destination.weight));
    const one = able.find(({ destination }) => destination.weight === heaviest);
    return one ? [{ number: one.number, weight: 1 }] : [];
  }
  const weighs = !["rr", "nq"].includes(scheduler);
  const shares = able.map(({ number, destination }) => ({
    number,
    weight: weighs ? destination.weight : 1,
  }));
  const divisor = shares.reduce((sum, { weight }) => greatestDivisor(sum, weight), 0);
  return shares.map(({ number, weight }) => ({ number, weight: weight / divisor }));
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Which slots lead to which server. */
function slotsOf(
  shares: readonly Share[],
): { readonly first: number; readonly last: number; readonly server: number }[] {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= DEALT_SLOTS_MAX) {
    return dealt(shares, total).map((server, slot) => ({ first: slot, last: slot, server }));
  }
  let next = 0;
  return shares.map(({ number, weight }) => {
    const first = next;
    next += weight;
    return { first, last: next - 1, server: number };
  });
}

/** Slots in an order in which no server has many in a row: a lead that is paid back. */
function dealt(shares: readonly Share[], total: number): number[] {
  const leads = shares.map(({ number, weight }) => ({ number, weight, lead: 0 }));
  return Array.from({ length: total }, () => {
    for (const each of leads) each.lead += each.weight;
    const next = leads.reduce((best, each) => each.lead > best.lead ? each : best);
    next.lead -= total;
    return next.number;
  });
}

/** What picks a slot. */
function selector({ key, scheduler, schedulerFlags }: IpvsService, total: number): string {
  const ip = familyOfService(key) === 4 ? "ip" : "ip6";
  const hash = (what: string) => `jhash ${what} mod ${total} seed ${HASH_SEED}`;
  switch (scheduler) {
    case "sh":
    case "mh":
      return hash(
        (schedulerFlags & FLAG_HASHES_PORT) !== 0 ? `${ip} saddr . th sport` : `${ip} saddr`,
      );
    case "dh":
    case "lblc":
    case "lblcr":
      return hash(`${ip} daddr`);
    case "twos":
      return `numgen random mod ${total}`;
    default:
      return `numgen inc mod ${total}`;
  }
}
