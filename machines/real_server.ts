/**
 * One real server: well if all its checks are, with the weight that they give it.
 *
 * @module
 */
import { enqueueActions, sendTo, setup } from "xstate";
import type { CheckConfig } from "./check_config.ts";
import { checkIdentity } from "./check_rules.ts";
import { checker, type CheckNews } from "./checker.ts";
import type { RealServerConfig, VirtualServerConfig } from "./lvs_config.ts";
import { port } from "./port.ts";
import { type CheckStanding, type ServerStanding, serverStanding } from "./quorum_rules.ts";

/** What a real server is started with. */
export interface RealServerInput {
  /** What the virtual server knows it by: `[192.0.2.2]:80`. */
  readonly id: string;
  /** Name of the virtual server. */
  readonly service: string;
  readonly protocol?: VirtualServerConfig["protocol"];
  readonly server: RealServerConfig;
  /** The daemon starts. */
  readonly isStrict: boolean;
  readonly isSuspended: boolean;
  /** Whether it was well in a process that crashed; absent: nobody knows. */
  readonly wasUp?: boolean;
}

/** What can happen to a real server. */
export type RealServerFact =
  | CheckNews
  | { readonly type: "SUSPEND" }
  | { readonly type: "RESUME" }
  | { readonly type: "RECONFIGURE"; readonly server: RealServerConfig }
  /** `announces`: if it was well, people and programs are told that it is no more. */
  | { readonly type: "RETIRE"; readonly announces: boolean };

/** What a real server asks of the world. */
export type RealServerCommand =
  /** Tells people and programs. */
  | { readonly type: "REPORT"; readonly isUp: boolean; readonly cause?: CheckCause }
  /** A check says something else, and the server is what it was. */
  | { readonly type: "REPORT_CHECK"; readonly isUp: boolean; readonly cause: CheckCause }
  | { readonly type: "CONFIGURE"; readonly server: RealServerConfig };

/** The check that said something else. */
export interface CheckCause {
  readonly check: CheckConfig;
  readonly isUp: boolean;
}

/** What the virtual server is told. */
export interface ServerNews extends ServerStanding {
  readonly type: "SERVER_CHANGED";
  readonly id: string;
}

/** One of its checks. */
interface Checked extends CheckStanding {
  readonly id: string;
  readonly check: CheckConfig;
}

interface Context extends RealServerInput {
  readonly checks: readonly Checked[];
  /** People and programs were told of it. */
  readonly isTold: boolean;
  /** Number of the next check: ids are never used again. */
  readonly nextNumber: number;
}

/** What the checks say now. */
function standing({ server, checks }: Pick<Context, "server" | "checks">): ServerStanding {
  return serverStanding(server.weight, checks);
}

/** The check that turned out otherwise than it was taken to be. */
function causeOf({ checks }: Context, { id, isUp }: CheckNews): CheckCause | undefined {
  const before = checks.find((each) => each.id === id);
  return before && before.isUp !== isUp ? { check: before.check, isUp } : undefined;
}

/** The checks after a reload: the same ones stay, and what is known by them. */
function checksAfter(
  { id, service, checks, nextNumber }: Context,
  server: RealServerConfig,
  wasUp: boolean,
): { readonly checks: readonly Checked[]; readonly nextNumber: number } {
  const left = [...checks];
  let number = nextNumber;
  const after = server.checkers.map((check): Checked => {
    const identity = checkIdentity(check);
    const at = left.findIndex((each) => checkIdentity(each.check) === identity);
    const [same] = at < 0 ? [] : left.splice(at, 1);
    if (same) return { ...same, check };
    // Who is down must pass a new check before it serves again; who serves goes on.
    return { id: `${service} ${id} #${number++}`, check, isUp: wasUp };
  });
  return { checks: after, nextNumber: number };
}

/** The checks at first. */
function firstChecks(input: RealServerInput): Pick<Context, "checks" | "nextNumber"> {
  const { id, service, server: { checkers }, wasUp } = input;
  const checks = checkers.map((check, i) => ({
    id: `${service} ${id} #${i}`,
    check,
    isUp: wasUp ?? !check.alpha,
  }));
  return { checks, nextNumber: checks.length };
}

/** The machine of a real server. */
export const realServer = setup({
  types: {} as {
    context: Context;
    events: RealServerFact;
    input: RealServerInput;
    children: Record<string, "io" | "checker">;
  },
  actors: { io: port<RealServerCommand, RealServerInput>(), checker },
  guards: {
    endIsNews: ({ context, event }) =>
      event.type === "RETIRE" && event.announces && standing(context).isUp,
  },
  actions: {
    startChecks: enqueueActions(({ context, enqueue }) => {
      for (const { id, check } of context.checks) {
        const { isStrict, isSuspended } = context;
        enqueue.spawnChild("checker", { id, input: { id, check, isStrict, isSuspended } });
      }
    }),
    rememberCheck: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "CHECKED") return;
      const { id, isUp, isFirst, weight } = event;
      const checks = context.checks.map((each): Checked =>
        each.id === id ? { id, check: each.check, isUp, ...(weight && { weight }) } : each
      );
      enqueue.assign({ checks });
      const [before, after] = [standing(context), standing({ ...context, checks })];
      if (before.isUp !== after.isUp || before.weight !== after.weight) {
        enqueue.sendParent({ type: "SERVER_CHANGED", id: context.id, ...after });
      }
      // Who was down from the start is told of as well, when it is known that it is.
      const isDiscovered = isFirst && !isUp && !context.isTold;
      const cause = causeOf(context, event);
      if (before.isUp === after.isUp && !isDiscovered) {
        if (cause) enqueue.sendTo("io", { type: "REPORT_CHECK", isUp: after.isUp, cause });
        return;
      }
      enqueue.assign({ isTold: true });
      enqueue.sendTo("io", { type: "REPORT", isUp: after.isUp, ...(cause && { cause }) });
    }),
    adoptConfig: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "RECONFIGURE") return;
      const { server } = event;
      const before = standing(context);
      const { checks, nextNumber } = checksAfter(context, server, before.isUp);
      const kept = new Set(checks.map(({ id }) => id));
      const known = new Set(context.checks.map(({ id }) => id));
      for (const id of known) if (!kept.has(id)) enqueue.stopChild(id);
      for (const { id, check } of checks) {
        if (known.has(id)) enqueue.sendTo(id, { type: "RECONFIGURE", check });
        else {
          const { isSuspended } = context;
          const input = { id, check, isStrict: !before.isUp, isSuspended };
          enqueue.spawnChild("checker", { id, input });
        }
      }
      enqueue.assign({ server, checks, nextNumber });
      enqueue.sendTo("io", { type: "CONFIGURE", server });
      const after = standing({ server, checks });
      if (before.isUp !== after.isUp) enqueue.sendTo("io", { type: "REPORT", isUp: after.isUp });
      if (before.isUp === after.isUp && before.weight === after.weight) return;
      enqueue.sendParent({ type: "SERVER_CHANGED", id: context.id, ...after });
    }),
    passOn: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "SUSPEND" && event.type !== "RESUME") return;
      for (const { id } of context.checks) enqueue.sendTo(id, event);
      enqueue.assign({ isSuspended: event.type === "SUSPEND" });
    }),
    reportDown: sendTo("io", { type: "REPORT", isUp: false } satisfies RealServerCommand),
  },
}).createMachine({
  id: "realServer",
  context: ({ input }) => ({ ...input, ...firstChecks(input), isTold: input.wasUp !== undefined }),
  invoke: { id: "io", src: "io", input: ({ context }) => context },
  initial: "checking",
  states: {
    checking: {
      entry: "startChecks",
      on: {
        CHECKED: { actions: "rememberCheck" },
        SUSPEND: { actions: "passOn" },
        RESUME: { actions: "passOn" },
        RECONFIGURE: { actions: "adoptConfig" },
        RETIRE: [
          { guard: "endIsNews", target: "retired", actions: "reportDown" },
          { target: "retired" },
        ],
      },
    },
    retired: { type: "final" },
  },
});
