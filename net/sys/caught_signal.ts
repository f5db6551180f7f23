/**
 * Real-time signals of a process whose threads were not started with them blocked: the runtime's
 * own listeners do not know these signals, and a descriptor of `signalfd` sees nothing, as other
 * threads take them first.
 *
 * So they are caught by a handler that needs no code of ours, `eventfd_write(fd, value)`: a handler
 * is called with the number of its signal first, so an event counter whose descriptor has that very
 * number is counted up. The second argument is an address, which is never the one value that an
 * event counter refuses. It is one `write`, which a handler may do.
 *
 * @module
 */
import { ERRNO, SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { LITTLE_ENDIAN, setUint64, SIGACTION } from "./layout.ts";
import { check, errno, laterOfLibc, libc, SyscallError } from "./libc.ts";

const SA_SIGINFO = 0x4;
const SA_ONSTACK = 0x08000000;
const SA_RESTART = 0x10000000;
const F_GETFD = 1n;

const functions = laterOfLibc({
  // int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
  sigaction: { parameters: ["i32", "buffer", "pointer"], result: "i32" },
  // int dup3(int from, int to, int flags)
  dup3: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int fcntl(int fd, int command, …): variadic; always called with its long, which both
  // architectures pass as they would a fixed argument.
  fcntl: { parameters: ["i32", "i64", "i64"], result: "i32" },
  // int eventfd_write(int fd, eventfd_t value): only where it lies.
  eventfd_write: { type: "pointer" },
});

/** One real-time signal, caught until disposed. */
export class CaughtSignal implements Disposable {
  readonly #fd: Fd;
  readonly #signal: number;
  readonly #counter = new Uint8Array(8);

  /**
   * Catches a signal, 34 to 64. Throws a `SyscallError`: EBADF if the descriptor of that number is
   * somebody else's.
   */
  constructor(signal: number) {
    const { dup3, fcntl, eventfd_write } = functions();
    if (fcntl(signal, F_GETFD, 0n) >= 0) throw new SyscallError("dup3", ERRNO.EBADF);
    const counter = new Fd(check("eventfd", libc.eventfd(0, SOCK.NONBLOCK | SOCK.CLOEXEC)));
    this.#fd = counter;
    if (counter.number !== signal) {
      this.#fd = new Fd(check("dup3", dup3(counter.number, signal, SOCK.CLOEXEC)));
      counter[Symbol.dispose]();
    }
    this.#signal = signal;
    setAction(
      signal,
      Deno.UnsafePointer.value(eventfd_write),
      SA_SIGINFO | SA_RESTART | SA_ONSTACK,
    );
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** Whether it has come since. */
  read(): boolean {
    if (libc.read(this.#fd.number, this.#counter, this.#counter.length) > 0) return true;
    const error = errno();
    if (error !== ERRNO.EAGAIN && error !== ERRNO.EINTR) throw new SyscallError("read", error);
    return false;
  }

  /** From now on the signal is ignored: whoever still sends it must not end the process. */
  [Symbol.dispose](): void {
    setAction(this.#signal, SIG_IGN, 0);
    this.#fd[Symbol.dispose]();
  }
}

const SIG_IGN = 1n;

function setAction(signal: number, handler: bigint, flags: number): void {
  const action = new Uint8Array(SIGACTION.sizeBytes);
  const view = new DataView(action.buffer);
  setUint64(view, SIGACTION.handler, Number(handler));
  view.setInt32(SIGACTION.flags, flags, LITTLE_ENDIAN);
  check("sigaction", functions().sigaction(signal, action, null));
}
