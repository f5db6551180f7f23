/**
 * A balancer's table made of rules of nftables, for kernels without IPVS. It is told the same
 * changes as IPVS, so that the same keeper keeps both.
 *
 * What was made is remembered here; the kernel is asked only whether it still has it.
 *
 * @module
 */
import type { IpvsChange, IpvsListing, IpvsResult } from "../../net/ipvs.ts";
import {
  destinationKeyText,
  type IpvsDestination,
  type IpvsDestinationEntry,
} from "../../net/netlink/ipvs_destination.ts";
import {
  type IpvsService,
  type IpvsServiceEntry,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../net/netlink/ipvs_service.ts";
import type { NftAnswer } from "../../net/sys/libnftables.ts";
import type { IpvsTable } from "./ipvs_keeper.ts";
import {
  chainOf,
  clientsOf,
  clientsType,
  elementOf,
  isServed,
  MAPS,
  type NumberedService,
  serverRules,
  serviceRules,
  tableCommands,
} from "./nft_rules.ts";

/** What carries out commands in the words of `nft`. */
export interface NftRunner extends Disposable {
  run(commands: string): NftAnswer;
  list(commands: string): NftAnswer;
}

/** Changes that are one transaction: each costs the library a look at the whole rule set. */
const CHANGES_PER_CALL = 1_024;
/** The one of these that is not there is ours: what is left of a run before serves until it is. */
const TABLES = ["stayd_lvs", "stayd_lvs2"] as const;
const EINVAL = 22;

/** A service as it is, and what has been made of it. */
interface Known {
  readonly number: number;
  service: IpvsService;
  readonly destinations: Map<string, { readonly number: number; destination: IpvsDestination }>;
  nextNumber: number;
}

/** What the kernel has of a service. */
interface Made {
  readonly commands: readonly string[];
  readonly servers: readonly number[];
  readonly hasClients: boolean;
}

/** The table. */
export class NftTable implements IpvsTable, Disposable {
  readonly #nft: NftRunner;
  readonly #name: string;
  readonly #old: string | undefined;
  readonly #services = new Map<string, Known>();
  readonly #made = new Map<string, Made>();
  readonly changesPerCall = CHANGES_PER_CALL;
  #nextNumber = 1;
  /** Whether the kernel has what was made. */
  #isThere = false;
  #hasOld: boolean;

  /** Takes the runner over. */
  constructor(nft: NftRunner) {
    this.#nft = nft;
    const present = TABLES.filter((name) => "output" in nft.list(`list table inet ${name}\n`));
    const [first, second] = TABLES;
    this.#name = present.includes(first) && !present.includes(second) ? second : first;
    this.#old = present.find((name) => name !== this.#name);
    this.#hasOld = this.#old !== undefined;
  }

  /** Whether this kernel can do it, in this namespace. */
  isUsable(): boolean {
    const probe = "stayd_lvs_probe";
    const commands = [...tableCommands(probe), `delete table inet ${probe}`];
    return "output" in this.#nft.run(text(commands));
  }

  changeBatch(changes: readonly IpvsChange[], start = 0): readonly IpvsResult[] {
    const batch = changes.slice(start, start + CHANGES_PER_CALL);
    const touched = new Map<string, Known | undefined>();
    for (const change of batch) {
      const key = serviceKeyText(change.service.key);
      if (!touched.has(key)) touched.set(key, this.#services.get(key));
      this.#note(key, change);
    }
    const problem = this.#apply(touched);
    const result = problem === undefined ? { errno: 0 } : { errno: EINVAL, message: problem };
    return batch.map(() => result);
  }

  services(): IpvsListing<IpvsServiceEntry> {
    if (this.#isThere && !this.#isAsMade()) this.#isThere = false;
    if (!this.#isThere) return { errno: 0, entries: [] };
    return {
      errno: 0,
      entries: Array.from(this.#services.values(), ({ service }) => ({ service })),
    };
  }

  destinations(key: IpvsServiceKey): IpvsListing<IpvsDestinationEntry> {
    const known = this.#isThere ? this.#services.get(serviceKeyText(key)) : undefined;
    const entries = Array.from(known?.destinations.values() ?? [], ({ destination }) => ({
      destination,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
    }));
    return { errno: 0, entries };
  }

  flush(): IpvsResult {
    this.#services.clear();
    this.#made.clear();
    this.#isThere = false;
    return this.#remove(this.#name);
  }

  /** All that was wanted is there: what a run before left is not needed any more. */
  settle(): void {
    if (!this.#hasOld || this.#old === undefined) return;
    this.#hasOld = false;
    this.#remove(this.#old);
  }

  /** Lets go of it; the rules stay. */
  [Symbol.dispose](): void {
    this.#nft[Symbol.dispose]();
  }

  #remove(table: string): IpvsResult {
    const answer = this.#nft.run(text([`add table inet ${table}`, `delete table inet ${table}`]));
    return "output" in answer ? { errno: 0 } : { errno: EINVAL, message: answer.problem };
  }

  #note(key: string, change: IpvsChange): void {
    const { service } = change;
    if (change.type === "deleteService") return void this.#services.delete(key);
    const known = this.#services.get(key) ?? this.#newService(key, service);
    if (!("destination" in change)) return this.#noteService(known, service);
    const { destination } = change;
    const server = destinationKeyText(destination);
    if (change.type === "deleteDestination") return void known.destinations.delete(server);
    const previous = known.destinations.get(server);
    if (previous) previous.destination = destination;
    else known.destinations.set(server, { number: known.nextNumber++, destination });
  }

  #newService(key: string, service: IpvsService): Known {
    const number = this.#nextNumber++;
    const known: Known = { number, service, destinations: new Map(), nextNumber: 1 };
    this.#services.set(key, known);
    return known;
  }

  #noteService(known: Known, service: IpvsService): void {
    const isSame = clientsType(known.service) === clientsType(service);
    known.service = service;
    if (isSame) return;
    // Sets cannot be changed: servers begin anew, with new ones.
    for (const [server, { destination }] of known.destinations) {
      known.destinations.set(server, { number: known.nextNumber++, destination });
    }
  }

  /** Makes the kernel have what is known; why that failed. */
  #apply(touched: ReadonlyMap<string, Known | undefined>): string | undefined {
    // Who serves nobody leaves nothing.
    if (this.#services.size === 0) return this.flush().message;
    const commands: string[] = [];
    if (!this.#isThere) {
      this.#made.clear();
      commands.push(...tableCommands(this.#name));
    }
    const keys = this.#isThere ? [...touched.keys()] : [...this.#services.keys()];
    for (const key of keys) {
      const before = touched.get(key);
      const now = this.#services.get(key);
      const made = this.#made.get(key);
      if (made && before) commands.push(...this.#clear(before, made));
      if (made && before && before !== now) commands.push(...this.#drop(before, made));
      if (now) commands.push(...this.#build(key, now, before === now ? made : undefined));
      else this.#made.delete(key);
    }
    if (commands.length === 0) return undefined;
    const answer = this.#nft.run(text(commands));
    this.#isThere = "output" in answer;
    return "problem" in answer ? answer.problem : undefined;
  }

  /** Takes the rules out: what they refer to can be deleted, and new ones come. */
  #clear({ number }: Known, { servers }: Made): string[] {
    const chains = [chainOf(number), ...servers.map((server) => chainOf(number, server))];
    return chains.map((chain) => `flush chain inet ${this.#name} ${chain}`);
  }

  #drop(known: Known, { servers, hasClients }: Made): string[] {
    const { map, element } = elementOf(numbered(known));
    return [
      `delete element inet ${this.#name} ${map} { ${element} }`,
      `delete chain inet ${this.#name} ${chainOf(known.number)}`,
      ...servers.flatMap((server) => this.#dropServer(known.number, server, hasClients)),
    ];
  }

  #dropServer(service: number, server: number, hasClients: boolean): string[] {
    return [
      `delete chain inet ${this.#name} ${chainOf(service, server)}`,
      ...hasClients ? [`delete set inet ${this.#name} ${clientsOf(service, server)}`] : [],
    ];
  }

  #build(key: string, known: Known, made: Made | undefined): string[] {
    const table = `inet ${this.#name}`;
    const all = numbered(known);
    const { number } = known;
    const type = clientsType(known.service);
    const commands: string[] = [];
    for (const server of all.servers) {
      const chain = chainOf(number, server.number);
      if (type) commands.push(`add set ${table} ${clientsOf(number, server.number)} ${type}`);
      commands.push(`add chain ${table} ${chain}`);
      commands.push(...rules(table, chain, serverRules(all, server)));
    }
    const chain = chainOf(number);
    commands.push(`add chain ${table} ${chain}`, ...rules(table, chain, serviceRules(all)));
    const servers = all.servers.map((server) => server.number);
    for (const server of made?.servers ?? []) {
      if (servers.includes(server)) continue;
      commands.push(...this.#dropServer(number, server, made?.hasClients ?? false));
    }
    if (!made) {
      const { map, element } = elementOf(all);
      commands.push(`add element ${table} ${map} { ${element} }`);
    }
    this.#made.set(key, { commands, servers, hasClients: type !== undefined });
    return commands;
  }

  /** Whether others left the table as it was made: each rule has its mark, each service its way. */
  #isAsMade(): boolean {
    const listing = this.#nft.list(`list table inet ${this.#name}\n`);
    if ("problem" in listing) return false;
    // One at a time: of several, the library knows only the first.
    const maps = Object.keys(MAPS).map((map) =>
      this.#nft.run(text([`list map inet ${this.#name} ${map}`]))
    );
    const expected = [...this.#made.values()].flatMap(({ commands }) => commands);
    return sameLines(marksOf(listing.output), marksOf(expected.join("\n"))) &&
      sameLines(
        maps.flatMap((each) => "output" in each ? targetsOf(each.output) : []),
        [...this.#services.values()].map(({ number }) => chainOf(number)),
      );
  }
}

/** Only servers that can be reached. */
function numbered({ number, service, destinations }: Known): NumberedService {
  const servers = [...destinations.values()].filter(({ destination }) =>
    isServed(service, destination)
  );
  return { number, service, servers };
}

/** Rules with a mark each, by which they are found again. */
function rules(table: string, chain: string, all: readonly string[]): string[] {
  return all.map((rule) => {
    const mark = markOf(`${chain} ${rule}`);
    return `add rule ${table} ${chain} ${rule} comment "${mark}"`;
  });
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A short text that is another for another rule (FNV-1a). */
function markOf(rule: string): string {
  let hash = FNV_OFFSET;
  for (let i = 0; i < rule.length; i++) {
    hash = Math.imul(hash ^ rule.charCodeAt(i), FNV_PRIME);
  }
  return `stayd-${(hash >>> 0).toString(16)}`;
}

function marksOf(listing: string): string[] {
  return Array.from(listing.matchAll(/comment "(stayd-[0-9a-f]+)"/g), ([, mark = ""]) => mark);
}

function targetsOf(listing: string): string[] {
  return Array.from(listing.matchAll(/goto (s\d+)\b/g), ([, chain = ""]) => chain);
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join() === b.toSorted().join();
}

function text(commands: readonly string[]): string {
  return `${commands.join("\n")}\n`;
}
