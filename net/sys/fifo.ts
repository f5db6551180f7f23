/**
 * Named pipes that lines are written to, for whoever reads them.
 *
 * @module
 */
import { ERRNO, O } from "./constants.ts";
import { Fd } from "./fd.ts";
import { fileKindOf, removeFile } from "./file.ts";
import { check, cString, errno, laterOfLibc, libc, SyscallError } from "./libc.ts";

const fifos = laterOfLibc({
  // int mkfifo(const char *path, mode_t mode)
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  // int fchown(int fd, uid_t owner, gid_t group)
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
});

const MODE = 0o644;
const PIPE_BUF = 4_096;
const ROOT = 0;

/** A FIFO open for writing. */
export class Fifo implements Disposable {
  readonly path: string;
  readonly #fd: Fd;
  /** Whether we made it, so that it goes with us. */
  readonly #isOurs: boolean;
  /** Lines that nobody read in time. */
  lostCount = 0;

  /**
   * Opens a FIFO, made if it is not there. Returns why not, as text, if it is something else, a
   * link, or somebody else's: whoever owns it could put anything in its place.
   */
  static open(path: string, owner?: { readonly uid: number; readonly gid: number }): Fifo | string {
    const isOurs = fifos().mkfifo(cString(path), MODE) === 0;
    const error = isOurs ? 0 : errno();
    if (error !== 0 && error !== ERRNO.EEXIST) return new SyscallError("mkfifo", error).code;
    try {
      // For reading, too: without a reader it could not be opened, and its end would be a signal.
      const flags = O.RDWR | O.NONBLOCK | O.NOFOLLOW | O.CLOEXEC;
      const fd = new Fd(check("open", libc.open(cString(path), flags, 0)));
      const { isFifo, ownerUid } = fileKindOf(fd);
      if (!isFifo || (ownerUid !== ROOT && ownerUid !== (owner?.uid ?? ROOT) && !isOurs)) {
        fd[Symbol.dispose]();
        return isFifo ? `it belongs to user ${ownerUid}` : "it is not a FIFO";
      }
      if (isOurs && owner) fifos().fchown(fd.number, owner.uid, owner.gid);
      return new Fifo(path, fd, isOurs);
    } catch (failure) {
      if (!(failure instanceof SyscallError)) throw failure;
      if (isOurs) removeFile(path);
      return failure.code === "ELOOP" ? "it is a link" : failure.code;
    }
  }

  private constructor(path: string, fd: Fd, isOurs: boolean) {
    this.path = path;
    this.#fd = fd;
    this.#isOurs = isOurs;
  }

  /** Writes a line; false: it is lost, as nobody reads. Never waits. */
  write(line: string): boolean {
    const bytes = new TextEncoder().encode(line);
    // At most PIPE_BUF octets are written as a whole or not at all; longer lines would be torn.
    const isWritten = bytes.length <= PIPE_BUF &&
      libc.write(this.#fd.number, bytes, bytes.length) === bytes.length;
    if (!isWritten) this.lostCount++;
    return isWritten;
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
    if (this.#isOurs) removeFile(this.path);
  }
}
