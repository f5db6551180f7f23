/**
 * The keyword table of `vrrp_instance`.
 *
 * @module
 */
import { ADDRESS_GRAMMAR, looksLikeAddress, readAddressLine } from "./address_line.ts";
import { AUTH_HMAC, AUTHENTICATION } from "./authentication.ts";
import type { InstanceDraft } from "./drafts.ts";
import type { Given } from "./given.ts";
import {
  bufferBytes,
  downIntervalAdverts,
  garpKeywords,
  multicastGroup,
  profile,
  version,
} from "./global_defs.ts";
import { INTERFACE_KEYWORDS } from "./instance_interface.ts";
import { NOTIFY_KEYWORDS } from "./instance_notify.ts";
import { readPeerLine } from "./peer_line.ts";
import { ROUTE_BLOCKS } from "./routing/route_blocks.ts";
import { type Grammar, optional, required } from "./shape.ts";
import { address, integer, interfaceName, oneOf, reader, secondsAsUs } from "./values.ts";
import {
  block,
  type Context,
  flag,
  items,
  type Keyword,
  one,
  toggle,
  values,
  type Vocabulary,
} from "./vocabulary.ts";

const ADVERTISEMENT_INTERVAL_US = { min: 10_000, max: 255_000_000 };
const PREEMPT_DELAY_US_MAX = 1_000_000_000;

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

const peerBlock = items<InstanceDraft>(
  "Routers that unicast advertisements are exchanged with.",
  PEER_GRAMMAR,
  (draft, { keyword }) => {
    draft.unicastPeersAt = keyword.place;
    return {
      accepts: looksLikeAddress,
      add: (words, context) => {
        const line = readPeerLine(words, context);
        if (line) draft.peers.push(line);
        else draft.hasBadPeer = true;
      },
    };
  },
);

const ADDRESS_KEYWORDS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  virtual_ipaddress: addressBlock("Virtual addresses, which are advertised.", "addresses"),
  virtual_ipaddress_excluded: addressBlock(
    "Addresses that come and go with the role, but are not advertised.",
    "excluded",
  ),
  no_virtual_ipaddress: flag(
    "Advertisements may name no address, which RFC 9568 §5.2.5 does not know; not in strict mode.",
    true as const,
    (draft, given) => draft.allowsNoAddress = given,
  ),
  mcast_src_ip: one(
    "Source of multicast advertisements; default: the primary address of the interface.",
    address,
    (draft, given) => draft.multicastSourceIp = given,
  ),
  unicast_src_ip: one(
    "Source of unicast advertisements; default: the primary address of the interface.",
    address,
    (draft, given) => draft.unicastSourceIp = given,
  ),
  mcast_dst_ip: one(
    "Multicast group; default: that of global_defs.",
    reader(
      { kind: "address", multicast: true },
      (word, complaints) => multicastGroup(word.text.includes(":") ? 6 : 4)(word, complaints),
    ),
    (draft, given) => draft.multicastGroup = given,
  ),
  track_src_ip: flag(
    "A vanished configured source is a fault.",
    true as const,
    (draft, given) => draft.tracksSourceIp = given,
  ),
};

const UNICAST_KEYWORDS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  unicast_peer: peerBlock,
  unicast_fault_no_peer: flag(
    "Unicast without peers is a fault instead of multicast.",
    true as const,
    (draft, given) => draft.faultsWithoutPeers = given,
  ),
  check_unicast_src: flag(
    "Advertisements must come from a configured peer.",
    true as const,
    (draft, given) => draft.checksUnicastSource = given,
  ),
  unicast_ttl: one(
    "TTL of unicast advertisements; default 255.",
    integer(0, 255),
    (draft, given) => draft.unicastHopLimit = given,
  ),
  old_unicast_checksum: values(
    "Version 3 checksums of old keepalived releases; never: not even for a peer that has them.",
    [optional("when", { kind: "choice", words: ["never"] })],
    (draft, { keyword, values: [word] }, { complaints }) => {
      const value = word ? oneOf<"never">({ never: "never" })(word, complaints) : "always";
      if (value) draft.oldUnicastChecksum = { value, place: keyword.place };
    },
  ),
};

const ELECTION_KEYWORDS: Readonly<Record<string, Keyword<InstanceDraft>>> = {
  preempt: flag(
    "Takes over from a master of lower priority; this is the default.",
    true,
    (draft, given) => draft.preempt = given,
  ),
  nopreempt: flag(
    "Does not take over from a master of lower priority.",
    false,
    (draft, given) => draft.preempt = given,
  ),
  preempt_delay: one(
    "Seconds before a master of lower priority is preempted; default 0.",
    secondsAsUs(0, PREEMPT_DELAY_US_MAX),
    (draft, given) => draft.preemptDelayUs = given,
  ),
  down_timer_adverts: one(
    "Advertisements that must be missed before a backup takes over; default 3.",
    downIntervalAdverts,
    (draft, given) => draft.downIntervalAdverts = given,
  ),
  lower_prio_no_advert: toggle(
    "Does not answer advertisements of lower priority.",
    (draft, given) => draft.ignoresLowerPriority = given,
  ),
  higher_prio_send_advert: toggle(
    "Advertises once more before it yields to a higher priority.",
    (draft, given) => draft.advertisesBeforeYielding = given,
  ),
  owner_ignore_adverts: toggle(
    "The owner of the addresses (priority 255) ignores advertisements.",
    (draft, given) => draft.ownerIgnoresAdvertisements = given,
  ),
  accept: flag(
    "Packets to the virtual addresses are for us; this is the default.",
    true,
    (draft, given) => draft.accept = given,
  ),
  no_accept: flag(
    "Packets to the virtual addresses are dropped.",
    false,
    (draft, given) => draft.accept = given,
  ),
  strict_mode: toggle(
    "Keeps to the RFC where keepalived by default does not.",
    (draft, given) => draft.strict = given,
  ),
  skip_check_adv_addr: toggle(
    "Compares advertised addresses only when the master changed.",
    (draft, given) => draft.checksAddressesOnChangeOnly = given,
  ),
  v3_checksum_as_v2: toggle(
    "Version 3 checksums over IPv4 leave the pseudo-header out (RFC 9568).",
    (draft, given) => draft.omitsPseudoHeader = given,
  ),
  vrrp_profile: one(
    "Whose defaults hold for what is not said: rfc9568 or keepalived; default: global_defs'.",
    profile,
    (draft, given) => draft.profile = given,
  ),
  dont_track_primary: flag(
    "A fault of the own interface is none of the instance.",
    true as const,
    (draft, given) => draft.ignoresOwnInterface = given,
  ),
};

/** The table. */
export const VRRP_INSTANCE: Vocabulary<InstanceDraft> = {
  name: "vrrp_instance",
  mention: ({ mentioned }, word) => mentioned.add(word),
  keywords: {
    interface: one(
      "Interface that the virtual router lives on.",
      interfaceName,
      (draft, given, { complaints }) => {
        if (given.value === "lo") {
          complaints.add(
            "E409",
            given.place,
            "VRRP needs a network, not lo",
          );
        }
        draft.interface = given;
      },
    ),
    virtual_router_id: one(
      "VRID, 1 to 255.",
      integer(1, 255),
      (draft, given) => draft.vrid = given,
    ),
    state: one(
      "MASTER or BACKUP: the role wanted at start.",
      oneOf<"MASTER" | "BACKUP">({ MASTER: "MASTER", BACKUP: "BACKUP" }),
      setState,
    ),
    priority: one(
      "1 to 255; 255 owns the addresses; default 100.",
      integer(1, 255),
      (draft, given) => draft.priority = given,
    ),
    version: one(
      "VRRP version: 2 or 3; IPv6 is always 3.",
      version,
      (draft, given) => draft.version = given,
    ),
    advert_int: one(
      "Seconds between advertisements; default 1.",
      secondsAsUs(ADVERTISEMENT_INTERVAL_US.min, ADVERTISEMENT_INTERVAL_US.max),
      (draft, given) => draft.advertisementIntervalUs = given,
    ),
    native_ipv6: flag(
      "The family is IPv6.",
      true as const,
      (draft, given) => draft.nativeIpv6 = given,
    ),
    ...ADDRESS_KEYWORDS,
    ...ROUTE_BLOCKS,
    ...UNICAST_KEYWORDS,
    ...ELECTION_KEYWORDS,
    ...garpKeywords<InstanceDraft>("garp_"),
    authentication: block("Version 2 authentication.", [], AUTHENTICATION, (draft, { keyword }) => {
      draft.authenticationAt = keyword.place;
      return draft.authentication ??= {};
    }),
    auth_hmac: block(
      "Signs advertisements, and takes only what is signed.",
      [],
      AUTH_HMAC,
      (draft, { keyword: { place } }) => draft.hmac ??= { place, keys: new Map() },
    ),
    vrf: one(
      "VRF device of unicast sockets.",
      interfaceName,
      (draft, given) => draft.vrf = given,
    ),
    ...NOTIFY_KEYWORDS,
    ...INTERFACE_KEYWORDS,
    kernel_rx_buf_size: one(
      "Receive buffer of advertisements in bytes.",
      bufferBytes,
      (draft, given) => draft.receiveBufferBytes = given,
    ),
  },
};
