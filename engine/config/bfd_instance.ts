/**
 * `bfd_instance`: its keyword table, and the sessions that come of it.
 *
 * @module
 */
import { type BfdSessionConfig, bfdSessionIdentity } from "../../machines/bfd_config.ts";
import { familyOf, ip } from "../../net/address.ts";
import type { BfdDraft } from "./bfd_draft.ts";
import { BFD_OWN_KEYWORDS, resolveOwn } from "./bfd_own_words.ts";
import { type Complaints, quote } from "./diagnostic.ts";
import { milliseconds } from "./milliseconds.ts";
import { optional, required, text } from "./shape.ts";
import { address, integer, oneOf } from "./values.ts";
import {
  block,
  type Context,
  flag,
  type Keyword,
  one,
  type Statement,
  toggle,
  values,
  type Vocabulary,
} from "./vocabulary.ts";

const NAME_CHARS_MAX = 31;
const INTERVAL_MS_MAX = 4_294_967;
const IDLE_MS_MIN = 1_000;
const HOPS_MAX = 255;
const WEIGHT_MAX = 253;

const interval = milliseconds(1, INTERVAL_MS_MAX);
const neighbor: Keyword<BfdDraft> = one(
  "Address of the neighbour.",
  address,
  (draft, given) => draft.remoteIp = given,
);
const hopLimit: Keyword<BfdDraft> = one(
  "TTL or Hop Limit that is sent; default 255.",
  integer(1, HOPS_MAX),
  (draft, { value }) => draft.hopLimit = value,
);
const hopsMax = integer(-1, HOPS_MAX);

function setWeight(draft: BfdDraft, statement: Statement, { complaints }: Context): void {
  const [word, direction] = statement.values;
  if (!word) return;
  const weight = integer(-WEIGHT_MAX, WEIGHT_MAX)(word, complaints);
  const reversed = direction ? oneOf({ reverse: true })(direction, complaints) : false;
  if (weight === undefined || reversed === undefined) return;
  draft.weight = weight;
  draft.reversed = reversed;
}

/** The table. */
export const BFD_INSTANCE: Vocabulary<BfdDraft> = {
  name: "bfd_instance",
  mention: ({ mentioned }, word) => mentioned.add(word),
  keywords: {
    neighbor_ip: neighbor,
    neighbour_ip: { ...neighbor, status: { kind: "renamed", to: "neighbor_ip" } },
    source_ip: one("Our address.", address, (draft, given) => draft.localIp = given),
    min_rx: one(
      "Milliseconds between packets that we can take; default 10.",
      interval,
      (draft, { value }) => draft.requiredMinRxIntervalUs = value,
    ),
    min_tx: one(
      "Milliseconds between packets that we want to send; default 10.",
      interval,
      (draft, { value }) => draft.desiredMinTxIntervalUs = value,
    ),
    idle_tx: one(
      "Milliseconds between packets while the session is not up; default 1000.",
      milliseconds(IDLE_MS_MIN, INTERVAL_MS_MAX),
      (draft, { value }) => draft.idleTxIntervalUs = value,
    ),
    multiplier: one(
      "Packets that must be missed before the session is down; default 5.",
      integer(1, HOPS_MAX),
      (draft, { value }) => draft.detectMult = value,
    ),
    passive: flag(
      "Waits for the neighbour to speak first.",
      true as const,
      (draft, { value }) => draft.passive = value,
    ),
    ttl: hopLimit,
    hoplimit: hopLimit,
    max_hops: one(
      "How much less than ttl a packet may have left; -1: any; default 0.",
      hopsMax,
      (draft, given) => draft.hopsMax = given,
    ),
    multihop: toggle(
      "The neighbour is several hops away: port 4784 instead of 3784; default off.",
      (draft, { value }) => draft.multihop = value,
    ),
    weight: values(
      "What track_bfd adds to a priority unless it says; 0: down is a fault; default 0.",
      [
        required("weight", { kind: "integer", min: -WEIGHT_MAX, max: WEIGHT_MAX }),
        optional("direction", { kind: "choice", words: ["reverse"] }),
      ],
      setWeight,
    ),
    vrrp: flag(
      "Virtual routers may follow it, and nothing else that is not named; default: everything.",
      true as const,
      (draft, { value }) => draft.vrrp = value,
    ),
    checker: flag(
      "Checks may follow it, and nothing else that is not named; default: everything.",
      true as const,
      (draft, { value }) => draft.checker = value,
    ),
    ...BFD_OWN_KEYWORDS,
  },
};

interface Holder {
  readonly bfdSessions: Map<string, BfdDraft>;
}

/** The keyword of the top level. */
export function bfdBlock<Draft extends Holder>(): Keyword<Draft> {
  const parameters = [required("name", text("at most 31 characters"))];
  const keyword = block<Draft, BfdDraft>(
    "A BFD session with one neighbour.",
    parameters,
    BFD_INSTANCE,
    ({ bfdSessions }, { values: [name] }, { complaints }) => {
      if (!name) return undefined;
      const { text: value, place } = name;
      if (value === "" || value.length > NAME_CHARS_MAX) {
        const message = `a name has 1 to ${NAME_CHARS_MAX} characters: ${quote(value)}`;
        complaints.add("E210", place, message);
        return undefined;
      }
      const other = bfdSessions.get(value);
      if (other) {
        const { line } = other.name.place;
        const message = `bfd_instance ${quote(value)} is already defined at ${line.file}:` +
          `${line.number}`;
        complaints.add("E209", place, message);
        return undefined;
      }
      const draft = {
        name: { value, place },
        mentioned: new Set<string>(),
        own: { keys: [], scripts: {} },
      };
      bfdSessions.set(value, draft);
      return draft;
    },
  );
  return { ...keyword, isLandmark: true };
}

/** All sessions with their defaults; no two are the same on the wire. */
export function resolveSessions(
  drafts: Iterable<BfdDraft>,
  complaints: Complaints,
): BfdSessionConfig[] {
  const byIdentity = new Map<string, string>();
  return [...drafts].map((draft) => {
    const config = resolveSession(draft, complaints);
    const identity = bfdSessionIdentity(config);
    const other = byIdentity.get(identity);
    if (other === undefined) byIdentity.set(identity, config.name);
    else if (draft.remoteIp) {
      const message = `bfd_instance ${quote(other)} has the same neighbour`;
      complaints.add("E405", draft.remoteIp.place, message);
    }
    return config;
  });
}

/** Stands for what is missing, which was complained about. */
const NO_NEIGHBOR = ip("0.0.0.0");
const DEFAULT = { intervalUs: 10_000, idleTxUs: 1_000_000, detectMult: 5 };
/** GTSM (RFC 5881 §5). */
const HOP_LIMIT = 255;
/** What keepalived sends over IPv6 unless it is told otherwise. */
const KEEPALIVED_HOP_LIMIT6 = 64;

function resolveSession(draft: BfdDraft, complaints: Complaints): BfdSessionConfig {
  const { name: { value: name, place }, remoteIp, localIp, vrrp, checker } = draft;
  if (!draft.mentioned.has("neighbor_ip") && !draft.mentioned.has("neighbour_ip")) {
    complaints.add("E401", place, `bfd_instance ${name} needs a neighbor_ip`);
  }
  if (remoteIp && localIp && familyOf(remoteIp.value) !== familyOf(localIp.value)) {
    complaints.add("E404", localIp.place, "source_ip and neighbor_ip are of different families");
  }
  const isNamed = vrrp !== undefined || checker !== undefined;
  return {
    name,
    remoteIp: remoteIp?.value ?? NO_NEIGHBOR,
    ...(localIp && { localIp: localIp.value }),
    isMultihop: draft.multihop ?? false,
    desiredMinTxIntervalUs: draft.desiredMinTxIntervalUs ?? DEFAULT.intervalUs,
    requiredMinRxIntervalUs: draft.requiredMinRxIntervalUs ?? DEFAULT.intervalUs,
    idleTxIntervalUs: draft.idleTxIntervalUs ?? DEFAULT.idleTxUs,
    detectMult: draft.detectMult ?? DEFAULT.detectMult,
    isPassive: draft.passive ?? false,
    ...hops(draft, complaints),
    ...resolveOwn(draft, complaints),
    weight: draft.weight ?? 0,
    weightIsReversed: draft.reversed ?? false,
    informs: {
      vrrp: !isNamed || vrrp !== undefined,
      checkers: !isNamed || checker !== undefined,
    },
  };
}

function hops(
  { hopLimit: given, hopsMax: most, remoteIp }: BfdDraft,
  complaints: Complaints,
): Pick<BfdSessionConfig, "hopLimit" | "hopLimitMin"> {
  const sent = given ?? HOP_LIMIT;
  const isIpv6 = remoteIp !== undefined && familyOf(remoteIp.value) === 6;
  const base = given ?? (isIpv6 ? KEEPALIVED_HOP_LIMIT6 : HOP_LIMIT);
  if (most?.value === -1) return { hopLimit: sent, hopLimitMin: 0 };
  if (most && most.value > base) {
    complaints.add("W303", most.place, `max_hops is beyond the TTL: ${base} is used`);
  }
  return { hopLimit: sent, hopLimitMin: base - Math.min(most?.value ?? 0, base) };
}
