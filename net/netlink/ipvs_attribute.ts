/**
 * Types of attributes that only IPVS has: network byte order, and addresses in a union.
 *
 * @module
 */
import { type Family, type Ip, ipFromBytes, ipLength, ipToBytes } from "../address.ts";
import { type AttributeType, UNFIT } from "./attribute.ts";

const BIG_ENDIAN = false;
const UNION_BYTES = 16;
/** AF_INET and AF_INET6, as the kernel numbers them. */
const AF_INET = 2;
const AF_INET6 = 10;

/** 16 bits, unsigned, in network byte order: a port. */
export const port: AttributeType<number> = {
  read: (view, at, size) => size === 2 ? view.getUint16(at, BIG_ENDIAN) : UNFIT,
  write: (writer, value) => writer.u16(((value & 0xff) << 8) | (value >>> 8)),
};

/** AF_INET or AF_INET6 in 16 bits of host byte order. */
export const addressFamily: AttributeType<Family> = {
  read: (view, at, size) => {
    if (size !== 2) return UNFIT;
    const number = view.getUint16(at, true);
    if (number === AF_INET) return 4;
    return number === AF_INET6 ? 6 : UNFIT;
  },
  write: (writer, value) => writer.u16(value === 4 ? AF_INET : AF_INET6),
};

/** Flags and which of them count, which is what the kernel keeps. Read: those that count. */
export const maskedFlags: AttributeType<number> = {
  read: (view, at, size) =>
    size === 8 ? (view.getUint32(at, true) & view.getUint32(at + 4, true)) >>> 0 : UNFIT,
  write: (writer, value) => {
    writer.u32(value);
    writer.u32(0xffffffff);
  },
};

/** The octets of `union nf_inet_addr`: an IPv4 address is followed by zeros. */
export function unionBytes(ip: Ip): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(UNION_BYTES);
  bytes.set(ipToBytes(ip));
  return bytes;
}

/** The address in a union of that family; undefined if there are too few octets. */
export function ipOfUnion(bytes: Uint8Array, family: Family): Ip | undefined {
  const length = ipLength(family);
  return bytes.length < length ? undefined : ipFromBytes(bytes.subarray(0, length));
}
