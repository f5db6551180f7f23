/**
 * The interfaces of one instance: which of its own it needs, what its addresses are put on, and
 * what it changes of the interface that it runs on.
 *
 * @module
 */
import { type Family, familyOf, type Ip } from "../../net/address.ts";
import { type Link, type LinkTable, primaryAddress } from "../../net/link_table.ts";
import { virtualRouterMac } from "../../net/packet/ethernet.ts";
import type { VirtualAddress, VrrpInstanceConfig } from "../../machines/config.ts";
import type { VirtualMacConfig } from "../../machines/global_config.ts";
import { isUsable, type LinkWish, type MadeLink, type VirtualLinks } from "./virtual_links.ts";

/** What {@linkcode InstanceLinks} needs. */
export interface InstanceLinksOptions {
  readonly table: LinkTable;
  readonly virtualLinks: VirtualLinks;
  /** Addresses that can never be a primary address. */
  readonly virtuals: ReadonlySet<Ip>;
  readonly names: () => Pick<VirtualMacConfig, "prefix" | "addressPrefix">;
}

/** The interfaces of an instance at this moment. */
export interface Homes {
  /** Its own interface, if it is to have one. */
  readonly own: MadeLink | undefined;
  /** What its advertisements cross. */
  readonly wire: Link | undefined;
  /** Why it cannot take part. */
  readonly faults: readonly string[];
  /** Names of all interfaces that were made for it. */
  readonly names: ReadonlySet<string>;
  /** The interface that an address is put on. */
  readonly placeOf: (address: VirtualAddress) => string | undefined;
}

/** ARPHRD_ETHER. */
const HARDWARE_ETHERNET = 1;
/** Further names for virtual MACs of the same VRID. */
const FURTHER_NAMES_COUNT = 9;

/** The interfaces of one instance. */
export class InstanceLinks {
  readonly #options: InstanceLinksOptions;
  readonly #id: string;
  /** The interface whose setting is changed. */
  #promotingIndex: number | undefined;

  constructor(options: InstanceLinksOptions, id: string) {
    this.#options = options;
    this.#id = id;
  }

  /** Makes what a configuration wants on top of the interface it runs on, and of others. */
  update(config: VrrpInstanceConfig, base: Link | undefined): Homes {
    this.#promoteSecondaries(config, base);
    if (!wantsLinks(config)) {
      this.#options.virtualLinks.keepOnly(this.#id, NONE);
      const placeOf = (address: VirtualAddress) => address.interface ?? config.interface;
      return { ...PLAIN, ...this.#plainWire(config, base), placeOf };
    }
    const own = base && this.#makeOwn(config, base);
    const places = new Map<string, MadeLink>();
    for (const address of addressesOf(config)) {
      const key = this.#keyOf(config, address);
      const link = key && this.#options.table.linkByName(baseNameOf(config, address) ?? "");
      if (!key || !link || places.has(key)) continue;
      places.set(key, this.#ensure(addressWish(config, address, link, this.#context(link))));
    }
    const made = [...own ? [own] : [], ...places.values()];
    const names = new Set(made.map(({ name }) => name));
    this.#options.virtualLinks.keepOnly(this.#id, names);
    const ownLink = own && "link" in own ? own.link : undefined;
    return {
      own,
      wire: own && !config.transmitsOnBase ? ownLink : base,
      faults: made.flatMap(faultOf),
      names,
      placeOf: (address) => {
        const key = this.#keyOf(config, address);
        if (key) return places.get(key)?.name;
        if (address.interface !== undefined) return address.interface;
        // Only advertisements cross an ipvlan: it has the MAC address of the interface below.
        const isOnOwn = own && !config.ipvlan && familyOf(address.ip) === config.family;
        return isOnOwn ? own.name : config.interface;
      },
    };
  }

  /** Wants none any more. */
  release(): void {
    this.#options.virtualLinks.keepOnly(this.#id, NONE);
    this.#options.virtualLinks.settings.release(this.#id);
  }

  /** The interface itself, or the VRF device that its sockets are bound to. */
  #plainWire({ vrf }: VrrpInstanceConfig, base: Link | undefined): Pick<Homes, "wire" | "faults"> {
    if (vrf === undefined) return { wire: base, faults: [] };
    const wire = this.#options.table.linkByName(vrf);
    const isVrf = wire?.vrfTable !== undefined;
    const fault = !wire
      ? `VRF ${vrf} is missing`
      : !isVrf
      ? `${vrf} is no VRF`
      : isUsable(wire)
      ? undefined
      : `VRF ${vrf} is down`;
    return { wire: isVrf ? wire : undefined, faults: fault === undefined ? [] : [fault] };
  }

  #promoteSecondaries({ promotesSecondaries, family }: VrrpInstanceConfig, base?: Link): void {
    const index = promotesSecondaries && family === 4 ? base?.index : undefined;
    if (index === this.#promotingIndex) return;
    this.#promotingIndex = index;
    const { settings } = this.#options.virtualLinks;
    settings.release(this.#id);
    if (index !== undefined && base) settings.want(this.#id, base, { promote_secondaries: 1 });
  }

  #makeOwn(config: VrrpInstanceConfig, base: Link): MadeLink | undefined {
    const { virtualMac, ipvlan, family, vrid } = config;
    if (!virtualMac && !ipvlan) return undefined;
    const { linkLocal, prefix } = this.#context(base);
    const name = virtualMac?.name ?? ipvlan?.name;
    const group = virtualMac?.interfaceGroup ?? ipvlan?.interfaceGroup;
    return this.#ensure({
      base,
      device: virtualMac
        ? { kind: "macvlan", mac: virtualMac.mac ?? virtualRouterMac(family, vrid) }
        : { kind: "ipvlan", mode: ipvlan?.mode ?? "bridge" },
      family,
      names: name !== undefined ? [name] : namesFor(prefix, family, vrid),
      ...(group !== undefined && { group }),
      hasIpv6: family === 6,
      ...(family === 6 && virtualMac && !config.transmitsOnBase && linkLocal && { linkLocal }),
      ...(ipvlan?.address && { address: ipvlan.address }),
      divertsReports: virtualMac !== undefined,
    });
  }

  #ensure(wish: LinkWish): MadeLink {
    const { base, device, names } = wish;
    if (device.kind === "macvlan" && base.hardwareType !== HARDWARE_ETHERNET) {
      const fault = `interface ${base.name} is no Ethernet: it cannot have a virtual MAC address`;
      return { name: names[0] ?? "", fault };
    }
    return this.#options.virtualLinks.ensure(this.#id, wish);
  }

  /** What is known of an interface that others lie on. */
  #context(base: Link): Context {
    const { table, virtuals, names } = this.#options;
    return { ...names(), linkLocal: primaryAddress(table, base.index, 6, virtuals) };
  }

  /** Of the virtual MAC that an address has besides the instance's own, if it has one. */
  #keyOf(config: VrrpInstanceConfig, address: VirtualAddress): string | undefined {
    const { virtualMacForAddresses, interface: own, family } = config;
    // The virtual MAC addresses of the two families differ.
    const isElsewhere = (address.interface !== undefined && address.interface !== own) ||
      familyOf(address.ip) !== family;
    const isWanted = address.virtualMac || (virtualMacForAddresses && isElsewhere);
    const hasOwn = config.virtualMac !== undefined && !isElsewhere;
    if (!isWanted || hasOwn) return undefined;
    return `${baseNameOf(config, address)} ${familyOf(address.ip)}`;
  }
}

interface Context extends Pick<VirtualMacConfig, "prefix" | "addressPrefix"> {
  readonly linkLocal: Ip | undefined;
}

const NONE: ReadonlySet<string> = new Set();
const PLAIN = { own: undefined, faults: [], names: NONE } as const;

function wantsLinks(config: VrrpInstanceConfig): boolean {
  const { virtualMac, ipvlan, virtualMacForAddresses } = config;
  return virtualMac !== undefined || ipvlan !== undefined || virtualMacForAddresses ||
    addressesOf(config).some((address) => address.virtualMac);
}

function addressesOf({ virtualAddresses, excludedAddresses }: VrrpInstanceConfig) {
  return [...virtualAddresses, ...excludedAddresses];
}

function baseNameOf(config: VrrpInstanceConfig, address: VirtualAddress): string | undefined {
  return address.interface ?? config.interface;
}

function addressWish(
  { vrid }: VrrpInstanceConfig,
  { ip }: VirtualAddress,
  base: Link,
  { addressPrefix, linkLocal }: Context,
): LinkWish {
  const family = familyOf(ip);
  return {
    base,
    device: { kind: "macvlan", mac: virtualRouterMac(family, vrid) },
    family,
    names: namesFor(addressPrefix, family, vrid),
    hasIpv6: family === 6,
    ...(family === 6 && linkLocal && { linkLocal }),
    divertsReports: false,
  };
}

/** As keepalived names them. */
function namesFor(prefix: string, family: Family, vrid: number): string[] {
  const further = Array.from(
    { length: FURTHER_NAMES_COUNT },
    (_, i) => `${prefix}${i + 1}.${vrid}`,
  );
  return [`${prefix}.${vrid}`, ...family === 6 ? [`${prefix}6.${vrid}`] : [], ...further];
}

function faultOf(made: MadeLink): string[] {
  if ("fault" in made) return [made.fault];
  return isUsable(made.link) ? [] : [`interface ${made.name} is down`];
}
