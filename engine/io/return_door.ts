/**
 * The packet socket of a real process for what hosts send to themselves by way of another one.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../net/packet/ethernet.ts";
import { returningProgram } from "../../net/sys/packet_filter.ts";
import { type DatagramSocket, openPacketSocket } from "../../net/sys/socket.ts";
import type { ReturnReceiver, ReturnReceiverOptions } from "./outside.ts";
import { readBatch, type Waits } from "./reading.ts";

/** A packet socket that hears. */
export class KernelReturnReceiver implements ReturnReceiver {
  readonly #reactor: Waits;
  readonly #options: ReturnReceiverOptions;
  readonly #socket: DatagramSocket;

  /** Opens it; throws a `SyscallError`. */
  constructor(reactor: Waits, options: ReturnReceiverOptions) {
    const { family, port, receiveBufferBytes, onReceived } = options;
    this.#reactor = reactor;
    this.#options = options;
    this.#socket = openPacketSocket({
      protocol: family === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
      receiveBufferBytes,
      program: returningProgram(family, port, []),
    });
    reactor.add(this.#socket.fd, () => readBatch(this.#socket, onReceived));
  }

  setSampled(sources: readonly Ip[]): void {
    const { family, port } = this.#options;
    this.#socket.setProgram(returningProgram(family, port, sources));
  }

  [Symbol.dispose](): void {
    this.#reactor.remove(this.#socket.fd);
    this.#socket[Symbol.dispose]();
  }
}
