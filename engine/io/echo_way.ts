/**
 * The ways of an echo packet to the neighbour and back.
 *
 * RFC 5881 §4 has it addressed to ourselves and handed to the neighbour, whose kernel forwards it;
 * so does FRR with IPv4. Others, and FRR with IPv6, answer what is addressed to them: FRR to the
 * port that it came from, which no second socket can have, so it leaves as a frame if possible.
 *
 * @module
 */
import { familyOf, type Ip, isLinkLocal } from "../../net/address.ts";
import { encodeUdpFrame, type UdpFrame } from "../../net/packet/udp_frame.ts";
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import { TRAFFIC_CLASS } from "./advertisement_builder.ts";
import { ECHO_PORT } from "./bfd_shared.ts";
import type { Outside, UdpSender } from "./outside.ts";
import { openSessionSender } from "./session_sender.ts";

/** TTL of an echo packet that was not sent back yet (RFC 5881 §5). */
export const ECHO_HOP_LIMIT = 255;
/** What cannot be sent is missed when it does not come back. */
const NOT_SENT = -1;

/** By which an echo packet goes. */
export interface EchoWay extends Disposable {
  /** Sends at once. Returns 0, or another number if it did not leave. */
  send(payload: Uint8Array): number;
  /** What it knows of the way may be wrong. */
  forget(): void;
}

/** Where control packets come in: there echo packets leave. */
export interface EchoPlace {
  readonly interfaceIndex: number;
  /** Our address, by the neighbour. */
  readonly ownIp: Ip;
}

/** What ways need to know. */
export interface EchoWayOptions {
  readonly outside: Outside;
  readonly config: BfdSessionConfig;
  /** Undefined while nothing was heard. */
  readonly place: () => EchoPlace | undefined;
}

type Frame = Omit<UdpFrame, "payload">;

/** As a frame of our own, handed to the neighbour: addressed to ourselves, or to it. */
class FramedWay implements EchoWay {
  readonly #options: EchoWayOptions;
  readonly #isForwarded: boolean;
  #known: { readonly place: EchoPlace; readonly frame: Frame | undefined } | undefined;

  constructor(options: EchoWayOptions, isForwarded: boolean) {
    this.#options = options;
    this.#isForwarded = isForwarded;
  }

  send(payload: Uint8Array): number {
    const { outside, place } = this.#options;
    const here = place();
    if (!here) return NOT_SENT;
    if (this.#known?.place !== here) this.#known = { place: here, frame: this.#look(here) };
    const { frame } = this.#known;
    if (!frame) return NOT_SENT;
    const bytes = encodeUdpFrame({ ...frame, payload });
    return outside.sendFrames([{ bytes, interfaceIndex: here.interfaceIndex }]).errno;
  }

  forget(): void {
    this.#known = undefined;
  }

  [Symbol.dispose](): void {}

  #look({ interfaceIndex, ownIp }: EchoPlace): Frame | undefined {
    const { outside, config: { remoteIp } } = this.#options;
    const sourceMac = outside.links.linkByIndex(interfaceIndex)?.mac;
    const destinationMac = outside.neighborMac?.(interfaceIndex, remoteIp);
    if (!sourceMac || !destinationMac || familyOf(ownIp) !== familyOf(remoteIp)) return undefined;
    // Nobody forwards to those.
    if (this.#isForwarded && isLinkLocal(ownIp)) return undefined;
    return {
      sourceMac,
      destinationMac,
      source: ownIp,
      destination: this.#isForwarded ? ownIp : remoteIp,
      sourcePort: ECHO_PORT,
      destinationPort: ECHO_PORT,
      hopLimit: ECHO_HOP_LIMIT,
      trafficClass: TRAFFIC_CLASS,
    };
  }
}

/** Addressed to the neighbour, by a socket: where no frames can be made. */
class SocketWay implements EchoWay {
  readonly #options: EchoWayOptions;
  #sender: UdpSender | undefined;

  constructor(options: EchoWayOptions) {
    this.#options = options;
  }

  send(payload: Uint8Array): number {
    const errno = (this.#sender ?? this.#open())?.send(payload) ?? NOT_SENT;
    if (errno !== 0) this.forget();
    return errno;
  }

  forget(): void {
    this.#sender?.[Symbol.dispose]();
    this.#sender = undefined;
  }

  [Symbol.dispose](): void {
    this.forget();
  }

  #open(): UdpSender | undefined {
    const { outside, config } = this.#options;
    const way = { port: ECHO_PORT, hopLimit: ECHO_HOP_LIMIT };
    const sender = openSessionSender(outside, config, way);
    return this.#sender = typeof sender === "number" ? undefined : sender;
  }
}

/** Addressed to the neighbour, which answers. */
class AnsweredWay implements EchoWay {
  readonly #framed: FramedWay;
  readonly #socket: SocketWay;

  constructor(options: EchoWayOptions) {
    this.#framed = new FramedWay(options, false);
    this.#socket = new SocketWay(options);
  }

  send(payload: Uint8Array): number {
    return this.#framed.send(payload) === 0 ? 0 : this.#socket.send(payload);
  }

  forget(): void {
    this.#framed.forget();
    this.#socket.forget();
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** All ways to a session's neighbour. */
export function echoWays(options: EchoWayOptions): readonly EchoWay[] {
  return [new AnsweredWay(options), new FramedWay(options, true)];
}
