/**
 * A line of `virtual_ipaddress` and of other blocks of addresses.
 *
 * ```text
 * ADDR[/LEN] [dev IF] [scope SCOPE] [brd ADDR|+|-] [label TEXT] [peer ADDR[/LEN]] [home] [-nodad]
 *            [mngtmpaddr] [noprefixroute] [autojoin] [preferred_lft SEC|forever] [no_track]
 *            [use_vmac]
 * ```
 *
 * @module
 */
import {
  familyOf,
  type Ip,
  ip,
  ipFromBytes,
  ipLength,
  ipToBytes,
  isMulticast,
  parseIp,
  parsePrefix,
  type Prefix,
} from "../../net/address.ts";
import type { VirtualAddress } from "../../machines/config.ts";
import type { StaticEntry } from "../../machines/route_config.ts";
import { IFA_F_NODAD } from "../../net/netlink/rtnetlink_address.ts";
import { type Code, type Complaints, quote } from "./diagnostic.ts";
import { type Given, givenBy } from "./given.ts";
import { nearestWord } from "./nearest_word.ts";
import { own } from "./own.ts";
import { type Grammar, required, text } from "./shape.ts";
import { integer, interfaceName } from "./values.ts";
import { type Context } from "./vocabulary.ts";
import type { Word } from "./words.ts";

/** Flags of `linux/if_addr.h` that a line can set. */
const IFA_F_HOMEADDRESS = 0x10;
const IFA_F_MANAGETEMPADDR = 0x100;
const IFA_F_NOPREFIXROUTE = 0x200;
const IFA_F_MCAUTOJOIN = 0x400;

const LABEL_BYTES_MAX = 15;
const UINT32_MAX = 0xffff_ffff;
const SCOPE_NAMES: Readonly<Record<string, number>> = {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

/** What a line looks like. */
export const ADDRESS_GRAMMAR: Grammar = {
  parameters: [required("address", { kind: "prefix" })],
  options: {
    dev: [required("interface", { kind: "interface" })],
    scope: [required("scope", text("a scope name or number"))],
    brd: [required("address", text("an address, + or -"))],
    broadcast: [required("address", text("an address, + or -"))],
    label: [required("label", text())],
    peer: [required("address", { kind: "prefix" })],
    home: [],
    "-nodad": [],
    mngtmpaddr: [],
    noprefixroute: [],
    autojoin: [],
    preferred_lft: [required("lifetime", text("seconds or forever"))],
    no_track: [],
    use_vmac: [],
  },
};

/** What a line of `static_ipaddress` looks like. */
export const STATIC_ADDRESS_GRAMMAR: Grammar = {
  parameters: ADDRESS_GRAMMAR.parameters,
  options: {
    ...Object.fromEntries(
      Object.entries(ADDRESS_GRAMMAR.options).filter(([word]) => word !== "use_vmac"),
    ),
    track_group: [required("group", { kind: "reference", to: "track_group" })],
  },
};

/** What a line says. */
interface AddressDraft {
  readonly word: Word;
  readonly prefix: Prefix;
  /** The prefix length was written. */
  readonly hasLength: boolean;
  readonly isIpv4: boolean;
  interface?: string;
  scope?: number;
  broadcast?: Given<Ip | "+" | "-">;
  label?: string;
  peer?: Prefix;
  flags: number;
  isDetectingDuplicates: boolean;
  preferredLifetimeSec?: number | "forever";
  tracked: boolean;
  trackGroup?: string;
  virtualMac?: true;
}

/** One option: reads its value if it has one; false drops the line. */
interface Option {
  readonly takesValue: boolean;
  readonly read: (draft: AddressDraft, word: Word, context: Context) => boolean;
}

/** Reads a line. Undefined if it cannot be used, which was then complained about. */
export function readAddressLine(
  words: readonly Word[],
  context: Context,
  grammar: Grammar = ADDRESS_GRAMMAR,
): Given<VirtualAddress & StaticEntry> | undefined {
  const { complaints } = context;
  const word = words[0];
  const prefix = word && readOwnPrefix(word, complaints);
  if (!word || !prefix) return undefined;
  const draft: AddressDraft = {
    word,
    prefix,
    hasLength: word.text.includes("/"),
    isIpv4: familyOf(prefix.ip) === 4,
    flags: 0,
    isDetectingDuplicates: false,
    tracked: true,
  };
  return words.length === 1 || readOptions(draft, words, context, grammar)
    ? givenBy(word, finish(draft, complaints))
    : undefined;
}

/** Whether a word looks like the beginning of such a line. */
export function looksLikeAddress(word: string): boolean {
  const slash = word.indexOf("/");
  return parseIp(slash < 0 ? word : word.slice(0, slash)) !== undefined;
}

function readOwnPrefix(word: Word, complaints: Complaints): Prefix | undefined {
  const { text } = word;
  const prefix = parsePrefix(text);
  if (!prefix) {
    const ip = parseIp(text.replace(/\/.*/s, ""));
    const message = ip === undefined
      ? `${quote(text)} is not an address`
      : `${quote(text)} has a wrong prefix length: 0 to ${ipLength(familyOf(ip)) * 8}`;
    complaints.add(ip === undefined ? "E305" : "E302", word.place, message);
    return undefined;
  }
  if (NO_HOST.has(prefix.ip) || isMulticast(prefix.ip)) {
    complaints.add("E409", word.place, `${quote(text)} cannot be the address of a host`);
    return undefined;
  }
  return prefix;
}

/** Unspecified, and the limited broadcast; ff… of IPv6 are multicast. */
const NO_HOST: ReadonlySet<Ip> = new Set([ip("0.0.0.0"), ip("255.255.255.255"), ip("::")]);

function readOptions(
  draft: AddressDraft,
  words: readonly Word[],
  context: Context,
  grammar: Grammar,
): boolean {
  const { complaints } = context;
  for (let i = 1; i < words.length; i++) {
    const word = words[i];
    if (!word) break;
    const option = Object.hasOwn(grammar.options, word.text) ? OPTIONS[word.text] : undefined;
    if (!option) {
      const known = Object.keys(grammar.options);
      const nearest = nearestWord(word.text, known);
      const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
      complaints.add("E304", word.place, `unknown word ${quote(word.text)} for an address`, hint);
      return false;
    }
    const value = option.takesValue ? words[++i] : word;
    if (!value) {
      complaints.add("E208", word.place, `${quote(word.text)} needs a value`);
      return false;
    }
    if (!option.read(draft, value, context)) return false;
  }
  return true;
}

/** An option that sets something, or says what is wrong with its value. */
function valued(
  read: (draft: AddressDraft, word: Word, complaints: Complaints) => [Code, string] | undefined,
): Option {
  return {
    takesValue: true,
    read: (draft, word, { complaints }) => {
      const wrong = read(draft, word, complaints);
      if (wrong) complaints.add(wrong[0], word.place, wrong[1]);
      return !wrong?.[0].startsWith("E");
    },
  };
}

/** An option without a value. */
function present(set: (draft: AddressDraft) => void, isIpv6Only = false): Option {
  return {
    takesValue: false,
    read: (draft, word, { complaints }) => {
      if (draft.isIpv4 && isIpv6Only) {
        complaints.add("W602", word.place, `${quote(word.text)} means nothing for IPv4`);
      } else set(draft);
      return true;
    },
  };
}

function flagged(bit: number, isIpv6Only = false): Option {
  return present((draft) => draft.flags |= bit, isIpv6Only);
}

const broadcast: Option = valued((draft, word) => {
  const { text, place } = word;
  if (!draft.isIpv4) return ["E402", "an IPv6 address has no broadcast address"];
  if (text !== "+" && text !== "-") {
    const ip = parseIp(text);
    if (ip === undefined || familyOf(ip) !== 4) {
      return ["E305", `${quote(text)} is no IPv4 address`];
    }
    draft.broadcast = { value: ip, place };
    return undefined;
  }
  if (draft.prefix.prefixLength > 30) {
    return ["W403", `/${draft.prefix.prefixLength} has no broadcast address: ignored`];
  }
  draft.broadcast = { value: text, place };
  return undefined;
});

const OPTIONS: Readonly<Record<string, Option>> = {
  dev: {
    takesValue: true,
    read: (draft, word, { complaints }) => {
      if (draft.interface !== undefined) {
        complaints.add("E402", word.place, "dev is given twice");
        return false;
      }
      const name = interfaceName(word, complaints);
      if (name !== undefined) draft.interface = name;
      return name !== undefined;
    },
  },
  scope: valued((draft, { text }) => {
    if (!draft.isIpv4) return ["W403", "the scope of an IPv6 address is fixed: ignored"];
    const isNumber = /^(0[xX][0-9a-fA-F]{1,4}|\d{1,3})$/.test(text);
    const scope = own(SCOPE_NAMES, text) ?? (isNumber ? Number(text) : undefined);
    if (scope === undefined || scope > 255) return ["E304", `${quote(text)} is not a scope`];
    draft.scope = scope;
    return undefined;
  }),
  brd: broadcast,
  broadcast,
  label: valued((draft, { text }) => {
    if (!draft.isIpv4) return ["W403", "an IPv6 address has no label: ignored"];
    if (new TextEncoder().encode(text).length > LABEL_BYTES_MAX) {
      return ["E304", `label ${quote(text)} is longer than ${LABEL_BYTES_MAX} bytes`];
    }
    draft.label = text;
    return undefined;
  }),
  peer: valued((draft, { text }) => {
    const peer = parsePrefix(text);
    if (!peer) return ["E305", `${quote(text)} is not an address`];
    if (familyOf(peer.ip) !== familyOf(draft.prefix.ip)) {
      return ["E404", `peer ${quote(text)} is of another family than its address`];
    }
    draft.peer = peer;
    return undefined;
  }),
  home: flagged(IFA_F_HOMEADDRESS, true),
  "-nodad": present((draft) => draft.isDetectingDuplicates = true, true),
  mngtmpaddr: flagged(IFA_F_MANAGETEMPADDR, true),
  noprefixroute: flagged(IFA_F_NOPREFIXROUTE),
  autojoin: flagged(IFA_F_MCAUTOJOIN),
  preferred_lft: {
    takesValue: true,
    read: (draft, word, { complaints }) => {
      const value = word.text === "forever"
        ? "forever"
        : integer(0, UINT32_MAX - 1)(word, complaints);
      if (value === undefined) return false;
      if (draft.isIpv4) complaints.add("W602", word.place, "preferred_lft means nothing for IPv4");
      else draft.preferredLifetimeSec = value;
      return true;
    },
  },
  no_track: present((draft) => draft.tracked = false),
  track_group: valued((draft, { text }) => {
    draft.trackGroup = text;
    return undefined;
  }),
  use_vmac: present((draft) => draft.virtualMac = true),
};

function finish(draft: AddressDraft, complaints: Complaints): VirtualAddress & StaticEntry {
  const { word, peer, prefix, isIpv4 } = draft;
  if (peer && draft.hasLength) {
    complaints.add("W403", word.place, "with a peer the prefix length of the address is ignored");
  }
  if (peer && draft.broadcast) {
    const message = "an address with a peer has no broadcast address: ignored";
    complaints.add("W403", draft.broadcast.place, message);
  }
  const nodad = isIpv4 || draft.isDetectingDuplicates ? 0 : IFA_F_NODAD;
  const prefixLength = peer?.prefixLength ?? prefix.prefixLength;
  const lifetimeSec = draft.preferredLifetimeSec ?? defaultLifetimeSec(prefix);
  const broadcastIp = draft.broadcast && !peer
    ? resolveBroadcast(prefix, draft.broadcast.value)
    : undefined;
  return {
    ip: prefix.ip,
    prefixLength,
    ...(draft.interface === undefined ? {} : { interface: draft.interface }),
    scope: draft.scope ?? 0,
    ...(broadcastIp === undefined ? {} : { broadcast: broadcastIp }),
    ...(draft.label === undefined ? {} : { label: draft.label }),
    ...(peer ? { peer } : {}),
    flags: draft.flags | nodad,
    ...(lifetimeSec === "forever" ? {} : { preferredLifetimeSec: lifetimeSec }),
    tracked: draft.tracked,
    ...(draft.virtualMac && { virtualMac: true }),
    ...(draft.trackGroup === undefined ? {} : { trackGroup: draft.trackGroup }),
  };
}

/** A single IPv6 address is deprecated from the start, so that it is no source of connections. */
function defaultLifetimeSec({ ip, prefixLength }: Prefix): number | "forever" {
  return familyOf(ip) === 6 && prefixLength === 128 ? 0 : "forever";
}

/** `+`: all host bits one; `-`: all zero. */
function resolveBroadcast({ ip, prefixLength }: Prefix, value: Ip | "+" | "-"): Ip {
  if (value !== "+" && value !== "-") return value;
  const octets = ipToBytes(ip);
  for (const [i, octet] of octets.entries()) {
    const networkBits = Math.min(8, Math.max(0, prefixLength - i * 8));
    const hostMask = 0xff >> networkBits;
    octets[i] = value === "+" ? octet | hostMask : octet & ~hostMask;
  }
  return ipFromBytes(octets);
}
