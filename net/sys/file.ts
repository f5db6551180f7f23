/**
 * Files, names and the environment through libc: Deno would ask for a permission for each of them.
 *
 * @module
 */
import { ERRNO, errnoName } from "./constants.ts";
import { Fd } from "./fd.ts";
import { check, cString, errno, libc, moreOfLibc, SyscallError } from "./libc.ts";

const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  NOFOLLOW: Deno.build.arch === "aarch64" ? 0o100000 : 0o400000,
  CLOEXEC: 0o2000000,
};

const files = moreOfLibc({
  // int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *result)
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  // int access(const char *path, int mode)
  access: { parameters: ["buffer", "i32"], result: "i32" },
  // int unlink(const char *path)
  unlink: { parameters: ["buffer"], result: "i32" },
  // int rename(const char *from, const char *to)
  rename: { parameters: ["buffer", "buffer"], result: "i32" },
  // int flock(int fd, int operation)
  flock: { parameters: ["i32", "i32"], result: "i32" },
  // int ftruncate(int fd, off_t length)
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  // char *getenv(const char *name)
  getenv: { parameters: ["buffer"], result: "pointer" },
  // int gethostname(char *name, size_t length)
  gethostname: { parameters: ["buffer", "usize"], result: "i32" },
  // char *getcwd(char *buffer, size_t size)
  getcwd: { parameters: ["buffer", "usize"], result: "pointer" },
  // int glob(const char *pattern, int flags, int (*errfunc)(const char *, int), glob_t *result)
  glob: { parameters: ["buffer", "i32", "pointer", "buffer"], result: "i32" },
  // void globfree(glob_t *result)
  globfree: { parameters: ["buffer"], result: "void" },
});

const AT_FDCWD = -100;
const READ_CHUNK_BYTES = 64 * 1_024;

/** Reads a whole file. Throws a `SyscallError` (ENOENT, EACCES, EFBIG if it is over the limit …). */
export function readFile(path: string, limitBytes: number): Uint8Array<ArrayBuffer> {
  const flags = O.RDONLY | O.CLOEXEC | O.NONBLOCK;
  using fd = new Fd(check(`open ${path}`, libc.open(cString(path), flags, 0)));
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const chunk = new Uint8Array(READ_CHUNK_BYTES);
    const count = check(`read ${path}`, libc.read(fd.number, chunk, chunk.length));
    if (count === 0) break;
    sizeBytes += count;
    if (sizeBytes > limitBytes) throw new SyscallError(`read ${path}`, EFBIG);
    chunks.push(chunk.subarray(0, count));
  }
  const whole = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
const EFBIG = 27;

/** What a path leads to. */
export interface FileKind {
  readonly kind: "file" | "directory" | "other";
  /** Whether anybody may execute it. */
  readonly executable: boolean;
  readonly sizeBytes: number;
  readonly ownerUid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** statx: mask@0 nlink@16 uid@20 gid@24 mode@28 (u16) ino@32 size@40. */
const STATX = { uid: 20, mode: 28, size: 40, sizeBytes: 256 };
const STATX_BASIC_STATS = 0x7ff;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

/** What a path leads to, links followed; undefined if to nothing. */
export function fileKind(path: string): FileKind | undefined {
  const bytes = new Uint8Array(STATX.sizeBytes);
  if (files.statx(AT_FDCWD, cString(path), 0, STATX_BASIC_STATS, bytes) < 0) {
    const error = errno();
    if (error === ERRNO.ENOENT || error === ERRNO.ENOTDIR) return undefined;
    throw new SyscallError(`stat ${path}`, error);
  }
  const view = new DataView(bytes.buffer);
  const mode = view.getUint16(STATX.mode, true);
  const type = mode & S_IFMT;
  return {
    kind: type === S_IFREG ? "file" : type === S_IFDIR ? "directory" : "other",
    executable: (mode & 0o111) !== 0,
    sizeBytes: Number(view.getBigUint64(STATX.size, true)),
    ownerUid: view.getUint32(STATX.uid, true),
    mode: mode & 0o7777,
  };
}

const GLOB_BRACE = 0x400;
const GLOB_T_BYTES = 72;
const GLOB_COUNT_MAX = 100_000;

/** Names that match a shell pattern, `{a,b}` included, in glob's order; none if nothing does. */
export function glob(pattern: string): string[] {
  const result = new Uint8Array(GLOB_T_BYTES);
  const view = new DataView(result.buffer);
  if (files.glob(cString(pattern), GLOB_BRACE, null, result) !== 0) return [];
  const count = Math.min(GLOB_COUNT_MAX, Number(view.getBigUint64(0, true)));
  const paths = Deno.UnsafePointer.create(view.getBigUint64(8, true));
  const names: string[] = [];
  if (paths) {
    const pointers = new Deno.UnsafePointerView(paths);
    for (let i = 0; i < count; i++) {
      const name = pointers.getPointer(i * 8);
      if (name) names.push(Deno.UnsafePointerView.getCString(name));
    }
  }
  files.globfree(result);
  return names;
}

/** A variable of the environment. */
export function getenv(name: string): string | undefined {
  const value = files.getenv(cString(name));
  return value === null ? undefined : Deno.UnsafePointerView.getCString(value);
}

/** Name of this machine. */
export function hostName(): string {
  const bytes = new Uint8Array(256);
  check("gethostname", files.gethostname(bytes, BigInt(bytes.length - 1)));
  return fromCString(bytes);
}

/** The directory that relative paths start from. */
export function currentDirectory(): string {
  const bytes = new Uint8Array(4_096);
  if (files.getcwd(bytes, BigInt(bytes.length)) === null) throw new SyscallError("getcwd", errno());
  return fromCString(bytes);
}

function fromCString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** Removes a file; one that is not there is fine. */
export function removeFile(path: string): void {
  if (files.unlink(cString(path)) < 0 && errno() !== ERRNO.ENOENT) {
    throw new SyscallError(`unlink ${path}`, errno());
  }
}

/**
 * Writes a file as a whole or not at all: a new file beside it, which no link can redirect, takes its
 * place.
 */
export function writeFileAtomically(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = `${path}.${Deno.pid}.new`;
  removeFile(temporary);
  const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW | O.CLOEXEC;
  {
    using fd = new Fd(check(`open ${temporary}`, libc.open(cString(temporary), flags, mode)));
    writeAll(fd, bytes, temporary);
  }
  check(`rename ${path}`, files.rename(cString(temporary), cString(path)));
}

function writeAll(fd: Fd, bytes: Uint8Array, path: string): void {
  for (let at = 0; at < bytes.length;) {
    const rest = new Uint8Array(bytes.subarray(at));
    at += check(`write ${path}`, libc.write(fd.number, rest, rest.length));
  }
}

/** A file that text is appended to. Errors (a full disk) drop text and are counted, never thrown. */
export class AppendFile implements Disposable {
  readonly #fd: Fd;
  droppedCount = 0;

  constructor(path: string) {
    const flags = O.WRONLY | O.CREAT | O.APPEND | O.CLOEXEC | O.NOFOLLOW;
    this.#fd = new Fd(check(`open ${path}`, libc.open(cString(path), flags, 0o640)));
  }

  /** Appends text; true: it is written or lost. */
  write(text: string): true {
    const bytes = new TextEncoder().encode(text);
    const count = libc.write(this.#fd.number, bytes, bytes.length);
    if (count < bytes.length) this.droppedCount++;
    return true;
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}

const LOCK_EX_NB = 2 | 4;

/**
 * Writes a process id into a locked file, which goes away with the result. `error`: another process
 * holds it, or it cannot be written.
 */
export function writePidFile(
  path: string,
  pid = Deno.pid,
): Disposable | { readonly error: string } {
  const flags = O.RDWR | O.CREAT | O.CLOEXEC | O.NOFOLLOW;
  const number = libc.open(cString(path), flags, 0o644);
  if (number < 0) return { error: errnoName(errno()) };
  const fd = new Fd(number);
  if (files.flock(fd.number, LOCK_EX_NB) < 0) {
    const error = errno();
    fd[Symbol.dispose]();
    return { error: error === ERRNO.EAGAIN ? "another process holds it" : errnoName(error) };
  }
  files.ftruncate(fd.number, 0n);
  const bytes = new TextEncoder().encode(`${pid}\n`);
  libc.write(fd.number, bytes, bytes.length);
  return {
    [Symbol.dispose]() {
      removeFile(path);
      fd[Symbol.dispose]();
    },
  };
}

/** Octets that may wait for a reader that does not read. */
const STREAM_QUEUE_BYTES_MAX = 256 * 1_024;

/**
 * Standard output or error without ever blocking: a full pipe must not hold up the process. What it
 * does not take waits, up to a bound; beyond it texts are dropped and counted.
 */
export class StandardStream {
  readonly #fd: number;
  #queue: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  droppedCount = 0;

  constructor(number: 1 | 2) {
    // A description of its own: O_NONBLOCK on a shared one would change other processes too.
    const flags = O.WRONLY | O.NONBLOCK | O.APPEND | O.CLOEXEC;
    const reopened = libc.open(cString(`/proc/self/fd/${number}`), flags, 0);
    this.#fd = reopened < 0 ? number : reopened; // A socket cannot be opened anew.
  }

  /** Writes or queues a text. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#queue.length + bytes.length > STREAM_QUEUE_BYTES_MAX) {
      this.droppedCount++;
      return;
    }
    const all = new Uint8Array(this.#queue.length + bytes.length);
    all.set(this.#queue);
    all.set(bytes, this.#queue.length);
    const count = libc.write(this.#fd, all, all.length);
    if (count >= 0) this.#queue = all.slice(count);
    else this.#queue = errno() === ERRNO.EAGAIN ? all : new Uint8Array(0);
  }
}
