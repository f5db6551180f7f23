/**
 * What the kernel answers to a request: NLMSG_ERROR, and NLMSG_DONE at the end of a dump.
 *
 * ```text
 * +---------------------------------------------------------------+
 * |            Error: 0, or a negative errno (both)               |
 * +---------------------------------------------------------------+
 * |  Header of the request, and with an error its body, unless    |
 * |  the answer is capped (NLMSG_ERROR only)                      |
 * +---------------------------------------------------------------+
 * |  Attributes of the extended acknowledgement, if flagged       |
 * ```
 *
 * @module
 */
import { AttributeSchema, type MalformedAttribute, text, u32 } from "./attribute.ts";
import {
  aligned,
  HEADER_BYTES,
  LITTLE_ENDIAN,
  type NetlinkMessage,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_ERROR,
} from "./message.ts";

/** How a request ended. */
export interface Acknowledgement {
  /** 0: done; else the positive errno. */
  readonly errno: number;
  /** What the kernel says about it, in English; sometimes there on success, as a warning. */
  readonly message?: string | undefined;
  /** Which octet of the request it is about, counted from the start of its header. */
  readonly offsetBytes?: number | undefined;
}

/** Why a message is no acknowledgement. The text is the log message and the counter's key. */
export type MalformedAcknowledgement = "netlink acknowledgement truncated" | MalformedAttribute;

const extendedAcknowledgement = new AttributeSchema({
  message: { id: 1, type: text }, // NLMSGERR_ATTR_MSG
  offsetBytes: { id: 2, type: u32 }, // NLMSGERR_ATTR_OFFS
});

const ERROR_BYTES = 4;
/** Most acknowledgements say only this: they share it. */
const SUCCESS: Acknowledgement = { errno: 0 };

/** Reads the body of an NLMSG_ERROR or NLMSG_DONE, or says why it is none. Never throws. */
export function decodeAcknowledgement(
  { type, flags, body }: NetlinkMessage,
): Acknowledgement | MalformedAcknowledgement {
  if (body.byteLength < ERROR_BYTES) return "netlink acknowledgement truncated";
  const errno = Math.max(0, -body.getInt32(0, LITTLE_ENDIAN));
  let attributesStart = ERROR_BYTES;
  if (type === NLMSG_ERROR) {
    if (body.byteLength < ERROR_BYTES + HEADER_BYTES) return "netlink acknowledgement truncated";
    const capped = (flags & NLM_F_CAPPED) !== 0;
    const repeatedBytes = capped ? HEADER_BYTES : body.getUint32(ERROR_BYTES, LITTLE_ENDIAN);
    if (repeatedBytes > body.byteLength) return "netlink acknowledgement truncated";
    attributesStart += aligned(repeatedBytes);
  }
  if ((flags & NLM_F_ACK_TLVS) === 0) return errno === 0 ? SUCCESS : { errno };
  const attributes = extendedAcknowledgement.decode(body, attributesStart);
  return typeof attributes === "string" ? attributes : { errno, ...attributes };
}
