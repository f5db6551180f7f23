/**
 * What is true of a balancer's table: "serves who is well", "always a server", "no gap", "changes
 * what differs", "leaves for a reason", "rests without address", "leaves no service".
 *
 * @module
 */
import { destinationKeyText } from "../../net/netlink/ipvs_destination.ts";
import { serviceKeyText } from "../../net/netlink/ipvs_service.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import {
  type RealServerConfig,
  type VirtualServerConfig,
  virtualServerIdentity,
} from "../../machines/lvs_config.ts";
import { Desk, isHeld, mayFail, type Placement, placeOf, serverId } from "./balance_desk.ts";
import { destinationName, keysOf, noticeMs, pageOf } from "./balance_page.ts";
import { type Court, EPSILON_MS } from "./court.ts";
import type { Before, Host } from "./host.ts";
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
