/**
 * Echo packets of a BFD session (RFC 5880 §6.4, §6.8.5, §6.8.8, §6.8.9): sent to the neighbour,
 * which sends them back.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import { jitteredIntervalUs } from "../../machines/bfd_rules.ts";
import { ECHO_BYTES, type EchoPacket, encodeEchoPacket } from "../../net/packet/bfd_echo.ts";
import { nothingToPrepare } from "../clock.ts";
import type { BfdCounters } from "./bfd_counters.ts";
import type { BfdShared } from "./bfd_shared.ts";
import { Deadline } from "./deadline.ts";
import { type EchoPlace, type EchoWay, echoWays } from "./echo_way.ts";
import type { Received } from "./outside.ts";

const LONG = 2 ** 32;
const US_PER_MS = 1_000;
/** What the echo function of a session is made of. */
export interface BfdEchoOptions {
  readonly shared: BfdShared;
  readonly discriminator: number;
  readonly counters: BfdCounters;
  /** Reads what came back before a moment. */
  readonly catchUp: (untilMs: number) => void;
  /** Too many did not come back. */
  readonly onFailed: () => void;
}

/** The echo function of a session. */
export class BfdEcho implements Disposable {
  readonly #options: BfdEchoOptions;
  /** Tells a packet of ours, and which way it went: a way's index is added. */
  readonly #nonce: number;
  readonly #deadline: Deadline;
  #config: BfdSessionConfig;
  #intervalUs = 0;
  #sequence = 0;
  #timer: number | undefined;
  #ways: readonly EchoWay[] = [];
  /** The only way in use: what went by it came back. */
  #way: EchoWay | undefined;
  #returnedSequence = 0;
  #place: EchoPlace | undefined;

  constructor(options: BfdEchoOptions, config: BfdSessionConfig) {
    this.#options = options;
    this.#config = config;
    const { outside, clock } = options.shared;
    this.#nonce = Math.floor(outside.random() * LONG);
    this.#openWays();
    this.#deadline = new Deadline(clock, (dueMs) => this.#expire(dueMs));
  }

  /** Takes over a configuration. */
  configure(config: BfdSessionConfig): void {
    this.#config = config;
    this.#openWays();
  }

  /** A control packet came. */
  noticePlace({ interfaceIndex, destination: ownIp }: Received): void {
    const place = this.#place;
    if (ownIp === undefined || !interfaceIndex) return;
    if (place?.interfaceIndex === interfaceIndex && place.ownIp === ownIp) return;
    this.#place = { interfaceIndex, ownIp };
  }

  /** Sends echo packets from now on; 0: none. */
  setInterval(intervalUs: number): void {
    if (intervalUs === this.#intervalUs) return;
    const wasIdle = this.#intervalUs === 0;
    this.#intervalUs = intervalUs;
    if (intervalUs === 0) return this.#stop();
    if (wasIdle) this.#deadline.putOff();
    this.#deadline.setLength(this.#config.detectMult * intervalUs / US_PER_MS);
    if (wasIdle) this.#send();
  }

  /** An echo packet came back. */
  returned({ nonce, sequence }: EchoPacket): void {
    const way = this.#ways[(nonce - this.#nonce + LONG) % LONG];
    // What is older than this session's memory may be anybody's repetition.
    const isRecent = (this.#sequence - sequence + LONG) % LONG <= 2 * this.#config.detectMult;
    if (this.#intervalUs === 0 || !way || !isRecent) return;
    // By the other way, or by two sockets.
    if (sequence === this.#returnedSequence) return;
    this.#returnedSequence = sequence;
    this.#way = way;
    this.#options.counters.echoesReturnedCount++;
    this.#deadline.putOff();
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #expire(dueMs: number): void {
    this.#options.catchUp(dueMs);
    if (!this.#deadline.isPutOff(dueMs)) this.#options.onFailed();
  }

  #send(): void {
    const { clock, outside } = this.#options.shared;
    // The way may be closed: all of them are tried until one proves good.
    if (this.#returnedSequence !== this.#sequence) this.#forgetWay();
    this.#sequence = (this.#sequence + 1) % LONG;
    this.#sendAll();
    const delayUs = jitteredIntervalUs(this.#intervalUs, this.#config.detectMult, outside.random());
    this.#timer = clock.setTimeout(() => this.#send(), delayUs / US_PER_MS, nothingToPrepare);
  }

  #sendAll(): void {
    const { discriminator, counters } = this.#options;
    let sentCount = 0;
    for (const [i, way] of this.#ways.entries()) {
      if (this.#way !== undefined && this.#way !== way) continue;
      const bytes = new Uint8Array(ECHO_BYTES);
      const nonce = (this.#nonce + i) % LONG;
      encodeEchoPacket({ discriminator, nonce, sequence: this.#sequence }, bytes);
      if (way.send(bytes) === 0) sentCount++;
    }
    if (sentCount > 0) counters.echoesSentCount++;
    else counters.sendFailedCount++;
  }

  #forgetWay(): void {
    this.#way = undefined;
    for (const way of this.#ways) way.forget();
  }

  #openWays(): void {
    this.#closeWays();
    const { outside } = this.#options.shared;
    this.#ways = echoWays({ outside, config: this.#config, place: () => this.#place });
  }

  #stop(): void {
    this.#intervalUs = 0;
    this.#deadline.setLength(0);
    if (this.#timer !== undefined) this.#options.shared.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#forgetWay();
  }

  #closeWays(): void {
    this.#forgetWay();
    for (const way of this.#ways) way[Symbol.dispose]();
  }
}
