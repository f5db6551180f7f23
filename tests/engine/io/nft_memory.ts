/**
 * As much of nftables as our commands need, as strict as the kernel about what refers to what: a
 * transaction is carried out as a whole, or not at all.
 *
 * @module
 */
import type { NftRunner } from "../../../engine/io/nft_table.ts";
import type { NftAnswer } from "../../../net/sys/libnftables.ts";

interface Table {
  readonly chains: Map<string, string[]>;
  readonly sets: Set<string>;
  readonly maps: Map<string, string[]>;
}

type Tables = Map<string, Table>;

class Refusal extends Error {}

/** The packet filter. */
export class NftMemory implements NftRunner {
  #tables: Tables = new Map();
  /** Transactions that were carried out. */
  count = 0;
  /** What the next transaction is refused with. */
  problem: string | undefined;

  run(commands: string): NftAnswer {
    const tables = copy(this.#tables);
    try {
      if (this.problem !== undefined) throw new Refusal(this.problem);
      const output = commands.trim().split("\n").map((each) => carryOut(tables, each)).join("");
      for (const table of tables.values()) checkReferences(table);
      if (output === "") this.count++;
      this.#tables = tables;
      return { output };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem = undefined;
      return { problem: error.message };
    }
  }

  list(commands: string): NftAnswer {
    return this.run(commands);
  }

  /** Names of tables. */
  get names(): string[] {
    return [...this.#tables.keys()].sort();
  }

  /** All rules of a chain, without their marks. */
  rules(table: string, chain: string): string[] {
    const rules = this.#tables.get(table)?.chains.get(chain) ?? [];
    return rules.map((rule) => rule.replace(/ comment ".*"$/, ""));
  }

  /** Chains, sets and elements of maps of a table. */
  content(name: string): string[] {
    const table = this.#tables.get(name);
    if (!table) return [];
    return [...table.chains.keys(), ...table.sets, ...[...table.maps.values()].flat()].sort();
  }

  [Symbol.dispose](): void {}
}

function copy(tables: Tables): Tables {
  return new Map(
    Array.from(tables, ([name, { chains, sets, maps }]) => [name, {
      chains: new Map(Array.from(chains, ([chain, rules]) => [chain, [...rules]])),
      sets: new Set(sets),
      maps: new Map(Array.from(maps, ([map, elements]) => [map, [...elements]])),
    }]),
  );
}

function carryOut(tables: Tables, command: string): string {
  const [verb = "", kind = "", family, name = "", object = "", ...rest] = command.split(" ");
  if (family !== "inet") throw new Refusal(`syntax error: ${command}`);
  if (kind === "table") return table(tables, verb, name);
  const within = tables.get(name);
  if (!within) throw new Refusal(`no table: ${command}`);
  switch (`${verb} ${kind}`) {
    case "add map":
      if (!within.maps.has(object)) within.maps.set(object, []);
      return "";
    case "list map":
      return existing(within.maps, object, command).join("\n");
    case "add set":
      within.sets.add(object);
      return "";
    case "delete set":
      if (!within.sets.delete(object)) throw new Refusal(`no set: ${command}`);
      return "";
    case "add chain":
      if (!within.chains.has(object)) within.chains.set(object, []);
      return "";
    case "flush chain":
      existing(within.chains, object, command).splice(0);
      return "";
    case "delete chain":
      if (existing(within.chains, object, command).length > 0) {
        throw new Refusal(`busy: ${command}`);
      }
      within.chains.delete(object);
      return "";
    case "add rule":
      existing(within.chains, object, command).push(rest.join(" "));
      return "";
    case "add element":
    case "delete element":
      return element(existing(within.maps, object, command), verb, rest.slice(1, -1).join(" "));
  }
  throw new Refusal(`syntax error: ${command}`);
}

function table(tables: Tables, verb: string, name: string): string {
  const known = tables.get(name);
  if (verb === "add") {
    if (!known) tables.set(name, { chains: new Map(), sets: new Set(), maps: new Map() });
    return "";
  }
  if (!known) throw new Refusal("No such file or directory");
  if (verb === "delete") tables.delete(name);
  return verb === "list" ? [...known.chains.values()].flat().join("\n") : "";
}

function element(elements: string[], verb: string, text: string): "" {
  const index = elements.indexOf(text);
  if ((index >= 0) !== (verb === "delete")) throw new Refusal(`${verb} element ${text}`);
  if (verb === "add") elements.push(text);
  else elements.splice(index, 1);
  return "";
}

function existing<Value>(of: ReadonlyMap<string, Value>, name: string, command: string): Value {
  const value = of.get(name);
  if (value === undefined) throw new Refusal(`nothing there: ${command}`);
  return value;
}

function checkReferences({ chains, sets, maps }: Table): void {
  const all = [...chains.values(), ...maps.values()].flat().join("\n");
  for (const [, chain = ""] of all.matchAll(/\b(?:goto|jump) (\w+)/g)) {
    if (!chains.has(chain)) throw new Refusal(`no chain ${chain}`);
  }
  for (const [, set = ""] of all.matchAll(/@(\w+)/g)) {
    if (!sets.has(set) && !maps.has(set)) throw new Refusal(`no set ${set}`);
  }
}
