/**
 * A simulated world: hosts on segments, one agenda, one source of chance. The same scenario and
 * seed give the same run, down to the last octet.
 *
 * @module
 */
import { assert } from "../../net/assert.ts";
import { type Ip, type Mac, parseIp } from "../../net/address.ts";
import { LvsEngine, type LvsEngineOptions } from "../lvs_engine.ts";
import { VrrpEngine, type VrrpEngineOptions } from "../vrrp_engine.ts";
import { Agenda } from "./agenda.ts";
import { Client } from "./client.ts";
import { Host, type HostWatcher } from "./host.ts";
import { CLEAN_WIRE, Lan } from "./lan.ts";
import { Random } from "./random.ts";
import type { ReadyHost, ReadyScenario, Row } from "./scenario.ts";
import { Servers } from "./servers.ts";

/** Who is told what happens in a world. */
export interface Watcher extends HostWatcher {
  /** A row of the scenario is about to happen. */
  disturbed?(row: Row): void;
  /** Until then nothing happens. */
  passing?(untilMs: number): void;
  /** One thing has happened, with all that followed at once. */
  stepped?(): void;
  /** It is over. */
  ended?(): void;
}

/** A frame that crossed a segment. */
export interface CapturedFrame {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** How a world is made. */
export interface WorldOptions {
  readonly scenario: ReadyScenario;
  /** When it ends. */
  readonly durationMs: number;
  /** Told in this order. */
  readonly watchers: readonly Watcher[];
  /** Takes every frame of every segment. */
  readonly capture?: (frame: CapturedFrame) => void;
  /** Build the engines; default: the real ones. */
  readonly createEngine?: (options: VrrpEngineOptions) => VrrpEngine;
  readonly createBalancer?: (options: LvsEngineOptions) => LvsEngine;
}

/** What befalls no host in particular. */
type WorldAction = "partition" | "block" | "heal" | "wire" | "server";

const SUBNET_FIRST = 2;
const INTERFACES_DEFAULT = { eth0: "lan" };
const SEED_DEFAULT = 1;
/** Things that may happen at one moment; beyond it the world is caught in a loop. */
const STEPS_AT_ONCE_MAX = 100_000;

/** A running scenario. */
export class World {
  readonly agenda: Agenda = new Agenda();
  readonly servers: Servers = new Servers(() => this.agenda.now());
  readonly hosts: ReadonlyMap<string, Host>;
  readonly lans: ReadonlyMap<string, Lan>;
  /** One on each segment, by the segment's name. */
  readonly clients: ReadonlyMap<string, Client>;
  readonly durationMs: number;
  readonly scenario: ReadyScenario;
  readonly #options: WorldOptions;
  #isHalted = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.durationMs = options.durationMs;
    const { scenario, capture } = options;
    this.scenario = scenario;
    const random = new Random(scenario.seed ?? SEED_DEFAULT);
    const conditions = { ...CLEAN_WIRE, ...scenario.wire };
    const interfaces = scenario.hosts.map((host) => host.interfaces ?? INTERFACES_DEFAULT);
    const names = [...new Set(interfaces.flatMap((each) => Object.values(each)))];
    this.lans = new Map(names.map((name) => [
      name,
      new Lan(name, this.agenda, random, conditions),
    ]));
    if (capture) {
      for (const lan of this.lans.values()) lan.tap = (bytes, atMs) => capture({ atMs, bytes });
    }
    this.clients = new Map(names.map((name, i) => [
      name,
      new Client(this.lan(name), SUBNET_FIRST + i),
    ]));
    this.hosts = new Map(scenario.hosts.map((host, i) => [
      host.name,
      this.#createHost(host, i + 1, names),
    ]));
    this.#enter(scenario);
  }

  /** The host of that name. */
  host(name: string): Host {
    const host = this.hosts.get(name);
    assert(host !== undefined, `Scenarios name their hosts: there is no ${name}`);
    return host;
  }

  /** The segment of that name. */
  lan(name: string): Lan {
    const lan = this.lans.get(name);
    assert(lan !== undefined, `Scenarios name their segments: there is no ${name}`);
    return lan;
  }

  /** The host that a MAC address belongs to, or that used it last. */
  hostWith(mac: Mac): Host | undefined {
    for (const lan of this.lans.values()) {
      const host = this.hosts.get(lan.stationOf(mac) ?? "");
      if (host) return host;
    }
    return undefined;
  }

  /** Lets everything happen. */
  run(): void {
    const { watchers } = this.#options;
    let stepCount = 0;
    let momentMs = -1;
    while (this.#pass() && this.agenda.step(this.durationMs)) {
      for (const watcher of watchers) watcher.stepped?.();
      stepCount = this.agenda.now() === momentMs ? stepCount + 1 : 0;
      momentMs = this.agenda.now();
      assert(stepCount < STEPS_AT_ONCE_MAX, `Time stands still at ${momentMs} ms`);
    }
    for (const watcher of watchers) watcher.ended?.();
  }

  /** Ends the run after what is happening now. */
  halt(): void {
    this.#isHalted = true;
  }

  /** Lets time pass until the next thing happens. Returns whether the run goes on. */
  #pass(): boolean {
    const untilMs = Math.min(this.agenda.nextMs() ?? Infinity, this.durationMs);
    if (this.#isHalted || untilMs === this.agenda.now()) return !this.#isHalted;
    for (const watcher of this.#options.watchers) watcher.passing?.(untilMs);
    return !this.#isHalted;
  }

  #createHost(host: ReadyHost, number: number, lanNames: readonly string[]): Host {
    const interfaces = host.interfaces ?? INTERFACES_DEFAULT;
    return new Host({
      name: host.name,
      number,
      agenda: this.agenda,
      links: Object.entries(interfaces).map(([name, lanName]) => ({
        name,
        lan: this.lan(lanName),
        subnet: SUBNET_FIRST + lanNames.indexOf(lanName),
      })),
      addressChangeMs: host.addressChangeMs ?? 0,
      watchers: this.#options.watchers,
      createEngine: this.#options.createEngine ?? ((options) => new VrrpEngine(options)),
      createBalancer: this.#options.createBalancer ?? ((options) => new LvsEngine(options)),
      servers: this.servers,
    });
  }

  #enter(scenario: ReadyScenario): void {
    for (const { name, config, starts } of scenario.hosts) {
      if (starts !== false) this.agenda.at(0, () => this.host(name).start(config));
    }
    for (const row of scenario.rows) this.agenda.at(row[0], () => this.#disturb(row));
  }

  #disturb(row: Row): void {
    for (const watcher of this.#options.watchers) watcher.disturbed?.(row);
    switch (row[1]) {
      case "partition":
        return this.#eachLan((lan) => lan.partition(row[2]));
      case "block":
        return this.#eachLan((lan) => lan.block(row[2], row[3]));
      case "heal":
        return this.#eachLan((lan) => lan.heal());
      case "wire":
        return this.#eachLan((lan) => lan.setConditions(row[2]));
      case "server":
        return this.servers.set(row[2], row[3]);
      default:
        return this.#disturbHost(this.host(row[2]), row);
    }
  }

  #disturbHost(
    host: Host,
    row: Exclude<Row, readonly [number, WorldAction, ...unknown[]]>,
  ): void {
    switch (row[1]) {
      case "start":
        return host.start(host.config ?? this.#configOf(host.name));
      case "stop":
        return host.stop();
      case "crash":
        return host.crash();
      case "respawn":
        return host.respawn();
      case "cut":
        return host.setPlugged(false);
      case "plug":
        return host.setPlugged(true);
      case "cut-link":
        return host.setPlugged(false, row[3]);
      case "plug-link":
        return host.setPlugged(true, row[3]);
      case "track":
        return host.track(row[3], row[4]);
      case "power-off":
        return host.powerOff();
      case "power-on":
        return host.powerOn();
      case "stall":
        return host.stall(row[3]);
      case "reload":
        return host.reload(this.#configOf(host.name, row[3]));
      case "remove-address":
        return host.kernel.removeAddress(this.#ip(row[3]));
      case "refuse-addresses":
        host.kernel.refusalErrno = row[3];
        return;
      case "refuse-services":
        host.kernel.ipvs.refusalErrno = row[3];
        return;
      case "flush-services":
        host.kernel.ipvs.flush();
        return;
      case "down-link":
        return host.kernel.disturbLink(row[3], "down");
      case "up-link":
        return host.kernel.disturbLink(row[3], "up");
      case "remove-link":
        return host.kernel.disturbLink(row[3], "remove");
      case "set-clock":
        host.clockAheadMs = row[3];
    }
  }

  #eachLan(change: (lan: Lan) => void): void {
    for (const lan of this.lans.values()) change(lan);
  }

  #configOf(hostName: string, configName?: string) {
    const host = this.#options.scenario.hosts.find(({ name }) => name === hostName);
    const config = configName === undefined ? host?.config : host?.otherConfigs?.[configName];
    assert(config !== undefined, `Scenarios name their configurations: there is no ${configName}`);
    return config;
  }

  #ip(text: string): Ip {
    const ip = parseIp(text);
    assert(ip !== undefined, `Scenarios name addresses: ${text} is none`);
    return ip;
  }
}
