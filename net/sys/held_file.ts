/**
 * A file that is read again and again, held open: its path leads elsewhere from another namespace.
 *
 * @module
 */
import { O } from "./constants.ts";
import { Fd } from "./fd.ts";
import { cString, laterOfLibc, libc } from "./libc.ts";

const files = laterOfLibc({
  // ssize_t pread(int fd, void *buffer, size_t count, off_t offset)
  pread: { parameters: ["i32", "buffer", "u32", "i64"], result: "i32" },
});

const FIRST_BYTES = 65_536;

/** The file. */
export class HeldFile implements Disposable {
  readonly #fd: Fd;
  readonly #limitBytes: number;
  #buffer = new Uint8Array(FIRST_BYTES);

  private constructor(fd: Fd, limitBytes: number) {
    this.#fd = fd;
    this.#limitBytes = limitBytes;
  }

  /** Opens it; undefined if that cannot be. */
  static open(path: string, limitBytes: number): HeldFile | undefined {
    const number = libc.open(cString(path), O.RDONLY | O.CLOEXEC | O.NONBLOCK, 0);
    return number < 0 ? undefined : new HeldFile(new Fd(number), limitBytes);
  }

  /**
   * What it says now, until it is read again; undefined if it cannot be read, or is longer than the
   * limit.
   */
  read(): Uint8Array | undefined {
    for (let sizeBytes = 0; sizeBytes <= this.#limitBytes;) {
      if (sizeBytes === this.#buffer.length) this.#grow();
      const rest = this.#buffer.subarray(sizeBytes);
      const count = files().pread(this.#fd.number, rest, rest.length, BigInt(sizeBytes));
      if (count < 0) return undefined;
      if (count === 0) return this.#buffer.subarray(0, sizeBytes);
      sizeBytes += count;
    }
    return undefined;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#buffer.length);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
