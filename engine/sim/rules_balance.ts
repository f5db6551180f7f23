/**
 * What is true of a balancer's table: "serves who is well", "always a server", "no gap", "changes
 * what differs", "leaves for a reason", "rests without address", "leaves no service".
 *
 * @module
 */
import { compareIp, familyOf } from "../../net/address.ts";
import { destinationKeyText } from "../../net/netlink/ipvs_destination.ts";
import { serviceKeyText } from "../../net/netlink/ipvs_service.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import {
  type RealServerConfig,
  realServerIdentity,
  type VirtualServerConfig,
  virtualServerIdentity,
} from "../../machines/lvs_config.ts";
import { destinationName, keysOf, noticeMs, pageOf } from "./balance_page.ts";
import { type Court, EPSILON_MS } from "./court.ts";
import type { Before, Host, HostEvent } from "./host.ts";
import type { Servers } from "./servers.ts";
import type { Watcher } from "./world.ts";

/** Somebody else's changes are found, and undone, after so long at most. */
const AUDIT_MS = 10_000;
/** What is not configured any more is gone after so long, though it was refused first. */
const STRANGER_MS = 1_500;

/** The rules of this file. */
export function balanceRules(court: Court): Watcher[] {
  const desk = new Desk(court);
  return [
    desk,
    servesWhoIsWell(court, desk),
    noGap(court),
    changesWhatDiffers(court, desk),
    leavesForAReason(court, desk),
    restsWithoutAddress(court),
    leavesNoService(court),
  ];
}

/** A change of a destination. */
type Placement = Extract<IpvsChange, { readonly destination: unknown }>;

/** What is known of a host by watching it. */
interface File {
  /** It started, was configured anew, or woke up. */
  disturbedMs: number;
  startedMs: number;
  /** Somebody else emptied its table, and nobody put it right since. */
  emptiedMs: number | undefined;
  /** It was configured anew and looks at its table. */
  isReading: boolean;
  /** It was killed: what nobody wants any more, nobody knows. */
  hasCrashed: boolean;
  /** Places in the table that were a sorry server's once: it serves whatever checks say. */
  readonly sorryPlaces: Set<string>;
  /** Since when each server is configured, by its name. */
  readonly configuredMs: Map<string, number>;
  /** Since when it holds an address of each virtual server. */
  readonly heldMs: Map<string, number>;
  /** When each check failed last, by the server's name: `[10.0.0.1]:80 of SERVICE`. */
  readonly failedMs: Map<string, number>;
  /** Since when each server serves, by its name and the service's. */
  readonly servingMs: Map<string, number>;
}

/** Keeps the files. Goes before the rules that read them. */
class Desk implements Watcher {
  readonly #court: Court;
  readonly #files = new Map<Host, File>();

  constructor(court: Court) {
    this.#court = court;
  }

  /** What is known of a host. */
  fileOf(host: Host): File {
    const known = this.#files.get(host);
    if (known) return known;
    const file: File = {
      disturbedMs: 0,
      startedMs: 0,
      emptiedMs: undefined,
      isReading: false,
      hasCrashed: false,
      sorryPlaces: new Set(),
      configuredMs: new Map(),
      heldMs: new Map(),
      failedMs: new Map(),
      servingMs: new Map(),
    };
    this.#files.set(host, file);
    return file;
  }

  disturbed(row: Parameters<NonNullable<Watcher["disturbed"]>>[0]): void {
    const [, action, name] = row;
    if (action !== "refuse-services" && action !== "flush-services") return;
    const file = this.fileOf(this.#court.world().host(name));
    file.disturbedMs = this.#court.observer.now();
    if (action === "flush-services") file.emptiedMs = file.disturbedMs;
  }

  happened(host: Host, event: HostEvent): void {
    const file = this.fileOf(host);
    const now = this.#court.observer.now();
    file.disturbedMs = now;
    if (event === "started") {
      file.startedMs = now;
      file.heldMs.clear();
      file.configuredMs.clear();
    }
    if (event === "crashed") file.hasCrashed = true;
    if (event === "configured") noteServers(file, host, now);
    // Both read the table.
    if (event === "started") file.emptiedMs = undefined;
    file.isReading = event === "configured";
  }

  checked(host: Host, { port, outcome }: Parameters<NonNullable<Watcher["checked"]>>[1]): void {
    if (outcome !== "failed") return;
    this.fileOf(host).failedMs.set(serverOf(port.id), this.#court.observer.now());
  }

  balanced(host: Host, change: IpvsChange): void {
    if (!("destination" in change)) return;
    const { servingMs } = this.fileOf(host);
    const name = placeOf(change);
    const serves = change.type !== "deleteDestination" && change.destination.weight > 0;
    if (!serves) servingMs.delete(name);
    else if (!servingMs.has(name)) servingMs.set(name, this.#court.observer.now());
  }

  settled(host: Host): void {
    this.look(host);
    const file = this.fileOf(host);
    if (file.isReading) file.emptiedMs = undefined;
    file.isReading = false;
  }

  /** Sees which addresses the host holds. */
  look(host: Host): void {
    const { heldMs } = this.fileOf(host);
    for (const config of host.config?.virtualServers ?? []) {
      const id = virtualServerIdentity(config);
      if (!isHeld(config, host)) heldMs.delete(id);
      else if (!heldMs.has(id)) heldMs.set(id, this.#court.observer.now());
    }
  }
}

function noteServers({ configuredMs, sorryPlaces }: File, host: Host, now: number): void {
  for (const config of host.config?.virtualServers ?? []) {
    const { sorryServer } = config;
    if (!sorryServer) continue;
    for (const key of keysOf(config)) {
      sorryPlaces.add(`${serviceKeyText(key)} ${destinationName(sorryServer, key)}`);
    }
  }
  const all = (host.config?.virtualServers ?? []).flatMap((config) =>
    config.realServers.map((server) => serverId(config, server))
  );
  for (const name of configuredMs.keys()) if (!all.includes(name)) configuredMs.delete(name);
  for (const name of all) if (!configuredMs.has(name)) configuredMs.set(name, now);
}

function serverId({ name }: VirtualServerConfig, server: RealServerConfig): string {
  return `${name} ${realServerIdentity(server)}`;
}

/** Whether a server was not well at some time, by what its checks said. */
function mayFail(config: VirtualServerConfig, server: RealServerConfig, file: File): boolean {
  return server.checkers.some(({ alpha }) => alpha) || file.failedMs.has(serverId(config, server));
}

/** The check's server, by the check's id. */
function serverOf(checkId: string): string {
  return checkId.replace(/ #\d+$/, "");
}

function placeOf(change: Placement): string {
  return `${serviceKeyText(change.service.key)} ${destinationKeyText(change.destination)}`;
}

function isHeld({ entries, followsAddress }: VirtualServerConfig, { kernel }: Host): boolean {
  if (!followsAddress) return true;
  return [...kernel.links()].some(({ index }) =>
    kernel.addressesOf(index).some(({ ip }) =>
      entries.some((entry) =>
        entry.kind === "addresses" && familyOf(entry.first) === familyOf(ip) &&
        compareIp(entry.first, ip) <= 0 && compareIp(ip, entry.last) <= 0
      )
    )
  );
}

/** Whether no check of a server waits for news from elsewhere. */
function isAsked({ checkers }: RealServerConfig): boolean {
  return checkers.every(({ kind }) => kind !== "bfd");
}

function isWell({ checkers }: RealServerConfig, servers: Servers): boolean {
  return checkers.every((check) => servers.passes(check));
}

/** Since when a server is as it is. */
function sinceMs({ checkers }: RealServerConfig, servers: Servers): number {
  return Math.max(0, ...checkers.map((check) => servers.sinceMs(check)));
}

function servesWhoIsWell(court: Court, desk: Desk): Watcher {
  const judge = (host: Host, config: VirtualServerConfig, untilMs: number) => {
    const { servers } = court.world();
    const file = desk.fileOf(host);
    const heldMs = file.heldMs.get(virtualServerIdentity(config));
    if (heldMs === undefined) return;
    const repairs = host.config?.global.lvs.repairsTable === true;
    if (file.emptiedMs !== undefined && !repairs) return;
    const patienceMs = noticeMs(config) + (file.emptiedMs === undefined ? 0 : AUDIT_MS);
    const isLong = (fromMs: number) =>
      Math.max(fromMs, file.disturbedMs, heldMs) + patienceMs < untilMs - EPSILON_MS;
    const { realServers } = config;
    const isQuiet = realServers.every((each) => isAsked(each) && isLong(sinceMs(each, servers)));
    const hasServer = realServers.some((each) =>
      isAsked(each) && each.weight > 0 && isWell(each, servers) && isLong(sinceMs(each, servers))
    );
    for (const key of keysOf(config)) {
      const entry = host.kernel.ipvs.table.get(serviceKeyText(key));
      const destinations = [...entry?.destinations.values() ?? []];
      if (hasServer && !destinations.some(({ weight }) => weight > 0)) {
        const text = `${serviceKeyText(key)} has nobody, but somebody is well`;
        court.violate("always a server", host, text);
      }
      if (!isQuiet) continue;
      const present = destinations.map((each) => `${destinationKeyText(each)}=${each.weight}`)
        .sort().join(" ");
      const right = pageOf(config, key, (each) => isWell(each, servers))
        .map((lines) => lines.join(" "));
      if (entry && right.includes(present)) continue;
      const text = `${serviceKeyText(key)} has ${present || "nobody"}, not ${right.join(" or ")}`;
      court.violate("serves who is well", host, text);
    }
  };
  /** Whose services are in the table. */
  const judgeAll = (host: Host, all: readonly VirtualServerConfig[], untilMs: number) => {
    const { disturbedMs, emptiedMs, hasCrashed } = desk.fileOf(host);
    const own = new Set(all.flatMap((each) => keysOf(each).map(serviceKeyText)));
    if (emptiedMs !== undefined || hasCrashed || untilMs < disturbedMs + STRANGER_MS) return;
    const stranger = [...host.kernel.ipvs.table.keys()].find((key) => !own.has(key));
    if (stranger === undefined) return;
    court.violate("serves who is well", host, `${stranger} is not configured`);
  };
  return {
    passing: (untilMs) => {
      for (const host of court.world().hosts.values()) {
        if (!host.isLive || host.kernel.ipvs.refusalErrno !== 0) continue;
        const all = host.config?.virtualServers ?? [];
        for (const config of all) judge(host, config, untilMs);
        judgeAll(host, all, untilMs);
      }
    },
  };
}

function noGap(court: Court): Watcher {
  /** Services that had a server at the beginning of the turn and have none now. */
  const emptied = new Map<Host, Set<string>>();
  return {
    balanced: (host, change, before) => {
      const key = serviceKeyText(change.service.key);
      const services = emptied.get(host) ?? new Set<string>();
      emptied.set(host, services);
      const entry = host.kernel.ipvs.table.get(key);
      const isServed = [...entry?.destinations.values() ?? []].some(({ weight }) => weight > 0);
      if (isServed && services.has(key)) {
        court.violate("no gap", host, `${key} had nobody between two changes of one moment`);
      }
      if (!isServed && wasServing(change, before)) services.add(key);
    },
    settled: (host) => void emptied.delete(host),
    happened: (host) => void emptied.delete(host),
  };
}

/** Whether a change took away somebody who served, or a whole service. */
function wasServing(change: IpvsChange, before: Before): boolean {
  if (!("destination" in change)) return change.type === "deleteService" && before !== undefined;
  return before !== undefined && "weight" in before && before.weight > 0;
}

function changesWhatDiffers(court: Court, desk: Desk): Watcher {
  return {
    balanced: (host, change, before) => {
      // What others did to it, it cannot know.
      if (desk.fileOf(host).emptiedMs !== undefined) return;
      const isDeletion = change.type === "deleteService" || change.type === "deleteDestination";
      const after = isDeletion
        ? undefined
        : "destination" in change
        ? change.destination
        : change.service;
      const isNeedless = isDeletion ? before === undefined : isSame(before, after);
      if (!isNeedless) return;
      const what = "destination" in change ? placeOf(change) : serviceKeyText(change.service.key);
      court.violate("changes what differs", host, `${change.type} ${what} changes nothing`);
    },
  };
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return [...left.keys(), ...right.keys()].every((name) => isSame(left.get(name), right.get(name)));
}

function leavesForAReason(court: Court, desk: Desk): Watcher {
  /** When each server began to serve, as it was before the change that is judged. */
  const servedMs = new Map<Host, ReadonlyMap<string, number>>();
  const hasReason = (host: Host, change: Placement) => {
    const file = desk.fileOf(host);
    const key = serviceKeyText(change.service.key);
    const config = host.config?.virtualServers.find((each) =>
      keysOf(each).some((own) => serviceKeyText(own) === key)
    );
    const name = destinationKeyText(change.destination);
    const server = config?.realServers.find((each) =>
      destinationName(each, change.service.key) === name
    );
    if (!config || !server || server.weight === 0) return true;
    // Where there is a sorry server, those who fail decide about all.
    if (config.sorryServer && config.realServers.some((each) => mayFail(config, each, file))) {
      return true;
    }
    if (host.isLeaving || file.sorryPlaces.has(placeOf(change))) return true;
    const sinceMs = servedMs.get(host)?.get(placeOf(change)) ?? 0;
    const asked = serverId(config, server);
    // A new process knows nothing, nor does a new virtual server: with alpha a check speaks first.
    const newMs = Math.max(file.startedMs, file.configuredMs.get(asked) ?? 0);
    if (newMs >= sinceMs && server.checkers.some(({ alpha }) => alpha)) return true;
    return (file.failedMs.get(asked) ?? -1) >= sinceMs;
  };
  return {
    balanced: (host, change, before) => {
      if (!("destination" in change)) return;
      const served = before !== undefined && "weight" in before && before.weight > 0;
      const serves = change.type !== "deleteDestination" && change.destination.weight > 0;
      if (served && !serves && !hasReason(host, change)) {
        court.violate("leaves for a reason", host, `${placeOf(change)} is well, and leaves`);
      }
    },
    settled: (host) => void servedMs.set(host, new Map(desk.fileOf(host).servingMs)),
  };
}

function restsWithoutAddress(court: Court): Watcher {
  /** When a virtual server was last seen to be held. */
  const heldMs = new Map<string, number>();
  const look = (host: Host) => {
    for (const config of host.config?.virtualServers ?? []) {
      const id = `${host.name} ${virtualServerIdentity(config)}`;
      if (isHeld(config, host)) heldMs.set(id, court.observer.now());
    }
  };
  return {
    passing: () => {
      for (const host of court.world().hosts.values()) look(host);
    },
    checked: (host, { port, outcome }) => {
      if (outcome !== undefined) return;
      const config = host.config?.virtualServers.find(({ name }) => port.id.startsWith(`${name} `));
      if (!config || isHeld(config, host)) return;
      const id = `${host.name} ${virtualServerIdentity(config)}`;
      // Of what is lost at this moment it may not have heard.
      if (heldMs.get(id) === court.observer.now()) return;
      court.violate("rests without address", host, `${port.id} asks, its address is elsewhere`);
    },
  };
}

function leavesNoService(court: Court): Watcher {
  return {
    happened: (host, event) => {
      if (event !== "stopped" || host.kernel.ipvs.refusalErrno !== 0) return;
      const [left] = host.kernel.ipvs.table.keys();
      if (left === undefined) return;
      court.violate("leaves no service", host, `left in order, and ${left} is still there`);
    },
  };
}
