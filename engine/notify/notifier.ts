/**
 * Tells people and programs what happens to instances, groups, sessions and servers: scripts, FIFOs
 * and mail. It runs in the parent, so that nothing it does can delay VRRP.
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
  lvsLine,
  type LvsNotice,
  type NotifyEvent,
  sessionRuns,
} from "./events.ts";
import { FifoSet, type LineWriter } from "./fifo_set.ts";
import { Mailer } from "./mailer.ts";
import { ScriptQueue } from "./script_queue.ts";

/** What a notifier is made of. */
export interface NotifierOptions {
  readonly starter: ScriptStarter;
  readonly clock: Clock;
  readonly log: Log;
  /** Where lines go; default: the FIFOs of the configuration. */
  readonly writer?: LineWriter;
  /** Who mails; default: nodemailer, to the server of the configuration. */
  readonly mailer?: Mailer;
}

const UNKNOWN: Known = { word: undefined, priority: 0 };

/** The notifier of a daemon. */
export class Notifier implements Disposable {
  readonly #queue: ScriptQueue;
  readonly #writer: LineWriter;
  readonly #mailer: Mailer;
  readonly #clock: Clock;
  readonly #instances = new Map<string, VrrpInstanceConfig>();
  /** Removed by a reload, and not yet stopped. */
  readonly #gone = new Map<string, VrrpInstanceConfig>();
  readonly #groups = new Map<string, SyncGroupConfig>();
  readonly #known = new Map<string, Known>();
  #sessions = new Map<string, BfdSessionConfig>();
  readonly #sessionsUp = new Set<string>();

  constructor({ starter, clock, log, writer, mailer }: NotifierOptions) {
    this.#queue = new ScriptQueue(starter, clock, log);
    this.#writer = writer ?? new FifoSet(starter, log);
    this.#mailer = mailer ?? new Mailer(log);
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
    this.#mailer.configure(config);
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

  /** A real server came or went, or a quorum. */
  lvs(notice: LvsNotice): void {
    const { script } = notice;
    const subject = notice.kind === "VS"
      ? `virtual server ${notice.name}`
      : `real server ${notice.name} of ${notice.service}`;
    this.#mailer.tellOfServers(notice);
    if (notice.kind === "CHECK") return;
    if (script) this.#queue.add(subject, { script, moreArguments: [] });
    this.#writer.write(lvsLine(notice), "lvs");
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

  /** Calls `then` when all scripts have ended and all mails are sent, or after so long. */
  whenIdle(limitMs: number, then: () => void): void {
    const endMs = this.#clock.now() + limitMs;
    const look = () => {
      const isBusy = this.#queue.isBusy || this.#mailer.isBusy;
      if (!isBusy || this.#clock.now() >= endMs) return then();
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
    this.#writer.write(fifoLine(event), "vrrp");
    if (event.mails) this.#mailer.tell(event);
  }

  /** fifo_write_vrrp_states_on_reload. */
  #repeatStates(): void {
    for (const [id, { name }] of this.#instances) {
      const { word, priority } = this.#known.get(id) ?? UNKNOWN;
      if (word === undefined) continue;
      this.#writer.write(fifoLine({ kind: "INSTANCE", name, word, priority }), "vrrp");
    }
  }
}

const IDLE_POLL_MS = 10;
