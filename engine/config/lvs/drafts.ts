/**
 * What a configuration said of virtual servers, word for word.
 *
 * What there may be tens of thousands of is a class: what a constructor made, the engine gives just
 * the room that it finds to be needed, and none for what nobody says. Its interface has what may be
 * said, and `declare` keeps the compiler from setting each field to undefined first.
 *
 * @module
 */
import type { Family, Ip } from "../../../net/address.ts";
import type { RunAs, ScriptConfig } from "../../../machines/script_config.ts";
import { type Given, Placed } from "../given.ts";
import type { Place } from "../text.ts";
import type { Word } from "../words.ts";
import type { ResolvedServer } from "./resolved_server.ts";

/** Everything about virtual servers. */
export interface LvsDraft {
  readonly groups: Map<string, ServerGroupDraft>;
  readonly servers: (VirtualServerDraft | ResolvedServer)[];
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
  verifyPath?: string;
  expiryWarningDays?: number;
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

const NONE: readonly never[] = [];
const FEW = 4;

/**
 * A list with one more. While there are few it is made anew, just as long as it must be: one that
 * grows gets room for 17, and most services have two servers with one checker each.
 */
export function withOneMore<Value>(list: readonly Value[], value: Value): readonly Value[] {
  if (list.length === 0) return [value];
  if (list.length < FEW) return list.concat(value);
  (list as Value[]).push(value);
  return list;
}

/** Settings that real servers and their checkers inherit. */
export interface PaceDraft {
  retries?: number;
  delayBeforeRetryUs?: number;
  warmupUs?: number;
  delayLoopUs?: number;
  alpha?: boolean;
}

/** Settings that all blocks of servers have. */
export interface ServerDraft extends PaceDraft {
  connectTimeoutUs?: number;
  inhibits?: boolean;
  method?: MethodDraft;
  weight?: number;
  mails?: boolean;
  virtualHost?: string;
  snmpName?: string;
}

/** Word of a scheduler, and what its bits are called. */
export interface SchedulerDraft {
  name?: string;
  flag1?: Given<true>;
  flag2?: Given<true>;
  flag3?: Given<true>;
}

/** Nothing said yet. */
export class SchedulerDraft {}

/** Bits of keywords that are missed if they are not there. */
export const MENTIONED = { protocol: 1, scheduler: 2, method: 4 } as const;

/** `virtual_server`. */
export interface VirtualServerDraft extends ServerDraft {
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
  /** `real_server` was there, whatever became of it. */
  hasRealServer?: true;
}

/** As it begins. */
export class VirtualServerDraft {
  declare readonly service: ServiceName;
  declare readonly place: Place;
  /** Those of {@linkcode MENTIONED} that were there, whatever became of them. */
  declare mentioned: number;
  declare readonly scheduler: SchedulerDraft;
  declare realServers: readonly RealServerDraft[];

  constructor(service: ServiceName, place: Place) {
    this.service = service;
    this.place = place;
    this.mentioned = 0;
    this.scheduler = new SchedulerDraft();
    this.realServers = NONE;
  }
}

/** `sorry_server`. */
export interface SorryDraft {
  /** Where its address stands. */
  readonly place: Place;
  readonly ip: Ip;
  /** 0 is none. */
  readonly port: number;
  inhibits?: true;
  method?: MethodDraft;
}

/** `real_server`. */
export interface RealServerDraft extends ServerDraft {
  upperThreshold?: Given<number>;
  lowerThreshold?: Given<number>;
  notifyUp?: ScriptConfig;
  notifyDown?: ScriptConfig;
}

/** As it begins. */
export class RealServerDraft extends Placed {
  declare readonly ip: Ip;
  /** 0 is none. */
  declare readonly port: number;
  declare readonly parent: VirtualServerDraft;
  declare checkers: readonly CheckerDraft[];

  /** It stands where its address does. */
  constructor(word: Word, { ip, port }: Endpoint, parent: VirtualServerDraft) {
    super(word);
    this.ip = ip;
    this.port = port;
    this.parent = parent;
    this.checkers = NONE;
  }
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
export interface PlainDraft extends PaceDraft, ConnectionDraft {
  logsAllFailures?: boolean;
}

/** As it begins. */
export class PlainDraft extends Placed implements CheckBase {
  declare readonly kind: "tcp" | "ping";

  constructor(kind: "tcp" | "ping", word: Word) {
    super(word);
    this.kind = kind;
  }

  /** It says little else: an object of its own would double it. */
  get connection(): ConnectionDraft {
    return this;
  }
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
