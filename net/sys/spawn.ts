/**
 * Child processes, by `posix_spawn`: what they inherit is said for each, and nothing else.
 *
 * Descriptors are close-on-exec everywhere, so a child gets 0, 1, 2 and what is listed. The signal
 * mask, ignored signals and real-time priority would be inherited, so they are always set.
 *
 * @module
 */
import { assert } from "../assert.ts";
import type { Capability } from "./capabilities.ts";
import { withCapabilities } from "./capability_set.ts";
import { type Credentials, withCredentials } from "./credentials.ts";
import { ERRNO } from "./constants.ts";
import { setUint64 } from "./layout.ts";
import { addressOf, check, cString, errno, laterOfLibc, SyscallError } from "./libc.ts";
import { BLOCKABLE_SIGNALS, SIGKILL, signalSet } from "./signals.ts";

/** How a child is started. */
export interface SpawnOptions {
  readonly path: string;
  /** Its arguments, its own name first. */
  readonly args: readonly string[];
  /** Its environment as NAME=value; default: ours. */
  readonly env?: readonly string[];
  /** Descriptors it gets besides 0, 1 and 2; or instead of them. */
  readonly fds?: readonly { readonly child: number; readonly parent: number }[];
  /** Starts with every signal blocked, for a process that reads them from a descriptor. */
  readonly blockSignals?: boolean;
  /** SCHED_RR, 1 to 99, for all its threads. Without CAP_SYS_NICE spawning fails with EPERM. */
  readonly realtimePriority?: number;
  /** Gets a process group of its own, so that it can be ended with all its children. */
  readonly newGroup?: boolean;
  /** Gets a session of its own: no terminal, and a process group. */
  readonly newSession?: boolean;
  /** Where it starts; default: where we are. */
  readonly currentDirectory?: string;
  /**
   * What it may do of what we may, for good; default: all of it. Without the right to give less
   * spawning fails with EPERM.
   */
  readonly capabilities?: readonly Capability[];
  /** Who it runs as; default: as who we are. Needs root. */
  readonly credentials?: Credentials;
}

/** A child process. */
export interface Spawned {
  readonly pid: number;
  /** Readable when the child has ended; close-on-exec, and the caller's to close. */
  readonly pidfd: number;
}

const SPAWN = {
  setGroup: 0x02,
  setSignalDefault: 0x04,
  setSignalMask: 0x08,
  setScheduler: 0x20,
  setSession: 0x80,
};
const SCHED_OTHER = 0;
const SCHED_RR = 2;
/** Sizes of glibc's opaque structures (336 and 80 octets), rounded up. */
const ATTRIBUTE_BYTES = 512;
const ACTIONS_BYTES = 128;
const SYS_PIDFD_OPEN = 434n;
const POINTER_BYTES = 8;

const functions = laterOfLibc({
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
  // int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path)
  posix_spawn_file_actions_addchdir_np: { parameters: ["buffer", "buffer"], result: "i32" },
  // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  // extern char **environ
  environ: { type: "pointer" },
  // long syscall(long number, …): variadic; called with three integers, which both architectures
  // pass as they would fixed arguments. The result is a descriptor.
  syscall: { parameters: ["i64", "i64", "i64"], result: "i32" },
  // int waitpid(pid_t pid, int *status, int options)
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int kill(pid_t pid, int signal)
  kill: { parameters: ["i32", "i32"], result: "i32" },
});

/**
 * Starts a process. Throws a `SyscallError`: ENOENT, EACCES, EPERM (real-time priority or
 * credentials without the right to them) and others; then there is no child.
 */
export function spawn(options: SpawnOptions): Spawned {
  const { credentials, capabilities } = options;
  const pid = credentials
    ? withCredentials(credentials, () => spawnChild(options))
    : capabilities
    ? withCapabilities(capabilities, () => spawnChild(options))
    : spawnChild(options);
  const pidfd = functions().syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n);
  if (pidfd >= 0) return { pid, pidfd };
  const error = errno();
  functions().kill(pid, SIGKILL);
  functions().waitpid(pid, new Uint8Array(4), 0);
  throw new SyscallError("pidfd_open", error);
}

function spawnChild(options: SpawnOptions): number {
  const c = functions();
  const argv = stringArray(options.args);
  const envp = options.env && stringArray(options.env);
  const attributes = new Uint8Array(ATTRIBUTE_BYTES);
  fillAttributes(attributes, options);
  const actions = new Uint8Array(ACTIONS_BYTES);
  const pid = new Uint32Array(1);
  let error = c.posix_spawn_file_actions_init(actions);
  try {
    error ||= fillActions(actions, options);
    error ||= c.posix_spawn(
      pid,
      cString(options.path),
      actions,
      attributes,
      argv,
      envp ? Deno.UnsafePointer.of(envp) : ownEnvironment(),
    );
    // The call was given only its address: without a later use it could be collected before.
    assert(envp === undefined || envp.length > 0, "the environment outlives the call");
  } finally {
    c.posix_spawn_file_actions_destroy(actions);
  }
  // These functions return their error.
  if (error !== 0) throw new SyscallError(`posix_spawn ${options.path}`, error);
  return pid[0] ?? 0;
}

/** The value of `environ`: the symbol is only the place where it lies, and it may change. */
function ownEnvironment(): Deno.PointerValue {
  const { environ } = functions();
  return environ === null ? null : new Deno.UnsafePointerView(environ).getPointer(0);
}

/** What a child would inherit from us and must not: mask, ignored signals, priority. */
function fillAttributes(attributes: Uint8Array<ArrayBuffer>, options: SpawnOptions): void {
  const c = functions();
  const { blockSignals = false, realtimePriority, newGroup = false, newSession = false } = options;
  c.posix_spawnattr_init(attributes);
  const mask = signalSet(blockSignals ? BLOCKABLE_SIGNALS : []);
  c.posix_spawnattr_setsigmask(attributes, mask);
  c.posix_spawnattr_setsigdefault(attributes, signalSet(BLOCKABLE_SIGNALS));
  c.posix_spawnattr_setpgroup(attributes, 0);
  const policy = realtimePriority === undefined ? SCHED_OTHER : SCHED_RR;
  c.posix_spawnattr_setschedpolicy(attributes, policy);
  c.posix_spawnattr_setschedparam(attributes, new Int32Array([realtimePriority ?? 0]));
  // A session has a group of its own already, whose leader cannot be put into another one.
  const group = newSession ? SPAWN.setSession : newGroup ? SPAWN.setGroup : 0;
  c.posix_spawnattr_setflags(
    attributes,
    group | SPAWN.setSignalDefault | SPAWN.setSignalMask | SPAWN.setScheduler,
  );
}

/** Returns the error number, 0 if there is none. */
function fillActions(actions: Uint8Array<ArrayBuffer>, options: SpawnOptions): number {
  const c = functions();
  const { fds = [], currentDirectory } = options;
  const placed = new Set<number>();
  for (const { child, parent } of fds) {
    assert(!placed.has(parent), `Descriptor ${parent} is overwritten before the child gets it`);
    placed.add(child);
    // Onto itself: it stays, and is no longer close-on-exec (glibc 2.29).
    const error = c.posix_spawn_file_actions_adddup2(actions, parent, child);
    if (error !== 0) return error;
  }
  if (currentDirectory === undefined) return 0;
  return c.posix_spawn_file_actions_addchdir_np(actions, cString(currentDirectory));
}

/**
 * A `char *[]` and its strings in one piece of memory, so that nothing moves or goes away early.
 */
function stringArray(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const strings = texts.map(cString);
  const headBytes = (strings.length + 1) * POINTER_BYTES;
  const sizeBytes = strings.reduce((sum, { length }) => sum + length, headBytes);
  const bytes = new Uint8Array(new ArrayBuffer(sizeBytes));
  const view = new DataView(bytes.buffer);
  const address = Number(addressOf(bytes));
  let at = headBytes;
  for (const [i, string] of strings.entries()) {
    setUint64(view, i * POINTER_BYTES, address + at);
    bytes.set(string, at);
    at += string.length;
  }
  return bytes;
}

/** How a child ended: one of the two. */
export interface Exit {
  readonly exitCode?: number;
  readonly signal?: number;
}

const WNOHANG = 1;

const SHELL = "/bin/sh";

/** Starts a script: one that names no interpreter is the shell's, as execvp does. */
export function spawnScript(options: SpawnOptions): Spawned {
  try {
    return spawn(options);
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errno !== ERRNO.ENOEXEC) throw error;
    const { path, args } = options;
    return spawn({ ...options, path: SHELL, args: [SHELL, path, ...args.slice(1)] });
  }
}

/** How a child ended, and forgets it; undefined while it lives. ECHILD if it is none of ours. */
export function waitForExit(pid: number): Exit | undefined {
  assert(pid > 0, "waiting for any child would take others' away");
  const status = new Int32Array(1);
  if (check("waitpid", functions().waitpid(pid, status, WNOHANG)) === 0) return undefined;
  const bits = status[0] ?? 0;
  const signal = bits & 0x7f;
  return signal === 0 ? { exitCode: (bits >> 8) & 0xff } : { signal };
}

/** Sends a signal; a process that is gone is fine. */
export function sendSignal(pid: number, signal: number): void {
  assert(pid > 1, "a signal goes to one process");
  functions().kill(pid, signal);
}

/** Sends a signal to a process started with `newGroup` or `newSession`, and all its children. */
export function sendSignalToGroup(pid: number, signal: number): void {
  assert(pid > 1, "a signal goes to one group");
  functions().kill(-pid, signal);
}
