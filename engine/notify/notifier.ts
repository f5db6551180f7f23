/**
 * Tells people and programs what happens to instances and groups: scripts and FIFOs. It runs in the
 * parent, so that nothing it does can delay VRRP.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import { type Config, vrrpInstanceIdentity } from "../../machines/config.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { SyncGroupConfig } from "../../machines/group_config.ts";
import type { GroupState } from "../../machines/sync_group_rules.ts";
import type { VrrpReport } from "../../machines/vrrp_facts.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ScriptStarter } from "../scripts/script_runner.ts";
import {
  fifoLine,
  groupEvent,
  instanceEvent,
  type Known,
  type NotifyEvent,
  sessionRuns,
} from "./events.ts";
import { FifoSet, type LineWriter } from "./fifo_set.ts";
import { ScriptQueue } from "./script_queue.ts";

/** What a notifier is made of. */
export interface NotifierOptions {
  readonly starter: ScriptStarter;
  readonly clock: Clock;
  readonly log: Log;
  /** Where lines go; default: the FIFOs of the configuration. */
  readonly writer?: LineWriter;
}

const UNKNOWN: Known = { word: undefined, priority: 0 };

/** The notifier of a daemon. */
export class Notifier implements Disposable {
  readonly #queue: ScriptQueue;
  readonly #writer: LineWriter;
  readonly #clock: Clock;
  readonly #instances = new Map<string, VrrpInstanceConfig>();
  /** Removed by a reload, and not yet stopped. */
  readonly #gone = new Map<string, VrrpInstanceConfig>();
  readonly #groups = new Map<string, SyncGroupConfig>();
  readonly #known = new Map<string, Known>();
  #sessions = new Map<string, BfdSessionConfig>();
  readonly #sessionsUp = new Set<string>();

  constructor({ starter, clock, log, writer }: NotifierOptions) {
    this.#queue = new ScriptQueue(starter, clock, log);
    this.#writer = writer ?? new FifoSet(starter, log);
    this.#clock = clock;
  }

  /** Takes over a configuration, before the instances do. */
  configure(config: Config): void {
    const next = new Map(config.vrrpInstances.map((each) => [vrrpInstanceIdentity(each), each]));
    for (const [id, instance] of this.#instances) if (!next.has(id)) this.#gone.set(id, instance);
    this.#instances.clear();
    for (const [id, instance] of next) {
      this.#instances.set(id, instance);
      this.#gone.delete(id);
    }
    this.#groups.clear();
    for (const group of config.syncGroups) this.#groups.set(group.name, group);
    this.#sessions = new Map(config.bfdSessions.map((each) => [each.name, each]));
    this.#writer.configure(config.global.notifications);
    if (config.global.notifications.statesAfterReload) this.#repeatStates();
  }

  /** An instance, known by its identity, told something. */
  report(id: string, report: VrrpReport): void {
    const gone = this.#gone.get(id);
    const config = gone ?? this.#instances.get(id);
    if (!config) return;
    const known = this.#known.get(id) ?? UNKNOWN;
    const event = instanceEvent(config, report, known, gone !== undefined);
    const priority = report.type === "REPORT_LESSER" ? known.priority : report.priority;
    const word = report.type === "REPORT" && event ? event.word : known.word;
    this.#known.set(id, { word, priority });
    if (gone && report.type === "REPORT" && report.state === "initialize") {
      this.#gone.delete(id);
      this.#known.delete(id);
    }
    if (event) this.#tell(event);
  }

  /** All members of a group have become the same. */
  group(name: string, state: GroupState): void {
    const group = this.#groups.get(name);
    if (group) this.#tell(groupEvent(group, state));
  }

  /** A BFD session is something else. */
  session(report: SessionReport): void {
    const { name, state } = report;
    const isUp = state === "up";
    const config = this.#sessions.get(name);
    if (isUp === this.#sessionsUp.has(name)) return;
    if (isUp) this.#sessionsUp.add(name);
    else this.#sessionsUp.delete(name);
    for (const run of config ? sessionRuns(config, isUp) : []) this.#queue.add(`BFD ${name}`, run);
  }

  /** Calls `then` when all scripts have ended, or after so long. */
  whenIdle(limitMs: number, then: () => void): void {
    const endMs = this.#clock.now() + limitMs;
    const look = () => {
      if (!this.#queue.isBusy || this.#clock.now() >= endMs) return then();
      this.#clock.setTimeout(look, IDLE_POLL_MS);
    };
    look();
  }

  /** Closes the FIFOs; scripts that still run are their starter's. */
  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]();
  }

  #tell(event: NotifyEvent): void {
    for (const run of event.scripts) this.#queue.add(`${event.kind} ${event.name}`, run);
    this.#writer.write(fifoLine(event));
  }

  /** fifo_write_vrrp_states_on_reload. */
  #repeatStates(): void {
    for (const [id, { name }] of this.#instances) {
      const { word, priority } = this.#known.get(id) ?? UNKNOWN;
      if (word === undefined) continue;
      this.#writer.write(fifoLine({ kind: "INSTANCE", name, word, priority, scripts: [] }));
    }
  }
}

const IDLE_POLL_MS = 10;
