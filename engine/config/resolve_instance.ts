/**
 * A `vrrp_instance` with its defaults, derived values and cross-checks (RFC 9568 §6.1, RFC 3768
 * §6.1).
 *
 * Every check runs, whatever an earlier one found: with an error nothing of the result is used, and
 * the operator sees all of them at once.
 *
 * @module
 */
import { type Family, familyOf, type Ip, isLinkLocal } from "../../net/address.ts";
import type { AnnouncementConfig } from "../../machines/announcement_config.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { Complaints } from "./diagnostic.ts";
import type { GlobalDraft, InstanceDraft } from "./drafts.ts";
import type { Given } from "./given.ts";
import { resolveAddresses } from "./resolve_addresses.ts";
import {
  DOWN_INTERVAL_ADVERTS,
  MULTICAST_GROUP,
  resolveAnnouncements,
} from "./resolve_defaults.ts";
import { resolveUnicast } from "./resolve_unicast.ts";
import type { Subject } from "./subject.ts";

const PRIORITY_OWNER = 255;
const PRIORITY_DEFAULT = 100;

/** The instance as it will run. */
export function resolveInstance(
  draft: InstanceDraft,
  global: GlobalDraft,
  complaints: Complaints,
): VrrpInstanceConfig {
  const subject = judge(draft, global, complaints);
  const { family, version, priority } = subject;
  const unicast = resolveUnicast(subject);
  const isUnicast = unicast.unicastPeers.length > 0;
  checkRequired(subject, isUnicast);
  return {
    name: draft.name.value,
    ...(draft.interface ? { interface: draft.interface.value } : {}),
    family,
    version,
    vrid: draft.vrid?.value ?? 0,
    priority,
    advertisementIntervalCs: advertisementIntervalCs(subject),
    downIntervalAdverts: downIntervalAdverts(subject),
    ...preemption(subject),
    startupDelayMs: global.startupDelayMs ?? 0,
    accept: accept(subject),
    strict: subject.isStrict,
    tracksInterface: !draft.ignoresOwnInterface,
    multicastGroup: multicastGroup(subject, isUnicast),
    ...unicast,
    checksumIncludesPseudoHeader:
      !(draft.omitsPseudoHeader?.value ?? global.omitsPseudoHeader ?? subject.followsRfc),
    ...password(subject),
    ...elections(subject),
    checksAddressesOnChangeOnly: draft.checksAddressesOnChangeOnly?.value ??
      global.checksAddressesOnChangeOnly ?? false,
    ...rest(subject),
    announcements: announcements(subject),
    ...resolveAddresses(subject, isUnicast),
    ...receiveBuffer(subject),
  };
}

function judge(draft: InstanceDraft, global: GlobalDraft, complaints: Complaints): Subject {
  const family = familyOfInstance(draft);
  const isStrict = draft.strict?.value ?? global.strict ?? false;
  const priority = draft.priority?.value ??
    (draft.state?.value === "MASTER" ? PRIORITY_OWNER : PRIORITY_DEFAULT);
  const isOwner = priority === PRIORITY_OWNER;
  let wantsActive = draft.state ? draft.state.value === "MASTER" : isOwner;
  if (isStrict && draft.state && wantsActive !== isOwner) {
    const message = isOwner
      ? "an address owner (priority 255) starts as MASTER in strict mode: ignored"
      : "only an address owner (priority 255) starts as MASTER in strict mode: ignored";
    complaints.add("W403", draft.state.place, message);
    wantsActive = isOwner;
  }
  const followsRfc = (draft.profile?.value ?? global.profile) === "rfc9568";
  const version = versionOf(draft, global, family, complaints) ?? (followsRfc ? 3 : 2);
  const roles = { priority, isOwner, isStrict, wantsActive, followsRfc };
  return { draft, global, complaints, family, version, ...roles };
}

/** The family that is said outright, or that the first address has that says one. */
function familyOfInstance(draft: InstanceDraft): Family {
  if (draft.nativeIpv6) return 6;
  const { firstFamily, unicastSourceIp, multicastSourceIp, peers, multicastGroup } = draft;
  if (firstFamily) return firstFamily;
  const witness = unicastSourceIp?.value ?? multicastSourceIp?.value ?? peers[0]?.value.ip ??
    multicastGroup?.value;
  return witness === undefined ? 4 : familyOf(witness);
}

function versionOf(
  { version: given }: InstanceDraft,
  global: GlobalDraft,
  family: Family,
  complaints: Complaints,
): 2 | 3 | undefined {
  if (family === 4) return given?.value ?? global.version;
  if (given?.value === 2) {
    complaints.add("W403", given.place, "VRRP version 2 has no IPv6: version 3 is used");
  }
  return 3;
}

function checkRequired({ draft, complaints, family }: Subject, isUnicast: boolean): void {
  const { name: { value: name, place }, mentioned, unicastSourceIp } = draft;
  if (!mentioned.has("virtual_router_id")) {
    complaints.add("E401", place, `vrrp_instance ${name} needs a virtual_router_id`);
  }
  if (mentioned.has("interface")) return;
  if (!isUnicast || !unicastSourceIp) {
    const message = `vrrp_instance ${name} needs an interface`;
    complaints.add("E401", place, message, "or unicast_src_ip with unicast_peer");
  } else if (family === 6 && isLinkLocal(unicastSourceIp.value)) {
    const message = "a link-local source address needs an interface";
    complaints.add("E402", unicastSourceIp.place, message);
  }
}

const US_PER_SEC = 1_000_000;
const CS_PER_SEC = 100;
const US_PER_CS = 10_000;
/** The field has 8 bits of seconds in version 2, 12 bits of centiseconds in version 3. */
const INTERVAL_SEC_MAX = 255;
const INTERVAL_CS_MAX = 4_095;

function advertisementIntervalCs({ draft, version, complaints }: Subject): number {
  const given = draft.advertisementIntervalUs;
  if (!given) return CS_PER_SEC;
  const cs = version === 2
    ? Math.min(Math.max(Math.round(given.value / US_PER_SEC), 1), INTERVAL_SEC_MAX) * CS_PER_SEC
    : Math.min(Math.max(Math.round(given.value / US_PER_CS), 1), INTERVAL_CS_MAX);
  if (cs * US_PER_CS !== given.value) {
    const rule = version === 2 ? "whole seconds" : "10 ms to 40.95 s in steps of 10 ms";
    const message = `VRRP version ${version} has intervals of ${rule}: ${
      cs / CS_PER_SEC
    } s is used`;
    complaints.add("W303", given.place, message);
  }
  return cs;
}

function downIntervalAdverts({ draft, global, isStrict, complaints }: Subject): number {
  const given = draft.downIntervalAdverts;
  if (!isStrict) return given?.value ?? global.downIntervalAdverts ?? DOWN_INTERVAL_ADVERTS;
  if (given && given.value !== DOWN_INTERVAL_ADVERTS) ignoreInStrictMode(given, complaints);
  return DOWN_INTERVAL_ADVERTS;
}

function ignoreInStrictMode({ place }: Given<unknown>, complaints: Complaints): void {
  complaints.add("W403", place, "not allowed in strict mode: ignored");
}

const US_PER_MS = 1_000;

type Preemption = Pick<VrrpInstanceConfig, "initialRole" | "preempt" | "preemptDelayMs">;

function preemption(subject: Subject): Preemption {
  const { draft, isOwner, isStrict, wantsActive, complaints } = subject;
  const isMaster = wantsActive && draft.state !== undefined;
  let preempt = draft.preempt?.value ?? true;
  if (!preempt && draft.preempt && (isMaster || isOwner)) {
    const reason = isOwner
      ? "an address owner (priority 255) always preempts"
      : "state MASTER preempts";
    const code = isOwner ? "W403" : "W-vrrp-009";
    complaints.add(code, draft.preempt.place, `${reason}: nopreempt is ignored`);
    preempt = true;
  }
  let preemptDelayMs = (draft.preemptDelayUs?.value ?? 0) / US_PER_MS;
  if (draft.preemptDelayUs && preemptDelayMs > 0 && (isMaster || isStrict || !preempt)) {
    const reason = isMaster ? "with state MASTER" : isStrict ? "in strict mode" : "with nopreempt";
    complaints.add("W403", draft.preemptDelayUs.place, `preempt_delay ${reason} is ignored`);
    preemptDelayMs = 0;
  }
  const isActive = wantsActive && !isSilencedByHeader(subject);
  return { initialRole: isActive ? "active" : "backup", preempt, preemptDelayMs };
}

/** Whoever begins to count anew would be refused: it must first hear how far the others are. */
function isSilencedByHeader(subject: Subject): boolean {
  const { draft: { authentication, state, hmac }, version, isOwner, isStrict, complaints } =
    subject;
  const isSealed = authentication?.type?.value === "AH" && authentication.password !== undefined;
  if (!isSealed || hmac || version === 3 || isStrict || isOwner) return false;
  if (state?.value === "MASTER") {
    complaints.add(
      "W403",
      state.place,
      "state MASTER with auth_type AH is ignored: BACKUP is used",
    );
  }
  return true;
}

/** RFC 9568 §6.1 has Accept_Mode off by default, RFC 3768 §6.4.3 does not have it at all. */
function accept(subject: Subject): boolean {
  const { draft, isStrict, isOwner, version, followsRfc, complaints } = subject;
  const given = draft.accept;
  // §6.1: it says nothing of an owner.
  if (!isStrict) return isOwner || (given?.value ?? !followsRfc);
  if (version === 3) return isOwner || (given?.value ?? false);
  if (given?.value && !isOwner) ignoreInStrictMode(given, complaints);
  return isOwner;
}

function multicastGroup({ draft, global, family, complaints }: Subject, isUnicast: boolean): Ip {
  const given = draft.multicastGroup;
  if (given && familyOf(given.value) !== family) {
    complaints.add("E404", given.place, `mcast_dst_ip is not an IPv${family} address`);
  } else if (given && isUnicast) {
    complaints.add("W403", given.place, "mcast_dst_ip with unicast peers is ignored");
  } else if (given) return given.value;
  return (family === 4 ? global.multicastGroup4 : global.multicastGroup6) ??
    MULTICAST_GROUP[family];
}

function password(subject: Subject): Pick<VrrpInstanceConfig, "password" | "authenticationHeader"> {
  const { draft, version, isStrict, complaints } = subject;
  const { authentication, authenticationAt } = draft;
  const { type, password: given } = authentication ?? {};
  if (!authenticationAt || (!type && !given)) return {};
  const obstacle = draft.hmac
    ? "authentication beside auth_hmac is ignored"
    : version === 3
    ? "VRRP version 3 has no authentication (RFC 9568 §9): ignored"
    : isStrict
    ? "strict mode has no authentication (RFC 3768 §10): ignored"
    : !given || given.value === ""
    ? "authentication without auth_pass is ignored"
    : !type
    ? "authentication without auth_type is ignored"
    : undefined;
  if (obstacle !== undefined) {
    // What is missing may be the line of another finding.
    if ((type && given) || complaints.isFine) complaints.add("W403", authenticationAt, obstacle);
    return {};
  }
  if (!given) return {};
  const isHeader = type?.value === "AH";
  return { password: given.value, ...(isHeader && { authenticationHeader: true }) };
}

type Elections = Pick<
  VrrpInstanceConfig,
  "ownerIgnoresAdvertisements" | "answersLowerPriority" | "advertisesBeforeYielding"
>;

function elections({ draft, global, isOwner, isStrict, complaints }: Subject): Elections {
  const { ownerIgnoresAdvertisements, ignoresLowerPriority, advertisesBeforeYielding } = draft;
  if (ownerIgnoresAdvertisements?.value && !isOwner) {
    const message = "owner_ignore_adverts without priority 255 is ignored";
    complaints.add("W403", ownerIgnoresAdvertisements.place, message);
  }
  if (isStrict && ignoresLowerPriority?.value === false) {
    ignoreInStrictMode(ignoresLowerPriority, complaints);
  }
  if (isStrict && advertisesBeforeYielding?.value) {
    ignoreInStrictMode(advertisesBeforeYielding, complaints);
  }
  const ignoresLower = ignoresLowerPriority?.value ?? global.ignoresLowerPriority ?? false;
  const advertisesBefore = advertisesBeforeYielding?.value ?? global.advertisesBeforeYielding ??
    false;
  return {
    ownerIgnoresAdvertisements: isOwner &&
      (ownerIgnoresAdvertisements?.value ??
        (isStrict || (global.ownerIgnoresAdvertisements ?? false))),
    answersLowerPriority: !isStrict && !ignoresLower,
    advertisesBeforeYielding: !isStrict && advertisesBefore,
  };
}

function announcements(subject: Subject): AnnouncementConfig {
  const { draft: { garp: own }, global, isStrict, complaints } = subject;
  for (const given of [own.lowerPriorityDelaySec, own.lowerPriorityRepeatCount]) {
    if (isStrict && given && given.value !== 0) ignoreInStrictMode(given, complaints);
  }
  const resolved = resolveAnnouncements(own, global);
  return isStrict
    ? { ...resolved, lowerPriorityRepeatCount: 0, lowerPriorityDelayMs: 0 }
    : resolved;
}

/** 0 means the kernel's. */
function receiveBuffer({ draft, global }: Subject): Pick<VrrpInstanceConfig, "receiveBufferBytes"> {
  const bytes = draft.receiveBufferBytes?.value || global.receiveBufferBytes;
  return bytes === undefined ? {} : { receiveBufferBytes: bytes };
}

type Rest = Pick<
  VrrpInstanceConfig,
  | "tracks"
  | "routes"
  | "rules"
  | "scripts"
  | "tellsDeletion"
  | "mails"
  | "notifiesPriorityChanges"
  | "virtualMac"
  | "virtualMacForAddresses"
  | "transmitsOnBase"
  | "ipvlan"
  | "promotesSecondaries"
  | "extraAnnouncementMs"
  | "extraAnnouncementsForAll"
>;

/** What is taken over as it was given; tracks, routes and interfaces come when all is known. */
function rest({ draft, global }: Subject): Rest {
  const { extraAnnouncements } = draft;
  return {
    tracks: [],
    routes: [],
    rules: [],
    scripts: draft.scripts,
    tellsDeletion: draft.tellsDeletion ?? false,
    mails: draft.mails?.value ?? global.mail.vrrp ?? global.mails ?? false,
    notifiesPriorityChanges: draft.notifiesPriorityChanges?.value ??
      global.notifications.priorityChanges ?? false,
    virtualMacForAddresses: draft.usesVirtualMacForAddresses ?? false,
    transmitsOnBase: false,
    promotesSecondaries: draft.promotesSecondaries ?? false,
    extraAnnouncementMs: extraAnnouncements?.periodMs ??
      global.virtualMac.extraAnnouncementMs ?? 0,
    extraAnnouncementsForAll: extraAnnouncements?.all ??
      global.virtualMac.extraAnnouncementsForAll ?? false,
  };
}
