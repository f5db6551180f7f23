/**
 * IPv4 packets whose VRRP message is under an Authentication Header, as keepalived sends them.
 *
 * @module
 */
import { ipToBytes } from "../address.ts";
import { encodeIpv4, type Ipv4Fields, PROTOCOL_AH } from "./ip.ts";
import {
  type AuthenticationHeader,
  encodeAuthenticationHeader,
  ICV_BYTES,
  integrityCheckValue,
  integrityIsRight,
  passwordAuthData,
} from "./vrrp_auth.ts";

const IPV4_HEADER_BYTES = 20;
const ICV_AT = IPV4_HEADER_BYTES + 12;

/** An IPv4 packet whose payload has such a header. */
export interface Sealed {
  readonly header: AuthenticationHeader;
  /** The whole packet, without padding. */
  readonly packet: Uint8Array;
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

/** Whether a packet from there carries the seal that the password makes. In constant time. */
export function sealIsRight(
  { header, packet }: Sealed,
  source: Ipv4Fields["source"],
  password: string,
): boolean {
  return header.securityParametersIndex === indexOf(source) &&
    integrityIsRight(packet, passwordAuthData(password));
}

function indexOf(source: Ipv4Fields["source"]): number {
  const [a = 0, b = 0, c = 0, d = 0] = ipToBytes(source);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
