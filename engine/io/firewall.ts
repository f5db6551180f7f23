/**
 * Packet filters for virtual addresses that are not for us (RFC 9568 §6.1, Accept_Mode), and for
 * interfaces with virtual MAC addresses: what is wanted, what the kernel has, and the difference.
 *
 * Filters are there before the addresses are, and stay until they are gone. A table that somebody
 * else changes or flushes is made anew.
 *
 * @module
 */
import { type Family, familyOf, isLinkLocal } from "../../net/address.ts";
import type { ChangeResult, LinkTable } from "../../net/link_table.ts";
import type {
  FilterEvent,
  FilterMembers,
  FilterTable,
  LinkLocal,
  PacketFilter,
  VirtualLink,
} from "../../net/packet_filter_table.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { FirewallConfig } from "../../machines/global_config.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { PlacedAddress } from "./address_keeper.ts";

/** What a {@linkcode Firewall} needs. */
export interface FirewallOptions {
  readonly links: LinkTable;
  readonly clock: Pick<Clock, "now" | "setTimeout">;
  readonly log: Pick<Log, "firewallFailed" | "firewallRestored">;
  readonly errorName: (errno: number) => string;
  readonly open: (onEvent: (event: FilterEvent) => void) => PacketFilter;
  /** Whether addresses wait to be deleted: their filters stay as long. */
  readonly isDeleting: () => boolean;
}

/** Name of the tables, unless another one is configured: keepalived's. */
const TABLE_DEFAULT = "keepalived";
const PRIORITY_DEFAULT = -1;
const FAMILIES: readonly Family[] = [4, 6];
/** Least time between two makings of a table that others change, or the kernel refuses. */
const AGAIN_MS = 1_000;

/** Something that a table has in one of its sets. */
type Member =
  | { readonly kind: "addresses"; readonly value: PlacedAddress["address"]["ip"] }
  | { readonly kind: "linkLocals"; readonly value: LinkLocal }
  | { readonly kind: "virtualLinks"; readonly family: Family; readonly value: VirtualLink };

interface TableState {
  readonly family: Family;
  /** Members by key, and how many owners want each. */
  readonly wanted: Map<string, { readonly member: Member; count: number }>;
  /** Members that the kernel has; undefined: it has no table of ours, or not as it should be. */
  present: Map<string, Member> | undefined;
  /** Kinds that there are rules for, or are to be: they stay. */
  readonly kinds: Set<Member["kind"]>;
  /** Those of them that the kernel's table has. */
  made: ReadonlySet<Member["kind"]>;
  /** Keys whose want changed. */
  readonly changed: Set<string>;
  /** Something of a previous process may be there. */
  mayBeLeftOver: boolean;
  notBeforeMs: number;
}

/** The packet filters of all instances of a process. */
export class Firewall {
  readonly #options: FirewallOptions;
  readonly #owners = new Map<string, ReadonlyMap<string, Member>>();
  readonly #releasing = new Set<string>();
  #tables: Record<Family, TableState> = { 4: newState(4), 6: newState(6) };
  #filter: PacketFilter | undefined;
  #settings = { table: TABLE_DEFAULT, priority: PRIORITY_DEFAULT, counts: false };
  #isConfigured = false;
  #isEnding = false;

  constructor(options: FirewallOptions) {
    this.#options = options;
  }

  /** Takes over the settings. `isNeeded`: leftovers of a previous process are ours. */
  configure({ table, priority, counters }: FirewallConfig, isNeeded: boolean): void {
    const before = this.#settings;
    const settings = {
      table: table ?? TABLE_DEFAULT,
      priority,
      counts: counters,
    };
    const isOther = Object.values(before).join() !== Object.values(settings).join();
    if (this.#isConfigured && isOther) {
      const { table: old } = before;
      if (old !== settings.table) this.#removeAll();
      this.#settings = settings;
      for (const family of FAMILIES) {
        const state = this.#tables[family];
        state.present = undefined;
        if (state.wanted.size > 0) this.#replace(state);
      }
    } else if (!this.#isConfigured && (isNeeded || table !== undefined)) {
      for (const family of FAMILIES) this.#tables[family].mayBeLeftOver = true;
    }
    this.#isConfigured = true;
    this.#settings = settings;
  }

  /** From now on, at once, packets to and from exactly these addresses of an owner are dropped. */
  block(owner: string, addresses: readonly PlacedAddress[]): void {
    const members = new Map<string, Member>();
    for (const placed of addresses) {
      const member = this.#memberFor(placed);
      if (member) members.set(keyOf(member), member);
    }
    this.#want(owner, members);
  }

  /** Group reports of these interfaces of an owner leave by their parents. */
  divert(owner: string, family: Family, links: readonly VirtualLink[]): void {
    const members = links.map((value): Member => ({ kind: "virtualLinks", family, value }));
    this.#want(owner, new Map(members.map((member) => [keyOf(member), member])));
  }

  /** An owner wants nothing any more, as soon as no address waits to be deleted. */
  release(owner: string): void {
    if (this.#owners.has(owner)) this.#releasing.add(owner);
  }

  /** Work of a turn's end. Returns whether some is left that can be done now. */
  run(): boolean {
    for (const family of FAMILIES) {
      const table = this.#tables[family];
      if (table.mayBeLeftOver && table.wanted.size === 0) this.#remove(table);
      table.mayBeLeftOver = false;
    }
    const hasWork = this.#releasing.size > 0 || this.#isEnding;
    if (!hasWork || this.#options.isDeleting()) return false;
    for (const owner of this.#releasing) {
      this.#count(this.#owners.get(owner), -1);
      this.#owners.delete(owner);
    }
    this.#releasing.clear();
    this.#apply();
    if (this.#isEnding) this.removeAllNow();
    return false;
  }

  /** Removes all tables as soon as no address waits to be deleted. */
  end(): void {
    this.#isEnding = true;
  }

  /** Removes all tables: for the end of a crashing process. */
  removeAllNow(): void {
    this.#owners.clear();
    this.#releasing.clear();
    this.#removeAll();
    this.#tables = { 4: newState(4), 6: newState(6) };
  }

  #memberFor({ address: { ip }, interfaceName }: PlacedAddress): Member | undefined {
    if (familyOf(ip) === 4 || !isLinkLocal(ip)) return { kind: "addresses", value: ip };
    const interfaceIndex = this.#options.links.linkByName(interfaceName)?.index;
    if (interfaceIndex === undefined) return undefined; // It is claimed again with its interface.
    return { kind: "linkLocals", value: { ip, interfaceIndex } };
  }

  #want(owner: string, members: ReadonlyMap<string, Member>): void {
    this.#releasing.delete(owner);
    this.#count(members, 1);
    this.#count(this.#owners.get(owner), -1);
    this.#owners.set(owner, members);
    this.#apply();
  }

  #count(members: ReadonlyMap<string, Member> | undefined, by: 1 | -1): void {
    for (const [key, member] of members ?? []) {
      const { wanted, changed, kinds } = this.#tables[key.startsWith("4") ? 4 : 6];
      const entry = wanted.get(key) ?? { member, count: 0 };
      entry.count += by;
      if (entry.count > 0) wanted.set(key, entry);
      else wanted.delete(key);
      changed.add(key);
      if (by < 0) continue;
      kinds.add(member.kind);
      // Its rules are reached from theirs.
      if (member.kind === "linkLocals") kinds.add("addresses");
    }
  }

  #apply(): void {
    for (const family of FAMILIES) {
      const table = this.#tables[family];
      if (table.changed.size > 0) this.#update(table);
    }
  }

  #update(table: TableState): void {
    const { present, wanted, changed } = table;
    if (!present) {
      if (wanted.size > 0) this.#replace(table);
      return;
    }
    const added: Member[] = [];
    const removed: Member[] = [];
    for (const key of changed) {
      const want = wanted.get(key)?.member;
      const have = present.get(key);
      if (want && !have) added.push(want);
      else if (have && !want) removed.push(have);
    }
    if (added.length + removed.length === 0) return changed.clear();
    if (table.kinds.size > table.made.size) return this.#replace(table);
    const result = this.#try((filter) =>
      filter.change(this.#whole(table), membersOf(added), membersOf(removed))
    );
    if (result.errno !== 0) return this.#replace(table); // It is not what we think.
    for (const member of removed) present.delete(keyOf(member));
    for (const member of added) present.set(keyOf(member), member);
    changed.clear();
  }

  #replace(table: TableState): void {
    table.changed.clear();
    table.mayBeLeftOver = false;
    const result = this.#try((filter) => filter.replace(this.#whole(table)));
    if (result.errno === 0) {
      table.present = new Map([...table.wanted].map(([key, { member }]) => [key, member]));
      table.made = new Set(table.kinds);
      return;
    }
    table.present = undefined;
    const name = this.#options.errorName(result.errno);
    const why = result.message ? `${name} (${result.message})` : name;
    this.#options.log.firewallFailed(this.#settings.table, why);
    this.#later(table);
  }

  #whole(table: TableState): FilterTable {
    const members = membersOf([...table.wanted.values()].map(({ member }) => member));
    const empty = Object.fromEntries([...table.kinds].map((kind) => [kind, []]));
    return { ...this.#settings, family: table.family, ...empty, ...members };
  }

  #removeAll(): void {
    for (const family of FAMILIES) {
      if (this.#tables[family].present) this.#remove(this.#tables[family]);
    }
  }

  #remove(table: TableState): void {
    table.present = undefined;
    this.#try((filter) => filter.remove(table.family, this.#settings.table));
  }

  #try(change: (filter: PacketFilter) => ChangeResult): ChangeResult {
    try {
      this.#filter ??= this.#options.open((event) => this.#notice(event));
      return change(this.#filter);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return { errno: error.errno, message: error.syscall };
    }
  }

  /** At once, but not again and again. */
  #notice({ family, table: name }: FilterEvent): void {
    const table = this.#tables[family];
    const isOther = name !== undefined && name !== this.#settings.table;
    if (isOther || !table.present) return;
    table.present = undefined;
    if (name !== undefined) this.#options.log.firewallRestored(name);
    this.#later(table);
  }

  #later(table: TableState): void {
    const { clock } = this.#options;
    const delayMs = Math.max(0, table.notBeforeMs - clock.now());
    table.notBeforeMs = clock.now() + delayMs + AGAIN_MS;
    clock.setTimeout(() => {
      if (!table.present && table.wanted.size > 0) this.#replace(table);
    }, delayMs);
  }
}

function newState(family: Family): TableState {
  return {
    family,
    wanted: new Map(),
    present: undefined,
    kinds: new Set(),
    made: new Set(),
    changed: new Set(),
    mayBeLeftOver: false,
    notBeforeMs: -Infinity,
  };
}

/** Begins with the IP version. */
function keyOf(member: Member): string {
  switch (member.kind) {
    case "addresses":
      return `${familyOf(member.value)} ${member.value}`;
    case "linkLocals":
      return `6 ${member.value.ip} ${member.value.interfaceIndex}`;
    case "virtualLinks":
      return `${member.family} link ${member.value.index} ${member.value.parentIndex}`;
  }
}

function membersOf(members: readonly Member[]): FilterMembers {
  const addresses = members.flatMap((each) => each.kind === "addresses" ? [each.value] : []);
  const linkLocals = members.flatMap((each) => each.kind === "linkLocals" ? [each.value] : []);
  const virtualLinks = members.flatMap((each) => each.kind === "virtualLinks" ? [each.value] : []);
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(linkLocals.length > 0 && { linkLocals }),
    ...(virtualLinks.length > 0 && { virtualLinks }),
  };
}
