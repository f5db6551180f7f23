/**
 * What the parts of BFD's port know of each other.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { BfdSpeech } from "../../machines/bfd_facts.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { Unauthentic } from "../../net/packet/bfd_auth.ts";
import type { ReceivedControlPacket } from "../../net/packet/bfd.ts";
import type { EchoPacket } from "../../net/packet/bfd_echo.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { SessionStatus } from "../status/process_status.ts";
import type { BfdCounters } from "./bfd_counters.ts";
import type { Outside, Received } from "./outside.ts";

/** Port of control packets over one hop (RFC 5881 §4). */
export const CONTROL_PORT = 3784;
/** Port of echo packets (RFC 5881 §4). */
export const ECHO_PORT = 3785;
/** Port of control packets over several hops (RFC 5883 §5). */
export const MULTIHOP_PORT = 4784;
/** Least port that a session may speak from (RFC 5881 §4). */
export const SOURCE_PORT_MIN = 49_152;

/** Why a well-formed packet is refused. The text is the log message and the counter's key. */
export type BfdRejection =
  | "unknown discriminator"
  | "unknown neighbor"
  | "wrong port"
  | "hop limit too small"
  | "wrong interface"
  | "authentication missing"
  | "authentication not expected"
  | "administratively down"
  | Unauthentic;

/** What all sessions of a process share. */
export interface BfdShared {
  readonly outside: Outside;
  readonly clock: Clock;
  readonly log: Log;
  readonly onReport: (config: BfdSessionConfig, report: SessionReport) => void;
  /** What a session would say if it was lost now; undefined: it is not at hand. */
  readonly imagineLoss?: (identity: string) => BfdSpeech | undefined;
}

/** A control packet, and how it came. */
export interface BfdDatagram {
  readonly packet: ReceivedControlPacket;
  readonly received: Received;
  /** It came to the port of several hops. */
  readonly isMultihop: boolean;
}

/** What the sockets know of a session's port. */
export interface SessionPort {
  /** bfd.LocalDiscr. */
  readonly discriminator: number;
  readonly config: BfdSessionConfig;
  readonly counters: BfdCounters;
  /** What it knows and does, for people. */
  readonly status: SessionStatus;
  /** A datagram that repeats the last one. Returns false if it has to be looked at. */
  takeRepetition(received: Received): boolean;
  /** A packet for this session. Returns why it is refused; undefined: it is not. */
  take(datagram: BfdDatagram): BfdRejection | undefined;
  /** An echo packet of ours came back. */
  takeEcho(packet: EchoPacket): void;
  /** Interfaces came, went, or have other numbers. */
  noticeLinks(): void;
  /** Sends what is to be said before the next period. */
  flush(): void;
}

/** What a session's port knows of the sockets. */
export interface SessionDirectory {
  /** A discriminator that no session has (RFC 5880 §6.8.1, bfd.LocalDiscr). */
  newDiscriminator(): number;
  /** Packets for a session reach it from now on. */
  attach(session: SessionPort): void;
  /** Its configuration changed. */
  reconfigure(session: SessionPort, before: BfdSessionConfig): void;
  /** Packets reach it no more. */
  detach(session: SessionPort): void;
  /**
   * Reads packets that came before a moment, among which a session's may be. Returns whether some
   * may be unread.
   */
  catchUp(config: BfdSessionConfig, untilMs: number): boolean;
  /** Reads echo packets that came before a moment, if they are not too many. */
  catchUpEchoes(config: BfdSessionConfig, untilMs: number): void;
  /** At the end of the turn it says what it has to say. */
  flushLater(session: SessionPort): void;
}
