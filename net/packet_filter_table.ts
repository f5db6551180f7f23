/**
 * Packet filters as the rest of the program sees them: one table an IP version, that keeps packets
 * off virtual addresses and keeps the group reports of interfaces with virtual MAC addresses where
 * they belong. {@linkcode PacketFilter} is implemented over the kernel's nf_tables by
 * packet_filter.ts, and by the simulator; this file needs neither.
 *
 * @module
 */
import type { Family, Ip } from "./address.ts";
import type { ChangeResult } from "./link_table.ts";

/** Everything of one table. What is absent has no rules; what is empty has, but no members. */
export interface FilterTable {
  readonly family: Family;
  readonly table: string;
  /** Order among all chains of a hook, a signed 32-bit number. */
  readonly priority: number;
  /** Rules count what they match. */
  readonly counts: boolean;
  /** Packets to and from these addresses are dropped; neighbour discovery is not. */
  readonly addresses?: readonly Ip[];
  /** The same for link-local addresses, each on its interface. */
  readonly linkLocals?: readonly LinkLocal[];
  /** Group reports leave by the parent; routers are not solicited. */
  readonly virtualLinks?: readonly VirtualLink[];
}

/** A link-local address and where it is. */
export interface LinkLocal {
  readonly ip: Ip;
  readonly interfaceIndex: number;
}

/** An interface with a virtual MAC address, and the one it lies on. */
export interface VirtualLink {
  readonly index: number;
  readonly parentIndex: number;
}

/** Members of a table. */
export type FilterMembers = Pick<FilterTable, "addresses" | "linkLocals" | "virtualLinks">;

/** The packet filters of one network namespace. */
export interface PacketFilter extends Disposable {
  /** Makes a table, in the place of one of the same name, at once. */
  replace(table: FilterTable): ChangeResult;
  /** Adds and removes members of a table that is there. All or nothing. */
  change(table: FilterTable, added: FilterMembers, removed: FilterMembers): ChangeResult;
  /** Removes a table; that there is none is success. */
  remove(family: Family, table: string): ChangeResult;
}

/** Somebody else changed a table of this name; without one, news were lost. */
export interface FilterEvent {
  readonly family: Family;
  readonly table?: string;
}
