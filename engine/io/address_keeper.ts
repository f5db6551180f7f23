/**
 * The virtual addresses in the kernel: what is wanted, what is held, and the work between them,
 * done in small slices so that no advertisement waits for it.
 *
 * It outlives the actors that use it: after a crash of theirs it still knows, and releases, what is
 * held.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import { type ChangeResult, isDone, type LinkTable } from "../../net/link_table.ts";
import type { VirtualAddress } from "../../machines/config.ts";

/** An address with the interface it belongs on. */
export interface PlacedAddress {
  readonly address: VirtualAddress;
  readonly interfaceName: string;
}

/** Who is told what became of the addresses of one owner. */
export interface KeeperListener {
  /** These are in the kernel now; `isLast` when nothing of the claim is pending any more. */
  installed(addresses: readonly PlacedAddress[], isLast: boolean): void;
  failed(operation: "add" | "delete", address: PlacedAddress, why: string): void;
}

/** Addresses changed in one slice: about a millisecond of kernel time. */
const SLICE_COUNT = 16;

interface Owner {
  readonly listener: KeeperListener;
  readonly held: Map<string, PlacedAddress>;
  readonly adds: Map<string, PlacedAddress>;
  readonly deletes: Map<string, PlacedAddress>;
}

/** Keeps the addresses of all instances of a process. */
export class AddressKeeper {
  readonly #links: LinkTable;
  readonly #errorName: (errno: number) => string;
  readonly #owners = new Map<string, Owner>();
  /** Who claimed an address last: only that owner's leaving deletes it. */
  readonly #claimants = new Map<string, Owner>();
  /** Owners with work, oldest first; each slice serves one and puts it last. */
  readonly #busy = new Set<Owner>();

  constructor(links: LinkTable, errorName: (errno: number) => string) {
    this.#links = links;
    this.#errorName = errorName;
  }

  /** Makes an owner known. Every owner is one instance, by its identity. */
  register(id: string, listener: KeeperListener): void {
    this.#owners.set(id, {
      listener,
      held: new Map(),
      adds: new Map(),
      deletes: new Map(),
    });
  }

  /** Forgets an owner; what it still held is released by the slices to come. */
  unregister(id: string): void {
    this.release(id, []);
    this.#owners.delete(id);
  }

  /** Whether the owner holds, or is about to hold, that address. */
  isWanted(id: string, ip: Ip): boolean {
    const owner = this.#owners.get(id);
    if (!owner) return false;
    for (const map of [owner.held, owner.adds]) {
      for (const placed of map.values()) if (placed.address.ip === ip) return true;
    }
    return false;
  }

  /** The addresses held and still wanted, in the order they were installed. */
  heldBy(id: string): readonly PlacedAddress[] {
    const owner = this.#owners.get(id);
    if (!owner) return [];
    return [...owner.held].flatMap(([key, placed]) => owner.deletes.has(key) ? [] : [placed]);
  }

  /**
   * Wants exactly these addresses from now on. What is missing is added in order, what is held but
   * not wanted is deleted. Addresses that are there already count as installed at once.
   */
  claim(id: string, wanted: readonly PlacedAddress[]): void {
    const owner = this.#owner(id);
    const keys = new Map(wanted.map((placed) => [keyOf(placed), placed]));
    for (const [key, placed] of owner.held) {
      if (!keys.has(key)) owner.deletes.set(key, placed);
    }
    for (const key of owner.adds.keys()) if (!keys.has(key)) owner.adds.delete(key);
    const present: PlacedAddress[] = [];
    const kernel = this.#presentKeys(wanted);
    for (const [key, placed] of keys) {
      this.#claimants.set(key, owner);
      // Others may have learned of another holder between a release and this claim.
      const wasLeaving = owner.deletes.delete(key);
      if (owner.held.has(key) ? wasLeaving : kernel.has(key)) present.push(placed);
      if (!owner.held.has(key) && !kernel.has(key)) owner.adds.set(key, placed);
      else owner.held.set(key, placed);
    }
    if (present.length > 0) owner.listener.installed(present, owner.adds.size === 0);
    this.#noteWork(owner);
  }

  /** Wants none any more. `leftovers` are deleted too if they are there, whoever put them there. */
  release(id: string, leftovers: readonly PlacedAddress[]): void {
    const owner = this.#owner(id);
    owner.adds.clear();
    for (const [key, placed] of owner.held) owner.deletes.set(key, placed);
    const kernel = this.#presentKeys(leftovers);
    for (const placed of leftovers) {
      if (kernel.has(keyOf(placed))) owner.deletes.set(keyOf(placed), placed);
    }
    this.#noteWork(owner);
  }

  /** Somebody else removed an address: it is not held any more. Returns whether it was. */
  noteVanished(id: string, interfaceName: string, ip: Ip, prefixLength: number): boolean {
    return this.#owners.get(id)?.held.delete(`${interfaceName} ${ip}/${prefixLength}`) ?? false;
  }

  /** Does a slice of the pending work. Returns whether more of it is left. */
  runSlice(): boolean {
    const next = this.#busy.values().next();
    if (next.done) return false;
    const owner = next.value;
    this.#busy.delete(owner);
    this.#change(owner, "delete", this.#ownOnly(owner, take(owner.deletes, SLICE_COUNT)));
    this.#change(owner, "add", take(owner.adds, SLICE_COUNT));
    this.#noteWork(owner);
    return this.#busy.size > 0;
  }

  /** Releases everything at once: for the end of a crashing process. Returns how many were held. */
  releaseAllNow(): number {
    let count = 0;
    for (const owner of new Set([...this.#owners.values(), ...this.#busy])) {
      count += owner.held.size;
      owner.adds.clear();
      for (const [key, placed] of owner.held) owner.deletes.set(key, placed);
      this.#noteWork(owner);
    }
    while (this.runSlice());
    return count;
  }

  /** Leaves out what another owner has claimed since: it is not ours to delete any more. */
  #ownOnly(owner: Owner, deletes: readonly PlacedAddress[]): PlacedAddress[] {
    return deletes.filter((placed) => {
      const key = keyOf(placed);
      const claimant = this.#claimants.get(key);
      if (claimant !== undefined && claimant !== owner) {
        owner.held.delete(key);
        return false;
      }
      this.#claimants.delete(key);
      return true;
    });
  }

  #owner(id: string): Owner {
    const owner = this.#owners.get(id);
    if (!owner) throw new Error(`No owner of addresses is registered as ${id}`);
    return owner;
  }

  #noteWork(owner: Owner): void {
    if (owner.adds.size > 0 || owner.deletes.size > 0) this.#busy.add(owner);
  }

  /** Keys of all addresses that are on the interfaces of these. */
  #presentKeys(addresses: readonly PlacedAddress[]): Set<string> {
    const keys = new Set<string>();
    for (const interfaceName of new Set(addresses.map((placed) => placed.interfaceName))) {
      const link = this.#links.linkByName(interfaceName);
      if (!link) continue;
      for (const { ip, prefixLength } of this.#links.addressesOf(link.index)) {
        keys.add(`${interfaceName} ${ip}/${prefixLength}`);
      }
    }
    return keys;
  }

  #change(owner: Owner, operation: "add" | "delete", batch: readonly PlacedAddress[]): void {
    const placed: PlacedAddress[] = [];
    const changes = [];
    for (const each of batch) {
      const link = this.#links.linkByName(each.interfaceName);
      if (link) {
        placed.push(each);
        changes.push({ operation, ...requestOf(each.address, link.index) });
      } else if (operation === "delete") owner.held.delete(keyOf(each)); // Gone with its interface.
      else owner.listener.failed(operation, each, `interface ${each.interfaceName} is missing`);
    }
    if (changes.length === 0) return;
    let isTaken = false;
    const takeOnce = (results: readonly ChangeResult[]) => {
      if (!isTaken) this.#takeResults(owner, operation, placed, results);
      isTaken = true;
    };
    // What is installed is announced before the news of it is read.
    takeOnce(this.#links.changeAddresses(changes, takeOnce));
  }

  #takeResults(
    owner: Owner,
    operation: "add" | "delete",
    placed: readonly PlacedAddress[],
    results: readonly ChangeResult[],
  ): void {
    const done: PlacedAddress[] = [];
    for (const [i, each] of placed.entries()) {
      const { errno, message } = results[i] ?? { errno: 0 };
      if (operation === "delete") owner.held.delete(keyOf(each));
      if (!isDone(operation, errno)) {
        const name = this.#errorName(errno);
        owner.listener.failed(operation, each, message ? `${name} (${message})` : name);
      } else if (operation === "add") {
        owner.held.set(keyOf(each), each);
        done.push(each);
      }
    }
    if (operation === "add" && (done.length > 0 || owner.adds.size === 0)) {
      owner.listener.installed(done, owner.adds.size === 0);
    }
  }
}

function keyOf({ address, interfaceName }: PlacedAddress): string {
  return `${interfaceName} ${address.ip}/${address.prefixLength}`;
}

function take(map: Map<string, PlacedAddress>, countMax: number): PlacedAddress[] {
  const taken: PlacedAddress[] = [];
  for (const [key, placed] of map) {
    if (taken.length === countMax) break;
    map.delete(key);
    taken.push(placed);
  }
  return taken;
}

function requestOf(address: VirtualAddress, interfaceIndex: number) {
  const { ip, prefixLength, scope, broadcast, label, peer, flags, preferredLifetimeSec } = address;
  return {
    interfaceIndex,
    ip,
    prefixLength,
    scope,
    flags,
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(label === undefined ? {} : { label }),
    ...(peer === undefined ? {} : { peer }),
    ...(preferredLifetimeSec === undefined ? {} : { preferredLifetimeSec }),
  };
}
