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

/**
 * Ages beyond it are not a matter of scheduling: the clock was set, or this process was stalled.
 */
export const AGE_MS_MAX = 5;

/**
 * Reads a part of what has come, no more, and `countMax` at most. Returns whether more may be
 * waiting.
 */
export function readBatch(
  socket: DatagramSocket,
  each: (datagram: Datagram) => void,
  countMax = socket.batchCount,
): boolean {
  // Negative: the interface is down or gone, which netlink tells of.
  return socket.receive(each, countMax) >= countMax;
}

/** Timers that a datagram arms count from its arrival; a longer wait than usual is a stall. */
export function countFromArrival(
  clock: Clock,
  datagram: Datagram,
  handle: (datagram: Datagram) => void,
): void {
  clock.countFrom(arrivalMs(clock, datagram, AGE_MS_MAX), () => handle(datagram));
}

/** When a datagram came; now, if its age is not to be believed. */
export function arrivalMs(clock: Clock, { arrivedMs }: Datagram, ageMsMax: number): number {
  const now = clock.now();
  if (arrivedMs === undefined) return now;
  const ageMs = now - arrivedMs;
  return ageMs > 0 && ageMs < ageMsMax ? arrivedMs : now;
}
