/**
 * The configuration of a BFD session (RFC 5880 §6.8.1, RFC 5881, RFC 5883) as plain data.
 *
 * keepalived's `bfd_instance` knows a part of it; the rest has defaults that change nothing for who
 * does not ask. Intervals are in microseconds, as on the wire.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import type { ScriptConfig } from "./script_config.ts";

/** One session with one neighbour. */
export interface BfdSessionConfig {
  /** Unique name, for people and for what tracks it. */
  readonly name: string;
  /** The neighbour. */
  readonly remoteIp: Ip;
  /** Our end, of the same family; default: the kernel's choice, and any is heard. */
  readonly localIp?: Ip;
  /** Single hop: only this interface is used; needed for link-local addresses. */
  readonly interface?: string;
  /** RFC 5883, port 4784; else RFC 5881, port 3784. */
  readonly isMultihop: boolean;
  /** bfd.DesiredMinTxInterval while Up: 1 to 4294967295. */
  readonly desiredMinTxIntervalUs: number;
  /** bfd.RequiredMinRxInterval: 0 to 4294967295; 0 asks for no periodic packets. */
  readonly requiredMinRxIntervalUs: number;
  /** bfd.DesiredMinTxInterval while not Up: at least 1000000 (RFC 5880 §6.8.3). */
  readonly idleTxIntervalUs: number;
  /** bfd.DetectMult: 1 to 255. */
  readonly detectMult: number;
  /** Passive role: silent until the neighbour speaks (RFC 5880 §6.1). */
  readonly isPassive: boolean;
  /** Held down on purpose (RFC 5880 §6.8.16). */
  readonly isAdminDown: boolean;
  /** TTL or Hop Limit of what is sent, 1 to 255; RFC 5881 §5 wants 255 on a single hop. */
  readonly hopLimit: number;
  /** Least TTL or Hop Limit accepted: 0 (any) to 255; RFC 5881 §5 wants 255 on a single hop. */
  readonly hopLimitMin: number;
  /** The C bit: our forwarding outlives our control plane (RFC 5880 §4.1). */
  readonly isControlPlaneIndependent: boolean;
  /** The neighbour may ask us to stop periodic packets (RFC 5880 §6.6); else it is not heeded. */
  readonly allowsDemand: boolean;
  /** Echo function (RFC 5880 §6.4); single hop only. */
  readonly echo: BfdEchoConfig;
  /** What proves who sent a packet; absent: nothing does, and such packets are refused. */
  readonly authentication?: BfdAuthenticationConfig;
  /** Default weight where a virtual router tracks the session: -253 to 253. */
  readonly weight: number;
  /** The weight counts while the session is Up instead of while it is not. */
  readonly weightIsReversed: boolean;
  /** Who is told of changes. */
  readonly informs: {
    /** Virtual routers. */
    readonly vrrp: boolean;
    /** Health checks of real servers. */
    readonly checkers: boolean;
  };
  /** Programs to run when it changes. */
  readonly scripts: BfdScripts;
}

/** The echo function of a session. Zeros: none. */
export interface BfdEchoConfig {
  /** Interval of the echo packets we send while Up; 0: none. */
  readonly txIntervalUs: number;
  /** bfd.RequiredMinEchoRxInterval, how fast the neighbour may send them; 0: not at all. */
  readonly requiredMinRxIntervalUs: number;
}

/** Authentication types of RFC 5880 §4.1, in its words. */
export type BfdAuthType =
  | "simplePassword"
  | "keyedMd5"
  | "meticulousKeyedMd5"
  | "keyedSha1"
  | "meticulousKeyedSha1";

/** Authentication of a session. */
export interface BfdAuthenticationConfig {
  /** How packets are proven. */
  readonly type: BfdAuthType;
  /** At least one; the first signs, all verify: so keys can be changed without a flap. */
  readonly keys: readonly BfdKey[];
}

/** A key both ends know. */
export interface BfdKey {
  /** 0 to 255. */
  readonly id: number;
  /** UTF-8, or octets in hexadecimal: 1 to 16 octets, with SHA1 1 to 20. */
  readonly secret: string;
  /** The secret is hexadecimal. */
  readonly isHex?: true;
}

/** Programs of a session. */
export interface BfdScripts {
  /** When it comes Up. */
  readonly up?: ScriptConfig;
  /** When it is Up no more. */
  readonly down?: ScriptConfig;
  /** At both. */
  readonly any?: ScriptConfig;
}

/**
 * What the wire knows a session by. Two configurations with the same identity are the same session,
 * whatever its name: a reload changes it in place.
 */
export function bfdSessionIdentity(config: BfdSessionConfig): string {
  const { remoteIp, localIp, interface: link, isMultihop } = config;
  return `bfd ${isMultihop ? "multihop" : "single"} ${localIp ?? "-"} ${remoteIp} ${link ?? "-"}`;
}
