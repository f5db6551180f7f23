/**
 * Signals of a process that runs Deno's own event loop.
 *
 * @module
 */

/** What signals lead to. */
export interface SignalHandlers {
  readonly reload: () => void;
  readonly stop: () => void;
  /** Called after either, so that the loop takes notice. */
  readonly wake: () => void;
}

/** Listens to SIGHUP, SIGTERM and SIGINT until disposed. */
export function onSignals({ reload, stop, wake }: SignalHandlers): Disposable {
  const reloads = () => {
    reload();
    wake();
  };
  const stops = () => {
    stop();
    wake();
  };
  Deno.addSignalListener("SIGHUP", reloads);
  Deno.addSignalListener("SIGTERM", stops);
  Deno.addSignalListener("SIGINT", stops);
  return {
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGHUP", reloads);
      Deno.removeSignalListener("SIGTERM", stops);
      Deno.removeSignalListener("SIGINT", stops);
    },
  };
}
