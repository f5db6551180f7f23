/**
 * A machine's one door to the world: facts come in, commands go out, both plain data.
 *
 * engine/compose.ts provides who stands behind it in production, engine/sim in the simulator.
 *
 * @module
 */
import {
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  type NonReducibleUnknown,
} from "xstate";

/** Types a port, and fails loudly at start if nobody provided it. */
export function port<
  Command extends EventObject,
  Input extends NonReducibleUnknown,
>(): CallbackActorLogic<Command, Input> {
  return fromCallback<Command, Input>(() => {
    throw new Error("Cannot open a port: no actor was provided for it");
  });
}
