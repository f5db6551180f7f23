/**
 * What the parts of BFD's port know of each other.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { Unauthentic } from "../../net/packet/bfd_auth.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Outside } from "./outside.ts";

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
}
