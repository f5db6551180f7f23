/**
 * Datagram sockets of every kind that stayd speaks: raw IP, UDP, packet, netlink, unix. Non-blocking,
 * close-on-exec, receiving and sending in batches.
 *
 * @module
 */
import { type Family, familyOf, type Ip, ipFromBytes, ipToBytes } from "../address.ts";
import { AF, ERRNO, IP, IPV6, MSG, NETLINK, PACKET, SO, SOCK, SOL } from "./constants.ts";
import { Fd } from "./fd.ts";
import { addressOf, check, cString, errno, libc, realtimeMs, SyscallError } from "./libc.ts";
import { MessageBatch } from "./message_batch.ts";
import {
  internetAddress,
  linkAddress,
  netlinkAddress,
  readSender,
  unixAddress,
} from "./socket_address.ts";

/** A received datagram; `bytes` is a view, valid until the next receive on the same socket. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly source: Ip | undefined;
  readonly sourcePort: number;
  /** From packet information, where the socket asks for it. */
  readonly destination: Ip | undefined;
  /** 0: not known. */
  readonly interfaceIndex: number;
  /** TTL or Hop Limit. */
  readonly hopLimit: number | undefined;
  readonly truncated: boolean;
  /** Netlink: 0 is the kernel. */
  readonly senderPortId: number | undefined;
  /** How long ago the kernel received it, where the socket asks for it; by the clock that can be set. */
  readonly ageMs: number;
}

/** A datagram to send. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly destination?: Ip;
  readonly port?: number;
  /** Where it comes from; default: as the kernel chooses. */
  readonly source?: Ip;
  /** Where it leaves, or, on a packet socket, where the frame goes. */
  readonly interfaceIndex?: number;
  readonly hopLimit?: number;
}

/** How a batch ended: how many were taken, and the error that stopped it (0: none). */
export interface SendResult {
  readonly sentCount: number;
  readonly errno: number;
}

/** Messages in one system call. */
const BATCH_COUNT = 64;
const DATAGRAM_BYTES_MAX = 2_048;
const NETLINK_DATAGRAM_BYTES_MAX = 64 * 1_024;
const NETLINK_BATCH_COUNT = 8;
/** Destinations whose `sockaddr` is kept. */
const NAME_COUNT_MAX = 4_096;

type Kind = "internet" | "packet" | "netlink" | "unix";

/** A socket that carries datagrams. */
export class DatagramSocket implements Disposable {
  readonly #fd: Fd;
  readonly #kind: Kind;
  readonly #family: Family | undefined;
  readonly #inbox: MessageBatch | undefined;
  /** Made at once: what is sent first may be the most urgent. */
  readonly #outbox = new MessageBatch(BATCH_COUNT, 0);
  readonly #names = new Map<string, Uint8Array>();

  /** Made by the `open…` functions of this module. */
  constructor(fd: Fd, kind: Kind, inbox: MessageBatch | undefined, family?: Family) {
    this.#fd = fd;
    this.#kind = kind;
    this.#inbox = inbox;
    this.#family = family;
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** Datagrams that one {@linkcode receive} can bring: fewer mean that the socket was empty. */
  get batchCount(): number {
    return this.#inbox?.size ?? 0;
  }

  /**
   * Receives one batch and calls `each` for every datagram. Returns how many there were, 0 if none, or
   * the negative error number (an interface that went away, a netlink overflow).
   */
  receive(each: (datagram: Datagram) => void): number {
    const inbox = this.#inbox;
    if (!inbox) return 0;
    inbox.resetForReceive(inbox.size);
    const count = libc.recvmmsg(this.#fd.number, inbox.pointer, inbox.size, MSG.DONTWAIT, null);
    if (count < 0) {
      const error = errno();
      return error === ERRNO.EAGAIN || error === ERRNO.EINTR ? 0 : -error;
    }
    for (let i = 0; i < count; i++) each(readDatagram(inbox, i));
    return count;
  }

  /** Sends in order until the kernel refuses one. */
  send(messages: readonly Outgoing[]): SendResult {
    let sentCount = 0;
    while (sentCount < messages.length) {
      const batch = messages.slice(sentCount, sentCount + BATCH_COUNT);
      const taken = this.#sendBatch(batch);
      if (taken < 0) return { sentCount, errno: -taken };
      sentCount += taken;
    }
    return { sentCount, errno: 0 };
  }

  /** Hears a multicast group on an interface (0: the kernel's choice). */
  joinGroup(group: Ip, interfaceIndex: number): void {
    this.#changeMembership(group, interfaceIndex, IP.ADD_MEMBERSHIP, IPV6.ADD_MEMBERSHIP);
  }

  /** Hears it no more. An interface that went away took its memberships along. */
  leaveGroup(group: Ip, interfaceIndex: number): void {
    try {
      this.#changeMembership(group, interfaceIndex, IP.DROP_MEMBERSHIP, IPV6.DROP_MEMBERSHIP);
    } catch {
      // The membership is gone, which is what was wanted.
    }
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }

  #sendBatch(messages: readonly Outgoing[]): number {
    const outbox = this.#outbox;
    for (const [i, message] of messages.entries()) {
      outbox.fill(i, message.bytes, this.#nameOf(message), controlOf(this.#family, message));
    }
    const flags = MSG.DONTWAIT | MSG.NOSIGNAL;
    const count = libc.sendmmsg(this.#fd.number, outbox.pointer, messages.length, flags);
    const error = count < 0 ? errno() : 0;
    outbox.release();
    return count < 0 ? -error : count;
  }

  #nameOf({ destination, port = 0, interfaceIndex = 0 }: Outgoing): Uint8Array | undefined {
    if (this.#kind === "unix") return undefined;
    const key = `${destination ?? ""} ${port} ${interfaceIndex}`;
    const known = this.#names.get(key);
    if (known) return known;
    const name = this.#kind === "netlink"
      ? netlinkAddress()
      : this.#kind === "packet"
      ? linkAddress(interfaceIndex)
      : destination && internetAddress(destination, port, interfaceIndex);
    if (!name) return undefined;
    if (this.#names.size >= NAME_COUNT_MAX) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }

  #changeMembership(group: Ip, interfaceIndex: number, name4: number, name6: number): void {
    if (familyOf(group) === 4) {
      const bytes = new Uint8Array(12); // ip_mreqn: group, local address, index
      bytes.set(ipToBytes(group), 0);
      new DataView(bytes.buffer).setInt32(8, interfaceIndex, true);
      setOption(this.#fd, SOL.IP, name4, bytes);
    } else {
      const bytes = new Uint8Array(20); // ipv6_mreq: group, index
      bytes.set(ipToBytes(group), 0);
      new DataView(bytes.buffer).setUint32(16, interfaceIndex, true);
      setOption(this.#fd, SOL.IPV6, name6, bytes);
    }
  }
}

// --- opening -------------------------------------------------------------------------------------

/** How a raw IP socket is opened. */
export interface RawSocketOptions {
  readonly family: Family;
  /** IP protocol number. */
  readonly protocol: number;
  readonly interface?: string;
  readonly interfaceIndex?: number;
  /** Local address; it need not exist yet. */
  readonly bindAddress?: Ip;
  /** IPv4: what is sent begins with its IP header. */
  readonly headerIncluded?: boolean;
  /** Whether it hears at all; one that only speaks queues nothing. */
  readonly receives: boolean;
  readonly receiveBufferBytes?: number;
  /** TOS or traffic class of what is sent. */
  readonly trafficClass?: number;
  /** TTL or Hop Limit of what is sent. */
  readonly hopLimit?: number;
  /** Where multicast leaves. */
  readonly multicastInterfaceIndex?: number;
}

/** Opens a raw IP socket. Received IPv4 datagrams begin with their IP header. */
export function openRawSocket(options: RawSocketOptions): DatagramSocket {
  const { family, protocol, receives } = options;
  const fd = openFd(family === 4 ? AF.INET : AF.INET6, SOCK.RAW, protocol);
  if (!receives) refuseInput(fd);
  if (options.interface !== undefined) {
    setOption(fd, SOL.SOCKET, SO.BINDTODEVICE, cString(options.interface));
  }
  setSendOptions(fd, options);
  if (receives) setReceiveOptions(fd, family, options.receiveBufferBytes);
  if (options.bindAddress !== undefined) {
    const [level, name] = family === 4 ? [SOL.IP, IP.FREEBIND] : [SOL.IPV6, IPV6.FREEBIND];
    setOption(fd, level, name, int(1));
    const address = internetAddress(options.bindAddress, 0, options.interfaceIndex ?? 0);
    check("bind", libc.bind(fd.number, address, address.length));
  }
  const inbox = receives ? new MessageBatch(BATCH_COUNT, DATAGRAM_BYTES_MAX) : undefined;
  return new DatagramSocket(fd, "internet", inbox, family);
}

/** How a UDP socket is opened. */
export interface UdpSocketOptions {
  readonly family: Family;
  readonly bindAddress?: Ip;
  readonly port?: number;
  readonly interface?: string;
  readonly receiveBufferBytes?: number;
  readonly trafficClass?: number;
  readonly hopLimit?: number;
}

/** Opens a UDP socket that tells destination, interface and TTL of what it receives. */
export function openUdpSocket(options: UdpSocketOptions): DatagramSocket {
  const { family, bindAddress, port = 0 } = options;
  const fd = openFd(family === 4 ? AF.INET : AF.INET6, SOCK.DGRAM, 0);
  if (family === 6) setOption(fd, SOL.IPV6, IPV6.V6ONLY, int(1));
  if (options.interface !== undefined) {
    setOption(fd, SOL.SOCKET, SO.BINDTODEVICE, cString(options.interface));
  }
  setSendOptions(fd, { ...options, headerIncluded: false });
  setReceiveOptions(fd, family, options.receiveBufferBytes);
  const any = ipFromBytes(new Uint8Array(family === 4 ? 4 : 16));
  const address = internetAddress(bindAddress ?? any, port);
  check("bind", libc.bind(fd.number, address, address.length));
  return new DatagramSocket(
    fd,
    "internet",
    new MessageBatch(BATCH_COUNT, DATAGRAM_BYTES_MAX),
    family,
  );
}

/** Opens a packet socket for whole Ethernet frames. Protocol 0 (an EtherType otherwise) only sends. */
export function openPacketSocket(options: {
  readonly protocol: number;
  readonly interfaceIndex?: number;
  readonly bypassesQueue?: boolean;
}): DatagramSocket {
  const { protocol, interfaceIndex = 0, bypassesQueue = false } = options;
  const networkOrder = ((protocol & 0xff) << 8) | (protocol >> 8);
  const fd = openFd(AF.PACKET, SOCK.RAW, networkOrder);
  if (bypassesQueue) setOption(fd, SOL.PACKET, PACKET.QDISC_BYPASS, int(1));
  trySetOption(fd, SOL.SOCKET, SO.SNDBUFFORCE, int(4 * 1_024 * 1_024));
  if (interfaceIndex > 0) {
    const address = linkAddress(interfaceIndex, protocol);
    check("bind", libc.bind(fd.number, address, address.length));
  }
  const inbox = protocol === 0 ? undefined : new MessageBatch(BATCH_COUNT, DATAGRAM_BYTES_MAX);
  return new DatagramSocket(fd, "packet", inbox);
}

/** Opens a netlink socket, subscribed to `groups`. */
export function openNetlinkSocket(options: {
  readonly protocol: number;
  readonly groups?: readonly number[];
  readonly receiveBufferBytes?: number;
}): DatagramSocket {
  const fd = openFd(AF.NETLINK, SOCK.RAW, options.protocol);
  const address = netlinkAddress();
  check("bind", libc.bind(fd.number, address, address.length));
  for (const name of [NETLINK.EXT_ACK, NETLINK.CAP_ACK, NETLINK.GET_STRICT_CHK]) {
    trySetOption(fd, SOL.NETLINK, name, int(1));
  }
  if (options.receiveBufferBytes !== undefined) {
    enlargeReceiveBuffer(fd, options.receiveBufferBytes);
  }
  for (const group of options.groups ?? []) {
    setOption(fd, SOL.NETLINK, NETLINK.ADD_MEMBERSHIP, int(group));
  }
  const inbox = new MessageBatch(NETLINK_BATCH_COUNT, NETLINK_DATAGRAM_BYTES_MAX);
  return new DatagramSocket(fd, "netlink", inbox);
}

/** Opens a unix datagram socket connected to a path, for example syslog's `/dev/log`. */
export function openUnixDatagram(path: string): DatagramSocket {
  const fd = openFd(AF.UNIX, SOCK.DGRAM, 0);
  const address = unixAddress(path);
  const result = libc.connect(fd.number, address, address.length);
  if (result < 0) {
    const error = errno();
    fd[Symbol.dispose]();
    throw new SyscallError(`connect ${path}`, error);
  }
  return new DatagramSocket(fd, "unix", undefined);
}

// --- details -------------------------------------------------------------------------------------

function openFd(domain: number, type: number, protocol: number): Fd {
  const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
  return new Fd(check("socket", libc.socket(domain, type | flags, protocol)));
}

function int(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

function setOption(fd: Fd, level: number, name: number, value: Uint8Array<ArrayBuffer>): void {
  check(
    `setsockopt ${level}/${name}`,
    libc.setsockopt(fd.number, level, name, value, value.length),
  );
}

/** For options that help but are not needed, or that an older kernel does not know. */
function trySetOption(
  fd: Fd,
  level: number,
  name: number,
  value: Uint8Array<ArrayBuffer>,
): boolean {
  return libc.setsockopt(fd.number, level, name, value, value.length) === 0;
}

function enlargeReceiveBuffer(fd: Fd, bytes: number): void {
  if (trySetOption(fd, SOL.SOCKET, SO.RCVBUFFORCE, int(bytes))) return;
  trySetOption(fd, SOL.SOCKET, SO.RCVBUF, int(bytes));
}

/** A filter that drops everything, before anything can be queued. */
function refuseInput(fd: Fd): void {
  const program = new Uint8Array(8); // BPF_RET | BPF_K, 0
  program[0] = 0x06;
  const filter = new Uint8Array(16); // sock_fprog: count, pointer
  const view = new DataView(filter.buffer);
  view.setUint16(0, 1, true);
  view.setBigUint64(8, addressOf(program), true);
  setOption(fd, SOL.SOCKET, SO.ATTACH_FILTER, filter);
}

function setReceiveOptions(fd: Fd, family: Family, bufferBytes: number | undefined): void {
  if (family === 4) {
    setOption(fd, SOL.IP, IP.PKTINFO, int(1));
    setOption(fd, SOL.IP, IP.RECVTTL, int(1));
    setOption(fd, SOL.IP, IP.MULTICAST_ALL, int(0));
  } else {
    setOption(fd, SOL.IPV6, IPV6.RECVPKTINFO, int(1));
    setOption(fd, SOL.IPV6, IPV6.RECVHOPLIMIT, int(1));
    trySetOption(fd, SOL.IPV6, IPV6.MULTICAST_ALL, int(0));
  }
  trySetOption(fd, SOL.SOCKET, SO.TIMESTAMPNS, int(1));
  if (bufferBytes !== undefined) enlargeReceiveBuffer(fd, bufferBytes);
}

function setSendOptions(
  fd: Fd,
  { family, headerIncluded, trafficClass, hopLimit, multicastInterfaceIndex: index }:
    & Pick<RawSocketOptions, "family" | "headerIncluded" | "trafficClass" | "hopLimit">
    & Pick<RawSocketOptions, "multicastInterfaceIndex">,
): void {
  const is4 = family === 4;
  const level = is4 ? SOL.IP : SOL.IPV6;
  if (is4 && headerIncluded) setOption(fd, level, IP.HDRINCL, int(1));
  if (trafficClass !== undefined) {
    setOption(fd, level, is4 ? IP.TOS : IPV6.TCLASS, int(trafficClass));
  }
  if (hopLimit !== undefined) {
    setOption(fd, level, is4 ? IP.TTL : IPV6.UNICAST_HOPS, int(hopLimit));
    setOption(fd, level, is4 ? IP.MULTICAST_TTL : IPV6.MULTICAST_HOPS, int(hopLimit));
  }
  setOption(fd, level, is4 ? IP.MULTICAST_LOOP : IPV6.MULTICAST_LOOP, int(0));
  if (index === undefined) return;
  if (is4) {
    const bytes = new Uint8Array(12); // ip_mreqn
    new DataView(bytes.buffer).setInt32(8, index, true);
    setOption(fd, level, IP.MULTICAST_IF, bytes);
  } else setOption(fd, level, IPV6.MULTICAST_IF, int(index));
}

/** cmsghdr: len@0 (8 octets), level@8, type@12, data@16. */
const CONTROL = { length: 0, level: 8, type: 12, data: 16 };

/** Source, interface and hop limit of one message, for IPv6; an IPv4 header says it itself. */
function controlOf(family: Family | undefined, message: Outgoing): Uint8Array | undefined {
  const { source, interfaceIndex, hopLimit } = message;
  if (family !== 6 || (source === undefined && hopLimit === undefined)) return undefined;
  const parts: Uint8Array[] = [];
  if (source !== undefined) {
    const info = new Uint8Array(40); // header and in6_pktinfo (20), padded
    const view = controlHeader(info, CONTROL.data + 20, SOL.IPV6, IPV6.PKTINFO);
    info.set(ipToBytes(source), CONTROL.data);
    view.setUint32(CONTROL.data + 16, interfaceIndex ?? 0, true);
    parts.push(info);
  }
  if (hopLimit !== undefined) {
    const hops = new Uint8Array(24);
    controlHeader(hops, CONTROL.data + 4, SOL.IPV6, IPV6.HOPLIMIT)
      .setInt32(CONTROL.data, hopLimit, true);
    parts.push(hops);
  }
  const control = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    control.set(part, at);
    at += part.length;
  }
  return control;
}

function controlHeader(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
  level: number,
  type: number,
): DataView {
  const view = new DataView(bytes.buffer);
  view.setBigUint64(CONTROL.length, BigInt(length), true);
  view.setInt32(CONTROL.level, level, true);
  view.setInt32(CONTROL.type, type, true);
  return view;
}

function readDatagram(inbox: MessageBatch, index: number): Datagram {
  const sender = readSender(inbox.name(index));
  const information = readControl(inbox.control(index));
  return {
    bytes: inbox.data(index),
    source: sender.ip,
    sourcePort: sender.port,
    destination: information.destination,
    interfaceIndex: information.interfaceIndex || sender.interfaceIndex,
    hopLimit: information.hopLimit,
    truncated: (inbox.flags(index) & MSG.TRUNC) !== 0,
    senderPortId: sender.portId,
    ageMs: information.ageMs,
  };
}

/** What control messages tell of a received datagram. */
interface PacketInformation {
  destination: Ip | undefined;
  interfaceIndex: number;
  hopLimit: number | undefined;
  ageMs: number;
}

function readControl(control: Uint8Array): PacketInformation {
  const information: PacketInformation = {
    destination: undefined,
    interfaceIndex: 0,
    hopLimit: undefined,
    ageMs: 0,
  };
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  for (let at = 0; at + CONTROL.data <= control.length;) {
    const length = view.getUint32(at + CONTROL.length, true);
    if (length < CONTROL.data || at + length > control.length) break;
    const level = view.getInt32(at + CONTROL.level, true);
    const type = view.getInt32(at + CONTROL.type, true);
    readOne(level, type, control.subarray(at + CONTROL.data, at + length), information);
    at += (length + 7) & ~7;
  }
  return information;
}

function readOne(
  level: number,
  type: number,
  data: Uint8Array,
  information: PacketInformation,
): void {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (level === SOL.IP && type === IP.PKTINFO && data.length >= 12) {
    information.interfaceIndex = view.getInt32(0, true);
    information.destination = ipFromBytes(data.subarray(8, 12)); // ipi_addr: as in the header
  } else if (level === SOL.IPV6 && type === IPV6.PKTINFO && data.length >= 20) {
    information.destination = ipFromBytes(data.subarray(0, 16));
    information.interfaceIndex = view.getUint32(16, true);
  } else if (
    (level === SOL.IP && type === IP.TTL || level === SOL.IPV6 && type === IPV6.HOPLIMIT) &&
    data.length >= 4
  ) information.hopLimit = view.getInt32(0, true);
  else if (level === SOL.SOCKET && type === SO.TIMESTAMPNS && data.length >= 16) {
    const receivedMs = Number(view.getBigInt64(0, true)) * 1_000 + view.getUint32(8, true) / 1e6;
    information.ageMs = realtimeMs() - receivedMs;
  }
}
