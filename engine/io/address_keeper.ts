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
import {
  type AddressChange,
  type ChangeResult,
  isDone,
  type LinkTable,
} from "../../net/link_table.ts";
import type { VirtualAddress, VrrpInstanceConfig } from "../../machines/config.ts";

/** An address with the interface it belongs on. */
export interface PlacedAddress {
  readonly address: VirtualAddress;
  readonly interfaceName: string;
  /** Tells it apart from others; made once, as it is asked for all the time. */
  readonly key: string;
}

/** An address on an interface. */
export function place(address: VirtualAddress, interfaceName: string): PlacedAddress {
  return { address, interfaceName, key: keyOf(interfaceName, address.ip, address.prefixLength) };
}

function keyOf(interfaceName: string, ip: Ip, prefixLength: number): string {
  return `${interfaceName} ${ip}/${prefixLength}`;
}

/** Who is told what became of the addresses of one owner. */
export interface KeeperListener {
  /** These are in the kernel now; `isLast` when nothing of the claim is pending any more. */
  installed(addresses: readonly PlacedAddress[], isLast: boolean): void;
  failed(operation: "add" | "delete", address: PlacedAddress, why: string): void;
}

/** Addresses changed in one slice: about three milliseconds of kernel time, as a rule. */
const SLICE_COUNT_MAX = 48;
/** A slice that takes longer shows a slow kernel: the next one is smaller. */
const SLICE_MS_MAX = 10;
/** Addresses that the first claim of a turn adds at once: a few tenths of a millisecond. */
const HASTE_COUNT = 4;

interface Owner {
  readonly listener: KeeperListener;
  readonly held: Map<string, PlacedAddress>;
  readonly adds: Map<string, PlacedAddress>;
  readonly deletes: Map<string, PlacedAddress>;
  /** The first addresses of a claim to come. */
  prepared: { readonly wanted: readonly PlacedAddress[]; readonly haste: Haste } | undefined;
}

/** The first addresses of a claim, and the changes that add them. */
interface Haste {
  readonly placed: readonly PlacedAddress[];
  readonly changes: readonly AddressChange[];
}

/** Applied in preparation, so that V8 knows the way. */
const NOTHING: Haste = { placed: [], changes: [] };

/** Keeps the addresses of all instances of a process. */
export class AddressKeeper {
  readonly #links: LinkTable;
  readonly #errorName: (errno: number) => string;
  readonly #owners = new Map<string, Owner>();
  /** Who claimed an address last: only that owner's leaving deletes it. */
  readonly #claimants = new Map<string, Owner>();
  /** Owners with work, oldest first; each slice serves one and puts it last. */
  readonly #busy = new Set<Owner>();
  /** The first addresses of this turn's first claim were added at once. */
  #hasHurried = false;
  readonly #now: () => number;
  #sliceCount = SLICE_COUNT_MAX;

  constructor(links: LinkTable, errorName: (errno: number) => string, now = () => 0) {
    this.#links = links;
    this.#errorName = errorName;
    this.#now = now;
  }

  /** Makes an owner known. Every owner is one instance, by its identity. */
  register(id: string, listener: KeeperListener): void {
    this.#owners.set(id, {
      listener,
      held: new Map(),
      adds: new Map(),
      deletes: new Map(),
      prepared: undefined,
    });
  }

  /** Forgets an owner; what it still held is released by the slices to come. */
  unregister(id: string): void {
    this.release(id, []);
    this.#owners.delete(id);
  }

  /** The addresses held and still wanted, in the order they were installed. */
  heldBy(id: string): readonly PlacedAddress[] {
    const owner = this.#owners.get(id);
    if (!owner || owner.held.size === 0) return [];
    return [...owner.held].flatMap(([key, placed]) => owner.deletes.has(key) ? [] : [placed]);
  }

  /** Whether additions of an owner are pending. */
  isAdding(id: string): boolean {
    return (this.#owners.get(id)?.adds.size ?? 0) > 0;
  }

  /** Whether any deletions are pending. */
  get isDeleting(): boolean {
    for (const { deletes } of this.#busy) if (deletes.size > 0) return true;
    return false;
  }

  /**
   * Wants exactly these addresses from now on. What is missing is added in order, what is held but
   * not wanted is deleted. Addresses that are there already count as installed at once.
   */
  claim(id: string, wanted: readonly PlacedAddress[]): void {
    const owner = this.#owner(id);

    const tried = this.#hurry(owner, wanted);
    const keys = new Map(wanted.map((placed) => [placed.key, placed]));
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
      if (tried.includes(placed)) continue;
      if (!owner.held.has(key) && !kernel.has(key)) owner.adds.set(key, placed);
      else owner.held.set(key, placed);
    }
    if (present.length > 0) owner.listener.installed(present, owner.adds.size === 0);
    this.#noteWork(owner);
  }

  /** Makes ready for {@linkcode claim} with the same array. Changes nothing. */
  prepare(id: string, wanted: readonly PlacedAddress[]): readonly PlacedAddress[] {
    const owner = this.#owner(id);
    const known = owner.prepared;
    const isKnown = known?.wanted === wanted && this.#isCurrent(known.haste);
    const haste = isKnown ? known.haste : this.#hasteOf(wanted);
    owner.prepared = { wanted, haste };
    this.#links.prepareChanges?.(haste.changes);
    this.#apply(owner, "add", NOTHING, false);
    return haste.placed;
  }

  /**
   * Adds the first addresses of a claim at once: the takeover is over when they are announced. Only
   * for the first claim of a turn, so that the advertisements of others do not wait. Returns what
   * was tried.
   */
  #hurry(owner: Owner, wanted: readonly PlacedAddress[]): readonly PlacedAddress[] {
    const isIdle = owner.held.size + owner.adds.size + owner.deletes.size === 0;
    if (this.#hasHurried || !isIdle || wanted.length === 0) return [];
    const { prepared } = owner;
    owner.prepared = undefined;
    const isReady = prepared?.wanted === wanted && this.#isCurrent(prepared.haste);
    const haste = isReady ? prepared.haste : this.#hasteOf(wanted);
    if (haste.placed.length === 0) return [];
    this.#hasHurried = true;
    const isLast = haste.placed.length === wanted.length;
    const startMs = this.#now();
    this.#apply(owner, "add", haste, isLast);
    this.#learn(haste.changes.length, this.#now() - startMs);
    return haste.placed;
  }

  #hasteOf(wanted: readonly PlacedAddress[]): Haste {
    const placed: PlacedAddress[] = [];
    const changes: AddressChange[] = [];
    for (const each of wanted.slice(0, HASTE_COUNT)) {
      const link = this.#links.linkByName(each.interfaceName);
      if (!link) break;
      placed.push(each);
      changes.push(changeOf("add", each.address, link.index));
    }
    return { placed, changes };
  }

  /** Whether the interfaces are still the same. */
  #isCurrent({ placed, changes }: Haste): boolean {
    return placed.length > 0 &&
      placed.every(({ interfaceName }, i) =>
        this.#links.linkByName(interfaceName)?.index === changes[i]?.interfaceIndex
      );
  }

  /** Wants none any more. `leftovers` are deleted too if they are there, whoever put them there. */
  release(id: string, leftovers: readonly PlacedAddress[]): void {
    const owner = this.#owner(id);
    owner.adds.clear();
    for (const [key, placed] of owner.held) owner.deletes.set(key, placed);
    const kernel = this.#presentKeys(leftovers);
    for (const placed of leftovers) {
      if (kernel.has(placed.key)) owner.deletes.set(placed.key, placed);
    }
    this.#noteWork(owner);
  }

  /** Somebody else removed an address: it is not held any more. Returns whether it was. */
  noteVanished(id: string, interfaceName: string, ip: Ip, prefixLength: number): boolean {
    return this.#owners.get(id)?.held.delete(keyOf(interfaceName, ip, prefixLength)) ?? false;
  }

  /** An interface is gone, and all that was on it. */
  noteGone(id: string, interfaceName: string): void {
    const { held } = this.#owner(id);
    for (const [key, placed] of held) if (placed.interfaceName === interfaceName) held.delete(key);
  }

  /** Does a slice of the pending work. Returns whether more of it is left. */
  runSlice(): boolean {
    this.#hasHurried = false;
    const next = this.#busy.values().next();
    if (next.done) return false;
    const owner = next.value;
    this.#busy.delete(owner);
    const [count, startMs] = [this.#sliceCount, this.#now()];
    this.#change(owner, "delete", this.#ownOnly(owner, take(owner.deletes, count)));
    this.#change(owner, "add", take(owner.adds, count));
    this.#learn(count, this.#now() - startMs);
    this.#noteWork(owner);
    return this.#busy.size > 0;
  }

  /** So many changes took so long: no slice may take longer than others can wait. */
  #learn(count: number, tookMs: number): void {
    this.#sliceCount = tookMs > SLICE_MS_MAX
      ? Math.max(1, Math.floor(count * SLICE_MS_MAX / tookMs))
      : Math.min(SLICE_COUNT_MAX, 2 * this.#sliceCount);
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
      const key = placed.key;
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
        keys.add(keyOf(interfaceName, ip, prefixLength));
      }
    }
    return keys;
  }

  #change(owner: Owner, operation: "add" | "delete", batch: readonly PlacedAddress[]): void {
    const placed: PlacedAddress[] = [];
    const changes: AddressChange[] = [];
    for (const each of batch) {
      const link = this.#links.linkByName(each.interfaceName);
      if (link) {
        placed.push(each);
        changes.push(changeOf(operation, each.address, link.index));
      } else if (operation === "delete") owner.held.delete(each.key); // Gone with its interface.
      else owner.listener.failed(operation, each, `interface ${each.interfaceName} is missing`);
    }
    if (changes.length === 0) return;
    this.#apply(owner, operation, { placed, changes }, owner.adds.size === 0);
  }

  #apply(
    owner: Owner,
    operation: "add" | "delete",
    { placed, changes }: Haste,
    isLast: boolean,
  ): void {
    let isTaken = false;
    const takeOnce = (results: readonly ChangeResult[]) => {
      if (!isTaken && placed.length > 0) {
        this.#takeResults(owner, operation, placed, results, isLast);
      }
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
    isLast: boolean,
  ): void {
    if (operation === "add" && results.every(({ errno }) => isDone("add", errno))) {
      owner.listener.installed(placed, isLast); // First of all: neighbours wait for it.
      for (const each of placed) owner.held.set(each.key, each);
      return;
    }
    const done: PlacedAddress[] = [];
    for (const [i, each] of placed.entries()) {
      const { errno, message } = results[i] ?? { errno: 0 };
      if (operation === "delete") owner.held.delete(each.key);
      if (!isDone(operation, errno)) {
        const name = this.#errorName(errno);
        owner.listener.failed(operation, each, message ? `${name} (${message})` : name);
      } else if (operation === "add") {
        owner.held.set(each.key, each);
        done.push(each);
      }
    }
    if (operation === "add" && (done.length > 0 || isLast)) owner.listener.installed(done, isLast);
  }
}

/** The addresses of an instance with their interfaces, as far as those are known. */
export function placeAddresses(
  { virtualAddresses, excludedAddresses }: VrrpInstanceConfig,
  placeOf: (address: VirtualAddress) => string | undefined,
): PlacedAddress[] {
  return [...virtualAddresses, ...excludedAddresses].flatMap((address) => {
    const interfaceName = placeOf(address);
    return interfaceName === undefined ? [] : [place(address, interfaceName)];
  });
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

function changeOf(
  operation: AddressChange["operation"],
  address: VirtualAddress,
  interfaceIndex: number,
): AddressChange {
  const { ip, prefixLength, scope, broadcast, label, peer, flags, preferredLifetimeSec } = address;
  return {
    operation,
    interfaceIndex,
    ip,
    prefixLength,
    scope,
    flags,
    broadcast,
    label,
    peer,
    preferredLifetimeSec,
  };
}
