/**
 * The blocks of addresses, routes and rules: `virtual_routes` and `virtual_rules` of instances,
 * `static_ipaddress`, `static_routes` and `static_rules` of the top level.
 *
 * @module
 */
import { looksLikeAddress, readAddressLine, STATIC_ADDRESS_GRAMMAR } from "../address_line.ts";
import type { ConfigDraft, InstanceDraft, RawLine } from "../drafts.ts";
import type { Grammar } from "../shape.ts";
import { items, type Keyword } from "../vocabulary.ts";
import { looksLikeRoute, ROUTE_GRAMMAR, STATIC_ROUTE_GRAMMAR } from "./route_line.ts";
import { looksLikeRule, RULE_GRAMMAR, STATIC_RULE_GRAMMAR } from "./rule_line.ts";

/** A block whose lines are read later. */
function lineBlock<Draft>(
  doc: string,
  grammar: Grammar,
  accepts: (firstWord: string) => boolean,
  linesOf: (draft: Draft) => RawLine[],
): Keyword<Draft> {
  return items(doc, grammar, (draft: Draft) => ({
    accepts,
    add: (words) => {
      if (words.length > 0) linesOf(draft).push(words);
    },
  }));
}

/** The words of `vrrp_instance`. */
export const ROUTE_BLOCKS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  virtual_routes: lineBlock(
    "Routes that come and go with the role.",
    ROUTE_GRAMMAR,
    looksLikeRoute,
    ({ routes }) => routes,
  ),
  virtual_rules: lineBlock(
    "Routing rules that come and go with the role.",
    RULE_GRAMMAR,
    looksLikeRule,
    ({ rules }) => rules,
  ),
};

/** The words of the top level. */
export const STATIC_BLOCKS: Readonly<Record<string, Keyword<ConfigDraft>>> = {
  static_ipaddress: {
    ...items(
      "Addresses that are there as long as stayd runs.",
      STATIC_ADDRESS_GRAMMAR,
      ({ staticAddresses }) => ({
        accepts: looksLikeAddress,
        add: (words, context) => {
          const line = readAddressLine(words, context, STATIC_ADDRESS_GRAMMAR);
          if (line) staticAddresses.push(line);
        },
      }),
    ),
    isLandmark: true,
  },
  static_routes: {
    ...lineBlock<ConfigDraft>(
      "Routes that are there as long as stayd runs.",
      STATIC_ROUTE_GRAMMAR,
      looksLikeRoute,
      ({ staticRoutes }) => staticRoutes,
    ),
    isLandmark: true,
  },
  static_rules: {
    ...lineBlock<ConfigDraft>(
      "Routing rules that are there as long as stayd runs.",
      STATIC_RULE_GRAMMAR,
      looksLikeRule,
      ({ staticRules }) => staticRules,
    ),
    isLandmark: true,
  },
};
