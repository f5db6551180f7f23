/**
 * A descriptor that a test makes readable.
 *
 * @module
 */
import { SOCK } from "../../../net/sys/constants.ts";
import { Fd } from "../../../net/sys/fd.ts";
import { check, libc } from "../../../net/sys/libc.ts";

/** A descriptor that is readable once for each `raise`, until `lower`. */
export class Flag implements Disposable {
  readonly #fd: Fd;
  readonly #word = new Uint8Array(8);

  constructor(count = 0) {
    const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
    this.#fd = new Fd(check("eventfd", libc.eventfd(count, flags)));
  }

  get fd(): number {
    return this.#fd.number;
  }

  raise(): void {
    this.#word.fill(0);
    this.#word[0] = 1;
    libc.write(this.fd, this.#word, 8);
  }

  lower(): void {
    libc.read(this.fd, this.#word, 8);
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}
