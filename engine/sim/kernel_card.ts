/**
 * How an interface of a simulated host looks to who asks the kernel.
 *
 * @module
 */
import type { Mac } from "../../net/address.ts";
import type { Link } from "../../net/link_table.ts";
import {
  IFF_LOWER_UP,
  IFF_MULTICAST,
  IFF_RUNNING,
  IFF_UP,
} from "../../net/netlink/rtnetlink_link.ts";

const OPERATIONAL_STATE = { down: 2, up: 6 };
const HARDWARE_ETHERNET = 1;
const MTU_BYTES = 1500;

/** An interface: a card, or one that was made on a card. */
export interface KernelCard {
  readonly name: string;
  readonly mac: Mac;
  /** Its cable is plugged in, or that of the card below. */
  readonly carrier: boolean;
  /** As the administrator wants it. */
  readonly isUp: boolean;
  /** Those that were made: what they are, and on which one. */
  readonly kind?: string;
  readonly parentIndex?: number;
  readonly alias?: string;
  readonly group?: number;
}

/** The kernel's words for it. */
export function linkOf(card: KernelCard & { readonly index: number }): Link {
  const { index, name, mac, carrier, isUp, kind, parentIndex, alias, group } = card;
  const isRunning = isUp && carrier;
  return {
    index,
    name,
    up: isRunning,
    flags: IFF_MULTICAST | (isUp ? IFF_UP : 0) | (isRunning ? IFF_RUNNING | IFF_LOWER_UP : 0),
    loopback: false,
    noArp: false,
    multicast: true,
    mtuBytes: MTU_BYTES,
    mac,
    hardwareType: HARDWARE_ETHERNET,
    operState: isRunning ? OPERATIONAL_STATE.up : OPERATIONAL_STATE.down,
    carrier,
    ...kind !== undefined && { kind },
    ...parentIndex !== undefined && { parentIndex },
    ...alias !== undefined && { alias },
    ...group !== undefined && { group },
  };
}
