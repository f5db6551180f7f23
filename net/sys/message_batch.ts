/**
 * The structures of `recvmmsg` and `sendmmsg` for a whole batch, built once and used again:
 * headers, one address, one control and one data buffer for each message.
 *
 * The kernel is given addresses of memory, so all of it belongs to the batch and stays where it is.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { CONTROL_BYTES_MAX } from "./control_message.ts";
import { IOVEC, LITTLE_ENDIAN, MMSGHDR, setUint64 } from "./layout.ts";
import { addressOf } from "./libc.ts";
import { ADDRESS_BYTES_MAX } from "./socket_address.ts";

/** The buffers of a batch of messages. */
export class MessageBatch {
  /** Messages at most. */
  readonly size: number;
  /** First `mmsghdr`: what the calls are given. */
  readonly pointer: Deno.PointerObject;
  /** Addresses of the messages, each {@linkcode ADDRESS_BYTES_MAX} after the other. */
  readonly names: DataView;
  /** Control messages, each {@linkcode CONTROL_BYTES_MAX} after the other. */
  readonly controls: DataView;
  readonly #dataBytes: number;
  readonly #headerBytes: Uint8Array<ArrayBuffer>;
  readonly #headers: DataView;
  readonly #vectorBytes: Uint8Array<ArrayBuffer>;
  readonly #vectors: DataView;
  readonly #nameBytes: Uint8Array<ArrayBuffer>;
  readonly #controlBytes: Uint8Array<ArrayBuffer>;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #dataAddress: number;
  /** Keeps alive what the kernel reads while sending. */
  readonly #lent: Uint8Array[] = [];
  /** Messages whose lengths the kernel may have changed. */
  #usedCount: number;

  /** `dataBytes`: room for each message. Longer ones can be sent, but not received. */
  constructor(size: number, dataBytes: number) {
    this.size = size;
    this.#usedCount = size;
    this.#dataBytes = dataBytes;
    this.#headerBytes = memory(size * MMSGHDR.sizeBytes);
    this.#headers = new DataView(this.#headerBytes.buffer);
    this.#vectorBytes = memory(size * IOVEC.sizeBytes);
    this.#vectors = new DataView(this.#vectorBytes.buffer);
    this.#nameBytes = memory(size * ADDRESS_BYTES_MAX);
    this.names = new DataView(this.#nameBytes.buffer);
    this.#controlBytes = memory(size * CONTROL_BYTES_MAX);
    this.controls = new DataView(this.#controlBytes.buffer);
    this.#data = memory(size * dataBytes);
    this.#dataAddress = Number(addressOf(this.#data));
    const pointer = Deno.UnsafePointer.of(this.#headerBytes);
    assert(pointer !== null, "a buffer has an address");
    this.pointer = pointer;
    this.#connect();
  }

  /** Makes all messages ready to receive: the kernel overwrote the lengths of those it used. */
  resetForReceive(): void {
    for (let i = 0; i < this.#usedCount; i++) {
      const at = i * MMSGHDR.sizeBytes;
      this.#headers.setUint32(at + MMSGHDR.nameLength, ADDRESS_BYTES_MAX, LITTLE_ENDIAN);
      this.#headers.setUint32(at + MMSGHDR.controlLength, CONTROL_BYTES_MAX, LITTLE_ENDIAN);
      this.#headers.setUint32(at + MMSGHDR.flags, 0, LITTLE_ENDIAN);
    }
    this.#usedCount = 0;
  }

  /** Tells how many messages the kernel used. */
  received(count: number): void {
    this.#usedCount = count;
  }

  /** The octets of a received message; a view. */
  data(index: number): Uint8Array {
    const length = this.#header(index, MMSGHDR.length);
    const start = index * this.#dataBytes;
    return this.#data.subarray(start, start + Math.min(length, this.#dataBytes));
  }

  /** Octets of the sender's address of a received message. */
  nameLength(index: number): number {
    return Math.min(this.#header(index, MMSGHDR.nameLength), ADDRESS_BYTES_MAX);
  }

  /** Octets of the control messages of a received message. */
  controlLength(index: number): number {
    return Math.min(this.#header(index, MMSGHDR.controlLength), CONTROL_BYTES_MAX);
  }

  /** The flags that the kernel set. */
  flags(index: number): number {
    return this.#header(index, MMSGHDR.flags);
  }

  /** Fills a message to send. Octets that do not fit must not change until {@linkcode release}. */
  fill(
    index: number,
    bytes: Uint8Array,
    name: Uint8Array | undefined,
    control: Uint8Array | undefined,
  ): void {
    const at = index * MMSGHDR.sizeBytes;
    setUint64(this.#vectors, index * IOVEC.sizeBytes + IOVEC.base, this.#place(index, bytes));
    setUint64(this.#vectors, index * IOVEC.sizeBytes + IOVEC.length, bytes.length);
    if (name) this.#nameBytes.set(name, index * ADDRESS_BYTES_MAX);
    this.#headers.setUint32(at + MMSGHDR.nameLength, name?.length ?? 0, LITTLE_ENDIAN);
    if (control) this.#controlBytes.set(control, index * CONTROL_BYTES_MAX);
    this.#headers.setUint32(at + MMSGHDR.controlLength, control?.length ?? 0, LITTLE_ENDIAN);
    this.#headers.setUint32(at + MMSGHDR.flags, 0, LITTLE_ENDIAN);
  }

  /** Lets go of the octets that were lent for sending. */
  release(): void {
    this.#lent.length = 0;
  }

  /** Copies octets into the message's buffer, which is cheaper than asking for their address. */
  #place(index: number, bytes: Uint8Array): number {
    const start = index * this.#dataBytes;
    if (bytes.length <= this.#dataBytes) {
      this.#data.set(bytes, start);
      return this.#dataAddress + start;
    }
    const { buffer, byteOffset, length } = bytes;
    assert(buffer instanceof ArrayBuffer, "octets to send are not shared");
    this.#lent.push(bytes);
    return Number(addressOf(new Uint8Array(buffer, byteOffset, length)));
  }

  #header(index: number, field: number): number {
    return this.#headers.getUint32(index * MMSGHDR.sizeBytes + field, LITTLE_ENDIAN);
  }

  /** Writes the addresses, which stay as they are. */
  #connect(): void {
    const names = Number(addressOf(this.#nameBytes));
    const controls = Number(addressOf(this.#controlBytes));
    const vectors = Number(addressOf(this.#vectorBytes));
    for (let i = 0; i < this.size; i++) {
      const at = i * MMSGHDR.sizeBytes;
      setUint64(this.#headers, at + MMSGHDR.name, names + i * ADDRESS_BYTES_MAX);
      setUint64(this.#headers, at + MMSGHDR.vector, vectors + i * IOVEC.sizeBytes);
      setUint64(this.#headers, at + MMSGHDR.vectorCount, 1);
      setUint64(this.#headers, at + MMSGHDR.control, controls + i * CONTROL_BYTES_MAX);
      const vector = i * IOVEC.sizeBytes;
      setUint64(this.#vectors, vector + IOVEC.base, this.#dataAddress + i * this.#dataBytes);
      setUint64(this.#vectors, vector + IOVEC.length, this.#dataBytes);
    }
  }
}

/** Zeroed memory outside of V8's heap, where nothing moves. */
function memory(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(sizeBytes));
}
