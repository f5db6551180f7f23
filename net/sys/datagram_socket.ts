/**
 * The socket itself: batches in, batches out. net/sys/socket.ts opens them.
 *
 * Sockets share their buffers: a received view is valid until the callback it was given to returns.
 *
 * @module
 */
import { type Family, familyOf, type Ip, ipToBytes } from "../address.ts";
import { assert } from "../assert.ts";
import { ERRNO, IP, IPV6, MSG, SOL } from "./constants.ts";
import { controlOf } from "./control_message.ts";
import { type Datagram, isSameWay, type Outgoing, readDatagram } from "./datagram.ts";
import type { Fd } from "./fd.ts";
import {
  intBytes,
  IP_MREQN,
  IPV6_MREQ,
  LITTLE_ENDIAN,
  SOCKADDR_IN,
  SOCKADDR_IN6,
  SOCKADDR_NL,
} from "./layout.ts";
import { check, errno, libc, SyscallError } from "./libc.ts";
import { MessageBatch } from "./message_batch.ts";
import { attachFilter, type UdpFilter, udpFilterProgram } from "./packet_filter.ts";
import {
  ADDRESS_BYTES_MAX,
  internetAddress,
  linkAddress,
  netlinkAddress,
} from "./socket_address.ts";
import { setOption } from "./socket_options.ts";

export type { Datagram, Outgoing };

/** How a batch ended: how many were taken, and the error that stopped it (0: none). */
export interface SendResult {
  readonly sentCount: number;
  readonly errno: number;
}

/** Messages in one system call. */
const BATCH_COUNT = 64;
const DATAGRAM_BYTES_MAX = 2_048;
const NETLINK_DATAGRAM_BYTES_MAX = 64 * 1_024;
const NETLINK_BATCH_COUNT = 8;
const NEWS_BYTES_MAX = 16 * 1_024;
const NEWS_BATCH_COUNT = 32;
/** Messages that {@linkcode DatagramSocket.prepare} takes at most. */
const PREPARED_COUNT_MAX = 8;
/** Arrays of messages that a socket keeps ready. */
const PREPARED_ARRAYS_MAX = 4;
/** Longer messages are lent to the kernel instead of copied. */
const PREPARED_BYTES_MAX = 512;
/** Destinations of a socket whose structures are kept. */
const ROUTE_COUNT_MAX = 4_096;
/** Errors of a receive that only a bug of ours can cause; all others are news about the network. */
const BUGS: ReadonlySet<number> = new Set([
  ERRNO.EBADF,
  ERRNO.EFAULT,
  ERRNO.EINVAL,
  ERRNO.ENOTSOCK,
]);

/** What a socket speaks; `framed` is raw IPv4 with its header included, `raw6` raw IPv6. */
export type Kind = "internet" | "framed" | "raw6" | "packet" | "netlink" | "unix";

/** Receive buffers of one shape. As many exist as callbacks receive inside of callbacks, so one. */
export class BatchPool {
  readonly #free: MessageBatch[] = [];
  readonly #make: () => MessageBatch;
  /** Messages in a batch. */
  readonly size: number;

  /** `dataBytes`: room for one message. */
  constructor(size: number, dataBytes: number) {
    this.size = size;
    this.#make = () => new MessageBatch(size, dataBytes);
  }

  /** A batch that nobody uses. */
  take(): MessageBatch {
    return this.#free.pop() ?? this.#make();
  }

  /** Takes it back. */
  give(batch: MessageBatch): void {
    this.#free.push(batch);
  }
}

/** For all but netlink. */
export const datagramPool: BatchPool = new BatchPool(BATCH_COUNT, DATAGRAM_BYTES_MAX);
/** For netlink: an answer of many parts comes in large datagrams. */
export const netlinkPool: BatchPool = new BatchPool(
  NETLINK_BATCH_COUNT,
  NETLINK_DATAGRAM_BYTES_MAX,
);
/** For news from the kernel: many small datagrams; a larger one counts as lost. */
export const newsPool: BatchPool = new BatchPool(NEWS_BATCH_COUNT, NEWS_BYTES_MAX);
// Made at once: what is sent or received first may be the most urgent.
const outbox = new MessageBatch(BATCH_COUNT, DATAGRAM_BYTES_MAX);
datagramPool.give(datagramPool.take());

/** A destination's structures. */
interface Route {
  readonly name: Uint8Array | undefined;
  readonly control: Uint8Array | undefined;
}

/** A socket that carries datagrams. */
export class DatagramSocket implements Disposable {
  readonly #fd: Fd;
  readonly #kind: Kind;
  readonly #family: Family | undefined;
  readonly #pool: BatchPool | undefined;
  readonly #routes = new Map<string, Route>();
  /** Many messages in a row go the same way. */
  #lastRoute: { readonly message: Outgoing; readonly route: Route } | undefined;
  readonly #prepared: { readonly messages: readonly Outgoing[]; readonly batch: MessageBatch }[] =
    [];
  /** Interfaces by the group that was joined on them. */
  readonly #memberships = new Map<Ip, Set<number>>();
  #isOpen = true;

  /** Made by the `open…` functions of this module; `pool` is absent if it only sends. */
  constructor(fd: Fd, kind: Kind, pool: BatchPool | undefined, family?: Family) {
    this.#fd = fd;
    this.#kind = kind;
    this.#pool = pool;
    this.#family = family;
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** Datagrams that one {@linkcode receive} can bring: fewer mean that the socket was empty. */
  get batchCount(): number {
    return this.#pool?.size ?? 0;
  }

  /** The port that an internet socket is bound to. */
  get localPort(): number {
    const at = this.#family === 6 ? SOCKADDR_IN6.port : SOCKADDR_IN.port;
    return this.#localName().getUint16(at);
  }

  /** The port id that a netlink socket is known by. */
  get portId(): number {
    return this.#localName().getUint32(SOCKADDR_NL.portId, LITTLE_ENDIAN);
  }

  /**
   * Receives one batch, of `countMax` at most, and calls `each` for every datagram. Returns how
   * many there were, 0 if none, or the negative error number (an interface that went away, a
   * netlink overflow). Nothing is delivered after `each` closed the socket.
   */
  receive(each: (datagram: Datagram) => void, countMax = Infinity): number {
    const pool = this.#pool;
    if (!pool) return 0;
    const batch = pool.take();
    try {
      batch.resetForReceive();
      const size = Math.min(batch.size, countMax);
      const count = libc.recvmmsg(this.#fd.number, batch.pointer, size, MSG.DONTWAIT, null);
      if (count < 0) return notReceived(errno());
      batch.received(count);
      for (let i = 0; i < count && this.#isOpen; i++) {
        const datagram = readDatagram(batch, i);
        if (this.#isForUs(datagram)) each(datagram);
      }
      return count;
    } finally {
      pool.give(batch);
    }
  }

  /** Sends in order until the kernel refuses one. */
  send(messages: readonly Outgoing[]): SendResult {
    let sentCount = 0;
    while (sentCount < messages.length) {
      const taken = this.#sendBatch(messages, sentCount);
      if (taken < 0) return { sentCount, errno: -taken };
      sentCount += taken;
    }
    return { sentCount, errno: 0 };
  }

  /** Takes in only what a filter lets pass, from now on. For UDP. */
  setFilter(filter: UdpFilter): void {
    assert(this.#family !== undefined, "filters are for internet sockets");
    attachFilter(this.#fd, udpFilterProgram(this.#family, filter));
  }

  /** Takes in only what a program of classic BPF lets pass, from now on. */
  setProgram(program: Uint8Array<ArrayBuffer>): void {
    attachFilter(this.#fd, program);
  }

  /** Hears a multicast group on an interface (0: the kernel's choice). */
  joinGroup(group: Ip, interfaceIndex: number): void {
    this.#changeMembership(group, interfaceIndex, IP.ADD_MEMBERSHIP, IPV6.ADD_MEMBERSHIP);
    const interfaces = this.#memberships.get(group);
    if (interfaces) interfaces.add(interfaceIndex);
    else this.#memberships.set(group, new Set([interfaceIndex]));
  }

  /** Hears it no more. An interface that went away took its memberships along. */
  leaveGroup(group: Ip, interfaceIndex: number): void {
    this.#memberships.get(group)?.delete(interfaceIndex);
    try {
      this.#changeMembership(group, interfaceIndex, IP.DROP_MEMBERSHIP, IPV6.DROP_MEMBERSHIP);
    } catch (error) {
      // The membership is gone, which is what was wanted.
      if (!(error instanceof SyscallError)) throw error;
    }
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#fd[Symbol.dispose]();
  }

  /**
   * Makes everything ready to send exactly these messages: {@linkcode send}, given the same array,
   * is then hardly more than the system call. At most {@linkcode PREPARED_COUNT_MAX} messages; an
   * array must not change afterwards. The last few arrays are kept.
   */
  prepare(messages: readonly Outgoing[]): void {
    if (messages.length > PREPARED_COUNT_MAX) return;
    let prepared = this.#prepared.find((each) => each.messages === messages);
    if (!prepared) {
      const isFull = this.#prepared.length >= PREPARED_ARRAYS_MAX;
      const oldest = isFull ? this.#prepared.shift() : undefined;
      const batch = oldest?.batch ?? new MessageBatch(PREPARED_COUNT_MAX, PREPARED_BYTES_MAX);
      prepared = { messages, batch };
      this.#prepared.push(prepared);
    }
    prepared.batch.release();
    this.#fill(prepared.batch, messages, 0);
  }

  #fill(batch: MessageBatch, messages: readonly Outgoing[], start: number): number {
    const count = Math.min(messages.length - start, batch.size);
    for (let i = 0; i < count; i++) {
      const message = messages[start + i];
      if (!message) break;
      const { name, control } = this.#routeOf(message);
      batch.fill(i, message.bytes, name, control);
    }
    return count;
  }

  #sendBatch(messages: readonly Outgoing[], start: number): number {
    if (start === 0) {
      for (const prepared of this.#prepared) {
        if (prepared.messages !== messages) continue;
        return this.#sendFilled(prepared.batch, messages.length);
      }
    }
    const count = this.#fill(outbox, messages, start);
    const sent = this.#sendFilled(outbox, count);
    outbox.release();
    return sent;
  }

  /** How many messages were sent, or the negative error number. */
  #sendFilled(batch: MessageBatch, count: number): number {
    const flags = MSG.DONTWAIT | MSG.NOSIGNAL;
    const sent = libc.sendmmsg(this.#fd.number, batch.pointer, count, flags);
    return sent < 0 ? -errno() : sent;
  }

  #routeOf(message: Outgoing): Route {
    const last = this.#lastRoute;
    if (last && isSameWay(last.message, message)) return last.route;
    const route = this.#findRoute(message);
    this.#lastRoute = { message, route };
    return route;
  }

  #findRoute(message: Outgoing): Route {
    const { destination = "", port = 0, interfaceIndex = 0, source = "", hopLimit = "" } = message;
    const key = `${destination} ${port} ${interfaceIndex} ${source} ${hopLimit}`;
    const known = this.#routes.get(key);
    if (known) return known;
    const route = {
      name: this.#nameOf(message),
      control: this.#family && this.#kind !== "framed"
        ? controlOf(this.#family, message)
        : undefined,
    };
    if (this.#routes.size >= ROUTE_COUNT_MAX) this.#routes.clear();
    this.#routes.set(key, route);
    return route;
  }

  #nameOf({ destination, port, interfaceIndex }: Outgoing): Uint8Array | undefined {
    switch (this.#kind) {
      case "unix":
        return undefined;
      case "netlink":
        return netlinkAddress();
      case "packet":
        return linkAddress(interfaceIndex ?? 0);
      default:
        return destination && internetAddress(destination, port, interfaceIndex);
    }
  }

  /**
   * Linux gives raw IPv6 sockets what comes for any group that anybody on this host joined,
   * whatever IPV6_MULTICAST_ALL says. They get their own groups only, as all other sockets do.
   */
  #isForUs({ destination, interfaceIndex }: Datagram): boolean {
    if (this.#kind !== "raw6" || destination === undefined) return true;
    // ff00::/8 in canonical text: far cheaper than reading the address.
    if (!destination.startsWith("ff") || destination.indexOf(":") !== 4) return true;
    const interfaces = this.#memberships.get(destination);
    return interfaces !== undefined && (interfaces.has(interfaceIndex) || interfaces.has(0));
  }

  #changeMembership(group: Ip, interfaceIndex: number, name4: number, name6: number): void {
    const isV4 = familyOf(group) === 4;
    const layout = isV4 ? IP_MREQN : IPV6_MREQ;
    const request = new Uint8Array(layout.sizeBytes);
    request.set(ipToBytes(group), layout.group);
    new DataView(request.buffer).setInt32(layout.interfaceIndex, interfaceIndex, LITTLE_ENDIAN);
    if (isV4) setOption(this.#fd, SOL.IP, name4, request);
    else setOption(this.#fd, SOL.IPV6, name6, request);
  }

  #localName(): DataView {
    const name = new Uint8Array(ADDRESS_BYTES_MAX);
    check("getsockname", libc.getsockname(this.fd, name, intBytes(name.length)));
    return new DataView(name.buffer);
  }
}

/** The result of a receive that failed. */
function notReceived(error: number): number {
  if (error === ERRNO.EAGAIN || error === ERRNO.EINTR) return 0;
  if (BUGS.has(error)) throw new SyscallError("recvmmsg", error);
  return -error;
}
