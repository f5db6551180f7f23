/**
 * Waiting for descriptors: epoll, woken by an eventfd, timed by the kernel.
 *
 * Two ways to wait, one set of readers. A process that does nothing else blocks its whole isolate
 * in the kernel (28 µs late at the median). One that shares its thread with asynchronous work waits
 * on another thread by the one asynchronous call, with a timerfd for the deadline.
 *
 * epoll tells of a descriptor for as long as it is ready, so nothing is lost when a reader stops
 * early.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { ERRNO, SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { EPOLL_EVENT, ITIMERSPEC, LITTLE_ENDIAN, setTimespec, TIMESPEC } from "./layout.ts";
import { check, errno, laterOfLibc, libc, SyscallError } from "./libc.ts";

/** Reads until nothing is left or its budget is used; returns whether more may be waiting. */
export type Reader = () => boolean;

/** Hears that a socket is connected, or that it cannot be. */
export type ConnectionListener = (hasFailed: boolean) => void;

/** What is known of a descriptor that was added. */
interface Entry {
  readonly fd: number;
  /** Tells an event of this descriptor from one of an earlier descriptor with the same number. */
  readonly generation: number;
  readonly reader: Reader;
  /** Set: it is only waited for once, until it is connected. */
  readonly onConnected: ConnectionListener | undefined;
  /** Belongs to the reactor itself and does not count. */
  readonly isInternal: boolean;
  writer: (() => void) | undefined;
  /** It wakes nobody. */
  rests: boolean;
}

const EVENT_COUNT = 64;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const EPOLLONESHOT = 1 << 30;
const CLOCK_MONOTONIC = 1;
const GENERATION_COUNT = 2 ** 32;
/** A timeout of nearly nothing must not disarm the timer, as zero would. */
const TIMER_MS_MIN = 1e-6;

/** Waits for descriptors and runs their readers. */
export class Reactor implements Disposable {
  readonly #epoll: Fd;
  readonly #wakeup: Fd;
  #timer: Fd | undefined;
  readonly #entries = new Map<number, Entry>();
  /** Those whose readers said that more may be waiting. */
  readonly #unfinished = new Set<Entry>();
  readonly #events = new EventBuffer();
  /** The kernel writes to it on another thread for as long as a wait is pending. */
  readonly #pendingEvents = new EventBuffer();
  readonly #timeout = new Uint8Array(TIMESPEC.sizeBytes);
  readonly #timeoutView = new DataView(this.#timeout.buffer);
  readonly #counter = new Uint8Array(8);
  #lastGeneration = 0;
  #isPending = false;
  /** The next wait ends at once. */
  #isWoken = false;
  #isDisposed = false;
  #hasFineTimeouts = libc.epoll_pwait2 !== null;
  /** Called after waking up, before anything is read. */
  onWake: (() => void) | undefined = undefined;

  constructor() {
    this.#epoll = new Fd(check("epoll_create1", libc.epoll_create1(SOCK.CLOEXEC)));
    this.#wakeup = new Fd(check("eventfd", libc.eventfd(0, SOCK.NONBLOCK | SOCK.CLOEXEC)));
    this.#enter(this.#wakeup.number, {
      reader: () => this.#emptyCounter(this.#wakeup),
      isInternal: true,
    });
    sharpenTimers();
  }

  /** Calls `reader` when the descriptor is readable, or its other side is gone. */
  add(fd: number, reader: Reader): void {
    this.#enter(fd, { reader });
  }

  /**
   * Calls `listener` once, when a socket that connects has done so, or has failed. That is one call
   * to the kernel, as it forgets the socket when it is closed, which is to be done then; whoever
   * closes it before calls {@linkcode remove}.
   */
  awaitConnection(fd: number, listener: ConnectionListener): void {
    this.#enter(fd, { reader: isNeverRead, onConnected: listener });
  }

  /**
   * Calls `writer` as well whenever the descriptor, which was added, is writable; until it is set
   * to undefined.
   */
  setWriter(fd: number, writer: (() => void) | undefined): void {
    const entry = this.#entries.get(fd);
    assert(entry !== undefined, `Descriptor ${fd} was not added`);
    const isSame = (entry.writer === undefined) === (writer === undefined);
    entry.writer = writer;
    if (!isSame) this.#control(EPOLL_CTL_MOD, entry);
  }

  /**
   * From now on a descriptor, which was added, wakes nobody, nor does {@linkcode drain} read it:
   * for one that would wake us for each of a thousand datagrams a second. Whoever lets it rest
   * reads it. `false` ends that.
   */
  setResting(fd: number, rests: boolean): void {
    const entry = this.#entries.get(fd);
    assert(entry !== undefined, `Descriptor ${fd} was not added`);
    if (entry.rests === rests) return;
    entry.rests = rests;
    this.#control(EPOLL_CTL_MOD, entry);
  }

  /**
   * Forgets a descriptor; one that is not known is ignored. Call it before closing. From now on its
   * reader is not called, even if its event is here already.
   */
  remove(fd: number): void {
    const entry = this.#entries.get(fd);
    if (!entry) return;
    this.#entries.delete(fd);
    this.#unfinished.delete(entry);
    // One that is closed already has left the set by itself.
    libc.epoll_ctl(this.#epoll.number, EPOLL_CTL_DEL, fd, eventOf(entry));
  }

  /**
   * Blocks this thread until something is readable or the time is over (undefined: never), then
   * runs the readers. Returns how many ran.
   */
  waitSync(timeoutMs: number | undefined): number {
    assert(!this.#isPending, "A wait is pending");
    const isImmediate = this.#unfinished.size > 0 || this.#isWoken;
    this.#isWoken = false;
    const count = this.#poll(isImmediate ? 0 : timeoutMs);
    this.onWake?.();
    return this.#dispatch(this.#events, count);
  }

  /**
   * The same without blocking the isolate. Only one wait at a time. Other asynchronous work gets
   * its turn in any case.
   */
  async waitAsync(timeoutMs: number | undefined): Promise<number> {
    assert(!this.#isPending, "A wait is pending");
    const isImmediate = this.#unfinished.size > 0 || this.#isWoken ||
      timeoutMs !== undefined && timeoutMs <= 0;
    this.#isWoken = false;
    if (!isImmediate) this.#armTimer(timeoutMs);
    this.#isPending = true;
    const count = await libc.epoll_wait_elsewhere(
      this.#epoll.number,
      this.#pendingEvents.bytes,
      EVENT_COUNT,
      isImmediate ? 0 : -1,
    );
    this.#isPending = false;
    if (this.#isDisposed) {
      this.#close();
      return 0;
    }
    this.onWake?.();
    // Negative: interrupted. Its errno is on the other thread.
    return this.#dispatch(this.#pendingEvents, Math.max(0, count));
  }

  /**
   * Reads on, without waiting, until nothing is left or `budget` readers ran: what came before now
   * is known before a timeout is believed. `between` runs after each round of readers; `true` from
   * it ends the reading early.
   */
  drain(budget: number, between?: () => boolean): void {
    for (let ran = 0; ran < budget;) {
      const count = this.#poll(0);
      if (count === 0 && this.#unfinished.size === 0) return;
      ran += Math.max(1, this.#dispatch(this.#events, count));
      if (between?.()) return;
    }
  }

  /** Ends a pending wait, or the next one. */
  wake(): void {
    if (!this.#isPending) {
      this.#isWoken = true;
      return;
    }
    this.#counter.fill(0);
    this.#counter[0] = 1;
    libc.write(this.#wakeup.number, this.#counter, this.#counter.length);
  }

  /** Closes the reactor's own descriptors; those that were added belong to others. */
  [Symbol.dispose](): void {
    assert(!this.#isDisposed, "The reactor is closed already");
    this.#isDisposed = true;
    this.#entries.clear();
    this.#unfinished.clear();
    // Closing would not wake the other thread: a pending wait closes when it has ended.
    if (this.#isPending) this.wake();
    else this.#close();
  }

  #close(): void {
    this.#timer?.[Symbol.dispose]();
    this.#wakeup[Symbol.dispose]();
    this.#epoll[Symbol.dispose]();
  }

  #enter(
    fd: number,
    { reader, onConnected, isInternal = false }:
      & Pick<Entry, "reader">
      & Partial<Pick<Entry, "onConnected" | "isInternal">>,
  ): void {
    assert(!this.#entries.has(fd), `Descriptor ${fd} was added already`);
    this.#lastGeneration = (this.#lastGeneration + 1) % GENERATION_COUNT;
    const generation = this.#lastGeneration;
    const entry: Entry = {
      fd,
      generation,
      reader,
      onConnected,
      isInternal,
      writer: undefined,
      rests: false,
    };
    this.#control(EPOLL_CTL_ADD, entry);
    this.#entries.set(fd, entry);
  }

  #control(operation: number, entry: Entry): void {
    const event = eventOf(entry);
    check("epoll_ctl", libc.epoll_ctl(this.#epoll.number, operation, entry.fd, event));
  }

  #poll(timeoutMs: number | undefined): number {
    const epoll = this.#epoll.number;
    const { bytes } = this.#events;
    if (timeoutMs === undefined) return polled(libc.epoll_wait(epoll, bytes, EVENT_COUNT, -1));
    if (timeoutMs <= 0) return polled(libc.epoll_wait(epoll, bytes, EVENT_COUNT, 0));
    if (this.#hasFineTimeouts) {
      setTimespec(this.#timeoutView, 0, timeoutMs);
      const count = libc.epoll_pwait2?.(epoll, bytes, EVENT_COUNT, this.#timeout, null) ?? 0;
      const error = count < 0 ? errno() : 0;
      // Before Linux 5.11 there is no such call; old container filters say EPERM instead.
      if (error !== ERRNO.ENOSYS && error !== ERRNO.EPERM) return settled(count, error);
      this.#hasFineTimeouts = false;
    }
    return polled(libc.epoll_wait(epoll, bytes, EVENT_COUNT, Math.ceil(timeoutMs)));
  }

  /** Runs the readers of those that are ready, each once. */
  #dispatch(events: EventBuffer, count: number): number {
    // Whoever polls in a tight loop makes no garbage.
    if (count === 0 && this.#unfinished.size === 0) return 0;
    const ready = new Map<Entry, number>();
    for (const entry of this.#unfinished) ready.set(entry, EPOLLIN);
    this.#unfinished.clear();
    for (let i = 0; i < count; i++) {
      const entry = this.#entries.get(events.fd(i));
      // Another generation: the event is of a descriptor that had this number before.
      if (!entry || entry.generation !== events.generation(i)) continue;
      ready.set(entry, (ready.get(entry) ?? 0) | events.mask(i));
    }
    let ran = 0;
    for (const [entry, mask] of ready) {
      if (!this.#isCurrent(entry)) continue; // Removed by a reader before it.
      if (!entry.isInternal) ran++;
      if (entry.onConnected) {
        this.#entries.delete(entry.fd);
        entry.onConnected((mask & (EPOLLERR | EPOLLHUP)) !== 0);
        continue;
      }
      // An error or the end of the connection wakes both.
      if ((mask & ~EPOLLIN) !== 0) entry.writer?.();
      if ((mask & ~EPOLLOUT) === 0 || !this.#isCurrent(entry)) continue;
      if (entry.reader() && this.#isCurrent(entry)) this.#unfinished.add(entry);
    }
    return ran;
  }

  #isCurrent(entry: Entry): boolean {
    return this.#entries.get(entry.fd) === entry;
  }

  #armTimer(timeoutMs: number | undefined): void {
    if (timeoutMs === undefined && !this.#timer) return;
    const timer = this.#timer ??= this.#openTimer();
    const value = new Uint8Array(ITIMERSPEC.sizeBytes);
    if (timeoutMs !== undefined) {
      setTimespec(
        new DataView(value.buffer),
        ITIMERSPEC.value,
        Math.max(TIMER_MS_MIN, timeoutMs),
      );
    }
    check("timerfd_settime", libc.timerfd_settime(timer.number, 0, value, null));
  }

  #openTimer(): Fd {
    const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
    const timer = new Fd(check("timerfd_create", libc.timerfd_create(CLOCK_MONOTONIC, flags)));
    this.#enter(timer.number, { reader: () => this.#emptyCounter(timer), isInternal: true });
    return timer;
  }

  #emptyCounter(counter: Fd): boolean {
    libc.read(counter.number, this.#counter, this.#counter.length);
    return false;
  }
}

/** Room for the events of one wait. */
class EventBuffer {
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(
    new ArrayBuffer(EVENT_COUNT * EPOLL_EVENT.sizeBytes),
  );
  readonly #view = new DataView(this.bytes.buffer);

  mask(index: number): number {
    return this.#view.getUint32(index * EPOLL_EVENT.sizeBytes + EPOLL_EVENT.events, LITTLE_ENDIAN);
  }

  fd(index: number): number {
    return this.#view.getInt32(index * EPOLL_EVENT.sizeBytes + EPOLL_EVENT.data, LITTLE_ENDIAN);
  }

  generation(index: number): number {
    const at = index * EPOLL_EVENT.sizeBytes + EPOLL_EVENT.data + 4;
    return this.#view.getUint32(at, LITTLE_ENDIAN);
  }
}

const isNeverRead: Reader = () => false;

// One for all of them: the kernel has read it when its call returns.
const event = new Uint8Array(new ArrayBuffer(EPOLL_EVENT.sizeBytes));
const eventView = new DataView(event.buffer);

/** What epoll is to watch of an entry, and to give back with its events; until the next call. */
function eventOf(entry: Entry): Uint8Array<ArrayBuffer> {
  eventView.setUint32(EPOLL_EVENT.events, maskOf(entry), LITTLE_ENDIAN);
  eventView.setInt32(EPOLL_EVENT.data, entry.fd, LITTLE_ENDIAN);
  eventView.setUint32(EPOLL_EVENT.data + 4, entry.generation, LITTLE_ENDIAN);
  return event;
}

function maskOf({ onConnected, writer, rests }: Entry): number {
  if (onConnected) return EPOLLOUT | EPOLLONESHOT;
  return (rests ? 0 : EPOLLIN) | (writer ? EPOLLOUT : 0);
}

/** How many events a call brought; to be used directly on its result. */
function polled(count: number): number {
  return count >= 0 ? count : settled(count, errno());
}

/** How many events a wait brought; an interrupted one brings none. */
function settled(count: number, error: number): number {
  if (count >= 0) return count;
  if (error !== ERRNO.EINTR) throw new SyscallError("epoll_wait", error);
  return 0;
}

const control = laterOfLibc({
  // int prctl(int option, …): variadic; always called with its five unsigned long, which both
  // architectures pass as they would fixed arguments.
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
});
const PR_SET_TIMERSLACK = 29;

/** Asks the kernel not to round our timeouts: it may by default be 50 µs late to save power. */
function sharpenTimers(): void {
  control().prctl(PR_SET_TIMERSLACK, 1n, 0n, 0n, 0n);
}
