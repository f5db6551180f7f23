/**
 * Waiting for descriptors: epoll, woken by an eventfd, timed by the kernel.
 *
 * Two ways to wait, one set of readers. A process that does nothing else blocks its whole isolate in
 * the kernel (28 µs late at the median). One that shares its thread with asynchronous work waits on
 * another thread by the one asynchronous call, with a timerfd for the deadline.
 *
 * @module
 */
import { ERRNO, errnoName, SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { check, errno, libc, moreOfLibc, SyscallError } from "./libc.ts";

/** Reads until nothing is left or its budget is used; returns whether more may be waiting. */
export type Reader = () => boolean;

const EVENT_COUNT = 64;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 0x001;
/** `struct epoll_event` is packed on x86-64 only. */
const EVENT = Deno.build.arch === "x86_64"
  ? { events: 0, data: 4, sizeBytes: 12 }
  : { events: 0, data: 8, sizeBytes: 16 };
const CLOCK_MONOTONIC = 1;
const MS_PER_SEC = 1_000;
const NS_PER_MS = 1_000_000;

/** Waits for descriptors and runs their readers. */
export class Reactor implements Disposable {
  readonly #epoll: Fd;
  readonly #wakeup: Fd;
  #timer: Fd | undefined;
  /** Readers by descriptor; a removed one is not called even if its event is here already. */
  readonly #readers = new Map<number, Reader>();
  /** Readers that said more may be waiting. */
  readonly #unfinished = new Set<number>();
  readonly #events = new Uint8Array(EVENT_COUNT * EVENT.sizeBytes);
  readonly #view = new DataView(this.#events.buffer);
  readonly #timeout = new Uint8Array(16);
  readonly #timeoutView = new DataView(this.#timeout.buffer);
  readonly #scratch = new Uint8Array(8);
  readonly #spare = new Uint8Array(EVENT.sizeBytes);
  /** Called after waking up, before anything is read. */
  onWake: (() => void) | undefined = undefined;

  constructor() {
    this.#epoll = new Fd(check("epoll_create1", libc.epoll_create1(SOCK.CLOEXEC)));
    this.#wakeup = new Fd(check("eventfd", libc.eventfd(0, SOCK.NONBLOCK | SOCK.CLOEXEC)));
    this.add(this.#wakeup.number, () => this.#emptyCounter(this.#wakeup));
    sharpenTimers();
  }

  /** Calls `reader` when the descriptor is readable. */
  add(fd: number, reader: Reader): void {
    this.#readers.set(fd, reader);
    const event = new Uint8Array(EVENT.sizeBytes);
    const view = new DataView(event.buffer);
    view.setUint32(EVENT.events, EPOLLIN, true);
    view.setInt32(EVENT.data, fd, true);
    check("epoll_ctl", libc.epoll_ctl(this.#epoll.number, EPOLL_CTL_ADD, fd, event));
  }

  /** Forgets a descriptor; one that is not known is ignored. Call it before closing. */
  remove(fd: number): void {
    if (!this.#readers.delete(fd)) return;
    this.#unfinished.delete(fd);
    // A descriptor that is closed already has left the set by itself.
    libc.epoll_ctl(this.#epoll.number, EPOLL_CTL_DEL, fd, new Uint8Array(EVENT.sizeBytes));
  }

  /**
   * Blocks this thread until something is readable or the time is over (undefined: never), then runs
   * the readers. Returns how many ran.
   */
  waitSync(timeoutMs: number | undefined): number {
    const count = this.#poll(this.#unfinished.size > 0 ? 0 : timeoutMs);
    this.onWake?.();
    return this.#dispatch(count);
  }

  /** The same without blocking the isolate. Only one wait at a time. */
  async waitAsync(timeoutMs: number | undefined): Promise<number> {
    // What is ready now needs no other thread.
    let count = this.#poll(0);
    if (count === 0 && this.#unfinished.size === 0 && timeoutMs !== 0) {
      this.#armTimer(timeoutMs);
      count = await libc.epoll_wait_elsewhere(this.#epoll.number, this.#events, EVENT_COUNT, -1);
      if (count < 0) count = 0; // Interrupted: its errno is on the other thread.
    } else {
      // The runtime gets its turn in any case: a call elsewhere parks this thread for a moment.
      await libc.epoll_wait_elsewhere(this.#epoll.number, this.#spare, 1, 0);
    }
    this.onWake?.();
    return this.#dispatch(count);
  }

  /**
   * Reads on, without waiting, until nothing is left or `budget` readers ran: what came before now is
   * known before a timeout is believed.
   */
  drain(budget: number): void {
    for (let ran = 0; ran < budget;) {
      const count = this.#poll(0);
      if (count === 0 && this.#unfinished.size === 0) return;
      ran += Math.max(1, this.#dispatch(count));
    }
  }

  /** Ends a pending wait. */
  wake(): void {
    this.#scratch.fill(0);
    this.#scratch[0] = 1;
    libc.write(this.#wakeup.number, this.#scratch, 8);
  }

  /** Closes the reactor's own descriptors; those that were added belong to others. */
  [Symbol.dispose](): void {
    this.#readers.clear();
    this.#timer?.[Symbol.dispose]();
    this.#wakeup[Symbol.dispose]();
    this.#epoll[Symbol.dispose]();
  }

  #poll(timeoutMs: number | undefined): number {
    const epoll = this.#epoll.number;
    let count: number;
    if (timeoutMs === undefined) {
      count = libc.epoll_wait(epoll, this.#events, EVENT_COUNT, -1);
    } else if (timeoutMs === 0) {
      count = libc.epoll_wait(epoll, this.#events, EVENT_COUNT, 0);
    } else {
      writeTimespec(this.#timeoutView, 0, timeoutMs);
      count = libc.epoll_pwait2?.(epoll, this.#events, EVENT_COUNT, this.#timeout, null) ?? -1;
      if (count < 0 && (!libc.epoll_pwait2 || errno() === ERRNO.ENOSYS)) {
        count = libc.epoll_wait(epoll, this.#events, EVENT_COUNT, Math.ceil(timeoutMs));
      }
    }
    if (count >= 0) return count;
    const error = errno();
    if (error !== ERRNO.EINTR) throw new SyscallError(`epoll (${errnoName(error)})`, error);
    return 0;
  }

  #dispatch(count: number): number {
    const ready = new Set(this.#unfinished);
    this.#unfinished.clear();
    for (let i = 0; i < count; i++) {
      ready.add(this.#view.getInt32(i * EVENT.sizeBytes + EVENT.data, true));
    }
    let ran = 0;
    for (const fd of ready) {
      const reader = this.#readers.get(fd);
      if (!reader) continue; // Removed by a reader before it.
      ran++;
      if (reader() && this.#readers.get(fd) === reader) this.#unfinished.add(fd);
    }
    return ran;
  }

  #armTimer(timeoutMs: number | undefined): void {
    if (timeoutMs === undefined && !this.#timer) return;
    this.#timer ??= this.#openTimer();
    const value = new Uint8Array(32); // itimerspec: interval, value
    // Zero disarms; a timeout of nearly nothing must not.
    if (timeoutMs !== undefined) {
      writeTimespec(new DataView(value.buffer), 16, Math.max(1e-6, timeoutMs));
    }
    check("timerfd_settime", libc.timerfd_settime(this.#timer.number, 0, value, null));
  }

  #openTimer(): Fd {
    const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
    const timer = new Fd(check("timerfd_create", libc.timerfd_create(CLOCK_MONOTONIC, flags)));
    this.add(timer.number, () => this.#emptyCounter(timer));
    return timer;
  }

  #emptyCounter(counter: Fd): boolean {
    libc.read(counter.number, this.#scratch, 8);
    return false;
  }
}

function writeTimespec(view: DataView, at: number, timeMs: number): void {
  const seconds = Math.floor(timeMs / MS_PER_SEC);
  view.setBigInt64(at, BigInt(seconds), true);
  view.setBigInt64(at + 8, BigInt(Math.floor((timeMs - seconds * MS_PER_SEC) * NS_PER_MS)), true);
}

const { prctl } = moreOfLibc({
  // int prctl(int option, …): variadic; always called with its five unsigned long.
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
});
const PR_SET_TIMERSLACK = 29;

/** Asks the kernel not to round our timeouts: it may by default be 50 µs late to save power. */
function sharpenTimers(): void {
  prctl(PR_SET_TIMERSLACK, 1n, 0n, 0n, 0n);
}
