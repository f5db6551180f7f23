/**
 * How a simulated machine is connected: its cards, and the interfaces that were made on them, which
 * share the cable.
 *
 * @module
 */
import { type Ip, ip, type Mac, parseMac } from "../../net/address.ts";
import { assert } from "../../net/assert.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { Link } from "../../net/link_table.ts";
import { virtualRouterMac } from "../../net/packet/ethernet.ts";
import type { Connection } from "./connection.ts";
import type { Kernel } from "./kernel.ts";
import type { Lan } from "./lan.ts";

/** Where a machine's cards are. */
export interface WiringOptions {
  readonly name: string;
  /** Its place in the scenario, from 1: addresses and MAC addresses are made of it. */
  readonly number: number;
  /** Interfaces and the segments they are connected to. */
  readonly links: readonly { readonly name: string; readonly lan: Lan; readonly subnet: number }[];
}

/** The connections of one machine. */
export class HostWiring {
  readonly #name: string;
  readonly #kernel: Kernel;
  readonly #receive: (connection: Connection, frame: Uint8Array) => void;
  readonly #all: Connection[];
  readonly cards: readonly Connection[];

  /** `receive` gets every frame that reaches an interface which is up. */
  constructor(
    { name, number, links }: WiringOptions,
    kernel: Kernel,
    receive: (connection: Connection, frame: Uint8Array) => void,
  ) {
    this.#name = name;
    this.#kernel = kernel;
    this.#receive = receive;
    this.cards = links.map((link, i) => {
      const mac = macOf(number, i);
      const index = kernel.addLink({
        name: link.name,
        mac,
        addresses: [
          { ip: ip(`192.0.${link.subnet}.${number}`), prefixLength: 24 },
          { ip: ip(`fe80::${link.subnet}:${number}`), prefixLength: 64 },
        ],
      });
      return this.#attach({ index, name: link.name, mac }, link.lan);
    });
    this.#all = [...this.cards];
    kernel.subscribe((event) => {
      if (event.type === "link" && !event.previous) this.#connect(event.link);
      else if (event.type === "linkGone") this.#disconnect(event.link);
    });
  }

  /** Cards, and what is on them: always those that there are. */
  get all(): readonly Connection[] {
    return this.#all;
  }

  /** Whether advertisements have an interface to cross: one that was made may be down or gone. */
  hasWay(config: VrrpInstanceConfig): boolean {
    return this.#all.some((each) => this.isWayOf(config, each) && this.isUp(each));
  }

  /** Whether an instance's advertisements cross that interface. */
  isWayOf(
    { interface: link, virtualMac, transmitsOnBase, family, vrid }: VrrpInstanceConfig,
    { below, linkName, nic }: Connection,
  ): boolean {
    const card = below?.linkName ?? linkName;
    if (link !== undefined && card !== link) return false;
    if (!virtualMac || transmitsOnBase) return below === undefined;
    return below !== undefined && nic.mac === (virtualMac.mac ?? virtualRouterMac(family, vrid));
  }

  /** Whether frames may cross it; a card's cable is its segment's business. */
  isUp({ index, below }: Connection): boolean {
    if (!below) return true;
    for (const link of this.#kernel.links()) if (link.index === index) return link.up;
    return false;
  }

  #connect({ index, name, mac, parentIndex }: Link): void {
    const below = this.cards.find((each) => each.index === parentIndex);
    if (!below || mac === undefined) return;
    this.#all.push(this.#attach({ index, name, mac }, below.lan, below));
  }

  #disconnect({ index }: Link): void {
    const at = this.#all.findIndex((each) => each.index === index);
    const [gone] = at < 0 ? [] : this.#all.splice(at, 1);
    gone?.lan.detach(gone.nic);
  }

  #attach(
    { index, name, mac }: { readonly index: number; readonly name: string; readonly mac: Mac },
    lan: Lan,
    below?: Connection,
  ): Connection {
    const connection: Connection = {
      index,
      linkName: name,
      lan,
      ...below && { below },
      nic: {
        station: this.#name,
        mac,
        ...below && { below: below.nic },
        addresses: () => this.#kernel.addressesOf(index).map((address): Ip => address.ip),
        receive: (frame) => {
          if (this.isUp(connection)) this.#receive(connection, frame);
        },
      },
    };
    lan.attach(connection.nic);
    return connection;
  }
}

function macOf(hostNumber: number, linkNumber: number): Mac {
  const mac = parseMac(`02:00:00:00:${linkNumber.toString(16)}:${hostNumber.toString(16)}`);
  assert(mac !== undefined, "hosts are few");
  return mac;
}
