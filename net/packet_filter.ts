/**
 * Packet filters in the kernel, over netlink to nf_tables.
 *
 * Every change is one batch, applied as a whole or not at all. A second socket hears of changes;
 * those of our own are read, and left out, right after they were made: the kernel has told of them
 * before it answers.
 *
 * @module
 */
import type { Family } from "./address.ts";
import type { ChangeResult } from "./link_table.ts";
import { NetlinkClient, type NetlinkSocket, UNANSWERED } from "./netlink_client.ts";
import { eachMessage, type MessageWriter } from "./netlink/message.ts";
import {
  beginBatch,
  decodeFilterNews,
  endBatch,
  TABLE_FAMILY,
  writeTableAdd,
  writeTableDelete,
} from "./netlink/nftables.ts";
import { writeMembers, writeTableContents } from "./packet_filter_rules.ts";
import type {
  FilterEvent,
  FilterMembers,
  FilterTable,
  PacketFilter,
} from "./packet_filter_table.ts";
import { openNetlinkSocket } from "./sys/socket.ts";

const NETLINK_NETFILTER = 12;
const GROUP_NFTABLES = 7;
const BUFFER_BYTES = 1 << 20;
/** Batches of datagrams that are read before others get their turn. */
const BATCHES_PER_TURN = 8;
const BATCHES_MAX = 1_024;
const ENOENT = 2;
/** The socket's buffer overflowed. */
const ENOBUFS = 105;

/** The packet filters of the network namespace it was opened in. */
export class KernelPacketFilter implements PacketFilter {
  readonly #requests: NetlinkClient;
  readonly #events: NetlinkSocket;
  readonly #onEvent: (event: FilterEvent) => void;

  /** Takes the sockets over, which {@linkcode KernelPacketFilter.open} makes. */
  constructor(
    requests: NetlinkSocket,
    events: NetlinkSocket,
    onEvent: (event: FilterEvent) => void,
  ) {
    this.#requests = new NetlinkClient(requests);
    this.#events = events;
    this.#onEvent = onEvent;
  }

  /** Joins the events. Throws a `SyscallError` if it may not, or the kernel has no netfilter. */
  static open(onEvent: (event: FilterEvent) => void): KernelPacketFilter {
    const common = { protocol: NETLINK_NETFILTER, receiveBufferBytes: BUFFER_BYTES };
    using stack = new DisposableStack();
    const events = stack.use(openNetlinkSocket({ ...common, groups: [GROUP_NFTABLES] }));
    const requests = stack.use(openNetlinkSocket(common));
    stack.move();
    return new KernelPacketFilter(requests, events, onEvent);
  }

  /** For the reactor: readable means {@linkcode KernelPacketFilter.readEvents}. */
  get eventFd(): number {
    return this.#events.fd;
  }

  /** Takes in some events and tells them. True if more may wait. */
  readEvents(): boolean {
    return this.#read(BATCHES_PER_TURN, this.#onEvent);
  }

  replace(table: FilterTable): ChangeResult {
    return this.#commit((writer) => {
      // Only what is there can be deleted.
      writeTableAdd(writer, table);
      writeTableDelete(writer, table);
      writeTableAdd(writer, table);
      writeTableContents(writer, table);
    });
  }

  change(table: FilterTable, added: FilterMembers, removed: FilterMembers): ChangeResult {
    return this.#commit((writer) => {
      writeMembers(writer, table, "remove", removed);
      writeMembers(writer, table, "add", added);
    });
  }

  remove(family: Family, table: string): ChangeResult {
    const result = this.#commit((writer) => writeTableDelete(writer, { family, table }));
    return result.errno === ENOENT ? { errno: 0 } : result;
  }

  /** Closes both sockets; the tables stay. */
  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
    this.#events[Symbol.dispose]();
  }

  /** The kernel answers only what it refuses. */
  #commit(write: (writer: MessageWriter) => void): ChangeResult {
    this.#read(BATCHES_MAX, this.#onEvent); // Those of others.
    const outcomes = this.#requests.transact((writer) => {
      beginBatch(writer);
      write(writer);
      endBatch(writer);
    });
    this.#read(BATCHES_MAX, () => {});
    return outcomes.find((outcome) => outcome !== UNANSWERED && outcome.errno !== 0) ??
      { errno: 0 };
  }

  #read(batchesMax: number, tell: (event: FilterEvent) => void): boolean {
    for (let batch = 0; batch < batchesMax; batch++) {
      const received = this.#events.receive(({ bytes, senderPortId }) => {
        // Any process with the right to may send to our port id; only the kernel has 0.
        if (senderPortId !== 0) return;
        eachMessage(bytes, ({ type, body }) => {
          const news = decodeFilterNews(type, body);
          const family = news && FAMILIES.find((each) => TABLE_FAMILY[each] === news.family);
          if (news && family !== undefined) tell({ family, table: news.table });
        });
      });
      if (received === -ENOBUFS) { for (const family of FAMILIES) tell({ family }); }
      if (received <= 0) return false;
      if (received < (this.#events.batchCount ?? 0)) return false;
    }
    return true;
  }
}

const FAMILIES: readonly Family[] = [4, 6];
