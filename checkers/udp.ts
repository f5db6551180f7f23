/**
 * UDP_CHECK: a datagram is sent; what comes back, or that nothing does, is judged.
 *
 * @module
 */
import { ask } from "./datagram_exchange.ts";
import { failed, type Finding, type Probe, timed } from "./probe.ts";

/** What is sent, and what must come back. */
export interface UdpOptions {
  /** Default: 32 octets of text. */
  readonly payload?: readonly number[];
  /** Absent: no answer is needed, only that no ICMP error comes. */
  readonly reply?: ReplyRule;
}

/** What an answer must be. */
export interface ReplyRule {
  /** Length, inclusive. */
  readonly bytesMin: number;
  readonly bytesMax: number;
  /** What it must begin with, as far as both go, and which bits of that count. */
  readonly pattern?: { readonly octets: readonly number[]; readonly masks: readonly number[] };
}

/** What keepalived sends. */
const DEFAULT_PAYLOAD = new TextEncoder().encode("keepalived check - keepalived ch");

/** Sends a datagram. Without a rule for the reply, silence is a good answer. */
export const probeUdp: Probe<UdpOptions> = (target, { payload, reply }, context) =>
  timed(context, () => {
    const question = payload ? Uint8Array.from(payload) : DEFAULT_PAYLOAD;
    const silence: Finding = reply ? failed("timed out", "no reply") : { outcome: "passed" };
    return ask(
      "udp",
      target,
      question,
      (answer, lengthBytes) => judgeReply(answer, lengthBytes, reply),
      silence,
      context,
    );
  });

function judgeReply(
  answer: Uint8Array,
  lengthBytes: number,
  rule: ReplyRule | undefined,
): Finding {
  if (!rule) return { outcome: "passed" };
  if (lengthBytes < rule.bytesMin || lengthBytes > rule.bytesMax) {
    return failed("wrong reply", `${lengthBytes} octets`);
  }
  const { octets, masks } = rule.pattern ?? { octets: [], masks: [] };
  const wrongAt = octets.findIndex((octet, i) => {
    const got = answer[i];
    return got !== undefined && ((got ^ octet) & (masks[i] ?? 0xff)) !== 0;
  });
  return wrongAt < 0 ? { outcome: "passed" } : failed("wrong reply", `octet ${wrongAt}`);
}
