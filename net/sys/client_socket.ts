/**
 * Sockets that talk to one peer: TCP, UDP, ICMP echo. Source, device and firewall mark are chosen
 * before they connect, which no socket of the runtime lets us do.
 *
 * @module
 */
import { familyOf, type Ip, ipFromBytes, ipLength } from "../address.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from "../packet/ip.ts";
import { AF, ERRNO, IP, IPV6, MSG, SO, SOCK, SOL } from "./constants.ts";
import { Fd } from "./fd.ts";
import { intBytes, LITTLE_ENDIAN, SOCKADDR_IN6 } from "./layout.ts";
import { check, errno, laterOfLibc, libc } from "./libc.ts";
import { isEphemeral } from "./local_ports.ts";
import { internetAddress } from "./socket_address.ts";
import { bindToInterface, setOption, trySetOption } from "./socket_options.ts";

/** What is spoken. `echo` is a raw ICMP socket that hears echo replies only (CAP_NET_RAW). */
export type ClientProtocol = "tcp" | "udp" | "echo";

/** Who is talked to, and from where. */
export interface ClientSocketOptions {
  readonly protocol: ClientProtocol;
  readonly ip: Ip;
  /** 0 for ICMP. */
  readonly port: number;
  /** Local address; default: the kernel's choice. */
  readonly sourceIp?: Ip;
  /** Local port; default: the kernel's choice. */
  readonly sourcePort?: number;
  /** Device that is used whatever the routes say; needed for link-local IPv6 addresses. */
  readonly interface?: string;
  /** Firewall mark (CAP_NET_ADMIN); 0 is none. */
  readonly mark?: number;
}

const functions = laterOfLibc({
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
});

const ICMP_FILTER = 1;
/** Bits of the types that are dropped: all but Echo Reply (0). */
const ICMP_FILTER_ECHO_REPLY = ~1;
const ICMPV6_FILTER = 1;
const ICMPV6_ECHO_REPLY = 129;

const KINDS: Readonly<Record<ClientProtocol, number>> = {
  tcp: SOCK.STREAM,
  udp: SOCK.DGRAM,
  echo: SOCK.RAW,
};

const SCOPE_AT = SOCKADDR_IN6.scopeId;

// One for all of them: a call's result is read before the next call.
const optionValue = new Int32Array(1);
const optionLength = new Uint32Array(1);

/** A non-blocking socket with one peer. */
export class ClientSocket implements Disposable {
  readonly #fd: Fd;
  readonly #peer: Uint8Array<ArrayBuffer>;
  readonly #isStream: boolean;
  readonly #mayMeetItself: boolean;
  #isReleased = false;

  /** Opens and sets it up. Throws a `SyscallError`, which is then about this machine. */
  constructor(options: ClientSocketOptions) {
    const { protocol, ip } = options;
    const isV4 = familyOf(ip) === 4;
    this.#isStream = protocol === "tcp";
    this.#mayMeetItself = options.sourcePort ? true : isEphemeral(options.port);
    const icmp = isV4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
    const type = KINDS[protocol] | SOCK.NONBLOCK | SOCK.CLOEXEC;
    const domain = isV4 ? AF.INET : AF.INET6;
    const number = libc.socket(domain, type, protocol === "echo" ? icmp : 0);
    this.#fd = new Fd(check("socket", number));
    this.#peer = internetAddress(ip, protocol === "echo" ? 0 : options.port);
    try {
      setUp(this.#fd, options, isV4);
    } catch (error) {
      this.#fd[Symbol.dispose]();
      throw error;
    }
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** Begins to connect: 0, or an error number; EINPROGRESS: {@linkcode error} tells later. */
  connect(): number {
    const result = libc.connect(this.#fd.number, this.#peer, this.#peer.length);
    return result < 0 ? errno() : 0;
  }

  /** The error that waits for this socket (SO_ERROR), 0 if there is none; it is then gone. */
  error(): number {
    optionLength[0] = optionValue.byteLength;
    const fd = this.#fd.number;
    check(
      "getsockopt",
      functions().getsockopt(fd, SOL.SOCKET, SO.ERROR, optionValue, optionLength),
    );
    return optionValue[0] ?? 0;
  }

  /**
   * Whether it is connected to itself: to a port of this machine where nobody listens, the kernel
   * may have chosen that port as ours, too (RFC 9293 §3.5, simultaneous open).
   */
  isConnectedToItself(): boolean {
    if (!this.#mayMeetItself) return false;
    const own = new Uint8Array(new ArrayBuffer(this.#peer.length));
    optionLength[0] = own.length;
    check("getsockname", libc.getsockname(this.#fd.number, own, optionLength));
    // Family, port and address, without the IPv6 scope, which only one side may have.
    return own.subarray(0, SCOPE_AT).every((octet, i) => octet === this.#peer[i]);
  }

  /** How many octets were taken, or the negative error number. */
  send(bytes: Uint8Array<ArrayBuffer>): number {
    const flags = MSG.DONTWAIT | MSG.NOSIGNAL;
    const count = libc.send(this.#fd.number, bytes, bytes.length, flags);
    return count < 0 ? -errno() : count;
  }

  /**
   * Receives into `buffer`. How many octets came (0: the end of a stream, or an empty datagram), or
   * the negative error number. Of a datagram, how many it had, even if they did not fit.
   */
  receive(buffer: Uint8Array<ArrayBuffer>): number {
    // MSG_TRUNC on a stream would throw data away.
    const flags = MSG.DONTWAIT | (this.#isStream ? 0 : MSG.TRUNC);
    const count = libc.recv(this.#fd.number, buffer, buffer.length, flags);
    return count < 0 ? -errno() : count;
  }

  /** Gives the descriptor away: the caller closes it, and this socket is no longer used. */
  release(): number {
    this.#isReleased = true;
    return this.#fd.number;
  }

  /** Closes it, unless it was given away. */
  [Symbol.dispose](): void {
    if (!this.#isReleased) this.#fd[Symbol.dispose]();
  }
}

function setUp(fd: Fd, options: ClientSocketOptions, isV4: boolean): void {
  const { protocol, mark = 0 } = options;
  if (mark !== 0) setOption(fd, SOL.SOCKET, SO.MARK, wordBytes(mark));
  if (options.interface !== undefined) bindToInterface(fd, options.interface);
  // Every Destination Unreachable is then an error of the socket, not only that of a closed port.
  if (protocol !== "tcp") {
    if (isV4) setOption(fd, SOL.IP, IP.RECVERR, intBytes(1));
    else setOption(fd, SOL.IPV6, IPV6.RECVERR, intBytes(1));
  }
  if (protocol === "echo") setEchoFilter(fd, isV4);
  bindSource(fd, options, isV4);
}

function bindSource(fd: Fd, options: ClientSocketOptions, isV4: boolean): void {
  const { sourceIp, sourcePort = 0, protocol } = options;
  if (sourceIp === undefined && sourcePort === 0) return;
  if (sourcePort !== 0 && protocol === "tcp") {
    setOption(fd, SOL.SOCKET, SO.REUSEADDR, intBytes(1));
    // The next check uses the same port: the connection must not linger. `struct linger` on, 0 s.
    setOption(fd, SOL.SOCKET, SO.LINGER, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]));
  } else if (protocol === "tcp") {
    // The port is then chosen for the peer when connecting, so that they do not run out.
    trySetOption(fd, SOL.IP, IP.BIND_ADDRESS_NO_PORT, intBytes(1));
  }
  const any = ipFromBytes(new Uint8Array(ipLength(isV4 ? 4 : 6)));
  const address = internetAddress(sourceIp ?? any, protocol === "echo" ? 0 : sourcePort);
  check("bind", libc.bind(fd.number, address, address.length));
}

/** Other ICMP messages would fill the queue. Errors about our packets still reach us. */
function setEchoFilter(fd: Fd, isV4: boolean): void {
  if (isV4) {
    setOption(fd, SOL.RAW, ICMP_FILTER, intBytes(ICMP_FILTER_ECHO_REPLY));
    return;
  }
  const filter = new Uint8Array(32).fill(0xff); // `struct icmp6_filter`: a set bit drops its type.
  const view = new DataView(filter.buffer);
  const at = (ICMPV6_ECHO_REPLY >> 5) * 4;
  view.setUint32(at, ~(1 << (ICMPV6_ECHO_REPLY & 31)) >>> 0, LITTLE_ENDIAN);
  setOption(fd, SOL.ICMPV6, ICMPV6_FILTER, filter);
}

/** 32 bits without sign. */
function wordBytes(value: number): Uint8Array<ArrayBuffer> {
  return intBytes(value | 0);
}

/** What a connection that cannot be made tells of its peer; other errors are about this machine. */
export const PEER_ERRORS: ReadonlySet<number> = new Set([
  ERRNO.ENETUNREACH,
  ERRNO.EHOSTUNREACH,
  ERRNO.ECONNREFUSED,
  ERRNO.EHOSTDOWN,
  ERRNO.ENETDOWN,
  ERRNO.ECONNRESET,
  ERRNO.ECONNABORTED,
  ERRNO.ETIMEDOUT,
]);
