/**
 * Keeps the balancer's table as the virtual servers want it: only what differs is changed, a batch
 * at a turn of the loop. What the kernel has already (from a run before, from somebody else) is
 * read once, and taken over if it is the same.
 *
 * @module
 */
import type { Ipvs, IpvsChange, IpvsResult } from "../../net/ipvs.ts";
import type { IpvsGlance } from "../../net/ipvs_glance.ts";
import {
  type IpvsService,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../net/netlink/ipvs_service.ts";
import { changesBetween, type PlannedService } from "./ipvs_plan.ts";
import { CloseLooks } from "./close_looks.ts";
import { type AuditSubject, describeDrift, TableAudit } from "./table_audit.ts";

/** What it needs of the kernel. */
export interface IpvsTable
  extends Pick<Ipvs, "changeBatch" | "services" | "destinations" | "flush"> {
  /** Changes that are worth a call; default: 64. */
  readonly changesPerCall?: number;
  /** What all of it looks like, if it can be seen at once. */
  glance?(): IpvsGlance | undefined;
  /** Told when all that was wanted is there. */
  settle?(): void;
}

/** Who hears of what goes wrong. */
export interface KeeperListener {
  onError(change: IpvsChange, result: IpvsResult): void;
  /** Others changed the table of a virtual server; `changes` would undo it. Once for each drift. */
  onDrift(owner: string, changes: readonly IpvsChange[], isRepaired: boolean): void;
}

const CHANGES_PER_CALL = 64;

/** Changes of one virtual server. */
interface Part {
  readonly owner: string;
  readonly before: readonly PlannedService[];
  readonly wanted: readonly PlannedService[];
  /** Where its changes end among all that are under way. */
  readonly end: number;
}

/** Changes that are under way. */
interface Work {
  readonly parts: readonly Part[];
  readonly changes: readonly IpvsChange[];
  doneCount: number;
  /** Virtual servers of which a change failed. */
  readonly failed: Set<string>;
}

/** The table of one process. */
export class IpvsKeeper {
  readonly #table: IpvsTable;
  readonly #listener: KeeperListener;
  /** What the kernel has for each virtual server, as far as it is known. */
  readonly #applied = new Map<string, readonly PlannedService[]>();
  /** What is to be shown next; the last word counts. */
  readonly #waiting = new Map<string, readonly PlannedService[]>();
  readonly #failed = new Map<string, readonly PlannedService[]>();
  /** Services of which only the kernel knows whether they are there, for each virtual server. */
  readonly #doubted = new Map<string, readonly IpvsServiceKey[]>();
  /** Which virtual server a service is of: another one may take it over, by a new name say. */
  readonly #owners = new Map<string, string>();
  /** Virtual servers that something was taken over from, until they are told of again. */
  readonly #robbed = new Set<string>();
  /** Services that were there before us, until their owner is known. */
  #found: Map<string, IpvsService> | undefined;
  #work: Work | undefined;
  #audit: TableAudit | undefined;
  readonly #closeLooks = new CloseLooks();
  /** What was told of virtual servers that others changed. */
  readonly #drifts = new Map<string, string>();

  constructor(table: IpvsTable, listener: KeeperListener) {
    this.#table = table;
    this.#listener = listener;
  }

  /** From now on the table has this for a virtual server; nothing: takes it out. */
  show(owner: string, wanted: readonly PlannedService[]): void {
    this.#waiting.set(owner, wanted);
    for (const { service: { key } } of wanted) this.#claim(owner, key);
  }

  /** Empties the kernel's table, with what is others' in it. */
  empty(): void {
    this.#table.flush();
    this.#applied.clear();
    this.#owners.clear();
    this.#found = undefined;
  }

  /**
   * Begins to look whether the table is still what it was made; what others changed is told, and
   * undone if it `repairs`. One that is under way goes on instead, unless this one repairs more.
   */
  audit(repairs: boolean): void {
    if (this.#audit && !repairs) return;
    const owners = [...this.#applied.keys()];
    this.#audit = new TableAudit(
      this.#auditSubject(this.#closeLooks.next(owners), repairs),
      owners,
    );
  }

  /**
   * Begins such an audit that repairs. What is only seen closely, and that in turns, is repaired
   * when its turn comes.
   */
  auditAfresh(): void {
    this.#closeLooks.begin([...this.#applied.keys()], true);
    this.audit(true);
  }

  /** Those whose last changes did not all succeed are looked at again. */
  retry(): void {
    for (const [owner, wanted] of this.#failed) {
      if (!this.#waiting.has(owner)) this.#waiting.set(owner, wanted);
    }
    this.#failed.clear();
  }

  /** Carries out one batch. Whether there is more to do. */
  runSlice(): boolean {
    this.#work ??= this.#next();
    const work = this.#work;
    if (!work) return this.#runAudit();
    const results = this.#table.changeBatch(work.changes, work.doneCount);
    for (const [i, result] of results.entries()) {
      const change = work.changes[work.doneCount + i];
      if (!change || result.errno === 0) continue;
      const index = work.doneCount + i;
      const part = work.parts.find(({ end }) => index < end);
      if (part) work.failed.add(part.owner);
      this.#listener.onError(change, result);
    }
    work.doneCount += results.length;
    if (work.doneCount >= work.changes.length) this.#finish(work);
    return this.#work !== undefined || this.#waiting.size > 0 || this.#audit !== undefined;
  }

  /** Carries out all that is left. */
  flush(): void {
    while (this.runSlice());
  }

  /** The next virtual servers for which there is something to change: a call's worth. */
  #next(): Work | undefined {
    const limit = this.#table.changesPerCall ?? CHANGES_PER_CALL;
    const parts: Part[] = [];
    const changes: IpvsChange[] = [];
    for (const [owner, wanted] of this.#waiting) {
      this.#waiting.delete(owner);
      const before = this.#before(owner, wanted);
      const own = changesBetween(before, wanted);
      if (own.length === 0) {
        this.#remember(owner, wanted);
        continue;
      }
      for (const change of own) changes.push(change);
      parts.push({ owner, before, wanted, end: changes.length });
      if (changes.length >= limit) break;
    }
    return parts.length > 0 ? { parts, changes, doneCount: 0, failed: new Set() } : undefined;
  }

  #before(owner: string, wanted: readonly PlannedService[]): readonly PlannedService[] {
    const known = this.#applied.get(owner);
    const doubted = this.#doubted.get(owner);
    if (known && !doubted) return known;
    this.#doubted.delete(owner);
    const keys = known ? [] : wanted.map(({ service: { key } }) => key);
    return [...known ?? [], ...this.#present([...keys, ...doubted ?? []])];
  }

  /** A service of another virtual server goes over as it is: it is not taken out and put in. */
  #claim(owner: string, key: IpvsServiceKey): void {
    const name = serviceKeyText(key);
    const last = this.#owners.get(name);
    if (last === owner) return;
    this.#owners.set(name, owner);
    if (last === undefined) return;
    this.#robbed.add(last);
    const doubted = this.#doubted.get(last);
    if (doubted) this.#doubted.set(last, doubted.filter((each) => serviceKeyText(each) !== name));
    const applied = this.#applied.get(last);
    const isOther = ({ service }: PlannedService) => serviceKeyText(service.key) !== name;
    if (applied) this.#applied.set(last, applied.filter(isOther));
    // It may be under way: how it is now, the kernel knows.
    this.#found = undefined;
    this.#doubted.set(owner, [...this.#doubted.get(owner) ?? [], key]);
  }

  #finish({ parts, failed }: Work): void {
    this.#work = undefined;
    for (const part of parts) {
      if (failed.has(part.owner)) this.#doubt(part);
      else {
        this.#remember(part.owner, part.wanted);
        this.#disown(part);
      }
    }
    if (this.#waiting.size === 0 && this.#failed.size === 0) this.#table.settle?.();
  }

  /** What came of it, only the kernel knows. */
  #doubt({ owner, before, wanted }: Part): void {
    this.#found = undefined;
    this.#applied.delete(owner);
    this.#doubted.set(owner, before.map(({ service: { key } }) => key));
    this.#failed.set(owner, wanted);
  }

  #runAudit(): boolean {
    if (!this.#audit) return false;
    if (!this.#audit.runSlice()) this.#audit = undefined;
    return this.#audit !== undefined || this.#waiting.size > 0;
  }

  #auditSubject(close: ReadonlyMap<string, boolean>, repairsAll: boolean): AuditSubject {
    return {
      services: () => this.#servicesNow(),
      glance: () => this.#table.glance?.(),
      // Whether what was told has ended, only a close look tells.
      isClose: (owner) => close.has(owner) || this.#drifts.has(owner),
      destinations: (key) => this.#destinationsOf(key),
      expected: (owner) => this.#waiting.has(owner) ? undefined : this.#applied.get(owner),
      agrees: (owner) => void this.#drifts.delete(owner),
      differs: (owner, present, changes) => {
        const repairs = repairsAll || close.get(owner) === true;
        const text = describeDrift(changes);
        if (repairs || this.#drifts.get(owner) !== text) {
          this.#listener.onDrift(owner, changes, repairs);
        }
        this.#drifts.set(owner, text);
        const wanted = this.#applied.get(owner);
        if (!repairs || !wanted) return;
        this.#applied.set(owner, present);
        this.#waiting.set(owner, wanted);
      },
    };
  }

  #remember(owner: string, wanted: readonly PlannedService[]): void {
    this.#audit?.skip(owner);
    this.#failed.delete(owner);
    const own = this.#robbed.has(owner)
      ? wanted.filter((each) => this.#owners.get(nameOf(each)) === owner)
      : wanted;
    if (own.length === 0) this.#applied.delete(owner);
    else this.#applied.set(owner, own);
    this.#robbed.delete(owner);
  }

  /** What a virtual server has no more is nobody's. */
  #disown({ owner, before, wanted }: Part): void {
    if (before.length === 0) return;
    const left = new Set(wanted.map(nameOf));
    for (const name of before.map(nameOf)) {
      if (!left.has(name) && this.#owners.get(name) === owner) this.#owners.delete(name);
    }
  }

  /** What the kernel has of these services. */
  #present(keys: readonly IpvsServiceKey[]): PlannedService[] {
    this.#found ??= this.#servicesNow();
    const found = this.#found;
    return keys.flatMap((key) => {
      const service = found.get(serviceKeyText(key));
      found.delete(serviceKeyText(key));
      return service ? [{ service, destinations: this.#destinationsOf(key) }] : [];
    });
  }

  #servicesNow(): Map<string, IpvsService> {
    const { entries } = this.#table.services({ stats: false });
    return new Map(entries.map(({ service }) => [serviceKeyText(service.key), service]));
  }

  #destinationsOf(key: IpvsServiceKey): PlannedService["destinations"] {
    return this.#table.destinations(key).entries.map(({ destination }) => destination);
  }
}

function nameOf({ service }: PlannedService): string {
  return serviceKeyText(service.key);
}
