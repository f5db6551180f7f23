/**
 * A UDP socket that is heard. A busy one is read by the clock, not for each datagram: waking up
 * costs more than all the rest. Nothing is late by that: a datagram counts from when the kernel had
 * it, and no timeout is believed before all was read.
 *
 * @module
 */
import type { UdpFilter } from "../../net/sys/packet_filter.ts";
import type { Datagram, DatagramSocket } from "../../net/sys/socket.ts";
import { type Clock, nothingToPrepare } from "../clock.ts";
import { AGE_MS_MAX, arrivalMs, readBatch, type Waits } from "./reading.ts";

/** How often a busy socket is read, unless it has more patience. */
const PATIENCE_MS_MIN = 1;
/** Over so long it is judged whether it is busy. */
const WINDOW_MS = 20;
/** Datagrams in a window from which on, and down to which, it is busy: 1,000 and 300 a second. */
const BUSY_COUNT_MIN = 20;
const BUSY_COUNT_LEAST = 6;

/** What ears of one port share. */
export interface EarSettings {
  readonly reactor: Waits;
  readonly clock: Clock;
  readonly onReceived: (datagram: Datagram) => void;
}

/** Hears one socket, which becomes its own. */
export class UdpEar implements Disposable {
  readonly #settings: EarSettings;
  readonly #socket: DatagramSocket;
  #patienceMs = PATIENCE_MS_MIN;
  #windowEndsMs: number;
  #windowCount = 0;
  #timer: number | undefined;
  /** More may be waiting, and the last that was read came then. */
  #hasMore = false;
  #arrivalMs = -Infinity;

  /** What `earlier` has is read before what this one has. */
  constructor(settings: EarSettings, socket: DatagramSocket, earlier?: UdpEar) {
    const { reactor, clock } = settings;
    this.#settings = settings;
    this.#socket = socket;
    this.#windowEndsMs = clock.now() + WINDOW_MS;
    reactor.add(socket.fd, () => {
      earlier?.read();
      return this.read();
    });
  }

  /** Reads a part of what has come. Returns whether more may be waiting. */
  read(): boolean {
    this.#hasMore = readBatch(this.#socket, this.#take);
    if (this.#settings.clock.now() >= this.#windowEndsMs) this.#judge();
    return this.#hasMore;
  }

  /** Takes in only what a filter lets pass. Throws a `SyscallError`. */
  setFilter(filter: UdpFilter): void {
    this.#socket.setFilter(filter);
  }

  /** How often it is read while it is busy, in ms. */
  setPatience(patienceMs: number): void {
    this.#patienceMs = Math.max(PATIENCE_MS_MIN, patienceMs);
  }

  /** Whether datagrams that came before a moment may be unread. */
  hasUnread(untilMs: number): boolean {
    return this.#hasMore && this.#arrivalMs < untilMs;
  }

  [Symbol.dispose](): void {
    this.#stopPolling();
    this.#settings.reactor.remove(this.#socket.fd);
    this.#socket[Symbol.dispose]();
  }

  readonly #take = (datagram: Datagram): void => {
    const { clock, onReceived } = this.#settings;
    this.#windowCount++;
    this.#arrivalMs = arrivalMs(clock, datagram, this.#patienceMs + AGE_MS_MAX);
    clock.countFrom(this.#arrivalMs, () => onReceived(datagram));
  };

  #judge(): void {
    const { clock, reactor } = this.#settings;
    const count = this.#windowCount;
    this.#windowEndsMs = clock.now() + WINDOW_MS;
    this.#windowCount = 0;
    if (this.#timer === undefined && count >= BUSY_COUNT_MIN) {
      if (!reactor.setResting) return;
      reactor.setResting(this.#socket.fd, true);
      this.#poll();
    } else if (this.#timer !== undefined && count < BUSY_COUNT_LEAST) {
      this.#stopPolling();
      reactor.setResting?.(this.#socket.fd, false);
    }
  }

  /** All who poll do so at the same moments: before a timer everything is read. */
  #poll(): void {
    const { clock } = this.#settings;
    const now = clock.originMs;
    const nextMs = (Math.floor(now / this.#patienceMs) + 1) * this.#patienceMs;
    this.#timer = clock.setTimeout(() => this.#poll(), nextMs - now, nothingToPrepare);
  }

  #stopPolling(): void {
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
