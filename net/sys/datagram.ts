/**
 * Datagrams: what is known of one that was received, and what is said of one to send.
 *
 * @module
 */
import type { Ip } from "../address.ts";
import { MSG } from "./constants.ts";
import { CONTROL_BYTES_MAX, readControl } from "./control_message.ts";
import type { MessageBatch } from "./message_batch.ts";
import { ADDRESS_BYTES_MAX, readSender } from "./socket_address.ts";

/** A received datagram. */
export interface Datagram {
  /** A view, valid until the callback returns. Raw IPv4: from its IP header on. */
  readonly bytes: Uint8Array;
  readonly source: Ip | undefined;
  readonly sourcePort: number;
  /** From packet information, where the socket asks for it. */
  readonly destination: Ip | undefined;
  /** 0: not known. */
  readonly interfaceIndex: number;
  /** TTL or Hop Limit. */
  readonly hopLimit: number | undefined;
  readonly truncated: boolean;
  /** Netlink: 0 is the kernel. */
  readonly senderPortId: number | undefined;
  /**
   * When the kernel received it, where the socket asks for it: on the monotonic clock, but wrong if
   * the time of day was set since.
   */
  readonly arrivedMs: number | undefined;
}

/** A datagram to send. Where the IP header is included, it says source and hop limit itself. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly destination?: Ip;
  readonly port?: number;
  /** Where it comes from; default: as the kernel chooses. */
  readonly source?: Ip;
  /** Where it leaves, or, on a packet socket, where the frame goes. */
  readonly interfaceIndex?: number;
  /** TTL (1 to 255) or Hop Limit (0 to 255). */
  readonly hopLimit?: number;
}

/** Whether two datagrams go the same way. */
export function isSameWay(a: Outgoing, b: Outgoing): boolean {
  return a.destination === b.destination && a.port === b.port && a.source === b.source &&
    a.interfaceIndex === b.interfaceIndex && a.hopLimit === b.hopLimit;
}

/** Reads a message of a batch. */
export function readDatagram(batch: MessageBatch, index: number): Datagram {
  const sender = readSender(batch.names, index * ADDRESS_BYTES_MAX, batch.nameLength(index));
  const start = index * CONTROL_BYTES_MAX;
  const information = readControl(batch.controls, start, batch.controlLength(index));
  return {
    bytes: batch.data(index),
    source: sender.ip,
    sourcePort: sender.port,
    destination: information.destination,
    interfaceIndex: information.interfaceIndex || sender.interfaceIndex,
    hopLimit: information.hopLimit,
    truncated: (batch.flags(index) & MSG.TRUNC) !== 0,
    senderPortId: sender.portId,
    arrivedMs: information.arrivedMs,
  };
}
