/**
 * The root actor: reads the configuration, owns every instance and every child process, reloads by
 * difference, stops in order.
 *
 * The same machine runs in each process: in the parent the configuration comes from a file and the
 * instances are mirrors of remote ones; in a child it comes from the parent and they are real.
 * engine/compose.ts makes the difference.
 *
 * @module
 */
import {
  type ActorLogic,
  type AnyActorLogic,
  assign,
  enqueueActions,
  sendTo,
  setup,
  type Snapshot,
} from "xstate";
import { bfdSessionIdentity } from "./bfd_config.ts";
import { diffSessions } from "./bfd_diff.ts";
import { bfdSession } from "./bfd_session.ts";
import { type Config, type VrrpInstanceConfig, vrrpInstanceIdentity } from "./config.ts";
import { diffConfigs } from "./config_diff.ts";
import { fileTracker } from "./file_tracker.ts";
import { loadBalancer } from "./load_balancer.ts";
import { port } from "./port.ts";
import { processTracker } from "./process_tracker.ts";
import { scriptTracker } from "./script_tracker.ts";
import { syncGroup } from "./sync_group.ts";
import { isNeeded, routersOf, startupOf } from "./system_rules.ts";
import { diffGroups } from "./sync_group_diff.ts";
import { newsFor, trackedIn, type Verdicts } from "./standing.ts";
import { diffTrackers } from "./tracker_diff.ts";
import type { Duty, SystemCommand, SystemFact, SystemInput } from "./system_facts.ts";
import { vrrpInstance } from "./vrrp_instance.ts";
import type { MirrorFact } from "./vrrp_mirror.ts";
import { worker } from "./worker.ts";

export type { Duty, SystemCommand, SystemFact, SystemInput } from "./system_facts.ts";

/** An instance, real (vrrp_instance.ts) or mirrored (vrrp_mirror.ts). */
export type InstanceLogic = ActorLogic<Snapshot<unknown>, MirrorFact, VrrpInstanceConfig>;

/** Takes a machine for an instance: the root needs no more of it than its facts and its input. */
export function instanceLogic(machine: AnyActorLogic): InstanceLogic {
  return machine;
}

interface Context {
  readonly workers: readonly string[];
  readonly duties: readonly Duty[];
  readonly tracks: boolean;
  /** What is known of tracked objects. */
  readonly verdicts: Verdicts;
  readonly config: Config | undefined;
  /** Identities of instances, and names of workers, that are not final yet. */
  readonly children: readonly string[];
  /** Names of sync groups. */
  readonly groups: readonly string[];
  /** A further reload was asked for while one was going on. */
  readonly reloadsAgain: boolean;
  readonly failed: boolean;
}

const STOP_TIMEOUT_MS_MIN = 8_000;
/** Children that do not end in time are killed before that. */
const STOP_RESERVE_MS = 3_000;
/** Id of the actor of all virtual servers. */
export const BALANCER = "balancer";
/** Begin of the type of XState's event that a child is final; its id follows. */
const DONE_PREFIX = "xstate.done.actor.";

/** The actor of a sync group. */
function groupId(name: string): string {
  return `group ${name}`;
}

/** What a new configuration leads to, in this order. */
const APPLY = [
  "rememberVerdicts",
  "applyToWorkers",
  "balance",
  "applySessions",
  "applyGroups",
  "applyTrackers",
  "applyConfig",
] as const;

const ON_DONE_WHILE_RUNNING = [
  { guard: "childProcessEnded", target: "stopping", actions: ["forgetChild", "rememberFailure"] },
  { actions: "forgetChild" },
] as const;

/** The root machine. */
export const system = setup({
  types: {} as {
    context: Context;
    events: SystemFact;
    input: SystemInput;
    children: Record<
      string,
      | "io"
      | "vrrpInstance"
      | "syncGroup"
      | "scriptTracker"
      | "fileTracker"
      | "processTracker"
      | "worker"
      | "loadBalancer"
      | "bfdSession"
    >;
  },
  actors: {
    io: port<SystemCommand, SystemInput>(),
    vrrpInstance: instanceLogic(vrrpInstance),
    bfdSession,
    loadBalancer,
    syncGroup,
    scriptTracker,
    fileTracker,
    processTracker,
    worker,
  },
  guards: {
    isDuringReload: ({ context }) => context.reloadsAgain,
    // A child process that will not be started again: its status is ours.
    childProcessEnded: ({ context, event }) =>
      context.workers.includes(event.type.slice(DONE_PREFIX.length)),
    nothingIsLeft: ({ context }) => context.children.length === 0,
  },
  actions: {
    readConfig: sendTo("io", { type: "READ_CONFIG" } satisfies SystemCommand),
    rememberReload: assign({ reloadsAgain: true }),
    forgetReload: assign({ reloadsAgain: false }),
    rememberFailure: assign({ failed: true }),
    applyToWorkers: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CONFIG_LOADED") return;
      const { config } = event;
      const { verdicts } = context;
      const running = context.workers.filter((name) => context.children.includes(name));
      for (const name of running) enqueue.sendTo(name, { type: "RECONFIGURE", config });
      const starts = context.workers.filter((name) =>
        !running.includes(name) && isNeeded(name, config)
      );
      for (const name of starts) {
        enqueue.spawnChild("worker", { id: name, input: { name, config, verdicts } });
      }
      enqueue.assign({ children: [...context.children, ...starts] });
    }),
    balance: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CONFIG_LOADED" || !context.duties.includes("lvs")) return;
      const { virtualServers } = event.config;
      if (context.children.includes(BALANCER)) {
        enqueue.sendTo(BALANCER, { type: "RECONFIGURE", virtualServers });
      } else if (virtualServers.length > 0) {
        const { servers: known } = event;
        const isStrict = context.config === undefined && known === undefined;
        const input = { virtualServers, isStrict, ...(known && { known }) };
        enqueue.spawnChild("loadBalancer", { id: BALANCER, input });
        enqueue.assign({ children: [...context.children, BALANCER] });
      }
    }),
    // Where the virtual routers are: what they track must reach them at once.
    applySessions: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CONFIG_LOADED" || context.workers.length > 0) return;
      if (!context.duties.includes("vrrp")) return;
      const { stops, updates, starts } = diffSessions(context.config, event.config);
      for (const id of stops) {
        enqueue.sendTo(id, { type: "SHUTDOWN" });
        enqueue.sendTo(id, { type: "RETIRE" });
      }
      for (const config of updates) {
        enqueue.sendTo(bfdSessionIdentity(config), { type: "RECONFIGURE", config });
      }
      for (const config of starts) {
        enqueue.spawnChild("bfdSession", { id: bfdSessionIdentity(config), input: config });
      }
      enqueue.assign({ children: [...context.children, ...starts.map(bfdSessionIdentity)] });
    }),
    // Before the instances, which tell them of themselves; where those are mirrors, nobody does.
    applyGroups: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CONFIG_LOADED" || context.workers.length > 0) return;
      const routers = routersOf(context.duties, event.config);
      const { stops, updates, starts } = diffGroups(context.config, routers);
      // They hold nothing that they would have to release.
      for (const name of stops) enqueue.stopChild(groupId(name));
      for (const input of updates) {
        enqueue.sendTo(groupId(input.name), { type: "RECONFIGURE", input });
      }
      for (const input of starts) {
        enqueue.spawnChild("syncGroup", { id: groupId(input.name), input });
      }
      enqueue.assign({ groups: routers.syncGroups.map(({ name }) => name) });
    }),
    tellGroup: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "MEMBER_CHANGED" && event.type !== "MEMBER_REASSERTED") return;
      if (!context.groups.includes(event.group)) return;
      enqueue.sendTo(groupId(event.group), event);
    }),
    tellMembers: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "MEMBERS_TOLD") return;
      for (const id of event.members) {
        if (context.children.includes(id)) enqueue.sendTo(id, event.fact);
      }
    }),
    // What nothing tracks any more would be out of date when it is tracked again.
    rememberVerdicts: assign(({ context, event }) => {
      if (event.type === "TRACKED") {
        return { verdicts: { ...context.verdicts, ...event.verdicts } };
      }
      if (event.type !== "CONFIG_LOADED") return {};
      return {
        verdicts: newsFor(trackedIn(event.config), { ...context.verdicts, ...event.verdicts }) ??
          {},
      };
    }),
    applyTrackers: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CONFIG_LOADED" || !context.tracks) return;
      const { stops, updates, starts } = diffTrackers(context.config, event.config);
      for (const id of stops) enqueue.stopChild(id);
      for (const { id, config } of updates) enqueue.sendTo(id, { type: "RECONFIGURE", config });
      const initializes = context.config === undefined;
      for (const { id, ...tracker } of starts) {
        const { kind, config } = tracker;
        switch (kind) {
          case "script":
            enqueue.spawnChild("scriptTracker", { id, input: config });
            break;
          case "file":
            enqueue.spawnChild("fileTracker", { id, input: { config, initializes } });
            break;
          case "process":
            enqueue.spawnChild("processTracker", { id, input: config });
        }
      }
    }),
    tellVerdicts: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "TRACKED") return;
      const children = new Set(context.children); // At the end some are gone already.
      for (const name of context.workers) {
        if (children.has(name)) enqueue.sendTo(name, { type: "TRACKED", verdicts: event.verdicts });
      }
      if (context.workers.length > 0) return;
      for (const instance of context.config?.vrrpInstances ?? []) {
        const id = vrrpInstanceIdentity(instance);
        const verdicts = newsFor(instance.tracks, event.verdicts);
        if (verdicts && children.has(id)) enqueue.sendTo(id, { ...event, verdicts });
      }
    }),
    applyConfig: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CONFIG_LOADED") return;
      const routers = routersOf(context.duties, event.config);
      const tell = (id: string, { tracks }: VrrpInstanceConfig) => {
        const verdicts = newsFor(tracks, context.verdicts);
        if (verdicts) enqueue.sendTo(id, { type: "TRACKED", verdicts, atMs: event.atMs ?? 0 });
      };
      const { stops, updates, starts } = diffConfigs(context.config, routers);
      for (const id of stops) {
        enqueue.sendTo(id, { type: "SHUTDOWN" });
        enqueue.sendTo(id, { type: "RETIRE" });
      }
      for (const config of updates) {
        const id = vrrpInstanceIdentity(config);
        enqueue.sendTo(id, { type: "RECONFIGURE", config });
        tell(id, config);
      }
      for (const config of starts) {
        const id = vrrpInstanceIdentity(config);
        enqueue.spawnChild("vrrpInstance", { id, input: config });
        tell(id, config);
        enqueue.sendTo(id, startupOf(config, event));
      }
      enqueue.assign({
        config: routers,
        children: [...context.children, ...starts.map(vrrpInstanceIdentity)],
      });
    }),
    reportRunning: sendTo("io", ({ event }) => ({
      type: "REPORT_RUNNING",
      instanceCount: event.type === "CONFIG_LOADED" ? event.config.vrrpInstances.length : 0,
    } satisfies SystemCommand)),
    reportReloaded: sendTo("io", ({ context, event }) => {
      const { stops, updates, starts } = event.type === "CONFIG_LOADED"
        ? diffConfigs(context.config, routersOf(context.duties, event.config))
        : { stops: [], updates: [], starts: [] };
      return {
        type: "REPORT_RELOADED",
        stopCount: stops.length,
        updateCount: updates.length,
        startCount: starts.length,
      } satisfies SystemCommand;
    }),
    reportRejected: sendTo("io", { type: "REPORT_REJECTED" } satisfies SystemCommand),
    reportStopped: sendTo(
      "io",
      ({ context }) => ({ type: "REPORT_STOPPED", failed: context.failed }) satisfies SystemCommand,
    ),
    passReport: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "INSTANCE_REPORTED" || !context.children.includes(event.id)) return;
      enqueue.sendTo(event.id, { type: "REPORTED", state: event.state });
    }),
    // Only virtual routers doubt what they are: the periods of all others are their ports'.
    tellOfStall: enqueueActions(({ context: { workers, config }, event, enqueue }) => {
      const routers = workers.length > 0 ? [] : config?.vrrpInstances ?? [];
      for (const router of routers) enqueue.sendTo(vrrpInstanceIdentity(router), event);
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      for (const id of context.children) {
        enqueue.sendTo(id, { type: "SHUTDOWN" });
        if (!context.workers.includes(id)) enqueue.sendTo(id, { type: "RETIRE", lingers: true });
      }
    }),
    // XState keeps children that are final; the root forgets them, so that their id is free again.
    forgetChild: enqueueActions(({ context, event, enqueue }) => {
      const id = event.type.slice(DONE_PREFIX.length);
      enqueue.stopChild(id);
      enqueue.assign({ children: context.children.filter((child) => child !== id) });
    }),
  },
  delays: {
    stopTimeout: ({ context: { config } }) =>
      Math.max(STOP_TIMEOUT_MS_MIN, (config?.global.place.childWaitMs ?? 0) + STOP_RESERVE_MS),
  },
}).createMachine({
  id: "system",
  context: ({ input: { workers, tracks, duties = ["vrrp"] } }) => ({
    workers,
    duties,
    tracks,
    verdicts: {},
    config: undefined,
    children: [],
    groups: [],
    reloadsAgain: false,
    failed: false,
  }),
  invoke: {
    src: "io",
    id: "io",
    input: ({ context: { workers, tracks } }) => ({ workers, tracks }),
  },
  initial: "starting",
  on: {
    "xstate.done.actor.*": { actions: "forgetChild" },
    INSTANCE_REPORTED: { actions: "passReport" },
    MEMBER_CHANGED: { actions: "tellGroup" },
    MEMBER_REASSERTED: { actions: "tellGroup" },
    MEMBERS_TOLD: { actions: "tellMembers" },
    TRACKED: { actions: ["rememberVerdicts", "tellVerdicts"] },
  },
  states: {
    starting: {
      entry: "readConfig",
      on: {
        CONFIG_LOADED: {
          target: "running",
          actions: [...APPLY, "reportRunning"],
        },
        CONFIG_REJECTED: { target: "stopped", actions: "rememberFailure" },
        RELOAD_REQUESTED: {}, // It is being read already.
        STOP_REQUESTED: "stopped",
      },
    },
    running: {
      always: { guard: "isDuringReload", target: "reloading", actions: "forgetReload" },
      on: {
        RELOAD_REQUESTED: "reloading",
        STOP_REQUESTED: "stopping",
        STALLED: { actions: "tellOfStall" },
        "xstate.done.actor.*": ON_DONE_WHILE_RUNNING,
        // In a child the parent decides when there is a new configuration.
        CONFIG_LOADED: {
          actions: ["reportReloaded", ...APPLY],
        },
      },
    },
    reloading: {
      entry: "readConfig",
      on: {
        CONFIG_LOADED: {
          target: "running",
          actions: ["reportReloaded", ...APPLY],
        },
        // A file with errors changes nothing.
        CONFIG_REJECTED: { target: "running", actions: "reportRejected" },
        RELOAD_REQUESTED: { actions: "rememberReload" },
        STOP_REQUESTED: "stopping",
        STALLED: { actions: "tellOfStall" },
        "xstate.done.actor.*": ON_DONE_WHILE_RUNNING,
      },
    },
    stopping: {
      entry: "stopAll",
      always: { guard: "nothingIsLeft", target: "stopped" },
      after: { stopTimeout: "stopped" },
    },
    stopped: { type: "final", entry: "reportStopped" },
  },
});
