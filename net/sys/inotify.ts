/**
 * News of files: what is put into a directory, taken out of it, or written in it.
 *
 * A file is known to be written when it is closed: before that it may be empty or half of what it
 * will be.
 *
 * @module
 */
import { ERRNO, SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { LITTLE_ENDIAN } from "./layout.ts";
import { check, cString, errno, laterOfLibc, libc, SyscallError } from "./libc.ts";

const inotify = laterOfLibc({
  // int inotify_init1(int flags)
  inotify_init1: { parameters: ["i32"], result: "i32" },
  // int inotify_add_watch(int fd, const char *path, uint32_t mask)
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int inotify_rm_watch(int fd, int watch)
  inotify_rm_watch: { parameters: ["i32", "i32"], result: "i32" },
});

const IN = {
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  UNMOUNT: 0x2000,
  Q_OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  ONLYDIR: 0x0100_0000,
} as const;
const WANTED = IN.CLOSE_WRITE | IN.MOVED_FROM | IN.MOVED_TO | IN.CREATE | IN.DELETE |
  IN.DELETE_SELF | IN.MOVE_SELF | IN.ONLYDIR;
const GONE = IN.DELETE_SELF | IN.MOVE_SELF | IN.UNMOUNT | IN.IGNORED;

/** Where each field of a `struct inotify_event` sits; the name follows, with NULs. */
const EVENT = { watch: 0, mask: 4, nameLength: 12, sizeBytes: 16 } as const;
const BUFFER_BYTES = 16 * 1_024;

/** What happened in a directory. */
export type DirectoryEvent =
  /** Something of that name was written, or came or went. */
  | { readonly type: "changed"; readonly watch: number; readonly name: string }
  /** The directory is not where it was; it is not watched any more. */
  | { readonly type: "gone"; readonly watch: number }
  /** More happened than the kernel kept. */
  | { readonly type: "lost" };

/** Directories that are watched. */
export class Inotify implements Disposable {
  readonly #fd: Fd;
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);

  /** Throws a `SyscallError`: EMFILE if the user has too many already. */
  constructor() {
    const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
    this.#fd = new Fd(check("inotify_init1", inotify().inotify_init1(flags)));
  }

  /** The descriptor, which is readable when {@linkcode read} has something to tell. */
  get fd(): number {
    return this.#fd.number;
  }

  /**
   * Watches a directory; a second watch of the same one has the same number. Throws a
   * `SyscallError`: ENOENT, ENOTDIR, ENOSPC if the user watches too much already.
   */
  watch(directory: string): number {
    const watch = inotify().inotify_add_watch(this.#fd.number, cString(directory), WANTED);
    return check(`inotify_add_watch ${directory}`, watch);
  }

  /** Ends a watch; one that has ended is ignored. */
  unwatch(watch: number): void {
    inotify().inotify_rm_watch(this.#fd.number, watch);
  }

  /** Tells what happened, 16 KiB of it at most. Returns whether more may be waiting. */
  read(tell: (event: DirectoryEvent) => void): boolean {
    const count = libc.read(this.#fd.number, this.#bytes, this.#bytes.length);
    if (count < 0) {
      const error = errno();
      if (error === ERRNO.EAGAIN || error === ERRNO.EINTR) return false;
      throw new SyscallError("read inotify", error);
    }
    for (let at = 0; at + EVENT.sizeBytes <= count;) {
      const nameLength = this.#view.getUint32(at + EVENT.nameLength, LITTLE_ENDIAN);
      const end = at + EVENT.sizeBytes + nameLength;
      if (end > count) break;
      this.#tellOne(at, this.#bytes.subarray(at + EVENT.sizeBytes, end), tell);
      at = end;
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }

  #tellOne(at: number, nameBytes: Uint8Array, tell: (event: DirectoryEvent) => void): void {
    const watch = this.#view.getInt32(at + EVENT.watch, LITTLE_ENDIAN);
    const mask = this.#view.getUint32(at + EVENT.mask, LITTLE_ENDIAN);
    if ((mask & IN.Q_OVERFLOW) !== 0) return tell({ type: "lost" });
    if ((mask & GONE) !== 0) return tell({ type: "gone", watch });
    const end = nameBytes.indexOf(0);
    const name = new TextDecoder().decode(nameBytes.subarray(0, end < 0 ? undefined : end));
    if (name !== "") tell({ type: "changed", watch, name });
  }
}
