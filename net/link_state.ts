/**
 * A live copy of the kernel's interfaces and addresses, from its news. Tells each difference once,
 * in order, and nothing where nothing changed: the kernel repeats itself a lot.
 *
 * No operation but a full listing takes longer the more addresses an interface has.
 *
 * @module
 */
import { familyOf } from "./address.ts";
import { addedHost } from "./address_changes.ts";
import type { AddressChange, InterfaceAddress, Link, LinkEvent } from "./link_table.ts";

/** Addresses of one interface, in the order they came. */
interface AddressList {
  readonly byKey: Map<string, InterfaceAddress>;
  ipv4Count: number;
  /** The same as an array, until something changes. */
  snapshot: readonly InterfaceAddress[] | undefined;
}

/** A live copy of the kernel's interfaces and addresses. */
export class LinkState {
  readonly #byIndex = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();
  readonly #addresses = new Map<number, AddressList>();
  readonly #emit: (event: LinkEvent) => void;
  /** What we asked for, and have not given up to hear about. */
  readonly #ownAdditions = new Map<string, AddressChange>();
  readonly #ownDeletions = new Set<string>();
  /** What we added and will not hear about. */
  readonly #unheard = new Set<InterfaceAddress>();

  /** `emit` is told of each difference. */
  constructor(emit: (event: LinkEvent) => void) {
    this.#emit = emit;
  }

  /** All interfaces. */
  links(): Iterable<Link> {
    return this.#byIndex.values();
  }

  /** The interface of that name, if there is one. */
  linkByName(name: string): Link | undefined {
    return this.#byName.get(name);
  }

  /** The interface of that index, if there is one. */
  linkByIndex(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  /** Addresses of an interface, in the order they came; a snapshot. */
  addressesOf(index: number): readonly InterfaceAddress[] {
    const list = this.#addresses.get(index);
    if (list === undefined) return [];
    return list.snapshot ??= [...list.byKey.values()];
  }

  /** Whether an interface has any IPv4 address. */
  hasIpv4(index: number): boolean {
    return (this.#addresses.get(index)?.ipv4Count ?? 0) > 0;
  }

  /** The next news of that address, until `expectNothing()`, is our doing. */
  expect(change: AddressChange): void {
    const { interfaceIndex, ip, peer } = change;
    const key = ownKey({
      interfaceIndex,
      ip,
      prefixLength: peer?.prefixLength ?? change.prefixLength,
      peer: peer?.ip === ip ? undefined : peer?.ip,
    });
    if (change.operation === "add") this.#ownAdditions.set(key, change);
    else this.#ownDeletions.add(key);
  }

  /** Additions that were expected, and not told yet. */
  awaited(): readonly AddressChange[] {
    return [...this.#ownAdditions.values()];
  }

  /** We added that address, as `hostAdditionFilterProgram()` has it, and no news will tell. */
  addUnheard(change: AddressChange): void {
    const address = addedHost(change, this.#byIndex.get(change.interfaceIndex)?.name);
    this.#unheard.add(address);
    this.#take(address, () => true);
  }

  /** Whether that address is one of those, since the last `expectNothing()`. */
  isUnheard(address: InterfaceAddress): boolean {
    if (this.#unheard.size === 0) return false;
    const known = this.#addresses.get(address.interfaceIndex)?.byKey.get(addressKey(address));
    return known !== undefined && this.#unheard.has(known);
  }

  /** What comes from now on is the doing of others. */
  expectNothing(): void {
    this.#unheard.clear();
    this.#ownAdditions.clear();
    this.#ownDeletions.clear();
  }

  /** Takes in an interface that is new or changed. */
  setLink(link: Link): void {
    const previous = this.#byIndex.get(link.index);
    if (previous !== undefined && sameLink(previous, link)) return;
    if (previous !== undefined) this.#forgetName(previous);
    this.#byIndex.set(link.index, link);
    this.#byName.set(link.name, link);
    this.#emit({ type: "link", link, previous });
  }

  /** Takes out an interface and what addresses it still has. */
  removeLink(index: number): void {
    const link = this.#byIndex.get(index);
    if (link === undefined) return;
    for (const address of this.addressesOf(index)) this.removeAddress(address);
    this.#byIndex.delete(index);
    this.#forgetName(link);
    this.#emit({ type: "linkGone", link });
  }

  /** Takes in an address that is new or changed. */
  setAddress(address: InterfaceAddress): void {
    // The first news of ours is the addition; what follows is the kernel's, such as the end of
    // Duplicate Address Detection.
    this.#take(address, () => this.#ownAdditions.delete(ownKey(address)));
  }

  #take(address: InterfaceAddress, isOwn: () => boolean): void {
    let list = this.#addresses.get(address.interfaceIndex);
    if (list === undefined) {
      list = { byKey: new Map(), ipv4Count: 0, snapshot: undefined };
      this.#addresses.set(address.interfaceIndex, list);
    }
    const key = addressKey(address);
    const previous = list.byKey.get(key);
    list.byKey.set(key, address);
    list.snapshot = undefined;
    if (previous === undefined && familyOf(address.ip) === 4) list.ipv4Count++;
    if (previous !== undefined && sameAddress(previous, address)) return;
    this.#emit({ type: "address", address, previous, own: isOwn() });
  }

  /** Takes out an address. */
  removeAddress(address: InterfaceAddress): void {
    const list = this.#addresses.get(address.interfaceIndex);
    const key = addressKey(address);
    const known = list?.byKey.get(key);
    if (list === undefined || known === undefined) return;
    list.byKey.delete(key);
    list.snapshot = undefined;
    if (familyOf(address.ip) === 4) list.ipv4Count--;
    if (list.byKey.size === 0) this.#addresses.delete(address.interfaceIndex);
    const own = this.#ownDeletions.delete(ownKey(address));
    this.#emit({ type: "addressGone", address: known, own });
  }

  /** Takes over complete lists, and tells the differences: first what is gone, addresses first. */
  replaceAll(links: Iterable<Link>, addresses: Iterable<InterfaceAddress>): void {
    const listedLinks = new Map<number, Link>();
    for (const link of links) listedLinks.set(link.index, link);
    const listedAddresses = new Map<string, InterfaceAddress>();
    for (const address of addresses) listedAddresses.set(ownKey(address), address);
    for (const index of [...this.#addresses.keys()]) {
      for (const address of this.addressesOf(index)) {
        if (!listedAddresses.has(ownKey(address))) this.removeAddress(address);
      }
    }
    for (const index of [...this.#byIndex.keys()]) {
      if (!listedLinks.has(index)) this.removeLink(index);
    }
    for (const link of listedLinks.values()) this.setLink(link);
    for (const address of listedAddresses.values()) this.setAddress(address);
  }

  /** Names wander: somebody else may have it by now. */
  #forgetName(link: Link): void {
    if (this.#byName.get(link.name)?.index === link.index) this.#byName.delete(link.name);
  }
}

type AddressIdentity = Pick<InterfaceAddress, "ip" | "prefixLength" | "peer">;

/** What tells addresses of one interface apart: the kernel has no two alike. */
function addressKey({ ip, prefixLength, peer }: AddressIdentity): string {
  return peer === undefined ? `${ip}/${prefixLength}` : `${ip}/${prefixLength} ${peer}`;
}

function ownKey(address: AddressIdentity & Pick<InterfaceAddress, "interfaceIndex">): string {
  return `${address.interfaceIndex} ${addressKey(address)}`;
}

const LINK_FIELDS = [
  "name",
  "flags",
  "mtuBytes",
  "mac",
  "hardwareType",
  "operState",
  "carrier",
  "kind",
  "parentIndex",
  "masterIndex",
  "vrfTable",
  "alias",
  "group",
] as const satisfies readonly (keyof Link)[];

function sameLink(a: Link, b: Link): boolean {
  return LINK_FIELDS.every((field) => a[field] === b[field]);
}

// Not the lifetimes: they run down by themselves, and each Router Advertisement renews them.
const ADDRESS_FIELDS = [
  "flags",
  "scope",
  "protocol",
  "label",
  "broadcast",
] as const satisfies readonly (keyof InterfaceAddress)[];

function sameAddress(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return ADDRESS_FIELDS.every((field) => a[field] === b[field]);
}
