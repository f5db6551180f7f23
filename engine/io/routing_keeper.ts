/**
 * The routes and routing rules of instances and the static ones in the kernel: what is wanted, what
 * is held, and the work between them, done in small slices.
 *
 * Adding what is there already is no error, and tells that it was not gone. So nothing is looked
 * up: whenever something may have gone, what is wanted is added again.
 *
 * @module
 */
import type { LinkEvent, LinkTable } from "../../net/link_table.ts";
import {
  isSettled,
  type RoutingChange,
  type RoutingEvent,
  type RoutingTable,
} from "../../net/routing_table.ts";
import type { Clock } from "../clock.ts";
import {
  addition,
  deletion,
  keyOf,
  restoration,
  type RoutingEntry,
  slotOf,
  wordsOf,
} from "./routing_entry.ts";

/** Who is told what became of the entries of one owner. */
export interface RoutingListener {
  failed(operation: "add" | "delete", words: string, why: string): void;
  /** Somebody removed it, or the kernel when an interface went down; it is there again. */
  restored(words: string): void;
  /** Whether its addresses are there: routes may need them. */
  isReady(): boolean;
}

/** What a {@linkcode RoutingKeeper} is made of. */
export interface RoutingKeeperOptions {
  readonly links: LinkTable;
  readonly clock: Clock;
  readonly errorName: (errno: number) => string;
  /** Called when the first entry is wanted: most routers have none. */
  readonly open: (onEvent: (event: RoutingEvent) => void) => RoutingTable;
}

/** Entries changed in one slice: about three milliseconds of kernel time. */
const SLICE_COUNT = 48;
/** Least time between two additions of the same entry: others may insist on removing it. */
const RESTORE_GAP_MS = 1_000;
/** How long after addresses went away routes are added again, which may have gone with them. */
const RECHECK_MS = 100;

interface Item {
  readonly key: string;
  readonly entry: RoutingEntry;
  readonly owners: Set<string>;
  state: "new" | "held" | "failed";
  /** What it takes the place of. */
  replaces: RoutingEntry | undefined;
  restoredMs: number;
}

interface Owner {
  readonly listener: RoutingListener;
  readonly items: Map<string, Item>;
}

interface Deletion {
  readonly entry: RoutingEntry;
  readonly listener: RoutingListener;
}

/** Keeps the routes and rules of a process. */
export class RoutingKeeper {
  readonly #options: RoutingKeeperOptions;
  #table: RoutingTable | undefined;
  readonly #owners = new Map<string, Owner>();
  /** Everything wanted; the same entry may have several owners. */
  readonly #items = new Map<string, Item>();
  readonly #adds = new Set<Item>();
  readonly #deletes = new Map<string, Deletion>();
  #recheckTimer: number | undefined;
  readonly #late = new Set<Item>();

  constructor(options: RoutingKeeperOptions) {
    this.#options = options;
    options.links.subscribe((event) => this.#noticeLink(event));
  }

  /** Makes an owner known. */
  register(id: string, listener: RoutingListener): void {
    this.#owners.set(id, { listener, items: new Map() });
  }

  /** Forgets an owner; what it still held is deleted by the slices to come. */
  unregister(id: string): void {
    this.release(id, []);
    this.#owners.delete(id);
  }

  /** How many entries are held by an owner. */
  heldCount(id: string): number {
    const items = this.#owners.get(id)?.items.values() ?? [];
    return [...items].filter(({ state }) => state === "held").length;
  }

  /** Wants exactly these from now on. What is held already and known to be there is not touched. */
  claim(id: string, wanted: readonly RoutingEntry[]): void {
    const owner = this.#owner(id);
    const keys = new Map(wanted.map((entry) => [keyOf(entry), entry]));
    const dropped = [...owner.items.values()].filter(({ key }) => !keys.has(key));
    for (const item of dropped.toReversed()) this.#disown(id, owner, item);
    for (const [key, entry] of keys) {
      const item = this.#items.get(key) ?? newItem(key, entry);
      if (item.owners.size === 0) this.#substitute(item, dropped);
      this.#items.set(key, item);
      this.#deletes.delete(key);
      item.owners.add(id);
      owner.items.set(key, item);
      if (item.state !== "held") this.#adds.add(item);
    }
  }

  /** Wants none any more. `leftovers` are deleted too, as far as they are there. */
  release(id: string, leftovers: readonly RoutingEntry[]): void {
    const owner = this.#owner(id);
    for (const item of [...owner.items.values()].reverse()) this.#disown(id, owner, item);
    for (const entry of leftovers.toReversed()) {
      const key = keyOf(entry);
      if (!this.#items.has(key)) this.#deletes.set(key, { entry, listener: owner.listener });
    }
  }

  /** Deletes some of what is not wanted any more. Returns whether more of it is left. */
  runDeletions(): boolean {
    if (this.#deletes.size === 0) return false;
    const changes: RoutingChange[] = [];
    const batch: Deletion[] = [];
    for (const [key, each] of this.#deletes) {
      if (changes.length === SLICE_COUNT) break;
      this.#deletes.delete(key);
      const change = deletion(each.entry, this.#options.links);
      if (typeof change === "string") continue; // Gone with its interface.
      changes.push(change);
      batch.push(each);
    }
    const results = this.#change(changes);
    for (const [i, { entry, listener }] of batch.entries()) {
      const { errno, message } = results[i] ?? { errno: 0 };
      if (isSettled("delete", errno)) continue;
      listener.failed("delete", wordsOf(entry), this.#why(errno, message));
    }
    return this.#deletes.size > 0;
  }

  /** Adds some of what is missing. Returns whether more of it can be added now. */
  runAdditions(): boolean {
    if (this.#adds.size === 0) return false;
    const changes: RoutingChange[] = [];
    const batch: { readonly item: Item; readonly count: number }[] = [];
    for (const item of this.#adds) {
      if (changes.length >= SLICE_COUNT) break;
      if (!this.#isReady(item)) continue;
      this.#adds.delete(item);
      const own = this.#changesFor(item);
      if (typeof own === "string") this.#noteFailure(item, own);
      else {
        changes.push(...own);
        batch.push({ item, count: own.length });
      }
    }
    const results = this.#change(changes);
    let at = 0;
    for (const { item, count } of batch) {
      const own = results.slice(at, at += count);
      // One of several that was missing is enough to tell.
      const { errno, message } = own.find((each) => !isSettled("add", each.errno)) ??
        own.find((each) => each.errno === 0) ?? own[0] ?? { errno: 0, message: undefined };
      this.#noteAddition(item, errno, message);
    }
    // What waits for addresses is looked at again when they are there.
    for (const item of this.#adds) if (this.#isReady(item)) return true;
    return false;
  }

  /** Deletes everything at once: for the end of a crashing process. Returns how many were held. */
  releaseAllNow(): number {
    const count = [...this.#items.values()].filter(({ state }) => state === "held").length;
    for (const id of this.#owners.keys()) this.release(id, []);
    while (this.runDeletions());
    return count;
  }

  #changesFor({ entry, state, replaces }: Item): RoutingChange[] | string {
    const { links } = this.#options;
    if (state === "held" && !replaces) return restoration(entry, links);
    const change = addition(entry, replaces !== undefined, links);
    return typeof change === "string" ? change : [change];
  }

  #owner(id: string): Owner {
    const owner = this.#owners.get(id);
    if (!owner) throw new Error(`No owner of routes is registered as ${id}`);
    return owner;
  }

  #isReady({ owners }: Item): boolean {
    for (const id of owners) if (this.#owners.get(id)?.listener.isReady()) return true;
    return false;
  }

  #disown(id: string, owner: Owner, item: Item): void {
    owner.items.delete(item.key);
    item.owners.delete(id);
    if (item.owners.size > 0) return;
    this.#items.delete(item.key);
    this.#adds.delete(item);
    this.#late.delete(item);
    const { listener } = owner;
    if (item.replaces) this.#deletes.set(keyOf(item.replaces), { entry: item.replaces, listener });
    if (item.state !== "new") this.#deletes.set(item.key, { entry: item.entry, listener });
  }

  /** A route that only changed is replaced in place, if there is but one that it can be. */
  #substitute(item: Item, dropped: readonly Item[]): void {
    const slot = slotOf(item.entry);
    if (slot === undefined || item.state !== "new") return;
    const rivals = [...this.#items.values()].filter((other) => slotOf(other.entry) === slot);
    const gone = dropped.filter(({ key, entry }) =>
      slotOf(entry) === slot && this.#deletes.has(key)
    );
    const [old] = gone;
    if (rivals.length > 0 || gone.length !== 1 || old?.state !== "held") return;
    this.#deletes.delete(old.key);
    item.replaces = old.entry;
  }

  #noteAddition(item: Item, errno: number, message: string | undefined): void {
    const { replaces } = item;
    item.replaces = undefined;
    if (isSettled("add", errno)) {
      const wasHeld = item.state === "held";
      item.state = "held";
      if (!wasHeld || errno !== 0) return;
      item.restoredMs = this.#options.clock.now();
      this.#listener(item)?.restored(wordsOf(item.entry));
      return;
    }
    const listener = this.#listener(item);
    if (replaces === undefined || !listener) {
      return this.#noteFailure(item, this.#why(errno, message));
    }
    // What cannot be replaced is deleted, and added after that.
    this.#deletes.set(keyOf(replaces), { entry: replaces, listener });
    this.runDeletions();
    this.#adds.add(item);
  }

  #noteFailure(item: Item, why: string): void {
    if (item.state === "failed") return; // It was said.
    item.state = "failed";
    this.#listener(item)?.failed("add", wordsOf(item.entry), why);
  }

  #listener({ owners }: Item): RoutingListener | undefined {
    const [id] = owners;
    return id === undefined ? undefined : this.#owners.get(id)?.listener;
  }

  #change(changes: readonly RoutingChange[]): ReturnType<RoutingTable["change"]> {
    if (changes.length === 0) return [];
    this.#table ??= this.#options.open((event) => this.#notice(event));
    return this.#table.change(changes);
  }

  #why(errno: number, message: string | undefined): string {
    const name = this.#options.errorName(errno);
    return message ? `${name} (${message})` : name;
  }

  // --- what others do --------------------------------------------------------------------------

  #notice(event: RoutingEvent): void {
    for (const item of this.#items.values()) {
      if (item.state === "held" && isWatched(item.entry) && concerns(event, item.entry)) {
        this.#addAgain(item);
      }
    }
  }

  /** At once, but not again and again. */
  #addAgain(item: Item): void {
    const { clock } = this.#options;
    const leftMs = item.restoredMs + RESTORE_GAP_MS - clock.now();
    if (leftMs <= 0) {
      this.#adds.add(item);
      return;
    }
    if (this.#late.has(item)) return;
    this.#late.add(item);
    clock.setTimeout(() => {
      if (this.#late.delete(item)) this.#adds.add(item);
    }, leftMs);
  }

  #noticeLink(event: LinkEvent): void {
    if (this.#items.size === 0) return;
    switch (event.type) {
      case "link": {
        const { link, previous } = event;
        const comesUp = link.up && !previous?.up;
        if (!comesUp && link.name === previous?.name) return;
        // IPv4 routes go silently with their interface, whoever watches them.
        for (const item of this.#items.values()) this.#adds.add(item);
        return;
      }
      case "address": // A source or a gateway may be at hand now.
        for (const item of this.#items.values()) if (item.state === "failed") this.#adds.add(item);
        return;
      case "addressGone": // The kernel does not tell of every route that goes with it.
        this.#recheckTimer ??= this.#options.clock.setTimeout(() => {
          this.#recheckTimer = undefined;
          this.#notice({ type: "lost" });
        }, RECHECK_MS);
    }
  }
}

function newItem(key: string, entry: RoutingEntry): Item {
  return {
    key,
    entry,
    owners: new Set(),
    state: "new",
    replaces: undefined,
    restoredMs: -Infinity,
  };
}

/** Whether it is put back: what expires is meant to go. */
function isWatched(entry: RoutingEntry): boolean {
  if (entry.kind === "rule") return entry.rule.tracked;
  return entry.route.tracked && entry.route.expiresSec === undefined;
}

function concerns(event: RoutingEvent, entry: RoutingEntry): boolean {
  switch (event.type) {
    case "lost":
      return true;
    case "ruleGone":
      return entry.kind === "rule" && entry.rule.family === event.family &&
        entry.rule.priority === event.priority;
    case "routeGone": {
      if (entry.kind !== "route") return false;
      const { destination, table, vrf } = entry.route;
      const { ip, prefixLength } = event.destination;
      return destination.ip === ip && destination.prefixLength === prefixLength &&
        (vrf !== undefined || table === event.table);
    }
  }
}
