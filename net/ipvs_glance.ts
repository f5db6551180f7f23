/**
 * What `/proc/net/ip_vs` shows of the load balancer: the servers behind all services in one file,
 * where netlink takes a question for each service. Limits of connections and kinds of tunnels are
 * not in it, nor is all of what a service is.
 *
 * ```text
 * IP Virtual Server version 1.2.1 (size=4096)
 * Prot LocalAddress:Port Scheduler Flags
 *   -> RemoteAddress:Port Forward Weight ActiveConn InActConn
 * TCP  0A090901:0050 wlc persistent 30000 FFFFFFFF
 *   -> 0A000102:0050      Masq    1      0          0
 * FWM  00000009 rr
 *   -> [2001:0db8:0000:0000:0000:0000:0000:0001]:0050      Tunnel  3      0          0
 * ```
 *
 * @module
 */
import { type Ip, ipToBytes } from "./address.ts";
import type { IpvsDestination } from "./netlink/ipvs_destination.ts";
import type { IpvsServiceKey } from "./netlink/ipvs_service.ts";

/** The servers behind services, as {@linkcode glanceOf} says it, by {@linkcode glanceName}. */
export type IpvsGlance = ReadonlyMap<string, string>;

/** A service, or a server: address, way there, weight. What follows are counters. */
const LINE = /^(?:(TCP|UDP|SCTP|FWM) +(\S+)| +-> (\S+) +(\S+) +(-?\d+)) /gm;
/** Of services that are not told apart: no servers look like this. */
const AMBIGUOUS = "?";
const METHODS = { nat: "Masq", local: "Local", tunnel: "Tunnel", direct: "Route", bypass: "Masq" };
const decoder = new TextDecoder("latin1");

/** Reads the file. Never throws: what it does not understand is not there. */
export function readGlance(bytes: Uint8Array): IpvsGlance {
  const servers = new Map<string, string[]>();
  const ambiguous = new Set<string>();
  let current: string[] = [];
  for (const [, kind, name, server, method, weight] of decoder.decode(bytes).matchAll(LINE)) {
    if (kind === undefined) {
      current.push(`${server} ${method} ${weight}`);
      continue;
    }
    const service = `${kind} ${name}`;
    // Marks of both families look alike; and what moves while the file is read may come twice.
    if (servers.has(service)) ambiguous.add(service);
    servers.set(service, current = []);
  }
  const glance = new Map<string, string>();
  for (const [name, lines] of servers) {
    glance.set(name, ambiguous.has(name) ? AMBIGUOUS : together(lines));
  }
  return glance;
}

/** What the file calls a service. */
export function glanceName(key: IpvsServiceKey): string {
  if (key.kind === "fwmark") return `FWM ${hex(key.mark, 8)}`;
  return `${key.protocol.toUpperCase()} ${endpoint(key.ip, key.port)}`;
}

/** What the file shows of the servers behind a service. */
export function glanceOf(destinations: readonly IpvsDestination[]): string {
  return together(
    destinations.map(({ ip, port, forwarding, weight }) =>
      `${endpoint(ip, port)} ${METHODS[forwarding.kind]} ${weight}`
    ),
  );
}

/** The kernel's order is that in which they came. */
function together(servers: string[]): string {
  return servers.sort().join("\n");
}

function endpoint(ip: Ip, port: number): string {
  const bytes = ipToBytes(ip);
  if (bytes.length === 4) {
    return `${hex(new DataView(bytes.buffer).getUint32(0), 8)}:${hex(port, 4)}`;
  }
  return `[${bytes.toHex().replace(/.{4}(?=.)/g, "$&:")}]:${hex(port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
