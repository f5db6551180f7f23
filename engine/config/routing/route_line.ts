/**
 * A line of `virtual_routes` and `static_routes`.
 *
 * ```text
 * [TYPE] [to] DESTINATION [via [inet|inet6] ADDR] [dev IF] [src ADDR] [table T] [metric N] …
 *        [nexthop via ADDR dev IF weight N …]…
 * ```
 *
 * @module
 */
import { type Family, type Ip, ip, type Prefix } from "../../../net/address.ts";
import type { RouteConfig, RouteType } from "../../../machines/route_config.ts";
import { quote } from "../diagnostic.ts";
import type { Given } from "../given.ts";
import { type Grammar, many, required } from "../shape.ts";
import { address, integer, interfaceName, oneOf, reader } from "../values.ts";
import type { Word } from "../words.ts";
import { looksLikeNetwork, network, realmsOption, UINT32_MAX } from "./line_values.ts";
import {
  commonFamily,
  Cursor,
  familyOption,
  grammarOf,
  type LineContext,
  type LineOption,
  type LineOptions,
  named,
  present,
  readOptions,
  valued,
} from "./option_line.ts";
import { METRIC_OPTIONS, type MetricsDraft } from "./route_metrics.ts";
import { hopOf, PATH_OPTIONS, type PathDraft, readHops, readSecondPath } from "./route_path.ts";

/** RTPROT_KEEPALIVED. */
export const PROTOCOL_KEEPALIVED = 18;
const TABLE_MAIN = 254;

/** What a line says. */
interface RouteDraft extends PathDraft, MetricsDraft {
  /** `default` has no address. */
  destination?: Given<Prefix | "default">;
  statedFamily?: Family;
  type: RouteType;
  table: number;
  vrf?: string;
  protocol: number;
  protocolAt?: Word;
  scope: number;
  scopeAt?: Word;
  tos: number;
  metric?: number;
  sourceIp?: Ip;
  from?: Given<Prefix>;
  expiresSec?: Given<number>;
  preference?: Given<number>;
  propagatesTtl?: boolean;
  creation: RouteConfig["creation"];
  tracked: boolean;
  trackGroup?: Given<string>;
  /** Path of `or`. */
  second?: PathDraft;
  /** Paths of `nexthop`. */
  hops: readonly PathDraft[];
}

/** A route, and the track group that its line names. */
export interface RouteLine {
  readonly route: RouteConfig;
  readonly trackGroup?: Given<string>;
}

const EVERYTHING = ["default", "any", "all"];

/** Reads a destination; a second one replaces the first. */
function readDestination(draft: RouteDraft, word: Word, cursor: Cursor): boolean {
  const { text, place } = word;
  const isDefault = EVERYTHING.includes(text) || text === "default6";
  const value = isDefault ? "default" : network(word, cursor.complaints);
  if (value === undefined) return false;
  if (draft.destination) cursor.fail("W602", word, "a second destination: the last one counts");
  if (text === "default6") draft.statedFamily = 6;
  if (value !== "default") draft.addresses.push({ value: value.ip, place });
  draft.destination = { value, place };
  return true;
}

const DESTINATION = required("destination", {
  kind: "anyOf",
  shapes: [{ kind: "prefix" }, { kind: "choice", words: [...EVERYTHING, "default6"] }],
});

/** A type; the destination follows it. */
function typeOption(type: RouteType): LineOption<RouteDraft> {
  return {
    parameters: [DESTINATION],
    read: (draft, cursor) => {
      draft.type = type;
      const first = cursor.value();
      const word = first?.text === "to" ? cursor.value() : first;
      return word !== undefined && readDestination(draft, word, cursor);
    },
  };
}

const TYPES: readonly RouteType[] = [
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
  "nat",
  "xresolve",
];

const metric = valued<RouteDraft, number>(
  "metric",
  integer(0, UINT32_MAX),
  (draft, value) => draft.metric = value,
);
const tos = named<RouteDraft>("tos", (draft, value) => draft.tos = value);

/** RFC 4191 §2.1. */
const PREFERENCES: Readonly<Record<string, number>> = { medium: 0, high: 1, low: 3 };
const preference = reader<number>(
  {
    kind: "anyOf",
    shapes: [
      { kind: "choice", words: Object.keys(PREFERENCES) },
      { kind: "integer", min: 0, max: 255 },
    ],
  },
  (word, complaints) =>
    /^\d/.test(word.text)
      ? integer(0, 255)(word, complaints)
      : oneOf(PREFERENCES)(word, complaints),
);

const KEY_OPTIONS: LineOptions<RouteDraft> = {
  to: {
    parameters: [DESTINATION],
    read: (draft, cursor) => {
      const word = cursor.value();
      return word !== undefined && readDestination(draft, word, cursor);
    },
  },
  ...Object.fromEntries(TYPES.map((type) => [type, typeOption(type)])),
  inet: familyOption(4, looksLikeRoute),
  inet6: familyOption(6, looksLikeRoute),
  src: valued("address", address, (draft, value, { place }) => {
    draft.sourceIp = value;
    draft.addresses.push({ value, place });
  }),
  from: valued("prefix", network, (draft, value, { place }) => draft.from = { value, place }),
  tos,
  dsfield: tos,
  table: named("table", (draft, value) => draft.table = value),
  vrf: valued("interface", interfaceName, (draft, value) => draft.vrf = value),
  protocol: named("protocol", (draft, value, word) => {
    draft.protocol = value;
    draft.protocolAt = word;
  }),
  scope: named("scope", (draft, value, word) => {
    draft.scope = value;
    draft.scopeAt = word;
  }),
  metric,
  priority: metric,
  preference: metric,
};

const OPTIONS: LineOptions<RouteDraft> = {
  ...KEY_OPTIONS,
  ...PATH_OPTIONS,
  ...METRIC_OPTIONS,
  expires: valued("seconds", integer(0, UINT32_MAX), (draft, value, { place }) => {
    draft.expiresSec = { value, place };
  }),
  realms: realmsOption((draft, realms, word) => {
    draft.realms = realms;
    draft.realmsAt = word;
  }),
  pref: valued("preference", preference, (draft, value, { place }) => {
    draft.preference = { value, place };
  }),
  "ttl-propagate": valued(
    "state",
    oneOf<boolean>({ enabled: true, disabled: false }),
    (draft, value) => draft.propagatesTtl = value,
  ),
  add: present((draft) => draft.creation = "add"),
  prepend: present((draft) => draft.creation = "prepend"),
  append: present((draft) => draft.creation = "append"),
  no_track: present((draft) => draft.tracked = false),
  or: {
    parameters: [required("address", { kind: "address" })],
    read: (draft, cursor, keyword) => {
      const path = readSecondPath(cursor, keyword);
      if (path) draft.second = path;
      return path !== undefined;
    },
  },
  as: {
    parameters: [required("address", { kind: "address" })],
    read: (_, cursor, keyword) => {
      cursor.takes("to");
      cursor.fail("W403", keyword, "'as' has no meaning for routes: ignored");
      return cursor.value() !== undefined;
    },
  },
  nexthop: {
    parameters: [many("values", { kind: "text", what: "a path: via, dev, weight and so on" })],
    read: (draft, cursor, keyword) => {
      const hops = readHops(cursor, keyword);
      if (hops) draft.hops = hops;
      return hops !== undefined;
    },
  },
};

const STATIC_OPTIONS: LineOptions<RouteDraft> = {
  ...OPTIONS,
  track_group: {
    parameters: [required("group", { kind: "reference", to: "track_group" })],
    read: (draft, cursor) => {
      const word = cursor.value();
      if (word) draft.trackGroup = { value: word.text, place: word.place };
      return word !== undefined;
    },
  },
};

/** What a line of an instance looks like. */
export const ROUTE_GRAMMAR: Grammar = grammarOf([DESTINATION], OPTIONS);
/** What a line of `static_routes` looks like. */
export const STATIC_ROUTE_GRAMMAR: Grammar = grammarOf([DESTINATION], STATIC_OPTIONS);

/** Whether a word can begin such a line. */
export function looksLikeRoute(text: string): boolean {
  return Object.hasOwn(STATIC_OPTIONS, text) || EVERYTHING.includes(text) || text === "default6" ||
    looksLikeNetwork(text);
}

/** Reads a line. Undefined if it cannot be used, which was then complained about. */
export function readRouteLine(
  words: readonly Word[],
  isStatic: boolean,
  context: LineContext,
): RouteLine | undefined {
  const draft: RouteDraft = {
    addresses: [],
    metrics: {},
    lockedMetrics: new Set(),
    type: "unicast",
    table: TABLE_MAIN,
    protocol: PROTOCOL_KEEPALIVED,
    scope: 0,
    tos: 0,
    creation: "prepend",
    tracked: true,
    hops: [],
  };
  const [first] = words;
  const cursor = new Cursor(words, "a route", context);
  const isRead = readOptions(draft, isStatic ? STATIC_OPTIONS : OPTIONS, cursor, (word) => {
    const { text } = word;
    const isDestination = EVERYTHING.includes(text) || text === "default6" ||
      looksLikeNetwork(text);
    return isDestination ? readDestination(draft, word, cursor) : "unknown";
  });
  if (!first || !isRead) return undefined;
  const { destination, trackGroup } = draft;
  if (!destination) return cursor.fail("E401", first, "a route needs a destination");
  const route = finish(draft, destination.value, first, cursor);
  return route && { route, ...(trackGroup && { trackGroup }) };
}

/** Checks what needs the whole line. */
function finish(
  draft: RouteDraft,
  destination: Prefix | "default",
  at: Word,
  cursor: Cursor,
): RouteConfig | undefined {
  const { vrf, tos: service, metric: rank, sourceIp, from, expiresSec, realms } = draft;
  const { metrics, lockedMetrics, preference: pref, propagatesTtl } = draft;
  const addresses = pathsOf(draft).flatMap((path) => path.addresses);
  const gatewayFamily = pathsOf(draft).find((path) => path.gatewayFamily)?.gatewayFamily;
  const family = commonFamily(
    from ? [...addresses, { value: from.value.ip, place: from.place }] : addresses,
    draft.statedFamily ?? (addresses.length === 0 ? gatewayFamily : undefined),
    cursor,
  );
  if (family === undefined || !checkFamilyOf(draft, family, cursor)) return undefined;
  return {
    family,
    destination: destination === "default" ? everything(family) : destination,
    type: draft.type,
    table: draft.table,
    ...(vrf !== undefined && { vrf }),
    protocol: protocolOf(draft, cursor),
    scope: scopeOf(draft, family, cursor),
    tos: service,
    ...(rank !== undefined && { metric: rank }),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(from && { from: from.value }),
    hops: hopsOf(draft, at, cursor),
    ...(realms && { realms }),
    ...(expiresSec && { expiresSec: expiresSec.value }),
    metrics,
    lockedMetrics: [...lockedMetrics],
    ...(pref && { preference: pref.value }),
    ...(propagatesTtl !== undefined && { propagatesTtl }),
    creation: draft.creation,
    tracked: draft.tracked,
  };
}

/** `0.0.0.0/0` or `::/0`. */
function everything(family: Family): Prefix {
  return { ip: ip(family === 4 ? "0.0.0.0" : "::"), prefixLength: 0 };
}

/** Words of one family only. */
function checkFamilyOf(draft: RouteDraft, family: Family, { complaints }: Cursor): boolean {
  const refuse = (word: string, given: Pick<Given<unknown>, "place"> | undefined): boolean => {
    const other = family === 4 ? 6 : 4;
    if (given) complaints.add("E402", given.place, `${word} is for IPv${other} routes only`);
    return given === undefined;
  };
  if (family === 4) {
    return [
      refuse("from", draft.from),
      refuse("expires", draft.expiresSec),
      refuse("pref", draft.preference),
    ].every(Boolean);
  }
  return pathsOf(draft).map(({ realmsAt }) => refuse("realms", realmsAt)).every(Boolean);
}

/** The line itself, which is the first path, and the further ones. */
function pathsOf(draft: RouteDraft): PathDraft[] {
  return [draft, ...(draft.second ? [draft.second] : []), ...draft.hops];
}

/** What is watched must be recognised as ours. */
function protocolOf({ protocol, protocolAt, tracked }: RouteDraft, cursor: Cursor): number {
  if (!tracked || !protocolAt || protocol === PROTOCOL_KEEPALIVED) return protocol;
  const message = `a watched route has protocol ${PROTOCOL_KEEPALIVED}: ${
    quote(protocolAt.text)
  } is ignored`;
  cursor.fail("W403", protocolAt, message, "no_track");
  return PROTOCOL_KEEPALIVED;
}

/** The widest scopes that the kernel takes for types that are not for everywhere. */
const SCOPES: Partial<Record<RouteType, number>> = {
  local: 254,
  nat: 254,
  broadcast: 253,
  anycast: 253,
};

function scopeOf({ type, scope, scopeAt }: RouteDraft, family: Family, cursor: Cursor): number {
  if (!scopeAt) return family === 4 ? SCOPES[type] ?? scope : 0;
  if (family === 4) return scope;
  cursor.fail("W602", scopeAt, "the scope of an IPv6 route is fixed: ignored");
  return 0;
}

/** Types that lead nowhere. */
const ENDS: ReadonlySet<RouteType> = new Set(["blackhole", "unreachable", "prohibit", "throw"]);

function hopsOf(draft: RouteDraft, at: Word, cursor: Cursor): RouteConfig["hops"] {
  const { via, interface: link, onlink = false, encapsulation, second, hops } = draft;
  const isPath = via !== undefined || link !== undefined;
  if (hops.length > 0) {
    if (isPath) cursor.fail("W602", at, "via and dev of a route with nexthop are ignored");
    return hops.map(hopOf);
  }
  if (!isPath && !ENDS.has(draft.type)) {
    cursor.fail("W602", at, "a route needs via or dev: the kernel will refuse it");
  }
  if (!isPath && !encapsulation) return second ? [hopOf(second)] : [];
  const common = {
    onlink,
    ...(link !== undefined && { interface: link }),
    ...(encapsulation && { encapsulation }),
  };
  const gateways = [via, ...(second ? [second.via] : [])];
  return gateways.map((ip) => ({ ...(ip !== undefined && { via: ip }), ...common }));
}
