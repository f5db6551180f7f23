/**
 * All virtual servers: starts, changes and ends them by their identities.
 *
 * @module
 */
import { enqueueActions, setup } from "xstate";
import { type VirtualServerConfig, virtualServerIdentity } from "./lvs_config.ts";
import { virtualServer } from "./virtual_server.ts";

/** What it is started with. */
export interface LoadBalancerInput {
  readonly virtualServers: readonly VirtualServerConfig[];
  /** The daemon starts. */
  readonly isStrict: boolean;
}

/** What can happen to all of it. */
export type LoadBalancerFact =
  | { readonly type: "RECONFIGURE"; readonly virtualServers: readonly VirtualServerConfig[] }
  /** The daemon stops. */
  | { readonly type: "SHUTDOWN" }
  /** A virtual server has retired (XState's own event). */
  | { readonly type: `xstate.done.actor.${string}` };

interface Context {
  readonly virtualServers: readonly VirtualServerConfig[];
  readonly isStrict: boolean;
  /** Virtual servers that are not final yet. */
  readonly children: readonly string[];
}

/** Begin of the type of XState's event that a child is final; its id follows. */
const DONE_PREFIX = "xstate.done.actor.";

/** The machine of the load balancer. */
export const loadBalancer = setup({
  types: {} as {
    context: Context;
    events: LoadBalancerFact;
    input: LoadBalancerInput;
    children: Record<string, "virtualServer">;
  },
  actors: { virtualServer },
  guards: { nothingIsLeft: ({ context }) => context.children.length === 0 },
  actions: {
    startAll: enqueueActions(({ context: { virtualServers, isStrict }, enqueue }) => {
      for (const config of virtualServers) {
        enqueue.spawnChild("virtualServer", {
          id: virtualServerIdentity(config),
          input: { config, isStrict },
        });
      }
    }),
    applyDifference: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RECONFIGURE") return;
      const { virtualServers } = event;
      const before = new Map(
        context.virtualServers.map((each) => [virtualServerIdentity(each), each]),
      );
      const starts: string[] = [];
      for (const config of virtualServers) {
        const id = virtualServerIdentity(config);
        const previous = before.get(id);
        before.delete(id);
        if (!previous) {
          starts.push(id);
          enqueue.spawnChild("virtualServer", { id, input: { config, isStrict: false } });
        } else if (JSON.stringify(previous) !== JSON.stringify(config)) {
          enqueue.sendTo(id, { type: "RECONFIGURE", config });
        }
      }
      for (const id of before.keys()) enqueue.sendTo(id, { type: "RETIRE", isRemoved: true });
      enqueue.assign({ virtualServers, children: [...context.children, ...starts] });
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      for (const id of context.children) enqueue.sendTo(id, { type: "RETIRE", isRemoved: false });
    }),
    // XState keeps children that are final; they are forgotten, so that their id is free again.
    forgetChild: enqueueActions(({ context, event, enqueue }) => {
      const id = event.type.slice(DONE_PREFIX.length);
      enqueue.stopChild(id);
      enqueue.assign({ children: context.children.filter((child) => child !== id) });
    }),
  },
}).createMachine({
  id: "loadBalancer",
  context: ({ input }) => ({ ...input, children: input.virtualServers.map(virtualServerIdentity) }),
  initial: "balancing",
  on: { "xstate.done.actor.*": { actions: "forgetChild" } },
  states: {
    balancing: {
      entry: "startAll",
      on: { RECONFIGURE: { actions: "applyDifference" }, SHUTDOWN: "stopping" },
    },
    stopping: {
      entry: "stopAll",
      always: { guard: "nothingIsLeft", target: "stopped" },
    },
    stopped: { type: "final" },
  },
});
