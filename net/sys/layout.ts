/**
 * C structures as offset tables, for `DataView`: 64-bit Linux, little-endian, x86-64 and arm64.
 *
 * A table names the octet where each field starts; `sizeBytes` is the size with its padding.
 *
 * @module
 */

/** Host byte order, as `DataView` wants it. */
export const LITTLE_ENDIAN = true;

/** `struct sockaddr_in`; port and address in network byte order. */
export const SOCKADDR_IN = { family: 0, port: 2, address: 4, sizeBytes: 16 } as const;
/** `struct sockaddr_in6`; port, flow and address in network byte order. */
export const SOCKADDR_IN6 = {
  family: 0,
  port: 2,
  flowInfo: 4,
  address: 8,
  scopeId: 24,
  sizeBytes: 28,
} as const;
/** `struct sockaddr_ll`; the protocol (an EtherType) in network byte order. */
export const SOCKADDR_LL = {
  family: 0,
  protocol: 2,
  interfaceIndex: 4,
  hardwareType: 8,
  packetType: 10,
  addressLength: 11,
  address: 12,
  sizeBytes: 20,
} as const;
/** `struct sockaddr_nl`. */
export const SOCKADDR_NL = { family: 0, portId: 4, groups: 8, sizeBytes: 12 } as const;
/** `struct sockaddr_un`; the path ends with a NUL, which counts. */
export const SOCKADDR_UN = { family: 0, path: 2, sizeBytes: 110 } as const;

/** `struct mmsghdr`: a `msghdr` and, behind it, how much of the message was sent or received. */
export const MMSGHDR = {
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorCount: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
  sizeBytes: 64,
} as const;
/** `struct ifreq`: what `data` is depends on the request; for MII a `mii_ioctl_data`. */
export const IFREQ = { name: 0, data: 16, miiRegister: 18, miiValue: 22, sizeBytes: 40 } as const;
/** `struct iovec`. */
export const IOVEC = { base: 0, length: 8, sizeBytes: 16 } as const;
/** `struct cmsghdr`; its data follows, and the next one starts at a multiple of eight octets. */
export const CMSGHDR = { length: 0, level: 8, type: 12, data: 16 } as const;
/** `struct in_pktinfo`: `source` is ours, `destination` as in the header. */
export const IN_PKTINFO = {
  interfaceIndex: 0,
  source: 4,
  destination: 8,
  sizeBytes: 12,
} as const;
/** `struct in6_pktinfo`: the address is ours, whether sent or received. */
export const IN6_PKTINFO = { address: 0, interfaceIndex: 16, sizeBytes: 20 } as const;
/** `struct ip_mreqn`. */
export const IP_MREQN = { group: 0, address: 4, interfaceIndex: 8, sizeBytes: 12 } as const;
/** `struct ipv6_mreq`. */
export const IPV6_MREQ = { group: 0, interfaceIndex: 16, sizeBytes: 20 } as const;

/** `struct sock_filter`: one instruction of classic BPF. */
export const SOCK_FILTER = { code: 0, jumpTrue: 2, jumpFalse: 3, value: 4, sizeBytes: 8 } as const;
/** `struct sock_fprog`. */
export const SOCK_FPROG = { count: 0, filter: 8, sizeBytes: 16 } as const;

/** `struct epoll_event`: packed on x86-64 only. `data` has 8 octets for our use. */
export const EPOLL_EVENT = Deno.build.arch === "x86_64"
  ? { events: 0, data: 4, sizeBytes: 12 } as const
  : { events: 0, data: 8, sizeBytes: 16 } as const;
/** `struct timespec`. */
export const TIMESPEC = { seconds: 0, nanoseconds: 8, sizeBytes: 16 } as const;
/** `struct itimerspec`: two `timespec`. */
export const ITIMERSPEC = { interval: 0, value: 16, sizeBytes: 32 } as const;

/** `struct signalfd_siginfo`. */
export const SIGNALFD_SIGINFO = { signal: 0, senderPid: 12, sizeBytes: 128 } as const;
/** glibc's `struct sigaction`; a mask of 128 octets lies between the two. */
export const SIGACTION = { handler: 0, flags: 136, sizeBytes: 152 } as const;
/** `struct rlimit`. */
export const RLIMIT = { soft: 0, hard: 8, sizeBytes: 16 } as const;
/** `struct statx`; `modified` is a `timespec` of its own kind: seconds (8), nanoseconds (4). */
export const STATX = {
  linkCount: 16,
  ownerUid: 20,
  ownerGid: 24,
  mode: 28,
  inode: 32,
  size: 40,
  modified: 112,
  sizeBytes: 256,
} as const;
/** glibc's `glob_t`. */
export const GLOB_T = { pathCount: 0, paths: 8, sizeBytes: 72 } as const;
/** glibc's `struct passwd`. */
export const PASSWD = { name: 0, uid: 16, gid: 20, directory: 32, sizeBytes: 48 } as const;
/** glibc's `struct group`. */
export const GROUP = { name: 0, gid: 16, members: 24, sizeBytes: 32 } as const;

const WORD = 2 ** 32;
const MS_PER_SEC = 1_000;
const NS_PER_MS = 1_000_000;

/** Reads 64 bits, unsigned; exact up to 2^53. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, LITTLE_ENDIAN) * WORD + view.getUint32(at, LITTLE_ENDIAN);
}

/** Writes 64 bits, unsigned: an integer of at most 2^53. Addresses and sizes are never larger. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % WORD, LITTLE_ENDIAN);
  view.setUint32(at + 4, Math.floor(value / WORD), LITTLE_ENDIAN);
}

/** Writes a `timespec` that is not shorter than so many ms: who waits for it is never early. */
export function setTimespec(view: DataView, at: number, timeMs: number): void {
  const nanoseconds = Math.ceil(timeMs * NS_PER_MS);
  const seconds = Math.floor(nanoseconds / (MS_PER_SEC * NS_PER_MS));
  setUint64(view, at + TIMESPEC.seconds, seconds);
  setUint64(
    view,
    at + TIMESPEC.nanoseconds,
    nanoseconds - seconds * MS_PER_SEC * NS_PER_MS,
  );
}

/** The octets of a C `int`. */
export function intBytes(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, LITTLE_ENDIAN);
  return bytes;
}
