/**
 * A kernel with IPVS behind a netlink socket: it keeps the table and gives the errors that the real
 * one gives (tests/uml proves both alike).
 *
 * @module
 */
import { assert } from "@std/assert";
import { decodeDestination, decodeService, type IpvsChange } from "../../net/netlink/ipvs.ts";
import { destinationKeyText } from "../../net/netlink/ipvs_destination.ts";
import { familyOfService, serviceKeyText } from "../../net/netlink/ipvs_service.ts";
import { eachMessage, type NetlinkMessage } from "../../net/netlink/message.ts";
import type { NetlinkSocket } from "../../net/netlink_client.ts";
import { acknowledgement, datagram } from "./scripted_socket.ts";

/** Number of the family. */
export const FAMILY_ID = 0x23;

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;
const CONTROLLER = 16;
const FLUSH = 17;
const TYPES: Readonly<Record<number, IpvsChange["type"]>> = {
  1: "addService",
  2: "editService",
  3: "deleteService",
  5: "addDestination",
  6: "editDestination",
  7: "deleteDestination",
};

/** The kernel. */
export class FakeIpvs implements NetlinkSocket {
  readonly fd = -1;
  /** Destinations with their weights, by service. */
  readonly table = new Map<string, { scheduler: string; weights: Map<string, number> }>();
  /** How many requests came in each datagram. */
  readonly batches: number[] = [];
  /** Whether it has IPVS at all. */
  hasFamily = true;
  disposed = false;
  readonly #inbox: Uint8Array[] = [];

  send(messages: readonly { readonly bytes: Uint8Array }[]): { errno: number } {
    for (const { bytes } of messages) {
      let count = 0;
      eachMessage(bytes, (message) => {
        count++;
        this.#inbox.push(acknowledgement(message.sequence, this.#serve(message)));
      });
      this.batches.push(count);
    }
    return { errno: 0 };
  }

  receive(each: Parameters<NetlinkSocket["receive"]>[0]): number {
    const bytes = this.#inbox.shift();
    if (!bytes) return 0;
    each({ bytes, senderPortId: 0 });
    return 1;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }

  /** The table, a line each. */
  lines(): string[] {
    return Array.from(this.table, ([key, { scheduler, weights }]) => {
      const servers = Array.from(weights, ([server, weight]) => `${server}=${weight}`).sort();
      return [key, scheduler, ...servers].join(" ");
    }).sort();
  }

  #serve({ type, sequence, body }: NetlinkMessage): number {
    if (type === CONTROLLER) {
      if (!this.hasFamily) return ENOENT;
      // Header of generic netlink, then attribute 1 of two octets.
      this.#inbox.push(datagram(CONTROLLER, { sequence }, [0x0201, 0x00010006, FAMILY_ID]));
      return 0;
    }
    const command = body.getUint8(0);
    if (command === FLUSH) {
      this.table.clear();
      return 0;
    }
    const change = TYPES[command];
    assert(change !== undefined, `command ${command}`);
    return this.#change(change, body);
  }

  #change(type: IpvsChange["type"], body: DataView): number {
    const entry = decodeService(body);
    assert(typeof entry === "object", String(entry));
    const { key, scheduler } = entry.service;
    const name = serviceKeyText(key);
    const service = this.table.get(name);
    if (type === "addService") {
      if (service) return EEXIST;
      if (scheduler === "nosuch") return ENOENT;
      this.table.set(name, { scheduler, weights: new Map() });
      return 0;
    }
    if (!service) return ESRCH;
    if (type === "editService") {
      if (scheduler === "nosuch") return ENOENT;
      service.scheduler = scheduler;
    } else if (type === "deleteService") this.table.delete(name);
    else {
      const read = decodeDestination(body, familyOfService(key));
      assert(typeof read === "object", String(read));
      const server = destinationKeyText(read.destination);
      if (type === "addDestination" && service.weights.has(server)) return EEXIST;
      if (type !== "addDestination" && !service.weights.has(server)) return ENOENT;
      if (type === "deleteDestination") service.weights.delete(server);
      else service.weights.set(server, read.destination.weight);
    }
    return 0;
  }
}
