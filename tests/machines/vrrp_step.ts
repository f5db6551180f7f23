/**
 * One pure step of a virtual router: no actor runs, no clock ticks. Commands show in the order they
 * are carried out, timers as `wait <ms>`.
 *
 * @module
 */
import { enqueueActions, initialTransition, type StateValue, transition } from "xstate";
import { type Ip, ip } from "../../net/address.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { type MemberChange, memberChange } from "../../machines/vrrp_facts.ts";
import {
  type VrrpCommand,
  type VrrpContext,
  type VrrpFact,
  vrrpInstance,
} from "../../machines/vrrp_instance.ts";
import { instanceConfig } from "./vrrp_config.ts";

/** Our primary address in all steps, unless the context is changed. */
export const OUR_IP: Ip = ip("192.0.2.10");

/** Where a step starts from. */
export interface From {
  /** As {@linkcode valueOf} reads it. */
  readonly state: string;
  readonly config?: Partial<VrrpInstanceConfig>;
  readonly context?: Partial<VrrpContext>;
}

/** What a step led to. */
export interface Stepped {
  readonly value: StateValue;
  readonly effects: readonly string[];
  /** The reports among the effects, whole. */
  readonly reports: readonly VrrpCommand[];
  readonly context: VrrpContext;
  readonly done: boolean;
}

/** A pure step has no parent to tell: what the sync group would hear shows among the effects. */
const orphan = vrrpInstance.provide({
  actions: {
    tellGroup: enqueueActions(({ context, enqueue }, { state }) => {
      const change = memberChange(context, state);
      // Typed as a command of the door, which it is not.
      if (change) enqueue.sendTo("io", change as unknown as VrrpCommand);
    }),
  },
});

/** Takes one step. */
export function step(from: From, fact: VrrpFact): Stepped {
  const input = instanceConfig(from.config);
  const [initial] = initialTransition(orphan, input);
  const context = { ...initial.context, primaryIp: OUR_IP, ...from.context };
  const state = orphan.resolveState({ value: valueOf(from.state), context });
  const [after, actions] = transition(
    orphan,
    Object.assign(state, { children: initial.children }),
    fact,
  );
  return {
    value: after.value,
    effects: describeEffects(actions),
    reports: actions.flatMap(({ params }) => {
      const command = commandOf(params);
      return command?.type === "REPORT" ? [command] : [];
    }),
    context: after.context,
    done: after.status === "done",
  };
}

/** What the router does when it is made, before any fact. */
export function initialEffects(change: Partial<VrrpInstanceConfig> = {}): string[] {
  const [, actions] = initialTransition(vrrpInstance, instanceConfig(change));
  return describeEffects(actions);
}

/** Commands and timers in order; a timer that the same step cancels again is none. */
function describeEffects(actions: readonly { readonly params: unknown }[]): string[] {
  return actions.flatMap(({ params }, i) => {
    const command = commandOf(params);
    if (command) return [describeCommand(command)];
    if (typeof params !== "object" || params === null || !("delay" in params)) return [];
    const { delay, id } = params as { delay: unknown; id?: unknown };
    const isCancelled = actions.slice(i + 1).some((later) => cancelledBy(later.params) === id);
    return delay === undefined || isCancelled ? [] : [`wait ${delay}`];
  });
}

function cancelledBy(params: unknown): unknown {
  const isObject = typeof params === "object" && params !== null;
  return isObject && "sendId" in params ? params.sendId : params;
}

function commandOf(params: unknown): VrrpCommand | MemberChange | undefined {
  if (typeof params !== "object" || params === null || !("event" in params)) return undefined;
  if ("delay" in params && params.delay !== undefined) return undefined;
  return params.event as VrrpCommand | MemberChange;
}

/** A command in one line. */
export function describeCommand(command: VrrpCommand | MemberChange): string {
  switch (command.type) {
    case "SEND_ADVERTISEMENT":
      return `send ${command.priority}`;
    case "CLAIM_ADDRESSES":
      return `claim ×${command.repeatCount}`;
    case "RELEASE_ADDRESSES":
      return "release";
    case "ANNOUNCE_ADDRESSES":
      return `announce ×${command.repeatCount}`;
    case "CONFIGURE":
      return `configure priority ${command.config.priority}`;
    case "REPORT":
      return `report ${command.state}: ${command.cause.kind}`;
    case "REPORT_PRIORITY":
      return `report priority ${command.before} to ${command.priority}`;
    case "REPORT_LESSER":
      return "report lesser";
    case "MEMBER_CHANGED":
      return `tell ${command.state}`;
  }
}

/** An advertisement; its interval is 4 s unless told. */
export function heard(
  priority: number,
  source = "192.0.2.20",
  maxAdvertiseIntervalCs = 400,
): VrrpFact {
  return { type: "ADVERTISEMENT", source: ip(source), priority, maxAdvertiseIntervalCs, atMs: 0 };
}

/** STARTUP without delay, or as changed. */
export function startup(delayMs = 0, resumes = false): VrrpFact {
  return { type: "STARTUP", delayMs, resumes };
}

/**
 * A state value from its words: `backup TIMER [PREEMPTION]`, `active ADVERTS [ANNOUNCEMENTS
 * [REASSERTION]]`, or the name of a simple state. What is left out is `allowed`, `settling`,
 * `idle`. `refreshing` stands for `quiet` announcements with a refreshment that is `waiting`.
 */
export function valueOf(words: string): StateValue {
  const [top = "", first = "", second, third] = words.split(" ");
  if (top === "backup") return { backup: { timer: first, preemption: second ?? "allowed" } };
  if (top !== "active") return top;
  const regions = {
    adverts: first,
    announcements: second === "refreshing" ? "quiet" : second ?? "settling",
    refreshment: second === "refreshing" ? "waiting" : "off",
    reassertion: third ?? "idle",
  };
  return { active: { holding: regions } };
}
