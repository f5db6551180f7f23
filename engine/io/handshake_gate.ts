/**
 * So many TLS handshakes at a time: a herd of them would hold up everything else in its process
 * (5,000 at once: 0.75 s).
 *
 * Who waits for a silent server costs nothing, so a place is kept for a short time only: servers
 * that do not answer do not hold up the others.
 *
 * @module
 */
import type { Gate, StopSignal, Timers } from "../../checkers/probe.ts";

/** Handshakes at a time. */
const HANDSHAKES_MAX = 64;
/** For which a place is kept. */
const STAY_MS_MAX = 250;

/** Lets in handshakes, in the order of their coming. */
export class HandshakeGate implements Gate {
  readonly #timers: Timers;
  readonly #roomMax: number;
  readonly #waiting: Set<() => void> = new Set();
  #insideCount = 0;

  constructor(timers: Timers, roomMax = HANDSHAKES_MAX) {
    this.#timers = timers;
    this.#roomMax = roomMax;
  }

  /** How many are inside and have a place. */
  get insideCount(): number {
    return this.#insideCount;
  }

  enter(signal: StopSignal): Promise<Disposable> {
    if (signal.aborted) return Promise.resolve({ [Symbol.dispose]() {} });
    if (this.#insideCount < this.#roomMax) return Promise.resolve(this.#letIn());
    return new Promise((resolve) => {
      const admit = () => {
        this.#waiting.delete(admit);
        signal.removeEventListener("abort", giveUp);
        resolve(this.#letIn());
      };
      const giveUp = () => {
        this.#waiting.delete(admit);
        signal.removeEventListener("abort", giveUp);
        resolve({ [Symbol.dispose]() {} });
      };
      this.#waiting.add(admit);
      signal.addEventListener("abort", giveUp);
    });
  }

  #letIn(): Disposable {
    this.#insideCount++;
    let hasPlace = true;
    const leave = () => {
      if (!hasPlace) return;
      hasPlace = false;
      this.#timers.clearTimeout(timer);
      this.#insideCount--;
      for (const admit of this.#waiting) return admit();
    };
    const timer = this.#timers.setTimeout(leave, STAY_MS_MAX);
    return { [Symbol.dispose]: leave };
  }
}
