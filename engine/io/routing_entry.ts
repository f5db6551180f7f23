/**
 * A route or a rule, as one thing that is added and deleted.
 *
 * @module
 */
import type { LinkTable } from "../../net/link_table.ts";
import type { RoutingChange } from "../../net/routing_table.ts";
import type { RouteConfig, RuleConfig } from "../../machines/route_config.ts";
import { routeRequest, routeWords, ruleRequest, ruleWords } from "./routing_requests.ts";

/** A route or a rule. */
export type RoutingEntry =
  | { readonly kind: "route"; readonly route: RouteConfig }
  | { readonly kind: "rule"; readonly rule: RuleConfig };

/** Entries in the order in which they are added: rules send packets to tables that are filled. */
export function entriesOf(
  routes: readonly RouteConfig[],
  rules: readonly RuleConfig[],
): readonly RoutingEntry[] {
  return [
    ...routes.map((route) => ({ kind: "route", route }) as const),
    ...rules.map((rule) => ({ kind: "rule", rule }) as const),
  ];
}

/** What an entry is known by: all that the kernel is told. */
export function keyOf(entry: RoutingEntry): string {
  const { tracked: _, trackGroup: __, ...rest }: Partial<RuleConfig> & { trackGroup?: string } =
    entry.kind === "route" ? { ...entry.route } as object : entry.rule;
  return `${entry.kind} ${JSON.stringify(rest)}`;
}

/** Routes with the same slot take each other's place; rules have none. */
export function slotOf(entry: RoutingEntry): string | undefined {
  if (entry.kind === "rule") return undefined;
  const { family, destination, table, vrf, tos, metric, from } = entry.route;
  return JSON.stringify([family, destination, table, vrf, tos, metric, from]);
}

/** In the words of the configuration: `route 10.0.0.0/8 via 192.0.2.9`. */
export function wordsOf(entry: RoutingEntry): string {
  return entry.kind === "route"
    ? `route ${routeWords(entry.route)}`
    : `rule ${ruleWords(entry.rule)}`;
}

/** The change that adds it, or what it lacks. */
export function addition(
  entry: RoutingEntry,
  replaces: boolean,
  links: LinkTable,
): RoutingChange | string {
  if (entry.kind === "rule") return { operation: "add", rule: ruleRequest(entry.rule) };
  const route = routeRequest(entry.route, links);
  if (typeof route === "string") return route;
  return { operation: "add", route, creation: replaces ? "replace" : entry.route.creation };
}

/** Hops that are added one by one; more of them would fill a slice. */
const HOPS_MAX = 16;

/**
 * The changes that put back what may be missing of an entry, or what it lacks. The kernel keeps
 * each hop of an IPv6 route by itself, and takes them away one by one: then adding the whole says
 * that it is there.
 */
export function restoration(entry: RoutingEntry, links: LinkTable): RoutingChange[] | string {
  const whole = addition(entry, false, links);
  if (typeof whole === "string" || !("route" in whole)) {
    return typeof whole === "string" ? whole : [whole];
  }
  const { route } = whole;
  const isSplit = route.family === 6 && route.hops.length > 1 && route.hops.length <= HOPS_MAX;
  if (!isSplit) return [whole];
  return route.hops.map((hop) => ({
    operation: "add",
    route: { ...route, hops: [hop] },
    creation: "append",
  }));
}

/** The change that deletes it, or what it lacks. */
export function deletion(entry: RoutingEntry, links: LinkTable): RoutingChange | string {
  if (entry.kind === "rule") return { operation: "delete", rule: ruleRequest(entry.rule) };
  const route = routeRequest(entry.route, links);
  return typeof route === "string" ? route : { operation: "delete", route };
}
