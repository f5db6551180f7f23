/**
 * The keyword table of `vrrp_instance`, and of `authentication` in it.
 *
 * @module
 */
import { ADDRESS_GRAMMAR, looksLikeAddress, readAddressLine } from "./address_line.ts";
import type { AuthenticationDraft, InstanceDraft } from "./drafts.ts";
import {
  bufferBytes,
  downIntervalAdverts,
  garpKeywords,
  multicastGroup,
  version,
} from "./global_defs.ts";
import { INACTIVE_IN_VRRP_INSTANCE, inactiveKeywords } from "./known_words.ts";
import { readPeerLine } from "./peer_line.ts";
import { type Grammar, many, optional, required, text } from "./shape.ts";
import {
  address,
  type Given,
  integer,
  interfaceName,
  oneOf,
  reader,
  secondsAsUs,
} from "./values.ts";
import {
  block,
  type Context,
  flag,
  items,
  type Keyword,
  one,
  refused,
  toggle,
  values,
  type Vocabulary,
} from "./vocabulary.ts";
import type { Word } from "./words.ts";

/** Octets of a version 2 password on the wire (RFC 2338 §5.3.6.1). */
const PASSWORD_BYTES_MAX = 8;

const ADVERTISEMENT_INTERVAL_US = { min: 10_000, max: 255_000_000 };
const PREEMPT_DELAY_US_MAX = 1_000_000_000;

/** The octets of a password that fit; the rest is cut off. */
function password(word: Word, { complaints }: Context): string | undefined {
  const bytes = new TextEncoder().encode(word.text);
  const cut = new TextDecoder().decode(bytes.subarray(0, PASSWORD_BYTES_MAX));
  if (word.text.includes("\ufffd") || cut.includes("\ufffd")) {
    const message = `a password must be UTF-8, also when cut to ${PASSWORD_BYTES_MAX} bytes`;
    complaints.add("E111", word.place, message);
    return undefined;
  }
  if (bytes.length > PASSWORD_BYTES_MAX) {
    const message = `a password has at most ${PASSWORD_BYTES_MAX} bytes: the rest is cut off`;
    complaints.add("W303", word.place, message);
  }
  const { line, column } = word.place;
  const behind = line.text.startsWith(word.text, column - 1)
    ? line.text.charAt(column - 1 + word.text.length)
    : "";
  if (behind === "#" || behind === "!") {
    const message = `the password ends before the ${behind}, which begins a comment`;
    complaints.add(
      "W602",
      word.place,
      message,
      "double quotes, on every router, if it belongs to it",
    );
  }
  return cut;
}

const AUTHENTICATION: Vocabulary<AuthenticationDraft> = {
  name: "authentication",
  isSecret: true,
  keywords: {
    auth_type: one(
      "",
      oneOf<"PASS" | "AH">({ PASS: "PASS", AH: "AH" }),
      (draft, given) => draft.type = given,
    ),
    auth_pass: {
      ...values<AuthenticationDraft>(
        "",
        [required("password", text())],
        (draft, { values: [word] }, context) => {
          const value = word && password(word, context);
          if (word && value !== undefined) draft.password = { value, place: word.place };
        },
      ),
      isSecret: true,
    },
  },
};

/** MASTER stays: a template that says BACKUP later does not undo it. */
function setState(
  draft: InstanceDraft,
  given: Given<"MASTER" | "BACKUP">,
  { complaints }: Context,
): void {
  if (draft.state?.value === "MASTER" && given.value === "BACKUP") {
    complaints.add("W403", given.place, "state BACKUP after state MASTER is ignored");
  } else draft.state = given;
}

/** A block of addresses. */
function addressBlock(doc: string, list: "addresses" | "excluded"): Keyword<InstanceDraft> {
  return items(doc, ADDRESS_GRAMMAR, (draft) => ({
    accepts: looksLikeAddress,
    add: (words, context) => {
      const [word] = words;
      if (word && list === "addresses") draft.firstFamily ??= word.text.includes(":") ? 6 : 4;
      const line = readAddressLine(words, context);
      if (line) draft[list].push(line);
      else draft.hasBadAddress = true;
    },
  }));
}

const TTL = { kind: "integer", min: 0, max: 255 } as const;
const PEER_GRAMMAR: Grammar = {
  parameters: [required("address", { kind: "address" })],
  options: { min_ttl: [required("ttl", TTL)], max_ttl: [required("ttl", TTL)] },
};

const peerBlock = items<InstanceDraft>("", PEER_GRAMMAR, (draft, { keyword }) => {
  draft.unicastPeersAt = keyword.place;
  return {
    accepts: looksLikeAddress,
    add: (words, context) => {
      const line = readPeerLine(words, context);
      if (line) draft.peers.push(line);
      else draft.hasBadPeer = true;
    },
  };
});

/** A keyword whose values nobody reads yet. */
const unread = values<InstanceDraft>("", [many("values", text())], () => {});
/** A block that nobody reads yet. */
const unreadBlock: Keyword<InstanceDraft> = {
  ...unread,
  inner: { kind: "words", shape: text() },
};

const ADDRESS_KEYWORDS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  virtual_ipaddress: addressBlock("", "addresses"),
  virtual_ipaddress_excluded: addressBlock("", "excluded"),
  no_virtual_ipaddress: refused(
    "an advertisement names at least one address (RFC 9568 §5.2.5)",
    unread,
  ),
  mcast_src_ip: one("", address, (draft, given) => draft.multicastSourceIp = given),
  unicast_src_ip: one("", address, (draft, given) => draft.unicastSourceIp = given),
  mcast_dst_ip: one(
    "",
    reader(
      { kind: "address", multicast: true },
      (word, complaints) => multicastGroup(word.text.includes(":") ? 6 : 4)(word, complaints),
    ),
    (draft, given) => draft.multicastGroup = given,
  ),
  track_src_ip: flag("", true as const, (draft, given) => draft.tracksSourceIp = given),
};

const UNICAST_KEYWORDS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  unicast_peer: peerBlock,
  unicast_fault_no_peer: flag(
    "",
    true as const,
    (draft, given) => draft.faultsWithoutPeers = given,
  ),
  check_unicast_src: flag("", true as const, (draft, given) => draft.checksUnicastSource = given),
  unicast_ttl: one("", integer(0, 255), (draft, given) => draft.unicastHopLimit = given),
  old_unicast_checksum: values(
    "",
    [optional("when", { kind: "choice", words: ["never"] })],
    (draft, { keyword, values: [word] }, { complaints }) => {
      const value = word ? oneOf<"never">({ never: "never" })(word, complaints) : "always";
      if (value) draft.oldUnicastChecksum = { value, place: keyword.place };
    },
  ),
};

const ELECTION_KEYWORDS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  preempt: flag("", true, (draft, given) => draft.preempt = given),
  nopreempt: flag("", false, (draft, given) => draft.preempt = given),
  preempt_delay: one(
    "",
    secondsAsUs(0, PREEMPT_DELAY_US_MAX),
    (draft, given) => draft.preemptDelayUs = given,
  ),
  down_timer_adverts: one(
    "",
    downIntervalAdverts,
    (draft, given) => draft.downIntervalAdverts = given,
  ),
  lower_prio_no_advert: toggle("", (draft, given) => draft.ignoresLowerPriority = given),
  higher_prio_send_advert: toggle("", (draft, given) => draft.advertisesBeforeYielding = given),
  owner_ignore_adverts: toggle("", (draft, given) => draft.ownerIgnoresAdvertisements = given),
  accept: flag("", true, (draft, given) => draft.accept = given),
  no_accept: flag("", false, (draft, given) => draft.accept = given),
  strict_mode: toggle("", (draft, given) => draft.strict = given),
  skip_check_adv_addr: toggle("", (draft, given) => draft.checksAddressesOnChangeOnly = given),
  v3_checksum_as_v2: toggle("", (draft, given) => draft.omitsPseudoHeader = given),
  dont_track_primary: flag("", true as const, (draft, given) => draft.ignoresOwnInterface = given),
};

/** The table. */
export const VRRP_INSTANCE: Vocabulary<InstanceDraft> = {
  name: "vrrp_instance",
  mention: ({ mentioned }, word) => mentioned.add(word),
  keywords: {
    ...inactiveKeywords<InstanceDraft>(INACTIVE_IN_VRRP_INSTANCE),
    interface: one("", interfaceName, (draft, given, { complaints }) => {
      if (given.value === "lo") complaints.add("E409", given.place, "VRRP needs a network, not lo");
      draft.interface = given;
    }),
    virtual_router_id: one("", integer(1, 255), (draft, given) => draft.vrid = given),
    state: one("", oneOf<"MASTER" | "BACKUP">({ MASTER: "MASTER", BACKUP: "BACKUP" }), setState),
    priority: one("", integer(1, 255), (draft, given) => draft.priority = given),
    version: one("", version, (draft, given) => draft.version = given),
    advert_int: one(
      "",
      secondsAsUs(ADVERTISEMENT_INTERVAL_US.min, ADVERTISEMENT_INTERVAL_US.max),
      (draft, given) => draft.advertisementIntervalUs = given,
    ),
    native_ipv6: flag("", true as const, (draft, given) => draft.nativeIpv6 = given),
    ...ADDRESS_KEYWORDS,
    ...UNICAST_KEYWORDS,
    ...ELECTION_KEYWORDS,
    ...garpKeywords<InstanceDraft>("garp_"),
    authentication: block("", [], AUTHENTICATION, (draft, { keyword }) => {
      draft.authenticationAt = keyword.place;
      return draft.authentication ??= {};
    }),
    auth_hmac: refused(
      "peers with it would discard our advertisements, and both would be active",
      unreadBlock,
    ),
    vrf: refused(
      "our advertisements would leave by another routing table, and both would be active",
      unread,
    ),
    kernel_rx_buf_size: one("", bufferBytes, (draft, given) => draft.receiveBufferBytes = given),
  },
};
