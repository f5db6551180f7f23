/**
 * The structures of `recvmmsg` and `sendmmsg` for a whole batch, built once and used again: headers,
 * one data and one control buffer for each message.
 *
 * ```text
 * mmsghdr (64): name@0 namelen@8 iov@16 iovlen@24 control@32 controllen@40 flags@48 | len@56
 * iovec (16):   base@0 len@8
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";
import { addressOf } from "./libc.ts";
import { ADDRESS_BYTES_MAX } from "./socket_address.ts";

const HEADER = {
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
  sizeBytes: 64,
};
const VECTOR_BYTES = 16;
/** Room for the control messages we ask for or send. */
const CONTROL_BYTES = 128;

/** The buffers of a batch of messages. */
export class MessageBatch {
  readonly size: number;
  /** First `mmsghdr`: what the calls are given. */
  readonly pointer: Deno.PointerObject;
  readonly #dataBytes: number;
  readonly #headers: DataView;
  readonly #vectors: DataView;
  readonly #names: Uint8Array<ArrayBuffer>;
  readonly #controls: Uint8Array<ArrayBuffer>;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #dataAddress: bigint;
  /** Keeps alive what the kernel reads while sending. */
  readonly #lent: (Uint8Array | undefined)[] = [];
  readonly #headerBytes: Uint8Array<ArrayBuffer>;

  /** `dataBytes` for each message; 0 if the data of messages to send is lent. */
  constructor(size: number, dataBytes: number) {
    this.size = size;
    this.#dataBytes = dataBytes;
    this.#headerBytes = new Uint8Array(size * HEADER.sizeBytes);
    this.#headers = new DataView(this.#headerBytes.buffer);
    const vectors = new Uint8Array(size * VECTOR_BYTES);
    this.#vectors = new DataView(vectors.buffer);
    this.#names = new Uint8Array(size * ADDRESS_BYTES_MAX);
    this.#controls = new Uint8Array(size * CONTROL_BYTES);
    this.#data = new Uint8Array(Math.max(1, size * dataBytes));
    const pointer = Deno.UnsafePointer.of(this.#headerBytes);
    assert(pointer !== null, "a buffer has an address");
    this.pointer = pointer;
    const [names, controls] = [addressOf(this.#names), addressOf(this.#controls)];
    this.#dataAddress = addressOf(this.#data);
    const vectorAddress = addressOf(vectors);
    for (let i = 0; i < size; i++) {
      const at = i * HEADER.sizeBytes;
      this.#headers.setBigUint64(at + HEADER.name, names + BigInt(i * ADDRESS_BYTES_MAX), true);
      this.#headers.setBigUint64(
        at + HEADER.vector,
        vectorAddress + BigInt(i * VECTOR_BYTES),
        true,
      );
      this.#headers.setUint32(at + HEADER.vectorLength, 1, true);
      this.#headers.setBigUint64(at + HEADER.control, controls + BigInt(i * CONTROL_BYTES), true);
      const base = this.#dataAddress + BigInt(i * dataBytes);
      this.#vectors.setBigUint64(i * VECTOR_BYTES, base, true);
      this.#vectors.setUint32(i * VECTOR_BYTES + 8, dataBytes, true);
    }
  }

  /** Makes the first `count` messages ready to receive: the kernel overwrote their lengths. */
  resetForReceive(count: number): void {
    for (let i = 0; i < count; i++) {
      const at = i * HEADER.sizeBytes;
      this.#headers.setUint32(at + HEADER.nameLength, ADDRESS_BYTES_MAX, true);
      this.#headers.setUint32(at + HEADER.controlLength, CONTROL_BYTES, true);
      this.#headers.setUint32(at + HEADER.flags, 0, true);
    }
  }

  /** The octets of a received message; a view. */
  data(index: number): Uint8Array {
    const length = this.#headers.getUint32(index * HEADER.sizeBytes + HEADER.length, true);
    const start = index * this.#dataBytes;
    return this.#data.subarray(start, start + Math.min(length, this.#dataBytes));
  }

  /** The sender's address as received; a view. */
  name(index: number): Uint8Array {
    const length = this.#headers.getUint32(index * HEADER.sizeBytes + HEADER.nameLength, true);
    const start = index * ADDRESS_BYTES_MAX;
    return this.#names.subarray(start, start + Math.min(length, ADDRESS_BYTES_MAX));
  }

  /** The control messages as received; a view. */
  control(index: number): Uint8Array {
    const length = this.#headers.getUint32(index * HEADER.sizeBytes + HEADER.controlLength, true);
    const start = index * CONTROL_BYTES;
    return this.#controls.subarray(start, start + Math.min(length, CONTROL_BYTES));
  }

  /** The flags that the kernel set. */
  flags(index: number): number {
    return this.#headers.getUint32(index * HEADER.sizeBytes + HEADER.flags, true);
  }

  /** Fills a message to send. `bytes` must not change until it is sent. */
  fill(
    index: number,
    bytes: Uint8Array,
    name: Uint8Array | undefined,
    control: Uint8Array | undefined,
  ): void {
    assert(bytes.buffer instanceof ArrayBuffer, "octets to send are not shared");
    const at = index * HEADER.sizeBytes;
    this.#lent[index] = bytes;
    const address = addressOf(
      new Uint8Array(bytes.buffer, bytes.byteOffset, Math.max(1, bytes.length)),
    );
    this.#vectors.setBigUint64(index * VECTOR_BYTES, address, true);
    this.#vectors.setUint32(index * VECTOR_BYTES + 8, bytes.length, true);
    if (name) this.#names.set(name, index * ADDRESS_BYTES_MAX);
    this.#headers.setUint32(at + HEADER.nameLength, name?.length ?? 0, true);
    if (control) this.#controls.set(control, index * CONTROL_BYTES);
    this.#headers.setUint32(at + HEADER.controlLength, control?.length ?? 0, true);
    this.#headers.setUint32(at + HEADER.flags, 0, true);
  }

  /** Lets go of the octets that were lent for sending. */
  release(): void {
    this.#lent.length = 0;
  }
}
