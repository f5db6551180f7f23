/**
 * A live copy of the kernel's routes, from its news.
 *
 * The news is not the whole truth. The kernel says nothing of IPv4 routes that vanish because their
 * interface goes down or loses its last IPv4 address, nor of IPv6 routes (before Linux 6.6 IPv4
 * ones too) that lose their preferred source address; and what replaces or extends an IPv6 route
 * with several next hops cannot be told from the message. In such cases the copy is doubtful, and
 * whoever feeds it shall list all routes.
 *
 * @module
 */
import type { Ip } from "./address.ts";
import type { LinkEvent } from "./link_table.ts";
import type { NextHop, Route } from "./netlink/rtnetlink_route.ts";

/** A live copy of the kernel's routes. */
export class RouteState {
  /** Routes that compete for the same packets, by what they compete for; no list is empty. */
  readonly #rivals = new Map<string, Route[]>();
  /** How many routes prefer a source address. */
  readonly #sourceUses = new Map<Ip, number>();
  /** Addresses that went away, perhaps with routes that prefer them. */
  readonly #goneSources = new Set<Ip>();
  readonly #emit: (event: LinkEvent) => void;
  #doubtful = false;

  /** `emit` is told of each difference. */
  constructor(emit: (event: LinkEvent) => void) {
    this.#emit = emit;
  }

  /**
   * Whether the routes shall be listed again. Ask when the news that waited is taken in: suspicions
   * that came to nothing are dropped.
   */
  isDoubtful(): boolean {
    for (const ip of this.#goneSources) {
      if (this.#sourceUses.has(ip)) return true;
      this.#goneSources.delete(ip);
    }
    return this.#doubtful;
  }

  /** An interface went down, away, or out of IPv4, which takes IPv4 routes away silently. */
  linkWentDown(): void {
    this.#doubtful = true;
  }

  /** An address went away. Its own routes are told of; those that merely prefer it may not be. */
  addressWentAway(ip: Ip): void {
    if (this.#sourceUses.has(ip)) this.#goneSources.add(ip);
  }

  /** All routes, of both families and all tables. */
  *routes(): Iterable<Route> {
    for (const rivals of this.#rivals.values()) yield* rivals;
  }

  /** Takes in a route that is new, or `replaces` one of its rivals. */
  add(route: Route, replaces: boolean): void {
    const key = rivalryOf(route);
    const rivals = this.#rivals.get(key);
    if (rivals === undefined) {
      this.#rivals.set(key, [route]);
      this.#tellNew(route, undefined);
      return;
    }
    if (rivals.some((other) => sameRoute(other, route))) return;
    if (replaces) {
      if (rivals.length > 1) this.#doubtful = true;
      const previous = rivals.shift();
      rivals.unshift(route);
      this.#tellNew(route, previous);
      return;
    }
    // Perhaps further next hops of a rival; routes without gateway do not join.
    const joins = route.gateway !== undefined || route.nextHops !== undefined;
    if (route.family === 6 && joins) this.#doubtful = true;
    rivals.push(route);
    this.#tellNew(route, undefined);
  }

  /** Takes out a route. */
  remove(route: Route): void {
    const key = rivalryOf(route);
    const rivals = this.#rivals.get(key);
    if (rivals === undefined) return;
    const at = rivals.findIndex((other) => sameRoute(other, route));
    if (at < 0) {
      this.#doubtful = true; // Perhaps one next hop of a rival.
      return;
    }
    const [gone] = rivals.splice(at, 1);
    if (rivals.length === 0) this.#rivals.delete(key);
    if (gone === undefined) return;
    this.#countSource(gone, -1);
    this.#emit({ type: "routeGone", route: gone });
  }

  /** Takes over a complete list, and ends the doubt. Tells the differences: first what is gone. */
  replaceAll(routes: Iterable<Route>): void {
    const listed = new Map<string, Route[]>();
    for (const route of routes) {
      const key = rivalryOf(route);
      const rivals = listed.get(key);
      if (rivals === undefined) listed.set(key, [route]);
      else if (!rivals.some((other) => sameRoute(other, route))) rivals.push(route);
    }
    const missing: Route[] = [];
    for (const route of this.routes()) {
      const rivals = listed.get(rivalryOf(route));
      if (!rivals?.some((other) => sameRoute(other, route))) missing.push(route);
    }
    for (const route of missing) this.remove(route);
    for (const rivals of listed.values()) for (const route of rivals) this.add(route, false);
    this.#doubtful = false;
    this.#goneSources.clear();
  }

  #tellNew(route: Route, previous: Route | undefined): void {
    this.#countSource(route, 1);
    if (previous !== undefined) this.#countSource(previous, -1);
    this.#emit({ type: "route", route, previous });
  }

  #countSource({ preferredSource }: Route, change: number): void {
    if (preferredSource === undefined) return;
    const count = (this.#sourceUses.get(preferredSource) ?? 0) + change;
    if (count === 0) this.#sourceUses.delete(preferredSource);
    else this.#sourceUses.set(preferredSource, count);
  }
}

/** Routes with the same key serve the same packets with the same metric. */
function rivalryOf({ family, table, destination, tos, priority }: Route): string {
  return `${family} ${table} ${destination.ip}/${destination.prefixLength} ${tos} ${priority}`;
}

const FIELDS = [
  "protocol",
  "scope",
  "type",
  "gateway",
  "interfaceIndex",
  "preferredSource",
] as const satisfies readonly (keyof Route)[];

/** Whether two rivals are the same route. */
function sameRoute(a: Route, b: Route): boolean {
  return FIELDS.every((field) => a[field] === b[field]) &&
    sameHops(a.nextHops ?? [], b.nextHops ?? []);
}

function sameHops(a: readonly NextHop[], b: readonly NextHop[]): boolean {
  return a.length === b.length && a.every((hop, i) => {
    const other = b[i];
    return other !== undefined && hop.gateway === other.gateway &&
      hop.interfaceIndex === other.interfaceIndex && hop.weight === other.weight;
  });
}
