/**
 * Everything that runs virtual routers in one process or one simulated host: the root actor, the
 * ports of its instances, and what they share. The world, the time and the way to the outside are
 * handed in.
 *
 * @module
 */
import type { Actor, InspectionEvent, SnapshotFrom } from "xstate";
import type { vrrpInstance } from "../machines/vrrp_instance.ts";
import type { LinkTable } from "../net/link_table.ts";
import { imagineTakeover } from "../machines/vrrp_takeover.ts";
import type { Config, VrrpInstanceConfig } from "../machines/config.ts";
import type { system, SystemCommand, SystemFact, SystemInput } from "../machines/system.ts";
import type { Verdicts } from "../machines/standing.ts";
import type { GroupState } from "../machines/sync_group_rules.ts";
import type { VrrpReport } from "../machines/vrrp_facts.ts";
import type { Clock } from "./clock.ts";
import {
  createLocalRoot,
  type Door,
  type LocalDoors,
  type LvsDoors,
  type TrackerDoors,
} from "./compose.ts";
import { AddressKeeper } from "./io/address_keeper.ts";
import type { BfdSessionConfig } from "../machines/bfd_config.ts";
import { type SessionReport, verdictOfSession } from "../machines/bfd_rules.ts";
import { imagineLoss } from "../machines/bfd_loss.ts";
import type { bfdSession } from "../machines/bfd_session.ts";
import { trackedObject, type Verdict } from "../machines/standing.ts";
import { AdvertisementHub } from "./io/advertisement_hub.ts";
import { BfdHub } from "./io/bfd_hub.ts";
import { BfdIo } from "./io/bfd_io.ts";
import type { BfdShared } from "./io/bfd_shared.ts";
import { Announcer } from "./io/announcer.ts";
import { Firewall } from "./io/firewall.ts";
import { InterfaceWatch } from "./io/interface_watch.ts";
import type { Outside } from "./io/outside.ts";
import { beatsAmong } from "./io/link_poller.ts";
import { RoutingKeeper } from "./io/routing_keeper.ts";
import { StaticEntries } from "./io/static_entries.ts";
import { VirtualLinks } from "./io/virtual_links.ts";
import { VrrpIo, type VrrpShared } from "./io/vrrp_io.ts";
import type { Log } from "./log.ts";
import type { Task } from "./loop.ts";

/** What a {@linkcode VrrpEngine} is made of. */
export interface VrrpEngineOptions {
  readonly outside: Outside;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the configuration comes from and the end is told. */
  readonly openSystem: Door<SystemCommand, SystemInput, SystemFact>;
  /** Look at what is tracked; absent: the parent does. */
  readonly trackers?: TrackerDoors;
  /** Virtual servers of the same process. */
  readonly lvsDoors?: LvsDoors;
  /** Told of every change of an instance. */
  readonly onReport?: (id: string, name: string, report: VrrpReport) => void;
  /** Told of every change of a sync group. */
  readonly onGroup?: (name: string, state: GroupState) => void;
  /** Told of every change of a BFD session, and what it means for checks, if that is news. */
  readonly onSession?: (report: SessionReport, verdict: Verdict | undefined) => void;
  /** The root actor failed: a bug of ours. */
  readonly onFailure: (error: unknown) => void;
  /** Sees every event between actors, for the journal. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** Instances whose own objects are rehearsed: their timers come together, the first one counts. */
const REHEARSED_COUNT = 4;

type VrrpSnapshot = SnapshotFrom<typeof vrrpInstance>;

function needsFirewall({ accept, virtualMac }: VrrpInstanceConfig): boolean {
  return !accept || virtualMac !== undefined;
}

/** The children of the root are instances; XState's types do not say so. */
function isSessionSnapshot(snapshot: unknown): snapshot is SnapshotFrom<typeof bfdSession> {
  return isVrrpSnapshot(snapshot);
}

function isVrrpSnapshot(snapshot: unknown): snapshot is VrrpSnapshot {
  return typeof snapshot === "object" && snapshot !== null && "machine" in snapshot;
}

/** The virtual routers of one process. */
export class VrrpEngine {
  readonly root: Actor<typeof system>;
  readonly hub: AdvertisementHub;
  readonly links: LinkTable;
  readonly interfaces: InterfaceWatch;
  readonly keeper: AddressKeeper;
  readonly announcer: Announcer;
  readonly routing: RoutingKeeper;
  readonly bfd: BfdHub;
  readonly #bfdShared: BfdShared;
  /** What sessions became, and the root was not told yet. */
  #verdicts: Record<string, Verdict> = {};
  readonly firewall: Firewall;
  readonly virtualLinks: VirtualLinks;
  #virtualMacNames = { prefix: "vrrp", addressPrefix: "vrrp" };
  readonly #statics: StaticEntries;
  readonly #log: Log;
  #isConfigured = false;
  /** The ports of the instances that live, by identity: their counters. */
  readonly ports: Map<string, VrrpIo> = new Map();
  readonly #backups = new Set<string>();
  /** What can wait until everything urgent of the turn is done: telling people. */
  readonly #postponed: (() => void)[] = [];
  /** For the end of every turn, in this order: nothing may hold up an advertisement. */
  readonly tasks: readonly Task[];

  constructor(options: VrrpEngineOptions) {
    const { outside, clock, log } = options;
    this.#log = log;
    this.hub = new AdvertisementHub(outside, log);
    this.links = outside.links;
    // Before the instances: it hears of links before they ask it.
    this.interfaces = new InterfaceWatch(outside.links, clock);
    this.keeper = new AddressKeeper(
      outside.links,
      (errno) => outside.errorName(errno),
      () => clock.now(),
    );
    this.announcer = new Announcer(
      outside,
      clock,
      (name, code) => log.sendFailed(name, "announcement", code),
    );
    this.routing = new RoutingKeeper({
      links: outside.links,
      clock,
      errorName: (errno) => outside.errorName(errno),
      open: (onEvent) => outside.openRouting(onEvent),
    });
    this.#bfdShared = {
      outside,
      clock,
      log,
      onReport: (config, report) => this.#takeSessionReport(options, config, report),
      imagineLoss: (identity) => {
        const snapshot = this.root.getSnapshot().children[identity]?.getSnapshot();
        return isSessionSnapshot(snapshot) ? imagineLoss(snapshot) : undefined;
      },
    };
    this.bfd = new BfdHub(this.#bfdShared);
    this.firewall = new Firewall({
      links: outside.links,
      clock,
      log,
      errorName: (errno) => outside.errorName(errno),
      open: (onEvent) => outside.openPacketFilter(onEvent),
      isDeleting: () => this.keeper.isDeleting,
    });
    this.virtualLinks = new VirtualLinks({
      links: outside.links,
      devices: outside.devices,
      firewall: this.firewall,
      log,
      errorName: (errno) => outside.errorName(errno),
      isDeleting: () => this.keeper.isDeleting,
    });
    const { keeper, routing } = this;
    this.#statics = new StaticEntries({ outside, clock, log, keeper, routing });
    this.tasks = [
      () => this.hub.flush(),
      () => this.bfd.flush(),
      () => this.#tellVerdicts(clock),
      () => this.routing.runDeletions(), // Before their addresses.
      () => this.keeper.runSlice(),
      () => this.announcer.run(),
      () => this.firewall.run(), // After its addresses are gone.
      () => this.virtualLinks.run(),
      () => this.routing.runAdditions(), // After their addresses; neighbours wait for nothing.
      () => this.#runPostponed(),
    ];
    this.root = createLocalRoot(this.#doors(options), {
      clock,
      ...(options.inspect && { inspect: options.inspect }),
    });
    this.root.subscribe({ error: options.onFailure });
  }

  /** Takes over what concerns all instances. */
  configure(config: Config): void {
    this.hub.logsUnknownVrids = config.global.logUnknownVrids;
    this.interfaces.configure(config);
    this.#virtualMacNames = config.global.virtualMac;
    if (!this.virtualLinks.settings.silenceLocalReports(config.global.disablesLocalIgmp)) {
      this.#log.note("warning", "Cannot turn off IGMP reports for link-local groups");
    }
    this.announcer.configure(config.garpGroups);
    this.firewall.configure(config.global.firewall, config.vrrpInstances.some(needsFirewall));
    this.#statics.configure(config);
    if (this.#isConfigured) return;
    this.#isConfigured = true;
    this.virtualLinks.begin();
    // At start they are there before an instance looks for its address.
    while (this.keeper.runSlice());
    while (this.routing.runAdditions());
  }

  /** News of tracked objects and of links: the latter concern no instance but interfaces. */
  heed(verdicts: Verdicts): void {
    for (const [name, hasLink] of beatsAmong(verdicts)) this.interfaces.heedBeat(name, hasLink);
  }

  /** The instances have released what they held: so is what does not depend on them. */
  end(): void {
    this.#statics.release();
    this.firewall.end();
    this.virtualLinks.settings.silenceLocalReports(false);
  }

  /** Releases everything at once: for the end of a crashing process. Returns how much was held. */
  releaseAllNow(): number {
    const count = this.routing.releaseAllNow() + this.keeper.releaseAllNow();
    this.virtualLinks.removeAllNow();
    this.firewall.removeAllNow();
    return count;
  }

  /** This process did not run for so long: instances may have to doubt what they are. */
  tellOfStall(lateMs: number): void {
    this.root.send({ type: "STALLED", lateMs });
  }

  /** Instances that wait for a chance to take over. */
  get backupCount(): number {
    return this.#backups.size;
  }

  /**
   * Goes through a takeover of the first instances that wait for one, without doing it: their own
   * objects are at hand then, as the code is after engine/warm_up.ts.
   */
  rehearse(): void {
    const { children } = this.root.getSnapshot();
    for (const id of Array.from(this.#backups).slice(0, REHEARSED_COUNT)) {
      const snapshot = children[id]?.getSnapshot();
      if (isVrrpSnapshot(snapshot)) imagineTakeover(snapshot);
      this.ports.get(id)?.rehearse();
    }
  }

  /** Does all work that is left, at once. */
  flushAll(): void {
    while (this.tasks.some((task) => task()));
  }

  #doors(
    { outside, clock, log, openSystem, lvsDoors, onReport, onGroup, trackers }: VrrpEngineOptions,
  ): LocalDoors {
    const shared: VrrpShared = {
      outside,
      clock,
      hub: this.hub,
      interfaces: this.interfaces,
      keeper: this.keeper,
      announcer: this.announcer,
      routing: this.routing,
      firewall: this.firewall,
      virtualLinks: this.virtualLinks,
      virtualMacNames: () => this.#virtualMacNames,
      log,
      later: (work) => this.#postponed.push(work),
      onReport: (id, name, report) => {
        if (report.type === "REPORT") {
          if (report.state === "backup") this.#backups.add(id);
          else this.#backups.delete(id);
        }
        onReport?.(id, name, report);
      },
    };
    return {
      ...trackers,
      ...lvsDoors,
      system: openSystem,
      group: () => ({
        carryOut: ({ name, state }) =>
          shared.later(() => {
            log.group(name, state);
            onGroup?.(name, state);
          }),
        [Symbol.dispose]: () => {},
      }),
      bfd: (config, tell) => new BfdIo(this.#bfdShared, this.bfd, config, tell),
      vrrp: (config, tell) => {
        const io = new VrrpIo(shared, config, tell, () => this.ports.delete(io.id));
        this.ports.set(io.id, io);
        return io;
      },
    };
  }

  /** Virtual routers hear of it before people do. */
  #takeSessionReport(
    { clock, log, onSession }: VrrpEngineOptions,
    { informs }: BfdSessionConfig,
    report: SessionReport,
  ): void {
    const object = trackedObject({ kind: "bfd", name: report.name });
    const { config, verdicts } = this.root.getSnapshot().context;
    const verdict = verdictOfSession(report, this.#verdicts[object] ?? verdicts[object]);
    if (verdict && informs.vrrp) {
      this.#verdicts[object] = verdict;
      if (config?.vrrpInstances.some(({ tracks }) => tracks.length > 0)) this.#tellVerdicts(clock);
    }
    this.#postponed.push(() => {
      log.bfdState(report.name, report.state, report.diagnostic, report.neighborIsAdminDown);
      onSession?.(report, informs.checkers ? verdict : undefined);
    });
  }

  /** A thousand sessions that change in one turn are one piece of news. */
  #tellVerdicts(clock: Clock): false {
    const verdicts = this.#verdicts;
    if (Object.keys(verdicts).length === 0) return false;
    this.#verdicts = {};
    this.root.send({ type: "TRACKED", verdicts, atMs: clock.now() });
    return false;
  }

  #runPostponed(): boolean {
    for (const work of this.#postponed.splice(0)) work();
    return false;
  }
}
