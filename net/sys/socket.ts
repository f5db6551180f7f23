/**
 * Opens datagram sockets of every kind that stayd speaks: raw IP, UDP, packet, netlink, unix.
 * Non-blocking, close-on-exec, receiving and sending in batches.
 *
 * @module
 */
import { type Family, type Ip, ipFromBytes, ipLength } from "../address.ts";
import { AF, IP, IPV6, NETLINK, PACKET, SO, SOCK, SOL } from "./constants.ts";
import { datagramPool, DatagramSocket, netlinkPool, newsPool } from "./datagram_socket.ts";
import { Fd } from "./fd.ts";
import { intBytes } from "./layout.ts";
import { check, libc } from "./libc.ts";
import { attachFilter, type UdpFilter, udpFilterProgram } from "./packet_filter.ts";
import { internetAddress, linkAddress, netlinkAddress, unixAddress } from "./socket_address.ts";
import {
  acceptInput,
  bindToInterface,
  enlargeReceiveBuffer,
  enlargeSendBuffer,
  refuseInput,
  type SendOptions,
  setOption,
  setReceiveOptions,
  setSendOptions,
  trySetOption,
} from "./socket_options.ts";

export { type Datagram, DatagramSocket } from "./datagram_socket.ts";

const PACKET_SEND_BUFFER_BYTES = 4 * 1_024 * 1_024;

/** How a raw IP socket is opened. */
export interface RawSocketOptions extends SendOptions {
  /** IP protocol number. */
  readonly protocol: number;
  readonly interface?: string;
  readonly interfaceIndex?: number;
  /** Local address; it need not exist yet. */
  readonly bindAddress?: Ip;
  /** Whether it hears at all; one that only speaks queues nothing. */
  readonly receives: boolean;
  readonly receiveBufferBytes?: number;
}

/** Opens a raw IP socket. Checksums are the caller's, in both families. Throws a `SyscallError`. */
export function openRawSocket(options: RawSocketOptions): DatagramSocket {
  const { family, protocol, receives, bindAddress } = options;
  const fd = openFd(family === 4 ? AF.INET : AF.INET6, SOCK.RAW, protocol, (fd) => {
    refuseInput(fd);
    if (options.interface !== undefined) bindToInterface(fd, options.interface);
    setSendOptions(fd, options);
    if (bindAddress !== undefined) {
      bindFreely(fd, internetAddress(bindAddress, 0, options.interfaceIndex), family);
    }
    if (!receives) return;
    setReceiveOptions(fd, family, options.receiveBufferBytes);
    acceptInput(fd);
  });
  const kind = family === 6 ? "raw6" : options.headerIncluded ? "framed" : "internet";
  return new DatagramSocket(fd, kind, receives ? datagramPool : undefined, family);
}

/** How a UDP socket is opened. */
export interface UdpSocketOptions extends Omit<SendOptions, "headerIncluded"> {
  /** Default: any. */
  readonly bindAddress?: Ip;
  /** Whether the local address need not exist yet. */
  readonly bindsFreely?: boolean;
  /** Local port; default: the kernel's choice. */
  readonly port?: number;
  readonly interface?: string;
  /** Scope of link-local IPv6 addresses. */
  readonly interfaceIndex?: number;
  /** Only datagrams of this peer are received, and its ICMP errors are errors of the socket. */
  readonly peer?: { readonly ip: Ip; readonly port: number };
  /** Firewall mark of what is sent (needs CAP_NET_ADMIN). */
  readonly mark?: number;
  readonly receiveBufferBytes?: number;
  /** Whether others of ours may have the same port, if they say so too (net/sys/udp_pair.ts). */
  readonly sharesPort?: boolean;
  /** What is received at all; default: everything. `nothing`: it only speaks. */
  readonly filter?: UdpFilter | "nothing";
}

/**
 * Opens a UDP socket that tells destination, interface and TTL of what it receives. Throws a
 * `SyscallError`.
 */
export function openUdpSocket(options: UdpSocketOptions): DatagramSocket {
  const { family, port = 0, interfaceIndex, peer, filter } = options;
  const fd = openFd(family === 4 ? AF.INET : AF.INET6, SOCK.DGRAM, 0, (fd) => {
    if (filter === "nothing") refuseInput(fd);
    else if (filter) attachFilter(fd, udpFilterProgram(family, filter));
    if (family === 6) setOption(fd, SOL.IPV6, IPV6.V6ONLY, intBytes(1));
    if (options.interface !== undefined) bindToInterface(fd, options.interface);
    if (options.sharesPort) setOption(fd, SOL.SOCKET, SO.REUSEPORT, intBytes(1));
    if (options.mark !== undefined) setOption(fd, SOL.SOCKET, SO.MARK, intBytes(options.mark));
    setSendOptions(fd, options);
    setReceiveOptions(fd, family, options.receiveBufferBytes);
    const any = ipFromBytes(new Uint8Array(ipLength(family)));
    const address = internetAddress(options.bindAddress ?? any, port, interfaceIndex);
    if (options.bindsFreely) bindFreely(fd, address, family);
    else check("bind", libc.bind(fd.number, address, address.length));
    if (!peer) return;
    const name = internetAddress(peer.ip, peer.port, interfaceIndex);
    check("connect", libc.connect(fd.number, name, name.length));
  });
  return new DatagramSocket(
    fd,
    "internet",
    filter === "nothing" ? undefined : datagramPool,
    family,
  );
}

/**
 * Opens a packet socket for whole Ethernet frames; needs CAP_NET_RAW. Protocol 0 only sends,
 * another one (an EtherType; 3 is every frame) is received as well. Throws a `SyscallError`.
 */
export function openPacketSocket(options: {
  readonly protocol: number;
  readonly interfaceIndex?: number;
  /** Past queueing disciplines: faster, and traffic control does not see it. */
  readonly bypassesQueue?: boolean;
  readonly receiveBufferBytes?: number;
  /** A program of classic BPF: what is received at all. */
  readonly program?: Uint8Array<ArrayBuffer>;
}): DatagramSocket {
  const { protocol, interfaceIndex = 0, bypassesQueue = false, receiveBufferBytes } = options;
  const { program } = options;
  // Protocol 0 hears nothing: a socket that is to be bound hears its protocol from then on.
  const early = interfaceIndex > 0 ? 0 : ((protocol & 0xff) << 8) | (protocol >> 8);
  const fd = openFd(AF.PACKET, SOCK.RAW, early, (fd) => {
    if (program) attachFilter(fd, program);
    if (bypassesQueue) setOption(fd, SOL.PACKET, PACKET.QDISC_BYPASS, intBytes(1));
    enlargeSendBuffer(fd, PACKET_SEND_BUFFER_BYTES);
    if (receiveBufferBytes !== undefined) enlargeReceiveBuffer(fd, receiveBufferBytes);
    if (interfaceIndex === 0) return;
    const address = linkAddress(interfaceIndex, protocol);
    check("bind", libc.bind(fd.number, address, address.length));
  });
  return new DatagramSocket(fd, "packet", protocol === 0 ? undefined : datagramPool);
}

/** Opens a netlink socket, subscribed to `groups`. Throws a `SyscallError`. */
export function openNetlinkSocket(options: {
  readonly protocol: number;
  readonly groups?: readonly number[];
  readonly receiveBufferBytes?: number;
}): DatagramSocket {
  const fd = openFd(AF.NETLINK, SOCK.RAW, options.protocol, (fd) => {
    const address = netlinkAddress();
    check("bind", libc.bind(fd.number, address, address.length));
    for (const name of [NETLINK.EXT_ACK, NETLINK.CAP_ACK, NETLINK.GET_STRICT_CHK]) {
      trySetOption(fd, SOL.NETLINK, name, intBytes(1));
    }
    if (options.receiveBufferBytes !== undefined) {
      enlargeReceiveBuffer(fd, options.receiveBufferBytes);
    }
    for (const group of options.groups ?? []) {
      setOption(fd, SOL.NETLINK, NETLINK.ADD_MEMBERSHIP, intBytes(group));
    }
  });
  return new DatagramSocket(fd, "netlink", options.groups ? newsPool : netlinkPool);
}

/** Opens a unix datagram socket connected to a path, for example syslog's `/dev/log`. */
export function openUnixDatagram(path: string): DatagramSocket {
  const address = unixAddress(path);
  const fd = openFd(AF.UNIX, SOCK.DGRAM, 0, (fd) => {
    check(`connect ${path}`, libc.connect(fd.number, address, address.length));
  });
  return new DatagramSocket(fd, "unix", undefined);
}

/** A new descriptor, set up; closed again if that fails. */
function openFd(domain: number, type: number, protocol: number, setUp: (fd: Fd) => void): Fd {
  const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
  const fd = new Fd(check("socket", libc.socket(domain, type | flags, protocol)));
  try {
    setUp(fd);
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
  return fd;
}

/** Binds to an address that need not exist (yet). */
function bindFreely(fd: Fd, address: Uint8Array<ArrayBuffer>, family: Family): void {
  if (family === 4) setOption(fd, SOL.IP, IP.FREEBIND, intBytes(1));
  else setOption(fd, SOL.IPV6, IPV6.FREEBIND, intBytes(1));
  check("bind", libc.bind(fd.number, address, address.length));
}
