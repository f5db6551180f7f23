/**
 * Paths of routes: `via`, `dev`, `onlink`, `encap` of the only one, and `nexthop …` of several.
 *
 * @module
 */
import type { Family, Ip } from "../../../net/address.ts";
import type { RouteHop } from "../../../machines/route_config.ts";
import { quote } from "../diagnostic.ts";
import type { Filling } from "../drafts.ts";
import type { Given } from "../given.ts";
import { own } from "../own.ts";
import { optional, required } from "../shape.ts";
import { address, integer, interfaceName } from "../values.ts";
import type { Word } from "../words.ts";
import { encapOption } from "./encapsulation.ts";
import { realmsOption } from "./line_values.ts";
import {
  type Cursor,
  type LineOption,
  type LineOptions,
  present,
  unknownWord,
  valued,
} from "./option_line.ts";

/** What a path says. */
export interface PathDraft extends Filling<Omit<RouteHop, "via">> {
  /** Addresses, for the one family of a route. */
  readonly addresses: Given<Ip>[];
  /** Where realms were given. */
  realmsAt?: Word;
  via?: Ip;
  /** Family of the gateway, where it is said: then it may be another than the route's. */
  gatewayFamily?: Family;
}

/** The kernel has eight bits for the weight less one. */
const WEIGHT_MAX = 256;

/** Reads `[inet|inet6] ADDRESS`. */
function readGateway(draft: PathDraft, cursor: Cursor): boolean {
  const word = cursor.value();
  const isFamily = word?.text === "inet" || word?.text === "inet6";
  const gateway = isFamily ? cursor.value() : word;
  const ip = gateway && address(gateway, cursor.complaints);
  if (!word || !gateway || ip === undefined) return false;
  if (isFamily && ip.includes(":") !== (word.text === "inet6")) {
    cursor.fail("E404", gateway, `${ip} is not an address of ${word.text}`);
    return false;
  }
  draft.via = ip;
  // IPv4 routes may lead to an IPv6 gateway (RFC 9229), but must say so.
  if (word.text === "inet6") draft.gatewayFamily = 6;
  else draft.addresses.push({ value: ip, place: gateway.place });
  return true;
}

const GATEWAY_PARAMETERS = [
  optional("family", { kind: "choice", words: ["inet", "inet6"] }),
  required("address", { kind: "address" }),
];

const via: LineOption<PathDraft> = { parameters: GATEWAY_PARAMETERS, read: readGateway };
const dev = valued<PathDraft, string>("interface", interfaceName, (draft, name) => {
  draft.interface = name;
});

/** Words of a path. */
export const PATH_OPTIONS: LineOptions<PathDraft> = {
  via,
  gw: {
    parameters: GATEWAY_PARAMETERS,
    read: (draft, cursor, keyword) => {
      cursor.fail("W501", keyword, "'gw' is an old name", "via");
      return readGateway(draft, cursor);
    },
  },
  dev,
  oif: dev,
  onlink: present((draft) => draft.onlink = true),
  encap: encapOption((draft, encapsulation) => draft.encapsulation = encapsulation),
};

const HOP_OPTIONS: LineOptions<PathDraft> = {
  via,
  dev,
  oif: dev,
  onlink: present((draft) => draft.onlink = true),
  encap: encapOption((draft, encapsulation) => draft.encapsulation = encapsulation),
  weight: valued("weight", integer(1, WEIGHT_MAX), (draft, weight) => draft.weight = weight),
  realms: realmsOption((draft, realms, word) => {
    draft.realms = realms;
    draft.realmsAt = word;
  }),
};

/** Reads all paths behind the first `nexthop`, to the end of the line. */
export function readHops(cursor: Cursor, keyword: Word): PathDraft[] | undefined {
  let hop: PathDraft = { addresses: [] };
  const hops = [hop];
  const finish = (at: Word) => {
    if (hop.via === undefined && hop.interface === undefined) {
      cursor.fail("W602", at, "a path needs via or dev: the kernel will refuse it");
    }
  };
  let at = keyword;
  for (let word = cursor.take(); word; word = cursor.take()) {
    if (word.text === "nexthop") {
      finish(at);
      at = word;
      hop = { addresses: [] };
      hops.push(hop);
      continue;
    }
    const option = own(HOP_OPTIONS, word.text);
    if (!option) {
      unknownWord(word, [...Object.keys(HOP_OPTIONS), "nexthop"], cursor);
      return undefined;
    }
    if (!option.read(hop, cursor, word)) return undefined;
  }
  finish(at);
  return hops;
}

/** The path itself. */
export function hopOf({ via: gateway, onlink = false, ...hop }: PathDraft): RouteHop {
  return {
    ...(gateway !== undefined && { via: gateway }),
    ...(hop.interface !== undefined && { interface: hop.interface }),
    ...(hop.weight !== undefined && { weight: hop.weight }),
    onlink,
    ...(hop.encapsulation && { encapsulation: hop.encapsulation }),
    ...(hop.realms && { realms: hop.realms }),
  };
}

/** `or ADDRESS`: the old way to write a second path. */
export function readSecondPath(cursor: Cursor, keyword: Word): PathDraft | undefined {
  cursor.fail("W501", keyword, `${quote(keyword.text)} is an old way to write a path`, "nexthop");
  const draft: PathDraft = { addresses: [] };
  return readGateway(draft, cursor) ? draft : undefined;
}
