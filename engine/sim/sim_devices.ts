/**
 * Interfaces that a simulated process makes. Those of an ipvlan are not among them: it has the MAC
 * address of the card below, and the simulator gives frames to cards.
 *
 * @module
 */
import type { Devices, LinkChange, NewLink } from "../../net/devices_table.ts";
import type { ChangeResult } from "../../net/link_table.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelLinks } from "./kernel_links.ts";

/** The interfaces of one process. */
export class SimDevices implements Devices {
  readonly #kernel: Kernel;
  readonly #links: KernelLinks;
  readonly processId: number;

  constructor(kernel: Kernel, links: KernelLinks, processId: number) {
    this.#kernel = kernel;
    this.#links = links;
    this.processId = processId;
  }

  create(link: NewLink): ChangeResult {
    return this.#told(this.#kernel.createLink(link));
  }

  change(index: number, change: LinkChange): ChangeResult {
    return this.#told(this.#kernel.changeLink(index, change));
  }

  remove(index: number): ChangeResult {
    return this.#told(this.#kernel.removeLink(index));
  }

  readSetting(path: string): number {
    return this.#kernel.settings.get(path) ?? 0;
  }

  writeSetting(path: string, value: number): boolean {
    this.#kernel.settings.set(path, value);
    return true;
  }

  /** Of all processes that ever ran on this host, only this one does. */
  isAlive(processId: number): boolean {
    return processId === this.processId;
  }

  #told(result: ChangeResult): ChangeResult {
    this.#links.catchUp();
    return result;
  }
}
