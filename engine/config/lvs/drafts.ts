/**
 * What a configuration said of virtual servers, word for word.
 *
 * What there may be tens of thousands of is a class: what a constructor made, the engine gives just
 * the room that it finds to be needed, and none for what nobody says.
 *
 * @module
 */
import type { Family, Ip } from "../../../net/address.ts";
import type { RunAs, ScriptConfig } from "../../../machines/script_config.ts";
import type { Place } from "../text.ts";
import type { Given } from "../given.ts";

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
export abstract class ServerDraft implements PaceDraft {
  declare retries?: number;
  declare delayBeforeRetryUs?: number;
  declare warmupUs?: number;
  declare delayLoopUs?: Given<number>;
  declare alpha?: boolean;
  declare connectTimeoutUs?: number;
  declare inhibits?: boolean;
  declare method?: Given<MethodDraft>;
  declare weight?: Given<number>;
  declare mails?: boolean;
  declare virtualHost?: string;
  declare snmpName?: string;
}

/** Word of a scheduler, and what its bits are called. */
export class SchedulerDraft {
  declare name?: Given<string>;
  declare flag1?: Given<true>;
  declare flag2?: Given<true>;
  declare flag3?: Given<true>;
}

/** Which of these were there. */
export class MentionedWords {
  declare protocol?: true;
  declare scheduler?: true;
  declare method?: true;
}

/** `virtual_server`. */
export class VirtualServerDraft extends ServerDraft {
  readonly service: ServiceName;
  readonly place: Place;
  /** Keywords with a default that is warned of, which were there, whatever became of them. */
  readonly mentioned: MentionedWords;
  readonly scheduler: SchedulerDraft;
  readonly realServers: RealServerDraft[];
  declare family?: Family;
  declare onePacket?: Given<true>;
  declare persistenceEngine?: string;
  declare persistenceSec?: Given<number>;
  /** A netmask of IPv4 as a number, or the length of a prefix of IPv6. */
  declare granularity?: Given<{ readonly family: Family; readonly mask: number }>;
  declare protocol?: Given<"tcp" | "udp" | "sctp">;
  declare suspends?: Given<true>;
  declare omega?: true;
  declare quorum?: Given<number>;
  declare hysteresis?: Given<number>;
  declare quorumUp?: Given<ScriptConfig>;
  declare quorumDown?: Given<ScriptConfig>;
  declare sorry?: SorryDraft;
  /** `real_server` was there, whatever became of it. */
  declare hasRealServer?: true;

  constructor(service: ServiceName, place: Place) {
    super();
    this.service = service;
    this.place = place;
    this.mentioned = new MentionedWords();
    this.scheduler = new SchedulerDraft();
    this.realServers = [];
  }
}

/** `sorry_server`. */
export interface SorryDraft {
  readonly endpoint: Given<Endpoint>;
  inhibits?: true;
  method?: Given<MethodDraft>;
}

const NO_CHECKERS: CheckerDraft[] = [];

/** `real_server`. */
export class RealServerDraft extends ServerDraft {
  readonly endpoint: Given<Endpoint>;
  readonly parent: VirtualServerDraft;
  #checkers: CheckerDraft[];
  declare upperThreshold?: Given<number>;
  declare lowerThreshold?: Given<number>;
  declare notifyUp?: ScriptConfig;
  declare notifyDown?: ScriptConfig;

  constructor(endpoint: Given<Endpoint>, parent: VirtualServerDraft) {
    super();
    this.endpoint = endpoint;
    this.parent = parent;
    this.#checkers = NO_CHECKERS;
  }

  get checkers(): readonly CheckerDraft[] {
    return this.#checkers;
  }

  /** Nearly every server has one checker: an array that is filled by `push` has room for 17. */
  addChecker(checker: CheckerDraft): void {
    if (this.#checkers.length === 0) this.#checkers = [checker];
    else this.#checkers.push(checker);
  }
}

/** Where a checker connects to, and how. */
export class ConnectionDraft {
  declare ip?: Given<Ip>;
  declare port?: number;
  declare bindIp?: Given<Ip>;
  declare bindPort?: Given<number>;
  declare bindInterface?: string;
  declare timeoutUs?: number;
  declare mark?: number;
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
export class PlainDraft implements CheckBase {
  readonly kind: "tcp" | "ping";
  readonly place: Place;
  readonly connection: ConnectionDraft;
  declare retries?: number;
  declare delayBeforeRetryUs?: number;
  declare warmupUs?: number;
  declare delayLoopUs?: Given<number>;
  declare alpha?: boolean;
  declare logsAllFailures?: boolean;

  constructor(kind: "tcp" | "ping", { place, connection }: CheckBase) {
    this.kind = kind;
    this.place = place;
    this.connection = connection;
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
