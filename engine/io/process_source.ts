/**
 * Processes as the kernel shows them: its connector for events, and /proc.
 *
 * @module
 */
import { eachMessage, MessageWriter } from "../../net/netlink/message.ts";
import {
  NETLINK_CONNECTOR,
  PROCESS_EVENTS_GROUP,
  readProcessMessage,
  writeListenRequest,
} from "../../net/netlink/process_event.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { inNetworkOf } from "../../net/sys/process.ts";
import { processFacts, processIds } from "../../net/sys/processes.ts";
import { type DatagramSocket, openNetlinkSocket } from "../../net/sys/socket.ts";
import type { ProcessMessage } from "../../net/netlink/process_event.ts";
import type { ProcessTraits } from "../../machines/process_rules.ts";
import type { ProcessSource } from "./process_watch.ts";
import type { Waits } from "./reading.ts";

/** The first process: it lives where the connector is, unless this is a container. */
const INIT = 1;
const RECEIVE_BUFFER_BYTES = 1_024 * 1_024;
/** Batches read in one turn. */
const BATCHES_PER_TURN = 8;

/** This machine's processes. */
export class SystemProcesses implements ProcessSource {
  readonly #reactor: Waits;
  #socket: DatagramSocket | undefined;

  constructor(reactor: Waits) {
    this.#reactor = reactor;
  }

  listen(onMessage: (message: ProcessMessage) => void, onLost: () => void): boolean {
    // The connector is in the first network namespace only.
    const socket = open() ?? inNetworkOf(INIT, open);
    if (!socket) return false;
    this.#socket = socket;
    this.#reactor.add(socket.fd, () => readNews(socket, onMessage, onLost));
    return true;
  }

  ids(): readonly number[] {
    return processIds();
  }

  traits(pid: number, withArguments: boolean): ProcessTraits | undefined {
    return processFacts(pid, withArguments);
  }

  [Symbol.dispose](): void {
    if (!this.#socket) return;
    this.#reactor.remove(this.#socket.fd);
    this.#socket[Symbol.dispose]();
    this.#socket = undefined;
  }
}

/** A socket that has asked for events; undefined where nobody answers. */
function open(): DatagramSocket | undefined {
  let socket: DatagramSocket | undefined;
  try {
    socket = openNetlinkSocket({
      protocol: NETLINK_CONNECTOR,
      groups: [PROCESS_EVENTS_GROUP],
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    });
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  const writer = new MessageWriter();
  writeListenRequest(writer);
  if (socket.send([{ bytes: writer.written() }]).errno === 0) return socket;
  socket[Symbol.dispose]();
  return undefined;
}

function readNews(
  socket: DatagramSocket,
  onMessage: (message: ProcessMessage) => void,
  onLost: () => void,
): boolean {
  for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
    const count = socket.receive(({ bytes, truncated, senderPortId }) => {
      if (senderPortId !== 0) return; // Anybody may send to a netlink socket.
      if (truncated) onLost();
      eachMessage(bytes, ({ body }) => {
        const message = readProcessMessage(body);
        if (typeof message !== "string") onMessage(message);
      });
    });
    if (count < 0) {
      onLost(); // The kernel had more than the buffer holds.
      return true;
    }
    if (count < socket.batchCount) return false;
  }
  return true;
}
