/**
 * A line of `virtual_rules` and `static_rules`.
 *
 * ```text
 * [not] [from PREFIX] [to PREFIX] [iif IF] [fwmark MARK[/MASK]] … [priority N]
 *       table T | goto N | l3mdev | blackhole | unreachable | prohibit | nop
 * ```
 *
 * @module
 */
import type { Family, Ip, Prefix } from "../../../net/address.ts";
import type { RuleAction, RuleConfig } from "../../../machines/route_config.ts";
import { quote } from "../diagnostic.ts";
import type { Filling } from "../drafts.ts";
import type { Given } from "../given.ts";
import { type Grammar, required } from "../shape.ts";
import { anyInteger, integer, interfaceName, reader } from "../values.ts";
import type { Word } from "../words.ts";
import { network, numberRange, realmsOption, UINT32_MAX, uint64 } from "./line_values.ts";
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
import { PROTOCOL_KEEPALIVED } from "./route_line.ts";

/** Priority of the first rule without one; each further one is before it. */
const PRIORITY_FIRST = 16_384;
const PORT_MAX = 65_535;
/** An `int` of the kernel in which −1 means none. */
const SUPPRESSED_LENGTH_MAX = 0x7fff_ffff;

/** Gives rules without a priority one: from 16384 down, for each family. */
export class RulePriorities {
  readonly #next: Record<Family, number> = { 4: PRIORITY_FIRST, 6: PRIORITY_FIRST };

  /** The next one. */
  take(family: Family): number {
    return Math.max(this.#next[family]--, 0);
  }
}

/** What a line says. */
interface RuleDraft extends Filling<Omit<RuleConfig, "action" | "priority" | "realms">> {
  readonly addresses: Given<Ip>[];
  statedFamily?: Family;
  priority?: Given<number>;
  action?: RuleAction;
  /** A second action was given. */
  secondActionAt?: Word;
  realms?: Given<NonNullable<RuleConfig["realms"]>>;
  /** Where a suppressor was given. */
  suppressorAt?: Word;
  protocolAt?: Word;
  trackGroup?: Given<string>;
}

/** A rule, and the track group that its line names. */
export interface RuleLine {
  readonly rule: RuleConfig;
  readonly trackGroup?: Given<string>;
}

const EVERYTHING = ["default", "any", "all"];

function networkOption(key: "from" | "to"): LineOption<RuleDraft> {
  const shapes = [network.shape, { kind: "choice", words: EVERYTHING } as const];
  return {
    parameters: [required("prefix", { kind: "anyOf", shapes })],
    read: (draft, cursor) => {
      const word = cursor.value();
      if (!word || EVERYTHING.includes(word.text)) return word !== undefined;
      const prefix: Prefix | undefined = network(word, cursor.complaints);
      if (!prefix) return false;
      draft[key] = prefix;
      draft.addresses.push({ value: prefix.ip, place: word.place });
      return true;
    },
  };
}

function act(draft: RuleDraft, action: RuleAction, word: Word): void {
  if (draft.action) draft.secondActionAt ??= word;
  draft.action = action;
}

const ENDS = ["blackhole", "unreachable", "prohibit", "nop"] as const;

const table: LineOption<RuleDraft> = {
  ...named<RuleDraft>("table", (draft, number, word) => {
    act(draft, { kind: "table", table: number }, word);
  }),
  isGuarded: true,
};

const ACTIONS: LineOptions<RuleDraft> = {
  table,
  lookup: table,
  goto: valued("priority", integer(0, UINT32_MAX), (draft, priority, word) => {
    act(draft, { kind: "goto", priority }, word);
  }),
  l3mdev: present((draft, word) => act(draft, { kind: "l3mdev" }, word)),
  ...Object.fromEntries(
    ENDS.map((kind) => [kind, present<RuleDraft>((draft, word) => act(draft, { kind }, word))]),
  ),
};

const firewallMark = reader<NonNullable<RuleConfig["firewallMark"]>>(
  { kind: "text", what: "MARK[/MASK]" },
  (word, complaints) => {
    const [mark = "", mask, ...surplus] = word.text.split("/").map((text) => ({
      text,
      place: word.place,
    }));
    if (mark === "" || surplus.length > 0) {
      complaints.add("E304", word.place, `${quote(word.text)} is not MARK[/MASK]`);
      return undefined;
    }
    const read = anyInteger(0, UINT32_MAX);
    const markValue = read(mark, complaints);
    const maskValue = mask ? read(mask, complaints) : UINT32_MAX;
    if (markValue === undefined || maskValue === undefined) return undefined;
    return { mark: markValue, mask: maskValue };
  },
);

const priority = valued<RuleDraft, number>(
  "priority",
  anyInteger(0, UINT32_MAX),
  (draft, value, { place }) => draft.priority = { value, place },
);
const tos = named<RuleDraft>("tos", (draft, value) => draft.tos = value);
const inputInterface = valued<RuleDraft, string>("interface", interfaceName, (draft, name) => {
  draft.inputInterface = name;
});
const suppressLength = valued<RuleDraft, number>(
  "length",
  integer(0, SUPPRESSED_LENGTH_MAX),
  (draft, length, word) => {
    draft.suppressPrefixLength = length;
    draft.suppressorAt = word;
  },
);
const suppressGroup = named<RuleDraft>("group", (draft, group, word) => {
  draft.suppressInterfaceGroup = group;
  draft.suppressorAt = word;
});

const OPTIONS: LineOptions<RuleDraft> = {
  from: networkOption("from"),
  to: networkOption("to"),
  not: present((draft) => draft.inverted = true),
  inet: familyOption(4, looksLikeRule),
  inet6: familyOption(6, looksLikeRule),
  priority,
  preference: priority,
  order: priority,
  tos,
  dsfield: tos,
  fwmark: valued("mark", firewallMark, (draft, value) => draft.firewallMark = value),
  realms: realmsOption((draft, value, { place }) => draft.realms = { value, place }),
  suppress_prefixlength: suppressLength,
  sup_pl: suppressLength,
  suppress_ifgroup: suppressGroup,
  sup_group: suppressGroup,
  dev: inputInterface,
  iif: inputInterface,
  oif: valued("interface", interfaceName, (draft, name) => draft.outputInterface = name),
  "tunnel-id": valued("id", uint64, (draft, id) => draft.tunnelId = id),
  uidrange: valued("users", numberRange(UINT32_MAX), (draft, range) => draft.userIds = range),
  protocol: valued("protocol", integer(0, 255), (draft, value, word) => {
    draft.protocol = value;
    draft.protocolAt = word;
  }),
  ipproto: named("ipProtocol", (draft, value) => draft.ipProtocol = value),
  sport: valued("ports", numberRange(PORT_MAX), (draft, range) => draft.sourcePorts = range),
  dport: valued("ports", numberRange(PORT_MAX), (draft, range) => draft.destinationPorts = range),
  /** Only announces the action. */
  type: {
    parameters: [],
    read: (_, cursor, keyword) => {
      const action = cursor.peek();
      const isAction = action !== undefined && Object.hasOwn(ACTIONS, action.text);
      if (!isAction) cursor.fail("E304", action ?? keyword, "no action behind 'type'");
      return isAction;
    },
  },
  ...ACTIONS,
  no_track: present((draft) => draft.tracked = false),
};

const STATIC_OPTIONS: LineOptions<RuleDraft> = {
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
export const RULE_GRAMMAR: Grammar = grammarOf([], OPTIONS);
/** What a line of `static_rules` looks like. */
export const STATIC_RULE_GRAMMAR: Grammar = grammarOf([], STATIC_OPTIONS);

/** Whether a word can begin such a line. */
export function looksLikeRule(text: string): boolean {
  return Object.hasOwn(STATIC_OPTIONS, text);
}

/** Reads a line. Undefined if it cannot be used, which was then complained about. */
export function readRuleLine(
  words: readonly Word[],
  isStatic: boolean,
  priorities: RulePriorities,
  context: LineContext,
): RuleLine | undefined {
  const draft: RuleDraft = { addresses: [] };
  const [first] = words;
  const cursor = new Cursor(words, "a rule", context);
  const isRead = readOptions(draft, isStatic ? STATIC_OPTIONS : OPTIONS, cursor);
  if (!first || !isRead) return undefined;
  const family = commonFamily(draft.addresses, draft.statedFamily, cursor);
  const action = family && actionOf(draft, family, first, cursor);
  if (!family || !action) return undefined;
  const { trackGroup } = draft;
  const rule = {
    family,
    priority: priorityOf(draft, family, first, priorities, cursor),
    action,
    ...conditionsOf(draft),
    protocol: protocolOf(draft, cursor),
    tracked: draft.tracked ?? true,
  };
  return { rule, ...(trackGroup && { trackGroup }) };
}

/** The only action, if what else is said goes with it. */
function actionOf(
  { action, secondActionAt, realms, suppressorAt, priority: own }: RuleDraft,
  family: Family,
  at: Word,
  cursor: Cursor,
): RuleAction | undefined {
  if (!action) return cursor.fail("E401", at, "a rule needs an action: table, goto, blackhole, …");
  if (secondActionAt) return cursor.fail("E402", secondActionAt, "a second action for a rule");
  const place = realms?.place ?? suppressorAt?.place;
  if (place && action.kind !== "table") {
    const message = "realms, suppress_prefixlength and suppress_ifgroup need a table";
    return cursor.fail("E402", { text: "", place }, message);
  }
  if (realms && family === 6) {
    return cursor.fail("E402", { text: "", place: realms.place }, "realms is for IPv4 rules only");
  }
  if (action.kind === "table" && action.table === 0) {
    return cursor.fail("E302", at, "table 0 cannot be used by a rule");
  }
  if (action.kind === "goto" && (own === undefined || own.value >= action.priority)) {
    const message = `goto ${action.priority} needs a priority below that`;
    return cursor.fail("E402", at, message);
  }
  return action;
}

function priorityOf(
  { priority: own }: RuleDraft,
  family: Family,
  at: Word,
  priorities: RulePriorities,
  cursor: Cursor,
): number {
  if (own) return own.value;
  const value = priorities.take(family);
  cursor.fail("W303", at, `a rule without priority gets ${value}`, "priority N");
  return value;
}

/** What packets must be like. */
function conditionsOf(
  draft: RuleDraft,
): Omit<RuleConfig, "family" | "priority" | "action" | "protocol" | "tracked"> {
  const { from, to, tos: service, firewallMark: mark, realms, tunnelId, userIds } = draft;
  const { suppressPrefixLength, suppressInterfaceGroup, inputInterface: input } = draft;
  const { outputInterface: output, ipProtocol, sourcePorts, destinationPorts } = draft;
  return {
    inverted: draft.inverted ?? false,
    ...(from && { from }),
    ...(to && { to }),
    ...(service !== undefined && { tos: service }),
    ...(mark && { firewallMark: mark }),
    ...(realms && { realms: realms.value }),
    ...(suppressPrefixLength !== undefined && { suppressPrefixLength }),
    ...(suppressInterfaceGroup !== undefined && { suppressInterfaceGroup }),
    ...(input !== undefined && { inputInterface: input }),
    ...(output !== undefined && { outputInterface: output }),
    ...(tunnelId !== undefined && { tunnelId }),
    ...(userIds && { userIds }),
    ...(ipProtocol !== undefined && { ipProtocol }),
    ...(sourcePorts && { sourcePorts }),
    ...(destinationPorts && { destinationPorts }),
  };
}

/** What is watched must be recognised as ours. */
function protocolOf(draft: RuleDraft, cursor: Cursor): number {
  const { protocol = PROTOCOL_KEEPALIVED, protocolAt, tracked = true } = draft;
  if (!tracked || !protocolAt || protocol === PROTOCOL_KEEPALIVED) return protocol;
  const message = `a watched rule has protocol ${PROTOCOL_KEEPALIVED}: ${protocol} is ignored`;
  cursor.fail("W403", protocolAt, message, "no_track");
  return PROTOCOL_KEEPALIVED;
}
