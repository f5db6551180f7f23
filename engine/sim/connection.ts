/**
 * How a simulated process is connected: cards, segments, and the packets that come by them.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import type { Devices } from "../../net/devices_table.ts";
import type { Outside, Received } from "../io/outside.ts";
import type { KernelLinks } from "./kernel_links.ts";
import type { Lan, Nic } from "./lan.ts";

/** A card of a host, and where it is connected. */
export interface Connection {
  readonly index: number;
  readonly linkName: string;
  readonly nic: Nic;
  readonly lan: Lan;
  /** What it lies on, if it was made. */
  readonly below?: Connection;
}

/** What the world of a process is made of. */
export interface SimOutsideOptions {
  readonly links: KernelLinks;
  /** Those that there are at the moment. */
  readonly connections: readonly Connection[];
  readonly devices: Devices;
  readonly openRouting: Outside["openRouting"];
  readonly openPacketFilter: Outside["openPacketFilter"];
  /** The clock that machines share. */
  readonly unixMs: () => number;
  /** Chance of this process. */
  readonly random: () => number;
  /** Puts a frame on the wire. */
  readonly transmit: (connection: Connection, frame: Uint8Array) => void;
}

/** A datagram that a raw socket of its protocol is given. */
export type Opened = Received & {
  readonly source: Ip;
  readonly destination: Ip;
  readonly protocol: number;
};
