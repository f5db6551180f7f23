/**
 * Conversations with the kernel over one netlink socket: requests out, answers in, one batch at a
 * time. The kernel answers before the send returns, so nothing here waits or keeps state between
 * calls; what a call got no answer to, it says so.
 *
 * @module
 */
import { type Acknowledgement, decodeAcknowledgement } from "./netlink/acknowledgement.ts";
import {
  eachMessage,
  MessageWriter,
  type NetlinkMessage,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_MIN_TYPE,
} from "./netlink/message.ts";

/** What we need of a netlink socket; `DatagramSocket` is one. */
export interface NetlinkSocket extends Disposable {
  readonly fd: number;
  /** Datagrams that one {@linkcode receive} can bring: fewer mean that the socket was empty. */
  readonly batchCount?: number;
  /** Calls `each` for each datagram of one batch. How many there were, or the negative errno. */
  receive(
    each: (
      datagram: { readonly bytes: Uint8Array; readonly senderPortId: number | undefined },
    ) => void,
  ): number;
  /** Sends datagrams to the kernel; the errno that stopped it, or 0. */
  send(messages: readonly { readonly bytes: Uint8Array }[]): { readonly errno: number };
  /** Makes ready to send exactly this array, so that {@linkcode send} is quick. */
  prepare?(messages: readonly { readonly bytes: Uint8Array }[]): void;
}

/** Requests that were written ahead of the moment they are needed, to be made once. */
export interface PreparedRequests {
  readonly messages: readonly { readonly bytes: Uint8Array }[];
  readonly firstSequence: number;
  readonly count: number;
}

/** How a request ended. */
export interface Outcome extends Acknowledgement {
  /** The listing may lack things, as something changed meanwhile: ask again. */
  readonly interrupted?: boolean;
}

const ENOBUFS = 105;
const DONE: Outcome = { errno: 0 };
/** The outcome of a request that the kernel did not answer. */
export const UNANSWERED: Outcome = { errno: ENOBUFS, message: "no answer" };
/** Receive errors in one conversation: with each of them answers may be lost. */
const ERRORS_MAX = 16;

/** One netlink socket for requests. */
export class NetlinkClient implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #writer = new MessageWriter();
  #refusedCount = 0;

  /** Takes the socket over: it is closed with the client. */
  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Datagrams that were not the kernel's, or malformed. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /**
   * Sends the requests that `write` writes, in one datagram; hands what the kernel answers to
   * `each`; returns how each request ended, in order. Requests are dumps or have NLM_F_ACK; without
   * either the kernel answers only if it refuses, so that an answer to the last one tells that all
   * before it that were not answered are done.
   *
   * Answers are valid until `each` returns. `each` must not use this client.
   */
  transact(
    write: (writer: MessageWriter) => void,
    each: (message: NetlinkMessage) => void = () => {},
  ): readonly Outcome[] {
    const writer = this.#writer;
    writer.clear();
    const firstSequence = writer.nextSequence;
    write(writer);
    const count = (writer.nextSequence - firstSequence) >>> 0;
    return this.transactPrepared(
      { messages: [{ bytes: writer.written() }], firstSequence, count },
      each,
    );
  }

  /** Writes requests for {@linkcode transactPrepared}. */
  prepare(write: (writer: MessageWriter) => void): PreparedRequests {
    const writer = this.#writer;
    writer.clear();
    const firstSequence = writer.nextSequence;
    write(writer);
    const messages = [{ bytes: writer.written().slice() }];
    this.#socket.prepare?.(messages);
    return { messages, firstSequence, count: (writer.nextSequence - firstSequence) >>> 0 };
  }

  /** As {@linkcode transact}. */
  transactPrepared(
    { messages, firstSequence, count }: PreparedRequests,
    each: (message: NetlinkMessage) => void = () => {},
  ): readonly Outcome[] {
    const outcomes = new Array<Outcome>(count).fill(UNANSWERED);

    const { errno } = this.#socket.send(messages);

    if (errno !== 0) return outcomes.fill({ errno });
    let interrupted = false;
    const errorCount = this.#receiveWhile(() => outcomes.at(-1) === UNANSWERED, (message) => {
      const index = (message.sequence - firstSequence) >>> 0; // Sequence numbers wrap.
      if (index >= outcomes.length) return; // To a conversation that was given up.
      interrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0;
      if (message.type >= NLMSG_MIN_TYPE) return each(message);
      if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) return;
      const outcome = decodeAcknowledgement(message);
      if (typeof outcome === "string") {
        this.#refusedCount++;
        return;
      }
      outcomes[index] = interrupted ? { ...outcome, interrupted } : outcome;
    });
    // With an error a refusal may have been lost.
    if (errorCount > 0 || outcomes.at(-1) === UNANSWERED) return outcomes;
    return outcomes.map((outcome) => outcome === UNANSWERED ? DONE : outcome);
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  /** Returns how often receiving failed. */
  #receiveWhile(wanted: () => boolean, each: (message: NetlinkMessage) => void): number {
    let errorCount = 0;
    while (wanted() && errorCount < ERRORS_MAX) {
      const received = this.#socket.receive(({ bytes, senderPortId }) => {
        // Any process with the right to may send to our port id; only the kernel has 0.
        if (senderPortId !== 0 || eachMessage(bytes, each) !== undefined) this.#refusedCount++;
      });
      if (received === 0) break;
      if (received < 0) errorCount++;
    }
    return errorCount;
  }
}
