/**
 * Some of the virtual servers: starts, changes and ends them by their identities.
 *
 * @module
 */
import { assign, enqueueActions, setup } from "xstate";
import { type VirtualServerConfig, virtualServerIdentity } from "./lvs_config.ts";
import type { KnownServers } from "./quorum_rules.ts";
import { virtualServer } from "./virtual_server.ts";

/** What it is started with. */
export interface ShelfInput {
  readonly virtualServers: readonly VirtualServerConfig[];
  /** The daemon starts. */
  readonly isStrict: boolean;
  /** What a process that crashed knew. */
  readonly known?: KnownServers;
}

/** What can happen to it. */
export type ShelfFact =
  | { readonly type: "RECONFIGURE"; readonly virtualServers: readonly VirtualServerConfig[] }
  /** The daemon stops. */
  | { readonly type: "SHUTDOWN" }
  /** A virtual server has retired (XState's own event). */
  | { readonly type: `xstate.done.actor.${string}` };

interface Context extends ShelfInput {
  /** Virtual servers that are not final yet. */
  readonly children: readonly string[];
  /** How many of them are left, at the end. */
  readonly leftCount: number;
}

/** Begin of the type of XState's event that a child is final; its id follows. */
const DONE_PREFIX = "xstate.done.actor.";

/** The machine of a shelf. */
export const shelf = setup({
  types: {} as {
    context: Context;
    events: ShelfFact;
    input: ShelfInput;
    children: Record<string, "virtualServer">;
  },
  actors: { virtualServer },
  guards: { nothingIsLeft: ({ context }) => context.leftCount === 0 },
  actions: {
    // In one assignment: XState copies the table of children at each.
    startAll: assign(({ context: { virtualServers, isStrict, known }, spawn }) => {
      for (const config of virtualServers) {
        const input = { config, isStrict, ...(known && { known }) };
        spawn("virtualServer", { id: virtualServerIdentity(config), input });
      }
      return {};
    }),
    applyDifference: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RECONFIGURE") return;
      const { virtualServers } = event;
      const before = new Map(
        context.virtualServers.map((each) => [virtualServerIdentity(each), each]),
      );
      const starts: VirtualServerConfig[] = [];
      for (const config of virtualServers) {
        const id = virtualServerIdentity(config);
        const previous = before.get(id);
        before.delete(id);
        if (!previous) {
          starts.push(config);
        } else if (previous !== config && JSON.stringify(previous) !== JSON.stringify(config)) {
          enqueue.sendTo(id, { type: "RECONFIGURE", config });
        }
      }
      for (const id of before.keys()) enqueue.sendTo(id, { type: "RETIRE", isRemoved: true });
      enqueue.assign(({ spawn }) => {
        for (const config of starts) {
          const input = { config, isStrict: false };
          spawn("virtualServer", { id: virtualServerIdentity(config), input });
        }
        const children = [...context.children, ...starts.map(virtualServerIdentity)];
        return { virtualServers, children };
      });
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ leftCount: context.children.length });
      for (const id of context.children) enqueue.sendTo(id, { type: "RETIRE", isRemoved: false });
    }),
    // At the end nobody needs their ids again, and thousands come at once.
    countEnd: assign(({ context }) => ({ leftCount: context.leftCount - 1 })),
    // XState keeps children that are final; they are forgotten, so that their id is free again.
    forgetChild: enqueueActions(({ context, event, enqueue }) => {
      const id = event.type.slice(DONE_PREFIX.length);
      enqueue.stopChild(id);
      enqueue.assign({ children: context.children.filter((child) => child !== id) });
    }),
  },
}).createMachine({
  id: "shelf",
  context: ({ input }) => ({
    ...input,
    children: input.virtualServers.map(virtualServerIdentity),
    leftCount: 0,
  }),
  initial: "balancing",
  on: { "xstate.done.actor.*": { actions: "forgetChild" } },
  states: {
    balancing: {
      entry: "startAll",
      on: { RECONFIGURE: { actions: "applyDifference" }, SHUTDOWN: "stopping" },
    },
    stopping: {
      entry: "stopAll",
      on: { "xstate.done.actor.*": { actions: "countEnd" } },
      always: { guard: "nothingIsLeft", target: "stopped" },
    },
    stopped: { type: "final" },
  },
});
