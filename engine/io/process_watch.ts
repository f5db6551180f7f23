/**
 * Processes of this machine, counted by what they are: from the kernel's news of each, and from
 * /proc at the beginning and whenever news were lost. Where the kernel tells nothing (in a
 * container, or without CAP_NET_ADMIN) /proc is looked at each second.
 *
 * @module
 */
import { countsByName, isCounted, type ProcessTraits } from "../../machines/process_rules.ts";
import type { TrackProcessConfig } from "../../machines/track_config.ts";
import type { ProcessEvent, ProcessMessage } from "../../net/netlink/process_event.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** Where processes are seen. */
export interface ProcessSource extends Disposable {
  /**
   * Asks for news. `onLost`: some did not come; whatever was known may be wrong. False: the kernel
   * gives none here.
   */
  listen(onMessage: (message: ProcessMessage) => void, onLost: () => void): boolean;
  ids(): readonly number[];
  /** Undefined: it has ended. */
  traits(pid: number, withArguments: boolean): ProcessTraits | undefined;
}

/** What a {@linkcode ProcessWatch} is made of. */
export interface ProcessWatchOptions {
  readonly source: ProcessSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often /proc is looked at while the kernel tells nothing. */
const POLL_MS = 1_000;
/** News that were lost tell of a storm: how long it is left alone. */
const RESCAN_MS = 100;

/** One kind of processes. */
interface Watched {
  readonly config: TrackProcessConfig;
  readonly onCount: (count: number) => void;
  readonly pids: Set<number>;
  /** Whether they were ever counted: before that a single one that is told says nothing. */
  isKnown: boolean;
}

/** All kinds of processes that one process counts. */
export class ProcessWatch implements Disposable {
  readonly #options: ProcessWatchOptions;
  readonly #all = new Set<Watched>();
  #state: "idle" | "polling" | "listening" = "idle";
  /** The last message of each processor. */
  readonly #sequences = new Map<number, number>();
  #timer: number | undefined;
  #scanDueMs = 0;

  constructor(options: ProcessWatchOptions) {
    this.#options = options;
  }

  /** Calls `onCount` with how many run, later and whenever that changes. The result ends it. */
  watch(config: TrackProcessConfig, onCount: (count: number) => void): Disposable {
    const watched: Watched = { config, onCount, pids: new Set(), isKnown: false };
    this.#all.add(watched);
    if (this.#state === "idle") this.#begin();
    const first = this.#options.clock.setTimeout(() => {
      this.#scan([watched]);
      watched.isKnown = true;
      onCount(watched.pids.size);
    }, 0);
    return {
      [Symbol.dispose]: () => {
        this.#options.clock.clearTimeout(first);
        this.#all.delete(watched);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#all.clear();
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#options.source[Symbol.dispose]();
  }

  #begin(): void {
    const { source, log } = this.#options;
    this.#state = "polling"; // Until the kernel says that it tells.
    this.#scanAfter(POLL_MS);
    const isHeard = source.listen((message) => this.#take(message), () => this.#lose());
    if (!isHeard) log.processesPolled(POLL_MS / 1_000);
  }

  #take({ cpu, sequence, event }: ProcessMessage): void {
    if (event?.type === "listening") {
      this.#state = "listening";
      this.#scanAfter(0);
      return;
    }
    const before = this.#sequences.get(cpu);
    this.#sequences.set(cpu, sequence);
    if (before !== undefined && sequence !== (before + 1) >>> 0) this.#lose();
    if (event) this.#heed(event);
  }

  #lose(): void {
    this.#sequences.clear();
    this.#scanAfter(RESCAN_MS);
  }

  #heed(event: Exclude<ProcessEvent, { type: "listening" }>): void {
    const { pid } = event;
    const all = Array.from(this.#all);
    if (event.type === "ended") {
      for (const watched of all) change(watched, () => watched.pids.delete(pid));
      return;
    }
    const { copyOf } = event.type === "forked" ? event : {};
    // A copy is what its parent is: as long as that does not count, nothing need be read.
    if (copyOf !== undefined && !all.some(({ pids }) => pids.has(copyOf))) return;
    const traits = this.#options.source.traits(pid, !countsAllByName(all));
    for (const watched of all) {
      const counts = traits !== undefined && isCounted(watched.config, traits);
      change(watched, () => counts ? watched.pids.add(pid) : watched.pids.delete(pid));
    }
  }

  /** Looks at all processes, once, the sooner the better. */
  #scanAfter(delayMs: number): void {
    const { clock } = this.#options;
    const dueMs = clock.now() + delayMs;
    // Losses that never end must not put it off for ever.
    if (this.#timer !== undefined && this.#scanDueMs <= dueMs) return;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    this.#scanDueMs = dueMs;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#scan(Array.from(this.#all));
      if (this.#state === "polling") this.#scanAfter(POLL_MS);
    }, delayMs);
  }

  #scan(all: readonly Watched[]): void {
    if (all.length === 0) return;
    const { source } = this.#options;
    const byName = countsAllByName(all);
    const found = source.ids().map((pid) => ({ pid, traits: source.traits(pid, !byName) }));
    for (const watched of all) {
      change(watched, () => {
        watched.pids.clear();
        for (const { pid, traits } of found) {
          if (traits && isCounted(watched.config, traits)) watched.pids.add(pid);
        }
      });
    }
  }
}

function countsAllByName(all: readonly Watched[]): boolean {
  return all.every(({ config }) => countsByName(config));
}

/** Changes who is counted, and tells if that is another number. */
function change(watched: Watched, act: () => void): void {
  const before = watched.pids.size;
  act();
  if (watched.isKnown && watched.pids.size !== before) watched.onCount(watched.pids.size);
}
