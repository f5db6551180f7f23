/**
 * Options of sockets, in the order and with the fallbacks that stayd needs.
 *
 * @module
 */
import { assert } from "../assert.ts";
import type { Family } from "../address.ts";
import { ERRNO, IP, IPV6, MSG, SO, SOL } from "./constants.ts";
import type { Fd } from "./fd.ts";
import { intBytes, IP_MREQN, LITTLE_ENDIAN, setUint64, SOCK_FILTER, SOCK_FPROG } from "./layout.ts";
import { addressOf, check, cString, errno, libc, SyscallError } from "./libc.ts";

/** Sets an option; throws a `SyscallError` if the kernel refuses. */
export function setOption(
  fd: Pick<Fd, "number">,
  level: number,
  name: number,
  value: Uint8Array<ArrayBuffer>,
): void {
  check(
    `setsockopt ${level}/${name}`,
    libc.setsockopt(fd.number, level, name, value, value.length),
  );
}

/** Sets an option that helps but is not needed, or that an older kernel does not know. */
export function trySetOption(
  fd: Pick<Fd, "number">,
  level: number,
  name: number,
  value: Uint8Array<ArrayBuffer>,
): boolean {
  return libc.setsockopt(fd.number, level, name, value, value.length) === 0;
}

/**
 * Ties the socket to an interface. Throws a `SyscallError` ENODEV if there is none of that name.
 */
export function bindToInterface(fd: Fd, name: string): void {
  const value = cString(name);
  const result = libc.setsockopt(
    fd.number,
    SOL.SOCKET,
    SO.BINDTODEVICE,
    value,
    value.length,
  );
  if (result < 0) throw new SyscallError(`setsockopt SO_BINDTODEVICE ${name}`, errno());
}

/** Makes the receive buffer larger than the system's limit if we may, else as large as we may. */
export function enlargeReceiveBuffer(fd: Fd, bytes: number): void {
  if (trySetOption(fd, SOL.SOCKET, SO.RCVBUFFORCE, intBytes(bytes))) return;
  trySetOption(fd, SOL.SOCKET, SO.RCVBUF, intBytes(bytes));
}

/** Makes the send buffer larger in the same way. */
export function enlargeSendBuffer(fd: Fd, bytes: number): void {
  if (trySetOption(fd, SOL.SOCKET, SO.SNDBUFFORCE, intBytes(bytes))) return;
  trySetOption(fd, SOL.SOCKET, SO.SNDBUF, intBytes(bytes));
}

const BPF_RET_K = 0x06;

/** Drops all input before it is queued: for a socket that only sends, or is not set up yet. */
export function refuseInput(fd: Fd): void {
  // One instruction: keep 0 octets. Made anew each time: a constant of the module that no function
  // uses would be collected, though the kernel's pointer to it lives on.
  const program = new Uint8Array(SOCK_FILTER.sizeBytes);
  program[SOCK_FILTER.code] = BPF_RET_K;
  const filter = new Uint8Array(SOCK_FPROG.sizeBytes);
  const view = new DataView(filter.buffer);
  view.setUint16(SOCK_FPROG.count, 1, LITTLE_ENDIAN);
  setUint64(view, SOCK_FPROG.filter, Number(addressOf(program)));
  setOption(fd, SOL.SOCKET, SO.ATTACH_FILTER, filter);
  assert(program[SOCK_FILTER.code] === BPF_RET_K, "the program outlives the call");
}

/**
 * Takes input from now on. What came before {@linkcode refuseInput} is thrown away: it may be from
 * other interfaces, and lacks its packet information.
 */
export function acceptInput(fd: Fd): void {
  const scratch = new Uint8Array(1);
  for (;;) {
    if (libc.recv(fd.number, scratch, scratch.length, MSG.DONTWAIT | MSG.TRUNC) >= 0) continue;
    const error = errno();
    if (error === ERRNO.EAGAIN) break;
    if (error !== ERRNO.EINTR && error !== ERRNO.ENETDOWN) throw new SyscallError("recv", error);
  }
  setOption(fd, SOL.SOCKET, SO.DETACH_FILTER, intBytes(0));
}

/** Asks for what {@linkcode readControl} reads, and for joined groups only. */
export function setReceiveOptions(fd: Fd, family: Family, bufferBytes: number | undefined): void {
  if (family === 4) {
    setOption(fd, SOL.IP, IP.PKTINFO, intBytes(1));
    setOption(fd, SOL.IP, IP.RECVTTL, intBytes(1));
    setOption(fd, SOL.IP, IP.MULTICAST_ALL, intBytes(0));
  } else {
    setOption(fd, SOL.IPV6, IPV6.RECVPKTINFO, intBytes(1));
    setOption(fd, SOL.IPV6, IPV6.RECVHOPLIMIT, intBytes(1));
    trySetOption(fd, SOL.IPV6, IPV6.MULTICAST_ALL, intBytes(0)); // Since Linux 4.20.
  }
  trySetOption(fd, SOL.SOCKET, SO.TIMESTAMPNS, intBytes(1));
  if (bufferBytes !== undefined) enlargeReceiveBuffer(fd, bufferBytes);
}

/** How datagrams leave. */
export interface SendOptions {
  readonly family: Family;
  /** IPv4: what is sent begins with its IP header. */
  readonly headerIncluded?: boolean;
  /** TOS or traffic class. */
  readonly trafficClass?: number;
  /** Queueing priority, 0 to 6. */
  readonly priority?: number;
  /** TTL or Hop Limit, of unicast and multicast. */
  readonly hopLimit?: number;
  /** Where multicast leaves. */
  readonly multicastInterfaceIndex?: number;
}

/** Sets how datagrams leave; our own multicast never comes back. */
export function setSendOptions(fd: Fd, options: SendOptions): void {
  const { family, headerIncluded, trafficClass, priority, hopLimit } = options;
  const isV4 = family === 4;
  const level = isV4 ? SOL.IP : SOL.IPV6;
  if (isV4 && headerIncluded) setOption(fd, level, IP.HDRINCL, intBytes(1));
  if (trafficClass !== undefined) {
    setOption(fd, level, isV4 ? IP.TOS : IPV6.TCLASS, intBytes(trafficClass));
  }
  // After the traffic class, which sets a priority of its own.
  if (priority !== undefined) setOption(fd, SOL.SOCKET, SO.PRIORITY, intBytes(priority));
  if (hopLimit !== undefined) {
    setOption(fd, level, isV4 ? IP.TTL : IPV6.UNICAST_HOPS, intBytes(hopLimit));
    setOption(fd, level, isV4 ? IP.MULTICAST_TTL : IPV6.MULTICAST_HOPS, intBytes(hopLimit));
  }
  setOption(fd, level, isV4 ? IP.MULTICAST_LOOP : IPV6.MULTICAST_LOOP, intBytes(0));
  const index = options.multicastInterfaceIndex;
  if (index === undefined) return;
  if (isV4) {
    const request = new Uint8Array(IP_MREQN.sizeBytes);
    new DataView(request.buffer).setInt32(IP_MREQN.interfaceIndex, index, LITTLE_ENDIAN);
    setOption(fd, level, IP.MULTICAST_IF, request);
  } else setOption(fd, level, IPV6.MULTICAST_IF, intBytes(index));
}
