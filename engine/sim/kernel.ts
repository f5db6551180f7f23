/**
 * The kernel of a simulated host, as far as VRRP needs one: interfaces and addresses, news of them,
 * and refusals on demand. It outlives the processes that use it; they see it through
 * kernel_links.ts.
 *
 * @module
 */
import { contains, familyOf, type Ip, type Mac } from "../../net/address.ts";
import { LinkState } from "../../net/link_state.ts";
import type {
  AddressChange,
  ChangeResult,
  InterfaceAddress,
  Link,
  LinkEvent,
} from "../../net/link_table.ts";
import { IFA_F_SECONDARY, PROTOCOL_VRRP } from "../../net/netlink/rtnetlink_address.ts";
import type { LinkChange, NewLink } from "../../net/devices_table.ts";
import { type KernelCard, linkOf } from "./kernel_card.ts";
import { SimPacketFilter } from "./kernel_filter.ts";
import { SimIpvs } from "./kernel_ipvs.ts";
import { KernelRouting } from "./kernel_routing.ts";

const ERRNO = { ENODEV: 19, EEXIST: 17, EOPNOTSUPP: 95, EADDRINUSE: 98, EADDRNOTAVAIL: 99 };

/** An interface of a simulated host. */
export interface KernelLink {
  readonly name: string;
  readonly mac: Mac;
  /** What the administrator configured: not virtual. */
  readonly addresses: readonly { readonly ip: Ip; readonly prefixLength: number }[];
}

/** What is known of an interface besides its addresses. */
type Card = KernelCard & { readonly index: number };

/** A simulated kernel. */
export class Kernel {
  readonly #state: LinkState = new LinkState((event) => {
    for (const listener of this.#listeners) listener(event);
  });
  readonly #listeners = new Set<(event: LinkEvent) => void>();
  readonly #configured = new Set<string>();
  /** All addresses, by interface and prefix. */
  readonly #byPlace = new Map<string, InterfaceAddress>();
  readonly #virtuals = new Set<Ip>();
  /** Routes and rules. */
  readonly routing: KernelRouting = new KernelRouting();
  readonly filter: SimPacketFilter = new SimPacketFilter();
  /** The balancer's table. */
  readonly ipvs: SimIpvs = new SimIpvs();
  readonly #cards = new Map<number, Card>();
  /** Numbers under /proc/sys/net that somebody wrote. */
  readonly settings: Map<string, number> = new Map();
  #nextIndex = 2; // 1 is the loopback interface.
  /** Additions fail with this errno; 0: they succeed. */
  refusalErrno = 0;
  readonly #removedByOthers = new Set<Ip>();
  readonly #refused = new Set<Ip>();

  /** Adds an interface; returns its index. */
  addLink({ name, mac, addresses }: KernelLink): number {
    const index = this.#nextIndex++;
    this.#setCard({ index, name, mac, carrier: true, isUp: true });
    for (const { ip, prefixLength } of addresses) {
      this.#configured.add(`${index} ${ip}`);
      this.#add(addressOf(index, ip, prefixLength, 0, 0));
    }
    return index;
  }

  /** The cable of an interface was plugged in or pulled; what lies on it notices. */
  setCarrier(index: number, carrier: boolean): void {
    for (const card of this.#cards.values()) {
      if (card.index === index || card.parentIndex === index) this.#setCard({ ...card, carrier });
    }
  }

  /** Makes an interface on another one, down. */
  createLink({ name, parentIndex, device }: NewLink): ChangeResult {
    const parent = this.#cards.get(parentIndex);
    if (!parent) return { errno: ERRNO.ENODEV };
    if (this.#state.linkByName(name)) return { errno: ERRNO.EEXIST };
    if (device.kind !== "macvlan") return { errno: ERRNO.EOPNOTSUPP };
    const { mac, kind } = device;
    for (const card of this.#cards.values()) {
      const isTwin = card.parentIndex === parentIndex && card.mac === mac;
      if (isTwin) return { errno: ERRNO.EADDRINUSE };
    }
    const index = this.#nextIndex++;
    this.#setCard({ index, name, mac, kind, parentIndex, carrier: parent.carrier, isUp: false });
    return { errno: 0 };
  }

  /** Changes one that was made. */
  changeLink(index: number, { up, alias, group }: LinkChange): ChangeResult {
    const card = this.#cards.get(index);
    if (!card) return { errno: ERRNO.ENODEV };
    this.#setCard({
      ...card,
      isUp: up ?? card.isUp,
      ...alias !== undefined && { alias },
      ...group !== undefined && { group },
    });
    return { errno: 0 };
  }

  /** Removes one that was made, with its addresses. */
  removeLink(index: number): ChangeResult {
    if (this.#cards.get(index)?.parentIndex === undefined) return { errno: ERRNO.ENODEV };
    for (const address of this.#byPlace.values()) {
      if (address.interfaceIndex === index) this.#remove(address);
    }
    this.#cards.delete(index);
    this.#state.removeLink(index);
    return { errno: 0 };
  }

  /** Somebody other than stayd takes an interface that was made down or up, or removes it. */
  disturbLink(name: string, deed: "down" | "up" | "remove"): void {
    const link = this.#state.linkByName(name);
    const card = link && this.#cards.get(link.index);
    if (card?.parentIndex === undefined) return;
    if (deed === "remove") this.removeLink(card.index);
    else this.#setCard({ ...card, isUp: deed === "up" });
  }

  /** All interfaces. */
  links(): Iterable<Link> {
    return this.#state.links();
  }

  /** All addresses of an interface, as they are now. */
  addressesOf(index: number): readonly InterfaceAddress[] {
    return this.#state.addressesOf(index);
  }

  /** Addresses that the administrator did not configure: virtual ones. */
  get virtualAddresses(): ReadonlySet<Ip> {
    return this.#virtuals;
  }

  /** Adds or deletes an address for a process. */
  change({ operation, interfaceIndex, ip, prefixLength }: AddressChange): ChangeResult {
    if (!this.#state.linkByIndex(interfaceIndex)) return { errno: ERRNO.ENODEV };
    const present = this.#byPlace.get(placeOf(interfaceIndex, ip, prefixLength));
    this.#refused.delete(ip);
    if (operation === "delete") {
      if (!present) return { errno: ERRNO.EADDRNOTAVAIL };
      this.#remove(present);
      return { errno: 0 };
    }
    if (present) return { errno: ERRNO.EEXIST };
    if (this.refusalErrno !== 0) {
      this.#refused.add(ip);
      return { errno: this.refusalErrno };
    }
    const flags = this.#isSecondary(interfaceIndex, ip, prefixLength) ? IFA_F_SECONDARY : 0;
    this.#add(addressOf(interfaceIndex, ip, prefixLength, flags, PROTOCOL_VRRP));
    return { errno: 0 };
  }

  /** Whether the last addition of an address failed. */
  wasRefused(ip: Ip): boolean {
    return this.#refused.has(ip);
  }

  /** Whether others removed an address that was not added since. */
  wasRemovedByOthers(ip: Ip): boolean {
    return this.#removedByOthers.has(ip);
  }

  /** Somebody other than stayd removes an address, wherever it is. */
  removeAddress(ip: Ip): void {
    this.#removedByOthers.add(ip);
    for (const address of this.#byPlace.values()) {
      if (address.ip === ip) this.#remove(address);
    }
  }

  /** Power is lost: what was not configured is gone. */
  forgetVirtualAddresses(): void {
    for (const ip of this.#virtuals) this.removeAddress(ip);
    for (const { index } of this.#cards.values()) this.removeLink(index);
    this.settings.clear();
    this.routing.flush();
    this.filter.tables.clear();
    this.ipvs.flush();
    this.#refused.clear();
  }

  /** Calls `listener` for each change, in order; returns how to stop that. */
  subscribe(listener: (event: LinkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #setCard(card: Card): void {
    this.#cards.set(card.index, card);
    this.#state.setLink(linkOf(card));
  }

  #add(address: InterfaceAddress): void {
    const { interfaceIndex, ip, prefixLength } = address;
    this.#byPlace.set(placeOf(interfaceIndex, ip, prefixLength), address);
    // What lies on an interface may share its link-local address.
    const below = this.#cards.get(interfaceIndex)?.parentIndex ?? interfaceIndex;
    if (!this.#configured.has(`${below} ${ip}`)) this.#virtuals.add(ip);
    this.#removedByOthers.delete(ip);
    this.#state.setAddress(address);
  }

  #remove(address: InterfaceAddress): void {
    const { interfaceIndex, ip, prefixLength } = address;
    this.#byPlace.delete(placeOf(interfaceIndex, ip, prefixLength));
    this.#virtuals.delete(ip);
    this.#state.removeAddress(address);
  }

  #isSecondary(index: number, ip: Ip, prefixLength: number): boolean {
    if (familyOf(ip) === 6 || prefixLength === 32) return false;
    for (const each of this.#byPlace.values()) {
      const isNear = each.interfaceIndex === index && each.prefixLength === prefixLength;
      if (isNear && contains({ ip: each.ip, prefixLength }, ip)) return true;
    }
    return false;
  }
}

function placeOf(index: number, ip: Ip, prefixLength: number): string {
  return `${index} ${ip}/${prefixLength}`;
}

function addressOf(
  interfaceIndex: number,
  ip: Ip,
  prefixLength: number,
  flags: number,
  protocol: number,
): InterfaceAddress {
  return {
    interfaceIndex,
    ip,
    prefixLength,
    flags,
    scope: 0,
    protocol,
    preferredLifetimeSec: Infinity,
    validLifetimeSec: Infinity,
  };
}
