/**
 * Links, addresses and routes for tests, with only what matters said; and events as short lines.
 *
 * @module
 */
import { familyOf, ip, macFromBytes, parsePrefix } from "../../net/address.ts";
import type { InterfaceAddress, Link, LinkEvent, Route } from "../../net/link_table.ts";
import { assert } from "@std/assert";

const IFF_UP_RUNNING_MULTICAST = 0x1043;

/** An Ethernet interface that is up. */
export function link(index: number, name: string, change: Partial<Link> = {}): Link {
  return {
    index,
    name,
    up: true,
    flags: IFF_UP_RUNNING_MULTICAST,
    loopback: false,
    noArp: false,
    multicast: true,
    mtuBytes: 1500,
    mac: macFromBytes(Uint8Array.of(2, 0, 0, 0, 0, index)),
    hardwareType: 1,
    operState: 6,
    carrier: true,
    kind: "veth",
    ...change,
  };
}

/** An address, `192.0.2.1/24`, that was there for ever. */
export function address(
  interfaceIndex: number,
  text: string,
  change: Partial<InterfaceAddress> = {},
): InterfaceAddress {
  const prefix = parsePrefix(text);
  assert(prefix !== undefined);
  return {
    interfaceIndex,
    ...prefix,
    flags: 0x80,
    scope: 0,
    protocol: 0,
    preferredLifetimeSec: Infinity,
    validLifetimeSec: Infinity,
    ...change,
  };
}

/** A unicast route of the main table. */
export function route(text: string, change: Partial<Route> = {}): Route {
  const destination = parsePrefix(text);
  assert(destination !== undefined);
  return {
    family: familyOf(destination.ip),
    destination,
    table: 254,
    protocol: 4,
    scope: 0,
    type: 1,
    tos: 0,
    priority: 0,
    interfaceIndex: 2,
    ...change,
  };
}

/** A gateway that differs by its last octet. */
export function gateway(octet: number) {
  return ip(`192.0.2.${octet}`);
}

/** An event as a line: `+` became, `~` changed, `-` is no more; `own` if it is. */
export function line(event: LinkEvent): string {
  const sign = event.type.endsWith("Gone")
    ? "-"
    : "previous" in event && event.previous !== undefined
    ? "~"
    : "+";
  switch (event.type) {
    case "link":
    case "linkGone":
      return `${sign}${event.link.index} ${event.link.name}`;
    case "address":
    case "addressGone": {
      const { interfaceIndex, ip, prefixLength } = event.address;
      return `${sign}${interfaceIndex} ${ip}/${prefixLength}${event.own ? " own" : ""}`;
    }
    case "route":
    case "routeGone": {
      const { destination, gateway } = event.route;
      return `${sign}${destination.ip}/${destination.prefixLength} via ${gateway}`;
    }
  }
}
