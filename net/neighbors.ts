/**
 * The kernel's table of neighbours, asked when it is needed.
 *
 * @module
 */
import type { Ip, Mac } from "./address.ts";
import { NetlinkClient, type NetlinkSocket } from "./netlink_client.ts";
import { decodeNeighbor, RTM_NEWNEIGH, writeNeighborGet } from "./netlink/rtnetlink_neighbor.ts";
import { openNetlinkSocket } from "./sys/socket.ts";

const NETLINK_ROUTE = 0;

/** Neighbours of the network namespace it was opened in. */
export class Neighbors implements Disposable {
  readonly #requests: NetlinkClient;

  /** Opens a socket by default; throws a `SyscallError`. */
  constructor(socket: NetlinkSocket = openNetlinkSocket({ protocol: NETLINK_ROUTE })) {
    this.#requests = new NetlinkClient(socket);
  }

  /** The link-layer address of a neighbour, if the kernel knows it. */
  macOf(interfaceIndex: number, ip: Ip): Mac | undefined {
    let found: Mac | undefined;
    this.#requests.transact(
      (writer) => writeNeighborGet(writer, interfaceIndex, ip),
      ({ type, body }) => {
        if (type === RTM_NEWNEIGH) found = decodeNeighbor(body)?.mac;
      },
    );
    return found;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }
}
