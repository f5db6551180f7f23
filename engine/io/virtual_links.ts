/**
 * Interfaces of our own, on top of others, with a virtual router's MAC address (RFC 9568
 * §7.3). They are made when they are needed, adopted if a process that died left them
 * behind, made again if somebody removes them, and removed when nobody needs them.
 *
 * Their alias says whose they are, and what settings of the interface below were before.
 *
 * @module
 */
import type { Family, Ip, Prefix } from "../../net/address.ts";
import type { Devices, LinkChange, NewLink } from "../../net/devices_table.ts";
import type { AddressChange, ChangeResult, Link, LinkTable } from "../../net/link_table.ts";
import { IFA_F_NODAD } from "../../net/netlink/rtnetlink_address.ts";
import { IFF_UP } from "../../net/netlink/rtnetlink_link.ts";
import type { Log } from "../log.ts";
import type { Firewall } from "./firewall.ts";
import { InterfaceSettings } from "./interface_settings.ts";

/** What {@linkcode VirtualLinks} needs. */
export interface VirtualLinksOptions {
  readonly links: LinkTable;
  readonly devices: Devices;
  readonly firewall: Firewall;
  readonly log: Pick<Log, "note">;
  readonly errorName: (errno: number) => string;
  /** Whether addresses wait to be deleted: their interfaces stay as long. */
  readonly isDeleting: () => boolean;
}

/** An interface that an instance wants. */
export interface LinkWish {
  readonly base: Link;
  readonly device: NewLink["device"];
  /** Of the advertisements, or of the addresses on it. */
  readonly family: Family;
  /** Names to try, the first free one is taken; a configured one is the only one. */
  readonly names: readonly string[];
  readonly group?: number;
  /** Whether it may have IPv6 at all. */
  readonly hasIpv6: boolean;
  /** Its link-local address: that of the interface below. */
  readonly linkLocal?: Ip;
  /** An address of its own. */
  readonly address?: Prefix;
  /** Group reports leave by the interface below. */
  readonly divertsReports: boolean;
}

/** The answer to a wish: an interface, or why there is none. */
export type MadeLink =
  | { readonly name: string; readonly link: Link }
  | { readonly name: string; readonly fault: string };

interface Entry {
  readonly key: string;
  name: string;
  readonly owners: Set<string>;
  /** The interface that was set up. */
  index: number | undefined;
  /** Of the interface below, as it was put on this one. */
  linkLocal: Ip | undefined;
}

const EEXIST = 17;
const LINK_LOCAL_BITS = 64;
/** Our mark in aliases: the process, and what it remembers. */
const ALIAS = /^stayd (\d+) ?(.*)$/;
/**
 * Settings of the interface below while IPv4 addresses are above: it answers for its own addresses
 * only, and when it asks for a neighbour it names one of its own, or that neighbour would take the
 * virtual address to be there.
 */
const BASE_SETTINGS = { arp_ignore: 1, arp_filter: 1, arp_announce: 2 } as const;

/** The interfaces that the instances of a process made. */
export class VirtualLinks {
  readonly settings: InterfaceSettings;
  readonly #options: VirtualLinksOptions;
  readonly #entries = new Map<string, Entry>();
  #mayHaveLeftovers = false;

  constructor(options: VirtualLinksOptions) {
    this.#options = options;
    this.settings = new InterfaceSettings(options.devices);
  }

  /** There is a configuration: what it does not want at the end of this turn is left over. */
  begin(): void {
    this.#mayHaveLeftovers = true;
  }

  /** Makes sure that there is such an interface, and returns it. */
  ensure(owner: string, wish: LinkWish): MadeLink {
    const entry = this.#entryFor(owner, wish);
    entry.owners.add(owner);
    const link = this.#find(entry, wish);
    if (!("flags" in link)) return { name: entry.name, fault: link.fault };
    if (link.index !== entry.index) {
      const fault = this.#setUp(entry, link, wish);
      if (fault !== undefined) return { name: entry.name, fault };
    }
    this.#matchAddresses(entry, link, wish);
    return { name: entry.name, link: this.#options.links.linkByIndex(link.index) ?? link };
  }

  /** An owner wants only the interfaces of these names any more. */
  keepOnly(owner: string, names: ReadonlySet<string>): void {
    for (const { owners, name } of this.#entries.values()) {
      if (!names.has(name)) owners.delete(owner);
    }
  }

  /** Removes what nobody wants. Returns whether some is left that can be done now. */
  run(): boolean {
    if (this.#options.isDeleting()) return false;
    for (const entry of this.#entries.values()) if (entry.owners.size === 0) this.#remove(entry);
    if (this.#mayHaveLeftovers) this.#removeLeftovers();
    this.#mayHaveLeftovers = false;
    return false;
  }

  /** Removes everything: for the end of a process. */
  removeAllNow(): void {
    for (const entry of this.#entries.values()) this.#remove(entry);
    this.settings.releaseAll();
  }

  // --- making ------------------------------------------------------------------------------------

  /** One for all who want the same MAC address on the same interface: there can be no second. */
  #entryFor(owner: string, { base, device, names }: LinkWish): Entry {
    const [name = ""] = names;
    const identity = device.kind === "macvlan" ? device.mac : name;
    const key = `${device.kind} ${base.name} ${identity}`;
    const known = this.#entries.get(key);
    const isOnly = known?.owners.size === 0 ||
      (known?.owners.size === 1 && known.owners.has(owner));
    if (known && (names.includes(known.name) || !isOnly)) return known;
    if (known) this.#remove(known); // A reload names it otherwise.
    const entry = { key, name, owners: new Set<string>(), index: undefined, linkLocal: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #find(entry: Entry, wish: LinkWish): Link | { readonly fault: string } {
    const { links, devices, log } = this.#options;
    let result: ChangeResult = { errno: EEXIST };
    for (const name of [entry.name, ...wish.names]) {
      if (this.#isTaken(name, entry)) continue;
      const there = links.linkByName(name);
      if (there && fits(there, wish)) {
        if (entry.index === undefined) log.note("info", `Adopted interface ${name}`);
        entry.name = name;
        return there;
      }
      if (there) continue;
      entry.name = name;
      result = devices.create({ name, parentIndex: wish.base.index, device: wish.device });
      const made = links.linkByName(name);
      if (result.errno === 0 && made) {
        log.note("info", `Made interface ${name} on ${wish.base.name}`);
        return made;
      }
      if (result.errno !== EEXIST) break;
    }
    if (result.errno === EEXIST) return { fault: `interface ${entry.name} is something else` };
    return { fault: `cannot make interface ${entry.name}: ${this.#why(result)}` };
  }

  #isTaken(name: string, entry: Entry): boolean {
    for (const other of this.#entries.values()) {
      if (other === entry || other.name !== name) continue;
      if (other.owners.size > 0) return true;
      this.#remove(other); // A reload gives its name to another one.
    }
    return false;
  }

  #setUp(entry: Entry, link: Link, wish: LinkWish): string | undefined {
    const { base, family, device } = wish;
    const { devices, firewall, links } = this.#options;
    const isMacvlan = device.kind === "macvlan";
    const owner = `link ${entry.name}`;
    const memory = ALIAS.exec(link.alias ?? "")?.[2] ?? "";
    this.settings.remember(owner, base, memory);
    if (isMacvlan && family === 4) {
      this.settings.moveReversePath(links.links());
      this.settings.want(owner, base, BASE_SETTINGS);
    }
    if (!wish.hasIpv6) devices.writeSetting(`ipv6/conf/${entry.name}/disable_ipv6`, 1);
    const change: LinkChange = {
      alias: `stayd ${devices.processId} ${this.settings.memoryOf(base)}`.trim(),
      group: wish.group ?? base.group ?? 0,
      ...(wish.hasIpv6 && isMacvlan && { withoutLinkLocal: true }),
      ...(base.masterIndex !== undefined && this.#isVrf(base.masterIndex) && {
        masterIndex: base.masterIndex,
      }),
      ...(isMacvlan && family === 4 && {
        ipv4: { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 },
      }),
    };
    for (const each of [change, { up: true }] as const) {
      const result = devices.change(link.index, each);
      if (result.errno !== 0) return `cannot set up interface ${entry.name}: ${this.#why(result)}`;
    }
    entry.index = link.index;
    if (wish.divertsReports) {
      firewall.divert(owner, family, [{ index: link.index, parentIndex: base.index }]);
    }
    return undefined;
  }

  #isVrf(index: number): boolean {
    return this.#options.links.linkByIndex(index)?.kind === "vrf";
  }

  /** It has the link-local address of the interface below, and no more the one that was that. */
  #matchAddresses(entry: Entry, link: Link, { linkLocal, address }: LinkWish): void {
    const { links } = this.#options;
    const has = (wanted: Ip) => links.addressesOf(link.index).some(({ ip }) => ip === wanted);
    const common = { interfaceIndex: link.index, scope: 0, flags: 0 };
    const local = { ...common, prefixLength: LINK_LOCAL_BITS, flags: IFA_F_NODAD };
    const changes: AddressChange[] = [];
    const old = entry.linkLocal;
    if (old !== undefined && old !== linkLocal && linkLocal !== undefined && has(old)) {
      changes.push({ operation: "delete", ...local, ip: old });
    }
    if (linkLocal !== undefined && !has(linkLocal)) {
      // Not preferred: nobody but us is to send from it.
      changes.push({ operation: "add", ...local, ip: linkLocal, preferredLifetimeSec: 0 });
    }
    if (address && !has(address.ip)) changes.push({ operation: "add", ...common, ...address });
    entry.linkLocal = linkLocal ?? old;
    links.changeAddresses(changes);
  }

  // --- removing ----------------------------------------------------------------------------------

  #remove(entry: Entry): void {
    const { links, devices, firewall, log } = this.#options;
    this.#entries.delete(entry.key);
    const owner = `link ${entry.name}`;
    firewall.release(owner);
    const link = links.linkByName(entry.name);
    if (link && link.index === entry.index) {
      const result = devices.remove(link.index);
      if (result.errno !== 0) {
        log.note("warning", `Cannot remove interface ${entry.name}: ${this.#why(result)}`);
      } else log.note("info", `Removed interface ${entry.name}`);
    }
    this.settings.release(owner);
    if (this.#entries.size === 0) this.settings.restoreReversePath();
  }

  /** Of processes that died, and whose interfaces nobody here wants. */
  #removeLeftovers(): void {
    const { links, devices, log } = this.#options;
    const ours = new Set([...this.#entries.values()].map(({ index }) => index));
    for (const link of links.links()) {
      const [, processId, memory = ""] = ALIAS.exec(link.alias ?? "") ?? [];
      if (processId === undefined || ours.has(link.index)) continue;
      if (Number(processId) !== devices.processId && devices.isAlive(Number(processId))) continue;
      const base = link.parentIndex === undefined ? undefined : links.linkByIndex(link.parentIndex);
      const owner = `leftover ${link.name}`;
      if (base) this.settings.remember(owner, base, memory);
      devices.remove(link.index);
      this.settings.release(owner);
      log.note("info", `Removed interface ${link.name}, left over from process ${processId}`);
    }
    if (this.#entries.size === 0) this.settings.restoreReversePath();
  }

  #why({ errno, message }: ChangeResult): string {
    const name = this.#options.errorName(errno);
    return message ? `${name} (${message})` : name;
  }
}

/** Whether an interface that is there is the one that is wished for. */
function fits(link: Link, { base, device }: LinkWish): boolean {
  if (link.kind !== device.kind || link.parentIndex !== base.index) return false;
  return device.kind === "ipvlan" || link.mac === device.mac;
}

/** Whether a process like this one made an interface. */
export function isOurs({ alias }: Link): boolean {
  return ALIAS.test(alias ?? "");
}

/** Whether an interface of ours can be used: what lies below is looked at by itself. */
export function isUsable({ flags }: Link): boolean {
  return (flags & IFF_UP) !== 0;
}
