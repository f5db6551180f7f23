/**
 * Changes to addresses: their requests, and what is known of them without the kernel's news.
 *
 * @module
 */
import { familyOf } from "./address.ts";
import type { AddressChange, InterfaceAddress } from "./link_table.ts";
import { type MessageWriter, NLM_F_ACK } from "./netlink/message.ts";
import {
  IFA_F_DEPRECATED,
  IFA_F_PERMANENT,
  PROTOCOL_VRRP,
  writeAddressAdd,
  writeAddressAdds,
  writeAddressDelete,
} from "./netlink/rtnetlink_address.ts";

/**
 * Writes changes. Only the last one is answered in any case, which tells that all others are done.
 */
export function writeChanges(writer: MessageWriter, changes: readonly AddressChange[]): void {
  if (changes.every(({ operation }) => operation === "add")) {
    return writeAddressAdds(writer, changes);
  }
  for (const [i, change] of changes.entries()) {
    const answer = i === changes.length - 1 ? NLM_F_ACK : 0;
    if (change.operation === "add") writeAddressAdd(writer, change, answer);
    else writeAddressDelete(writer, change, answer);
  }
}

/** Whether its news is filtered out. */
export function isHostAddition({ operation, ip, prefixLength, peer }: AddressChange): boolean {
  if (operation !== "add" || (peer?.prefixLength ?? prefixLength) !== 32) return false;
  return (peer === undefined || peer.ip === ip) && familyOf(ip) === 4;
}

/** What the kernel makes of a request for an IPv4 host address. */
export function addedHost(
  change: AddressChange,
  interfaceName: string | undefined,
): InterfaceAddress {
  const { interfaceIndex, ip, preferredLifetimeSec, broadcast } = change;
  const deprecated = preferredLifetimeSec === 0 ? IFA_F_DEPRECATED : 0;
  return {
    interfaceIndex,
    ip,
    prefixLength: 32,
    flags: (change.flags ?? 0) | IFA_F_PERMANENT | deprecated,
    scope: change.scope ?? 0,
    protocol: PROTOCOL_VRRP,
    label: change.label ?? interfaceName,
    broadcast,
    peer: undefined,
    preferredLifetimeSec: Infinity, // Of one that is permanent the kernel says no other.
    validLifetimeSec: Infinity,
  };
}
