/**
 * Connections of a probe: plain TCP by our own sockets. TLS is in tls_connection.ts.
 *
 * @module
 */
import { ERRNO, errnoName } from "../net/sys/constants.ts";
import { ClientSocket, PEER_ERRORS } from "../net/sys/client_socket.ts";
import {
  type Failed,
  failed,
  type ProbeContext,
  refusedByKernel,
  type Target,
  type Undecided,
  undecided,
} from "./probe.ts";
import { Watch, type Woken } from "./watch.ts";

/** Why a conversation cannot go on: already the finding of the probe. */
export type Trouble = Failed | Undecided;

/** The other side has said all it wanted to. */
export const ENDED = "ended";

/** A conversation in octets. */
export interface Connection extends Disposable {
  /** Sends all of it; undefined: done. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<Trouble | undefined>;
  /** What comes next: at least one octet, a view that is valid until the next call. */
  receive(): Promise<Uint8Array | typeof ENDED | Trouble>;
}

/** Whether a conversation is over because of trouble. */
export function isTrouble(value: unknown): value is Trouble {
  return typeof value === "object" && value !== null && "outcome" in value;
}

/** When a step that begins now must be done: each has `timeoutMs`, all together have an end. */
export function stepEndMs({ timeoutMs }: Target, { timers }: ProbeContext, endMs: number): number {
  return Math.min(timers.now() + timeoutMs, endMs);
}

/** What an error of an established or nascent connection says about the server. */
export function peerTrouble(error: number): Failed {
  switch (error) {
    case ERRNO.ECONNREFUSED:
      return failed("connection refused");
    case ERRNO.ETIMEDOUT:
      return failed("timed out", errnoName(error));
    case ERRNO.ENETUNREACH:
    case ERRNO.EHOSTUNREACH:
    case ERRNO.EHOSTDOWN:
    case ERRNO.ENETDOWN:
      return failed("unreachable", errnoName(error));
    default:
      return failed("connection lost", errnoName(error));
  }
}

/** What an end of waiting other than readiness means. */
export function wokenTrouble(woken: Exclude<Woken, "ready">, doing: string): Trouble {
  return woken === "stopped" ? undecided("stopped") : failed("timed out", doing);
}

const READ_BYTES = 64 * 1_024;
// Shared: what is received is used up before anything else can be received.
const shared = new Uint8Array(new ArrayBuffer(READ_BYTES));

/** A socket that connects by TCP. */
interface Nascent {
  readonly socket: ClientSocket;
  /** It is connected already. */
  readonly isThrough: boolean;
}

/** Begins to connect by TCP. */
export function beginToConnect(target: Target): Nascent | Trouble {
  let socket: ClientSocket;
  try {
    socket = new ClientSocket({ protocol: "tcp", ...target });
  } catch (error) {
    return refusedByKernel("socket not available", error);
  }
  const begun = socket.connect();
  if (begun !== 0 && begun !== ERRNO.EINPROGRESS) {
    socket[Symbol.dispose]();
    if (PEER_ERRORS.has(begun)) return peerTrouble(begun);
    return undecided("socket not available", `connect: ${errnoName(begun)}`);
  }
  return { socket, isThrough: begun === 0 };
}

/** Whether somebody is there. */
export function checkPeer(socket: ClientSocket): Failed | undefined {
  return socket.isConnectedToItself()
    ? failed("connection refused", "connected to itself")
    : undefined;
}

/** Connects by TCP, until `endMs` at most. */
export async function connect(
  target: Target,
  context: ProbeContext,
  endMs: number,
): Promise<PlainConnection | Trouble> {
  const begun = beginToConnect(target);
  if (isTrouble(begun)) return begun;
  const { socket, isThrough } = begun;
  const connection = new PlainConnection(socket, target, context, endMs);
  const trouble = isThrough ? checkPeer(socket) : await connection.established();
  if (trouble === undefined) return connection;
  connection[Symbol.dispose]();
  return trouble;
}

/** A TCP connection. */
export class PlainConnection implements Connection {
  readonly #socket: ClientSocket;
  readonly #watch: Watch;
  readonly #target: Target;
  readonly #context: ProbeContext;
  readonly #endMs: number;

  /** Takes over a socket that began to connect. No step may last beyond `endMs`. */
  constructor(socket: ClientSocket, target: Target, context: ProbeContext, endMs: number) {
    this.#socket = socket;
    this.#target = target;
    this.#context = context;
    this.#endMs = endMs;
    this.#watch = new Watch(socket.fd, context);
  }

  /** Waits until it is connected. */
  async established(): Promise<Trouble | undefined> {
    const woken = await this.#watch.wait("writable", this.#stepEnd());
    if (woken !== "ready") return wokenTrouble(woken, "connecting");
    const error = this.#socket.error();
    return error === 0 ? checkPeer(this.#socket) : peerTrouble(error);
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<Trouble | undefined> {
    const stepEndMs = this.#stepEnd();
    for (let rest = bytes; rest.length > 0;) {
      const count = this.#socket.send(rest);
      if (count >= 0) {
        rest = rest.subarray(count);
        continue;
      }
      if (count !== -ERRNO.EAGAIN && count !== -ERRNO.EINTR) return peerTrouble(-count);
      const woken = await this.#watch.wait("writable", stepEndMs);
      if (woken !== "ready") return wokenTrouble(woken, "sending");
    }
    return undefined;
  }

  async receive(): Promise<Uint8Array | typeof ENDED | Trouble> {
    const stepEndMs = this.#stepEnd();
    for (;;) {
      const count = this.#socket.receive(shared);
      if (count > 0) return shared.subarray(0, count);
      if (count === 0) return ENDED;
      if (count !== -ERRNO.EAGAIN && count !== -ERRNO.EINTR) return peerTrouble(-count);
      const woken = await this.#watch.wait("readable", stepEndMs);
      if (woken !== "ready") return wokenTrouble(woken, "receiving");
    }
  }

  /** Gives the descriptor away; this connection is no longer used. */
  release(): number {
    this.#watch[Symbol.dispose]();
    return this.#socket.release();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }

  #stepEnd(): number {
    return stepEndMs(this.#target, this.#context, this.#endMs);
  }
}
