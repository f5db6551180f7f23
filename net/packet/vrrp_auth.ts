/**
 * What proves who sent an advertisement, as keepalived speaks it: the text password of version 2
 * (RFC 2338 §5.3.6, type 1), the Authentication Header with HMAC-MD5-96 (type 2; RFC 2402 §2,
 * RFC 2403), and the HMAC-SHA-256-128 trailer of keepalived 2.4.3 (`auth_hmac`).
 *
 * ```text
 *  0               1               2               3
 * +---------------+---------------+-------------------------------+   Authentication Header,
 * | Next Header   | Payload Len 4 |          Reserved (0)         |   between IPv4 and VRRP
 * +---------------+---------------+-------------------------------+
 * |       Security Parameters Index (the source address)          |
 * +---------------------------------------------------------------+
 * |                        Sequence Number                        |
 * +---------------------------------------------------------------+
 * |               Integrity Check Value (12 octets)               |
 *
 * +---------------+---------------+-------------------------------+   Trailer, behind VRRP
 * |    Type (1)   |    Key ID     |          Reserved (0)         |
 * +---------------+---------------+-------------------------------+
 * |                    Seconds since 1970 UTC                     |
 * +-------------------------------+-------------------------------+
 * |   Fraction (1/65536 second)   |            Counter            |
 * +-------------------------------+-------------------------------+
 * |             HMAC-SHA-256, first 128 bits (16 octets)          |
 * ```
 *
 * Deno's `node:crypto` takes tens of milliseconds to load, so that happens on first use: a
 * configuration without keys never pays for it.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { type Ip, ipToBytes } from "../address.ts";
import { AUTH_DATA_BYTES } from "./vrrp.ts";

/** Authentication types of version 2 (RFC 2338 §5.3.6). */
export const AUTH_TYPE = { none: 0, password: 1, authenticationHeader: 2 } as const;

/** Where each field of the Authentication Header sits. */
const AH_AT = { nextHeader: 0, lengthWords: 1, reserved: 2, spi: 4, sequence: 8, icv: 12, end: 24 };
/** Length of the header in 32-bit words, minus 2 (RFC 2402 §2.2). */
const AH_LENGTH_WORDS = AH_AT.end / 4 - 2;
/** Octets of the header. */
export const AUTHENTICATION_HEADER_BYTES = AH_AT.end;
/** Octets of an Integrity Check Value. */
export const ICV_BYTES = 12;
/**
 * The IPv4 fields taken as zeros, as [offset, length]. RFC 2402 §3.3.3.1.1.1 has the TTL among
 * them; keepalived takes it so only in unicast packets, and signs it as sent in multicast ones.
 */
const UNSIGNED_IPV4_FIELDS = { tos: [1, 1], flagsAndOffset: [6, 2], checksum: [10, 2] };
const TTL_AT = 8;
const IPV4_DESTINATION_AT = 16;
/** The first octet of an address of a group is this or more. */
const GROUPS_FROM = 224;
const IPV4_HEADER_BYTES_MIN = 20;

/** Where each field of the trailer sits. */
const TRAILER_AT = { type: 0, keyId: 1, reserved: 2, sequence: 4, mac: 12, end: 28 };
const TRAILER_TYPE_HMAC = 1;
/** Octets of an `auth_hmac` trailer. */
export const HMAC_TRAILER_BYTES = TRAILER_AT.end;
const MAC_BYTES = 16;
/** The part of the PDU that is signed as zeros: a kernel may write the checksum later. */
const CHECKSUM_AT = 6;

/** Why bytes are no Authentication Header or trailer. */
export type Malformed = "too short" | "wrong length" | "unknown type" | "reserved bits set";

/**
 * The 8 octets of authentication data a password makes (RFC 2338 §5.3.10): UTF-8, cut, then filled
 * with zeros.
 */
export function passwordAuthData(password: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(AUTH_DATA_BYTES);
  bytes.set(new TextEncoder().encode(password).subarray(0, AUTH_DATA_BYTES));
  return bytes;
}

/**
 * Whether two secrets of public length are the same, in a time that does not tell where they
 * differ.
 */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [i, octet] of a.entries()) difference |= octet ^ (b[i] ?? 0);
  return difference === 0;
}

/** An Authentication Header and what it protects. */
export interface AuthenticationHeader {
  /** Protocol of the payload, 0 to 255. */
  readonly nextHeader: number;
  /** 32 bits; keepalived's is the IPv4 source address. */
  readonly securityParametersIndex: number;
  /** 32 bits, growing. */
  readonly sequence: number;
  /** Integrity Check Value, 12 octets. Decoded: a view. */
  readonly icv: Uint8Array;
  /** Decoded: a view. */
  readonly payload: Uint8Array;
}

/** Reads the payload of an IPv4 packet of protocol 51. Judges neither index, sequence nor ICV. */
export function decodeAuthenticationHeader(bytes: Uint8Array): AuthenticationHeader | Malformed {
  if (bytes.length < AH_AT.end) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(AH_AT.lengthWords) !== AH_LENGTH_WORDS) return "wrong length";
  if (view.getUint16(AH_AT.reserved) !== 0) return "reserved bits set"; // RFC 2402 §2.3
  return {
    nextHeader: view.getUint8(AH_AT.nextHeader),
    securityParametersIndex: view.getUint32(AH_AT.spi),
    sequence: view.getUint32(AH_AT.sequence),
    icv: bytes.subarray(AH_AT.icv, AH_AT.end),
    payload: bytes.subarray(AH_AT.end),
  };
}

/** Writes an Authentication Header and its payload. To sign, first write an ICV of zeros. */
export function encodeAuthenticationHeader(header: AuthenticationHeader): Uint8Array<ArrayBuffer> {
  assert(
    header.icv.length === ICV_BYTES,
    `An ICV has 12 octets: current value is ${header.icv.length}`,
  );
  const bytes = new Uint8Array(AH_AT.end + header.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(AH_AT.nextHeader, header.nextHeader);
  view.setUint8(AH_AT.lengthWords, AH_LENGTH_WORDS);
  view.setUint32(AH_AT.spi, header.securityParametersIndex);
  view.setUint32(AH_AT.sequence, header.sequence);
  bytes.set(header.icv, AH_AT.icv);
  bytes.set(header.payload, AH_AT.end);
  return bytes;
}

/**
 * The Integrity Check Value of a whole IPv4 packet with an Authentication Header, without padding,
 * whatever its ICV field holds: 12 octets. Identification and TTL are covered, so a sender writes
 * both itself.
 */
export function integrityCheckValue(packet: Uint8Array, key: Uint8Array): Uint8Array {
  const icvAt = findIntegrityCheckValue(packet);
  assert(icvAt !== undefined, "Only an IPv4 packet with an Authentication Header is signed");
  return computeIntegrityCheckValue(packet, icvAt, key);
}

/** Whether a received packet, without padding, carries the right ICV. In constant time. */
export function integrityIsRight(packet: Uint8Array, key: Uint8Array): boolean {
  const icvAt = findIntegrityCheckValue(packet);
  if (icvAt === undefined) return false;
  const icv = packet.subarray(icvAt, icvAt + ICV_BYTES);
  return sameSecret(computeIntegrityCheckValue(packet, icvAt, key), icv);
}

/** The trailer of an `auth_hmac` advertisement. */
export interface HmacTrailer {
  /** 1 to 255 in a configuration; any octet on the wire. */
  readonly keyId: number;
  /** 64 bits: see {@linkcode sequenceFromUnixMs}. */
  readonly sequence: bigint;
  /** 16 octets. Decoded: a view. */
  readonly mac: Uint8Array;
}

/** What a trailer's MAC covers besides the trailer's own fields. */
export interface SignedAdvertisement {
  /** The advertisement without its trailer; its checksum does not matter. */
  readonly pdu: Uint8Array;
  readonly source: Ip;
}

/** Reads a trailer: exactly 28 octets. Judges neither key, age nor MAC. */
export function decodeHmacTrailer(bytes: Uint8Array): HmacTrailer | Malformed {
  if (bytes.length < TRAILER_AT.end) return "too short";
  if (bytes.length > TRAILER_AT.end) return "wrong length";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(TRAILER_AT.type) !== TRAILER_TYPE_HMAC) return "unknown type";
  if (view.getUint16(TRAILER_AT.reserved) !== 0) return "reserved bits set";
  return {
    keyId: view.getUint8(TRAILER_AT.keyId),
    sequence: view.getBigUint64(TRAILER_AT.sequence),
    mac: bytes.subarray(TRAILER_AT.mac),
  };
}

/** Writes a trailer: 28 octets. */
export function encodeHmacTrailer(trailer: HmacTrailer): Uint8Array<ArrayBuffer> {
  const { keyId, sequence, mac } = trailer;
  assert(keyId >= 0 && keyId <= 255, `Key ID is an octet: current value is ${keyId}`);
  assert(sequence >= 0n && sequence < 1n << 64n, `Sequence fits 64 bits: it is ${sequence}`);
  assert(mac.length === MAC_BYTES, `A MAC has 16 octets: current value is ${mac.length}`);
  const bytes = new Uint8Array(TRAILER_AT.end);
  const view = new DataView(bytes.buffer);
  view.setUint8(TRAILER_AT.type, TRAILER_TYPE_HMAC);
  view.setUint8(TRAILER_AT.keyId, keyId);
  view.setBigUint64(TRAILER_AT.sequence, sequence);
  bytes.set(mac, TRAILER_AT.mac);
  return bytes;
}

/** Signs an advertisement: the trailer to send behind it, 28 octets. */
export function signAdvertisement(
  advertisement: SignedAdvertisement,
  key: Uint8Array,
  trailer: Omit<HmacTrailer, "mac">,
): Uint8Array<ArrayBuffer> {
  const bytes = encodeHmacTrailer({ ...trailer, mac: new Uint8Array(MAC_BYTES) });
  bytes.set(trailerMac(advertisement, key, bytes), TRAILER_AT.mac);
  return bytes;
}

/** Whether `trailer`, as decoded, signs the advertisement with `key`. In constant time. */
export function signatureIsRight(
  advertisement: SignedAdvertisement,
  key: Uint8Array,
  trailer: HmacTrailer,
): boolean {
  const unsigned = encodeHmacTrailer({ ...trailer, mac: new Uint8Array(MAC_BYTES) });
  return sameSecret(trailerMac(advertisement, key, unsigned), trailer.mac);
}

const UNITS_PER_SEC = 2 ** 16;

/**
 * The least sequence of a moment, given in milliseconds since 1970 UTC: units of 2^-16 seconds
 * above a counter of 16 bits. Whoever sends more often than the clock moves adds 1 to the last one.
 */
export function sequenceFromUnixMs(unixMs: number): bigint {
  // Exact: a multiple of a power of two is, and the division is one of integers.
  return (BigInt(Math.floor(unixMs * UNITS_PER_SEC)) / 1_000n) << 16n;
}

/** The moment a sequence tells, in milliseconds since 1970 UTC; a fraction remains. */
export function unixMsFromSequence(sequence: bigint): number {
  return Number(sequence >> 16n) * 1_000 / UNITS_PER_SEC;
}

/** Where the ICV of an IPv4 packet is; undefined if the packet is too short to have one. */
function findIntegrityCheckValue(packet: Uint8Array): number | undefined {
  const headerBytes = ((packet[0] ?? 0) & 0x0f) * 4;
  if (headerBytes < IPV4_HEADER_BYTES_MIN) return undefined;
  return packet.length < headerBytes + AH_AT.end ? undefined : headerBytes + AH_AT.icv;
}

function computeIntegrityCheckValue(
  packet: Uint8Array,
  icvAt: number,
  key: Uint8Array,
): Uint8Array {
  const signed = packet.slice();
  for (const [at = 0, length = 0] of Object.values(UNSIGNED_IPV4_FIELDS)) {
    signed.fill(0, at, at + length);
  }
  if ((packet[IPV4_DESTINATION_AT] ?? 0) < GROUPS_FROM) signed[TTL_AT] = 0;
  signed.fill(0, icvAt, icvAt + ICV_BYTES);
  return hmac("md5", key, signed).subarray(0, ICV_BYTES);
}

/** HMAC over pseudo-header, PDU and trailer, with checksum and MAC as zeros; 16 octets. */
function trailerMac(
  { pdu, source }: SignedAdvertisement,
  key: Uint8Array,
  unsignedTrailer: Uint8Array,
): Uint8Array {
  assert(pdu.length >= CHECKSUM_AT + 2, "A signed advertisement is one that decodes");
  const [versionType = 0, vrid = 0] = pdu;
  const address = ipToBytes(source);
  const pseudoHeader = new Uint8Array(20);
  pseudoHeader.set([address.length === 4 ? 4 : 6, versionType >> 4, vrid, 0]);
  pseudoHeader.set(address, 4);
  const signed = pdu.slice();
  signed.fill(0, CHECKSUM_AT, CHECKSUM_AT + 2);
  return hmac("sha256", key, pseudoHeader, signed, unsignedTrailer).subarray(0, MAC_BYTES);
}

function hmac(
  algorithm: "md5" | "sha256",
  key: Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  // Not an import: that would load the module at start (see above).
  const hash = process.getBuiltinModule("node:crypto").createHmac(algorithm, key);
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
