/**
 * A sync group: instances that are active together or not at all. Not in the RFCs.
 *
 * It becomes active when every member could, and stops being so when one does. What one lacks is a
 * fault of all. Members tell it of themselves by way of the root, and are told in the same way.
 *
 * A reload may bring members of different roles together. Who is no master yet has as long as it
 * takes to find out that it may be one; if it may not, the others are none either.
 *
 * @module
 */
import { assign, enqueueActions, sendParent, sendTo, setup } from "xstate";
import { port } from "./port.ts";
import {
  decide,
  faultFor,
  type GroupState,
  groupState,
  isMixed,
  type Member,
} from "./sync_group_rules.ts";
import type { GroupFact, MemberChange, MemberReasserted } from "./vrrp_facts.ts";

/** What a group is made from. */
export interface SyncGroupInput {
  readonly name: string;
  /** In the order of the configuration. */
  readonly members: readonly { readonly id: string; readonly name: string }[];
  /** In that time every member has become ready, unless it hears a router that it must heed. */
  readonly patienceMs: number;
}

/** What can happen to a group. */
export type SyncGroupFact =
  | MemberChange
  | MemberReasserted
  /** The configuration changed. */
  | { readonly type: "RECONFIGURE"; readonly input: SyncGroupInput };

/** What a group tells its members, by way of the root. */
export interface MembersTold {
  readonly type: "MEMBERS_TOLD";
  readonly members: readonly string[];
  readonly fact: GroupFact;
}

/** What a group asks of the world. */
export type SyncGroupCommand = {
  readonly type: "REPORT_GROUP";
  readonly name: string;
  readonly state: GroupState;
};

interface Context {
  readonly name: string;
  readonly members: readonly Member[];
  readonly patienceMs: number;
  /** As last reported. */
  readonly state: GroupState;
}

/** Members as they are known, new ones as they begin. */
function membersOf({ members }: SyncGroupInput, known: readonly Member[]): Member[] {
  return members.map(({ id, name }) => ({
    state: "initialize",
    faults: [],
    toldFault: undefined,
    ...known.find((member) => member.id === id),
    id,
    name,
  }));
}

/** The machine of one sync group. */
export const syncGroup = setup({
  types: {} as { context: Context; events: SyncGroupFact; input: SyncGroupInput },
  actors: { io: port<SyncGroupCommand, SyncGroupInput>() },
  guards: {
    isMember: ({ context, event }) =>
      event.type === "MEMBER_CHANGED" && context.members.some(({ id }) => id === event.member),
    // Members on their way are one change for people: it is told when all have arrived.
    isAnother: ({ context }) => {
      const now = groupState(context.members);
      return now !== undefined && now !== context.state;
    },
    isMixed: ({ context: { members } }) => isMixed(members),
    isAgreed: ({ context: { members } }) => !isMixed(members),
  },
  actions: {
    adoptMembers: assign(({ context, event }) =>
      event.type === "RECONFIGURE"
        ? {
          name: event.input.name,
          members: membersOf(event.input, context.members),
          patienceMs: event.input.patienceMs,
        }
        : {}
    ),
    judge: enqueueActions(({ context: { name, members }, event, enqueue }) => {
      if (event.type !== "MEMBER_CHANGED") return;
      const { member: changed, state, faults } = event;
      const before = members.find(({ id }) => id === changed)?.state ?? "initialize";
      const after = members.map((each) => each.id === changed ? { ...each, state, faults } : each);
      for (const decision of decide(name, after, changed, before)) {
        enqueue.sendParent({ type: "MEMBERS_TOLD", ...decision } satisfies MembersTold);
      }
      const told = after.map((each) => ({ ...each, toldFault: faultFor(name, after, each) }));
      enqueue.assign({ members: told });
    }),
    tellOthers: enqueueActions(({ context: { members }, event, enqueue }) => {
      if (event.type !== "MEMBER_REASSERTED") return;
      const others = members.filter(({ id, state }) => id !== event.member && state === "active");
      if (others.length === 0) return;
      enqueue.sendParent(
        {
          type: "MEMBERS_TOLD",
          members: others.map(({ id }) => id),
          fact: { type: "GROUP_REASSERTED" },
        } satisfies MembersTold,
      );
    }),
    relegate: sendParent(({ context: { members } }) => ({
      type: "MEMBERS_TOLD",
      members: members.filter(({ state }) => state === "active").map(({ id }) => id),
      fact: { type: "GROUP_RELEGATED" },
    } satisfies MembersTold)),
    rememberState: assign(({ context }) => ({
      state: groupState(context.members) ?? context.state,
    })),
    reportState: sendTo("io", ({ context: { name, state } }) => ({
      type: "REPORT_GROUP",
      name,
      state,
    } satisfies SyncGroupCommand)),
  },
  delays: { patience: ({ context }) => context.patienceMs },
}).createMachine({
  id: "group",
  context: ({ input }) => ({
    name: input.name,
    members: membersOf(input, []),
    patienceMs: input.patienceMs,
    state: "initialize",
  }),
  invoke: {
    src: "io",
    id: "io",
    input: ({ context: { name, members, patienceMs } }) => ({ name, members, patienceMs }),
  },
  initial: "watching",
  states: {
    watching: {
      on: {
        MEMBER_CHANGED: { guard: "isMember", actions: "judge" },
        MEMBER_REASSERTED: { actions: "tellOthers" },
        RECONFIGURE: { actions: "adoptMembers" },
      },
      always: { guard: "isAnother", actions: ["rememberState", "reportState"] },
      initial: "agreed",
      states: {
        agreed: { always: { guard: "isMixed", target: "mixed" } },
        mixed: {
          always: { guard: "isAgreed", target: "agreed" },
          after: { patience: { actions: "relegate" } },
        },
      },
    },
  },
});
