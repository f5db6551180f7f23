/**
 * Packet filters of a simulated host: tables by name, as the kernel keeps them when a process dies.
 *
 * @module
 */
import type { Family } from "../../net/address.ts";
import type { ChangeResult } from "../../net/link_table.ts";
import type { FilterMembers, FilterTable, PacketFilter } from "../../net/packet_filter_table.ts";

const ENOENT = 2;
const EEXIST = 17;
const KINDS = ["addresses", "linkLocals", "virtualLinks"] as const;

/** Tables in memory. */
export class SimPacketFilter implements PacketFilter {
  /** By IP version and name; members as JSON. */
  readonly tables: Map<string, Map<string, Set<string>>> = new Map();

  replace(table: FilterTable): ChangeResult {
    const sets = new Map(
      KINDS.flatMap((kind) => table[kind] ? [[kind, setOf(table[kind])] as const] : []),
    );
    this.tables.set(keyOf(table.family, table.table), sets);
    return { errno: 0 };
  }

  change(table: FilterTable, added: FilterMembers, removed: FilterMembers): ChangeResult {
    const before = this.tables.get(keyOf(table.family, table.table));
    if (!before) return { errno: ENOENT };
    const sets = new Map([...before].map(([kind, set]) => [kind, new Set(set)]));
    for (const kind of KINDS) {
      const set = sets.get(kind);
      for (const member of setOf(removed[kind] ?? [])) {
        if (!set?.delete(member)) return { errno: ENOENT };
      }
      for (const member of setOf(added[kind] ?? [])) {
        if (!set) return { errno: ENOENT };
        if (set.has(member)) return { errno: EEXIST };
        set.add(member);
      }
    }
    this.tables.set(keyOf(table.family, table.table), sets);
    return { errno: 0 };
  }

  remove(family: Family, table: string): ChangeResult {
    this.tables.delete(keyOf(family, table));
    return { errno: 0 };
  }

  [Symbol.dispose](): void {}
}

function keyOf(family: Family, table: string): string {
  return `ip${family} ${table}`;
}

function setOf(members: readonly unknown[]): Set<string> {
  return new Set(members.map((member) => JSON.stringify(member)));
}
