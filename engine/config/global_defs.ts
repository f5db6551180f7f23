/**
 * The keyword table of `global_defs`.
 *
 * @module
 */
import { familyOf, type Ip, isMulticast } from "../../net/address.ts";
import type { GarpDraft, GlobalDraft, Profile } from "./drafts.ts";
import { type Code, quote } from "./diagnostic.ts";
import { INCLUDE_CHECKS, type IncludeCheck } from "./includes.ts";
import { FILE_WORDS } from "./global/file_words.ts";
import { FIREWALL_WORDS } from "./global/firewall_words.ts";
import { FOREIGN_WORDS } from "./global/foreign_words.ts";
import { LVS_WORDS } from "./global/lvs_words.ts";
import { MAIL_WORDS } from "./global/mail_words.ts";
import { NOTIFY_WORDS } from "./global/notify_words.ts";
import { PROCESS_WORDS } from "./global/process_words.ts";
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
  noEffect,
  one,
  renamed,
  type Statement,
  toggle,
  values,
  type Vocabulary,
  warnIdle,
} from "./vocabulary.ts";

/** Longest time that 32 bits of microseconds hold. */
const SECONDS_MAX = 4_294;
const US_MAX = 4_294_967_295;
/** keepalived's is longer than timers of this runtime: 23 days are enough. */
const REFRESH_SEC_MAX = 2_000_000;
/** A burst beyond this is a flood. */
const REPEAT_COUNT_MAX = 10_000;
const BUFFER_BYTES_MAX = 2 ** 31 - 1;

const GARP_DOCS: Readonly<Record<keyof GarpDraft, string>> = {
  delaySec: "Seconds after a takeover until addresses are announced again; 0: not; default 5.",
  repeatCount: "Announcements of each address at a time; default 5.",
  refreshSec: "Period in seconds of further announcements; 0: none; default 0.",
  refreshRepeatCount: "Announcements of each address in a refresh; default 1.",
  lowerPriorityDelaySec:
    "Seconds until addresses are announced again after a lower priority was heard.",
  lowerPriorityRepeatCount:
    "Announcements of each address after a lower priority was heard; 0: none.",
};

/** Keywords of gratuitous ARP, `PREFIXmaster_delay` and so on. */
export function garpKeywords<Draft extends { readonly garp: GarpDraft }>(
  prefix: string,
): Record<string, Keyword<Draft>> {
  const table: Record<string, Keyword<Draft>> = {};
  const add = (word: string, read: Read<number>, field: keyof GarpDraft) => {
    table[prefix + word] = one(GARP_DOCS[field], read, ({ garp }, given) => garp[field] = given);
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

/** Whose defaults hold. */
export const profile = oneOf<Profile>({ rfc9568: "rfc9568", keepalived: "keepalived" });

const realtimeLimit = one<GlobalDraft, number>(
  "CPU time in µs that the VRRP process may use without sleeping; default 1000000.",
  integer(1, US_MAX),
  (draft, given) => {
    draft.realtimeLimitUs = given;
  },
);

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
      warnIdle(statement.keyword, "the kernel's own buffers are greater", context);
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
    ...PROCESS_WORDS,
    ...MAIL_WORDS,
    ...NOTIFY_WORDS,
    ...FILE_WORDS,
    ...FIREWALL_WORDS,
    ...LVS_WORDS,
    ...FOREIGN_WORDS,
    disable_local_igmp: flag(
      "Sends no IGMP reports for link-local groups.",
      true,
      (draft, { value }) => draft.disablesLocalIgmp = value,
    ),
    vrrp_rx_bufs_multiplier: noEffect(
      "buffers are the kernel's unless their size is given in bytes",
      one("How many times the policy's size a buffer is; default 3.", integer(1, US_MAX), () => {}),
    ),
    vrrp_delay_after_boot: one(
      "Seconds after boot during which instances stay deaf and dumb.",
      secondsAsUs(1_000, US_MAX),
      (draft, { value }) => draft.delayAfterBootMs = value / 1_000,
    ),
    router_id: one(
      "Name of this router in logs and mails; default: the host name.",
      someText,
      (draft, { value }) => draft.routerId = value,
    ),
    random_seed: one(
      "Seed of _RANDOM and other draws; default: the time.",
      integer(0, 2 ** 32 - 1),
      (_, { value }, { seedRandom }) => seedRandom(value),
    ),
    include_check: values(
      "What plain includes check: read, match, wildcard_match, brace_match; none is all.",
      [many("checks", text())],
      setIncludeChecks,
    ),
    dynamic_interfaces: values("Interfaces may be missing at start and come later.", [
      optional("changes", { kind: "choice", words: ["allow_if_changes"] }),
    ], setDynamicInterfaces),
    default_interface: one(
      "Interface of static addresses that name none; default eth0.",
      interfaceName,
      (draft, { value }) => draft.defaultInterface = value,
    ),
    log_unknown_vrids: flag(
      "Logs advertisements for virtual routers that are not configured.",
      true,
      (draft, { value }) => draft.logUnknownVrids = value,
    ),
    vrrp_rt_priority: one(
      "Real-time priority of the VRRP process, 1 to 99; default 50.",
      clampedInteger(1, 99),
      (draft, { value }) => draft.realtimePriority = value,
    ),
    vrrp_rlimit_rttime: realtimeLimit,
    vrrp_rlimit_rtime: renamed("vrrp_rlimit_rttime", realtimeLimit, true),
    vrrp_version: one(
      "VRRP version of IPv4 instances that do not say; default 2.",
      version,
      (draft, { value }) => draft.version = value,
    ),
    vrrp_mcast_group4: one(
      "Multicast group of IPv4 advertisements; default 224.0.0.18.",
      multicastGroup(4),
      (draft, { value }) => draft.multicastGroup4 = value,
    ),
    vrrp_mcast_group6: one(
      "Multicast group of IPv6 advertisements; default ff02::12.",
      multicastGroup(6),
      (draft, { value }) => draft.multicastGroup6 = value,
    ),
    ...garpKeywords<GlobalDraft>("vrrp_garp_"),
    vrrp_garp_interval: one(
      "Least gap in seconds between two gratuitous ARPs on an interface; default 0.",
      garpGap,
      (draft, { value }) => draft.arpIntervalUs = value,
    ),
    vrrp_gna_interval: one(
      "Least gap in seconds between two Neighbor Advertisements on an interface; default 0.",
      garpGap,
      (draft, { value }) => draft.neighborIntervalUs = value,
    ),
    vrrp_min_garp: toggle(
      "Announces addresses once, where nothing else is said.",
      (draft, { value }) => draft.usesLeastGarp = value,
    ),
    vrrp_down_timer_adverts: one(
      "Advertisements that must be missed before a backup takes over; default 3.",
      downIntervalAdverts,
      (draft, { value }) => draft.downIntervalAdverts = value,
    ),
    vrrp_lower_prio_no_advert: toggle(
      "A master does not answer advertisements of lower priority.",
      (draft, { value }) => draft.ignoresLowerPriority = value,
    ),
    vrrp_higher_prio_send_advert: toggle(
      "A master that hears a higher priority advertises once more before it yields.",
      (draft, { value }) => draft.advertisesBeforeYielding = value,
    ),
    vrrp_check_unicast_src: flag(
      "Unicast advertisements must come from a configured peer.",
      true,
      (draft, { value }) => draft.checksUnicastSource = value,
    ),
    vrrp_skip_check_adv_addr: toggle(
      "Compares advertised addresses only when the master changed.",
      (draft, { value }) => draft.checksAddressesOnChangeOnly = value,
    ),
    vrrp_strict: toggle(
      "Keeps to the RFC where keepalived by default does not.",
      (draft, { value }) => draft.strict = value,
    ),
    v3_checksum_as_v2: toggle(
      "Version 3 checksums over IPv4 leave the pseudo-header out (RFC 9568).",
      (draft, { value }) => draft.omitsPseudoHeader = value,
    ),
    vrrp_profile: one(
      "Whose defaults hold for what is not said: rfc9568 or keepalived; default keepalived.",
      profile,
      (draft, { value }) => draft.profile = value,
    ),
    vrrp_startup_delay: one(
      "Seconds after start during which instances stay deaf and dumb.",
      secondsAsUs(1_000, US_MAX),
      (draft, { value }) => draft.startupDelayMs = value / 1_000,
    ),
    vrrp_owner_ignore_adverts: toggle(
      "The owner of addresses (priority 255) ignores advertisements.",
      (draft, { value }) => draft.ownerIgnoresAdvertisements = value,
    ),
    vrrp_rx_bufs_policy: values(
      "Receive buffers of advertisements: MTU, ADVERT, or bytes.",
      [required("size", text()), many("more", text())],
      setReceiveBuffers,
    ),
  },
};
