/**
 * Processes: children with the attributes that a real-time child needs, this process's own rights,
 * priority, limits and signals.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { readFile } from "./file.ts";
import { addressOf, check, cString, libc, moreOfLibc, SyscallError } from "./libc.ts";

const processes = moreOfLibc({
  // int waitpid(pid_t pid, int *status, int options)
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int kill(pid_t pid, int signal)
  kill: { parameters: ["i32", "i32"], result: "i32" },
  // long syscall(long number, …): variadic; called with two integers, which both architectures pass
  // as they would fixed arguments. Its results here are descriptors.
  syscall: { parameters: ["i64", "i64", "i64"], result: "i32" },
  // int dup2(int from, int to)
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  // int setrlimit(int resource, const struct rlimit *limit)
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // int signalfd(int fd, const sigset_t *mask, int flags)
  signalfd: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int setns(int fd, int type)
  setns: { parameters: ["i32", "i32"], result: "i32" },
  // int unshare(int flags)
  unshare: { parameters: ["i32"], result: "i32" },
  // void _exit(int status)
  _exit: { parameters: ["i32"], result: "void" },
});

// --- children ------------------------------------------------------------------------------------

/** How a child is started. */
export interface SpawnOptions {
  readonly path: string;
  /** Its arguments, its own name first. */
  readonly args: readonly string[];
  /** Its environment as NAME=value; default: ours. */
  readonly env?: readonly string[];
  /** Descriptors it gets besides 0, 1 and 2. */
  readonly fds?: readonly { readonly child: number; readonly parent: number }[];
  /** Starts with every signal blocked, for a process that reads them from a descriptor. */
  readonly blockSignals?: boolean;
  /** SCHED_RR for all its threads. Without CAP_SYS_NICE spawning fails with EPERM. */
  readonly realtimePriority?: number;
  /** Gets a process group of its own. */
  readonly newGroup?: boolean;
}

const SPAWN = { setGroup: 0x02, setSignalDefault: 0x04, setSignalMask: 0x08, setScheduler: 0x20 };
const SCHED_OTHER = 0;
const SCHED_RR = 2;
/** Sizes of glibc's opaque structures, rounded up. */
const ATTRIBUTE_BYTES = 512;
const ACTIONS_BYTES = 128;
const SIGNAL_SET_BYTES = 128;
/** Signals whose disposition can be set: all but SIGKILL and SIGSTOP. */
const SIGKILL = 9;
const SIGSTOP = 19;
const SIGNAL_MAX = 64;
const SYS_PIDFD_OPEN = 434n;

function openSpawnFunctions() {
  return moreOfLibc({
    // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    //                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
    posix_spawn: {
      parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "pointer"],
      result: "i32",
    },
    // int posix_spawnattr_init(posix_spawnattr_t *attributes)
    posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
    // int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags)
    posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
    // int posix_spawnattr_setsigmask(posix_spawnattr_t *attributes, const sigset_t *mask)
    posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
    // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes, const sigset_t *signals)
    posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
    // int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group)
    posix_spawnattr_setpgroup: { parameters: ["buffer", "i32"], result: "i32" },
    // int posix_spawnattr_setschedpolicy(posix_spawnattr_t *attributes, int policy)
    posix_spawnattr_setschedpolicy: { parameters: ["buffer", "i32"], result: "i32" },
    // int posix_spawnattr_setschedparam(posix_spawnattr_t *attributes, const struct sched_param *)
    posix_spawnattr_setschedparam: { parameters: ["buffer", "buffer"], result: "i32" },
    // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
    posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
    // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to)
    posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
    // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
    posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  });
}
let spawnFunctions: ReturnType<typeof openSpawnFunctions> | undefined;

// extern char **environ
const { environ } = moreOfLibc({ environ: { type: "pointer" } });

/** A child process. */
export interface Spawned {
  readonly pid: number;
  /** Readable when the child has ended. */
  readonly pidfd: number;
}

/** Starts a process. Throws a `SyscallError`: ENOENT, EACCES, EPERM (real-time priority) … */
export function spawn(options: SpawnOptions): Spawned {
  const c = spawnFunctions ??= openSpawnFunctions();
  const attributes = new Uint8Array(ATTRIBUTE_BYTES);
  fillAttributes(c, attributes, options);
  const actions = new Uint8Array(ACTIONS_BYTES);
  c.posix_spawn_file_actions_init(actions);
  for (const { child, parent } of options.fds ?? []) {
    assert(child !== parent, "dup2 onto itself would leave the descriptor close-on-exec");
    c.posix_spawn_file_actions_adddup2(actions, parent, child);
  }
  const argv = stringArray(options.args);
  const envp = options.env && stringArray(options.env);
  const pid = new Uint8Array(4);
  const error = c.posix_spawn(
    pid,
    cString(options.path),
    actions,
    attributes,
    argv.pointers,
    envp ? Deno.UnsafePointer.of(envp.pointers) : environ,
  );
  c.posix_spawn_file_actions_destroy(actions);
  if (error !== 0) throw new SyscallError(`posix_spawn ${options.path}`, error);
  const number = new DataView(pid.buffer).getInt32(0, true);
  const pidfd = processes.syscall(SYS_PIDFD_OPEN, BigInt(number), 0n);
  return { pid: number, pidfd: check("pidfd_open", pidfd) };
}

/** Everything a child would inherit from us and must not: mask, dispositions, priority. */
function fillAttributes(
  c: ReturnType<typeof openSpawnFunctions>,
  attributes: Uint8Array<ArrayBuffer>,
  { blockSignals = false, realtimePriority, newGroup = false }: SpawnOptions,
): void {
  c.posix_spawnattr_init(attributes);
  const mask = new Uint8Array(SIGNAL_SET_BYTES);
  if (blockSignals) mask.fill(0xff);
  c.posix_spawnattr_setsigmask(attributes, mask);
  const defaults = Array.from({ length: SIGNAL_MAX }, (_, i) => i + 1)
    // glibc keeps 32 and 33 for itself.
    .filter((signal) => ![SIGKILL, SIGSTOP, 32, 33].includes(signal));
  c.posix_spawnattr_setsigdefault(attributes, signalSet(defaults));
  c.posix_spawnattr_setpgroup(attributes, 0);
  const policy = realtimePriority === undefined ? SCHED_OTHER : SCHED_RR;
  c.posix_spawnattr_setschedpolicy(attributes, policy);
  const parameter = new Uint8Array(4);
  new DataView(parameter.buffer).setInt32(0, realtimePriority ?? 0, true);
  c.posix_spawnattr_setschedparam(attributes, parameter);
  const group = newGroup ? SPAWN.setGroup : 0;
  c.posix_spawnattr_setflags(
    attributes,
    group | SPAWN.setSignalDefault | SPAWN.setSignalMask | SPAWN.setScheduler,
  );
}

function signalSet(signals: readonly number[]): Uint8Array<ArrayBuffer> {
  const set = new Uint8Array(SIGNAL_SET_BYTES);
  for (const signal of signals) {
    const bit = signal - 1;
    set[bit >> 3] = (set[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return set;
}

/** A `char *[]`, and what keeps its strings alive. */
function stringArray(texts: readonly string[]): {
  pointers: Uint8Array<ArrayBuffer>;
  strings: readonly Uint8Array[];
} {
  const strings = texts.map(cString);
  const pointers = new Uint8Array((strings.length + 1) * 8);
  const view = new DataView(pointers.buffer);
  for (const [i, text] of strings.entries()) view.setBigUint64(i * 8, addressOf(text), true);
  return { pointers, strings };
}

/** How a child ended. */
export interface Exit {
  readonly exitCode?: number;
  readonly signal?: number;
}

const WNOHANG = 1;

/** How a child ended, and forgets it; undefined while it lives. */
export function waitForExit(pid: number): Exit | undefined {
  assert(pid > 0, "waiting for any child would take others' away");
  const bytes = new Uint8Array(4);
  if (check("waitpid", processes.waitpid(pid, bytes, WNOHANG)) === 0) return undefined;
  const status = new DataView(bytes.buffer).getInt32(0, true);
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { signal };
}

/** Sends a signal; a process that is gone is fine. */
export function sendSignal(pid: number, signal: number): void {
  assert(pid > 1, "a signal goes to one process");
  processes.kill(pid, signal);
}

// --- this process --------------------------------------------------------------------------------

const PROC_BYTES_MAX = 4 * 1_024 * 1_024;

/** The command line of this process, as the kernel has it. */
export function ownArguments(): string[] {
  const text = new TextDecoder().decode(readFile("/proc/self/cmdline", PROC_BYTES_MAX));
  return text.split("\0").slice(0, -1);
}

/** Capabilities that stayd asks for, by bit. */
const CAPABILITY_BITS = {
  CAP_KILL: 5,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
} as const;
/** Name of a capability. */
export type Capability = keyof typeof CAPABILITY_BITS;

/** The capabilities in effect in this process. */
export function capabilities(): ReadonlySet<Capability> {
  const status = new TextDecoder().decode(readFile("/proc/self/status", PROC_BYTES_MAX));
  const bits = BigInt(`0x${status.match(/^CapEff:\s*([0-9a-f]+)/m)?.[1] ?? "0"}`);
  const held = new Set<Capability>();
  for (const name of Object.keys(CAPABILITY_BITS) as Capability[]) {
    if ((bits >> BigInt(CAPABILITY_BITS[name])) & 1n) held.add(name);
  }
  return held;
}

const RLIMIT_RTTIME = 15;

/**
 * Limits the processor time that a real-time process may use without sleeping: at the soft limit the
 * kernel sends SIGXCPU every second, at the hard one SIGKILL.
 */
export function setRealtimeLimit(softUs: number, hardUs: number): void {
  const limit = new Uint8Array(16);
  const view = new DataView(limit.buffer);
  view.setBigUint64(0, BigInt(softUs), true);
  view.setBigUint64(8, BigInt(hardUs), true);
  check("setrlimit RLIMIT_RTTIME", processes.setrlimit(RLIMIT_RTTIME, limit));
}

const SIGNAL_INFO_BYTES = 128;

/** Signals of a process that was started with them blocked. */
export class SignalDescriptor implements Disposable {
  readonly #fd: Fd;

  constructor(signals: readonly number[]) {
    const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
    this.#fd = new Fd(check("signalfd", processes.signalfd(-1, signalSet(signals), flags)));
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** The signals that have come since. */
  read(): number[] {
    const signals: number[] = [];
    const info = new Uint8Array(SIGNAL_INFO_BYTES);
    while (libc.read(this.#fd.number, info, info.length) > 0) {
      signals.push(new DataView(info.buffer).getUint32(0, true));
    }
    return signals;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
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
  if (processes.unshare(CLONE_NEWNET) < 0) return undefined;
  try {
    return open();
  } finally {
    check("setns", processes.setns(home.number, CLONE_NEWNET));
  }
}

/** Moves this thread into a network namespace, given as a file such as `/run/netns/NAME`. */
export function enterNetworkNamespace(path: string): void {
  using fd = new Fd(check(`open ${path}`, libc.open(cString(path), SOCK.CLOEXEC, 0)));
  check("setns", processes.setns(fd.number, CLONE_NEWNET));
}

/** Makes standard input empty: Deno then can never stop to ask for a permission. */
export function detachStandardInput(): void {
  using empty = new Fd(check("open /dev/null", libc.open(cString("/dev/null"), SOCK.CLOEXEC, 0)));
  check("dup2", processes.dup2(empty.number, 0));
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
  processes._exit(status);
  throw new Error("unreachable: the process has ended");
}
