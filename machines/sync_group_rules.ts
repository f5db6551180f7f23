/**
 * What a sync group makes of its members: who is told what, and what the group is. Pure functions.
 *
 * @module
 */
import type { GroupFact, MemberState } from "./vrrp_facts.ts";

/** A member as the group knows it. */
export interface Member {
  /** Identity of the instance. */
  readonly id: string;
  readonly name: string;
  readonly state: MemberState;
  /** What it lacks by itself. */
  readonly faults: readonly string[];
  /** Why it was last told that it cannot take part. */
  readonly toldFault: string | undefined;
}

/** A fact for some members. */
export interface Decision {
  readonly members: readonly string[];
  readonly fact: GroupFact;
}

/** What a group is, as people see it; undefined while its members are on their way. */
export type GroupState = "initialize" | "backup" | "active" | "fault";

/** What is to be told after member `id` changed; `before` is its state until then. */
export function decide(
  group: string,
  members: readonly Member[],
  id: string,
  before: MemberState,
): Decision[] {
  const decisions: Decision[] = [];
  const changed = members.find((member) => member.id === id);
  if (before === "active" && changed?.state === "hearing") {
    const active = idsOf(members.filter(({ state }) => state === "active"));
    if (active.length > 0) decisions.push({ members: active, fact: { type: "GROUP_RELEGATED" } });
  }
  for (const member of members) {
    const reason = faultFor(group, members, member);
    if (reason === member.toldFault) continue;
    const fact: GroupFact = { type: "GROUP_FAULT", ...(reason !== undefined && { reason }) };
    decisions.push({ members: [member.id], fact });
  }
  const ready = members.filter(({ state }) => state === "ready");
  const isComplete = members.every(({ state }) => state === "ready" || state === "active");
  if (isComplete && ready.length > 0) {
    decisions.push({ members: idsOf(ready), fact: { type: "GROUP_ACTIVATED" } });
  }
  return decisions;
}

/** What the other members lack, as a fault of this one. */
export function faultFor(
  group: string,
  members: readonly Member[],
  { id }: Member,
): string | undefined {
  const faulty = members.find((member) => member.id !== id && member.faults.length > 0);
  return faulty && `sync group ${group}: ${faulty.name}: ${faulty.faults[0]}`;
}

/** Whether some are active beside others that hear somebody, or may yet. */
export function isMixed(members: readonly Member[]): boolean {
  const has = (wanted: MemberState) => members.some(({ state }) => state === wanted);
  return has("active") && has("hearing");
}

/** What the group is. */
export function groupState(members: readonly Member[]): GroupState | undefined {
  const isAll = (...wanted: MemberState[]) => members.every(({ state }) => wanted.includes(state));
  if (isAll("initialize")) return "initialize";
  if (isAll("active")) return "active";
  if (isAll("hearing", "ready")) return "backup";
  return isAll("fault") ? "fault" : undefined;
}

function idsOf(members: readonly Member[]): string[] {
  return members.map(({ id }) => id);
}
