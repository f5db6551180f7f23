/**
 * State charts as Mermaid's stateDiagram-v2, which code hosts and editors draw.
 *
 * Mermaid cannot draw an arrow between insides of different states, or from a state into itself. So an
 * arrow is drawn between the outermost states that it leaves and enters, and says in words where it
 * begins and ends; an arrow into its own state begins at a mark that stands for all of the inside.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import {
  allStates,
  chartOf,
  type ChartState,
  type ChartTransition,
  isWithin,
  nameOf,
  triggerText,
} from "./chart.ts";

interface Edge {
  /** Where it is drawn: the innermost state that has both ends. */
  readonly within: string;
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const INDENT = "  ";

/** The chart of a machine as the text of a Mermaid diagram. */
export function chartMermaid(machine: AnyStateMachine): string {
  const root = chartOf(machine);
  const edges = edgesOf(root);
  const lines = [
    `%% ${root.name}: written from the machine itself; do not edit.`,
    "stateDiagram-v2",
    ...contents(root, edges, 1),
  ];
  return lines.join("\n") + "\n";
}

function contents(state: ChartState, edges: readonly Edge[], depth: number): string[] {
  const indent = INDENT.repeat(depth);
  const lines: string[] = [];
  if (state.initial !== undefined) lines.push(`${indent}[*] --> ${mark(state.initial)}`);
  const own = edges.filter(({ within }) => within === state.id);
  for (const [i, child] of state.states.entries()) {
    if (i > 0 && state.type === "parallel") lines.push(`${indent}--`);
    lines.push(...declaration(child, edges, depth));
  }
  if (own.some(({ from }) => from === anyMark(state.id))) {
    lines.push(`${indent}state "in any of these" as ${anyMark(state.id)}`);
  }
  for (const { from, to, label } of own) lines.push(`${indent}${from} --> ${to} : ${label}`);
  return lines;
}

function declaration(state: ChartState, edges: readonly Edge[], depth: number): string[] {
  const indent = INDENT.repeat(depth);
  const id = mark(state.id);
  const notes = notesOf(state);
  if (state.states.length === 0) {
    const final = state.type === "final" ? [`${indent}${id} --> [*]`] : [];
    const lines = notes.map((note) => `${indent}${id} : ${note}`);
    return [`${indent}state "${state.name}" as ${id}`, ...lines, ...final];
  }
  return [
    `${indent}state "${[state.name, ...notes].join("<br>")}" as ${id} {`,
    ...contents(state, edges, depth + 1),
    `${indent}}`,
  ];
}

/** What a state does without being left: on entry, on exit, on facts. */
function notesOf(state: ChartState): string[] {
  return [
    ...state.entry.map((action) => `entry / ${action}`),
    ...state.exit.map((action) => `exit / ${action}`),
    ...state.transitions.filter(({ targets }) => targets.length === 0).map((transition) =>
      labelOf(transition)
    ),
  ];
}

function labelOf(transition: ChartTransition): string {
  const { guard, actions } = transition;
  const parts = [
    triggerText(transition),
    ...(guard === undefined ? [] : [`[${guard}]`]),
    ...(actions.length > 0 ? [`/ ${actions.join(", ")}`] : []),
    ...(guard === undefined && actions.length === 0 && transition.targets.length === 0
      ? ["is ignored"]
      : []),
  ];
  // A colon or semicolon would end the label.
  return parts.join(" ").replace(/[:;]/g, ",");
}

function edgesOf(root: ChartState): Edge[] {
  return Array.from(allStates(root)).flatMap((state) =>
    state.transitions.flatMap((transition) =>
      transition.targets.map((target) => edgeOf(state.id, target, transition, root))
    )
  );
}

function edgeOf(
  source: string,
  target: string,
  transition: ChartTransition,
  root: ChartState,
): Edge {
  const label = labelOf(transition);
  if (source !== target && isWithin(target, source)) {
    const to = childTowards(source, target);
    return {
      within: source,
      from: anyMark(source),
      to: mark(to),
      label: label + arrival(to, target),
    };
  }
  const within = commonParent(source, target, root);
  const from = childTowards(within, source);
  const to = childTowards(within, target);
  const departure = from === source ? "" : `in ${source.slice(from.length + 1)}, `;
  return { within, from: mark(from), to: mark(to), label: departure + label + arrival(to, target) };
}

function arrival(drawn: string, target: string): string {
  return drawn === target ? "" : ` → ${nameOf(target)}`;
}

/** The innermost state that both are inside of. */
function commonParent(a: string, b: string, root: ChartState): string {
  let parent = a;
  do parent = parent.slice(0, Math.max(0, parent.lastIndexOf("."))); while (
    parent !== "" && !(isWithin(b, parent) && b !== parent)
  );
  return parent === "" ? root.id : parent;
}

/** The child of `ancestor` that `id` is, or is in. */
function childTowards(ancestor: string, id: string): string {
  const end = id.indexOf(".", ancestor.length + 1);
  return end < 0 ? id : id.slice(0, end);
}

/** An id as Mermaid takes it. */
function mark(id: string): string {
  return id.replaceAll(".", "_");
}

function anyMark(id: string): string {
  return `${mark(id)}_any`;
}
