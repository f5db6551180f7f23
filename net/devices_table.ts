/**
 * Interfaces that we make, and settings of others that go with them, as the rest of the program
 * sees them. {@linkcode Devices} is implemented over the kernel by devices.ts, and by the
 * simulator; this file needs neither.
 *
 * @module
 */
import type { ChangeResult } from "./link_table.ts";
import type { LinkChange, NewLink } from "./netlink/rtnetlink_link_change.ts";

export type { LinkChange, NewLink };

/** The interfaces of one network namespace. When a call returns, the table of links has it. */
export interface Devices {
  /** Makes an interface, down; EEXIST if there is one of that name. */
  create(link: NewLink): ChangeResult;
  change(index: number, change: LinkChange): ChangeResult;
  remove(index: number): ChangeResult;
  /** A number of /proc/sys/net, such as `ipv4/conf/eth0/arp_ignore`; undefined: there is none. */
  readSetting(path: string): number | undefined;
  /** Whether it could be written. */
  writeSetting(path: string, value: number): boolean;
  /** This process, and whether another one lives: whose interfaces are leftovers? */
  readonly processId: number;
  isAlive(processId: number): boolean;
}
