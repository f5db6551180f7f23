/**
 * News from the kernel about links, addresses and routes (RFC 3549 §2.3.3, §3.1.1), one value per
 * message.
 *
 * The same messages come as events, to sockets that joined the groups below, and as answers to the
 * dumps that rtnetlink_link.ts, rtnetlink_address.ts and rtnetlink_route.ts ask for.
 *
 * @module
 */
import { type NetlinkMessage, NLM_F_REPLACE } from "./message.ts";
import {
  decodeAddress,
  type InterfaceAddress,
  type MalformedAddress,
  RTM_DELADDR,
  RTM_NEWADDR,
} from "./rtnetlink_address.ts";
import {
  decodeLink,
  type Link,
  type MalformedLink,
  RTM_DELLINK,
  RTM_NEWLINK,
} from "./rtnetlink_link.ts";
import {
  decodeRoute,
  type MalformedRoute,
  type Route,
  RTM_DELROUTE,
  RTM_NEWROUTE,
} from "./rtnetlink_route.ts";

/** Multicast groups of NETLINK_ROUTE (RTNLGRP_*). */
export const GROUP = {
  link: 1,
  ipv4Address: 5,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Address: 9,
  ipv6Route: 11,
  ipv6Rule: 19,
} as const;

/** One message of the kernel: something is there, or `gone`. */
export type News =
  | { readonly type: "link"; readonly gone: boolean; readonly link: Link }
  | { readonly type: "address"; readonly gone: boolean; readonly address: InterfaceAddress }
  | {
    readonly type: "route";
    readonly gone: boolean;
    /** It takes the place of another one to the same destination. */
    readonly replaces: boolean;
    readonly route: Route;
  };

/** Why a message tells nothing. The text is the log message and the counter's key. */
export type MalformedNews = MalformedLink | MalformedAddress | MalformedRoute;

/** Reads a message; a reason if it is malformed; undefined if it is about something else. */
export function decodeNews(
  { type, flags, body }: NetlinkMessage,
): News | MalformedNews | undefined {
  switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const link = decodeLink(body);
      if (typeof link !== "object") return link;
      return { type: "link", gone: type === RTM_DELLINK, link };
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const address = decodeAddress(body);
      if (typeof address !== "object") return address;
      return { type: "address", gone: type === RTM_DELADDR, address };
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      const route = decodeRoute(body);
      if (typeof route !== "object") return route;
      const replaces = (flags & NLM_F_REPLACE) !== 0;
      return { type: "route", gone: type === RTM_DELROUTE, replaces, route };
    }
    default:
      return undefined;
  }
}
