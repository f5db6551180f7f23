/**
 * Waiting for one descriptor, for one probe: until it is ready, the time is over, or the probe is
 * told to stop.
 *
 * @module
 */
import { assert } from "../net/assert.ts";
import type { ProbeContext } from "./probe.ts";

/** How a wait ended. */
export type Woken = "ready" | "timed out" | "stopped";

/** Why to wait. */
export type Readiness = "readable" | "writable";

/** The reactor's attention to a descriptor. Dispose of it before closing the descriptor. */
export class Watch implements Disposable {
  readonly #fd: number;
  readonly #context: ProbeContext;
  readonly #stop = () => this.#wake("stopped");
  #awaited: Readiness | undefined;
  #resolve: ((woken: Woken) => void) | undefined;
  #timer: number | undefined;
  #isAttended = false;
  #isOpen = true;

  /** A socket must have begun to connect: before that it only tells that it is not connected. */
  constructor(fd: number, context: ProbeContext) {
    this.#fd = fd;
    this.#context = context;
    this.#attend();
    context.signal.addEventListener("abort", this.#stop);
  }

  /** Waits until `endMs` at most. One wait at a time. */
  wait(what: Readiness, endMs: number): Promise<Woken> {
    assert(this.#isOpen && this.#resolve === undefined, "one wait at a time");
    const { reactor, timers, signal } = this.#context;
    if (signal.aborted) return Promise.resolve("stopped");
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#awaited = what;
      const delayMs = Math.max(0, endMs - timers.now());
      this.#timer = timers.setTimeout(() => this.#wake("timed out"), delayMs);
      if (!this.#isAttended) this.#attend();
      if (what === "writable") reactor.setWriter(this.#fd, () => this.#wake("ready"));
    });
  }

  #attend(): void {
    this.#isAttended = true;
    this.#context.reactor.add(this.#fd, () => {
      if (this.#awaited === "readable") this.#wake("ready");
      // Nobody asked: the reactor would tell it again and again.
      else if (this.#awaited === undefined) this.#neglect();
      return false;
    });
  }

  #neglect(): void {
    this.#isAttended = false;
    this.#context.reactor.remove(this.#fd);
  }

  #wake(woken: Woken): void {
    const resolve = this.#resolve;
    if (!resolve) return;
    const { reactor, timers } = this.#context;
    if (this.#timer !== undefined) timers.clearTimeout(this.#timer);
    if (this.#awaited === "writable" && this.#isAttended) reactor.setWriter(this.#fd, undefined);
    this.#resolve = undefined;
    this.#awaited = undefined;
    this.#timer = undefined;
    resolve(woken);
  }

  /** Ends the attention; a pending wait ends as stopped. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#wake("stopped");
    this.#neglect();
    this.#context.signal.removeEventListener("abort", this.#stop);
  }
}
