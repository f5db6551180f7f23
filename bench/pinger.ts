/**
 * Asks an address for an echo at a steady pace until killed: `pinger.ts ADDRESS INTERVAL_MS`.
 *
 * A program of its own, because it runs in the client's namespace. It does not look for answers:
 * the capture sees them.
 *
 * @module
 */
import { parseIp } from "../net/address.ts";
import { encodeEcho } from "../net/packet/icmp.ts";
import { PROTOCOL_ICMP } from "../net/packet/ip.ts";
import { openRawSocket } from "../net/sys/socket.ts";

const IDENTIFIER = Deno.pid & 0xffff;
/** What an ordinary `ping` carries. */
const DATA = new Uint8Array(56);

if (import.meta.main) {
  const destination = parseIp(Deno.args[0] ?? "");
  const intervalMs = Number(Deno.args[1] ?? "10");
  if (destination === undefined || !(intervalMs >= 1)) {
    throw new Error("Usage: pinger.ts IPV4_ADDRESS INTERVAL_MS");
  }
  const socket = openRawSocket({ family: 4, protocol: PROTOCOL_ICMP, receives: false });
  let sequence = 0;
  let dueMs = performance.now();
  for (;;) {
    sequence = (sequence + 1) & 0xffff;
    const request = { kind: "request", identifier: IDENTIFIER, sequence, data: DATA } as const;
    // That there is no way to the address is what a failover is about: the answers tell.
    socket.send([{ bytes: encodeEcho(request, 4), destination }]);
    dueMs += intervalMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
  }
}
