/**
 * The machine tree with its doors opened: the one place where decisions meet the world. Production,
 * the parent process, the child process and the simulator differ in what they pass here.
 *
 * @module
 */
import {
  type Actor,
  createActor,
  type EventObject,
  fromCallback,
  type InspectionEvent,
} from "xstate";
import { assert } from "../net/assert.ts";
import type { Clock } from "./clock.ts";
import type { BfdSessionConfig } from "../machines/bfd_config.ts";
import { type BfdCommand, type BfdFact, bfdSession } from "../machines/bfd_session.ts";
import {
  checker,
  type CheckerCommand,
  type CheckerFact,
  type CheckerPort,
} from "../machines/checker.ts";
import type { VrrpInstanceConfig } from "../machines/config.ts";
import { loadBalancer } from "../machines/load_balancer.ts";
import { shelf } from "../machines/shelf.ts";
import {
  realServer,
  type RealServerCommand,
  type RealServerFact,
  type RealServerInput,
} from "../machines/real_server.ts";
import {
  virtualServer,
  type VirtualServerCommand,
  type VirtualServerFact,
  type VirtualServerInput,
} from "../machines/virtual_server.ts";
import {
  type Duty,
  instanceLogic,
  system,
  type SystemCommand,
  type SystemFact,
  type SystemInput,
} from "../machines/system.ts";
import {
  scriptTracker,
  type ScriptTrackerCommand,
  type ScriptTrackerFact,
} from "../machines/script_tracker.ts";
import {
  fileTracker,
  type FileTrackerCommand,
  type FileTrackerFact,
  type FileTrackerInput,
} from "../machines/file_tracker.ts";
import {
  processTracker,
  type ProcessTrackerCommand,
  type ProcessTrackerFact,
} from "../machines/process_tracker.ts";
import type { TrackProcessConfig, VrrpScriptConfig } from "../machines/track_config.ts";
import {
  syncGroup,
  type SyncGroupCommand,
  type SyncGroupFact,
  type SyncGroupInput,
} from "../machines/sync_group.ts";
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

/** The doors of tracked objects. */
export interface TrackerDoors {
  readonly script: Door<ScriptTrackerCommand, VrrpScriptConfig, ScriptTrackerFact>;
  readonly file: Door<FileTrackerCommand, FileTrackerInput, FileTrackerFact>;
  readonly process: Door<ProcessTrackerCommand, TrackProcessConfig, ProcessTrackerFact>;
}

/**
 * The doors of a process whose instances are its own; those of tracked objects are absent in a
 * child process, whose parent looks at them.
 */
export interface LocalDoors extends Partial<TrackerDoors>, Partial<LvsDoors> {
  readonly system: Door<SystemCommand, SystemInput, SystemFact>;
  /** Absent, as is that of groups, where virtual routers are not of its duties. */
  readonly vrrp?: Door<VrrpCommand, VrrpInstanceConfig, VrrpFact>;
  readonly group?: Door<SyncGroupCommand, SyncGroupInput, SyncGroupFact>;
  /** There if that of virtual routers is. */
  readonly bfd?: Door<BfdCommand, BfdSessionConfig, BfdFact>;
}

/** The doors of virtual servers. */
export interface LvsDoors {
  readonly virtualServer: Door<VirtualServerCommand, VirtualServerInput, VirtualServerFact>;
  readonly realServer: Door<RealServerCommand, RealServerInput, RealServerFact>;
  readonly checker: Door<CheckerCommand, CheckerPort, CheckerFact>;
}

/** Every door there is. */
interface Doors extends Required<LocalDoors>, ParentDoors {}

/** The doors of the parent, whose instances live in child processes. */
export interface ParentDoors extends TrackerDoors {
  readonly system: Door<SystemCommand, SystemInput, SystemFact>;
  readonly worker: Door<WorkerCommand, WorkerInput, WorkerFact>;
}

/**
 * Doors by actor system. The machines are built once and shared by all systems of a process, so
 * that a rehearsal (engine/warm_up.ts) runs the very objects that the real one will run.
 */
const doorsBySystem = new WeakMap<object, Partial<Doors>>();

const trackers = {
  scriptTracker: scriptTracker.provide({ actors: { io: behind("script") } }),
  fileTracker: fileTracker.provide({ actors: { io: behind("file") } }),
  processTracker: processTracker.provide({ actors: { io: behind("process") } }),
};

const balanced = virtualServer.provide({
  actors: {
    io: behind("virtualServer"),
    realServer: realServer.provide({
      actors: {
        io: behind("realServer"),
        checker: checker.provide({ actors: { io: behind("checker") } }),
      },
    }),
  },
});

const localMachine = system.provide({
  actors: {
    io: behind("system"),
    vrrpInstance: instanceLogic(vrrpInstance.provide({ actors: { io: behind("vrrp") } })),
    bfdSession: bfdSession.provide({ actors: { io: behind("bfd") } }),
    loadBalancer: loadBalancer.provide({
      actors: { shelf: shelf.provide({ actors: { virtualServer: balanced } }) },
    }),
    syncGroup: syncGroup.provide({ actors: { io: behind("group") } }),
    ...trackers,
  },
});

const parentMachine = system.provide({
  actors: {
    io: behind("system"),
    vrrpInstance: instanceLogic(vrrpMirror),
    ...trackers,
    worker: worker.provide({ actors: { io: behind("worker") } }),
  },
});

/** Settings that a root actor is created with. */
export interface RootOptions {
  readonly clock: Clock;
  readonly inspect?: (event: InspectionEvent) => void;
}

/** The root actor of a process that runs its instances itself; not started yet. */
export function createLocalRoot(doors: LocalDoors, options: RootOptions): Actor<typeof system> {
  const duties: Duty[] = [
    ...(doors.vrrp ? ["vrrp" as const] : []),
    ...(doors.virtualServer ? ["lvs" as const] : []),
  ];
  const input = { workers: [], duties, tracks: doors.script !== undefined };
  const root = createActor(localMachine, { id: "system", input, ...options });
  doorsBySystem.set(root.system, doors);
  return root;
}

/**
 * The root actor of the parent process, with a supervisor for each of `workers`; not started yet.
 */
export function createParentRoot(
  doors: ParentDoors,
  workers: readonly string[],
  options: RootOptions,
): Actor<typeof system> {
  const root = createActor(parentMachine, {
    id: "system",
    input: { workers, tracks: true },
    ...options,
  });
  doorsBySystem.set(root.system, doors);
  return root;
}

/** A port actor: commands go to what its door opens to, facts come back, its end disposes. */
function behind<Name extends keyof Doors>(name: Name) {
  type Command = Parameters<ReturnType<Doors[Name]>["carryOut"]>[0];
  type Input = Parameters<Doors[Name]>[0];
  return fromCallback<Command, Input>(({ input, receive, sendBack, system: actors }) => {
    const door = doorsBySystem.get(actors)?.[name] as Door<Command, Input, EventObject> | undefined;
    assert(door !== undefined, `a root that needs a door '${name}' was given one`);
    const world = door(input, sendBack);
    receive((command) => world.carryOut(command));
    return () => world[Symbol.dispose]();
  });
}
