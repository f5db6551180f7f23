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
  /** Between the beginnings of two checks. */
  readonly delayLoopMs: number;
  /** Most that the first one waits, at random; 0: nothing. */
  readonly warmupMs: number;
  /** Further attempts before what was well counts as failed. */
  readonly retries: number;
  /** Before each of these attempts. */
  readonly delayBeforeRetryMs: number;
}

/** Where a check connects to, and how. */
export interface ConnectionConfig {
  /** Where it is. */
  readonly ip: Ip;
  /** Its port; 0: none is known, and a check can only fail. */
  readonly port: number;
  /** Bound to; default: the kernel's choice. */
  readonly sourceIp?: Ip;
  /** With a source address only. */
  readonly sourcePort?: number;
  /** Bound to; default: any. */
  readonly interface?: string;
  /** Firewall mark; 0: none. */
  readonly mark: number;
  /** For connecting, and for most steps after it. */
  readonly timeoutMs: number;
}

/** A check over the network. */
export interface NetworkCheck extends CheckBaseConfig, PaceConfig {
  /** Where it connects to, and how. */
  readonly connection: ConnectionConfig;
}

/** A TCP connection comes about. */
export interface TcpCheck extends NetworkCheck {
  /** Tells the kinds apart. */
  readonly kind: "tcp";
}

/** An ICMP echo is answered. */
export interface PingCheck extends NetworkCheck {
  /** Tells the kinds apart. */
  readonly kind: "ping";
}

/** A datagram is not refused, or is answered. */
export interface UdpCheck extends NetworkCheck {
  /** Tells the kinds apart. */
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
  /** Fewest octets, 0 to 65535. */
  readonly bytesMin: number;
  /** Most octets, 0 to 65535. */
  readonly bytesMax: number;
}

/** A name is known to a DNS server. */
export interface DnsCheck extends NetworkCheck {
  /** Tells the kinds apart. */
  readonly kind: "dns";
  /** `SOA`, say. */
  readonly type: string;
  /** What is asked for; `.` is the root. */
  readonly name: string;
}

/** A mail server greets. */
export interface SmtpCheck extends NetworkCheck {
  /** Tells the kinds apart. */
  readonly kind: "smtp";
  /** What we call ourselves. */
  readonly heloName: string;
}

/** Pages of a web server are as expected. */
export interface HttpCheck extends NetworkCheck {
  /** Tells the kinds apart. */
  readonly kind: "http";
  /** Over TLS. */
  readonly tls: boolean;
  /** Of HTTP. */
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
  /** What is asked for. */
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
  /** What the body must match; absent: anything. */
  readonly regex?: RegexConfig;
}

/** What a body must match, in words of PCRE2. */
export interface RegexConfig {
  /** As PCRE2 reads it. */
  readonly pattern: string;
  /** Words of PCRE2, `caseless` say. */
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
  /** Tells the kinds apart. */
  readonly kind: "script";
  /** At least one word. */
  readonly command: readonly string[];
  /** Default: the user that holds for all scripts. */
  readonly runAs?: RunAs;
  /** After that it is ended, which is a failure. */
  readonly timeoutMs: number;
  /** Its exit status sets the weight. */
  readonly setsWeight: boolean;
}

/** A number in a file says so. */
export interface FileCheck extends CheckBaseConfig {
  /** Tells the kinds apart. */
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
  /** Tells the kinds apart. */
  readonly kind: "bfd";
  /** Name of the session. */
  readonly session: string;
}
