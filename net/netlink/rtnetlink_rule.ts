/**
 * Routing rules over rtnetlink: RTM_NEWRULE and RTM_DELRULE, as news and as requests.
 *
 * ```text
 * +---------------+---------------+---------------+---------------+
 * |    Family     |  Dest. length |  Src. length  |      TOS      |
 * +---------------+---------------+---------------+---------------+
 * |   Table, or 0 |   Reserved    |   Reserved    |    Action     |
 * +---------------+---------------+---------------+---------------+
 * |                       Flags, FIB_RULE_*                       |
 * +---------------------------------------------------------------+
 * ```
 *
 * @module
 */
import { type Family, familyOf, type Prefix } from "../address.ts";
import { assert } from "../assert.ts";
import {
  AttributeSchema,
  type AttributeType,
  ip,
  type MalformedAttribute,
  text,
  u32,
  u8,
  UNFIT,
} from "./attribute.ts";
import {
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
} from "./message.ts";
import { familyNumber, familyOfNumber } from "./rtnetlink_address.ts";
import type { RealmPair } from "./rtnetlink_route_change.ts";

/** Rule is there; or a request to add it. */
export const RTM_NEWRULE = 32;
/** Rule is gone; or a request to delete it. */
export const RTM_DELRULE = 33;

/** What a rule does. */
export type RuleActionRequest =
  | { readonly kind: "table"; readonly table: number }
  | { readonly kind: "goto"; readonly priority: number }
  | { readonly kind: "l3mdev" | "blackhole" | "unreachable" | "prohibit" | "nop" };

/** An inclusive range. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** A rule to add or delete. */
export interface RuleRequest {
  readonly family: Family;
  readonly priority: number;
  readonly action: RuleActionRequest;
  readonly inverted: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  readonly tos?: number;
  readonly firewallMark?: { readonly mark: number; readonly mask: number };
  readonly realms?: RealmPair;
  readonly suppressPrefixLength?: number;
  readonly suppressInterfaceGroup?: number;
  /** By name: the interface need not exist. */
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  /** 64 bits, in decimal. */
  readonly tunnelId?: string;
  readonly userIds?: Range;
  /** RTPROT_*. */
  readonly protocol: number;
  readonly ipProtocol?: number;
  readonly sourcePorts?: Range;
  readonly destinationPorts?: Range;
}

/** A rule as the kernel tells of it: as much as we need. */
export interface Rule {
  readonly family: Family;
  readonly priority: number;
}

/** Why a body is no rule message. The text is the log message and the counter's key. */
export type MalformedRule = "rule message truncated" | MalformedAttribute;

const HEADER_BYTES = 12;
const FIB_RULE_INVERT = 2;
const TABLE_UNSPEC = 0;
const TABLE_HEADER_MAX = 255;
/** FR_ACT_*. */
const ACTIONS = {
  table: 1,
  l3mdev: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

/** Two numbers, one after the other. */
function range(bits: 16 | 32): AttributeType<Range> {
  return {
    read: () => UNFIT,
    write: (writer, { first, last }) => {
      for (const value of [first, last]) {
        if (bits === 16) writer.u16(value);
        else writer.u32(value);
      }
    },
  };
}

const realms: AttributeType<RealmPair> = {
  read: () => UNFIT,
  write: (writer, { source, destination }) => writer.u32((source << 16 | destination) >>> 0),
};

/** Network byte order. */
const tunnelId: AttributeType<string> = {
  read: () => UNFIT,
  write: (writer, value) => {
    const octets = new DataView(new ArrayBuffer(8));
    octets.setBigUint64(0, BigInt(value));
    writer.octets(new Uint8Array(octets.buffer));
  },
};

/** FRA_*. */
const ruleAttributes = new AttributeSchema({
  to: { id: 1, type: ip },
  from: { id: 2, type: ip },
  inputInterface: { id: 3, type: text },
  goto: { id: 4, type: u32 },
  priority: { id: 6, type: u32 },
  mark: { id: 10, type: u32 },
  realms: { id: 11, type: realms },
  tunnelId: { id: 12, type: tunnelId },
  suppressInterfaceGroup: { id: 13, type: u32 },
  suppressPrefixLength: { id: 14, type: u32 },
  table: { id: 15, type: u32 },
  mask: { id: 16, type: u32 },
  outputInterface: { id: 17, type: text },
  l3mdev: { id: 19, type: u8 },
  userIds: { id: 20, type: range(32) },
  protocol: { id: 21, type: u8 },
  ipProtocol: { id: 22, type: u8 },
  sourcePorts: { id: 23, type: range(16) },
  destinationPorts: { id: 24, type: range(16) },
});

const newsAttributes = new AttributeSchema({ priority: { id: 6, type: u32 } });

/** Reads a rule; a reason if it is none; undefined if it is of a family that is not IP. */
export function decodeRule(body: DataView): Rule | MalformedRule | undefined {
  if (body.byteLength < HEADER_BYTES) return "rule message truncated";
  const family = familyOfNumber(body.getUint8(0));
  if (family === undefined) return undefined;
  const attributes = newsAttributes.decode(body, HEADER_BYTES);
  if (typeof attributes === "string") return attributes;
  return { family, priority: attributes.priority ?? 0 };
}

/** Asks to add a rule; an error if it is there (EEXIST). */
export function writeRuleAdd(writer: MessageWriter, request: RuleRequest): void {
  writer.begin(RTM_NEWRULE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
  writeRule(writer, request);
  writer.finish();
}

/** Asks to delete a rule; an error if it is not there (ENOENT). */
export function writeRuleDelete(writer: MessageWriter, request: RuleRequest): void {
  writer.begin(RTM_DELRULE, NLM_F_REQUEST | NLM_F_ACK);
  writeRule(writer, request);
  writer.finish();
}

function writeRule(writer: MessageWriter, request: RuleRequest): void {
  const { family, from, to, action, firewallMark } = request;
  for (const prefix of [from, to]) {
    assert(
      prefix === undefined || familyOf(prefix.ip) === family,
      () => `A rule and its prefixes are of one family: current value is ${prefix?.ip}`,
    );
  }
  const table = action.kind === "table" ? action.table : TABLE_UNSPEC;
  writer.u8(familyNumber(family));
  writer.u8(to?.prefixLength ?? 0);
  writer.u8(from?.prefixLength ?? 0);
  writer.u8(request.tos ?? 0);
  writer.u8(table <= TABLE_HEADER_MAX ? table : TABLE_UNSPEC);
  writer.u16(0);
  writer.u8(ACTIONS[action.kind]);
  writer.u32(request.inverted ? FIB_RULE_INVERT : 0);
  ruleAttributes.encode(writer, {
    ...request,
    to: isAny(to) ? undefined : to?.ip,
    from: isAny(from) ? undefined : from?.ip,
    goto: action.kind === "goto" ? action.priority : undefined,
    mark: firewallMark?.mark,
    mask: firewallMark?.mask,
    table: table > TABLE_HEADER_MAX ? table : undefined,
    l3mdev: action.kind === "l3mdev" ? 1 : undefined,
  });
}

/** No address, or one of no bits, which the kernel does not take. */
function isAny(prefix: Prefix | undefined): boolean {
  return prefix === undefined || prefix.prefixLength === 0;
}
