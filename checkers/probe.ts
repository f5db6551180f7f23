/**
 * What a probe is: one question to one server, and a verdict. Never an exception for what the
 * network does, never more octets or time than was allowed, nothing left open.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import { errnoName } from "../net/sys/constants.ts";
import { SyscallError } from "../net/sys/libc.ts";
import type { Reactor } from "../net/sys/reactor.ts";

/** Where a probe goes, and how it gets there. Plain data. */
export interface Target {
  readonly ip: Ip;
  /** 1 to 65,535; 0 where there is none. */
  readonly port: number;
  /** Local address; default: the kernel's choice. */
  readonly sourceIp?: Ip;
  /** Local port; default: the kernel's choice. */
  readonly sourcePort?: number;
  /** Device that is used whatever the routes say. */
  readonly interface?: string;
  /** Firewall mark of what is sent; 0 is none. */
  readonly mark?: number;
  /** For connecting, and for each step after it. More than 0. */
  readonly timeoutMs: number;
}

/** Why a server did not pass: text of the log message, and key of the counter. */
export type FailureReason =
  | "connection refused"
  | "connection lost"
  | "unreachable"
  | "timed out"
  | "TLS handshake failed"
  | "certificate not trusted"
  | "certificate expired"
  | "no reply"
  | "malformed reply"
  | "reply too long"
  | "reply cut short"
  | "wrong status"
  | "wrong digest"
  | "pattern not found"
  | "pattern found"
  | "wrong reply"
  | "script failed"
  | "script killed"
  | "file says down"
  | "session down";

/** Why there is nothing to say about the server: the fault is ours, or we were told to stop. */
export type UndecidedReason =
  | "stopped"
  | "socket not available"
  | "request not possible"
  | "script not started"
  | "file not readable";

/** Something worth a line in the log though the server passed. */
export type Warning =
  | "certificate expires soon"
  | "length differs from Content-Length";

/** What a probe found out, without how long it took. Plain data. */
export type Finding = Passed | Failed | Undecided;

/** The server is well. */
export interface Passed extends Extras {
  readonly outcome: "passed";
}

/** The server is not well. */
export interface Failed extends Extras {
  readonly outcome: "failed";
  readonly reason: FailureReason;
  /** Particulars for the log, at most {@linkcode DETAIL_CHARS_MAX} printable characters. */
  readonly detail?: string;
}

/** Neither: it counts as if nothing had been asked. */
export interface Undecided {
  readonly outcome: "undecided";
  readonly reason: UndecidedReason;
  /** As above. */
  readonly detail?: string;
}

interface Extras {
  /** What the server's weight is to be. */
  readonly weight?: WeightAdvice;
  readonly certificate?: CertificateFacts;
  readonly warnings?: readonly Warning[];
  /** HTTP: status code of the reply. */
  readonly status?: number;
  /** HTTP, if asked for: MD5 of the body, 32 lower-case hexadecimal digits. */
  readonly digest?: string;
  /** Scripts: how they ended. */
  readonly exitCode?: number;
}

/** `absolute`: the weight itself; `relative`: added to the configured one. */
export interface WeightAdvice {
  readonly kind: "absolute" | "relative";
  readonly value: number;
}

/** What is known of a server's certificate. */
export interface CertificateFacts {
  /** When it ends, in ms since 1970. */
  readonly expiresMs: number;
  /** Common name of its subject; empty if there is none. */
  readonly subject: string;
}

/** A finding, and how long it took. */
export type Verdict = Finding & { readonly tookMs: number };

/** Timers, and the clock they go by, in ms. engine/clock.ts is one. */
export interface Timers {
  now(): number;
  setTimeout(fire: () => void, delayMs: number): number;
  clearTimeout(id: number): void;
}

/** What a probe gets from the process that it runs in. */
export interface ProbeContext {
  /** Tells when a descriptor is ready; somebody runs it. */
  readonly reactor: Reactor;
  readonly timers: Timers;
  /** Ends the probe early; its verdict is then `stopped`. */
  readonly signal: StopSignal;
  /** Where TLS handshakes queue up, as each costs a third of a millisecond of processor time. */
  readonly handshakes: Gate;
}

/** Tells when to stop. An `AbortSignal` is one, but most probes end before anybody would ask it. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Lets in so many at a time, in the order of their coming. */
export interface Gate {
  /** Resolves when there is room, or `signal` says to stop; dispose of the result to leave. */
  enter(signal: StopSignal): Promise<Disposable>;
}

/** One question. Resolves in any case, and then holds nothing open. */
export type Probe<Options> = (
  target: Target,
  options: Options,
  context: ProbeContext,
) => Promise<Verdict>;

/** Length of a detail. */
const DETAIL_CHARS_MAX = 120;

/** Makes a verdict of what a probe found. Only a bug of ours passes through as an exception. */
export async function timed(
  { timers }: ProbeContext,
  find: () => Promise<Finding>,
): Promise<Verdict> {
  const startMs = timers.now();
  const finding = await find();
  return { ...finding, tookMs: timers.now() - startMs };
}

/** A failure. Details come from the network: they are cut, and made printable. */
export function failed(reason: FailureReason, detail?: string): Failed {
  return { outcome: "failed", reason, ...(detail !== undefined && { detail: printable(detail) }) };
}

/** Nothing to say. */
export function undecided(reason: UndecidedReason, detail?: string): Undecided {
  const printed = detail !== undefined && { detail: printable(detail) };
  return { outcome: "undecided", reason, ...printed };
}

/** Nothing to say, because the kernel refused us something. Other exceptions are bugs. */
export function refusedByKernel(reason: UndecidedReason, error: unknown): Undecided {
  if (!(error instanceof SyscallError)) throw error;
  return undecided(reason, `${error.syscall}: ${errnoName(error.errno)}`);
}

/** Text of a stranger, safe for a log: one line, no control characters, not long. */
export function printable(text: string, charsMax = DETAIL_CHARS_MAX): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return cut.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu, "?");
}
