/**
 * The rules of a {@linkcode FilterTable}, as keepalived's nftables has them: same names, same
 * order, so that whoever knows one knows the other.
 *
 * @module
 */
import { type Ip, ipToBytes } from "./address.ts";
import type { MessageWriter } from "./netlink/message.ts";
import {
  type Element,
  type SetShape,
  writeChainAdd,
  writeElements,
  writeRuleAppend,
  writeSetAdd,
} from "./netlink/nftables.ts";
import {
  counter,
  duplicate,
  equals,
  type Expression,
  inSet,
  masked,
  meta,
  payload,
  verdict,
} from "./netlink/nftables_rule.ts";
import type { FilterMembers, FilterTable } from "./packet_filter_table.ts";

/** Types of keys, as `nft` numbers them; joined types take six bits each. */
const TYPE = { ipv4: 7, ipv6: 8, interfaceIndex: 20, icmpv6Type: 29 };
const TYPE_BITS = 6;
const IPV6_AND_INDEX = (TYPE.ipv6 << TYPE_BITS) | TYPE.interfaceIndex;
const INDEX_BYTES = 4;

/** Where things are in the network header. */
const AT = {
  4: { source: 12, destination: 16, addressBytes: 4, protocol: 9 },
  6: { source: 8, destination: 24, addressBytes: 16, protocol: 6 },
} as const;
const IGMP = 2;
const ICMPV6 = 58;
const ICMPV6_TYPE = { routerSolicit: 133, solicit: 135, advert: 136, groupReport: 143 };
const MACVLAN = new TextEncoder().encode("macvlan".padEnd(16, "\0"));
const LINK_LOCAL = Uint8Array.of(0xfe, 0x80, ...new Uint8Array(14));
const LINK_LOCAL_MASK = Uint8Array.of(0xff, 0xc0, ...new Uint8Array(14));

/** The sets of a table, in the order of their making. */
type SetName = "vmac_map" | "vmac_set" | "vips" | "neighbor-discovery" | "vips_link_local";
const SET_ID: Readonly<Record<SetName, number>> = {
  vmac_map: 1,
  vmac_set: 2,
  vips: 3,
  "neighbor-discovery": 4,
  vips_link_local: 5,
};

function lookup(register: number, name: SetName, into?: number): Expression {
  return inSet(register, { name, id: SET_ID[name] }, into);
}

/** Writes all that is in a new table. */
export function writeTableContents(writer: MessageWriter, table: FilterTable): void {
  const { family, priority, addresses, linkLocals, virtualLinks } = table;
  const rule = (chain: string, expressions: Expression[], end: Expression) =>
    writeRuleAppend(writer, table, chain, [
      ...expressions,
      ...table.counts ? [counter] : [],
      end,
    ]);
  const has = { addresses: addresses !== undefined, linkLocals: linkLocals !== undefined };
  for (const set of setsOf(table)) writeSetAdd(writer, table, set, SET_ID[set.name as SetName]);
  writeChainAdd(writer, table, { name: "out", hook: "output", priority });
  if (has.addresses) writeChainAdd(writer, table, { name: "in", hook: "input", priority });
  if (has.addresses && family === 6) {
    writeChainAdd(writer, table, { name: "in_link_local" });
    writeChainAdd(writer, table, { name: "out_link_local" });
  }
  if (virtualLinks) writeVirtualLinkRules(family, rule);
  if (has.addresses) writeAddressRules(writer, table, rule);
  if (has.linkLocals) {
    const { source, destination, addressBytes } = AT[6];
    const drop = verdict("drop");
    rule("in_link_local", [
      payload(1, "network", destination, addressBytes),
      meta(2, "inputIndex"),
      lookup(1, "vips_link_local"),
    ], drop);
    rule("out_link_local", [
      payload(1, "network", source, addressBytes),
      meta(2, "outputIndex"),
      lookup(1, "vips_link_local"),
    ], drop);
  }
  writeMembers(writer, table, "add", table);
}

type RuleWriter = (chain: string, expressions: Expression[], end: Expression) => void;

/** The rule that handed a report on must be the one that drops it. */
function writeVirtualLinkRules(family: 4 | 6, rule: RuleWriter): void {
  const { destination, addressBytes, protocol } = AT[family];
  const isVirtual = [meta(2, "outputKind"), equals(2, MACVLAN)];
  const toParent = [meta(2, "outputIndex"), lookup(2, "vmac_map", 2), duplicate(1, 2)];
  const address = payload(1, "network", destination, addressBytes);
  if (family === 4) {
    const isIgmp = [payload(1, "network", protocol, 1), equals(1, Uint8Array.of(IGMP))];
    rule("out", [...isIgmp, address, ...isVirtual, ...toParent], verdict("drop"));
    return;
  }
  const { groupReport, routerSolicit } = ICMPV6_TYPE;
  rule("out", [...isIcmpv6(groupReport), address, ...isVirtual, ...toParent], verdict("drop"));
  rule("out", [
    ...isIcmpv6(routerSolicit),
    ...isVirtual,
    meta(2, "outputIndex"),
    lookup(2, "vmac_set"),
  ], verdict("drop"));
}

/** A type of ICMPv6, behind whatever headers. */
function isIcmpv6(type: number): Expression[] {
  return [
    meta(1, "transportProtocol"),
    equals(1, Uint8Array.of(ICMPV6)),
    payload(1, "transport", 0, 1),
    equals(1, Uint8Array.of(type)),
  ];
}

function writeAddressRules(writer: MessageWriter, table: FilterTable, rule: RuleWriter): void {
  const { source, destination, addressBytes, protocol } = AT[table.family];
  if (table.family === 6) {
    const { solicit, advert } = ICMPV6_TYPE;
    writeElements(
      writer,
      table,
      "neighbor-discovery",
      "add",
      [solicit, advert].map((type) => ({ key: Uint8Array.of(type) })),
    );
    for (const [chain, offset] of [["in", destination], ["out", source]] as const) {
      rule(chain, [
        payload(1, "network", protocol, 1),
        equals(1, Uint8Array.of(ICMPV6)),
        payload(1, "transport", 0, 1),
        lookup(1, "neighbor-discovery"),
      ], verdict("accept"));
      rule(chain, [
        payload(1, "network", offset, addressBytes),
        masked(1, LINK_LOCAL_MASK),
        equals(1, LINK_LOCAL),
      ], verdict({ goto: `${chain}_link_local` }));
    }
  }
  for (const [chain, offset] of [["in", destination], ["out", source]] as const) {
    rule(
      chain,
      [payload(1, "network", offset, addressBytes), lookup(1, "vips")],
      verdict("drop"),
    );
  }
}

function setsOf({ family, addresses, linkLocals, virtualLinks }: FilterTable): SetShape[] {
  const index = { keyType: TYPE.interfaceIndex, keyBytes: INDEX_BYTES, isHostOrder: true };
  const sets: (SetShape & { readonly name: SetName } | false)[] = [
    virtualLinks !== undefined && {
      ...index,
      name: "vmac_map",
      dataType: TYPE.interfaceIndex,
      dataBytes: INDEX_BYTES,
    },
    virtualLinks !== undefined && family === 6 && { ...index, name: "vmac_set" },
    addresses !== undefined && {
      name: "vips",
      keyType: family === 4 ? TYPE.ipv4 : TYPE.ipv6,
      keyBytes: AT[family].addressBytes,
      isHostOrder: false,
    },
    addresses !== undefined && family === 6 && {
      name: "neighbor-discovery",
      keyType: TYPE.icmpv6Type,
      keyBytes: 1,
      isConstant: true,
      isHostOrder: true,
    },
    linkLocals !== undefined && {
      name: "vips_link_local",
      keyType: IPV6_AND_INDEX,
      keyBytes: AT[6].addressBytes + INDEX_BYTES,
      isHostOrder: true,
    },
  ];
  return sets.filter((set) => set !== false);
}

/** Adds or removes members. */
export function writeMembers(
  writer: MessageWriter,
  table: FilterTable,
  operation: "add" | "remove",
  { addresses = [], linkLocals = [], virtualLinks = [] }: FilterMembers,
): void {
  const write = (set: SetName, elements: readonly Element[]) =>
    writeElements(writer, table, set, operation, elements);
  write(
    "vmac_map",
    virtualLinks.map(({ index, parentIndex }) => ({
      key: indexOctets(index),
      data: indexOctets(parentIndex),
    })),
  );
  if (table.family === 6) {
    write("vmac_set", virtualLinks.map(({ index }) => ({ key: indexOctets(index) })));
  }
  write("vips", addresses.map((each: Ip) => ({ key: ipToBytes(each) })));
  write(
    "vips_link_local",
    linkLocals.map(({ ip, interfaceIndex }) => ({
      key: Uint8Array.of(...ipToBytes(ip), ...indexOctets(interfaceIndex)),
    })),
  );
}

/** In host byte order, which is little-endian. */
function indexOctets(index: number): Uint8Array {
  const octets = new Uint8Array(INDEX_BYTES);
  new DataView(octets.buffer).setUint32(0, index, true);
  return octets;
}
