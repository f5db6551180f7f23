/**
 * A UDP socket that is heard. A busy one is read by the clock, not for each datagram: waking up
 * costs more than all the rest. Nothing is late by that: a datagram counts from when the kernel had
 * it, and who believes a timeout because of what he did not hear reads first (`catchUp`). Others,
 * who believe nothing because of it, do not wait for that, nor long for what is read.
 *
 * @module
 */
import type { UdpFilter } from "../../net/sys/packet_filter.ts";
import type { Datagram, DatagramSocket } from "../../net/sys/socket.ts";
import type { Clock } from "../clock.ts";
import { AGE_MS_MAX, arrivalMs, readBatch, type Waits } from "./reading.ts";

/** How often a busy socket is read, unless it has more patience. */
const PATIENCE_MS_MIN = 1;
/** Over so long it is judged whether it is busy. */
const WINDOW_MS = 20;
/** Datagrams in a window from which on, and down to which, it is busy: 1,000 and 300 a second. */
const BUSY_COUNT_MIN = 20;
const BUSY_COUNT_LEAST = 6;
/** By the clock so many datagrams are read at once, then others may go first; and so often. */
const POLL_COUNT = 16;
const POLL_READS_MAX = 16;
/** Who goes first begins a little before, as reading takes its time. */
const QUIET_MS = 0.3;
/** Most reads of whole batches before a timeout is believed. */
const CATCH_UP_READS_MAX = 16;

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
  readonly #earlier: UdpEar | undefined;
  #patienceMs = PATIENCE_MS_MIN;
  #windowEndsMs: number;
  #windowCount = 0;
  /** It is read by the clock. */
  #isBusy = false;
  #timer: number | undefined;
  /** More may be waiting, and the last that was read came then. */
  #hasMore = false;
  #arrivalMs = -Infinity;

  /** What `earlier` has is read before what this one has. */
  constructor(settings: EarSettings, socket: DatagramSocket, earlier?: UdpEar) {
    const { reactor, clock } = settings;
    this.#settings = settings;
    this.#socket = socket;
    this.#earlier = earlier;
    this.#windowEndsMs = clock.now() + WINDOW_MS;
    reactor.add(socket.fd, () => this.read());
  }

  /** Reads a part of what has come. Returns whether more may be waiting. */
  read(countMax?: number): boolean {
    this.#earlier?.read();
    this.#hasMore = readBatch(this.#socket, this.#take, countMax);
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

  /** Reads what came before a moment. Returns whether some of it may be unread: it is too much. */
  catchUp(untilMs: number): boolean {
    // The others are read before any timer.
    for (let i = 0; this.#isBusy && i < CATCH_UP_READS_MAX; i++) {
      this.read();
      if (!this.#hasUnread(untilMs)) return false;
    }
    return this.#hasUnread(untilMs);
  }

  [Symbol.dispose](): void {
    this.#stopPolling();
    this.#settings.reactor.remove(this.#socket.fd);
    this.#socket[Symbol.dispose]();
  }

  #hasUnread(untilMs: number): boolean {
    return this.#hasMore && this.#arrivalMs < untilMs;
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
    if (!this.#isBusy && count >= BUSY_COUNT_MIN) {
      if (!reactor.setResting) return;
      reactor.setResting(this.#socket.fd, true);
      this.#isBusy = true;
      this.#arm();
    } else if (this.#isBusy && count < BUSY_COUNT_LEAST) {
      this.#stopPolling();
      reactor.setResting?.(this.#socket.fd, false);
    }
  }

  /** All who poll do so at the same moments, and who speaks does. */
  #arm(): void {
    const { clock } = this.#settings;
    const now = clock.originMs;
    const nextMs = (Math.floor(now / this.#patienceMs) + 1) * this.#patienceMs;
    this.#pollIn(nextMs - now);
  }

  #pollIn(delayMs: number): void {
    this.#timer = this.#settings.clock.speakLater(() => this.#poll(), delayMs);
  }

  #poll(): void {
    const { clock } = this.#settings;
    this.#timer = undefined;
    for (let i = 1; this.read(POLL_COUNT) && this.#isBusy; i++) {
      if (!clock.isBeliefDue(QUIET_MS) && i < POLL_READS_MAX) continue;
      return this.#pollIn(0); // Others go first, and then it goes on.
    }
    if (this.#isBusy) this.#arm();
  }

  #stopPolling(): void {
    this.#isBusy = false;
    if (this.#timer !== undefined) this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
