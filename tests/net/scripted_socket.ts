/**
 * A netlink socket whose kernel is a script: what comes is what the test says, datagram by
 * datagram. The real kernel is the judge elsewhere; this is for what it does too seldom.
 *
 * @module
 */
import { eachMessage, MessageWriter, type NetlinkMessage } from "../../net/netlink/message.ts";
import type { NetlinkSocket } from "../../net/netlink_client.ts";

/** A datagram, or the errno with which receiving fails. */
export type Incoming = Uint8Array | number;

/** A request as the script sees it. */
export type Request = Omit<NetlinkMessage, "body">;

/** A netlink socket over a script. */
export class ScriptedSocket implements NetlinkSocket {
  readonly fd = -1;
  /** What is to be received. */
  readonly inbox: Incoming[] = [];
  /** Requests, in the order they were sent. */
  readonly sent: Request[] = [];
  /** What sending ends with. */
  sendErrno = 0;
  disposed = false;
  readonly #answer: (requests: readonly Request[]) => readonly Incoming[];

  /** `answer` says what the kernel answers to one datagram of requests. */
  constructor(answer: (requests: readonly Request[]) => readonly Incoming[] = () => []) {
    this.#answer = answer;
  }

  send(messages: readonly { readonly bytes: Uint8Array }[]): { errno: number } {
    if (this.sendErrno !== 0) return { errno: this.sendErrno };
    for (const { bytes } of messages) {
      const requests: Request[] = [];
      eachMessage(bytes, ({ type, flags, sequence, portId }) => {
        requests.push({ type, flags, sequence, portId });
      });
      this.sent.push(...requests);
      this.inbox.push(...this.#answer(requests));
    }
    return { errno: 0 };
  }

  receive(each: Parameters<NetlinkSocket["receive"]>[0]): number {
    const first = this.inbox.shift();
    if (first === undefined) return 0;
    if (typeof first === "number") return -first;
    each({ bytes: first, senderPortId: 0 });
    return 1;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }
}

/** One message as a datagram. `words` follow the header, in host byte order. */
export function datagram(
  type: number,
  { flags = 0, sequence = 0 }: { flags?: number; sequence?: number },
  words: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter();
  writer.begin(type, flags);
  for (const word of words) writer.u32(word >>> 0);
  writer.finish();
  const bytes = writer.written().slice();
  new DataView(bytes.buffer).setUint32(8, sequence, true);
  return bytes;
}

/** A capped NLMSG_ERROR. */
export function acknowledgement(sequence: number, errno = 0): Uint8Array<ArrayBuffer> {
  return datagram(2, { flags: 0x100, sequence }, [-errno, 16, 0, sequence, 0]);
}

/** An NLMSG_DONE. */
export function done(sequence: number, errno = 0, flags = 2): Uint8Array<ArrayBuffer> {
  return datagram(3, { flags, sequence }, [-errno]);
}

/** All in one datagram. */
export function together(...datagrams: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(datagrams.flatMap((each) => [...each]));
}
