/**
 * Reading from sockets: how much in one turn, and when it came.
 *
 * @module
 */
import type { Reactor } from "../../net/sys/reactor.ts";
import type { Datagram, DatagramSocket } from "../../net/sys/socket.ts";
import type { Clock } from "../clock.ts";

/** What sockets need of a reactor. */
export type Waits = Pick<Reactor, "add" | "remove"> & Partial<Pick<Reactor, "setResting">>;

/** Batches read from one socket in one turn, 64 datagrams each. */
const BATCHES_PER_TURN = 4;
const DATAGRAMS_PER_BATCH = 64;
/**
 * Ages beyond it are not a matter of scheduling: the clock was set, or this process was stalled.
 */
const AGE_MS_MAX = 5;

/** Reads a part of what has come. Returns whether more may be waiting. */
export function readBatches(socket: DatagramSocket, each: (datagram: Datagram) => void): boolean {
  for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
    const count = socket.receive(each);
    // Negative: the interface is down or gone, which netlink tells of.
    if (count < DATAGRAMS_PER_BATCH) return false;
  }
  return true;
}

/** Timers that a datagram arms count from its arrival; a longer wait than usual is a stall. */
export function countFromArrival(
  clock: Clock,
  datagram: Datagram,
  handle: (datagram: Datagram) => void,
): void {
  const { ageMs } = datagram;
  const isBelievable = ageMs > 0 && ageMs < AGE_MS_MAX;
  const arrivalMs = clock.now() - (isBelievable ? ageMs : 0);
  clock.countFrom(arrivalMs, () => handle(datagram));
}
