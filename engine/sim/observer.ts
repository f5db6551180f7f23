/**
 * What the judges know of each virtual router: gathered from reports, wires and inboxes, never from
 * inside the machines.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import { assert } from "../../net/assert.ts";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "../../machines/config.ts";
import type { VrrpState } from "../../machines/vrrp_instance.ts";
import type { Host, HostEvent, Report } from "./host.ts";
import type { Connection } from "./connection.ts";
import { readFrame, type SeenAdvertisement } from "./wire_tap.ts";
import type { Watcher, World } from "./world.ts";

const PRIORITY_RESIGN = 0;
const MS_PER_CS = 10;

/** What an advertisement in its inbox was to a router. */
export interface Heard {
  /** `heeded`: it has to wait for the sender. `resigned`: the sender has left. */
  readonly kind: "heeded" | "resigned";
  readonly atMs: number;
  readonly intervalCs: number;
}

/** One instance on one running host. */
export interface RouterRecord {
  readonly host: Host;
  readonly id: string;
  /** The same for all routers of one virtual router: segment, family and VRID. */
  readonly virtualRouter: string;
  readonly connection: Connection;
  config: VrrpInstanceConfig;
  state: VrrpState;
  /** What it was before its last report. */
  previousState: VrrpState;
  stateSinceMs: number;
  /** When its timers may have been started anew: start, reload, end of a stall. */
  disturbedMs: number;
  /** When its last stall ended. */
  wokeMs: number | undefined;
  /** Where it sends from, as seen on the wire. */
  source: Ip | undefined;
  lastSentMs: number | undefined;
  /** The last advertisement in its inbox that it must heed. */
  lastHeard: Heard | undefined;
  /** What that was when it became active. */
  heardBeforeClaim: Heard | undefined;
  /** After a long stall a backup must not claim before this time, unless it hears something. */
  listensUntilMs: number | undefined;
}

/**
 * Whether a router decides by its own priority and timers alone: a sync group may make it wait,
 * weights change its priority.
 */
export function decidesAlone({ syncGroup, tracks }: VrrpInstanceConfig): boolean {
  return syncGroup === undefined && tracks.every(({ weight }) => weight === 0);
}

/** Gathers {@linkcode RouterRecord}s. Goes before all judges. */
export class Observer implements Watcher {
  readonly #records = new Map<Host, Map<string, RouterRecord>>();
  /** All intervals that routers had so far, by virtual router. */
  readonly #intervalsCs = new Map<string, Set<number>>();
  readonly #diedMs = new Map<Host, number>();
  /** Set before the world runs. */
  world: World | undefined;

  /** The time of the world. */
  now(): number {
    return this.world?.agenda.now() ?? 0;
  }

  /** All routers of running hosts. */
  *records(): Iterable<RouterRecord> {
    for (const records of this.#records.values()) yield* records.values();
  }

  /** All routers of a host. */
  recordsOf(host: Host): Iterable<RouterRecord> {
    return this.#records.get(host)?.values() ?? [];
  }

  /** The router of an instance; undefined if it left the configuration. */
  record(host: Host, instance: VrrpInstanceConfig): RouterRecord | undefined {
    return this.#records.get(host)?.get(vrrpInstanceIdentity(instance));
  }

  /** When stayd was killed on a host for the last time. */
  diedMs(host: Host): number | undefined {
    return this.#diedMs.get(host);
  }

  /** The longest interval that a router may have taught the others so far. */
  intervalCsMax(virtualRouter: string): number {
    return Math.max(...this.#intervalsCs.get(virtualRouter) ?? []);
  }

  /** The shortest one. */
  intervalCsMin(virtualRouter: string): number {
    return Math.min(...this.#intervalsCs.get(virtualRouter) ?? []);
  }

  /** The router of a host that takes part in what an advertisement is about. */
  recordFor(
    host: Host,
    connection: Connection,
    { family, vrid }: SeenAdvertisement,
  ): RouterRecord | undefined {
    const records = this.#records.get(host)?.values() ?? [];
    for (const record of records) {
      const { config } = record;
      if (record.connection !== connection) continue;
      if (config.family === family && config.vrid === vrid) return record;
    }
    return undefined;
  }

  /** The router that such an advertisement is for, if it came in by that interface. */
  recordAt(
    host: Host,
    connection: Connection,
    seen: SeenAdvertisement,
  ): RouterRecord | undefined {
    const record = this.recordFor(host, connection.below ?? connection, seen);
    return record && host.isWayOf(record.config, connection) ? record : undefined;
  }

  happened(host: Host, event: HostEvent): void {
    switch (event) {
      case "started":
        this.#records.set(host, new Map());
        return;
      case "configured":
        return this.#configure(host);
      case "woke up":
        for (const record of this.recordsOf(host)) this.#wake(record);
        return;
      case "crashed":
        this.#diedMs.set(host, this.now());
        this.#records.delete(host);
        return;
      case "stopped":
      case "lost power":
        this.#records.delete(host);
    }
  }

  reported(host: Host, instance: VrrpInstanceConfig, { state }: Report): void {
    const record = this.record(host, instance);
    if (!record) return;
    record.previousState = record.state;
    record.state = state;
    record.stateSinceMs = this.now();
    if (state === "active") record.heardBeforeClaim = record.lastHeard;
    if (state === "fault" || state === "initialize") record.lastHeard = undefined;
  }

  transmitted(host: Host, connection: Connection, frame: Uint8Array, atMs: number): void {
    const seen = readFrame(frame);
    if (seen?.kind !== "advertisement") return;
    const record = this.recordFor(host, connection, seen);
    if (!record) return;
    record.lastSentMs = atMs;
    record.source = seen.source;
  }

  queued(host: Host, connection: Connection, frame: Uint8Array): void {
    const seen = readFrame(frame);
    if (seen?.kind !== "advertisement") return;
    const record = this.recordAt(host, connection, seen);
    if (!record || record.state === "fault" || record.state === "initialize") return;
    const kind = judgeAdvertisement(seen, record.config);
    if (kind === undefined) return this.#learn(record, seen);
    // A resignation teaches no interval; which one the router knows by now is uncertain.
    const shortestCs = this.intervalCsMin(record.virtualRouter);
    const intervalCs = kind === "resigned" ? shortestCs : seen.intervalCs;
    record.lastHeard = { kind, atMs: this.now(), intervalCs };
    record.listensUntilMs = undefined;
  }

  #wake(record: RouterRecord): void {
    const { host, state, config, lastHeard, virtualRouter } = record;
    record.disturbedMs = record.wokeMs = this.now();
    record.listensUntilMs = undefined;
    const lateMs = host.process?.latenessMs ?? 0;
    const isLong = lateMs >= this.intervalCsMax(virtualRouter) * MS_PER_CS;
    if (state !== "backup" || !isLong || lastHeard?.kind === "resigned") return;
    const intervalCs = this.intervalCsMin(virtualRouter);
    record.listensUntilMs = this.now() + intervalCs * MS_PER_CS + skewMs(config, intervalCs);
  }

  /**
   * With preempt_delay a lesser router may be heeded, and teach a shorter interval: benefit of
   * doubt.
   */
  #learn(record: RouterRecord, { version, intervalCs }: SeenAdvertisement): void {
    const { config, lastHeard } = record;
    if (config.preemptDelayMs === 0 || version !== config.version || !lastHeard) return;
    record.lastHeard = { ...lastHeard, intervalCs: Math.min(intervalCs, lastHeard.intervalCs) };
  }

  #configure(host: Host): void {
    const before = this.#records.get(host) ?? new Map<string, RouterRecord>();
    const after = new Map<string, RouterRecord>();
    for (const config of host.config?.vrrpInstances ?? []) {
      const id = vrrpInstanceIdentity(config);
      const known = before.get(id);
      const record = known ?? this.#create(host, id, config);
      after.set(id, record);
      const intervalsCs = this.#intervalsCs.get(record.virtualRouter) ?? new Set();
      this.#intervalsCs.set(record.virtualRouter, intervalsCs.add(config.advertisementIntervalCs));
      if (!known || JSON.stringify(known.config) === JSON.stringify(config)) continue;
      // Version 2 knows no interval but its own; who has another is not believed any more.
      if (config.version === 2 || known.config.version === 2) known.lastHeard = undefined;
      known.listensUntilMs = undefined;
      known.config = config;
      known.disturbedMs = this.now();
    }
    this.#records.set(host, after);
  }

  #create(host: Host, id: string, config: VrrpInstanceConfig): RouterRecord {
    const connection = host.connections.find(({ linkName }) => linkName === config.interface) ??
      host.connections[0];
    assert(connection !== undefined, "a host has an interface");
    const { family, vrid } = config;
    return {
      host,
      id,
      virtualRouter: `${connection.lan.name} IPv${family} VRID ${vrid}`,
      connection,
      config,
      state: "initialize",
      previousState: "initialize",
      stateSinceMs: this.now(),
      disturbedMs: this.now(),
      wokeMs: undefined,
      source: undefined,
      lastSentMs: undefined,
      lastHeard: undefined,
      heardBeforeClaim: undefined,
      listensUntilMs: undefined,
    };
  }
}

/** What a valid advertisement means to a backup; undefined: nothing, or it is not sure. */
export function judgeAdvertisement(
  { version, priority, intervalCs }: SeenAdvertisement,
  config: VrrpInstanceConfig,
): Heard["kind"] | undefined {
  if (version !== config.version) return undefined;
  // RFC 3768 §7.1: a version 2 router discards what has another interval.
  if (version === 2 && intervalCs !== config.advertisementIntervalCs) return undefined;
  if (priority === PRIORITY_RESIGN) return "resigned";
  return priority >= config.priority || !config.preempt ? "heeded" : undefined;
}

/**
 * Active_Down_Interval in ms of a router that heard such an interval last (RFC 9568 §6.1). Written
 * here once more, so that a mistake in the machines' own arithmetic is noticed.
 */
export function downIntervalMs(config: VrrpInstanceConfig, intervalCs: number): number {
  return config.downIntervalAdverts * intervalCs * MS_PER_CS + skewMs(config, intervalCs);
}

/** Skew_Time in ms after hearing such an interval (RFC 9568 §6.1, RFC 3768 §6.1). */
export function skewMs({ version, priority }: VrrpInstanceConfig, intervalCs: number): number {
  return (256 - priority) / 256 * (version === 2 ? 1_000 : intervalCs * MS_PER_CS);
}

/** The addresses that an instance holds while it is active. */
export function addressesOf(config: VrrpInstanceConfig): Ip[] {
  return [...config.virtualAddresses, ...config.excludedAddresses].map(({ ip }) => ip);
}
