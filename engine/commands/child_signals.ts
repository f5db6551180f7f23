/**
 * Signals of a child process, which was started with all of them blocked.
 *
 * @module
 */
import { SignalDescriptor } from "../../net/sys/process.ts";
import type { Reactor } from "../../net/sys/reactor.ts";
import type { SystemFact } from "../../machines/system_facts.ts";
import type { ChildMessage } from "../ipc.ts";
import { SIGNALS } from "./signal_numbers.ts";

/** Stops when it is told to; everything else is the parent's business, which is told. */
export function followChildSignals(
  reactor: Reactor,
  tell: (fact: SystemFact) => void,
  send: (message: ChildMessage) => void,
): void {
  const signals = new SignalDescriptor(Object.values(SIGNALS));
  reactor.add(signals.fd, () => {
    for (const signal of signals.read()) {
      if (signal === SIGNALS.TERM || signal === SIGNALS.INT) tell({ type: "STOP_REQUESTED" });
      else send({ type: "SIGNALLED", signal });
    }
    return false;
  });
}
