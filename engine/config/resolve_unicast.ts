/**
 * The unicast words of an instance: they act only together with peers.
 *
 * @module
 */
import { familyOf } from "../../net/address.ts";
import type { UnicastPeer, VrrpInstanceConfig } from "../../machines/config.ts";
import type { InstanceDraft } from "./drafts.ts";
import type { Subject } from "./subject.ts";
import type { Place } from "./text.ts";

const HOP_LIMIT_MAX = 255;

type Unicast = Pick<
  VrrpInstanceConfig,
  | "sourceIp"
  | "tracksSourceIp"
  | "unicastPeers"
  | "faultsWithoutPeers"
  | "unicastHopLimit"
  | "checksUnicastSource"
  | "oldUnicastChecksum"
>;

/** Peers, source address, and how strictly both are taken. */
export function resolveUnicast(subject: Subject): Unicast {
  const { draft, global, complaints, isStrict } = subject;
  const unicastPeers = resolvePeers(subject);
  const isUnicast = unicastPeers.length > 0;
  if (isUnicast && isStrict && draft.unicastPeersAt) {
    const message =
      "strict mode has no unicast peers: VRRP is a multicast protocol (RFC 9568 §5.1)";
    complaints.add("E402", draft.unicastPeersAt, message);
  }
  const hasBadPeer = draft.hasBadPeer ||
    draft.peers.some(({ value: { ip } }) => familyOf(ip) !== subject.family);
  const isMeant = isUnicast || draft.faultsWithoutPeers || hasBadPeer;
  const idleAt = isMeant ? undefined : firstUnicastWord(draft);
  if (idleAt) {
    complaints.add("W501", idleAt, "unicast without peers is deprecated: multicast is used");
  }
  const hasLimits = draft.peers.some(({ value: { hopLimitMin, hopLimitMax } }) =>
    hopLimitMin !== undefined || hopLimitMax !== undefined
  );
  return {
    ...source(subject, isUnicast),
    ...oldChecksum(subject, isUnicast),
    unicastPeers,
    faultsWithoutPeers: draft.faultsWithoutPeers !== undefined,
    unicastHopLimit: draft.unicastHopLimit?.value ?? HOP_LIMIT_MAX,
    checksUnicastSource: draft.checksUnicastSource !== undefined ||
      (global.checksUnicastSource ?? false) || hasLimits,
  };
}

function resolvePeers({ draft, family, complaints }: Subject): UnicastPeer[] {
  const peers = new Map<string, UnicastPeer>();
  for (const { value, place } of draft.peers) {
    const { ip, hopLimitMin = 0, hopLimitMax = HOP_LIMIT_MAX } = value;
    if (familyOf(ip) !== family) {
      complaints.add("E404", place, `peer ${ip} is not an IPv${family} address`);
    } else if (peers.has(ip)) {
      complaints.add("W406", place, `peer ${ip} is listed twice: ignored`);
    } else if (ip === draft.unicastSourceIp?.value) {
      complaints.add("W602", place, `peer ${ip} is our own unicast_src_ip: ignored`);
    } else peers.set(ip, { ip, hopLimitMin, hopLimitMax });
  }
  return [...peers.values()];
}

function firstUnicastWord(draft: InstanceDraft): Place | undefined {
  return draft.unicastPeersAt ?? draft.unicastSourceIp?.place ?? draft.checksUnicastSource?.place ??
    draft.unicastHopLimit?.place ?? draft.oldUnicastChecksum?.place;
}

/** It concerns peers of version 3 over IPv4. */
function oldChecksum(
  { draft, family, version }: Subject,
  isUnicast: boolean,
): Pick<VrrpInstanceConfig, "oldUnicastChecksum"> {
  const given = draft.oldUnicastChecksum;
  if (!given || !isUnicast || version !== 3 || family !== 4) return {};
  return { oldUnicastChecksum: given.value === "always" };
}

function source(
  { draft, family, complaints }: Subject,
  isUnicast: boolean,
): Pick<VrrpInstanceConfig, "sourceIp" | "tracksSourceIp"> {
  const { unicastSourceIp, multicastSourceIp, tracksSourceIp } = draft;
  for (const given of [unicastSourceIp, multicastSourceIp]) {
    if (!given || familyOf(given.value) === family) continue;
    complaints.add("E404", given.place, `source ${given.value} is not an IPv${family} address`);
  }
  const given = isUnicast
    ? unicastSourceIp ?? multicastSourceIp
    : multicastSourceIp ?? unicastSourceIp;
  if (given) return { sourceIp: given.value, tracksSourceIp: tracksSourceIp !== undefined };
  if (tracksSourceIp) {
    const message = "track_src_ip without a configured source address does nothing";
    complaints.add("W602", tracksSourceIp.place, message);
  }
  return { tracksSourceIp: false };
}
