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
import { type DatagramSocket, openUdpSocket } from "../../net/sys/socket.ts";
import { openUdpPair } from "../../net/sys/udp_pair.ts";
import type { Clock } from "../clock.ts";
import { TRAFFIC_CLASS } from "./advertisement_builder.ts";
import type { UdpReceiver, UdpReceiverOptions, UdpSender, UdpSenderOptions } from "./outside.ts";
import type { Waits } from "./reading.ts";
import { UdpEar } from "./udp_ear.ts";

const PORT_MAX = 65_535;
/** Ports tried before another one is left to chance. */
const PORT_TRIES_MAX = 64;
/** Queueing priority: with the advertisements, before what may wait. */
const PRIORITY = 6;

/**
 * A port that is heard. Of what may wait a little there are many, and waking up for each costs more
 * than all the rest: engine/io/udp_ear.ts.
 */
export class KernelReceiver implements UdpReceiver {
  readonly #urgent: UdpEar;
  readonly #patient: UdpEar | undefined;

  /** Opens it; throws a `SyscallError`. */
  constructor(reactor: Waits, clock: Clock, options: UdpReceiverOptions) {
    const { family, port, filter, receiveBufferBytes, patient: pattern, onReceived } = options;
    const settings = { family, port, filter, receiveBufferBytes };
    const { urgent, patient } = pattern
      ? openUdpPair(settings, pattern)
      : { urgent: openUdpSocket(settings), patient: undefined };
    const ears = { reactor, clock, onReceived };
    this.#patient = patient && new UdpEar(ears, patient);
    // What came before news is read before it.
    this.#urgent = new UdpEar(ears, urgent, this.#patient);
  }

  setFilter(filter: UdpFilter): void {
    this.#urgent.setFilter(filter);
    this.#patient?.setFilter(filter);
  }

  setPatience(patienceMs: number): void {
    this.#patient?.setPatience(patienceMs);
  }

  catchUp(untilMs: number): boolean {
    const isPatientBehind = this.#patient?.catchUp(untilMs) ?? false;
    return this.#urgent.catchUp(untilMs) || isPatientBehind;
  }

  [Symbol.dispose](): void {
    this.#urgent[Symbol.dispose]();
    this.#patient?.[Symbol.dispose]();
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
