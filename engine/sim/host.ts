/**
 * A simulated machine: it has power or not, runs stayd or not, and sometimes does not get to run.
 *
 * @module
 */
import type { InspectionEvent } from "xstate";
import type { Ip, Mac } from "../../net/address.ts";
import { assert } from "../../net/assert.ts";
import {
  type Config,
  type VrrpInstanceConfig,
  vrrpInstanceIdentity,
} from "../../machines/config.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { VrrpReport, VrrpState } from "../../machines/vrrp_facts.ts";
import type { Verdict, Verdicts } from "../../machines/standing.ts";
import type { TrackVerdict } from "./scenario.ts";
import type { Predecessor } from "../ipc.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import type { LogLevel } from "../log.ts";
import type { LvsEngine, LvsEngineOptions } from "../lvs_engine.ts";
import type { LvsNotice } from "../notify/events.ts";
import type { VrrpEngine, VrrpEngineOptions } from "../vrrp_engine.ts";
import type { Agenda } from "./agenda.ts";
import { Kernel } from "./kernel.ts";
import type { TableListener } from "./kernel_ipvs.ts";
import type { Lan } from "./lan.ts";
import { Process } from "./process.ts";
import type { Connection } from "./connection.ts";
import { HostWiring } from "./host_wiring.ts";
import type { CheckSighting, Servers } from "./servers.ts";

/** A report of an instance. */
export type Report = VrrpReport & { readonly type: "REPORT" };

/** What can happen to a host as a whole. */
export type HostEvent =
  | "started"
  /** It took over a configuration. */
  | "configured"
  /** It left in order. */
  | "stopped"
  /** It was killed; its addresses are still there. */
  | "crashed"
  | "lost power"
  | "stalled"
  | "woke up";

/** What a change of the balancer's table found. */
export type Before = Parameters<TableListener>[1];

/** Who is told what happens to a host. */
export interface HostWatcher {
  happened?(host: Host, event: HostEvent): void;
  reported?(host: Host, instance: VrrpInstanceConfig, report: Report): void;
  /** A BFD session told of a change. */
  sessionReported?(host: Host, report: SessionReport): void;
  /** A real server or a quorum came or went. */
  noticed?(host: Host, notice: LvsNotice): void;
  /** The balancer's table was changed; `before` is what the change found. */
  balanced?(host: Host, change: IpvsChange, before: Before): void;
  /** A check asks, or knows. */
  checked?(host: Host, sighting: CheckSighting): void;
  /** A frame left, whatever becomes of it. */
  transmitted?(host: Host, connection: Connection, frame: Uint8Array, atMs: number): void;
  /** A datagram was put where the process will read it; it came by that interface. */
  queued?(host: Host, connection: Connection, frame: Uint8Array): void;
  /** Nothing is left to do for it at this moment. */
  settled?(host: Host): void;
  logged?(host: Host, level: LogLevel, text: string): void;
  failed?(host: Host, error: unknown): void;
  inspected?(host: Host, event: InspectionEvent): void;
}

/** What a host is made of. */
export interface HostOptions {
  readonly name: string;
  /** Its place in the scenario, from 1: addresses and MAC addresses are made of it. */
  readonly number: number;
  readonly agenda: Agenda;
  /** Interfaces and the segments they are connected to. */
  readonly links: readonly { readonly name: string; readonly lan: Lan; readonly subnet: number }[];
  /** Kernel time of one change of an address. */
  readonly addressChangeMs: number;
  readonly watchers: readonly HostWatcher[];
  readonly createEngine: (options: VrrpEngineOptions) => VrrpEngine;
  readonly createBalancer: (options: LvsEngineOptions) => LvsEngine;
  /** Whom checks ask. */
  readonly servers: Servers;
}

/** A simulated machine. */
export class Host {
  readonly name: string;
  readonly kernel: Kernel = new Kernel();
  readonly #wiring: HostWiring;
  #processCount = 0;
  readonly #options: HostOptions;
  readonly #states = new Map<string, VrrpState>();
  /** All instances of the running process so far, by identity. */
  readonly #instances = new Map<string, VrrpInstanceConfig>();
  /** What it runs; what it ran last. */
  config: Config | undefined;
  /** How far its clock, which can be set, is ahead of the others'. */
  clockAheadMs = 0;
  #process: Process | undefined;
  #verdicts: Verdicts = {};
  #predecessor: Predecessor | undefined;
  #startedAtMs = 0;
  #hasPower = true;
  #stalledUntilMs = -Infinity;
  #isStalled = false;
  #wakeTimer: number | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.name = options.name;
    this.kernel.ipvs.onChanged = (change, before) => {
      for (const watcher of options.watchers) watcher.balanced?.(this, change, before);
    };
    this.#wiring = new HostWiring(
      options,
      this.kernel,
      (connection, frame) => this.#process?.receive(connection, frame),
    );
  }

  /** Its cards. */
  get connections(): readonly Connection[] {
    return this.#wiring.cards;
  }

  /** Whether an instance's advertisements can leave and come, as far as this machine goes. */
  hasWay(config: VrrpInstanceConfig): boolean {
    const card = this.connections.find(({ linkName }) => linkName === config.interface) ??
      this.connections[0];
    return (card?.lan.isPlugged(this.name) ?? false) && this.#wiring.hasWay(config);
  }

  /** The MAC address of the interface that has an address. */
  macOf(ip: Ip): Mac | undefined {
    return this.#wiring.all.find(({ nic }) => [...nic.addresses()].includes(ip))?.nic.mac;
  }

  /** Whether an instance's advertisements cross that interface. */
  isWayOf(config: VrrpInstanceConfig, connection: Connection): boolean {
    return this.#wiring.isWayOf(config, connection);
  }

  /** Whether stayd runs here, stalled or not. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Whether it was told to stop. */
  get isLeaving(): boolean {
    return this.#process?.isLeaving ?? false;
  }

  /** Whether stayd gets to run. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** Whether stayd runs, and its machine lets it. */
  get isLive(): boolean {
    return this.isRunning && !this.#isStalled;
  }

  /** The process, for judges. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** How long one change of an address takes the kernel. */
  get addressChangeMs(): number {
    return this.#options.addressChangeMs;
  }

  /** The state an instance reported last. */
  stateOf(id: string): VrrpState {
    return this.#states.get(id) ?? "initialize";
  }

  /** Starts stayd: first, after it ended, or after a crash that nobody noticed. */
  start(config: Config): void {
    if (!this.#hasPower || this.#process) return;
    this.#predecessor = undefined;
    this.#startedAtMs = this.#now();
    this.#run(config);
  }

  /** The parent starts a killed process again, and tells it what its predecessor was doing. */
  respawn(): void {
    if (!this.#hasPower || this.#process || !this.config) return;
    this.#run(this.config);
  }

  /** SIGKILL. */
  crash(): void {
    if (!this.#process) return;
    const active = [...this.#states].flatMap(([id, state]) => state === "active" ? [id] : []);
    const { servers } = this.#process;
    this.#predecessor = { diedAtMs: this.#now(), active, servers };
    this.#end("crashed");
  }

  /** SIGTERM. */
  stop(): void {
    this.#process?.stop();
  }

  /** Another configuration, and SIGHUP. */
  reload(config: Config): void {
    this.#process?.reconfigure(config);
  }

  /** Processes do not run for so long. */
  stall(durationMs: number): void {
    const untilMs = this.#now() + durationMs;
    if (untilMs <= this.#stalledUntilMs) return;
    this.#stalledUntilMs = untilMs;
    if (!this.#isStalled) {
      this.#isStalled = true;
      this.#arrange();
      this.#tell("stalled");
    }
    this.#options.agenda.at(untilMs, () => this.#wakeUp());
  }

  /** Power is lost; nothing survives. */
  powerOff(): void {
    if (!this.#hasPower) return;
    this.#hasPower = false;
    this.kernel.forgetVirtualAddresses();
    this.#end("lost power");
    for (const { lan } of this.connections) lan.setPlugged(this.name, false);
  }

  /** Power is back; stayd is not started yet. */
  powerOn(): void {
    this.#hasPower = true;
    for (const { lan } of this.connections) lan.setPlugged(this.name, true);
  }

  /** Something is found out about a tracked object; a parent process tells its child. */
  track(object: string, verdict: TrackVerdict): void {
    const known: Verdict = typeof verdict === "number"
      ? { state: "value", value: verdict }
      : { state: verdict };
    this.#verdicts = { ...this.#verdicts, [object]: known };
    this.#process?.track({ [object]: known });
  }

  /** Pulls the cables, or plugs them in: all of them or that of one interface. */
  setPlugged(plugged: boolean, interfaceName?: string): void {
    if (!this.#hasPower) return;
    for (const { lan, index, linkName } of this.connections) {
      if (interfaceName !== undefined && linkName !== interfaceName) continue;
      lan.setPlugged(this.name, plugged);
      this.kernel.setCarrier(index, plugged);
    }
  }

  #now(): number {
    return this.#options.agenda.now();
  }

  #tell(event: HostEvent): void {
    for (const watcher of this.#options.watchers) watcher.happened?.(this, event);
  }

  #run(config: Config): void {
    const { agenda, watchers, addressChangeMs, createEngine, createBalancer } = this.#options;
    const inspects = watchers.some(({ inspected }) => inspected !== undefined);
    this.#states.clear();
    this.#process = new Process({
      hostName: this.name,
      kernel: this.kernel,
      processId: ++this.#processCount,
      connections: this.#wiring.all,
      config,
      startedAtMs: this.#startedAtMs,
      verdicts: () => this.#verdicts,
      predecessor: this.#predecessor,
      addressChangeMs,
      worldNow: () => agenda.now(),
      clockAheadMs: () => this.clockAheadMs,
      createEngine,
      createBalancer,
      openChecks: this.#options.servers.openChecks((sighting) => {
        for (const watcher of watchers) watcher.checked?.(this, sighting);
      }),
      onNotice: (notice) => {
        for (const watcher of watchers) watcher.noticed?.(this, notice);
      },
      write: (level, text) => {
        for (const watcher of watchers) watcher.logged?.(this, level, text);
      },
      onReport: (id, _, report) => this.#report(id, report),
      onSession: (report) => {
        for (const watcher of watchers) watcher.sessionReported?.(this, report);
      },
      onTransmit: (connection, frame, atMs) => {
        if (!this.#wiring.isUp(connection)) return;
        // Judges know cards.
        const card = connection.below ?? connection;
        for (const watcher of watchers) watcher.transmitted?.(this, card, frame, atMs);
        connection.lan.transmit(connection.nic, frame, atMs);
      },
      onQueued: (connection, frame) => {
        for (const watcher of watchers) watcher.queued?.(this, connection, frame);
      },
      onArrival: () => this.#arrange(),
      onConfigured: (accepted) => {
        this.#remember(accepted);
        this.#tell("configured");
      },
      onFailure: (error) => {
        for (const watcher of watchers) watcher.failed?.(this, error);
      },
      inspect: inspects
        ? (event) => {
          for (const watcher of watchers) watcher.inspected?.(this, event);
        }
        : undefined,
    });
    this.#predecessor = undefined;
    this.#instances.clear();
    this.#remember(config);
    this.#tell("started");
    this.#arrange();
  }

  #remember(config: Config): void {
    this.config = config;
    for (const each of config.vrrpInstances) this.#instances.set(vrrpInstanceIdentity(each), each);
  }

  #report(id: string, report: VrrpReport): void {
    if (report.type !== "REPORT") return;
    this.#states.set(id, report.state);
    const instance = this.#instances.get(id);
    assert(instance !== undefined, "only configured instances report");
    for (const watcher of this.#options.watchers) watcher.reported?.(this, instance, report);
  }

  #end(event: HostEvent): void {
    const process = this.#process;
    this.#process = undefined;
    if (process && !process.hasEnded) process.end();
    this.#states.clear();
    this.#arrange();
    this.#tell(event);
  }

  #wakeUp(): void {
    if (!this.#isStalled || this.#now() < this.#stalledUntilMs) return;
    this.#isStalled = false;
    this.#tell("woke up");
    this.#arrange();
  }

  /** Sees to it that the process gets its next turn in time. */
  #arrange(): void {
    const { agenda } = this.#options;
    if (this.#wakeTimer !== undefined) agenda.cancel(this.#wakeTimer);
    this.#wakeTimer = undefined;
    const wantedMs = this.#isStalled ? undefined : this.#process?.nextTurnMs();
    if (wantedMs === undefined) return;
    this.#wakeTimer = agenda.at(Math.max(wantedMs, this.#now()), () => this.#turn());
  }

  #turn(): void {
    this.#wakeTimer = undefined;
    const process = this.#process;
    assert(process !== undefined && !this.#isStalled, "only a process that runs has turns");
    try {
      process.turn();
    } catch (error) {
      for (const watcher of this.#options.watchers) watcher.failed?.(this, error);
      return;
    }
    if (process.hasEnded && this.#process === process) this.#end("stopped");
    this.#arrange();
    if (process.isBusy) return;
    for (const watcher of this.#options.watchers) watcher.settled?.(this);
  }
}
