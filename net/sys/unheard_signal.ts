/**
 * A signal that the runtime would act upon by itself: Deno opens a port for debuggers, whom it
 * trusts, when SIGUSR1 comes, whoever listens. So it must not get it, and only sees that it comes:
 * its handler is `sigignore(signal)`, which a handler may call, and after which the signal is
 * ignored. Whoever looks finds that, and sets the handler again.
 *
 * @module
 */
import { getUint64, LITTLE_ENDIAN, setUint64, SIGACTION } from "./layout.ts";
import { check, laterOfLibc } from "./libc.ts";

const SA_ONSTACK = 0x08000000;
const SA_RESTART = 0x10000000;

const functions = laterOfLibc({
  // int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
  sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int sigignore(int signal): only where it lies.
  sigignore: { type: "pointer" },
});

/** One such signal, until disposed: from then on it is ignored. */
export class UnheardSignal implements Disposable {
  readonly #name: Deno.Signal;
  readonly #number: number;
  readonly #listener = () => {};

  /** `name` and `number` of the same signal. */
  constructor(name: Deno.Signal, number: number) {
    this.#name = name;
    this.#number = number;
    // The runtime sets its handler with the first listener, and never again.
    Deno.addSignalListener(name, this.#listener);
    this.#set();
  }

  /** Whether it has come since. */
  came(): boolean {
    const action = new Uint8Array(SIGACTION.sizeBytes);
    check("sigaction", functions().sigaction(this.#number, null, action));
    if (getUint64(new DataView(action.buffer), SIGACTION.handler) !== SIG_IGN) return false;
    this.#set();
    return true;
  }

  /** From now on it is ignored: whoever still sends it must not end the process. */
  [Symbol.dispose](): void {
    setAction(this.#number, SIG_IGN, 0);
    Deno.removeSignalListener(this.#name, this.#listener);
  }

  #set(): void {
    const handler = Number(Deno.UnsafePointer.value(functions().sigignore));
    setAction(this.#number, handler, SA_RESTART | SA_ONSTACK);
  }
}

const SIG_IGN = 1;

function setAction(signal: number, handler: number, flags: number): void {
  const action = new Uint8Array(SIGACTION.sizeBytes);
  const view = new DataView(action.buffer);
  setUint64(view, SIGACTION.handler, handler);
  view.setInt32(SIGACTION.flags, flags, LITTLE_ENDIAN);
  check("sigaction", functions().sigaction(signal, action, null));
}
