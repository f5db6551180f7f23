/**
 * Health checks of real servers, as plain data.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import type { RunAs } from "./script_config.ts";

/** One check. */
export type CheckConfig =
  | TcpCheck
  | PingCheck
  | UdpCheck
  | DnsCheck
  | SmtpCheck
  | HttpCheck
  | ScriptCheck
  | FileCheck
  | BfdCheck;

/** What all checks have. */
export interface CheckBaseConfig {
  /** Failed until it succeeds. */
  readonly alpha: boolean;
  /** Each failure is logged. */
  readonly logsAllFailures: boolean;
}

/** When a check is made. */
export interface PaceConfig {
  readonly delayLoopMs: number;
  /** Most that the first one waits, at random; 0: nothing. */
  readonly warmupMs: number;
  /** Further attempts before what was well counts as failed. */
  readonly retries: number;
  readonly delayBeforeRetryMs: number;
}

/** Where a check connects to, and how. */
export interface ConnectionConfig {
  readonly ip: Ip;
  readonly port: number;
  readonly sourceIp?: Ip;
  /** With a source address only. */
  readonly sourcePort?: number;
  readonly interface?: string;
  /** Firewall mark; 0: none. */
  readonly mark: number;
  /** For connecting, and for most steps after it. */
  readonly timeoutMs: number;
}

interface NetworkCheck extends CheckBaseConfig, PaceConfig {
  readonly connection: ConnectionConfig;
}

/** A TCP connection comes about. */
export interface TcpCheck extends NetworkCheck {
  readonly kind: "tcp";
}

/** An ICMP echo is answered. */
export interface PingCheck extends NetworkCheck {
  readonly kind: "ping";
}

/** A datagram is not refused, or is answered. */
export interface UdpCheck extends NetworkCheck {
  readonly kind: "udp";
  /** Octets; absent: some text. */
  readonly payload?: readonly number[];
  /** A reply must come; absent: no error is enough. */
  readonly reply?: ReplyRule;
}

/** What a reply must be. */
export interface ReplyRule {
  /** Octets it must begin with, and which of their bits count; absent: any reply. */
  readonly pattern?: { readonly octets: readonly number[]; readonly masks: readonly number[] };
  readonly bytesMin: number;
  readonly bytesMax: number;
}

/** A name is known to a DNS server. */
export interface DnsCheck extends NetworkCheck {
  readonly kind: "dns";
  /** `SOA`, say. */
  readonly type: string;
  readonly name: string;
}

/** A mail server greets. */
export interface SmtpCheck extends NetworkCheck {
  readonly kind: "smtp";
  readonly heloName: string;
}

/** Pages of a web server are as expected. */
export interface HttpCheck extends NetworkCheck {
  readonly kind: "http";
  readonly tls: boolean;
  readonly version: "1.0" | "1.1";
  /** Asks to close the connection. */
  readonly closes: boolean;
  /** Asks for all pages without a pause at start and while down. */
  readonly fastRecovery: boolean;
  /** At least one. */
  readonly urls: readonly UrlConfig[];
}

/** One page. */
export interface UrlConfig {
  readonly path: string;
  /** Host header; absent: the address. */
  readonly host?: string;
  /** Name in the TLS handshake; absent: none. */
  readonly serverName?: string;
  /** Ends TLS in order. */
  readonly closesTls: boolean;
  /** Status codes that are good, from first to last. */
  readonly statusCodes: readonly { readonly first: number; readonly last: number }[];
  /** MD5 of the body, 32 lower-case hexadecimal digits. */
  readonly digest?: string;
  readonly regex?: RegexConfig;
}

/** What a body must match, in words of PCRE2. */
export interface RegexConfig {
  readonly pattern: string;
  readonly options: readonly string[];
  /** It must not match. */
  readonly isNegated: boolean;
  /** First octet at which a match may begin. */
  readonly offsetMin: number;
  /** Last one. */
  readonly offsetMax?: number;
}

/** A program says so. */
export interface ScriptCheck extends CheckBaseConfig, PaceConfig {
  readonly kind: "script";
  /** At least one word. */
  readonly command: readonly string[];
  readonly runAs?: RunAs;
  readonly timeoutMs: number;
  /** Its exit status sets the weight. */
  readonly setsWeight: boolean;
}

/** A number in a file says so. */
export interface FileCheck extends CheckBaseConfig {
  readonly kind: "file";
  /** Name of the tracked file. */
  readonly file: string;
  /** Factor, −2³¹+1 to 2³¹−1; 0: a number but 0 is a failure. */
  readonly weight: number;
  /** The other way round. */
  readonly reversed: boolean;
}

/** A BFD session is up. */
export interface BfdCheck extends CheckBaseConfig {
  readonly kind: "bfd";
  /** Name of the session. */
  readonly session: string;
}
