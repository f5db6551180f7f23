/**
 * DNS_CHECK: a name server answers a question without an error.
 *
 * @module
 */
import { decodeReply, encodeQuery, isDomainName, rcodeName } from "../net/packet/dns.ts";
import { ask } from "./datagram_exchange.ts";
import { failed, type Probe, timed, undecided } from "./probe.ts";

/** What is asked. */
export interface DnsOptions {
  /** RFC 1035 §3.2.2: A is 1, SOA 6, AAAA 28 … 0 to 65,535. */
  readonly type: number;
  /** Domain name; `.` is the root. */
  readonly name: string;
}

/**
 * Asks, recursion desired. Any answer without an error code passes, even one without records, as
 * long as it is for our question; others are ignored.
 */
export const probeDns: Probe<DnsOptions> = (target, { type, name }, context) =>
  timed(context, async () => {
    if (!isDomainName(name)) return undecided("request not possible", `no domain name: ${name}`);
    const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
    return await ask(
      "udp",
      target,
      encodeQuery({ id, type, name }),
      (bytes) => {
        const reply = decodeReply(bytes);
        if (typeof reply === "string" || reply.id !== id) return undefined;
        if (reply.rcode === 0) return { outcome: "passed" };
        return failed("wrong reply", rcodeName(reply.rcode));
      },
      failed("timed out", "no reply"),
      context,
    );
  });
