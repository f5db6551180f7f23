/**
 * One datagram to a server, and its answer.
 *
 * @module
 */
import { ClientSocket, PEER_ERRORS } from "../net/sys/client_socket.ts";
import { ERRNO, errnoName } from "../net/sys/constants.ts";
import { peerTrouble, type Trouble } from "./connection.ts";
import {
  failed,
  type Finding,
  type ProbeContext,
  refusedByKernel,
  type Target,
  undecided,
} from "./probe.ts";
import { Watch } from "./watch.ts";

/**
 * Judges an answer, or undefined to wait for another one. `lengthBytes` is its true length: more
 * than it has octets if they did not fit.
 */
export type Judge = (answer: Uint8Array, lengthBytes: number) => Finding | undefined;

const DATAGRAM_BYTES_MAX = 65_536;
/** Datagrams that are looked at in one turn: a flood must not hold up other probes. */
const TURN_DATAGRAMS_MAX = 64;
const shared = new Uint8Array(new ArrayBuffer(DATAGRAM_BYTES_MAX));

/**
 * Sends `question` and waits for an answer that `judge` has an opinion on, as long as the target's
 * timeout says. `silence` is the finding if there is none.
 */
export async function ask(
  protocol: "udp" | "echo",
  target: Target,
  question: Uint8Array<ArrayBuffer>,
  judge: Judge,
  silence: Finding,
  context: ProbeContext,
): Promise<Finding> {
  let socket: ClientSocket;
  try {
    socket = new ClientSocket({ protocol, ...target });
  } catch (error) {
    return refusedByKernel("socket not available", error);
  }
  using open = socket;
  const refused = open.connect();
  if (refused !== 0) return sendTrouble("connect", refused);
  using watch = new Watch(open.fd, context);
  const endMs = context.timers.now() + target.timeoutMs;
  const sent = open.send(question);
  if (sent < 0) return sendTrouble("send", -sent);
  for (;;) {
    const finding = receiveAll(open, judge);
    if (finding) return finding;
    const woken = await watch.wait("readable", endMs);
    if (woken === "stopped") return undecided("stopped");
    if (woken === "timed out") return silence;
  }
}

/** What came until now; undefined if it is worth waiting for more. */
function receiveAll(socket: ClientSocket, judge: Judge): Finding | undefined {
  for (let i = 0; i < TURN_DATAGRAMS_MAX; i++) {
    const count = socket.receive(shared);
    if (count === -ERRNO.EAGAIN) return undefined;
    if (count >= 0) {
      const finding = judge(shared.subarray(0, Math.min(count, shared.length)), count);
      if (finding) return finding;
    } else if (count !== -ERRNO.EINTR && count !== -ERRNO.EPROTO) {
      // EPROTO: a Parameter Problem, which says nothing about whether the server is there.
      return PEER_ERRORS.has(-count)
        ? peerTrouble(-count)
        : failed("unreachable", errnoName(-count));
    }
  }
  return undefined;
}

/** An error when sending is about the server only if the network said so. */
function sendTrouble(call: string, error: number): Trouble {
  if (PEER_ERRORS.has(error)) return peerTrouble(error);
  return undecided("socket not available", `${call}: ${errnoName(error)}`);
}
