/**
 * Interfaces and their addresses as the rest of the program sees them: a table that is always up to
 * date, its events, and changes to addresses.
 *
 * {@linkcode LinkTable} is implemented over the kernel's rtnetlink by links.ts, and by the
 * simulator's kernel; this file needs neither.
 *
 * @module
 */
import { type Family, familyOf, type Ip, isLinkLocal } from "./address.ts";
import {
  type AddressRequest,
  IFA_F_DADFAILED,
  IFA_F_SECONDARY,
  IFA_F_TENTATIVE,
  type InterfaceAddress,
} from "./netlink/rtnetlink_address.ts";
import type { Link } from "./netlink/rtnetlink_link.ts";
import type { Route } from "./netlink/rtnetlink_route.ts";

export type { InterfaceAddress, Link, Route };

/**
 * Something became, or is no more. The table is up to date when an event is told, and may already
 * be ahead of it. `own`: we asked for exactly this; nobody else did it.
 */
export type LinkEvent =
  | { readonly type: "link"; readonly link: Link; readonly previous: Link | undefined }
  | { readonly type: "linkGone"; readonly link: Link }
  | {
    readonly type: "address";
    readonly address: InterfaceAddress;
    readonly previous: InterfaceAddress | undefined;
    readonly own: boolean;
  }
  | { readonly type: "addressGone"; readonly address: InterfaceAddress; readonly own: boolean }
  | { readonly type: "route"; readonly route: Route; readonly previous: Route | undefined }
  | { readonly type: "routeGone"; readonly route: Route };

/** An address to add, marked as a VRRP router's, or to delete. */
export type AddressChange = { readonly operation: "add" | "delete" } & AddressRequest;

/** How a change ended. */
export interface ChangeResult {
  /** 0: done; else the positive errno. {@linkcode isDone} says which of them are as good. */
  readonly errno: number;
  /** What the kernel says about it. */
  readonly message?: string | undefined;
}

/** Changes in one call; more of them would hold up the caller for milliseconds. */
export const ADDRESS_CHANGES_MAX = 64;

/** The interfaces of one network namespace, kept up to date. */
export interface LinkTable {
  /** All interfaces. */
  links(): Iterable<Link>;
  /** The interface of that name, if there is one. */
  linkByName(name: string): Link | undefined;
  /** The interface of that index, if there is one. */
  linkByIndex(index: number): Link | undefined;
  /** Addresses of an interface, in the order they came; a snapshot. Unknown ones have none. */
  addressesOf(index: number): readonly InterfaceAddress[];
  /**
   * Applies at most {@linkcode ADDRESS_CHANGES_MAX} changes, in order, and returns one result each.
   * When it returns, the table has them and their events were told; called by a listener, they are
   * told right after it.
   *
   * `acknowledged` is called before that, as soon as the kernel has answered: for what must not
   * wait. It must not change addresses.
   */
  changeAddresses(
    changes: readonly AddressChange[],
    acknowledged?: (results: readonly ChangeResult[]) => void,
  ): readonly ChangeResult[];
  /**
   * Makes ready to apply exactly this array of changes, so that {@linkcode changeAddresses}, given
   * the same array, is quick. Only the last one prepared is.
   */
  prepareChanges?(changes: readonly AddressChange[]): void;
  /** Takes in all that the kernel has told so far. */
  catchUp?(): void;
  /** Calls `listener` for each event, in order; returns how to stop that. */
  subscribe(listener: (event: LinkEvent) => void): () => void;
}

const ERRNO = { ESRCH: 3, EEXIST: 17, ENODEV: 19, EADDRNOTAVAIL: 99 };

/** Whether a change with that result left things as they were asked for: changes are idempotent. */
export function isDone(operation: AddressChange["operation"], errno: number): boolean {
  if (errno === 0) return true;
  if (operation === "add") return errno === ERRNO.EEXIST;
  // An interface that is gone took its addresses along.
  return errno === ERRNO.EADDRNOTAVAIL || errno === ERRNO.ESRCH || errno === ERRNO.ENODEV;
}

/** IPv4: whether another address of the same network came first. IPv6: whether it is temporary. */
export function isSecondary({ flags }: InterfaceAddress): boolean {
  return (flags & IFA_F_SECONDARY) !== 0;
}

/** Whether Duplicate Address Detection is still running. */
export function isTentative({ flags }: InterfaceAddress): boolean {
  return (flags & IFA_F_TENTATIVE) !== 0;
}

/** Whether Duplicate Address Detection found another holder. */
export function isDadFailed({ flags }: InterfaceAddress): boolean {
  return (flags & IFA_F_DADFAILED) !== 0;
}

/**
 * The address an interface sends advertisements from (RFC 9568 §7.2), which is none of those in
 * `except`, the virtual ones: the first IPv4 address that is not secondary, whatever its scope, or
 * the first link-local IPv6 address that is ready to use. Stays the same as long as that address is
 * there. Takes longer the more addresses come before it, and the first time after each change.
 */
export function primaryAddress(
  table: Pick<LinkTable, "addressesOf">,
  index: number,
  family: Family,
  except: ReadonlySet<Ip>,
): Ip | undefined {
  return table.addressesOf(index).find((address) => {
    if (familyOf(address.ip) !== family || except.has(address.ip)) return false;
    if (family === 4) return !isSecondary(address);
    return isLinkLocal(address.ip) && !isTentative(address) && !isDadFailed(address);
  })?.ip;
}
