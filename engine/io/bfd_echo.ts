/**
 * Echo packets of a BFD session (RFC 5880 §6.4, §6.8.5, §6.8.8, §6.8.9): sent to the neighbour,
 * which sends them back.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import { jitteredIntervalUs } from "../../machines/bfd_rules.ts";
import { ECHO_BYTES, type EchoPacket, encodeEchoPacket } from "../../net/packet/bfd_echo.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { nothingToPrepare } from "../clock.ts";
import type { BfdCounters } from "./bfd_counters.ts";
import { type BfdShared, ECHO_PORT, SOURCE_PORT_MIN } from "./bfd_shared.ts";
import { Deadline } from "./deadline.ts";
import type { UdpSender } from "./outside.ts";

const LONG = 2 ** 32;
const US_PER_MS = 1_000;
/** TTL of an echo packet that was not sent back yet (RFC 5881 §5). */
export const ECHO_HOP_LIMIT = 255;

/** What the echo function of a session is made of. */
export interface BfdEchoOptions {
  readonly shared: BfdShared;
  readonly discriminator: number;
  readonly counters: BfdCounters;
  /** Too many did not come back. */
  readonly onFailed: () => void;
}

/** The echo function of a session. */
export class BfdEcho implements Disposable {
  readonly #options: BfdEchoOptions;
  readonly #nonce: number;
  readonly #deadline: Deadline;
  #config: BfdSessionConfig;
  #intervalUs = 0;
  #sequence = 0;
  #timer: number | undefined;
  #sender: UdpSender | undefined;

  constructor(options: BfdEchoOptions, config: BfdSessionConfig) {
    this.#options = options;
    this.#config = config;
    const { outside, clock } = options.shared;
    this.#nonce = Math.floor(outside.random() * LONG);
    this.#deadline = new Deadline(clock, () => {
      if (this.#intervalUs > 0) options.onFailed();
    });
  }

  /** Takes over a configuration. */
  configure(config: BfdSessionConfig): void {
    this.#config = config;
    this.#closeSender();
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
    // What is older than this session's memory may be anybody's repetition.
    const isRecent = (this.#sequence - sequence + LONG) % LONG <= 2 * this.#config.detectMult;
    if (this.#intervalUs === 0 || nonce !== this.#nonce || !isRecent) return;
    this.#options.counters.echoesReturnedCount++;
    this.#deadline.putOff();
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #send(): void {
    const { shared, discriminator, counters } = this.#options;
    const { clock, outside } = shared;
    this.#sequence = (this.#sequence + 1) % LONG;
    const bytes = new Uint8Array(ECHO_BYTES);
    encodeEchoPacket({ discriminator, nonce: this.#nonce, sequence: this.#sequence }, bytes);
    const sender = this.#sender ?? this.#open();
    const errno = sender?.send(bytes) ?? -1;
    if (errno === 0) counters.echoesSentCount++;
    else {
      counters.sendFailedCount++;
      this.#closeSender();
    }
    const delayUs = jitteredIntervalUs(this.#intervalUs, this.#config.detectMult, outside.random());
    this.#timer = clock.setTimeout(() => this.#send(), delayUs / US_PER_MS, nothingToPrepare);
  }

  #open(): UdpSender | undefined {
    const { remoteIp, localIp, interface: name } = this.#config;
    const { outside } = this.#options.shared;
    const link = name === undefined ? undefined : outside.links.linkByName(name);
    try {
      this.#sender = outside.openUdpSender({
        destination: remoteIp,
        port: ECHO_PORT,
        ...(localIp !== undefined && { source: localIp }),
        sourcePortMin: SOURCE_PORT_MIN,
        ...(link && { interface: { index: link.index, name: link.name } }),
        hopLimit: ECHO_HOP_LIMIT,
      });
      return this.#sender;
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return undefined; // Nothing comes back then, which is noticed.
    }
  }

  #stop(): void {
    this.#intervalUs = 0;
    this.#deadline.setLength(0);
    if (this.#timer !== undefined) this.#options.shared.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#closeSender();
  }

  #closeSender(): void {
    this.#sender?.[Symbol.dispose]();
    this.#sender = undefined;
  }
}
