/**
 * Settings of interfaces that were there before us: changed while somebody needs it, and given back
 * then.
 *
 * @module
 */
import type { Devices } from "../../net/devices_table.ts";
import type { Link } from "../../net/link_table.ts";

/** What may be changed, by its name under /proc/sys/net/ipv4/conf. */
export type InterfaceSetting =
  | "arp_ignore"
  | "arp_filter"
  | "arp_announce"
  | "promote_secondaries";

interface Held {
  readonly link: Pick<Link, "index" | "name">;
  readonly setting: InterfaceSetting;
  /** What it was before us. */
  readonly before: number;
  readonly owners: Set<string>;
}

/** All interfaces are filtered by the stricter of their own value and this one. */
const ALL_RP_FILTER = "ipv4/conf/all/rp_filter";
const DEFAULT_RP_FILTER = "ipv4/conf/default/rp_filter";

/** Whether groups of the own network (224.0.0.0/24) are reported, too. */
const LOCAL_REPORTS = "ipv4/igmp_link_local_mcast_reports";

/** The changed settings of a process. */
export class InterfaceSettings {
  readonly #devices: Devices;
  readonly #held = new Map<string, Held>();
  /** Of all interfaces, before it was moved to each; 0: it was not there. */
  #rpFilterBefore = 0;

  /** Reports of link-local groups, before they were turned off. */
  #localReportsBefore: number | undefined;

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  /** An owner needs these settings on an interface, and no others. */
  want(
    owner: string,
    link: Pick<Link, "index" | "name">,
    settings: Partial<Readonly<Record<InterfaceSetting, number>>>,
  ): void {
    for (const [key, { owners, link: { index }, setting }] of this.#held) {
      const isWanted = index === link.index && settings[setting] !== undefined;
      if (owners.has(owner) && !isWanted) this.#leave(key, owner);
    }
    for (const [name, wanted] of Object.entries(settings)) {
      const setting = name as InterfaceSetting;
      const key = `${link.index} ${setting}`;
      const value = this.#devices.readSetting(pathOf(link.name, setting));
      if (value === undefined) continue; // No IPv4 here.
      const held = this.#held.get(key) ?? { link, setting, before: value, owners: new Set() };
      held.owners.add(owner);
      this.#held.set(key, held);
      if (value !== wanted) this.#devices.change(link.index, { ipv4: { [setting]: wanted } });
    }
  }

  /** An owner needs nothing any more; what nobody needs is as it was before. */
  release(owner: string): void {
    for (const [key, { owners }] of this.#held) if (owners.has(owner)) this.#leave(key, owner);
  }

  /** Turns reports of link-local groups off, or as they were. False: that cannot be done. */
  silenceLocalReports(isSilent: boolean): boolean {
    const before = this.#localReportsBefore;
    if (isSilent === (before !== undefined)) return true;
    if (before !== undefined) {
      this.#localReportsBefore = undefined;
      return this.#devices.writeSetting(LOCAL_REPORTS, before);
    }
    const value = this.#devices.readSetting(LOCAL_REPORTS);
    if (value === undefined || !this.#devices.writeSetting(LOCAL_REPORTS, 0)) return false;
    this.#localReportsBefore = value;
    return true;
  }

  /** Gives everything back. */
  releaseAll(): void {
    for (const [key, { owners }] of this.#held) {
      for (const owner of owners) this.#leave(key, owner);
    }
    this.restoreReversePath();
    this.silenceLocalReports(false);
  }

  /** What settings of an interface were before, as words for {@linkcode remember}. */
  memoryOf(link: Pick<Link, "index">): string {
    const own = [...this.#held.values()].filter((held) => held.link.index === link.index);
    return [
      ...own.map(({ setting, before }) => `${setting}=${before}`),
      ...this.#rpFilterBefore > 0 ? [`all.rp_filter=${this.#rpFilterBefore}`] : [],
    ].join(" ");
  }

  /** Takes over what a process that died remembered of an interface. */
  remember(owner: string, link: Pick<Link, "index" | "name">, memory: string): void {
    for (const [, name, digits] of memory.matchAll(/(\S+)=(\d)(?= |$)/g)) {
      const before = Number(digits);
      if (name === "all.rp_filter") this.#rpFilterBefore ||= before;
      if (name !== "arp_ignore" && name !== "arp_filter" && name !== "arp_announce") continue;
      const key = `${link.index} ${name}`;
      if (this.#held.has(key)) continue;
      this.#held.set(key, { link, setting: name, before, owners: new Set([owner]) });
    }
  }

  /** The strictness that all interfaces share is moved to each, so that one may have none. */
  moveReversePath(links: Iterable<Link>): void {
    const all = this.#devices.readSetting(ALL_RP_FILTER) ?? 0;
    if (all === 0) return;
    this.#rpFilterBefore ||= all;
    const paths = [...links].filter(({ loopback }) => !loopback)
      .map(({ name }) => `ipv4/conf/${name}/rp_filter`);
    for (const path of [DEFAULT_RP_FILTER, ...paths]) {
      const own = this.#devices.readSetting(path);
      if (own !== undefined && own < all) this.#devices.writeSetting(path, all);
    }
    this.#devices.writeSetting(ALL_RP_FILTER, 0);
  }

  /** The interfaces keep their own values: the stricter one holds, as before. */
  restoreReversePath(): void {
    if (this.#rpFilterBefore === 0) return;
    this.#devices.writeSetting(ALL_RP_FILTER, this.#rpFilterBefore);
    this.#rpFilterBefore = 0;
  }

  #leave(key: string, owner: string): void {
    const held = this.#held.get(key);
    held?.owners.delete(owner);
    if (!held || held.owners.size > 0) return;
    this.#held.delete(key);
    const { link, setting, before } = held;
    const value = this.#devices.readSetting(pathOf(link.name, setting));
    if (value === undefined || value === before) return;
    this.#devices.change(link.index, { ipv4: { [setting]: before } });
  }
}

function pathOf(name: string, setting: InterfaceSetting): string {
  return `ipv4/conf/${name}/${setting}`;
}
