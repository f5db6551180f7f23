/**
 * One Ethernet segment: frames reach everybody on it after a while, or not at all.
 *
 * Frames between two stations stay in order, as on a real segment, but for those that
 * `reorderRatio` picks. Partitions and one-way blocks act when a frame is sent, cut cables also
 * when it arrives.
 *
 * @module
 */
import { type Ip, type Mac, macFromBytes } from "../../net/address.ts";
import type { Agenda } from "./agenda.ts";
import type { Random } from "./random.ts";

/** How a segment treats frames. */
export interface WireConditions {
  readonly delayMs: number;
  /** Greatest additional delay; each frame has its own part of it. */
  readonly jitterMs: number;
  /** 0 to 1, for each frame and receiver. */
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  /** Frames that may overtake others of the same sender. */
  readonly reorderRatio: number;
}

/** A segment as it should be: 0.1 ms, nothing lost. */
export const CLEAN_WIRE: WireConditions = {
  delayMs: 0.1,
  jitterMs: 0,
  lossRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
};

/** A network card on a segment. */
export interface Nic {
  /** Who it belongs to: partitions go by it. */
  readonly station: string;
  readonly mac: Mac;
  readonly addresses: () => Iterable<Ip>;
  readonly receive: (frame: Uint8Array) => void;
  /** The card that it lies on: the two hear the same, and not each other. */
  readonly below?: Nic;
}

/** Sees every frame that a card with a plugged cable sends. */
export type Tap = (frame: Uint8Array, atMs: number) => void;

/** An Ethernet segment. */
export class Lan {
  readonly name: string;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #nics: Nic[] = [];
  readonly #cut = new Set<string>();
  /** Who sent from an address last: what switches learn. */
  readonly #ports = new Map<Mac, string>();
  /** One-way blocks as `from>to`. */
  readonly #blocked = new Set<string>();
  /** Group number of each station while there is a partition; others can hear everybody. */
  #groups: ReadonlyMap<string, number> = new Map();
  /** When the latest frame of a pair arrives. */
  readonly #latestMs = new Map<string, number>();
  #conditions: WireConditions;
  /** Greatest delay there has been so far. */
  delayMsMax: number;
  /** For captures. */
  tap: Tap | undefined;

  constructor(name: string, agenda: Agenda, random: Random, conditions: WireConditions) {
    this.name = name;
    this.#agenda = agenda;
    this.#random = random;
    this.#conditions = conditions;
    this.delayMsMax = conditions.delayMs + conditions.jitterMs;
  }

  /** How frames are treated now. */
  get conditions(): WireConditions {
    return this.#conditions;
  }

  /** Treats frames that are sent from now on in another way. */
  setConditions(change: Partial<WireConditions>): void {
    this.#conditions = { ...this.#conditions, ...change };
    const { delayMs, jitterMs } = this.#conditions;
    this.delayMsMax = Math.max(this.delayMsMax, delayMs + jitterMs);
  }

  /** Connects a card. */
  attach(nic: Nic): void {
    this.#nics.push(nic);
  }

  /** Takes a card away. */
  detach(nic: Nic): void {
    const at = this.#nics.indexOf(nic);
    if (at >= 0) this.#nics.splice(at, 1);
  }

  /** Pulls a station's cable, or plugs it in. */
  setPlugged(station: string, plugged: boolean): void {
    if (plugged) this.#cut.delete(station);
    else this.#cut.add(station);
  }

  /** Whether a station's cable is plugged in. */
  isPlugged(station: string): boolean {
    return !this.#cut.has(station);
  }

  /** Divides the segment: stations of different groups do not hear each other. */
  partition(groups: readonly (readonly string[])[]): void {
    this.#groups = new Map(groups.flatMap((group, i) => group.map((station) => [station, i])));
  }

  /** From now on `to` does not hear `from`. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  /** Ends partitions and blocks. Cables stay as they are. */
  heal(): void {
    this.#groups = new Map();
    this.#blocked.clear();
  }

  /** Whether frames from one station can reach the other, losses aside. */
  canHear(from: string, to: string): boolean {
    if (!this.isPlugged(from) || !this.isPlugged(to)) return false;
    if (this.#blocked.has(`${from}>${to}`)) return false;
    const [a, b] = [this.#groups.get(from), this.#groups.get(to)];
    return a === undefined || b === undefined || a === b;
  }

  /** Whether somebody is heard by others whom it does not hear. */
  get hasOneWayBlocks(): boolean {
    return this.#blocked.size > 0;
  }

  /** The card that has an address: what ARP and neighbour discovery find. */
  macOf(ip: Ip): Mac | undefined {
    return this.#nics.find((nic) => [...nic.addresses()].includes(ip))?.mac;
  }

  /** Where switches look for a MAC address. */
  stationOf(mac: Mac): string | undefined {
    return this.#ports.get(mac);
  }

  /** Sends a frame at `atMs`, now or a little later. */
  transmit(from: Nic, frame: Uint8Array, atMs: number): void {
    if (!this.isPlugged(from.station)) return;
    this.tap?.(frame, atMs);
    this.#ports.set(from.mac, from.station);
    const destination = macFromBytes(frame.subarray(0, 6));
    const isGroup = ((frame[0] ?? 0) & 1) !== 0;
    const isFor = (nic: Nic) => isGroup || nic.mac === destination;
    for (const card of this.#nics) {
      if (card.below || card === cardOf(from) || !this.#on(card).some(isFor)) continue;
      if (!this.canHear(from.station, card.station)) continue;
      if (this.#random.happens(this.#conditions.lossRatio)) continue;
      this.#carry(from, card, isFor, frame, atMs);
      if (this.#random.happens(this.#conditions.duplicateRatio)) {
        this.#carry(from, card, isFor, frame, atMs);
      }
    }
  }

  /** A card, and what lies on it. */
  #on(card: Nic): Nic[] {
    return this.#nics.filter((nic) => cardOf(nic) === card);
  }

  #carry(
    from: Nic,
    card: Nic,
    isFor: (nic: Nic) => boolean,
    frame: Uint8Array,
    atMs: number,
  ): void {
    const { delayMs, jitterMs, reorderRatio } = this.#conditions;
    const pair = `${from.station} ${from.mac}>${card.station} ${card.mac}`;
    const latestMs = this.#latestMs.get(pair) ?? 0;
    const ownMs = atMs + delayMs + (jitterMs > 0 ? this.#random.next() * jitterMs : 0);
    const arrivesMs = this.#random.happens(reorderRatio) ? ownMs : Math.max(ownMs, latestMs);
    this.#latestMs.set(pair, Math.max(arrivesMs, latestMs));
    this.#agenda.at(arrivesMs, () => {
      if (!this.isPlugged(from.station) || !this.isPlugged(card.station)) return;
      for (const nic of this.#on(card)) if (isFor(nic)) nic.receive(frame);
    });
  }
}

function cardOf(nic: Nic): Nic {
  return nic.below ?? nic;
}
