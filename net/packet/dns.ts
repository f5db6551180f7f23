/**
 * The little DNS that a check needs (RFC 1035 §4.1): a question, and how it was answered.
 *
 * ```text
 * +-------------------------------+-------------------------------+
 * |              ID               |QR|Opcode |AA|TC|RD|RA|Z| RCODE|
 * +-------------------------------+-------------------------------+
 * |            QDCOUNT            |            ANCOUNT            |
 * +-------------------------------+-------------------------------+
 * |            NSCOUNT            |            ARCOUNT            |
 * +-------------------------------+-------------------------------+
 * |   QNAME …                     |     QTYPE     |    QCLASS     |
 * ```
 *
 * @module
 */
import { assert } from "../assert.ts";

/** Where each field of the header sits. Both directions read this table. */
const AT = { id: 0, flags: 2, questionCount: 4, answerCount: 6, question: 12 };
const FLAG_REPLY = 0x8000;
const FLAG_RECURSION_DESIRED = 0x0100;
const RCODE_MASK = 0x000f;
const CLASS_IN = 1;
/** Octets of a name on the wire, and of a label (§2.3.4). */
const NAME_BYTES_MAX = 255;
const LABEL_BYTES_MAX = 63;

/** A question. */
export interface Query {
  /** 16 bits. */
  readonly id: number;
  /** 16 bits: QTYPE (§3.2.2, §3.2.3). */
  readonly type: number;
  /** Labels with dots between; a dot at the end may be there; `.` is the root. */
  readonly name: string;
}

/** How it was answered. */
export interface Reply {
  readonly id: number;
  /** 0 to 15 (§4.1.1). */
  readonly rcode: number;
  readonly answerCount: number;
}

/** Why bytes are no reply. */
export type Malformed = "too short" | "not a reply";

const encoder = new TextEncoder();
/** RFC 1035 §4.1.1, RFC 2136 §2.2. */
const RCODES =
  "NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE"
    .split(" ");

/** Record types by name (RFC 1035 §3.2.2, RFC 3596, RFC 4034). */
const TYPES = new Map(Object.entries({
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  DNSKEY: 48,
}));

/** The number of a record type; undefined if the name is none. */
export function dnsTypeOf(name: string): number | undefined {
  return TYPES.get(name);
}

/** What an RCODE is called. */
export function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE ${rcode}`;
}

/** Whether a name can be asked for. */
export function isDomainName(name: string): boolean {
  if (name === ".") return true;
  const labels = labelsOf(name);
  return labels.length > 0 &&
    labels.every(({ length }) => length >= 1 && length <= LABEL_BYTES_MAX) &&
    labels.reduce((sum, { length }) => sum + 1 + length, 1) <= NAME_BYTES_MAX;
}

/** Writes a question of class IN, recursion desired. */
export function encodeQuery({ id, type, name }: Query): Uint8Array<ArrayBuffer> {
  assert(isDomainName(name), () => `Not a domain name: current value is ${name}`);
  const labels = name === "." ? [] : labelsOf(name);
  const nameBytes = labels.reduce((sum, { length }) => sum + 1 + length, 1);
  const bytes = new Uint8Array(AT.question + nameBytes + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(AT.id, id);
  view.setUint16(AT.flags, FLAG_RECURSION_DESIRED);
  view.setUint16(AT.questionCount, 1);
  let at = AT.question;
  for (const label of labels) {
    view.setUint8(at, label.length);
    bytes.set(label, at + 1);
    at += 1 + label.length;
  }
  view.setUint16(at + 1, type);
  view.setUint16(at + 3, CLASS_IN);
  return bytes;
}

/** Reads the header of a reply; what follows it is not looked at. */
export function decodeReply(bytes: Uint8Array): Reply | Malformed {
  if (bytes.length < AT.question) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(AT.flags);
  if ((flags & FLAG_REPLY) === 0) return "not a reply";
  return {
    id: view.getUint16(AT.id),
    rcode: flags & RCODE_MASK,
    answerCount: view.getUint16(AT.answerCount),
  };
}

function labelsOf(name: string): Uint8Array[] {
  return name.replace(/\.$/, "").split(".").map((label) => encoder.encode(label));
}
