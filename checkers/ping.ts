/**
 * PING_CHECK: the server answers an echo request (RFC 792, RFC 4443 §4).
 *
 * @module
 */
import { type Family, familyOf } from "../net/address.ts";
import { decodeEcho, type Echo, encodeEcho } from "../net/packet/icmp.ts";
import { decodeIpv4 } from "../net/packet/ip.ts";
import { ask } from "./datagram_exchange.ts";
import { failed, type Probe, timed } from "./probe.ts";

/** What keepalived sends: 128 octets of text. */
const DATA = new TextEncoder().encode("keepalived check - ".repeat(7).slice(0, 128));

/**
 * Sends an echo request with an identifier and a sequence number of its own. Echo replies to others
 * on this machine are heard too, and ignored.
 */
export const probePing: Probe<undefined> = (target, _options, context) =>
  timed(context, async () => {
    const family = familyOf(target.ip);
    const [identifier = 0, sequence = 0] = crypto.getRandomValues(new Uint16Array(2));
    const echo: Echo = { kind: "request", identifier, sequence, data: DATA };
    return await ask(
      "echo",
      target,
      encodeEcho(echo, family), // Over IPv6 the kernel fills in the checksum.
      (bytes) => {
        const reply = readReply(bytes, family);
        if (reply?.identifier !== identifier || reply.sequence !== sequence) return undefined;
        const isSame = reply.data.length === DATA.length &&
          reply.data.every((octet, i) => octet === DATA[i]);
        return isSame ? { outcome: "passed" } : failed("wrong reply", "other data");
      },
      failed("timed out", "no reply"),
      context,
    );
  });

function readReply(bytes: Uint8Array, family: Family): Echo | undefined {
  const packet = family === 4 ? decodeIpv4(bytes, "trusted") : { payload: bytes };
  if (typeof packet === "string") return undefined;
  const echo = decodeEcho(packet.payload, family);
  return typeof echo === "string" || echo.kind !== "reply" ? undefined : echo;
}
