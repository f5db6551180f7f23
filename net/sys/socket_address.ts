/**
 * Socket addresses as the kernel lays them out (`struct sockaddr_*`, little-endian hosts).
 *
 * @module
 */
import { assert } from "../assert.ts";
import { familyOf, type Ip, ipFromBytes, ipToBytes } from "../address.ts";
import { AF } from "./constants.ts";

/** Room for any of them. */
export const ADDRESS_BYTES_MAX = 128;

const IN = { family: 0, port: 2, address: 4, sizeBytes: 16 };
const IN6 = { family: 0, port: 2, address: 8, scopeId: 24, sizeBytes: 28 };
const LL = { family: 0, protocol: 2, interfaceIndex: 4, sizeBytes: 20 };
const NL = { family: 0, portId: 4, groups: 8, sizeBytes: 12 };

/** `sockaddr_in` or `sockaddr_in6`; `interfaceIndex` is the scope of link-local IPv6 addresses. */
export function internetAddress(ip: Ip, port = 0, interfaceIndex = 0): Uint8Array<ArrayBuffer> {
  const isV4 = familyOf(ip) === 4;
  const bytes = new Uint8Array(isV4 ? IN.sizeBytes : IN6.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(IN.family, isV4 ? AF.INET : AF.INET6, true);
  view.setUint16(IN.port, port);
  bytes.set(ipToBytes(ip), isV4 ? IN.address : IN6.address);
  if (!isV4) view.setUint32(IN6.scopeId, interfaceIndex, true);
  return bytes;
}

/** `sockaddr_ll`: frames for one interface. */
export function linkAddress(interfaceIndex: number, protocol = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LL.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(LL.family, AF.PACKET, true);
  view.setUint16(LL.protocol, protocol);
  view.setInt32(LL.interfaceIndex, interfaceIndex, true);
  return bytes;
}

/** `sockaddr_nl`; port id 0 is the kernel. */
export function netlinkAddress(portId = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(NL.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(NL.family, AF.NETLINK, true);
  view.setUint32(NL.portId, portId, true);
  return bytes;
}

/** `sockaddr_un` of a path. */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(path);
  assert(text.length < 108, `A socket path has at most 107 octets: it has ${text.length}`);
  const bytes = new Uint8Array(2 + text.length + 1);
  new DataView(bytes.buffer).setUint16(0, AF.UNIX, true);
  bytes.set(text, 2);
  return bytes;
}

/** What a received `sockaddr` says. */
export interface Sender {
  readonly ip: Ip | undefined;
  readonly port: number;
  readonly interfaceIndex: number;
  readonly portId: number | undefined;
}

const NOBODY: Sender = { ip: undefined, port: 0, interfaceIndex: 0, portId: undefined };

/** Reads a received address. */
export function readSender(bytes: Uint8Array): Sender {
  if (bytes.length < 4) return NOBODY;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, true);
  if (family === AF.INET && bytes.length >= IN.sizeBytes) {
    const ip = ipFromBytes(bytes.subarray(IN.address, IN.address + 4));
    return { ...NOBODY, ip, port: view.getUint16(IN.port) };
  }
  if (family === AF.INET6 && bytes.length >= IN6.sizeBytes) {
    const ip = ipFromBytes(bytes.subarray(IN6.address, IN6.address + 16));
    return { ...NOBODY, ip, port: view.getUint16(IN6.port) };
  }
  if (family === AF.PACKET && bytes.length >= 12) {
    return { ...NOBODY, interfaceIndex: view.getInt32(LL.interfaceIndex, true) };
  }
  if (family === AF.NETLINK && bytes.length >= NL.sizeBytes) {
    return { ...NOBODY, portId: view.getUint32(NL.portId, true) };
  }
  return NOBODY;
}
