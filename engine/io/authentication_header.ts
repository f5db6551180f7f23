/**
 * The Authentication Header of one virtual router, as keepalived has it: all routers count with one
 * sequence, each going on where it heard another one.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import { type Sealed, sealIsRight } from "../../net/packet/vrrp_seal.ts";
import type { Rejection } from "./vrrp_counters.ts";

/** What the routers have counted to: 32 bits that may wrap. */
export class SealCount {
  #last = 0;

  /** The number of the next advertisement, the same for all peers. */
  next(): number {
    this.#last = (this.#last + 1) >>> 0;
    return this.#last;
  }

  /** Whether a number follows the last one (RFC 1982). */
  isNew(sequence: number): boolean {
    return ((sequence - this.#last) | 0) > 0;
  }

  /** A router that was heard counted so far. */
  note(sequence: number): void {
    this.#last = sequence;
  }
}

/** Why a seal is not right; undefined: it is, and its number counts. */
export function judgeSeal(
  sealed: Sealed,
  source: Ip,
  password: string,
  count: SealCount,
): Rejection | undefined {
  if (!sealIsRight(sealed, source, password)) return "wrong authentication header";
  const { sequence } = sealed.header;
  if (!count.isNew(sequence)) return "replayed authentication header";
  count.note(sequence);
  return undefined;
}
