/**
 * Interfaces that an instance makes for itself, as plain data.
 *
 * @module
 */
import type { Mac, Prefix } from "../net/address.ts";

/** A macvlan interface with the virtual router's MAC address (RFC 9568 §7.3). */
export interface VirtualMacOptions {
  /** Default: the prefix of all such interfaces, a dot and the VRID. */
  readonly name?: string;
  /** Default: 00-00-5E-00-01-VRID or 00-00-5E-00-02-VRID. */
  readonly mac?: Mac;
  /** Group of interfaces it belongs to; default: that of the parent. */
  readonly interfaceGroup?: number;
  /** Tells netlink listeners of addresses as if they were new. */
  readonly notifiesNetlink: boolean;
}

/** An ipvlan interface. */
export interface IpvlanOptions {
  /** Its name; default: the prefix of all such interfaces, a dot and the VRID. */
  readonly name?: string;
  /** Its own address, which advertisements come from. */
  readonly address?: Prefix;
  /** What the interfaces of one parent hear of each other. */
  readonly mode: "bridge" | "private" | "vepa";
  /** Group of interfaces it belongs to; default: that of the parent. */
  readonly interfaceGroup?: number;
}
