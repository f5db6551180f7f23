/**
 * One virtual server: its real servers, whether they are enough, and what the balancer's table is
 * to say.
 *
 * The table is a function of what is known (quorum_rules.ts), told to the port as a whole: whoever
 * is behind the port makes the difference true. So there is no order of events after which the
 * table is another.
 *
 * @module
 */
import { assign, enqueueActions, sendTo, setup } from "xstate";
import { realServerIdentity, type VirtualServerConfig } from "./lvs_config.ts";
import { port } from "./port.ts";
import {
  type Destination,
  destinationsOf,
  firstStanding,
  firstStandings,
  isQuorumGained,
  isQuorumLost,
  type KnownServers,
  livingWeight,
  quorumKey,
  serverKey,
  type Standings,
  startsWithQuorum,
} from "./quorum_rules.ts";
import { realServer, type RealServerInput, type ServerNews } from "./real_server.ts";

/** What a virtual server is started with. */
export interface VirtualServerInput {
  readonly config: VirtualServerConfig;
  /** The daemon starts. */
  readonly isStrict: boolean;
  /** What a process that crashed knew. */
  readonly known?: KnownServers;
}

/** What can happen to a virtual server. */
export type VirtualServerFact =
  | ServerNews
  /** This machine has, or has no more, an address of it. */
  | { readonly type: "ADDRESS_HELD" }
  | { readonly type: "ADDRESS_LOST" }
  | { readonly type: "RECONFIGURE"; readonly config: VirtualServerConfig }
  /** `isRemoved`: it left the configuration; else the daemon stops. */
  | { readonly type: "RETIRE"; readonly isRemoved: boolean }
  /** A real server has retired (XState's own event). */
  | { readonly type: `xstate.done.actor.${string}` };

/** What a virtual server asks of the world. */
export type VirtualServerCommand =
  /** From now on the table has this for the service, and nothing else. */
  | {
    readonly type: "SHOW";
    readonly config: VirtualServerConfig;
    readonly destinations: readonly Destination[];
  }
  /** Takes the service out of the table. */
  | { readonly type: "CLEAR"; readonly isRemoved: boolean }
  /** Tells people and programs. */
  | { readonly type: "REPORT"; readonly hasQuorum: boolean; readonly livingWeight: number };

interface Context {
  readonly config: VirtualServerConfig;
  readonly standings: Standings;
  readonly isStrict: boolean;
  readonly isSuspended: boolean;
  readonly known: KnownServers;
  /** Real servers that are not final yet. */
  readonly children: readonly string[];
}

/** Begin of the type of XState's event that a child is final; its id follows. */
const DONE_PREFIX = "xstate.done.actor.";

const show = (hasQuorum: boolean) => ({ type: "show", params: { hasQuorum } }) as const;
const report = (hasQuorum: boolean) => ({ type: "report", params: { hasQuorum } }) as const;

/** What real servers know of it. */
function nameOf(
  { name, protocol }: VirtualServerConfig,
): Pick<RealServerInput, "service" | "protocol"> {
  return { service: name, ...(protocol && { protocol }) };
}

/** The standings after a reload: who stays keeps its own, with what its weight changed by. */
function standingsAfter(
  { realServers }: VirtualServerConfig,
  old: VirtualServerConfig,
  before: Standings,
): Standings {
  const oldWeights = new Map(
    old.realServers.map((each) => [realServerIdentity(each), each.weight]),
  );
  return Object.fromEntries(realServers.map((server) => {
    const id = realServerIdentity(server);
    const known = before[id];
    if (!known) return [id, firstStanding(server)];
    const weight = known.weight + server.weight - (oldWeights.get(id) ?? server.weight);
    return [id, { ...known, weight: Math.max(0, weight) }];
  }));
}

/** What is known once an event is taken in. */
function after(context: Context, event: VirtualServerFact): Pick<Context, "config" | "standings"> {
  const { config, standings } = context;
  if (event.type === "SERVER_CHANGED" && event.id in standings) {
    const { id, isUp, weight } = event;
    return { config, standings: { ...standings, [id]: { isUp, weight } } };
  }
  if (event.type !== "RECONFIGURE") return context;
  return {
    config: event.config,
    standings: standingsAfter(event.config, config, standings),
  };
}

/** The machine of a virtual server. */
export const virtualServer = setup({
  types: {} as {
    context: Context;
    events: VirtualServerFact;
    input: VirtualServerInput;
    children: Record<string, "io" | "realServer">;
  },
  actors: { io: port<VirtualServerCommand, VirtualServerInput>(), realServer },
  guards: {
    isEnough: ({ context, event }) => {
      const { config, standings } = after(context, event);
      return isQuorumGained(config, standings);
    },
    isTooLittle: ({ context, event }) => {
      const { config, standings } = after(context, event);
      return isQuorumLost(config, standings);
    },
    beginsWell: ({ context: { config, standings, known } }) =>
      startsWithQuorum(config, standings, known),
    // It was told before a crash.
    beginsWellAsKnown: ({ context: { config, standings, known } }) =>
      known[quorumKey(config.name)] === true && startsWithQuorum(config, standings, known),
    wasLost: ({ context: { config, known } }) => known[quorumKey(config.name)] === false,
    wasThere: ({ context: { config, known } }) => known[quorumKey(config.name)] === true,
    hasSorryServer: ({ context }) => context.config.sorryServer !== undefined,
    endIsNews: ({ context, event }) =>
      event.type === "RETIRE" && (event.isRemoved || context.config.notifiesAtStop),
    nothingIsLeft: ({ context }) => context.children.length === 0,
  },
  actions: {
    // In one assignment: XState copies the table of children at each.
    startServers: assign(({ context, spawn }) => {
      const { config, isStrict, isSuspended, known } = context;
      for (const server of config.realServers) {
        const id = realServerIdentity(server);
        const wasUp = known[serverKey(config.name, id)];
        const before = wasUp === undefined ? {} : { wasUp };
        const input = { id, ...nameOf(config), server, isStrict, isSuspended, ...before };
        spawn("realServer", { id, input });
      }
      return {};
    }),
    remember: enqueueActions(({ context, event, enqueue }) => {
      enqueue.assign({ standings: after(context, event).standings });
    }),
    adoptConfig: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RECONFIGURE") return;
      const { config } = event;
      const wanted = new Map(config.realServers.map((each) => [realServerIdentity(each), each]));
      const gone = context.children.filter((id) => !wanted.has(id));
      const { isSuspended, standings } = context;
      for (const [id, server] of wanted) {
        if (id in standings) enqueue.sendTo(id, { type: "RECONFIGURE", server });
        else {
          const input = { id, ...nameOf(config), server, isStrict: false, isSuspended };
          enqueue.spawnChild("realServer", { id, input });
        }
      }
      enqueue.assign({
        config,
        standings: standingsAfter(config, context.config, standings),
        children: [...gone, ...wanted.keys()],
      });
    }),
    // After the table is shown: what is told is true by then.
    retireGone: enqueueActions(({ context, enqueue }) => {
      for (const id of context.children) {
        if (!(id in context.standings)) enqueue.sendTo(id, { type: "RETIRE", announces: true });
      }
    }),
    show: sendTo(
      "io",
      ({ context: { config, standings } }, { hasQuorum }: { hasQuorum: boolean }) =>
        ({
          type: "SHOW",
          config,
          destinations: destinationsOf(config, standings, hasQuorum),
        }) satisfies VirtualServerCommand,
    ),
    report: sendTo("io", ({ context: { config, standings } }, { hasQuorum }: {
      hasQuorum: boolean;
    }) =>
      ({
        type: "REPORT",
        hasQuorum,
        livingWeight: livingWeight(config, standings),
      }) satisfies VirtualServerCommand),
    clear: sendTo("io", ({ event }) =>
      ({
        type: "CLEAR",
        isRemoved: event.type === "RETIRE" && event.isRemoved,
      }) satisfies VirtualServerCommand),
    resume: enqueueActions(({ context, enqueue }) => {
      if (!context.isSuspended) return;
      for (const id of context.children) enqueue.sendTo(id, { type: "RESUME" });
      enqueue.assign({ isSuspended: false });
    }),
    suspend: enqueueActions(({ context, enqueue }) => {
      if (!context.config.followsAddress) return;
      for (const id of context.children) enqueue.sendTo(id, { type: "SUSPEND" });
      enqueue.assign({ isSuspended: true });
    }),
    retireServers: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RETIRE") return;
      const announces = event.isRemoved || context.config.notifiesAtStop;
      for (const id of context.children) enqueue.sendTo(id, { type: "RETIRE", announces });
    }),
    // XState keeps children that are final; they are forgotten, so that their id is free again.
    forgetChild: enqueueActions(({ context, event, enqueue }) => {
      const id = event.type.slice(DONE_PREFIX.length);
      enqueue.stopChild(id);
      enqueue.assign({ children: context.children.filter((child) => child !== id) });
    }),
    // At the end nobody needs their ids again, and a thousand may come at once.
    countEnd: assign(({ context, event }) => {
      const id = event.type.slice(DONE_PREFIX.length);
      return { children: context.children.filter((child) => child !== id) };
    }),
  },
}).createMachine({
  id: "virtualServer",
  context: ({ input: { config, isStrict, known = {} } }) => ({
    config,
    isStrict,
    known,
    standings: firstStandings(config, known),
    isSuspended: config.followsAddress,
    children: config.realServers.map(realServerIdentity),
  }),
  invoke: {
    id: "io",
    src: "io",
    input: ({ context: { config, isStrict } }) => ({ config, isStrict }),
  },
  initial: "serving",
  on: { "xstate.done.actor.*": { actions: "forgetChild" } },
  states: {
    serving: {
      entry: "startServers",
      initial: "deciding",
      on: { ADDRESS_HELD: { actions: "resume" }, ADDRESS_LOST: { actions: "suspend" } },
      states: {
        deciding: {
          always: [
            { guard: "beginsWellAsKnown", target: "gained", actions: show(true) },
            { guard: "beginsWell", target: "gained", actions: [show(true), report(true)] },
            { guard: "wasThere", target: "lost", actions: [show(false), report(false)] },
            { guard: "wasLost", target: "lost", actions: show(false) },
            // It serves at once, and that is news; without one nothing is lost yet.
            { guard: "hasSorryServer", target: "lost", actions: [show(false), report(false)] },
            { target: "lost", actions: show(false) },
          ],
        },
        gained: {
          on: {
            SERVER_CHANGED: [
              {
                guard: "isTooLittle",
                target: "lost",
                actions: ["remember", show(false), report(false)],
              },
              { actions: ["remember", show(true)] },
            ],
            RECONFIGURE: [
              {
                guard: "isTooLittle",
                target: "lost",
                actions: ["adoptConfig", show(false), report(false), "retireGone"],
              },
              { actions: ["adoptConfig", show(true), "retireGone"] },
            ],
            RETIRE: [
              {
                guard: "endIsNews",
                target: "#virtualServer.retiring",
                actions: ["clear", report(false), "retireServers"],
              },
              { target: "#virtualServer.retiring", actions: ["clear", "retireServers"] },
            ],
          },
        },
        lost: {
          on: {
            SERVER_CHANGED: [
              {
                guard: "isEnough",
                target: "gained",
                actions: ["remember", show(true), report(true)],
              },
              { actions: ["remember", show(false)] },
            ],
            RECONFIGURE: [
              {
                guard: "isEnough",
                target: "gained",
                actions: ["adoptConfig", show(true), report(true), "retireGone"],
              },
              { actions: ["adoptConfig", show(false), "retireGone"] },
            ],
            RETIRE: { target: "#virtualServer.retiring", actions: ["clear", "retireServers"] },
          },
        },
      },
    },
    retiring: {
      on: { "xstate.done.actor.*": { actions: "countEnd" } },
      always: { guard: "nothingIsLeft", target: "retired" },
    },
    retired: { type: "final" },
  },
});
