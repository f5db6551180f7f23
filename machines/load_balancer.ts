/**
 * All virtual servers, on shelves: XState copies the table of an actor's children for each that
 * ends, and a table of thousands copied thousands of times holds up the end for seconds.
 *
 * Thousands take seconds to begin, too: they do so a part at a time, so that a reload or an end in
 * the middle of it is heard. The table shows them all by then (engine/lvs_engine.ts).
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
  /** What those have that did not begin yet. */
  readonly waiting: Shelves;
  /** How many of them are left, at the end. */
  readonly leftCount: number;
}

/** So many keep 10,000 virtual servers to 160 each. */
const SHELF_COUNT = 64;
/** So many virtual servers begin at once, or a little more: a shelf is not divided. */
const SERVERS_AT_ONCE = 50;
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

/** The shelves that begin next: a few whole ones. */
function nextOf(waiting: Shelves): string[] {
  const ids: string[] = [];
  let count = 0;
  for (const [id, content] of waiting) {
    if (count >= SERVERS_AT_ONCE) break;
    ids.push(id);
    count += content.length;
  }
  return ids;
}

function without(shelves: Shelves, ids: readonly string[]): Shelves {
  const left = new Map(shelves);
  for (const id of ids) left.delete(id);
  return left;
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
  guards: {
    allHaveBegun: ({ context }) => context.waiting.size === 0,
    nothingIsLeft: ({ context }) => context.leftCount === 0,
  },
  actions: {
    fill: assign(({ context: { virtualServers } }) => {
      const shelves: Shelves = Map.groupBy(virtualServers, shelfOf);
      return { shelves, waiting: shelves };
    }),
    beginNext: assign(({ context, spawn }) => {
      const ids = nextOf(context.waiting);
      for (const id of ids) spawn("shelf", { id, input: firstInput(context, id) });
      return { waiting: without(context.waiting, ids) };
    }),
    applyDifference: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RECONFIGURE") return;
      const { virtualServers } = event;
      const filled: Shelves = Map.groupBy(virtualServers, shelfOf);
      const emptied: Shelves = new Map(context.shelves.keys().map((id) => [id, []]));
      const shelves: Shelves = new Map([...emptied, ...filled]);
      // What did not change is mostly the same object.
      const changed = [...context.shelves.keys()]
        .filter((id) => !sameContent(shelves.get(id) ?? [], context.shelves.get(id) ?? []));
      const begins = changed.filter((id) => context.waiting.has(id));
      enqueue.assign(({ spawn }) => {
        for (const id of begins) spawn("shelf", { id, input: firstInput(context, id) });
        return { virtualServers, shelves, waiting: without(context.waiting, begins) };
      });
      for (const id of changed) {
        enqueue.sendTo(id, { type: "RECONFIGURE", virtualServers: shelves.get(id) ?? [] });
      }
      enqueue.assign(({ spawn }) => {
        for (const [id, content] of filled) {
          if (context.shelves.has(id)) continue;
          spawn("shelf", { id, input: { virtualServers: content, isStrict: false } });
        }
        return {};
      });
    }),
    // Who did not begin yet has to: only who has begun can take itself out of the table.
    stopAll: enqueueActions(({ context, enqueue }) => {
      enqueue.assign(({ spawn }) => {
        for (const id of context.waiting.keys()) {
          spawn("shelf", { id, input: firstInput(context, id) });
        }
        return { waiting: new Map(), leftCount: context.shelves.size };
      });
      for (const id of context.shelves.keys()) enqueue.sendTo(id, { type: "SHUTDOWN" });
    }),
    countEnd: assign(({ context }) => ({ leftCount: context.leftCount - 1 })),
  },
  delays: { nextTurn: 0 },
}).createMachine({
  id: "loadBalancer",
  context: ({ input }) => ({ ...input, shelves: new Map(), waiting: new Map(), leftCount: 0 }),
  initial: "balancing",
  states: {
    balancing: {
      entry: "fill",
      on: { RECONFIGURE: { actions: "applyDifference" }, SHUTDOWN: "stopping" },
      initial: "beginning",
      states: {
        beginning: {
          entry: "beginNext",
          always: { guard: "allHaveBegun", target: "complete" },
          after: { nextTurn: { target: "beginning", reenter: true } },
        },
        complete: {},
      },
    },
    stopping: {
      entry: "stopAll",
      on: { "xstate.done.actor.*": { actions: "countEnd" } },
      always: { guard: "nothingIsLeft", target: "stopped" },
    },
    stopped: { type: "final" },
  },
});

/** What a shelf begins with that was there at the start. */
function firstInput({ waiting, isStrict, known }: Context, id: string): ShelfInput {
  return { virtualServers: waiting.get(id) ?? [], isStrict, ...(known && { known }) };
}
