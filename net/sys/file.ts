/**
 * Files, names and the environment through libc: Deno would ask for a permission for each of them.
 *
 * @module
 */
import { ERRNO, errnoName, MSG, O } from "./constants.ts";
import { Fd } from "./fd.ts";
import { getUint64, GLOB_T, LITTLE_ENDIAN, STATX } from "./layout.ts";
import { check, cString, errno, laterOfLibc, libc, SyscallError } from "./libc.ts";

const files = laterOfLibc({
  // int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *result)
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
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
  gethostname: { parameters: ["buffer", "u32"], result: "i32" },
  // char *getcwd(char *buffer, size_t size)
  getcwd: { parameters: ["buffer", "u32"], result: "pointer" },
  // char *realpath(const char *path, char *resolved)
  realpath: { parameters: ["buffer", "buffer"], result: "pointer" },
  // int glob(const char *pattern, int flags, int (*errfunc)(const char *, int), glob_t *result)
  glob: { parameters: ["buffer", "i32", "pointer", "buffer"], result: "i32" },
  // void globfree(glob_t *result)
  globfree: { parameters: ["buffer"], result: "void" },
});

const AT_FDCWD = -100;
const PATH_BYTES_MAX = 4_096;
const READ_CHUNK_BYTES = 4_096;

/**
 * Reads a whole file. Throws a `SyscallError` (ENOENT, EACCES, EFBIG if it is over the limit …).
 */
export function readFile(path: string, limitBytes: number): Uint8Array<ArrayBuffer> {
  const flags = O.RDONLY | O.CLOEXEC | O.NONBLOCK;
  using fd = new Fd(check(`open ${path}`, libc.open(cString(path), flags, 0)));
  // One more than there should be, so that the end shows; what has no size has some, too.
  const expectedBytes = Math.min(fileKindOf(fd).sizeBytes, limitBytes) + 1;
  let bytes = new Uint8Array(Math.max(expectedBytes, READ_CHUNK_BYTES));
  let sizeBytes = 0;
  for (;;) {
    const rest = bytes.subarray(sizeBytes);
    const count = check(`read ${path}`, libc.read(fd.number, rest, rest.length));
    if (count === 0) return bytes.subarray(0, sizeBytes);
    sizeBytes += count;
    if (sizeBytes > limitBytes) throw new SyscallError(`read ${path}`, ERRNO.EFBIG);
    if (sizeBytes < bytes.length) continue;
    const larger = new Uint8Array(2 * sizeBytes);
    larger.set(bytes);
    bytes = larger;
  }
}

/** A descriptor of /dev/null, for both directions. */
export function openNothing(): Fd {
  const path = "/dev/null";
  return new Fd(check(`open ${path}`, libc.open(cString(path), O.RDWR | O.CLOEXEC, 0)));
}

/** What a path leads to. */
export interface FileKind {
  readonly kind: "file" | "directory" | "other";
  readonly isFifo: boolean;
  /** Whether anybody may execute it. */
  readonly executable: boolean;
  readonly sizeBytes: number;
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** Permission bits. */
  readonly mode: number;
  /** Tells it from other files of the same file system. */
  readonly inode: number;
  /** When it was last written, in ms since 1970. */
  readonly modifiedMs: number;
}

const STATX_BASIC_STATS = 0x7ff;
const AT_EMPTY_PATH = 0x1000;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFIFO = 0o010000;

/** What a path leads to, links followed; undefined if to nothing. */
export function fileKind(path: string): FileKind | undefined {
  const bytes = new Uint8Array(STATX.sizeBytes);
  if (files().statx(AT_FDCWD, cString(path), 0, STATX_BASIC_STATS, bytes) < 0) {
    const error = errno();
    if (error === ERRNO.ENOENT || error === ERRNO.ENOTDIR) return undefined;
    throw new SyscallError(`stat ${path}`, error);
  }
  return kindFrom(bytes);
}

/** What an open file is. */
export function fileKindOf(fd: Fd): FileKind {
  const bytes = new Uint8Array(STATX.sizeBytes);
  const flags = AT_EMPTY_PATH;
  check("statx", files().statx(fd.number, cString(""), flags, STATX_BASIC_STATS, bytes));
  return kindFrom(bytes);
}

function kindFrom(statx: Uint8Array<ArrayBuffer>): FileKind {
  const view = new DataView(statx.buffer);
  const mode = view.getUint16(STATX.mode, LITTLE_ENDIAN);
  const type = mode & S_IFMT;
  return {
    isFifo: type === S_IFIFO,
    kind: type === S_IFREG ? "file" : type === S_IFDIR ? "directory" : "other",
    executable: (mode & 0o111) !== 0,
    sizeBytes: getUint64(view, STATX.size),
    ownerUid: view.getUint32(STATX.ownerUid, LITTLE_ENDIAN),
    ownerGid: view.getUint32(STATX.ownerGid, LITTLE_ENDIAN),
    mode: mode & 0o7777,
    inode: getUint64(view, STATX.inode),
    modifiedMs: getUint64(view, STATX.modified) * 1_000 +
      view.getUint32(STATX.modified + 8, LITTLE_ENDIAN) / 1e6,
  };
}

const GLOB_BRACE = 0x400;
const GLOB_NOMAGIC = 0x800;
const GLOB_NOSPACE = 1;
const GLOB_COUNT_MAX = 100_000;

/** How a shell pattern is read. */
export interface GlobOptions {
  /** `{a,b}` stands for `a` and `b`. */
  readonly braces?: boolean;
  /** A pattern without special characters is its own result, whether it exists or not. */
  readonly noMagic?: boolean;
}

/** Names that match a shell pattern, sorted as glob(3) does; none if nothing matches. */
export function glob(pattern: string, options: GlobOptions = {}): string[] {
  const { braces = false, noMagic = false } = options;
  const flags = (braces ? GLOB_BRACE : 0) | (noMagic ? GLOB_NOMAGIC : 0);
  const result = new Uint8Array(GLOB_T.sizeBytes);
  const view = new DataView(result.buffer);
  const outcome = files().glob(cString(pattern), flags, null, result);
  try {
    if (outcome === GLOB_NOSPACE) throw new SyscallError(`glob ${pattern}`, ERRNO.ENOMEM);
    if (outcome !== 0) return [];
    const paths = Deno.UnsafePointer.create(view.getBigUint64(GLOB_T.paths, LITTLE_ENDIAN));
    if (paths === null) return [];
    const count = Math.min(GLOB_COUNT_MAX, getUint64(view, GLOB_T.pathCount));
    const pointers = new Deno.UnsafePointerView(paths);
    return Array.from({ length: count }, (_, i) => {
      const name = pointers.getPointer(i * 8);
      return name === null ? "" : Deno.UnsafePointerView.getCString(name);
    });
  } finally {
    files().globfree(result);
  }
}

/** A variable of the environment. */
export function getenv(name: string): string | undefined {
  const value = files().getenv(cString(name));
  return value === null ? undefined : Deno.UnsafePointerView.getCString(value);
}

/** Name of this machine. */
export function hostName(): string {
  const bytes = new Uint8Array(256);
  check("gethostname", files().gethostname(bytes, bytes.length - 1));
  return fromCString(bytes);
}

/** The directory that relative paths start from. */
export function currentDirectory(): string {
  const bytes = new Uint8Array(PATH_BYTES_MAX);
  if (files().getcwd(bytes, bytes.length) === null) throw new SyscallError("getcwd", errno());
  return fromCString(bytes);
}

/** The path without links that a path leads to; undefined if to nothing. */
export function realPath(path: string): string | undefined {
  const bytes = new Uint8Array(PATH_BYTES_MAX);
  if (files().realpath(cString(path), bytes) !== null) return fromCString(bytes);
  const error = errno();
  if (error === ERRNO.ENOENT || error === ERRNO.ENOTDIR) return undefined;
  throw new SyscallError(`realpath ${path}`, error);
}

function fromCString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** Removes a file; one that is not there is fine. */
export function removeFile(path: string): void {
  if (files().unlink(cString(path)) === 0) return;
  const error = errno();
  if (error !== ERRNO.ENOENT) throw new SyscallError(`unlink ${path}`, error);
}

/**
 * Writes a file as a whole or not at all: a new file beside it, which no link can redirect, takes
 * its place. The process's file mode mask applies. `prepare` sees the new one before that.
 */
export function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  mode: number,
  prepare?: (fd: Fd) => void,
): void {
  const temporary = `${path}.${Deno.pid}.new`;
  removeFile(temporary);
  const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW | O.CLOEXEC;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    using fd = new Fd(check(`open ${temporary}`, libc.open(cString(temporary), flags, mode)));
    writeAll(fd, bytes, temporary);
    prepare?.(fd);
    check(`rename ${path}`, files().rename(cString(temporary), cString(path)));
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

function writeAll(fd: Fd, bytes: Uint8Array, path: string): void {
  for (let at = 0; at < bytes.length;) {
    const rest = new Uint8Array(bytes.subarray(at));
    at += check(`write ${path}`, libc.write(fd.number, rest, rest.length));
  }
}

/**
 * A file that text is appended to. Errors (a full disk) drop text and are counted, never thrown.
 */
export class AppendFile implements Disposable {
  readonly #fd: Fd;
  /** Texts that were lost, in part or as a whole. */
  droppedCount = 0;

  /** Opens it, made with mode 0640 if it is new. Throws a `SyscallError`; ELOOP for a link. */
  constructor(path: string) {
    // O_NONBLOCK: a FIFO that nobody reads is an error, not a wait without end.
    const flags = O.WRONLY | O.CREAT | O.APPEND | O.CLOEXEC | O.NOFOLLOW | O.NONBLOCK;
    this.#fd = new Fd(check(`open ${path}`, libc.open(cString(path), flags, 0o640)));
  }

  /** Appends text; true: it is written or lost. */
  write(text: string): true {
    const bytes = new TextEncoder().encode(text);
    const count = libc.write(this.#fd.number, bytes, bytes.length);
    if (count < bytes.length) this.droppedCount++;
    return true;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}

const LOCK_EX_NB = 2 | 4;
/** A file that is replaced while it is locked, again and again, is somebody else's. */
const LOCK_ATTEMPTS_MAX = 8;

/**
 * Writes a process id into a locked file, which goes away with the result. `error`: another process
 * holds it, or it cannot be written.
 */
export function writePidFile(
  path: string,
  pid = Deno.pid,
): Disposable | { readonly error: string } {
  try {
    const fd = openLocked(path);
    check("ftruncate", files().ftruncate(fd.number, 0n));
    writeAll(fd, new TextEncoder().encode(`${pid}\n`), path);
    return {
      [Symbol.dispose]() {
        // Removed while it is still locked; and not if somebody put another one in its place.
        if (fileKind(path)?.inode === fileKindOf(fd).inode) removeFile(path);
        fd[Symbol.dispose]();
      },
    };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const isHeld = error.errno === ERRNO.EAGAIN;
    return { error: isHeld ? "another process holds it" : errnoName(error.errno) };
  }
}

/** Opens and locks a file, and makes sure that it is still the one that the path leads to. */
function openLocked(path: string): Fd {
  const flags = O.RDWR | O.CREAT | O.CLOEXEC | O.NOFOLLOW | O.NONBLOCK;
  for (let attempt = 0; attempt < LOCK_ATTEMPTS_MAX; attempt++) {
    const fd = new Fd(check(`open ${path}`, libc.open(cString(path), flags, 0o644)));
    try {
      check(`flock ${path}`, files().flock(fd.number, LOCK_EX_NB));
      // Its last holder may have removed it between our opening and locking it.
      if (fileKind(path)?.inode === fileKindOf(fd).inode) return fd;
    } catch (error) {
      fd[Symbol.dispose]();
      throw error;
    }
    fd[Symbol.dispose]();
  }
  throw new SyscallError(`flock ${path}`, ERRNO.EAGAIN);
}

/** Octets that may wait for a reader that does not read. */
const STREAM_QUEUE_BYTES_MAX = 256 * 1_024;

/**
 * Standard output or error without ever blocking: a full pipe must not hold up the process. What it
 * does not take waits, up to a bound; beyond it texts are dropped and counted.
 */
export class StandardStream {
  readonly #put: (bytes: Uint8Array<ArrayBuffer>) => number;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  /** Texts that were dropped, because nobody read or nobody can. */
  droppedCount = 0;

  constructor(number: 1 | 2) {
    // A description of its own: O_NONBLOCK on a shared one would change other processes too.
    const flags = O.WRONLY | O.NONBLOCK | O.APPEND | O.CLOEXEC;
    const reopened = libc.open(cString(`/proc/self/fd/${number}`), flags, 0);
    const isSocket = reopened < 0 && errno() === ERRNO.ENXIO;
    const fd = reopened < 0 ? number : reopened;
    // A socket (systemd's journal) cannot be opened anew, but each send may say that it does not
    // wait.
    const sendFlags = MSG.DONTWAIT | MSG.NOSIGNAL;
    this.#put = isSocket
      ? (bytes) => libc.send(fd, bytes, bytes.length, sendFlags)
      : (bytes) => libc.write(fd, bytes, bytes.length);
  }

  /** Octets that wait for the other side to read. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Writes or queues a text. */
  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#queuedBytes > 0) this.flush();
    if (this.#queuedBytes + bytes.length > STREAM_QUEUE_BYTES_MAX) {
      this.droppedCount++;
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.flush();
  }

  /** Writes what waits; returns whether nothing waits any more. */
  flush(): boolean {
    for (let bytes = this.#queue[0]; bytes; bytes = this.#queue[0]) {
      const count = this.#put(bytes);
      if (count < 0) {
        const error = errno();
        if (error === ERRNO.EAGAIN || error === ERRNO.EINTR) return false;
        this.droppedCount += this.#queue.length;
        this.#queue.length = 0;
        this.#queuedBytes = 0;
        return true;
      }
      this.#queuedBytes -= count;
      if (count < bytes.length) this.#queue[0] = bytes.subarray(count);
      else this.#queue.shift();
    }
    return true;
  }
}
