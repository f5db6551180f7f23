/**
 * Interfaces in memory: what is asked is kept as text, and done to the {@linkcode FakeLinks}.
 *
 * @module
 */
import type { Devices, LinkChange, NewLink } from "../../../net/devices_table.ts";
import type { ChangeResult } from "../../../net/link_table.ts";
import type { FakeLinks } from "./fake_links.ts";

const EEXIST = 17;
const IFF_UP = 1;

/** A kernel that does what it is told. */
export class FakeDevices implements Devices {
  readonly #links: FakeLinks;
  readonly asked: string[] = [];
  /** Settings by path. */
  readonly settings: Map<string, number> = new Map();
  /** Processes that live, besides this one. */
  readonly alive: Set<number> = new Set();
  readonly processId = 100;
  /** What the kernel says instead of making an interface. */
  errno = 0;
  #nextIndex = 50;

  constructor(links: FakeLinks) {
    this.#links = links;
  }

  create({ name, parentIndex, device }: NewLink): ChangeResult {
    this.asked.push(`create ${name} on ${parentIndex}`);
    if (this.errno !== 0) return { errno: this.errno };
    if (this.#links.linkByName(name)) return { errno: EEXIST };
    this.#links.addLink(name, this.#nextIndex++, {
      parentIndex,
      kind: device.kind,
      flags: 0,
      mac: device.kind === "macvlan" ? device.mac : undefined,
    });
    for (const setting of ["arp_ignore", "rp_filter"]) this.settings.set(pathOf(name, setting), 0);
    return { errno: 0 };
  }

  change(index: number, change: LinkChange): ChangeResult {
    const link = this.#links.linkByIndex(index);
    if (!link) return { errno: 19 };
    const { ipv4, up, alias, group } = change;
    this.asked.push(`change ${link.name} ${JSON.stringify(change)}`);
    for (const [name, value] of Object.entries(ipv4 ?? {})) {
      this.settings.set(pathOf(link.name, name), value);
    }
    this.#links.addLink(link.name, index, {
      ...link,
      ...(up && { flags: link.flags | IFF_UP }),
      ...(alias !== undefined && { alias }),
      ...(group !== undefined && { group }),
    });
    return { errno: 0 };
  }

  remove(index: number): ChangeResult {
    this.asked.push(`remove ${this.#links.linkByIndex(index)?.name}`);
    this.#links.removeLink(index);
    return { errno: 0 };
  }

  readSetting(path: string): number | undefined {
    return this.settings.get(path);
  }

  writeSetting(path: string, value: number): boolean {
    this.asked.push(`write ${path} ${value}`);
    this.settings.set(path, value);
    return true;
  }

  isAlive(processId: number): boolean {
    return this.alive.has(processId);
  }
}

function pathOf(name: string, setting: string): string {
  return `ipv4/conf/${name}/${setting}`;
}
