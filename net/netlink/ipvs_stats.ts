/**
 * What IPVS has counted for a service or a destination.
 *
 * @module
 */
import { type Attributes, AttributeSchema, nested, u32, u64 } from "./attribute.ts";

/** Totals since the entry was made, and rates; the kernel sums both up every two seconds. */
export interface IpvsStats {
  readonly connections: bigint;
  readonly inPackets: bigint;
  readonly outPackets: bigint;
  readonly inBytes: bigint;
  readonly outBytes: bigint;
  readonly connectionsPerSec: bigint;
  readonly inPacketsPerSec: bigint;
  readonly outPacketsPerSec: bigint;
  readonly inBytesPerSec: bigint;
  readonly outBytesPerSec: bigint;
}

const wide = {
  connections: { id: 1, type: u64 }, // IPVS_STATS_ATTR_CONNS
  inPackets: { id: 2, type: u64 },
  outPackets: { id: 3, type: u64 },
  inBytes: { id: 4, type: u64 },
  outBytes: { id: 5, type: u64 },
  connectionsPerSec: { id: 6, type: u64 },
  inPacketsPerSec: { id: 7, type: u64 },
  outPacketsPerSec: { id: 8, type: u64 },
  inBytesPerSec: { id: 9, type: u64 },
  outBytesPerSec: { id: 10, type: u64 },
};

/** Kernels before 4.1 have only this one, which wraps at 32 bits. */
const narrow = {
  connections: { id: 1, type: u32 },
  inPackets: { id: 2, type: u32 },
  outPackets: { id: 3, type: u32 },
  inBytes: { id: 4, type: u64 },
  outBytes: { id: 5, type: u64 },
  connectionsPerSec: { id: 6, type: u32 },
  inPacketsPerSec: { id: 7, type: u32 },
  outPacketsPerSec: { id: 8, type: u32 },
  inBytesPerSec: { id: 9, type: u32 },
  outBytesPerSec: { id: 10, type: u32 },
};

const NAMES = Object.keys(wide) as (keyof IpvsStats)[];

/** Counters of 64 bits. */
export const stats64 = nested(new AttributeSchema(wide));
/** Counters of 32 bits. */
export const stats32 = nested(new AttributeSchema(narrow));

/** The better of the two that the kernel sent; undefined if neither is complete. */
export function statsOf(
  values64: Attributes<typeof wide> | undefined,
  values32: Attributes<typeof narrow> | undefined,
): IpvsStats | undefined {
  return complete(values64) ?? complete(values32);
}

function complete(
  values: Attributes<typeof wide> | Attributes<typeof narrow> | undefined,
): IpvsStats | undefined {
  if (!values) return undefined;
  const stats: Partial<Record<keyof IpvsStats, bigint>> = {};
  for (const name of NAMES) {
    const value = values[name];
    if (value === undefined) return undefined;
    stats[name] = BigInt(value);
  }
  return stats as IpvsStats;
}
