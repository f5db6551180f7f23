/**
 * The port of echo packets: those of neighbours are sent back as they are, ours are told to their
 * sessions (RFC 5880 §6.8.8; RFC 5881 §4).
 *
 * A packet that was not sent back yet has a TTL of 255; one that was has less.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import { type Family, familyOf, type Ip } from "../../net/address.ts";
import { decodeEchoPacket } from "../../net/packet/bfd_echo.ts";
import { decodeUdpFrame, encodeUdpFrame, type UdpFrame } from "../../net/packet/udp_frame.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { ECHO_HOP_LIMIT } from "./echo_way.ts";
import { BfdGuard } from "./bfd_guard.ts";
import { type BfdShared, ECHO_PORT, type SessionPort } from "./bfd_shared.ts";
import type { Frame, Received, ReturnReceiver, UdpReceiver, UdpSender } from "./outside.ts";
import { openSessionSender } from "./session_sender.ts";

const RECEIVE_BUFFER_BYTES = 2 * 1_024 * 1_024;
const RETURN_BUFFER_BYTES = 256 * 1_024;
const RETRY_MS = 5_000;
const US_PER_SEC = 1_000_000;
/** Longer ones are nobody's echo packets. */
const ECHO_BYTES_MAX = 256;

/** The echo ports of both families. */
export class EchoReflector implements Disposable {
  readonly #shared: BfdShared;
  readonly #find: (discriminator: number) => SessionPort | undefined;
  readonly #guard: BfdGuard;
  readonly #receivers = new Map<Family, UdpReceiver>();
  /** For what is addressed to who sent it. */
  readonly #returns = new Map<Family, ReturnReceiver>();
  readonly #senders = new Map<Ip, UdpSender>();
  /** Sessions whose neighbour may send echo packets. */
  #reflected: ReadonlyMap<Ip, BfdSessionConfig> = new Map();
  #wanted: ReadonlySet<Family> = new Set();
  #retry: number | undefined;

  constructor(shared: BfdShared, find: (discriminator: number) => SessionPort | undefined) {
    this.#shared = shared;
    this.#find = find;
    this.#guard = new BfdGuard((help) => {
      for (const receiver of this.#receivers.values()) {
        receiver.setFilter({ hopLimitMin: 0, bytesMin: 0, sampled: help.sampled });
      }
      for (const receiver of this.#returns.values()) receiver.setSampled(help.sampled);
    });
  }

  /** Listens for what the sessions have to do with. */
  configure(configs: readonly BfdSessionConfig[]): void {
    const own = configs.filter(({ isMultihop, echo }) =>
      !isMultihop && (echo.txIntervalUs > 0 || echo.requiredMinRxIntervalUs > 0)
    );
    this.#reflected = new Map(
      own.filter(({ echo }) => echo.requiredMinRxIntervalUs > 0)
        .map((config) => [config.remoteIp, config]),
    );
    this.#guard.setNeeds(needsOf(own));
    for (const [remoteIp, sender] of this.#senders) {
      sender[Symbol.dispose]();
      this.#senders.delete(remoteIp);
    }
    this.#wanted = new Set(own.map(({ remoteIp }) => familyOf(remoteIp)));
    for (const [family, receiver] of this.#receivers) {
      if (this.#wanted.has(family)) continue;
      receiver[Symbol.dispose]();
      this.#receivers.delete(family);
      this.#returns.get(family)?.[Symbol.dispose]();
      this.#returns.delete(family);
    }
    this.#open();
  }

  /** Reads what came before a moment, if it is not too much. */
  catchUp(family: Family, untilMs: number): void {
    this.#receivers.get(family)?.catchUp?.(untilMs);
  }

  [Symbol.dispose](): void {
    this.configure([]);
    if (this.#retry !== undefined) this.#shared.clock.clearTimeout(this.#retry);
  }

  #open(): void {
    const { outside, clock, log } = this.#shared;
    for (const family of this.#wanted) {
      if (this.#receivers.has(family)) continue;
      try {
        const receiver = outside.openUdpReceiver({
          family,
          port: ECHO_PORT,
          filter: { hopLimitMin: 0, bytesMin: 0, sampled: [] },
          receiveBufferBytes: RECEIVE_BUFFER_BYTES,
          onReceived: (datagram) => this.#receive(datagram),
        });
        this.#receivers.set(family, receiver);
        this.#openReturns(family);
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        log.note("error", `BFD cannot listen on UDP port ${ECHO_PORT}: ${error.message}`);
        this.#retry ??= clock.setTimeout(() => {
          this.#retry = undefined;
          this.#open();
        }, RETRY_MS);
      }
    }
  }

  #openReturns(family: Family): void {
    const receiver = this.#shared.outside.openReturnReceiver?.({
      family,
      port: ECHO_PORT,
      receiveBufferBytes: RETURN_BUFFER_BYTES,
      onReceived: (frame) => this.#receiveFrame(frame),
    });
    if (receiver) this.#returns.set(family, receiver);
  }

  #receive({ bytes, source, hopLimit }: Received): void {
    if (source === undefined || !this.#guard.admits(source, this.#shared.clock.originMs)) return;
    const packet = decodeEchoPacket(bytes);
    const session = typeof packet === "string" ? undefined : this.#find(packet.discriminator);
    if (session && typeof packet !== "string") return session.takeEcho(packet);
    const config = this.#reflected.get(source);
    if (!config || hopLimit !== ECHO_HOP_LIMIT || bytes.length > ECHO_BYTES_MAX) return;
    const sender = this.#senders.get(source) ?? this.#openSender(config);
    // One that is lost here is lost on its way.
    if (sender && sender.send(bytes.slice()) !== 0) {
      sender[Symbol.dispose]();
      this.#senders.delete(source);
    }
  }

  /** Ours come back to us here: the kernel delivers nothing that seems to come from itself. */
  #receiveFrame({ bytes, interfaceIndex }: Frame): void {
    const datagram = decodeUdpFrame(bytes);
    if (!datagram) return;
    const packet = decodeEchoPacket(datagram.payload);
    const session = typeof packet === "string" ? undefined : this.#find(packet.discriminator);
    if (session && typeof packet !== "string") return session.takeEcho(packet);
    if (!this.#guard.admits(datagram.source, this.#shared.clock.originMs)) return;
    this.#forward(datagram, interfaceIndex);
  }

  /** A neighbour's goes back to it, unless the kernel forwards anyhow. */
  #forward(datagram: UdpFrame, interfaceIndex: number): void {
    const { outside } = this.#shared;
    const { source, sourceMac, destinationMac, hopLimit, payload } = datagram;
    const config = this.#reflected.get(source);
    const link = outside.links.linkByIndex(interfaceIndex);
    if (!config || !link || link.mac !== destinationMac) return;
    if (config.interface !== undefined && config.interface !== link.name) return;
    if (hopLimit !== ECHO_HOP_LIMIT || payload.length > ECHO_BYTES_MAX) return;
    if (outside.forwards(familyOf(source), link.name)) return;
    const frame = encodeUdpFrame({
      ...datagram,
      sourceMac: destinationMac,
      destinationMac: sourceMac,
      hopLimit: ECHO_HOP_LIMIT - 1,
    });
    outside.sendFrames([{ bytes: frame, interfaceIndex }]);
  }

  #openSender(config: BfdSessionConfig): UdpSender | undefined {
    const way = { port: ECHO_PORT, hopLimit: ECHO_HOP_LIMIT - 1 };
    const sender = openSessionSender(this.#shared.outside, config, way);
    if (typeof sender === "number") return undefined;
    this.#senders.set(config.remoteIp, sender);
    return sender;
  }
}

/** Echo packets a second, the neighbours' and ours. */
function needsOf(configs: readonly BfdSessionConfig[]): Map<Ip, number> {
  const perSecond = (intervalUs: number) => intervalUs === 0 ? 0 : US_PER_SEC / intervalUs;
  const needs = new Map<Ip, number>();
  for (const { remoteIp, localIp, echo } of configs) {
    const need = 4 / 3 * (perSecond(echo.txIntervalUs) + perSecond(echo.requiredMinRxIntervalUs));
    // Some neighbours' kernels send our packets back with our own source.
    for (const source of [remoteIp, ...(localIp === undefined ? [] : [localIp])]) {
      needs.set(source, (needs.get(source) ?? 0) + need);
    }
  }
  return needs;
}
