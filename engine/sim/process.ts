/**
 * One run of stayd's VRRP process on a simulated host: the real engine on a clock of its own, and
 * the same turn as engine/loop.ts, made by the world instead of the kernel. What its parent process
 * says waits to be read, as it waits in a channel in production.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import { SimDevices } from "./sim_devices.ts";
import { sessionVerdict } from "../../machines/bfd_rules.ts";
import { type KnownServers, quorumKey, serverKey } from "../../machines/quorum_rules.ts";
import type { Verdicts } from "../../machines/standing.ts";
import type { SystemFact } from "../../machines/system.ts";
import type { InspectionEvent } from "xstate";
import { Clock } from "../clock.ts";
import { startupDelays } from "../io/system_io.ts";
import { type Predecessor, resumedInstances } from "../ipc.ts";
import type { OpenChecks } from "../io/checks.ts";
import { Log, type LogWriter } from "../log.ts";
import { LvsEngine, type LvsEngineOptions } from "../lvs_engine.ts";
import type { LvsNotice } from "../notify/events.ts";
import { VrrpEngine, type VrrpEngineOptions } from "../vrrp_engine.ts";
import type { ProcessRouting } from "./kernel_routing.ts";
import type { Kernel } from "./kernel.ts";
import { KernelLinks } from "./kernel_links.ts";
import { Random } from "./random.ts";
import type { Connection } from "./connection.ts";
import { type Delivery, SimOutside } from "./sim_outside.ts";

/**
 * Below this a late timer, and a datagram that waited, is ordinary scheduling: engine/loop.ts and
 * engine/io/system_outside.ts have the same.
 */
const STALL_MS_MIN = 5;
/** 2020-01-01T00:00:00Z: what the clocks of all machines say when a simulation begins. */
const SIM_BEGINS_UNIX_MS = 1_577_836_800_000;
/** Datagrams that wait for a process; the kernel drops what comes beyond. */
export const INBOX_COUNT_MAX = 256;

/** What a process is started with. */
export interface ProcessOptions {
  readonly hostName: string;
  readonly kernel: Kernel;
  /** It is the so-maniest process of its host. */
  readonly processId: number;
  readonly connections: readonly Connection[];
  readonly config: Config;
  /** When the daemon started: start-up delays count from it. */
  readonly startedAtMs: number;
  /** What is known of tracked objects by now. */
  readonly verdicts: () => Verdicts;
  readonly predecessor: Predecessor | undefined;
  /** Kernel time of one change of an address. */
  readonly addressChangeMs: number;
  readonly worldNow: () => number;
  /** How far its clock, which can be set, is ahead. */
  readonly clockAheadMs: () => number;
  readonly write: LogWriter;
  readonly onReport: NonNullable<VrrpEngineOptions["onReport"]>;
  readonly onSession: NonNullable<VrrpEngineOptions["onSession"]>;
  /** A real server or a quorum came or went. */
  readonly onNotice: (notice: LvsNotice) => void;
  /** Asks the servers of the world. */
  readonly openChecks: OpenChecks;
  readonly onTransmit: (connection: Connection, frame: Uint8Array, atMs: number) => void;
  /** A datagram entered the inbox. */
  readonly onQueued: (connection: Connection, frame: Uint8Array) => void;
  /** Something arrived that a turn would take in. */
  readonly onArrival: () => void;
  /** A configuration was handed to the machines. */
  readonly onConfigured: (config: Config) => void;
  readonly onFailure: (error: unknown) => void;
  readonly inspect: ((event: InspectionEvent) => void) | undefined;
  /** Build the engines; tests put saboteurs in their way. */
  readonly createEngine: (options: VrrpEngineOptions) => VrrpEngine;
  readonly createBalancer: (options: LvsEngineOptions) => LvsEngine;
}

/** Chance that differs from host to host and start to start, and is the same in every run. */
function chanceOf(connections: readonly Connection[], startMs: number): () => number {
  const text = connections.map(({ nic }) => nic.mac).join() + startMs;
  const seed = [...text].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  const random = new Random(seed);
  return () => random.next();
}

/** A running process. */
export class Process {
  readonly #options: ProcessOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #links: KernelLinks;
  readonly #outside: SimOutside;
  #routing: ProcessRouting | undefined;
  readonly #balancer: LvsEngine;
  readonly #engine: VrrpEngine;
  readonly #servers = new Map<string, boolean>();
  readonly #inbox: Delivery[] = [];
  readonly #posted: (() => SystemFact)[] = [];
  #tell: ((fact: SystemFact) => void) | undefined;
  /** Work of this turn that took time, and when it is done. */
  #spentMs = 0;
  #freeAtMs: number;
  #awaitedMs: number | undefined;
  #hasMore = true; // The first turn starts the machines.
  #isStarted = false;
  #isStopping = false;
  /** It was told to leave. */
  isLeaving = false;
  /** It left in order. */
  hasEnded = false;
  /** Datagrams the kernel dropped because the process did not read. */
  droppedCount = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { kernel, worldNow, addressChangeMs } = options;
    this.#freeAtMs = worldNow();
    this.#clock = new Clock(() => worldNow() + this.#spentMs);
    this.#log = new Log(options.write, () => this.#clock.now());
    this.#links = new KernelLinks(
      kernel,
      options.onArrival,
      () => void (this.#spentMs += addressChangeMs),
    );
    this.#outside = new SimOutside({
      links: this.#links,
      connections: options.connections,
      devices: new SimDevices(kernel, this.#links, options.processId),
      openRouting: (onEvent) =>
        this.#routing = kernel.routing.open(
          onEvent,
          options.onArrival,
          () => void (this.#spentMs += addressChangeMs),
        ),
      random: chanceOf(options.connections, worldNow()),
      openPacketFilter: () => kernel.filter,
      unixMs: () => SIM_BEGINS_UNIX_MS + worldNow() + options.clockAheadMs(),
      transmit: (connection, frame) =>
        options.onTransmit(connection, frame, worldNow() + this.#spentMs),
    });
    this.#balancer = this.#createBalancer(options);
    this.#engine = options.createEngine({
      outside: this.#outside,
      lvsDoors: this.#balancer.doors,
      clock: this.#clock,
      log: this.#log,
      openSystem: (_, tell) => {
        this.#tell = tell;
        return {
          carryOut: ({ type }) => {
            if (type !== "REPORT_STOPPED") return;
            this.#engine.end();
            this.#isStopping = true;
          },
          [Symbol.dispose]: () => {},
        };
      },
      onReport: options.onReport,
      onSession: (report, verdict) => {
        if (verdict) this.#balancer.sessions.take(sessionVerdict(report, verdict));
        options.onSession(report, verdict);
      },
      onFailure: options.onFailure,
      ...(options.inspect && { inspect: options.inspect }),
    });
    this.#postConfig(options.config, options.predecessor);
  }

  /** A frame reached a card of the host. */
  receive(connection: Connection, frame: Uint8Array): void {
    const deliveries = this.#outside.demultiplex(connection, frame, this.#options.worldNow());
    for (const delivery of deliveries) {
      if (this.#inbox.length >= INBOX_COUNT_MAX) {
        this.droppedCount++;
        continue;
      }
      this.#inbox.push(delivery);
      this.#options.onQueued(connection, frame);
    }
    if (deliveries.length > 0) this.#options.onArrival();
  }

  /** The parent hands over another configuration. */
  reconfigure(config: Config): void {
    this.#postConfig(config, undefined);
    this.#options.onArrival();
  }

  /** The parent tells what was found out. */
  track(verdicts: Verdicts): void {
    this.#posted.push(() => ({ type: "TRACKED", verdicts, atMs: this.#clock.now() }));
    this.#options.onArrival();
  }

  /** The parent, or SIGTERM, asks it to leave. */
  stop(): void {
    this.isLeaving = true;
    this.#posted.push(() => ({ type: "STOP_REQUESTED" }));
    this.#options.onArrival();
  }

  /** Whether something is left to do for it at this moment. */
  get isBusy(): boolean {
    if (this.hasEnded) return false;
    return this.#hasWork || (this.#clock.nextDeadlineMs() ?? Infinity) <= this.#freeAtMs;
  }

  /** When it wants its next turn; undefined: when something arrives. */
  nextTurnMs(): number | undefined {
    if (this.hasEnded) return undefined;
    if (this.#hasWork) return this.#freeAtMs;
    const deadlineMs = this.#clock.nextDeadlineMs();
    return deadlineMs === undefined ? undefined : Math.max(deadlineMs, this.#freeAtMs);
  }

  /** How late its timers are, if it did not run since they were due; 0: they are not. */
  get latenessMs(): number {
    return Math.max(0, this.#clock.now() - (this.#awaitedMs ?? Infinity));
  }

  /** BFD packets thrown away because their source sent too many. */
  get bfdDroppedCount(): number {
    return this.#engine.bfd.droppedCount;
  }

  /** Which real servers were well by what people were told, and which quorums there were. */
  get servers(): KnownServers {
    return Object.fromEntries(this.#servers);
  }

  /** One turn of the loop. It is due: see {@linkcode nextTurnMs}. */
  turn(): void {
    this.#spentMs = 0;
    const lateMs = this.latenessMs;
    if (!this.#isStarted) this.#start();
    else if (lateMs >= STALL_MS_MIN) {
      this.#log.stalled(lateMs);
      this.#engine.tellOfStall(lateMs);
    }
    this.#read();
    this.#clock.runDue(this.#clock.now());
    this.#hasMore = false;
    for (const task of [...this.#engine.tasks, ...this.#balancer.tasks]) {
      if (task()) this.#hasMore = true;
    }
    this.#freeAtMs = this.#clock.now();
    this.#spentMs = 0;
    this.#awaitedMs = this.#clock.nextDeadlineMs();
    if (!this.#isStopping || this.#hasMore) return;
    this.#balancer.finish();
    this.end();
  }

  /** It is no more, whether it left or was killed. What it put into the kernel stays there. */
  end(): void {
    this.hasEnded = true;
    this.#links[Symbol.dispose]();
    this.#routing?.[Symbol.dispose]();
  }

  #createBalancer(options: ProcessOptions): LvsEngine {
    const table = options.kernel.ipvs;
    return options.createBalancer({
      clock: this.#clock,
      log: this.#log,
      links: this.#links,
      openChecks: options.openChecks,
      open: () => ({ kind: "ipvs", table, [Symbol.dispose]: () => {} }),
      notify: (notice) => {
        const key = notice.kind === "VS"
          ? quorumKey(notice.name)
          : serverKey(notice.service, notice.id);
        if (notice.kind !== "CHECK") this.#servers.set(key, notice.isUp);
        options.onNotice(notice);
      },
      keepsAtStop: false,
    });
  }

  get #hasWork(): boolean {
    const hasNews = this.#links.hasNews || this.#routing?.hasNews;
    const hasInput = this.#inbox.length > 0 || this.#posted.length > 0 || hasNews;
    return hasInput || this.#hasMore;
  }

  #start(): void {
    this.#isStarted = true;
    this.#engine.root.start();
  }

  #read(): void {
    this.#links.readEvents();
    this.#routing?.readEvents();
    for (const fact of this.#posted.splice(0)) this.#tell?.(fact());
    for (const { socket, received, arrivedMs } of this.#inbox.splice(0)) {
      // Timers that a datagram arms count from its arrival, if it did not wait for long.
      const now = this.#clock.now();
      const originMs = now - arrivedMs < STALL_MS_MIN ? arrivedMs : now;
      this.#clock.countFrom(originMs, () => socket.read(received));
    }
  }

  #postConfig(whole: Config, predecessor: Predecessor | undefined): void {
    const config = { ...whole, vrrpInstances: whole.vrrpInstances.map(withoutIpvlan) };
    this.#posted.push(() => {
      const now = this.#clock.now();
      this.#engine.configure(config);
      this.#balancer.configure(config, predecessor);
      this.#options.onConfigured(config);
      return {
        type: "CONFIG_LOADED",
        config,
        resumes: predecessor ? resumedInstances(config, predecessor, now) : [],
        ...(predecessor && { servers: predecessor.servers }),
        startupDelayMs: startupDelays(config, now - this.#options.startedAtMs, Infinity),
        verdicts: this.#options.verdicts(),
        atMs: now,
      };
    });
  }
}

/** The simulator has none, see sim_devices.ts. */
function withoutIpvlan({ ipvlan: _, ...config }: VrrpInstanceConfig): VrrpInstanceConfig {
  return config;
}
