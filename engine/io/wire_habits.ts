/**
 * What one virtual router has learned of the wire: how far Authentication Headers have counted, and
 * which checksum its unicast peers expect. It outlives reloads.
 *
 * @module
 */
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { SealCount } from "./authentication_header.ts";

/**
 * Version 3 over IPv4: keepalived's pseudo-header for unicast named the multicast group once, and
 * routers that have it so refuse any other.
 */
export class UnicastChecksum {
  #wasHeard = false;

  /** A peer has the old one. Returns whether that is news which changes ours. */
  hear({ oldUnicastChecksum }: VrrpInstanceConfig): boolean {
    const changes = !this.#wasHeard && oldUnicastChecksum === undefined;
    this.#wasHeard = true;
    return changes;
  }

  /** Whether ours is the old one. */
  isOld({ oldUnicastChecksum }: VrrpInstanceConfig): boolean {
    return oldUnicastChecksum ?? this.#wasHeard;
  }
}

/** All of it. */
export class WireHabits {
  readonly sealCount: SealCount = new SealCount();
  readonly checksum: UnicastChecksum = new UnicastChecksum();
}
