/**
 * BFD control packets (RFC 5880 §4.1) and stayd's own echo packets (RFC 5880 §5).
 *
 * ```text
 *  0               1               2               3
 * +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 * |  1  |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
 * +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 * |                       My Discriminator                        |
 * |                       Your Discriminator                      |
 * |                Desired Min TX Interval (µs)                   |
 * |                Required Min RX Interval (µs)                  |
 * |                Required Min Echo RX Interval (µs)             |
 * +---------------------------------------------------------------+
 * |                Authentication Section, where A is set         |
 * ```
 *
 * Decoding makes those checks of §6.8.6 that need the octets only, in their order. Which session a
 * packet is for, and what proves its sender (bfd_auth.ts), comes after. Octets behind Length are
 * ignored, as the RFC has it.
 *
 * @module
 */
import { assert } from "../assert.ts";

/** Where each field sits. Both directions read this table, so they cannot disagree. */
const AT = {
  versionDiagnostic: 0,
  stateFlags: 1,
  detectMult: 2,
  length: 3,
  myDiscriminator: 4,
  yourDiscriminator: 8,
  desiredMinTx: 12,
  requiredMinRx: 16,
  requiredMinEchoRx: 20,
  end: 24,
};
const FLAG = {
  poll: 0x20,
  final: 0x10,
  controlPlaneIndependent: 0x08,
  authentication: 0x04,
  demand: 0x02,
  multipoint: 0x01,
};
const VERSION = 1;
/** Sta and the flags that ask for something, in their octet; Up without any of them. */
const NEWS_MASK = 0xc0 | FLAG.poll | FLAG.final | FLAG.demand;
const UP_BITS = 0xc0;
const DIAGNOSTIC_MASK = 0x1f;
const LENGTH_MAX = 0xff;
const LONG_MAX = 0xffff_ffff;
/** Least octets of an authentication section: its type and its length. */
const AUTHENTICATION_BYTES_MIN = 2;

/** Octets of a control packet without authentication. */
export const CONTROL_BYTES = AT.end;

/**
 * What most packets have in common that only repeat what was said: the neighbour is Up, and asks
 * for nothing.
 */
export const REPETITION_PATTERN = { at: AT.stateFlags, mask: NEWS_MASK, value: UP_BITS } as const;

/** States in the order of their numbers on the wire (RFC 5880 §4.1, Sta). */
export const BFD_STATES = ["adminDown", "down", "init", "up"] as const;
/** bfd.SessionState (RFC 5880 §6.8.1). */
export type BfdState = typeof BFD_STATES[number];

/** Reasons of the last change of state (RFC 5880 §4.1, Diag); 9 to 31 are reserved. */
export const DIAGNOSTIC = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  forwardingPlaneReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
} as const;

/** A control packet without its authentication section. */
export interface ControlPacket {
  /** 0 to 31: see {@linkcode DIAGNOSTIC}. */
  readonly diagnostic: number;
  readonly state: BfdState;
  readonly poll: boolean;
  /** Never together with `poll` in what we send (§6.5). */
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1 to 255. */
  readonly detectMult: number;
  /** 1 to 4294967295. */
  readonly myDiscriminator: number;
  /** 0 to 4294967295; 0 if it is not known. */
  readonly yourDiscriminator: number;
  /** 0 to 4294967295; 0 is reserved. */
  readonly desiredMinTxIntervalUs: number;
  /** 0 to 4294967295; 0: send nothing periodically. */
  readonly requiredMinRxIntervalUs: number;
  /** 0 to 4294967295; 0: send no echo packets. */
  readonly requiredMinEchoRxIntervalUs: number;
}

/** A control packet as it came. */
export interface ReceivedControlPacket extends ControlPacket {
  /** The A bit. */
  readonly isAuthenticated: boolean;
  /** Octets that are the packet's: 24 to 255. */
  readonly lengthBytes: number;
}

/** Why bytes are no control packet. The text is the log message and the counter's key. */
export type MalformedControl =
  | "too short"
  | "unknown version"
  | "wrong length"
  | "truncated"
  | "zero detect mult"
  | "multipoint"
  | "zero my discriminator"
  | "zero your discriminator";

/**
 * Reads a control packet, or says why it is none; never throws, for anybody can send any bytes.
 * `bytes` is the whole payload of the datagram and may be reused afterwards.
 */
export function decodeControlPacket(bytes: Uint8Array): ReceivedControlPacket | MalformedControl {
  if (bytes.length < AT.end) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const versionDiagnostic = view.getUint8(AT.versionDiagnostic);
  const stateFlags = view.getUint8(AT.stateFlags);
  const lengthBytes = view.getUint8(AT.length);
  const isAuthenticated = (stateFlags & FLAG.authentication) !== 0;
  const lengthBytesMin = isAuthenticated ? AT.end + AUTHENTICATION_BYTES_MIN : AT.end;
  // §6.8.6, in its order.
  if (versionDiagnostic >> 5 !== VERSION) return "unknown version";
  if (lengthBytes < lengthBytesMin) return "wrong length";
  if (lengthBytes > bytes.length) return "truncated";
  const detectMult = view.getUint8(AT.detectMult);
  if (detectMult === 0) return "zero detect mult";
  if ((stateFlags & FLAG.multipoint) !== 0) return "multipoint";
  const myDiscriminator = view.getUint32(AT.myDiscriminator);
  if (myDiscriminator === 0) return "zero my discriminator";
  const yourDiscriminator = view.getUint32(AT.yourDiscriminator);
  const state = BFD_STATES[stateFlags >> 6] ?? "down";
  if (yourDiscriminator === 0 && (state === "init" || state === "up")) {
    return "zero your discriminator";
  }
  return {
    diagnostic: versionDiagnostic & DIAGNOSTIC_MASK,
    state,
    poll: (stateFlags & FLAG.poll) !== 0,
    final: (stateFlags & FLAG.final) !== 0,
    controlPlaneIndependent: (stateFlags & FLAG.controlPlaneIndependent) !== 0,
    demand: (stateFlags & FLAG.demand) !== 0,
    detectMult,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTxIntervalUs: view.getUint32(AT.desiredMinTx),
    requiredMinRxIntervalUs: view.getUint32(AT.requiredMinRx),
    requiredMinEchoRxIntervalUs: view.getUint32(AT.requiredMinEchoRx),
    isAuthenticated,
    lengthBytes,
  };
}

/** Your Discriminator of what may be a control packet; 0 if it is too short for one. */
export function peekYourDiscriminator(bytes: Uint8Array): number {
  if (bytes.length < AT.end) return 0;
  // By hand: this is asked of every packet, and a view is an object.
  let discriminator = 0;
  for (let at = AT.yourDiscriminator; at < AT.desiredMinTx; at++) {
    discriminator = (discriminator << 8) | (bytes[at] ?? 0);
  }
  return discriminator >>> 0;
}

/**
 * Writes a control packet at the start of `bytes`, which has exactly its length: 24 octets, and
 * more where an authentication section follows, which is the caller's to fill in.
 */
export function encodeControlPacket(packet: ControlPacket, bytes: Uint8Array): void {
  const lengthBytes = bytes.length;
  const isAuthenticated = lengthBytes > AT.end;
  assert(
    lengthBytes === AT.end ||
      (lengthBytes >= AT.end + AUTHENTICATION_BYTES_MIN && lengthBytes <= LENGTH_MAX),
    `A control packet has 24 or 26 to 255 octets: current value is ${lengthBytes}`,
  );
  const { diagnostic, state, detectMult, myDiscriminator } = packet;
  assert(
    diagnostic >= 0 && diagnostic <= DIAGNOSTIC_MASK,
    `Diagnostic is 0 to 31: current value is ${diagnostic}`,
  );
  assert(
    detectMult >= 1 && detectMult <= 255,
    `Detect Mult is 1 to 255: current value is ${detectMult}`,
  );
  assert(myDiscriminator !== 0, "My Discriminator is not 0");
  assert(!(packet.poll && packet.final), "Poll and Final are never together");
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  view.setUint8(AT.versionDiagnostic, VERSION << 5 | diagnostic);
  view.setUint8(
    AT.stateFlags,
    BFD_STATES.indexOf(state) << 6 |
      (packet.poll ? FLAG.poll : 0) |
      (packet.final ? FLAG.final : 0) |
      (packet.controlPlaneIndependent ? FLAG.controlPlaneIndependent : 0) |
      (isAuthenticated ? FLAG.authentication : 0) |
      (packet.demand ? FLAG.demand : 0),
  );
  view.setUint8(AT.detectMult, detectMult);
  view.setUint8(AT.length, lengthBytes);
  setLong(view, AT.myDiscriminator, myDiscriminator);
  setLong(view, AT.yourDiscriminator, packet.yourDiscriminator);
  setLong(view, AT.desiredMinTx, packet.desiredMinTxIntervalUs);
  setLong(view, AT.requiredMinRx, packet.requiredMinRxIntervalUs);
  setLong(view, AT.requiredMinEchoRx, packet.requiredMinEchoRxIntervalUs);
}

function setLong(view: DataView, at: number, value: number): void {
  assert(
    Number.isInteger(value) && value >= 0 && value <= LONG_MAX,
    `A field of 32 bits is 0 to 4294967295: current value is ${value}`,
  );
  view.setUint32(at, value);
}
