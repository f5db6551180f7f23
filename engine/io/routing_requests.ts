/**
 * Routes and rules of the configuration as requests to the kernel, which knows interfaces by their
 * index; and as words for people.
 *
 * @module
 */
import type { Prefix } from "../../net/address.ts";
import type { LinkTable } from "../../net/link_table.ts";
import type { PathRequest } from "../../net/netlink/rtnetlink_route_change.ts";
import type { RouteRequest, RuleRequest } from "../../net/routing_table.ts";
import type {
  RouteConfig,
  RouteHop,
  RouteType,
  RuleAction,
  RuleConfig,
} from "../../machines/route_config.ts";

/** RTN_*. */
const TYPES: Readonly<Record<RouteType, number>> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
};
const TABLE_MAIN = 254;

type LinksByName = Pick<LinkTable, "linkByName">;

/** The request for a route, or what it lacks. */
export function routeRequest(config: RouteConfig, links: LinksByName): RouteRequest | string {
  const { type, vrf, hops, creation: _, tracked: __, ...rest } = config;
  const table = vrf === undefined ? config.table : links.linkByName(vrf)?.vrfTable;
  if (table === undefined) return `VRF ${vrf} is missing`;
  const paths: PathRequest[] = [];
  for (const { interface: name, ...hop } of hops) {
    const index = name === undefined ? undefined : links.linkByName(name)?.index;
    if (name !== undefined && index === undefined) return `interface ${name} is missing`;
    paths.push({ ...hop, ...(index !== undefined && { interfaceIndex: index }) });
  }
  return { ...rest, type: TYPES[type], table, hops: paths };
}

/** The request for a rule. Its interfaces may be missing: the kernel takes them by name. */
export function ruleRequest({ tracked: _, ...config }: RuleConfig): RuleRequest {
  return config;
}

/** A route in the words of the configuration: what tells it from others. */
export function routeWords(config: RouteConfig): string {
  const { type, destination, tos, table, vrf, metric, from, sourceIp, hops } = config;
  const [only] = hops;
  return words([
    type === "unicast" ? undefined : type,
    destination.prefixLength === 0 ? "default" : prefixText(destination),
    option("from", from && prefixText(from)),
    option("tos", tos === 0 ? undefined : tos),
    ...(hops.length === 1 && only ? hopWords(only) : []),
    option("src", sourceIp),
    ...(vrf === undefined
      ? [option("table", table === TABLE_MAIN ? undefined : table)]
      : [option("vrf", vrf)]),
    option("metric", metric),
    ...(hops.length > 1 ? hops.flatMap((hop) => ["nexthop", ...hopWords(hop)]) : []),
  ]);
}

/** A rule in the words of the configuration. */
export function ruleWords(config: RuleConfig): string {
  const { from, to, tos, firewallMark, inputInterface, outputInterface, userIds } = config;
  return words([
    option("priority", config.priority),
    config.inverted ? "not" : undefined,
    `from ${from ? prefixText(from) : "all"}`,
    option("to", to && prefixText(to)),
    option("tos", tos),
    firewallMark && `fwmark ${firewallMark.mark}/${firewallMark.mask}`,
    option("iif", inputInterface),
    option("oif", outputInterface),
    userIds && `uidrange ${userIds.first}-${userIds.last}`,
    actionWords(config.action),
  ]);
}

function hopWords({ via, interface: name, weight }: RouteHop): (string | undefined)[] {
  return [option("via", via), option("dev", name), option("weight", weight)];
}

function actionWords(action: RuleAction): string {
  if (action.kind === "table") return `table ${action.table}`;
  return action.kind === "goto" ? `goto ${action.priority}` : action.kind;
}

function prefixText({ ip, prefixLength }: Prefix): string {
  return `${ip}/${prefixLength}`;
}

function option(name: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`;
}

function words(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(" ");
}
