/**
 * The Authentication Header of one virtual router, as keepalived has it: all routers count with one
 * sequence, each going on where it heard another one.
 *
 * @module
 */
import { ipToBytes } from "../../net/address.ts";
import { encodeIpv4, type Ipv4Fields, PROTOCOL_AH } from "../../net/packet/ip.ts";
import {
  type AuthenticationHeader,
  encodeAuthenticationHeader,
  ICV_BYTES,
  integrityCheckValue,
  integrityIsRight,
  passwordAuthData,
} from "../../net/packet/vrrp_auth.ts";
import type { Rejection } from "./vrrp_counters.ts";

const IPV4_HEADER_BYTES = 20;
const ICV_AT = IPV4_HEADER_BYTES + 12;

/** An IPv4 packet whose payload has such a header. */
export interface Sealed {
  readonly header: AuthenticationHeader;
  /** The whole packet, without padding. */
  readonly packet: Uint8Array;
}

/** What the routers have counted to: 32 bits that may wrap. */
export class SealCount {
  #last = 0;

  /** The number of the next advertisement, the same for all peers. */
  next(): number {
    this.#last = (this.#last + 1) >>> 0;
    return this.#last;
  }

  /** Whether a number follows the last one (RFC 1982). */
  isNew(sequence: number): boolean {
    return ((sequence - this.#last) | 0) > 0;
  }

  /** A router that was heard counted so far. */
  note(sequence: number): void {
    this.#last = sequence;
  }
}

/** Writes an IPv4 packet with its payload under an Authentication Header. */
export function seal(
  fields: Omit<Ipv4Fields, "protocol">,
  { protocol, sequence, password }: {
    readonly protocol: number;
    readonly sequence: number;
    readonly password: string;
  },
): Uint8Array<ArrayBuffer> {
  const payload = encodeAuthenticationHeader({
    nextHeader: protocol,
    securityParametersIndex: indexOf(fields.source),
    sequence,
    icv: new Uint8Array(ICV_BYTES),
    payload: fields.payload,
  });
  const packet = encodeIpv4({ ...fields, protocol: PROTOCOL_AH, payload });
  packet.set(integrityCheckValue(packet, passwordAuthData(password)), ICV_AT);
  return packet;
}

/** Why a seal is not right; undefined: it is, and its number counts. */
export function judgeSeal(
  { header, packet }: Sealed,
  source: Ipv4Fields["source"],
  password: string,
  count: SealCount,
): Rejection | undefined {
  const isRight = header.securityParametersIndex === indexOf(source) &&
    integrityIsRight(packet, passwordAuthData(password));
  if (!isRight) return "wrong authentication header";
  if (!count.isNew(header.sequence)) return "replayed authentication header";
  count.note(header.sequence);
  return undefined;
}

function indexOf(source: Ipv4Fields["source"]): number {
  const [a = 0, b = 0, c = 0, d = 0] = ipToBytes(source);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
