/**
 * Socket addresses as the kernel lays them out (`struct sockaddr_*`).
 *
 * @module
 */
import { familyOf, type Ip, ipToBytes } from "../address.ts";
import { AF, ERRNO } from "./constants.ts";
import { readIp } from "./ip_reader.ts";
import {
  LITTLE_ENDIAN,
  SOCKADDR_IN,
  SOCKADDR_IN6,
  SOCKADDR_LL,
  SOCKADDR_NL,
  SOCKADDR_UN,
} from "./layout.ts";
import { SyscallError } from "./libc.ts";

/** Room for any of them. */
export const ADDRESS_BYTES_MAX = 128;

/** `sockaddr_in` or `sockaddr_in6`; `interfaceIndex` is the scope of link-local IPv6 addresses. */
export function internetAddress(ip: Ip, port = 0, interfaceIndex = 0): Uint8Array<ArrayBuffer> {
  const isV4 = familyOf(ip) === 4;
  const bytes = new Uint8Array(isV4 ? SOCKADDR_IN.sizeBytes : SOCKADDR_IN6.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(SOCKADDR_IN.family, isV4 ? AF.INET : AF.INET6, LITTLE_ENDIAN);
  view.setUint16(SOCKADDR_IN.port, port);
  bytes.set(ipToBytes(ip), isV4 ? SOCKADDR_IN.address : SOCKADDR_IN6.address);
  if (!isV4) view.setUint32(SOCKADDR_IN6.scopeId, interfaceIndex, LITTLE_ENDIAN);
  return bytes;
}

/** `sockaddr_ll`: frames for one interface. */
export function linkAddress(interfaceIndex: number, protocol = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SOCKADDR_LL.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(SOCKADDR_LL.family, AF.PACKET, LITTLE_ENDIAN);
  view.setUint16(SOCKADDR_LL.protocol, protocol);
  view.setInt32(SOCKADDR_LL.interfaceIndex, interfaceIndex, LITTLE_ENDIAN);
  return bytes;
}

/** `sockaddr_nl`; port id 0 is the kernel. */
export function netlinkAddress(portId = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SOCKADDR_NL.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(SOCKADDR_NL.family, AF.NETLINK, LITTLE_ENDIAN);
  view.setUint32(SOCKADDR_NL.portId, portId, LITTLE_ENDIAN);
  return bytes;
}

/**
 * `sockaddr_un` of a path; one that begins with `@` is in the abstract namespace, where no file is.
 * Throws a `SyscallError` ENAMETOOLONG beyond 107 octets.
 */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const isAbstract = path.startsWith("@");
  const text = new TextEncoder().encode(isAbstract ? path.slice(1) : path);
  const length = SOCKADDR_UN.path + text.length + 1;
  if (length > SOCKADDR_UN.sizeBytes) {
    throw new SyscallError(`socket path ${path}`, ERRNO.ENAMETOOLONG);
  }
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint16(SOCKADDR_UN.family, AF.UNIX, LITTLE_ENDIAN);
  // A NUL first means abstract, and then the length ends the name; else a NUL does.
  bytes.set(text, isAbstract ? SOCKADDR_UN.path + 1 : SOCKADDR_UN.path);
  return bytes;
}

/** What a received `sockaddr` says. */
export interface Sender {
  readonly ip: Ip | undefined;
  readonly port: number;
  /** Packet sockets: where it came in; else 0. */
  readonly interfaceIndex: number;
  /** Netlink: 0 is the kernel. */
  readonly portId: number | undefined;
}

const NOBODY: Sender = { ip: undefined, port: 0, interfaceIndex: 0, portId: undefined };

/**
 * Reads an address of `length` octets from `at`. One that is too short, or of no known kind, says
 * nothing.
 */
export function readSender(view: DataView, at: number, length: number): Sender {
  if (length < 2) return NOBODY;
  const family = view.getUint16(at, LITTLE_ENDIAN);
  if (family === AF.INET && length >= SOCKADDR_IN.sizeBytes) {
    return {
      ip: readIp(view, at + SOCKADDR_IN.address, 4),
      port: view.getUint16(at + SOCKADDR_IN.port),
      interfaceIndex: 0,
      portId: undefined,
    };
  }
  if (family === AF.INET6 && length >= SOCKADDR_IN6.sizeBytes) {
    return {
      ip: readIp(view, at + SOCKADDR_IN6.address, 6),
      port: view.getUint16(at + SOCKADDR_IN6.port),
      interfaceIndex: 0,
      portId: undefined,
    };
  }
  if (family === AF.PACKET && length >= SOCKADDR_LL.address) {
    const interfaceIndex = view.getInt32(at + SOCKADDR_LL.interfaceIndex, LITTLE_ENDIAN);
    return { ...NOBODY, interfaceIndex };
  }
  if (family === AF.NETLINK && length >= SOCKADDR_NL.sizeBytes) {
    return { ...NOBODY, portId: view.getUint32(at + SOCKADDR_NL.portId, LITTLE_ENDIAN) };
  }
  return NOBODY;
}
