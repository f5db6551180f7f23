/**
 * Capabilities: what this process may do that not everybody may.
 *
 * @module
 */
import { readFile } from "./file.ts";

/** Capabilities that stayd asks for, by bit. */
export const CAPABILITY_BITS = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
} as const;
/** Name of a capability. */
export type Capability = keyof typeof CAPABILITY_BITS;

const STATUS_BYTES_MAX = 64 * 1_024;

/** The capabilities in a set of this process, as /proc names it. */
export function heldCapabilities(set: "CapEff" | "CapPrm"): ReadonlySet<Capability> {
  const status = new TextDecoder().decode(readFile("/proc/self/status", STATUS_BYTES_MAX));
  const digits = status.match(new RegExp(`^${set}:\\s*([0-9a-f]+)`, "m"))?.[1];
  const bits = BigInt(`0x${digits ?? "0"}`);
  const names = Object.keys(CAPABILITY_BITS) as Capability[];
  return new Set(names.filter((name) => ((bits >> BigInt(CAPABILITY_BITS[name])) & 1n) === 1n));
}
