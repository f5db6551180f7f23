/**
 * What a BFD session is told, asks for and remembers: the vocabulary of bfd_session.ts.
 *
 * @module
 */
import type { BfdSessionConfig } from "./bfd_config.ts";

/** bfd.SessionState (RFC 5880 §6.8.1). */
export type BfdState = "adminDown" | "down" | "init" | "up";

/** What a control packet tells, once it is authentic and for this session (§6.8.6). */
export interface BfdPacket {
  readonly state: BfdState;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  readonly detectMult: number;
  readonly myDiscriminator: number;
  readonly desiredMinTxIntervalUs: number;
  readonly requiredMinRxIntervalUs: number;
  readonly requiredMinEchoRxIntervalUs: number;
}

/** What can happen to a session. */
export type BfdFact =
  | ({ readonly type: "PACKET" } & BfdPacket)
  /** No packet came for the Detection Time that was last commanded (§6.8.4). */
  | { readonly type: "DETECTION_TIME_EXPIRED" }
  /** Too many echo packets did not come back (§6.8.5). */
  | { readonly type: "ECHO_FAILED" }
  /** Something outside of BFD knows that the path is dead (§6.8.16); it ends with PATH_RESTORED. */
  | { readonly type: "PATH_FAILED" }
  | { readonly type: "PATH_RESTORED" }
  | { readonly type: "RECONFIGURE"; readonly config: BfdSessionConfig }
  /** The daemon stops, or the session left the configuration. */
  | { readonly type: "SHUTDOWN" }
  /** Comes after SHUTDOWN. `lingers`: once the neighbour knows, or had its time to. */
  | { readonly type: "RETIRE"; readonly lingers?: boolean };

/** What our packets say besides the P and F bits; our discriminator is the port's. */
export interface BfdSpeech {
  readonly state: BfdState;
  /** bfd.LocalDiag: 0 to 8. */
  readonly diagnostic: number;
  /** bfd.RemoteDiscr; 0 if it is not known. */
  readonly yourDiscriminator: number;
  readonly detectMult: number;
  readonly controlPlaneIndependent: boolean;
  readonly desiredMinTxIntervalUs: number;
  readonly requiredMinRxIntervalUs: number;
  readonly requiredMinEchoRxIntervalUs: number;
}

/** Which packets may leave: none, answers and news, or periodic ones too (§6.8.7). */
export type TransmissionMode = "silent" | "onDemand" | "periodic";

/** What a session asks of the world. */
export type BfdCommand =
  /**
   * From now on packets say this; if that is new, one leaves at once (§6.8.7). All times count from
   * the last packet of their direction.
   */
  | {
    readonly type: "CONDUCT";
    readonly speech: BfdSpeech;
    /** Interval of periodic packets, before jitter. */
    readonly txIntervalUs: number;
    /** When DETECTION_TIME_EXPIRED is due; 0: never. */
    readonly detectionTimeUs: number;
    /** Interval of echo packets; 0: none are sent. */
    readonly echoTxIntervalUs: number;
  }
  | { readonly type: "SET_TRANSMISSION"; readonly mode: TransmissionMode }
  /** Whether periodic packets carry the P bit. */
  | { readonly type: "SET_POLL"; readonly on: boolean }
  /** Answers a poll at once, whatever the timers. */
  | { readonly type: "SEND_FINAL" }
  | { readonly type: "CONFIGURE"; readonly config: BfdSessionConfig }
  /** Tells virtual routers, checkers, people and programs. */
  | { readonly type: "REPORT"; readonly state: BfdState; readonly diagnostic: number };

/** What the neighbour last said (§6.8.1); initial values while nothing is known. */
export interface BfdRemote {
  /** bfd.RemoteDiscr. */
  readonly discriminator: number;
  /** bfd.RemoteSessionState. */
  readonly state: BfdState;
  /** bfd.RemoteDemandMode. */
  readonly demand: boolean;
  readonly detectMult: number;
  readonly desiredMinTxIntervalUs: number;
  /** bfd.RemoteMinRxInterval. */
  readonly requiredMinRxIntervalUs: number;
  readonly requiredMinEchoRxIntervalUs: number;
}

/** A pair of intervals of ours. */
export interface BfdIntervals {
  readonly desiredMinTxIntervalUs: number;
  readonly requiredMinRxIntervalUs: number;
}

/** What a session remembers. Small, readonly, printable. */
export interface BfdContext {
  readonly config: BfdSessionConfig;
  readonly remote: BfdRemote;
  /** bfd.LocalDiag. */
  readonly diagnostic: number;
  /** What the neighbour has acknowledged by the end of a Poll Sequence (§6.8.3). */
  readonly acknowledged: BfdIntervals;
  /** What the Poll Sequence of the moment, or the last one, announced. */
  readonly polled: BfdIntervals;
}
