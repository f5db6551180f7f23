/**
 * The keyword table of `global_defs`.
 *
 * @module
 */
import { familyOf, type Ip, isMulticast } from "../../net/address.ts";
import type { GarpDraft, GlobalDraft } from "./drafts.ts";
import { type Code, quote } from "./diagnostic.ts";
import { INCLUDE_CHECKS, type IncludeCheck } from "./includes.ts";
import { INACTIVE_IN_GLOBAL_DEFS, inactiveKeywords, warnInactive } from "./known_words.ts";
import { many, optional, required, text } from "./shape.ts";
import {
  address,
  clampedInteger,
  integer,
  interfaceName,
  oneOf,
  type Read,
  reader,
  secondsAsUs,
  someText,
} from "./values.ts";
import {
  type Context,
  flag,
  type Keyword,
  one,
  renamed,
  type Statement,
  toggle,
  values,
  type Vocabulary,
} from "./vocabulary.ts";

/** Longest time that 32 bits of microseconds hold. */
const SECONDS_MAX = 4_294;
const US_MAX = 4_294_967_295;
/** keepalived's is longer than timers of this runtime: 23 days are enough. */
const REFRESH_SEC_MAX = 2_000_000;
/** A burst beyond this is a flood. */
const REPEAT_COUNT_MAX = 10_000;
const BUFFER_BYTES_MAX = 2 ** 31 - 1;

/** Keywords of gratuitous ARP, `PREFIXmaster_delay` and so on. */
export function garpKeywords<Draft extends { readonly garp: GarpDraft }>(
  prefix: string,
): Record<string, Keyword<Draft>> {
  const table: Record<string, Keyword<Draft>> = {};
  const add = (word: string, read: Read<number>, field: keyof GarpDraft) => {
    table[prefix + word] = one("", read, ({ garp }, given) => garp[field] = given);
  };
  add("master_delay", integer(0, SECONDS_MAX), "delaySec");
  add("master_repeat", repeatCount, "repeatCount");
  add("master_refresh", integer(0, REFRESH_SEC_MAX), "refreshSec");
  add("master_refresh_repeat", repeatCount, "refreshRepeatCount");
  add("lower_prio_delay", integer(0, SECONDS_MAX), "lowerPriorityDelaySec");
  add("lower_prio_repeat", integer(0, REPEAT_COUNT_MAX), "lowerPriorityRepeatCount");
  return table;
}

const repeatCountOrZero = integer(0, REPEAT_COUNT_MAX);
/** At least 1; 0 becomes 1. */
const repeatCount: Read<number> = reader(repeatCountOrZero.shape, (word, complaints) => {
  const count = repeatCountOrZero(word, complaints);
  if (count === 0) complaints.add("W303", word.place, "0 messages: 1 is used");
  return count === 0 ? 1 : count;
});

/** A multicast group of one family; undefined drops it, which was complained about. */
export function multicastGroup(family: 4 | 6): Read<Ip> {
  return reader({ kind: "address", family, multicast: true }, (word, complaints) => {
    const ip = address(word, complaints);
    if (ip === undefined) return undefined;
    const wrong: [Code, string] | undefined = familyOf(ip) !== family
      ? ["E404", `${quote(word.text)} is not an IPv${family} address`]
      : !isMulticast(ip)
      ? ["E409", `${quote(word.text)} is not a multicast group`]
      : family === 6 && !/^ff.2:/.test(ip)
      ? [
        "W408",
        `${quote(word.text)} is not link-local: routers may forward it (RFC 9568 §5.1.2.2)`,
      ]
      : undefined;
    if (wrong) complaints.add(wrong[0], word.place, wrong[1]);
    return wrong?.[0].startsWith("E") ? undefined : ip;
  });
}

/** A receive buffer; 0 leaves it to the kernel. */
export const bufferBytes = integer(0, BUFFER_BYTES_MAX);

/** Advertisements missed, as the configuration may say. */
export const downIntervalAdverts = integer(1, 100);

/** Protocol versions. */
export const version = oneOf<2 | 3>({ 2: 2, 3: 3 });

const realtimeLimit = one<GlobalDraft, number>("", integer(1, US_MAX), (draft, given) => {
  draft.realtimeLimitUs = given;
});

/**
 * `include_check [WORD…]`: none is all; a bare first word begins anew, `+word` and `-word` change.
 */
function setIncludeChecks(_: GlobalDraft, { values: words }: Statement, context: Context): void {
  const checks = new Set<IncludeCheck>(words.length === 0 ? INCLUDE_CHECKS : ["read"]);
  for (const [i, { text, place }] of words.entries()) {
    const sign = /^[+-]/.exec(text)?.[0] ?? "";
    const check = INCLUDE_CHECKS.find((each) => each === text.slice(sign.length));
    if (check === undefined || (sign === "" && i > 0)) {
      const message = check === undefined
        ? `${quote(text)} is not one of ${INCLUDE_CHECKS.join(", ")}`
        : `${quote(text)} needs a + or - before it: only the first word stands alone`;
      context.complaints.add("E304", place, message);
      return;
    }
    if (sign === "-") checks.delete(check);
    else checks.add(check);
  }
  context.setIncludeChecks([...checks]);
}

function setReceiveBuffers(draft: GlobalDraft, statement: Statement, context: Context): void {
  for (const word of statement.values) {
    // Sizes that depend on the interface or on each instance.
    if (/^(mtu|advert)$/i.test(word.text)) {
      warnInactive(statement.keyword, context);
      continue;
    }
    const bytes = bufferBytes(word, context.complaints);
    if (bytes !== undefined && bytes > 0) draft.receiveBufferBytes = bytes;
  }
}

function setDynamicInterfaces(
  draft: GlobalDraft,
  { values: [word] }: Statement,
  { complaints }: Context,
): void {
  if (word && word.text !== "allow_if_changes") {
    complaints.add("E304", word.place, `${quote(word.text)} is not allow_if_changes`);
  }
  draft.dynamicInterfaces = true;
}

const garpGap = secondsAsUs(1, 1_000_000_000);

/** The table. */
export const GLOBAL_DEFS: Vocabulary<GlobalDraft> = {
  name: "global_defs",
  keywords: {
    ...inactiveKeywords<GlobalDraft>(INACTIVE_IN_GLOBAL_DEFS),
    router_id: one("", someText, (draft, { value }) => draft.routerId = value),
    random_seed: one(
      "",
      integer(0, 2 ** 32 - 1),
      (_, { value }, { seedRandom }) => seedRandom(value),
    ),
    include_check: values("", [many("checks", text())], setIncludeChecks),
    dynamic_interfaces: values("", [
      optional("changes", { kind: "choice", words: ["allow_if_changes"] }),
    ], setDynamicInterfaces),
    default_interface: one("", interfaceName, (draft, { value }) => draft.defaultInterface = value),
    log_unknown_vrids: flag("", true, (draft, { value }) => draft.logUnknownVrids = value),
    vrrp_rt_priority: one(
      "",
      clampedInteger(1, 99),
      (draft, { value }) => draft.realtimePriority = value,
    ),
    vrrp_rlimit_rttime: realtimeLimit,
    vrrp_rlimit_rtime: renamed("vrrp_rlimit_rttime", realtimeLimit, true),
    vrrp_version: one("", version, (draft, { value }) => draft.version = value),
    vrrp_mcast_group4: one(
      "",
      multicastGroup(4),
      (draft, { value }) => draft.multicastGroup4 = value,
    ),
    vrrp_mcast_group6: one(
      "",
      multicastGroup(6),
      (draft, { value }) => draft.multicastGroup6 = value,
    ),
    ...garpKeywords<GlobalDraft>("vrrp_garp_"),
    vrrp_garp_interval: one("", garpGap, (draft, { value }) => draft.arpIntervalUs = value),
    vrrp_gna_interval: one("", garpGap, (draft, { value }) => draft.neighborIntervalUs = value),
    vrrp_min_garp: toggle("", (draft, { value }) => draft.usesLeastGarp = value),
    vrrp_down_timer_adverts: one(
      "",
      downIntervalAdverts,
      (draft, { value }) => draft.downIntervalAdverts = value,
    ),
    vrrp_lower_prio_no_advert: toggle("", (draft, { value }) => draft.ignoresLowerPriority = value),
    vrrp_higher_prio_send_advert: toggle(
      "",
      (draft, { value }) => draft.advertisesBeforeYielding = value,
    ),
    vrrp_check_unicast_src: flag("", true, (draft, { value }) => draft.checksUnicastSource = value),
    vrrp_skip_check_adv_addr: toggle(
      "",
      (draft, { value }) => draft.checksAddressesOnChangeOnly = value,
    ),
    vrrp_strict: toggle("", (draft, { value }) => draft.strict = value),
    v3_checksum_as_v2: toggle("", (draft, { value }) => draft.omitsPseudoHeader = value),
    vrrp_startup_delay: one(
      "",
      secondsAsUs(1_000, US_MAX),
      (draft, { value }) => draft.startupDelayMs = value / 1_000,
    ),
    vrrp_owner_ignore_adverts: toggle(
      "",
      (draft, { value }) => draft.ownerIgnoresAdvertisements = value,
    ),
    vrrp_rx_bufs_policy: values(
      "",
      [required("size", text()), many("more", text())],
      setReceiveBuffers,
    ),
  },
};
