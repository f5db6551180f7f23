/**
 * Addresses, routes, rules and scripts in the words of keepalived's files.
 *
 * @module
 */
import { familyOf, type Ip, type Prefix } from "../../net/address.ts";
import type { VirtualAddress, VrrpInstanceConfig } from "../../machines/config.ts";
import type {
  Realms,
  RouteConfig,
  RouteHop,
  RuleAction,
  RuleConfig,
} from "../../machines/route_config.ts";
import type { ScriptConfig } from "../../machines/script_config.ts";
import { heldName, type InstanceStatus } from "./process_status.ts";

const SCOPES: Readonly<Record<number, string>> = {
  0: "global",
  200: "site",
  253: "link",
  254: "host",
  255: "nowhere",
};
const TABLE_MAIN = 254;
const FLAGS: readonly (readonly [number, string])[] = [
  [0x10, "home"],
  [0x100, "mngtmpaddr"],
  [0x200, "noprefixroute"],
  [0x400, "autojoin"],
];

/** `10.0.0.1/24 brd 10.0.0.255 dev eth0 scope global label eth0:1`, and `set` while it is there. */
export function addressWords(
  address: VirtualAddress,
  interfaceName: string | undefined,
  isSet: boolean,
): string {
  const { ip, prefixLength, broadcast, scope, label, peer, flags, tracked } = address;
  const isWhole = prefixLength === (familyOf(ip) === 4 ? 32 : 128);
  const isV6 = familyOf(ip) === 6;
  return join([
    isWhole ? ip : `${ip}/${prefixLength}`,
    option("brd", broadcast),
    option("dev", interfaceName),
    `scope ${SCOPES[scope] ?? scope}`,
    option("label", label),
    option("peer", peer && prefixWords(peer)),
    ...FLAGS.map(([bit, word]) => (flags & bit) === 0 ? undefined : word),
    isV6 ? `preferred_lft ${address.preferredLifetimeSec ?? "forever"}` : undefined,
    tracked ? undefined : "no_track",
    isSet ? "set" : undefined,
  ]);
}

/** An address of an instance, with the interface that it is on, or would be on. */
export function heldWords(
  address: VirtualAddress,
  { interface: base, family, ipvlan }: VrrpInstanceConfig,
  { held, own }: Pick<InstanceStatus, "held" | "own">,
): string {
  const { ip, interface: given } = address;
  const isHeld = (name: string | undefined) =>
    name !== undefined && held.includes(heldName(name, ip));
  const suffix = ` ${ip}`;
  const where = held.find((each) => each.endsWith(suffix))?.slice(0, -suffix.length);
  const isOnOwn = own && !ipvlan && given === undefined && familyOf(ip) === family;
  const usual = given ?? (isOnOwn ? own.name : base);
  const name = isHeld(usual) ? usual : where ?? usual;
  const isAbove = name !== undefined && name === own?.name;
  return addressWords(address, isAbove ? `${name}@${base}` : name, isHeld(name));
}

/** `prepend 10.8.0.0/24 via inet 10.0.0.9 dev eth0 metric 5 proto 18 no_track`. */
export function routeWords(route: RouteConfig): string {
  const { type, destination, from, tos, table, vrf, metric, sourceIp, hops, family } = route;
  const { realms, expiresSec, preference, protocol } = route;
  const [only] = hops;
  return join([
    route.creation,
    type === "unicast" ? undefined : type,
    destination.prefixLength === 0 ? "default" : prefixWords(destination),
    option("from", from && prefixWords(from)),
    option("tos", tos === 0 ? undefined : tos),
    hops.length === 1 && only ? hopWords(only, family) : undefined,
    option("src", sourceIp),
    vrf === undefined ? option("table", table === TABLE_MAIN ? undefined : table) : `vrf ${vrf}`,
    option("metric", metric),
    `proto ${protocol}`,
    ...metricWords(route),
    option("realms", realms && realmWords(realms)),
    option("expires", expiresSec),
    option("pref", preference),
    ...(hops.length > 1 ? hops.map((hop) => `nexthop ${hopWords(hop, family)}`) : []),
    route.tracked ? undefined : "no_track",
  ]);
}

/** The units of the model are the kernel's, as keepalived's are. */
const METRICS = {
  mtuBytes: "mtu",
  advmssBytes: "advmss",
  reorderingSegments: "reordering",
  cwndSegments: "cwnd",
  ssthreshSegments: "ssthresh",
  rttEighthMs: "rtt",
  rttvarQuarterMs: "rttvar",
  rtoMinMs: "rto_min",
  windowBytes: "window",
  initcwndSegments: "initcwnd",
  initrwndSegments: "initrwnd",
  hopLimit: "hoplimit",
  features: "features",
  quickack: "quickack",
  fastOpenNoCookie: "fastopen_no_cookie",
  congestionControl: "congctl",
} as const;

function metricWords({ metrics, lockedMetrics }: RouteConfig): (string | undefined)[] {
  return (Object.keys(METRICS) as (keyof typeof METRICS)[]).map((field) => {
    const value = metrics[field];
    const lock = lockedMetrics.includes(field) ? "lock " : "";
    return value === undefined ? undefined : `${METRICS[field]} ${lock}${value}`;
  });
}

function hopWords(hop: RouteHop, family: number): string {
  const { via, interface: name, weight, onlink, realms } = hop;
  return join([
    option(family === 4 ? "via inet" : "via inet6", via),
    option("dev", name),
    option("weight", weight),
    onlink ? "onlink" : undefined,
    option("realms", realms && realmWords(realms)),
  ]);
}

function realmWords({ source, destination }: Realms): string {
  return source === 0 ? `${destination}` : `${source}/${destination}`;
}

/** `from 10.0.0.1 priority 16384 tos 0x0 protocol 18 lookup 12`. */
export function ruleWords(rule: RuleConfig): string {
  const { from, to, priority, tos, firewallMark, inputInterface, outputInterface, realms } = rule;
  const { userIds, ipProtocol, sourcePorts, destinationPorts, tunnelId } = rule;
  const range = (name: string, of: { first: number; last: number } | undefined) =>
    of && `${name} ${of.first}-${of.last}`;
  return join([
    rule.inverted ? "not" : undefined,
    option("from", from && prefixWords(from)),
    option("to", to && prefixWords(to)),
    `priority ${priority}`,
    `tos 0x${(tos ?? 0).toString(16)}`,
    firewallMark &&
    `fwmark 0x${firewallMark.mark.toString(16)}/0x${firewallMark.mask.toString(16)}`,
    option("iif", inputInterface),
    option("oif", outputInterface),
    option("suppress_prefixlength", rule.suppressPrefixLength),
    option("suppress_ifgroup", rule.suppressInterfaceGroup),
    option("tunnel-id", tunnelId),
    range("uidrange", userIds),
    `protocol ${rule.protocol}`,
    option("ipproto", ipProtocol),
    range("sport", sourcePorts),
    range("dport", destinationPorts),
    option("realms", realms && realmWords(realms)),
    actionWords(rule.action),
    rule.tracked ? undefined : "no_track",
  ]);
}

function actionWords(action: RuleAction): string {
  if (action.kind === "table") {
    return `lookup ${action.table === TABLE_MAIN ? "main" : action.table}`;
  }
  return action.kind === "goto" ? `goto ${action.priority}` : action.kind;
}

/** The command and every argument in quotes: `'/bin/true' 'a b'`. */
export function commandWords({ command }: ScriptConfig): string {
  return command.map((word) => `'${word}'`).join(" ");
}

function prefixWords({ ip, prefixLength }: Prefix): string {
  return prefixLength === (familyOf(ip) === 4 ? 32 : 128) ? ip : `${ip}/${prefixLength}`;
}

function option(name: string, value: string | Ip | number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`;
}

function join(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(" ");
}
