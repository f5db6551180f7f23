/**
 * Signals of a process that runs Deno's own event loop.
 *
 * @module
 */
import { CaughtSignal } from "../../net/sys/caught_signal.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { UnheardSignal } from "../../net/sys/unheard_signal.ts";
import type { Reactor } from "../../net/sys/reactor.ts";
import type { Log } from "../log.ts";
import { type DumpRequest, dumpRequested, SIGNALS } from "./signal_numbers.ts";

/** What signals lead to. */
export interface SignalHandlers {
  readonly reload: () => void;
  readonly stop: () => void;
  readonly dump: (what: DumpRequest) => void;
  /** Called after each, so that the loop takes notice. */
  readonly wake: () => void;
}

/** Signals that are caught without Deno, from the beginning. */
export interface EarlySignals {
  /** Real-time signals, which Deno does not know. */
  readonly realtime: readonly (readonly [signal: number, caught: CaughtSignal])[];
  /** What would open a port for debuggers. */
  readonly user: UnheardSignal;
}

/**
 * Catches them. To be done first of all: each real-time signal needs the descriptor that has its
 * number, and nobody may debug the daemon.
 */
export function catchEarlySignals(log: Log, resources: DisposableStack): EarlySignals {
  const user = resources.use(new UnheardSignal("SIGUSR1", SIGNALS.USR1));
  const realtime = [SIGNALS.JSON, SIGNALS.STATS_CLEAR].flatMap((signal) => {
    try {
      return [[signal, resources.use(new CaughtSignal(signal))] as const];
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      log.note("warning", `Signal ${signal} cannot be used: descriptor ${signal} is taken`);
      return [];
    }
  });
  return { realtime, user };
}

/** Does what a signal asks for; true: it is known. */
export function followSignal(signal: number, { reload, stop, dump }: SignalHandlers): void {
  const request = dumpRequested(signal);
  if (request !== undefined) dump(request);
  else if (signal === SIGNALS.HUP) reload();
  else if (signal === SIGNALS.TERM || signal === SIGNALS.INT) stop();
}

const NAMES = ["HUP", "TERM", "INT", "USR2"] as const;
/** How often it is looked whether the signal came that wakes nobody. */
const LOOK_MS = 200;

/** How signals are listened to. */
export interface SignalOptions {
  readonly early: EarlySignals;
  readonly reactor: Reactor;
  /** SIGINT stops nothing. */
  readonly ignoresInterrupt: boolean;
}

/** Listens to signals until disposed. */
export function onSignals(
  handlers: SignalHandlers,
  { early: { realtime, user }, reactor, ignoresInterrupt }: SignalOptions,
): Disposable {
  const listeners = NAMES.map((name) => {
    const listener = () => {
      if (name !== "INT" || !ignoresInterrupt) followSignal(SIGNALS[name], handlers);
      handlers.wake();
    };
    Deno.addSignalListener(`SIG${name}`, listener);
    return [`SIG${name}`, listener] as const;
  });
  for (const [signal, caught] of realtime) {
    reactor.add(caught.fd, () => {
      if (caught.read()) followSignal(signal, handlers);
      return false;
    });
  }
  const look = setInterval(() => {
    if (!user.came()) return;
    followSignal(SIGNALS.USR1, handlers);
    handlers.wake();
  }, LOOK_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(look);
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
      for (const [, caught] of realtime) reactor.remove(caught.fd);
    },
  };
}
