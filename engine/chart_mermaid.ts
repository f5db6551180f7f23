/**
 * State charts as Mermaid's stateDiagram-v2, which code hosts and editors draw.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { chartOf, type ChartState, type ChartTransition, triggerText } from "./chart.ts";
import { type ChartEdge, edgesOf, isNote } from "./chart_edges.ts";

const INDENT = "  ";

/** The chart of a machine as the text of a Mermaid diagram. */
export function chartMermaid(machine: AnyStateMachine): string {
  const root = chartOf(machine);
  const edges = edgesOf(root);
  const lines = [
    `%% ${root.name}: written from the machine itself.`,
    "stateDiagram-v2",
    ...declaration(root, edges, 1),
  ];
  return lines.join("\n") + "\n";
}

function declaration(state: ChartState, edges: readonly ChartEdge[], depth: number): string[] {
  const indent = INDENT.repeat(depth);
  const id = mark(state.id);
  const notes = notesOf(state);
  if (state.states.length === 0) {
    return [
      `${indent}state "${state.name}" as ${id}`,
      ...notes.map((note) => `${indent}${id} : ${note}`),
      ...(state.type === "final" ? [`${indent}${id} --> [*]`] : []),
    ];
  }
  return [
    `${indent}state "${[state.name, ...notes].join("<br>")}" as ${id} {`,
    ...contents(state, edges, depth + 1),
    `${indent}}`,
  ];
}

function contents(state: ChartState, edges: readonly ChartEdge[], depth: number): string[] {
  const indent = INDENT.repeat(depth);
  const lines: string[] = [];
  if (state.initial !== undefined) lines.push(`${indent}[*] --> ${mark(state.initial)}`);
  for (const [i, child] of state.states.entries()) {
    if (i > 0 && state.type === "parallel") lines.push(`${indent}--`);
    lines.push(...declaration(child, edges, depth));
  }
  const own = edges.filter(({ within }) => within === state.id);
  const any = `${mark(state.id)}_any`;
  if (own.some(({ from }) => from === undefined)) {
    lines.push(`${indent}state "any of these" as ${any}`);
  }
  for (const edge of own) {
    const from = edge.from === undefined ? any : mark(edge.from);
    lines.push(`${indent}${from} --> ${mark(edge.to)} : ${edgeLabel(edge)}`);
  }
  return lines;
}

/** What a state does without being left: on entry, on exit, on facts. */
function notesOf(state: ChartState): string[] {
  return [
    ...state.entry.map((action) => `entry / ${action}`),
    ...state.exit.map((action) => `exit / ${action}`),
    ...state.transitions.filter((transition) => isNote(state, transition)).map((transition) => {
      const { guard, actions, targets } = transition;
      const isIdle = guard === undefined && actions.length === 0 && targets.length === 0;
      const goal = targets.map((target) => ` → ${target.slice(state.id.length + 1)}`).join("");
      return `${transitionText(transition)}${isIdle ? " is ignored" : ""}${goal}`;
    }),
  ];
}

function edgeLabel({ departure, arrival, transition }: ChartEdge): string {
  const start = departure === undefined ? "" : `in ${departure}, `;
  const end = arrival === undefined ? "" : ` → ${arrival}`;
  return `${start}${transitionText(transition)}${end}`;
}

function transitionText(transition: ChartTransition): string {
  const { guard, actions } = transition;
  const condition = guard === undefined ? "" : ` [${guard}]`;
  const work = actions.length === 0 ? "" : ` / ${actions.join(", ")}`;
  // A colon or semicolon would end the label.
  return `${triggerText(transition)}${condition}${work}`.replace(/[:;]/g, ",");
}

/** An id as Mermaid takes it. */
function mark(id: string): string {
  return id.replaceAll(".", "_");
}
