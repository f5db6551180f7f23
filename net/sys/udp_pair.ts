/**
 * Two sockets of one port: one for the datagrams that may wait, one for all others. So who has to
 * hear of some at once need not be woken for each of the many that only repeat what was said.
 *
 * @module
 */
import { SO, SOL } from "./constants.ts";
import type { DatagramSocket } from "./datagram_socket.ts";
import { intBytes } from "./layout.ts";
import { SyscallError } from "./libc.ts";
import { attachPairing, type OctetPattern } from "./packet_filter.ts";
import { openUdpSocket, type UdpSocketOptions } from "./socket.ts";
import { trySetOption } from "./socket_options.ts";

/** The sockets of a port. */
export interface UdpPair {
  readonly urgent: DatagramSocket;
  /** Absent where the kernel does not know how: then all is urgent. */
  readonly patient: DatagramSocket | undefined;
}

/**
 * Opens both; `pattern` tells what may wait. Throws a `SyscallError`, EADDRINUSE if somebody else
 * has the port, another process of ours included.
 */
export function openUdpPair(options: UdpSocketOptions, pattern: OctetPattern): UdpPair {
  const urgent = openUdpSocket(options);
  const fd = { number: urgent.fd };
  const share = (on: number) => trySetOption(fd, SOL.SOCKET, SO.REUSEPORT, intBytes(on));
  // Only now: the first one had to find the port free.
  if (!share(1)) return { urgent, patient: undefined };
  let patient: DatagramSocket | undefined;
  try {
    patient = openUdpSocket({ ...options, sharesPort: true });
    attachPairing(fd, pattern);
    return { urgent, patient };
  } catch (error) {
    patient?.[Symbol.dispose]();
    share(0);
    if (!(error instanceof SyscallError)) throw error;
    return { urgent, patient: undefined };
  }
}
