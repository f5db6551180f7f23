/**
 * Routes to add or delete over rtnetlink: RTM_NEWROUTE and RTM_DELROUTE as requests. The header is
 * drawn in rtnetlink_route.ts.
 *
 * A path among several is a `struct rtnexthop` with attributes of its own, which looks like an
 * attribute whose type is its flags and its weight:
 *
 * ```text
 * +-------------------------------+---------------+---------------+
 * |            Length             | Flags, RTNH_F |  Weight − 1   |
 * +-------------------------------+---------------+---------------+
 * |                        Interface index                        |
 * +---------------------------------------------------------------+
 * ```
 *
 * @module
 */
import { type Family, familyOf, type Ip, ipLength, ipToBytes, type Prefix } from "../address.ts";
import { assert } from "../assert.ts";
import { AttributeSchema, type AttributeType, ip, u16, u32, u8, UNFIT } from "./attribute.ts";
import {
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
} from "./message.ts";
import { type Encapsulation, encapsulation, encapsulationType } from "./route_encapsulation.ts";
import { type RouteMetrics, routeMetrics } from "./route_metrics.ts";
import { familyNumber } from "./rtnetlink_address.ts";
import { RTM_DELROUTE, RTM_NEWROUTE } from "./rtnetlink_route.ts";

/** Realms, 0 to 65535 each. */
export interface RealmPair {
  /** 0: any. */
  readonly source: number;
  readonly destination: number;
}

/** One path of a route. */
export interface PathRequest {
  /** Gateway; of another family it is told as RTA_VIA (RFC 9229). */
  readonly via?: Ip;
  /** Index of the interface. */
  readonly interfaceIndex?: number;
  /** 1 to 256, with several paths. */
  readonly weight?: number;
  readonly onlink: boolean;
  readonly encapsulation?: Encapsulation;
  readonly realms?: RealmPair;
}

/** A route to add or delete. */
export interface RouteRequest {
  readonly family: Family;
  readonly destination: Prefix;
  /** RTN_*. */
  readonly type: number;
  readonly table: number;
  /** RTPROT_*. */
  readonly protocol: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  readonly tos: number;
  readonly metric?: number;
  readonly sourceIp?: Ip;
  /** IPv6 only. */
  readonly from?: Prefix;
  /** None for blackhole and the like. */
  readonly hops: readonly PathRequest[];
  readonly realms?: RealmPair;
  readonly expiresSec?: number;
  readonly metrics: RouteMetrics;
  readonly lockedMetrics: readonly (keyof RouteMetrics)[];
  readonly preference?: number;
  readonly propagatesTtl?: boolean;
}

/** What becomes of a route to the same destination; `replace`: it is replaced. */
export type RouteCreation = "add" | "prepend" | "append" | "replace";

const CREATION_FLAGS: Readonly<Record<RouteCreation, number>> = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  prepend: NLM_F_CREATE,
  append: NLM_F_CREATE | NLM_F_APPEND,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
};

const RTNH_F_ONLINK = 4;
const TABLE_UNSPEC = 0;
const TABLE_HEADER_MAX = 255;
/** What IPv6 gives a route without metric (IP6_RT_PRIO_USER); in a deletion none means any. */
const IPV6_METRIC_DEFAULT = 1024;
const HOPS_MAX = 255;

const via: AttributeType<Ip> = {
  read: () => UNFIT,
  write: (writer, value) => {
    writer.u16(familyNumber(familyOf(value)));
    writer.octets(ipToBytes(value));
  },
};

const realms: AttributeType<RealmPair> = {
  read: () => UNFIT,
  write: (writer, { source, destination }) => writer.u32((source << 16 | destination) >>> 0),
};

const PATH_SHAPE = {
  gateway: { id: 5, type: ip }, // RTA_GATEWAY
  realms: { id: 11, type: realms }, // RTA_FLOW
  via: { id: 18, type: via }, // RTA_VIA
  encapsulationType: { id: 21, type: u16 }, // RTA_ENCAP_TYPE
  encapsulation: { id: 22, type: encapsulation }, // RTA_ENCAP
} as const;

const pathAttributes = new AttributeSchema(PATH_SHAPE);

interface Paths {
  readonly family: Family;
  readonly hops: readonly PathRequest[];
}

const paths: AttributeType<Paths> = {
  read: () => UNFIT,
  write: (writer, { family, hops }) => {
    for (const hop of hops) {
      const weightMinusOne = (hop.weight ?? 1) - 1;
      const start = writer.beginAttribute(flagsOf(hop) | weightMinusOne << 8);
      writer.u32(hop.interfaceIndex ?? 0);
      pathAttributes.encode(writer, pathValues(hop, family));
      writer.finishAttribute(start);
    }
  },
};

const routeAttributes = new AttributeSchema({
  destination: { id: 1, type: ip }, // RTA_DST
  from: { id: 2, type: ip }, // RTA_SRC
  interfaceIndex: { id: 4, type: u32 }, // RTA_OIF
  gateway: PATH_SHAPE.gateway,
  priority: { id: 6, type: u32 }, // RTA_PRIORITY
  preferredSource: { id: 7, type: ip }, // RTA_PREFSRC
  metrics: { id: 8, type: routeMetrics }, // RTA_METRICS
  paths: { id: 9, type: paths }, // RTA_MULTIPATH
  realms: PATH_SHAPE.realms,
  table: { id: 15, type: u32 }, // RTA_TABLE
  via: PATH_SHAPE.via,
  preference: { id: 20, type: u8 }, // RTA_PREF
  encapsulationType: PATH_SHAPE.encapsulationType,
  encapsulation: PATH_SHAPE.encapsulation,
  expiresSec: { id: 23, type: u32 }, // RTA_EXPIRES
  propagatesTtl: { id: 26, type: u8 }, // RTA_TTL_PROPAGATE
});

/** Asks to add a route, or to replace one with the same destination, TOS and metric. */
export function writeRouteAdd(
  writer: MessageWriter,
  request: RouteRequest,
  creation: RouteCreation,
): void {
  writer.begin(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | CREATION_FLAGS[creation]);
  writeRoute(writer, request, request.metric);
  writer.finish();
}

/** Asks to delete a route. */
export function writeRouteDelete(writer: MessageWriter, request: RouteRequest): void {
  writer.begin(RTM_DELROUTE, NLM_F_REQUEST | NLM_F_ACK);
  writeRoute(
    writer,
    request,
    request.metric ?? (request.family === 6 ? IPV6_METRIC_DEFAULT : undefined),
  );
  writer.finish();
}

function writeRoute(
  writer: MessageWriter,
  request: RouteRequest,
  metric: number | undefined,
): void {
  const { family, destination, from, tos, table, protocol, scope, type, hops } = request;
  const only = hops.length === 1 ? hops[0] : undefined;
  assert(
    [destination, ...(from ? [from] : [])].every((prefix) =>
      familyOf(prefix.ip) === family && prefix.prefixLength <= ipLength(family) * 8
    ),
    () => `A route and its prefixes are of one family: current value is ${destination.ip}`,
  );
  assert(hops.length <= HOPS_MAX, () => `A route has at most ${HOPS_MAX} paths`);
  writer.u8(familyNumber(family));
  writer.u8(destination.prefixLength);
  writer.u8(from?.prefixLength ?? 0);
  writer.u8(tos);
  writer.u8(table <= TABLE_HEADER_MAX ? table : TABLE_UNSPEC);
  writer.u8(protocol);
  writer.u8(scope);
  writer.u8(type);
  writer.u32(only ? flagsOf(only) : 0);
  routeAttributes.encode(writer, valuesOf(request, only, metric));
}

function valuesOf(
  request: RouteRequest,
  only: PathRequest | undefined,
  metric: number | undefined,
): Parameters<typeof routeAttributes.encode>[1] {
  const { family, destination, from, table, hops, metrics, lockedMetrics: locked } = request;
  const { propagatesTtl } = request;
  return {
    ...(only && pathValues(only, family)),
    ...(request.realms && { realms: request.realms }),
    destination: destination.prefixLength === 0 ? undefined : destination.ip,
    from: from?.ip,
    interfaceIndex: only?.interfaceIndex,
    priority: metric,
    preferredSource: request.sourceIp,
    metrics: Object.keys(metrics).length === 0 ? undefined : { metrics, locked },
    paths: hops.length > 1 ? { family, hops } : undefined,
    table: table > TABLE_HEADER_MAX ? table : undefined,
    preference: request.preference,
    expiresSec: request.expiresSec,
    propagatesTtl: propagatesTtl === undefined ? undefined : Number(propagatesTtl),
  };
}

function pathValues(
  hop: PathRequest,
  family: Family,
): Parameters<typeof pathAttributes.encode>[1] {
  const { via: gateway, encapsulation: headers } = hop;
  const isOwn = gateway !== undefined && familyOf(gateway) === family;
  return {
    gateway: isOwn ? gateway : undefined,
    via: isOwn ? undefined : gateway,
    realms: hop.realms,
    encapsulationType: headers && encapsulationType(headers),
    encapsulation: headers,
  };
}

function flagsOf({ onlink }: PathRequest): number {
  return onlink ? RTNH_F_ONLINK : 0;
}
