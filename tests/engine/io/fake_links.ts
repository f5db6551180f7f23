/**
 * A table of links in memory, with addresses that come and go at once.
 *
 * @module
 */
import { type Ip, ip, parseMac } from "../../../net/address.ts";
import type {
  AddressChange,
  ChangeResult,
  InterfaceAddress,
  Link,
  LinkEvent,
  LinkTable,
} from "../../../net/link_table.ts";

const EEXIST = 17;
const EADDRNOTAVAIL = 99;

/** A {@linkcode LinkTable} that does what it is told. */
export class FakeLinks implements LinkTable {
  readonly #links = new Map<number, Link>();
  readonly #addresses = new Map<number, InterfaceAddress[]>();
  readonly #listeners = new Set<(event: LinkEvent) => void>();
  /** How many changes each call had. */
  readonly batches: number[] = [];
  /** Every change, as `add eth0 192.0.2.1/24`. */
  readonly changes: string[] = [];
  /** What the kernel says to a change instead of doing it; 0: does it. */
  refuse: (change: AddressChange) => ChangeResult = () => ({ errno: 0 });

  /** Adds an Ethernet link that is up. */
  addLink(name: string, index: number, change: Partial<Link> = {}): Link {
    const mac = parseMac(`02:00:00:00:00:0${index}`);
    const link: Link = {
      index,
      name,
      up: true,
      flags: 0x1043,
      loopback: false,
      noArp: false,
      multicast: true,
      mtuBytes: 1_500,
      mac,
      hardwareType: 1,
      operState: 6,
      carrier: true,
      ...change,
    };
    this.#links.set(index, link);
    return link;
  }

  /** Its carrier comes or goes. */
  setUp(index: number, up: boolean): void {
    const previous = this.#links.get(index);
    if (!previous) throw new Error(`There is no link ${index}`);
    const link = { ...previous, up };
    this.#links.set(index, link);
    for (const listener of this.#listeners) listener({ type: "link", link, previous });
  }

  /** Removes a link with its addresses. */
  removeLink(index: number): void {
    this.#links.delete(index);
    this.#addresses.delete(index);
  }

  /** Somebody else adds an address. */
  addAddress(index: number, text: string, prefixLength = 24): void {
    this.#put(index, ip(text), prefixLength);
  }

  /** Somebody else removes an address. */
  removeAddress(index: number, address: Ip): void {
    const all = this.#addresses.get(index) ?? [];
    this.#addresses.set(index, all.filter((each) => each.ip !== address));
  }

  /** The kernel has news. */
  tell(event: LinkEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Addresses of a link as text. */
  addressesIn(index: number): string[] {
    return this.addressesOf(index).map(({ ip, prefixLength }) => `${ip}/${prefixLength}`);
  }

  links(): Iterable<Link> {
    return this.#links.values();
  }
  linkByName(name: string): Link | undefined {
    return this.#links.values().find((link) => link.name === name);
  }
  linkByIndex(index: number): Link | undefined {
    return this.#links.get(index);
  }
  addressesOf(index: number): readonly InterfaceAddress[] {
    return [...this.#addresses.get(index) ?? []];
  }
  subscribe(listener: (event: LinkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changeAddresses(changes: readonly AddressChange[]): readonly ChangeResult[] {
    this.batches.push(changes.length);
    return changes.map((change) => {
      const { operation, interfaceIndex, ip, prefixLength } = change;
      const name = this.#links.get(interfaceIndex)?.name ?? interfaceIndex;
      this.changes.push(`${operation} ${name} ${ip}/${prefixLength}`);
      const refused = this.refuse(change);
      if (refused.errno !== 0) return refused;
      const isThere = this.addressesOf(interfaceIndex).some((each) => each.ip === ip);
      if (operation === "add") {
        if (isThere) return { errno: EEXIST };
        this.#put(interfaceIndex, ip, prefixLength);
      } else {
        if (!isThere) return { errno: EADDRNOTAVAIL };
        this.removeAddress(interfaceIndex, ip);
      }
      return { errno: 0 };
    });
  }

  #put(interfaceIndex: number, address: Ip, prefixLength: number): void {
    const all = this.#addresses.get(interfaceIndex) ?? [];
    all.push({
      interfaceIndex,
      ip: address,
      prefixLength,
      flags: 0,
      scope: 0,
      protocol: 0,
      preferredLifetimeSec: Infinity,
      validLifetimeSec: Infinity,
    });
    this.#addresses.set(interfaceIndex, all);
  }
}
