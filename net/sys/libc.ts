/**
 * The only door to native code: libc's functions, and what every call of them needs.
 *
 * The error number is read at once after a synchronous call; it is only right there. Asynchronous
 * (`nonblocking`) calls lose it, so there is exactly one of them: `epoll_wait`.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { errnoName } from "./constants.ts";

assert(
  Deno.build.os === "linux" && ["x86_64", "aarch64"].includes(Deno.build.arch),
  `stayd runs on 64-bit Linux (x86-64, arm64): this is ${Deno.build.os} ${Deno.build.arch}`,
);

const LIBRARY = "libc.so.6";

// `size_t` is declared "u32" and `ssize_t` "i32": their 64-bit forms would cost a BigInt each, and
// no buffer of ours comes near 2 GiB.
const core = Deno.dlopen(LIBRARY, {
  // int *__errno_location(void)
  __errno_location: { parameters: [], result: "pointer" },
  // int clock_gettime(clockid_t clock, struct timespec *time)
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  // int socket(int domain, int type, int protocol)
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int socketpair(int domain, int type, int protocol, int pair[2])
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // int bind(int fd, const struct sockaddr *address, socklen_t length)
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int connect(int fd, const struct sockaddr *address, socklen_t length)
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int getsockname(int fd, struct sockaddr *address, socklen_t *length)
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  // int recvmmsg(int fd, struct mmsghdr *vector, unsigned count, int flags,
  //              struct timespec *timeout)
  recvmmsg: { parameters: ["i32", "pointer", "u32", "i32", "pointer"], result: "i32" },
  // int sendmmsg(int fd, struct mmsghdr *vector, unsigned count, int flags)
  sendmmsg: { parameters: ["i32", "pointer", "u32", "i32"], result: "i32" },
  // ssize_t send(int fd, const void *buffer, size_t length, int flags)
  send: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  // ssize_t recv(int fd, void *buffer, size_t length, int flags)
  recv: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  // int close(int fd)
  close: { parameters: ["i32"], result: "i32" },
  // ssize_t read(int fd, void *buffer, size_t count)
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // ssize_t write(int fd, const void *buffer, size_t count)
  write: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int open(const char *path, int flags, mode_t mode): variadic; the mode is always given, which
  // the calling conventions of both architectures pass as they would a fixed argument.
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  // int epoll_create1(int flags)
  epoll_create1: { parameters: ["i32"], result: "i32" },
  // int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // int epoll_wait(int epfd, struct epoll_event *events, int count, int timeout)
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  // The same, not blocking the isolate: it runs on another thread.
  epoll_wait_elsewhere: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  // int epoll_pwait2(int epfd, struct epoll_event *events, int count,
  //                  const struct timespec *timeout, const sigset_t *mask)
  // Since glibc 2.35; null before.
  epoll_pwait2: {
    parameters: ["i32", "buffer", "i32", "buffer", "pointer"],
    result: "i32",
    optional: true,
  },
  // int eventfd(unsigned value, int flags)
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  // int timerfd_create(clockid_t clock, int flags)
  timerfd_create: { parameters: ["i32", "i32"], result: "i32" },
  // int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
  timerfd_settime: { parameters: ["i32", "i32", "buffer", "pointer"], result: "i32" },
}).symbols;

/** libc's functions that most processes need. Results below zero: see {@linkcode check}. */
export const libc: typeof core = core;

/**
 * Opens further functions of libc. `dlopen` costs 100 µs a symbol, so rare ones are opened late.
 */
export function moreOfLibc<Symbols extends Deno.ForeignLibraryInterface>(
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols>["symbols"] {
  return Deno.dlopen(LIBRARY, symbols).symbols;
}

/** The same, opened when they are first asked for. */
export function laterOfLibc<Symbols extends Deno.ForeignLibraryInterface>(
  symbols: Symbols,
): () => Deno.DynamicLibrary<Symbols>["symbols"] {
  let opened: Deno.DynamicLibrary<Symbols>["symbols"] | undefined;
  return () => opened ??= moreOfLibc(symbols);
}

/** Functions of another library of the system; undefined if it is not installed. */
export function otherLibrary<Symbols extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols>["symbols"] | undefined {
  try {
    return Deno.dlopen(name, symbols).symbols;
  } catch (error) {
    // What else can go wrong, a missing permission say, had gone wrong with libc before.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** A system call that the kernel refused. */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  /** Name of the call. */
  readonly syscall: string;
  /** The kernel's error number. */
  readonly errno: number;
  /** Its name, for example `EPERM`. */
  readonly code: string;

  /** The message is, for example, `bind: EPERM (Operation not permitted)`. */
  constructor(syscall: string, errno: number) {
    super(`${syscall}: ${errnoName(errno)} (${describeErrno(errno)})`);
    this.syscall = syscall;
    this.errno = errno;
    this.code = errnoName(errno);
  }
}

const descriptions = laterOfLibc({
  // char *strerror(int errnum)
  strerror: { parameters: ["i32"], result: "pointer" },
});

/** The kernel's error in words, for example `Operation not permitted`. */
export function describeErrno(errno: number): string {
  const text = descriptions().strerror(errno);
  return text === null ? "unknown" : Deno.UnsafePointerView.getCString(text);
}

// Each thread has an errno of its own; an isolate stays on one.
const errnoAt = core.__errno_location();
assert(errnoAt !== null, "errno has a place");
const errnoView = new Deno.UnsafePointerView(errnoAt);

/** The error number of the last call; only right directly after it. */
export function errno(): number {
  return errnoView.getInt32();
}

/** Returns a call's result; throws a {@linkcode SyscallError} if it is negative. */
export function check(syscall: string, result: number): number {
  if (result < 0) throw new SyscallError(syscall, errno());
  return result;
}

const EINVAL = 22;
const encoder = new TextEncoder();

/**
 * A C string. Throws a {@linkcode SyscallError} EINVAL if the text has a NUL, which would cut it.
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new SyscallError("a name with a NUL character", EINVAL);
  return encoder.encode(text + "\0");
}

/** Address of a buffer, which must stay referenced for as long as the kernel may use it. */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  // V8 keeps arrays of up to 64 octets in its own heap, where a collection moves them. Asking for
  // `buffer` takes them out, for good.
  const { buffer } = bytes;
  assert(buffer.byteLength >= bytes.byteLength, "an array is inside its buffer");
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
// Preallocated, and read as words: no allocation and no BigInt for each look at the clock.
const timeBytes = new Uint8Array(16);
const timeWords = new Uint32Array(timeBytes.buffer);
const MS_PER_SEC = 1_000;
const NS_PER_MS = 1_000_000;
const WORD = 2 ** 32;

/** The monotonic clock, in ms with fractions; the same in all processes of the machine. */
export function monotonicMs(): number {
  return readClock(CLOCK_MONOTONIC);
}

/** Time since 1970 in ms with fractions; it can be set back. */
export function realtimeMs(): number {
  return readClock(CLOCK_REALTIME);
}

/** Time since the machine was started in ms with fractions, also while it slept. */
export function bootTimeMs(): number {
  return readClock(CLOCK_BOOTTIME);
}

function readClock(clock: number): number {
  core.clock_gettime(clock, timeBytes);
  const seconds = (timeWords[1] ?? 0) * WORD + (timeWords[0] ?? 0);
  return seconds * MS_PER_SEC + (timeWords[2] ?? 0) / NS_PER_MS;
}
