/**
 * All virtual servers, on shelves: XState copies the table of an actor's children for each that
 * ends, and a table of thousands copied thousands of times holds up the end for seconds.
 *
 * @module
 */
import { assign, enqueueActions, setup } from "xstate";
import { type VirtualServerConfig, virtualServerIdentity } from "./lvs_config.ts";
import { sameConfig } from "./vrrp_rules.ts";
import { shelf, type ShelfFact, type ShelfInput } from "./shelf.ts";

/** What it is started with: what goes on the shelves. */
export type LoadBalancerInput = ShelfInput;

/** What can happen to all of it: as to each shelf, which ends when it is empty for good. */
export type LoadBalancerFact = ShelfFact;

type Shelves = ReadonlyMap<string, readonly VirtualServerConfig[]>;

interface Context extends LoadBalancerInput {
  /** What each shelf was told to have, by its name; of those that were emptied, nothing. */
  readonly shelves: Shelves;
  /** How many of them are left, at the end. */
  readonly leftCount: number;
}

/** So many keep 10,000 virtual servers to 160 each. */
const SHELF_COUNT = 64;
const HASH_FACTOR = 31;

/** The shelf on which a virtual server always is. */
function shelfOf(config: VirtualServerConfig): string {
  let hash = 0;
  for (const letter of virtualServerIdentity(config)) {
    hash = (hash * HASH_FACTOR + letter.charCodeAt(0)) % (SHELF_COUNT * 1_021);
  }
  return `shelf ${hash % SHELF_COUNT}`;
}

function sameContent(
  a: readonly VirtualServerConfig[],
  b: readonly VirtualServerConfig[],
): boolean {
  return a.length === b.length &&
    a.every((each, i) => {
      const other = b[i];
      return other !== undefined && sameConfig(each, other);
    });
}

/** The machine of the load balancer. */
export const loadBalancer = setup({
  types: {} as {
    context: Context;
    events: LoadBalancerFact;
    input: LoadBalancerInput;
    children: Record<string, "shelf">;
  },
  actors: { shelf },
  guards: { nothingIsLeft: ({ context }) => context.leftCount === 0 },
  actions: {
    startAll: assign(({ context: { virtualServers, isStrict, known }, spawn }) => {
      const filled = Map.groupBy(virtualServers, shelfOf);
      for (const [id, content] of filled) {
        const input = { virtualServers: content, isStrict, ...(known && { known }) };
        spawn("shelf", { id, input });
      }
      return { shelves: filled };
    }),
    applyDifference: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RECONFIGURE") return;
      const { virtualServers } = event;
      const filled: Shelves = Map.groupBy(virtualServers, shelfOf);
      const emptied: Shelves = new Map(context.shelves.keys().map((id) => [id, []]));
      const shelves: Shelves = new Map([...emptied, ...filled]);
      for (const [id, before] of context.shelves) {
        const content = shelves.get(id) ?? [];
        // What did not change is mostly the same object.
        if (sameContent(content, before)) continue;
        enqueue.sendTo(id, { type: "RECONFIGURE", virtualServers: content });
      }
      enqueue.assign(({ spawn }) => {
        for (const [id, content] of filled) {
          if (context.shelves.has(id)) continue;
          spawn("shelf", { id, input: { virtualServers: content, isStrict: false } });
        }
        return { virtualServers, shelves };
      });
    }),
    stopAll: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ leftCount: context.shelves.size });
      for (const id of context.shelves.keys()) enqueue.sendTo(id, { type: "SHUTDOWN" });
    }),
    countEnd: assign(({ context }) => ({ leftCount: context.leftCount - 1 })),
  },
}).createMachine({
  id: "loadBalancer",
  context: ({ input }) => ({ ...input, shelves: new Map(), leftCount: 0 }),
  initial: "balancing",
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
