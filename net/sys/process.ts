/**
 * This process: its arguments, rights, limits, priority, memory and namespaces. Children are in
 * net/sys/spawn.ts, signals in net/sys/signals.ts.
 *
 * @module
 */
import { SOCK } from "./constants.ts";
import { type Capability, heldCapabilities } from "./capabilities.ts";
import { Fd } from "./fd.ts";
import { readFile } from "./file.ts";
import { RLIMIT, setUint64 } from "./layout.ts";
import { check, cString, laterOfLibc, libc, SyscallError } from "./libc.ts";

export { SignalDescriptor } from "./signals.ts";
export { sendSignal, spawn, waitForExit } from "./spawn.ts";

const processes = laterOfLibc({
  // int dup2(int from, int to)
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  // int setrlimit(int resource, const struct rlimit *limit)
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // int setns(int fd, int type)
  setns: { parameters: ["i32", "i32"], result: "i32" },
  // int unshare(int flags)
  unshare: { parameters: ["i32"], result: "i32" },
  // int mlock2(const void *address, size_t length, unsigned flags)
  mlock2: { parameters: ["u64", "u64", "u32"], result: "i32" },
  // mode_t umask(mode_t mask)
  umask: { parameters: ["u32"], result: "u32" },
  // void _exit(int status)
  _exit: { parameters: ["i32"], result: "void" },
});

const PROC_BYTES_MAX = 4 * 1_024 * 1_024;

/** The command line of this process, as the kernel has it. */
export function ownArguments(): string[] {
  const text = new TextDecoder().decode(readFile("/proc/self/cmdline", PROC_BYTES_MAX));
  return text.split("\0").slice(0, -1);
}

/** The capabilities in effect in this process. */
export function capabilities(): ReadonlySet<Capability> {
  return heldCapabilities("CapEff");
}

const RLIMIT_RTTIME = 15;

/**
 * Limits the processor time that a real-time process may use without sleeping: at the soft limit
 * the kernel sends SIGXCPU every second, at the hard one SIGKILL.
 */
export function setRealtimeLimit(softUs: number, hardUs: number): void {
  const limit = new Uint8Array(RLIMIT.sizeBytes);
  const view = new DataView(limit.buffer);
  setUint64(view, RLIMIT.soft, softUs);
  setUint64(view, RLIMIT.hard, hardUs);
  check("setrlimit RLIMIT_RTTIME", processes().setrlimit(RLIMIT_RTTIME, limit));
}

/** Sets the bits that new files do not get; returns those of before. */
export function setUmask(mask: number): number {
  return processes().umask(mask);
}

const CLONE_NEWNET = 0x40000000;

/**
 * Runs `open` in a network namespace of its own, with nothing but a loopback interface, that nobody
 * else can see. Sockets that it opens stay there. Undefined where this process may not do that
 * (CAP_SYS_ADMIN). Only this thread moves, and it comes back.
 */
export function inPrivateNetwork<Result>(open: () => Result): Result | undefined {
  using home = new Fd(
    check("open namespace", libc.open(cString("/proc/thread-self/ns/net"), SOCK.CLOEXEC, 0)),
  );
  if (processes().unshare(CLONE_NEWNET) < 0) return undefined;
  try {
    return open();
  } finally {
    check("setns", processes().setns(home.number, CLONE_NEWNET));
  }
}

/**
 * Runs `open` in the network namespace of another process. Sockets that it opens stay there.
 * Undefined where this process may not do that. Only this thread moves, and it comes back.
 */
export function inNetworkOf<Result>(pid: number, open: () => Result): Result | undefined {
  let way: Disposable;
  try {
    way = visit(`/proc/${pid}/ns/net`);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return undefined;
  }
  using _way = way;
  return open();
}

/**
 * Runs `open` in the network namespace of a file such as `/run/netns/NAME`, as above. Throws a
 * `SyscallError` where there is none, or this process may not do that.
 */
export function inNetworkAt<Result>(path: string, open: () => Result): Result {
  using _way = visit(path);
  return open();
}

/** Moves this thread until what it returns is disposed of. */
function visit(path: string): Disposable {
  const own = "/proc/thread-self/ns/net";
  using there = new Fd(check(`open ${path}`, libc.open(cString(path), SOCK.CLOEXEC, 0)));
  using stack = new DisposableStack();
  const home = stack.use(new Fd(check(`open ${own}`, libc.open(cString(own), SOCK.CLOEXEC, 0))));
  check("setns", processes().setns(there.number, CLONE_NEWNET));
  stack.defer(() => check("setns", processes().setns(home.number, CLONE_NEWNET)));
  return stack.move();
}

/** The file of a network namespace, by its name for `ip netns`; empty: that of init. */
export function namespaceFile(name: string): string {
  return name === "" ? "/proc/1/ns/net" : `/run/netns/${name}`;
}

/** Moves this thread into a network namespace, given as a file such as `/run/netns/NAME`. */
export function enterNetworkNamespace(path: string): void {
  using fd = new Fd(check(`open ${path}`, libc.open(cString(path), SOCK.CLOEXEC, 0)));
  check("setns", processes().setns(fd.number, CLONE_NEWNET));
}

/** Makes standard input empty: Deno then can never stop to ask for a permission. */
export function detachStandardInput(): void {
  const empty = check("open /dev/null", libc.open(cString("/dev/null"), 0, 0));
  if (empty === 0) return; // Standard input was closed, and its number free.
  using fd = new Fd(empty);
  check("dup2", processes().dup2(fd.number, 0));
}

const MLOCK_ONFAULT = 1;
/** Address range, permissions and path of a line of /proc/self/maps. */
const MAP_LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ +(\/.*)$/;
/** Memory that looks like a file but is not. */
const NOT_A_FILE = /^\/(memfd:|dev\/|anon)/;

/**
 * Keeps the program's code and libraries in memory from when they are first used, so that a busy
 * disk cannot hold up a takeover. Not the heap: V8 gives pages of it back, and dies if they are
 * locked. Returns the octets locked; less than all without CAP_IPC_LOCK.
 */
export function lockFileMaps(): number {
  const maps = new TextDecoder().decode(readFile("/proc/self/maps", PROC_BYTES_MAX));
  let lockedBytes = 0n;
  for (const line of maps.split("\n")) {
    const [, start, end, permissions = "", path = ""] = MAP_LINE.exec(line) ?? [];
    if (!permissions.startsWith("r") || NOT_A_FILE.test(path)) continue;
    const address = BigInt(`0x${start}`);
    const length = BigInt(`0x${end}`) - address;
    if (processes().mlock2(address, length, MLOCK_ONFAULT) === 0) lockedBytes += length;
  }
  return Number(lockedBytes);
}

/** The name that `ps` and `top` show: at most 15 octets. */
export function setProcessName(name: string): void {
  const bytes = new TextEncoder().encode(name.slice(0, 15));
  const O_WRONLY = 1;
  using fd = new Fd(check("open comm", libc.open(cString("/proc/self/comm"), O_WRONLY, 0)));
  libc.write(fd.number, bytes, bytes.length);
}

/** Ends this process at once: nothing else of the runtime runs. */
export function exitNow(status: number): never {
  processes()._exit(status);
  throw new Error("unreachable: the process has ended");
}
