/**
 * A connection between a parent and its child: a pair of SOCK_SEQPACKET sockets that carries texts
 * of any length, whole or not at all.
 *
 * Each datagram begins with an octet: 1 if the text goes on in the next one, 0 at its end.
 *
 * @module
 */
import { joined } from "../octets.ts";
import { AF, ERRNO, MSG, SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { check, errno, libc, SyscallError } from "./libc.ts";
import { enlargeSendBuffer } from "./socket_options.ts";

/** Takes the text of thousands of virtual servers at once. */
const BUFFER_BYTES = 4 * 1_024 * 1_024;
const PART_BYTES_MAX = 32 * 1_024;
/**
 * Longer than what the kernel's buffer holds: who died has been heard to the end by one receive.
 */
const PARTS_PER_RECEIVE_MAX = 1_024;
/** A text that would not end; beyond it the other side is broken, and treated as gone. */
const TEXT_BYTES_MAX = 256 * 1_024 * 1_024;
const MORE = 1;
const END = 0;

/** Both ends of a new connection, close-on-exec. */
export function socketPair(): [number, number] {
  const pair = new Uint8Array(8);
  const type = SOCK.SEQPACKET | SOCK.CLOEXEC | SOCK.NONBLOCK;
  check("socketpair", libc.socketpair(AF.UNIX, type, 0, pair));
  const view = new DataView(pair.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/**
 * One end of a connection. Never blocks: what the kernel does not take waits here, up to a bound.
 */
export class Channel implements Disposable {
  readonly #fd: Fd;
  readonly #queueBytesMax: number;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  readonly #part: Uint8Array<ArrayBuffer> = new Uint8Array(PART_BYTES_MAX + 1);
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #isOpen = true;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Texts that were not sent because too much was waiting. */
  droppedCount = 0;

  constructor(fd: number, queueBytesMax: number) {
    this.#fd = new Fd(fd);
    enlargeSendBuffer(this.#fd, BUFFER_BYTES);
    this.#queueBytesMax = queueBytesMax;
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** Octets that wait for the other side to read. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Queues a text for {@linkcode flush}; false if too much is waiting already, and it is dropped.
   */
  send(text: string): boolean {
    const bytes = this.#encoder.encode(text);
    if (this.#queuedBytes + bytes.length > this.#queueBytesMax) {
      this.droppedCount++;
      return false;
    }
    for (let at = 0; at === 0 || at < bytes.length; at += PART_BYTES_MAX) {
      const part = bytes.subarray(at, at + PART_BYTES_MAX);
      const datagram = new Uint8Array(part.length + 1);
      datagram[0] = at + PART_BYTES_MAX < bytes.length ? MORE : END;
      datagram.set(part, 1);
      this.#queue.push(datagram);
      this.#queuedBytes += datagram.length;
    }
    return true;
  }

  /** Sends what waits; returns whether nothing waits any more. */
  flush(): boolean {
    let sentCount = 0;
    for (const datagram of this.#queue) {
      const flags = MSG.DONTWAIT | MSG.NOSIGNAL;
      const result = libc.send(this.#fd.number, datagram, datagram.length, flags);
      if (result < 0) {
        const error = errno();
        if (error === ERRNO.EAGAIN || error === ERRNO.EINTR) break;
        if (error === ERRNO.ENOBUFS || error === ERRNO.ENOMEM) break;
        // The other side is gone: the receiving end says so.
        this.#queue.length = 0;
        this.#queuedBytes = 0;
        return true;
      }
      sentCount++;
      this.#queuedBytes -= datagram.length;
    }
    this.#queue.splice(0, sentCount);
    return this.#queue.length === 0;
  }

  /**
   * Calls `each` for every whole text that has come, up to a bound on their parts. `closed`: the
   * other side is gone. `each` may close the channel.
   */
  receive(each: (text: string) => void): "open" | "closed" {
    for (let count = 0; count < PARTS_PER_RECEIVE_MAX && this.#isOpen; count++) {
      const length = libc.recv(this.#fd.number, this.#part, this.#part.length, MSG.DONTWAIT);
      if (length < 0) {
        const error = errno();
        if (error === ERRNO.EAGAIN || error === ERRNO.EINTR) return "open";
        if (error === ERRNO.ECONNRESET || error === ERRNO.EPIPE) return "closed";
        throw new SyscallError("recv", error);
      }
      if (length === 0 || !this.#take(length, each)) return "closed";
    }
    return "open";
  }

  /** Closes this end. */
  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#fd[Symbol.dispose]();
  }

  /** Returns false if the text does not end. */
  #take(length: number, each: (text: string) => void): boolean {
    this.#parts.push(this.#part.slice(1, length));
    this.#partsBytes += length - 1;
    if (this.#partsBytes > TEXT_BYTES_MAX) return false;
    if (this.#part[0] === MORE) return true;
    const whole = joined(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    each(this.#decoder.decode(whole));
    return true;
  }
}
