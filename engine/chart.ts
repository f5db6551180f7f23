/**
 * State charts, read from the machines themselves: what is drawn is what runs.
 *
 * A chart is plain data; engine/chart_mermaid.ts and engine/chart_svg.ts draw it.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";

/** One way out of a state, or one thing done without leaving it. */
export interface ChartTransition {
  /** A fact, `after <delay>`, or `always`. */
  readonly trigger: string;
  /** Place among the transitions of that trigger: the first whose guard holds is taken. */
  readonly rank: number;
  /** How many transitions the trigger has. */
  readonly rankCount: number;
  /** When it is taken, in words; absent: whenever it is its turn. */
  readonly guard?: string;
  /** Ids of the states it leads to; none: the state is not left. */
  readonly targets: readonly string[];
  readonly actions: readonly string[];
}

/** A state with all that is in it. */
export interface ChartState {
  /** Path of names from the machine's own, with dots. */
  readonly id: string;
  readonly name: string;
  readonly type: "atomic" | "compound" | "parallel" | "final";
  /** Id of the state that is entered first; compound states only. */
  readonly initial?: string;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly transitions: readonly ChartTransition[];
  readonly states: readonly ChartState[];
}

/** XState's node of a state, as far as a chart needs it. */
type Node = AnyStateMachine["root"];
type Transition = Node["always"] extends readonly (infer T)[] | undefined ? T : never;

const AFTER_PREFIX = "xstate.after.";
const CHILD_ENDED = "xstate.done.actor.*";

/** The chart of a machine: its root state. */
export function chartOf(machine: AnyStateMachine): ChartState {
  const { guards } = machine.implementations;
  return stateOf(machine.root, (guard) => guardText(guard, guards));
}

/** The chart as JSON, with two spaces of indentation. */
export function chartJson(machine: AnyStateMachine): string {
  return JSON.stringify(chartOf(machine), undefined, 2) + "\n";
}

function stateOf(node: Node, describe: (guard: unknown) => string): ChartState {
  const { id, key, type } = node;
  const initial = node.type === "compound" ? node.initial?.target?.[0]?.id : undefined;
  return {
    id,
    name: key,
    type: type === "history" ? "atomic" : type,
    ...(initial !== undefined && { initial }),
    entry: actionNames(node.entry),
    exit: actionNames(node.exit),
    transitions: transitionsOf(node, describe),
    states: Object.values(node.states).map((child) => stateOf(child, describe)),
  };
}

function transitionsOf(node: Node, describe: (guard: unknown) => string): ChartTransition[] {
  const byTrigger = new Map<string, Transition[]>();
  for (const [event, transitions] of node.transitions) {
    if (event.startsWith(AFTER_PREFIX)) continue; // They come with their delays, below.
    byTrigger.set(event === CHILD_ENDED ? "child ended" : event, [...transitions]);
  }
  for (const transition of node.after) {
    const trigger = `after ${delayText(transition.delay)}`;
    byTrigger.set(trigger, [...byTrigger.get(trigger) ?? [], transition]);
  }
  if (node.always) byTrigger.set("always", [...node.always]);
  return [...byTrigger].flatMap(([trigger, transitions]) =>
    transitions.map(({ guard, target, actions }, i) => ({
      trigger,
      rank: i + 1,
      rankCount: transitions.length,
      ...(guard !== undefined && { guard: describe(guard) }),
      targets: target?.map(({ id }) => id) ?? [],
      actions: actionNames(actions),
    }))
  );
}

function delayText(delay: unknown): string {
  return typeof delay === "number" ? `${delay} ms` : String(delay);
}

/** Names of actions; what XState itself adds for timers is left out. */
function actionNames(actions: readonly unknown[]): string[] {
  return actions.flatMap((action) => {
    if (typeof action === "string") return [action];
    const type = property(action, "type");
    return typeof type !== "string" || type.startsWith("xstate.") ? [] : [type];
  });
}

/** A guard in words: its name, or what it is combined from. */
function guardText(guard: unknown, named: Readonly<Record<string, unknown>>): string {
  if (typeof guard === "string") {
    // A name says more than its parts, but where it stands for a state, the state says more.
    const inState = property(named[guard], "stateValue");
    return inState === undefined ? guard : `in ${stateText(inState)}`;
  }
  const inState = property(guard, "stateValue");
  if (inState !== undefined) return `in ${stateText(inState)}`;
  const parts = property(guard, "guards");
  if (!Array.isArray(parts)) return String(property(guard, "type") ?? property(guard, "name"));
  const words = parts.map((part) => guardText(part, named));
  const operator = String(property(guard, "name"));
  return operator === "not" ? `not ${words.join(" ")}` : words.join(` ${operator} `);
}

/** A state value as a path: `backup.preemption.allowed`. */
function stateText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([key, inner]) => `${key}.${stateText(inner)}`).join(" and ");
}

function property(value: unknown, name: string): unknown {
  const isHolder = (typeof value === "object" && value !== null) || typeof value === "function";
  return isHolder ? Reflect.get(value, name) : undefined;
}

/** A state and all in it, each before what is in it. */
export function* allStates(state: ChartState): Generator<ChartState> {
  yield state;
  for (const child of state.states) yield* allStates(child);
}

/** Whether a state is another one, or in it. */
export function isWithin(id: string, ancestor: string): boolean {
  return id === ancestor || id.startsWith(`${ancestor}.`);
}

/** The trigger of a transition, with its place if there are several: `FACT (2)`. */
export function triggerText({ trigger, rank, rankCount }: ChartTransition): string {
  return rankCount > 1 ? `${trigger} (${rank})` : trigger;
}
