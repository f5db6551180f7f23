/**
 * UDP sockets of a real process, for protocols that hear one port on all addresses, and speak from
 * a port of their own for each neighbour.
 *
 * @module
 */
import { familyOf, isLinkLocal } from "../../net/address.ts";
import { ERRNO } from "../../net/sys/constants.ts";
import type { UdpFilter } from "../../net/sys/packet_filter.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { type Datagram, type DatagramSocket, openUdpSocket } from "../../net/sys/socket.ts";
import { type Clock, nothingToPrepare } from "../clock.ts";
import { TRAFFIC_CLASS } from "./advertisement_builder.ts";
import type { UdpReceiver, UdpReceiverOptions, UdpSender, UdpSenderOptions } from "./outside.ts";
import { countFromArrival, readBatches, type Waits } from "./reading.ts";

const PORT_MAX = 65_535;
/** Ports tried before another one is left to chance. */
const PORT_TRIES_MAX = 64;
/** Queueing priority: with the advertisements, before what may wait. */
const PRIORITY = 6;

/** How often a busy socket is read. */
const POLL_MS = 1;
/** Over so long it is judged whether it is busy. */
const WINDOW_MS = 20;
/** Datagrams in a window from which on, and down to which, it is busy: 1,000 and 300 a second. */
const BUSY_COUNT_MIN = 20;
const BUSY_COUNT_LEAST = 6;

/**
 * A socket that hears. A busy one is read every millisecond, not for each datagram: waking up costs
 * more than all the rest. Nothing is late by that: a datagram counts from when the kernel had it,
 * and no timeout is believed before all was read.
 */
export class KernelReceiver implements UdpReceiver {
  readonly #reactor: Waits;
  readonly #clock: Clock;
  readonly #socket: DatagramSocket;
  #windowEndsMs: number;
  #windowCount = 0;
  #timer: number | undefined;

  /** Opens it; throws a `SyscallError`. */
  constructor(reactor: Waits, clock: Clock, options: UdpReceiverOptions) {
    const { family, port, filter, receiveBufferBytes, onReceived } = options;
    this.#reactor = reactor;
    this.#clock = clock;
    this.#windowEndsMs = clock.now() + WINDOW_MS;
    this.#socket = openUdpSocket({ family, port, filter, receiveBufferBytes });
    const take = (each: Datagram) => {
      this.#windowCount++;
      countFromArrival(clock, each, onReceived);
    };
    reactor.add(this.#socket.fd, () => {
      const hasMore = readBatches(this.#socket, take);
      if (clock.now() >= this.#windowEndsMs) this.#judge();
      return hasMore;
    });
  }

  setFilter(filter: UdpFilter): void {
    this.#socket.setFilter(filter);
  }

  [Symbol.dispose](): void {
    this.#stopPolling();
    this.#reactor.remove(this.#socket.fd);
    this.#socket[Symbol.dispose]();
  }

  #judge(): void {
    const count = this.#windowCount;
    this.#windowEndsMs = this.#clock.now() + WINDOW_MS;
    this.#windowCount = 0;
    if (this.#timer === undefined && count >= BUSY_COUNT_MIN) {
      if (!this.#reactor.setResting) return;
      this.#reactor.setResting(this.#socket.fd, true);
      this.#poll();
    } else if (this.#timer !== undefined && count < BUSY_COUNT_LEAST) {
      this.#stopPolling();
      this.#reactor.setResting?.(this.#socket.fd, false);
    }
  }

  /** All who poll do so at the same moments: before a timer everything is read. */
  #poll(): void {
    const now = this.#clock.originMs;
    const nextMs = (Math.floor(now / POLL_MS) + 1) * POLL_MS;
    this.#timer = this.#clock.setTimeout(() => this.#poll(), nextMs - now, nothingToPrepare);
  }

  #stopPolling(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

type Messages = readonly [{ readonly bytes: Uint8Array }];

/** A socket that speaks to one host. */
export class KernelSender implements UdpSender {
  readonly #socket: DatagramSocket;
  readonly #options: UdpSenderOptions;
  #messages: Messages | undefined;
  #ready: Messages | undefined;

  /** Opens it; throws a `SyscallError`. */
  constructor(options: UdpSenderOptions, random: () => number) {
    this.#options = options;
    this.#socket = openSender(options, random);
  }

  send(bytes: Uint8Array): number {
    if (this.#messages?.[0].bytes !== bytes) {
      const isReady = this.#ready?.[0].bytes === bytes;
      this.#messages = isReady ? this.#ready : this.#messagesFor(bytes);
    }
    return this.#socket.send(this.#messages ?? []).errno;
  }

  prepare(bytes: Uint8Array): void {
    if (this.#ready?.[0].bytes === bytes) this.#socket.prepare(this.#ready);
    else this.#ready = this.#messagesFor(bytes);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #messagesFor(bytes: Uint8Array): Messages {
    const { destination, port, interface: link } = this.#options;
    const scoped = link && isLinkLocal(destination) ? { interfaceIndex: link.index } : {};
    const messages = [{ bytes, destination, port, ...scoped }] as const;
    this.#socket.prepare(messages);
    return messages;
  }
}

/** Tries ports from one by chance upwards, until one is free. */
function openSender(options: UdpSenderOptions, random: () => number): DatagramSocket {
  const { destination, source, sourcePortMin, interface: link, hopLimit } = options;
  const portCount = PORT_MAX + 1 - sourcePortMin;
  const first = Math.floor(random() * portCount);
  for (let i = 0;; i++) {
    try {
      return openUdpSocket({
        family: familyOf(destination),
        port: sourcePortMin + (first + i) % portCount,
        ...(source !== undefined && { bindAddress: source, bindsFreely: true }),
        ...(link && { interface: link.name, interfaceIndex: link.index }),
        trafficClass: TRAFFIC_CLASS,
        priority: PRIORITY,
        hopLimit,
        filter: "nothing",
      });
    } catch (error) {
      const isTaken = error instanceof SyscallError && error.errno === ERRNO.EADDRINUSE;
      if (!isTaken || i >= PORT_TRIES_MAX) throw error;
    }
  }
}
