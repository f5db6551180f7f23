/**
 * Keywords of `vrrp_instance` about the interfaces it makes or changes, and other rare ones.
 *
 * @module
 */
import { type Mac, parseMac, parsePrefix } from "../../net/address.ts";
import type { IpvlanOptions, VirtualMacOptions } from "../../machines/interface_config.ts";
import { quote } from "./diagnostic.ts";
import type { Filling, InstanceDraft } from "./drafts.ts";
import { EXTRA_PARAMETERS, readExtraAnnouncements } from "./global/firewall_words.ts";
import { many, optional, text } from "./shape.ts";
import { integer, interfaceName } from "./values.ts";
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
} from "./vocabulary.ts";
import type { Word } from "./words.ts";

const DEBUG_MAX = 4;
const PRIORITY_MAX = 254;

const MAC_OCTETS = /^([0-9a-fA-F]{1,2}:){4,5}[0-9a-fA-F]{0,2}$/;
/** The addresses of virtual routers: they are taken without being named. */
const VIRTUAL_ROUTER_MAC = /^00:00:5e:00:0[12]:/;
const MULTICAST_BIT = 1;

/** Six octets, or five and the VRID; undefined, which was complained about, if it will not do. */
function readMac(
  word: Word,
  vrid: number | undefined,
  { complaints }: Context,
): Mac | undefined {
  const octets = word.text.replace(/:$/, "").split(":");
  const whole = octets.length === 5 ? [...octets, (vrid ?? 0).toString(16)] : octets;
  const mac = parseMac(whole.join(":"));
  const wrong = mac === undefined
    ? "is not a MAC address"
    : (Number.parseInt(mac.slice(0, 2), 16) & MULTICAST_BIT) !== 0
    ? "is a multicast MAC address"
    : VIRTUAL_ROUTER_MAC.test(mac)
    ? "is a virtual router's MAC address, which need not be given"
    : undefined;
  if (wrong === undefined) return mac;
  complaints.add("E409", word.place, `${quote(word.text)} ${wrong}`);
  return undefined;
}

/** A word after `name` or `group`; undefined, which was complained about, without one. */
function behind(word: Word, next: Word | undefined, { complaints }: Context): Word | undefined {
  if (!next) complaints.add("E208", word.place, `${quote(word.text)} needs a value`);
  return next;
}

function setVirtualMac(
  draft: InstanceDraft,
  { keyword, values: words }: Statement,
  context: Context,
) {
  const options: Filling<VirtualMacOptions> & { notifiesNetlink: boolean } = {
    notifiesNetlink: false,
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word) break;
    if (word.text === "netlink_notify_msg") options.notifiesNetlink = true;
    else if (word.text === "group") {
      const name = behind(word, words[++i], context);
      if (name) draft.interfaceGroup = name;
    } else if (MAC_OCTETS.test(word.text)) {
      const mac = readMac(word, draft.vrid?.value, context);
      if (mac) options.mac = mac;
    } else {
      const word2 = word.text === "name" ? behind(word, words[++i], context) : word;
      const name = word2 && interfaceName(word2, context.complaints);
      if (name !== undefined) options.name = name;
    }
  }
  draft.virtualMac = { value: options, place: keyword.place };
}

const MODES: readonly string[] = ["bridge", "private", "vepa"];

function setIpvlan(draft: InstanceDraft, { keyword, values: words }: Statement, context: Context) {
  const options: Filling<IpvlanOptions> & { mode: IpvlanOptions["mode"] } = { mode: "bridge" };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word) break;
    const prefix = parsePrefix(word.text);
    if (MODES.includes(word.text)) options.mode = word.text as IpvlanOptions["mode"];
    else if (word.text === "group") {
      const name = behind(word, words[++i], context);
      if (name) draft.interfaceGroup = name;
    } else if (prefix) options.address = prefix;
    else {
      const word2 = word.text === "name" ? behind(word, words[++i], context) : word;
      const name = word2 && interfaceName(word2, context.complaints);
      if (name !== undefined) options.name = name;
    }
  }
  draft.ipvlan = { value: options, place: keyword.place };
}

const timerExpired: Keyword<InstanceDraft> = noEffect(
  "a router that was stalled always reads what it missed before it says a word",
  values(
    "Goes to BACKUP after a stall; the greatest priority of others, default 254.",
    [optional("priority", { kind: "integer", min: 1, max: PRIORITY_MAX })],
    (_, { values: [word] }, { complaints }) => {
      if (word) integer(1, PRIORITY_MAX)(word, complaints);
    },
  ),
);

const extraAnnouncements: Keyword<InstanceDraft> = values(
  "Period in seconds of gratuitous ARP on further interfaces with our addresses; 0: none.",
  EXTRA_PARAMETERS,
  (draft, statement, context) => {
    const read = readExtraAnnouncements(statement, context, 0);
    if (read) draft.extraAnnouncements = read;
  },
);

/** The words. */
export const INTERFACE_KEYWORDS: Vocabulary<InstanceDraft>["keywords"] = {
  use_vmac: values(
    "A macvlan with the virtual MAC: [[name] IFNAME] [MAC] [netlink_notify_msg] [group G].",
    [many("options", text("name, MAC address and so on"))],
    setVirtualMac,
  ),
  use_vmac_addr: flag(
    "Such interfaces for addresses on other interfaces, too.",
    true,
    (draft) => draft.usesVirtualMacForAddresses = true,
  ),
  vmac_xmit_base: flag(
    "Advertisements leave by the base interface.",
    true,
    (draft) => draft.transmitsOnBase = true,
  ),
  use_ipvlan: values(
    "An ipvlan interface: [[name] IFNAME] [ADDR/LEN] [bridge|private|vepa] [group G].",
    [many("options", text("name, address, mode"))],
    setIpvlan,
  ),
  promote_secondaries: flag(
    "Another address takes over when the first of a network is deleted.",
    true,
    (draft) => draft.promotesSecondaries = true,
  ),
  timer_expired_backup: timerExpired,
  thread_timer_expired: renamed("timer_expired_backup", timerExpired),
  garp_extra_if: extraAnnouncements,
  vmac_garp_intvl: renamed("garp_extra_if", extraAnnouncements),
  linkbeat_use_polling: renamed(
    "linkbeat_interfaces",
    flag(
      "Asks for the link state of the interface.",
      true,
      (draft) => draft.pollsLink = true,
    ),
  ),
  debug: noEffect(
    "stayd's journal has everything",
    one("Level of detail, 0 to 4.", integer(0, DEBUG_MAX), () => {}),
  ),
  lvs_sync_daemon_interface: renamed(
    "lvs_sync_daemon in global_defs",
    one(
      "Interface of the sync daemon.",
      interfaceName,
      (draft, { value }) => draft.syncDaemonInterface = value,
    ),
  ),
};
