/**
 * Signals as descriptors, for processes that are started with their signals blocked. In one that
 * was not, other threads of the runtime take them first.
 *
 * @module
 */
import { SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { LITTLE_ENDIAN, SIGNALFD_SIGINFO } from "./layout.ts";
import { check, laterOfLibc, libc } from "./libc.ts";

/** Ends a process; cannot be blocked. */
export const SIGKILL = 9;
/** Asks a process to end. */
export const SIGTERM = 15;
const SIGSTOP = 19;
const SIGNAL_MAX = 64;
/** glibc keeps these two for its threads. */
const GLIBC_SIGNALS = [32, 33];
const SIGNAL_SET_BYTES = 128;

/** All signals that can be blocked and handled. */
export const BLOCKABLE_SIGNALS: readonly number[] = Array
  .from({ length: SIGNAL_MAX }, (_, i) => i + 1)
  .filter((signal) => ![SIGKILL, SIGSTOP, ...GLIBC_SIGNALS].includes(signal));

const functions = laterOfLibc({
  // int signalfd(int fd, const sigset_t *mask, int flags)
  signalfd: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/** A `sigset_t`. */
export function signalSet(signals: readonly number[]): Uint8Array<ArrayBuffer> {
  const set = new Uint8Array(SIGNAL_SET_BYTES);
  for (const signal of signals) {
    const bit = signal - 1;
    set[bit >> 3] = (set[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return set;
}

/** Signals of a process that was started with them blocked. */
export class SignalDescriptor implements Disposable {
  readonly #fd: Fd;

  constructor(signals: readonly number[]) {
    const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
    this.#fd = new Fd(check("signalfd", functions().signalfd(-1, signalSet(signals), flags)));
  }

  /** For the reactor. */
  get fd(): number {
    return this.#fd.number;
  }

  /** The signals that have come since; one that came several times may be there once. */
  read(): number[] {
    const signals: number[] = [];
    const info = new Uint8Array(SIGNALFD_SIGINFO.sizeBytes);
    while (libc.read(this.#fd.number, info, info.length) > 0) {
      signals.push(new DataView(info.buffer).getUint32(SIGNALFD_SIGINFO.signal, LITTLE_ENDIAN));
    }
    return signals;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}
