/**
 * Keeps the balancer's table as the virtual servers want it: only what differs is changed, a batch
 * at a turn of the loop. What the kernel has already (from a run before, from somebody else) is
 * read once, and taken over if it is the same.
 *
 * @module
 */
import type { Ipvs, IpvsChange, IpvsResult } from "../../net/ipvs.ts";
import {
  type IpvsService,
  type IpvsServiceKey,
  serviceKeyText,
} from "../../net/netlink/ipvs_service.ts";
import { changesBetween, type PlannedService } from "./ipvs_plan.ts";

/** What it needs of the kernel. */
export type IpvsTable = Pick<Ipvs, "changeBatch" | "services" | "destinations">;

/** Changes that are under way. */
interface Work {
  readonly owner: string;
  readonly wanted: readonly PlannedService[];
  readonly changes: readonly IpvsChange[];
  doneCount: number;
  hasFailed: boolean;
}

/** The table of one process. */
export class IpvsKeeper {
  readonly #table: IpvsTable;
  readonly #onError: (change: IpvsChange, result: IpvsResult) => void;
  /** What the kernel has for each virtual server, as far as it is known. */
  readonly #applied = new Map<string, readonly PlannedService[]>();
  /** What is to be shown next; the last word counts. */
  readonly #waiting = new Map<string, readonly PlannedService[]>();
  readonly #failed = new Map<string, readonly PlannedService[]>();
  /** Services that were there before us, until their owner is known. */
  #found: Map<string, IpvsService> | undefined;
  #work: Work | undefined;

  constructor(table: IpvsTable, onError: (change: IpvsChange, result: IpvsResult) => void) {
    this.#table = table;
    this.#onError = onError;
  }

  /** From now on the table has this for a virtual server; nothing: takes it out. */
  show(owner: string, wanted: readonly PlannedService[]): void {
    this.#waiting.set(owner, wanted);
  }

  /** What the kernel has of virtual servers that are new is read again. */
  refresh(): void {
    this.#found = undefined;
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
    if (!work) return false;
    const results = this.#table.changeBatch(work.changes, work.doneCount);
    for (const [i, result] of results.entries()) {
      const change = work.changes[work.doneCount + i];
      if (!change || result.errno === 0) continue;
      work.hasFailed = true;
      this.#onError(change, result);
    }
    work.doneCount += results.length;
    if (work.doneCount >= work.changes.length) this.#finish(work);
    return this.#work !== undefined || this.#waiting.size > 0;
  }

  /** Carries out all that is left. */
  flush(): void {
    while (this.runSlice());
  }

  /** The next virtual server for which there is something to change. */
  #next(): Work | undefined {
    for (const [owner, wanted] of this.#waiting) {
      this.#waiting.delete(owner);
      const before = this.#applied.get(owner) ?? this.#present(wanted);
      const changes = changesBetween(before, wanted);
      if (changes.length > 0) return { owner, wanted, changes, doneCount: 0, hasFailed: false };
      this.#remember(owner, wanted);
    }
    return undefined;
  }

  #finish({ owner, wanted, hasFailed }: Work): void {
    this.#work = undefined;
    if (!hasFailed) return this.#remember(owner, wanted);
    // What came of it, only the kernel knows.
    this.#found = undefined;
    this.#applied.delete(owner);
    this.#failed.set(owner, wanted);
  }

  #remember(owner: string, wanted: readonly PlannedService[]): void {
    this.#failed.delete(owner);
    if (wanted.length === 0) this.#applied.delete(owner);
    else this.#applied.set(owner, wanted);
  }

  /** What the kernel has of these services. */
  #present(wanted: readonly PlannedService[]): PlannedService[] {
    this.#found ??= new Map(
      this.#table.services().entries.map(({ service }) => [serviceKeyText(service.key), service]),
    );
    const found = this.#found;
    return wanted.flatMap(({ service: { key } }) => {
      const service = found.get(serviceKeyText(key));
      found.delete(serviceKeyText(key));
      return service ? [{ service, destinations: this.#destinationsOf(key) }] : [];
    });
  }

  #destinationsOf(key: IpvsServiceKey): PlannedService["destinations"] {
    return this.#table.destinations(key).entries.map(({ destination }) => destination);
  }
}
