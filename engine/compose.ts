/**
 * The machine tree with its doors opened: the one place where decisions meet the world. Production,
 * the parent process, the child process and the simulator differ in what they pass here.
 *
 * @module
 */
import { type EventObject, fromCallback, type NonReducibleUnknown } from "xstate";
import type { VrrpInstanceConfig } from "../machines/config.ts";
import {
  instanceLogic,
  system,
  type SystemCommand,
  type SystemFact,
  type SystemInput,
} from "../machines/system.ts";
import { type VrrpCommand, type VrrpFact, vrrpInstance } from "../machines/vrrp_instance.ts";
import { vrrpMirror } from "../machines/vrrp_mirror.ts";
import {
  worker,
  type WorkerCommand,
  type WorkerFact,
  type WorkerInput,
} from "../machines/worker.ts";

/** Who stands behind a machine's port. */
export interface Behind<Command> extends Disposable {
  carryOut(command: Command): void;
}

/** Opens the port of one machine; `tell` is how facts reach it. */
export type Door<Command, Input, Fact> = (
  input: Input,
  tell: (fact: Fact) => void,
) => Behind<Command>;

/** The doors of a process whose instances are its own. */
export interface LocalDoors {
  readonly system: Door<SystemCommand, SystemInput, SystemFact>;
  readonly vrrp: Door<VrrpCommand, VrrpInstanceConfig, VrrpFact>;
}

/** The doors of the parent, whose instances live in child processes. */
export interface ParentDoors {
  readonly system: Door<SystemCommand, SystemInput, SystemFact>;
  readonly worker: Door<WorkerCommand, WorkerInput, WorkerFact>;
}

/** The root machine of a process that runs its instances itself. */
export function composeLocal(doors: LocalDoors): typeof system {
  return system.provide({
    actors: {
      io: behind(doors.system),
      vrrpInstance: instanceLogic(vrrpInstance.provide({ actors: { io: behind(doors.vrrp) } })),
    },
  });
}

/** The root machine of the parent process. */
export function composeParent(doors: ParentDoors): typeof system {
  return system.provide({
    actors: {
      io: behind(doors.system),
      vrrpInstance: instanceLogic(vrrpMirror),
      worker: worker.provide({ actors: { io: behind(doors.worker) } }),
    },
  });
}

/** A port actor: commands go to `door`'s answer, facts come back, its end disposes. */
function behind<
  Command extends EventObject,
  Input extends NonReducibleUnknown,
  Fact extends EventObject,
>(door: Door<Command, Input, Fact>) {
  return fromCallback<Command, Input>(({ input, receive, sendBack }) => {
    const world = door(input, sendBack as (fact: Fact) => void);
    receive((command) => world.carryOut(command));
    return () => world[Symbol.dispose]();
  });
}
