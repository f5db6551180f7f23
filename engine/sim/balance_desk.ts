/**
 * What the judges of a balancer's table know of each host, by watching it.
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
import { destinationName, keysOf } from "./balance_page.ts";
import type { Court } from "./court.ts";
import type { Host, HostEvent } from "./host.ts";
import type { Watcher } from "./world.ts";

/** A change of a destination. */
export type Placement = Extract<IpvsChange, { readonly destination: unknown }>;

/** What is known of a host by watching it. */
export interface HostFile {
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
  /** Servers that were down until a check of theirs passes, by their names: a reload keeps that. */
  readonly alphaServers: Set<string>;
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
export class Desk implements Watcher {
  readonly #court: Court;
  readonly #files = new Map<Host, HostFile>();

  constructor(court: Court) {
    this.#court = court;
  }

  /** What is known of a host. */
  fileOf(host: Host): HostFile {
    const known = this.#files.get(host);
    if (known) return known;
    const file: HostFile = {
      disturbedMs: 0,
      startedMs: 0,
      emptiedMs: undefined,
      isReading: false,
      hasCrashed: false,
      sorryPlaces: new Set(),
      alphaServers: new Set(),
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
      file.alphaServers.clear();
    }
    if (event === "crashed") file.hasCrashed = true;
    if (event === "configured" || event === "started") noteServers(file, host, now);
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

function noteServers(file: HostFile, host: Host, now: number): void {
  const { configuredMs, sorryPlaces, alphaServers } = file;
  const all = new Set<string>();
  for (const config of host.config?.virtualServers ?? []) {
    const { sorryServer, realServers } = config;
    if (sorryServer) {
      for (const key of keysOf(config)) {
        sorryPlaces.add(`${serviceKeyText(key)} ${destinationName(sorryServer, key)}`);
      }
    }
    for (const server of realServers) {
      const name = serverId(config, server);
      all.add(name);
      if (server.checkers.some(({ alpha }) => alpha)) alphaServers.add(name);
    }
  }
  for (const name of configuredMs.keys()) if (!all.has(name)) configuredMs.delete(name);
  for (const name of all) if (!configuredMs.has(name)) configuredMs.set(name, now);
}

/** A server's name, as in the ids of its checks: `VIRTUAL_SERVER [10.0.0.1]:80`. */
export function serverId({ name }: VirtualServerConfig, server: RealServerConfig): string {
  return `${name} ${realServerIdentity(server)}`;
}

/** Whether a server was not well at some time, by what its checks said. */
export function mayFail(
  config: VirtualServerConfig,
  server: RealServerConfig,
  file: HostFile,
): boolean {
  const id = serverId(config, server);
  return file.alphaServers.has(id) || file.failedMs.has(id);
}

/** The check's server, by the check's id. */
function serverOf(checkId: string): string {
  return checkId.replace(/ #\d+$/, "");
}

/** Whose place in which service a change is about. */
export function placeOf(change: Placement): string {
  return `${serviceKeyText(change.service.key)} ${destinationKeyText(change.destination)}`;
}

/** Whether a host holds an address that a virtual server depends on. */
export function isHeld(
  { entries, followsAddress }: VirtualServerConfig,
  { kernel }: Host,
): boolean {
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
