/**
 * Judges the signatures that one instance receives (`auth_hmac`): key, age, signature, and that
 * none comes twice.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import {
  decodeHmacTrailer,
  HMAC_TRAILER_BYTES,
  signatureIsRight,
  unixMsFromSequence,
} from "../../net/packet/vrrp_auth.ts";
import type { HmacConfig } from "../../machines/auth_config.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { Rejection } from "./vrrp_counters.ts";

const MS_PER_SEC = 1_000;
/** Senders on a network whose numbers are kept; more than that are no pair of routers. */
const MULTICAST_SENDERS_MAX = 4;

/** A message and what follows it. */
export interface Signed {
  /** Without the trailer. */
  readonly pdu: Uint8Array;
  /** What follows the message; empty: it is not signed. */
  readonly trailer: Uint8Array;
  readonly source: Ip;
}

/** Remembers the last number of each sender. */
export class HmacVerifier {
  readonly #hmac: HmacConfig;
  readonly #peers: ReadonlySet<Ip> | undefined;
  readonly #unixMs: () => number;
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  /** The last number by sender, least recently heard first. */
  readonly #marks = new Map<Ip, bigint>();

  /** `unixMs` is the clock that routers share: milliseconds since 1970 UTC. */
  constructor(hmac: HmacConfig, { unicastPeers }: VrrpInstanceConfig, unixMs: () => number) {
    this.#hmac = hmac;
    this.#peers = unicastPeers.length > 0 ? new Set(unicastPeers.map(({ ip }) => ip)) : undefined;
    this.#unixMs = unixMs;
    this.#keys = new Map(hmac.keys.map(({ id, hex }) => [id, Uint8Array.fromHex(hex)]));
  }

  /** Why a message is not taken; undefined: it is. */
  judge({ pdu, trailer: bytes, source }: Signed): Rejection | undefined {
    const { mode, antiReplay } = this.#hmac;
    if (bytes.length === 0) return mode === "enforce" ? "not signed" : undefined;
    if (bytes.length !== HMAC_TRAILER_BYTES) return "wrong length";
    if (this.#peers && !this.#peers.has(source)) return "source is no configured peer";
    const trailer = decodeHmacTrailer(bytes);
    if (typeof trailer === "string") return "malformed signature";
    if (antiReplay === "time" && !this.#isTimely(trailer.sequence)) return "stale signature";
    const key = this.#keys.get(trailer.keyId);
    if (!key) return "unknown key";
    if (!signatureIsRight({ pdu, source }, key, trailer)) return "wrong signature";
    // Only now: who has no key must not be able to push others out.
    return this.#isNew(source, trailer.sequence) ? undefined : "replayed signature";
  }

  #isTimely(sequence: bigint): boolean {
    const differenceMs = Math.abs(unixMsFromSequence(sequence) - this.#unixMs());
    return differenceMs <= this.#hmac.timeWindowSec * MS_PER_SEC;
  }

  #isNew(source: Ip, sequence: bigint): boolean {
    const mark = this.#marks.get(source);
    // A mark that is not timely itself is from before a clock was set.
    const counts = mark !== undefined && (this.#hmac.antiReplay !== "time" || this.#isTimely(mark));
    // Numbers of 64 bits that may wrap (RFC 1982).
    if (counts && BigInt.asIntN(64, sequence - mark) <= 0n) return false;
    this.#marks.delete(source);
    this.#marks.set(source, sequence);
    const countMax = this.#peers?.size ?? MULTICAST_SENDERS_MAX;
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > countMax && oldest !== undefined) this.#marks.delete(oldest);
    return true;
  }
}
