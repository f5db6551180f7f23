/**
 * What a configuration said of virtual servers, word for word.
 *
 * @module
 */
import type { Family, Ip } from "../../../net/address.ts";
import type { RunAs, ScriptConfig } from "../../../machines/script_config.ts";
import type { Place } from "../text.ts";
import type { Given } from "../values.ts";

/** Everything about virtual servers. */
export interface LvsDraft {
  readonly groups: Map<string, ServerGroupDraft>;
  readonly servers: VirtualServerDraft[];
  tls?: TlsDraft;
}

/** Nothing said yet. */
export function emptyLvs(): LvsDraft {
  return { groups: new Map(), servers: [] };
}

/** `SSL`. */
export interface TlsDraft {
  readonly place: Place;
  password?: string;
  caPath?: string;
  certificatePath?: string;
  keyPath?: string;
}

/** A line of `virtual_server_group`. */
export type GroupLine =
  | { readonly kind: "addresses"; readonly first: Ip; readonly last: Ip; readonly port: number }
  | { readonly kind: "fwmark"; readonly mark: number; readonly family?: Family };

/** `virtual_server_group`. */
export interface ServerGroupDraft {
  readonly name: Given<string>;
  readonly lines: Given<GroupLine>[];
  /** A line could not be read. */
  hasBadLine?: true;
}

/** An address, and a port; 0 is none. */
export interface Endpoint {
  readonly ip: Ip;
  readonly port: number;
}

/** What a virtual server is known by. */
export type ServiceName =
  | { readonly kind: "address" } & Endpoint
  | { readonly kind: "fwmark"; readonly mark: number }
  | { readonly kind: "group"; readonly group: string };

/** `lvs_method`. */
export interface MethodDraft {
  readonly method: "NAT" | "DR" | "TUN";
  readonly type: "ipip" | "gue" | "gre";
  readonly port?: number;
  readonly checksum: "nocsum" | "csum" | "remcsum";
}

/** Settings that real servers and their checkers inherit. */
export interface PaceDraft {
  retries?: number;
  delayBeforeRetryUs?: number;
  warmupUs?: number;
  delayLoopUs?: Given<number>;
  alpha?: boolean;
}

/** Settings that all blocks of servers have. */
export interface ServerDraft extends PaceDraft {
  connectTimeoutUs?: number;
  inhibits?: boolean;
  method?: Given<MethodDraft>;
  weight?: Given<number>;
  mails?: boolean;
  virtualHost?: string;
  snmpName?: string;
}

/** Word of a scheduler, and what its bits are called. */
export interface SchedulerDraft {
  name?: Given<string>;
  flag1?: Given<true>;
  flag2?: Given<true>;
  flag3?: Given<true>;
}

/** Which of these were there. */
export interface MentionedWords {
  protocol?: true;
  scheduler?: true;
  method?: true;
}

/** `virtual_server`. */
export interface VirtualServerDraft extends ServerDraft {
  readonly service: ServiceName;
  readonly place: Place;
  /** Keywords with a default that is warned of, which were there, whatever became of them. */
  readonly mentioned: MentionedWords;
  readonly scheduler: SchedulerDraft;
  family?: Family;
  onePacket?: Given<true>;
  persistenceEngine?: string;
  persistenceSec?: Given<number>;
  /** A netmask of IPv4 as a number, or the length of a prefix of IPv6. */
  granularity?: Given<{ readonly family: Family; readonly mask: number }>;
  protocol?: Given<"tcp" | "udp" | "sctp">;
  suspends?: Given<true>;
  omega?: true;
  quorum?: Given<number>;
  hysteresis?: Given<number>;
  quorumUp?: Given<ScriptConfig>;
  quorumDown?: Given<ScriptConfig>;
  sorry?: SorryDraft;
  readonly realServers: RealServerDraft[];
  /** `real_server` was there, whatever became of it. */
  hasRealServer?: true;
}

/** `sorry_server`. */
export interface SorryDraft {
  readonly endpoint: Given<Endpoint>;
  inhibits?: true;
  method?: Given<MethodDraft>;
}

/** `real_server`. */
export interface RealServerDraft extends ServerDraft {
  readonly endpoint: Given<Endpoint>;
  readonly parent: VirtualServerDraft;
  upperThreshold?: Given<number>;
  lowerThreshold?: Given<number>;
  notifyUp?: ScriptConfig;
  notifyDown?: ScriptConfig;
  readonly checkers: CheckerDraft[];
}

/** Where a checker connects to, and how. */
export interface ConnectionDraft {
  ip?: Given<Ip>;
  port?: number;
  bindIp?: Given<Ip>;
  bindPort?: Given<number>;
  bindInterface?: string;
  timeoutUs?: number;
  mark?: number;
}

/** What every checker says. */
export interface CheckBase extends PaceDraft {
  readonly place: Place;
  logsAllFailures?: boolean;
  /** Empty for checkers that do not connect. */
  readonly connection: ConnectionDraft;
}

/** `UDP_CHECK`. */
export interface UdpDraft extends CheckBase {
  readonly kind: "udp";
  payload?: Given<readonly number[]>;
  reply?: Given<ReplyPattern | undefined>;
  replyBytesMin?: Given<number>;
  replyBytesMax?: Given<number>;
}

/** Octets, and which of their bits count. */
export interface ReplyPattern {
  readonly octets: readonly number[];
  readonly masks: readonly number[];
}

/** `DNS_CHECK`. */
export interface DnsDraft extends CheckBase {
  readonly kind: "dns";
  type?: string;
  name?: Given<string>;
}

/** `SMTP_CHECK`, and each `host` in it. */
export interface SmtpDraft extends CheckBase {
  readonly kind: "smtp";
  heloName?: string;
  readonly hosts: CheckBase[];
}

/** `HTTP_GET` and `SSL_GET`. */
export interface HttpDraft extends CheckBase {
  readonly kind: "http";
  readonly tls: boolean;
  virtualHost?: string;
  protocol?: "1.0" | "1.0C" | "1.1";
  sni?: boolean;
  sniName?: string;
  fastRecovery?: boolean;
  tlsCompliant?: boolean;
  readonly urls: UrlDraft[];
}

/** `url`. */
export interface UrlDraft {
  readonly place: Place;
  readonly tls: boolean;
  path?: string;
  digest?: Given<string>;
  readonly statusCodes: { readonly first: number; readonly last: number }[];
  virtualHost?: string;
  tlsCompliant?: boolean;
  regex?: Given<string>;
  regexNoMatch?: Given<true>;
  regexOptions?: Given<readonly string[]>;
  regexStack?: Given<undefined>;
  regexMinOffset?: Given<number>;
  regexMaxOffset?: Given<number>;
}

/** `MISC_CHECK`. */
export interface MiscDraft extends CheckBase {
  readonly kind: "misc";
  command?: readonly string[];
  runAs?: RunAs;
  timeoutSec?: number;
  dynamic?: true;
}

/** `FILE_CHECK`. */
export interface FileDraft extends CheckBase {
  readonly kind: "file";
  file?: Given<string>;
  weight?: number;
  reversed?: boolean;
}

/** `BFD_CHECK`. */
export interface BfdCheckDraft extends CheckBase {
  readonly kind: "bfd";
  session?: Given<string>;
}

/** `TCP_CHECK` and `PING_CHECK`. */
export interface PlainDraft extends CheckBase {
  readonly kind: "tcp" | "ping";
}

/** A checker. */
export type CheckerDraft =
  | PlainDraft
  | UdpDraft
  | DnsDraft
  | SmtpDraft
  | HttpDraft
  | MiscDraft
  | FileDraft
  | BfdCheckDraft;
