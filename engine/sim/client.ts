/**
 * A host that uses the virtual addresses: it believes the last announcement it heard, like a
 * neighbour table, and like a switch that learns behind which port a MAC address is.
 *
 * @module
 */
import { type Ip, ip, type Mac } from "../../net/address.ts";
import { parseMac } from "../../net/address.ts";
import { assert } from "../../net/assert.ts";
import type { Lan, Nic } from "./lan.ts";
import { readFrame } from "./wire_tap.ts";

/** The name of the client of every segment, for partitions and cables. */
export const CLIENT_NAME = "client";

/** A client on a segment. */
export class Client {
  /** Where it believes each announced address to be. */
  readonly neighbors: Map<Ip, Mac> = new Map();

  constructor(lan: Lan, number: number) {
    const mac = parseMac(`02:00:00:00:ff:${number.toString(16).padStart(2, "0")}`);
    assert(mac !== undefined, "clients are few");
    const own = ip(`192.0.2.${254 - number}`);
    const nic: Nic = {
      station: CLIENT_NAME,
      mac,
      addresses: () => [own],
      receive: (frame) => {
        const seen = readFrame(frame);
        if (seen?.kind === "announcement") this.neighbors.set(seen.ip, seen.mac);
      },
    };
    lan.attach(nic);
  }
}
