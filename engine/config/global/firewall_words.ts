/**
 * Keywords of `global_defs` about packet filters and virtual MAC addresses.
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import type { GlobalDraft } from "../drafts.ts";
import { many, optional, text } from "../shape.ts";
import { integer, someText } from "../values.ts";
import {
  type Context,
  flag,
  type Keyword,
  noEffect,
  one,
  renamed,
  type Statement,
  values,
  type Vocabulary,
} from "../vocabulary.ts";

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const MARK_MAX = 2 ** 32 - 1;
const SET_NAMES_MAX = 6;
const EXTRA_SEC_MAX = 86_400;
const MS_PER_SEC = 1_000;

/** `[all] SECONDS`: without a time it is ignored, as by keepalived. */
export function readExtraAnnouncements(
  { keyword, values: words }: Statement,
  { complaints }: Context,
  secondsMin: number,
): { readonly all: boolean; readonly periodMs: number } | undefined {
  const all = words[0]?.text === "all";
  const time = all ? words[1] : words[0];
  if (!time) {
    complaints.add("W403", keyword.place, `${quote(keyword.text)} without a time is ignored`);
    return undefined;
  }
  const seconds = integer(secondsMin, EXTRA_SEC_MAX)(time, complaints);
  return seconds === undefined ? undefined : { all, periodMs: seconds * MS_PER_SEC };
}

/** What stands behind `garp_extra_if`. */
export const EXTRA_PARAMETERS = [
  optional("which", text("all, or seconds")),
  optional("seconds", text("seconds")),
];

const extraAnnouncements: Keyword<GlobalDraft> = values(
  "Period in seconds of gratuitous ARP on further interfaces with our addresses.",
  EXTRA_PARAMETERS,
  ({ virtualMac }, statement, context) => {
    const read = readExtraAnnouncements(statement, context, 1);
    if (!read) return;
    virtualMac.extraAnnouncementMs = read.periodMs;
    virtualMac.extraAnnouncementsForAll = read.all;
  },
);

/** Why nftables need not mark packets for IPVS. */
const NO_MARKS =
  "each address of a group is a service of its own, in IPVS or nftables: no marks are needed";

/** The words. */
export const FIREWALL_WORDS: Vocabulary<GlobalDraft>["keywords"] = {
  vmac_prefix: one(
    "Begin of the names of interfaces with virtual MAC addresses; default vrrp.",
    someText,
    ({ virtualMac }, { value }) => virtualMac.prefix ??= value,
  ),
  vmac_addr_prefix: one(
    "Begin of the names of such interfaces for single addresses; default: vmac_prefix.",
    someText,
    ({ virtualMac }, { value }) => virtualMac.addressPrefix ??= value,
  ),
  vrrp_garp_extra_if: extraAnnouncements,
  vrrp_vmac_garp_intvl: renamed("vrrp_garp_extra_if", extraAnnouncements),
  vrrp_iptables: noEffect(
    "a table of nftables does the work of iptables, whichever chains there are",
    values(
      "Chains of iptables for rules.",
      [optional("input", text("a chain")), optional("output", text("a chain"))],
      (_, { values: [input, output] }, { complaints }) => {
        if (output && input?.text === output.text) {
          complaints.add("E402", output.place, "the chains for input and output must differ");
        }
      },
    ),
  ),
  vrrp_ipsets: noEffect(
    "nftables has sets of its own",
    values(
      "Names of the sets of iptables rules.",
      [many("names", text("a name"))],
      (_, { values: words }, { complaints }) => {
        const names = words.map((word) => word.text);
        for (const [i, word] of words.entries()) {
          if (word.text === "") complaints.add("E210", word.place, "a set needs a name");
          else if (names.indexOf(word.text) < i) {
            complaints.add("E402", word.place, `the set ${quote(word.text)} is named twice`);
          } else if (i === SET_NAMES_MAX) {
            complaints.add(
              "W207",
              word.place,
              `${quote(word.text)} is ignored: there are six sets`,
            );
          }
        }
      },
    ),
  ),
  nftables: values(
    "Table of nftables for the rules of VRRP; default keepalived.",
    [optional("table", text("a name"))],
    ({ firewall }, { values: [word] }) => {
      firewall.table = word?.text ?? "keepalived";
      firewall.priority = -1;
    },
  ),
  nftables_priority: one(
    "Priority of the chains; default -1.",
    integer(INT32.min, INT32.max),
    ({ firewall }, { value }) => firewall.priority = value,
  ),
  nftables_ifindex: noEffect(
    "rules always match the index, and follow an interface that comes again with another one",
    flag("Rules match the index of an interface, not its name.", true, () => {}),
  ),
  nftables_counters: flag(
    "Rules count what they match.",
    true,
    ({ firewall }, { value }) => firewall.counters = value,
  ),
  nftables_ipvs: noEffect(
    NO_MARKS,
    values(
      "Table of nftables for the firewall marks of virtual servers; default keepalived_ipvs.",
      [optional("table", text("a name"))],
      ({ firewall }, { values: [word] }) => firewall.ipvsTable = word?.text ?? "keepalived_ipvs",
    ),
  ),
  nftables_ipvs_priority: noEffect(
    NO_MARKS,
    one(
      "Priority of its chains; default -1.",
      integer(INT32.min, INT32.max),
      ({ firewall }, { value }) => firewall.ipvsPriority = value,
    ),
  ),
  nftables_ipvs_start_fwmark: noEffect(
    NO_MARKS,
    one(
      "First firewall mark that is used; default 1000.",
      integer(1, MARK_MAX),
      ({ firewall }, { value }) => firewall.ipvsFirstMark = value,
    ),
  ),
};
