/**
 * State charts as SVG, laid out by Graphviz (compiled to WebAssembly: no program is started).
 *
 * States are boxes with what they do; a state with states inside is a frame, a dashed frame where all
 * of the inside runs at once. Colours are those of a sheet of paper, and readable in print.
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
  triggerText,
} from "./chart.ts";

const FONT = "Helvetica,Arial,sans-serif";
const INK = "#1f2933";
const FAINT = "#7b8794";
const EVENT = "#0b5394";
const TIMER = "#a15c00";
const BOX = "#f5f7fa";
const FRAMES = ["#ffffff", "#eef3f8", "#e3ebf4", "#d8e3ef"];
/** Labels are broken before they get wider than so many characters. */
const LABEL_LENGTH_MAX = 34;

/** The chart of a machine as an SVG document. Loads the layout engine: tens of milliseconds. */
export async function chartSvg(machine: AnyStateMachine): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  return viz.renderString(chartDot(machine), { format: "svg", engine: "dot" });
}

/** The chart of a machine as a graph in Graphviz's language. */
export function chartDot(machine: AnyStateMachine): string {
  const root = chartOf(machine);
  return [
    "digraph chart {",
    `  graph [compound=true, rankdir=TB, fontname="${FONT}", fontsize=13, fontcolor="${INK}",`,
    `    nodesep=0.45, ranksep=0.6, pad=0.3, labeljust=l, bgcolor=white];`,
    `  node [shape=plain, fontname="${FONT}", fontsize=11, fontcolor="${INK}"];`,
    `  edge [fontname="${FONT}", fontsize=10, fontcolor="${INK}", color="${FAINT}", arrowsize=0.7];`,
    ...startOf(root),
    ...root.states.flatMap((state) => boxOf(state, 1)),
    ...Array.from(allStates(root)).flatMap((state) => arrowsFrom(state, root)),
    "}",
  ].join("\n") + "\n";
}

function boxOf(state: ChartState, depth: number): string[] {
  if (state.states.length === 0) return [`  ${quoted(state.id)} [label=${leafLabel(state)}];`];
  const fill = FRAMES[depth % FRAMES.length] ?? BOX;
  const style = state.type === "parallel" ? "rounded,filled,dashed" : "rounded,filled";
  return [
    `  subgraph ${quoted(`cluster ${state.id}`)} {`,
    `    label=${frameLabel(state)}; style="${style}"; color="${FAINT}"; fillcolor="${fill}";`,
    "    margin=14;",
    ...startOf(state),
    ...(leavesInto(state).length > 0 ? [pointNode(anyNode(state.id), TIMER)] : []),
    ...state.states.flatMap((child) => boxOf(child, depth + 1)),
    "  }",
  ];
}

/** The dot that leads to the first state. */
function startOf(state: ChartState): string[] {
  if (state.initial === undefined) return [];
  const start = `${state.id} start`;
  const target = inner(state.states.find(({ id }) => id === state.initial) ?? state);
  const head = target === state.initial ? "" : ` [lhead=${quoted(`cluster ${state.initial}`)}]`;
  return [pointNode(start, INK), `  ${quoted(start)} -> ${quoted(target)}${head};`];
}

function pointNode(id: string, colour: string): string {
  return `  ${quoted(id)} [shape=circle, label="", width=0.11, style=filled, color="${colour}"];`;
}

/** Transitions of a state that lead to something in it. */
function leavesInto(state: ChartState): ChartTransition[] {
  return state.transitions.filter(({ targets }) =>
    targets.some((target) => target !== state.id && isWithin(target, state.id))
  );
}

function arrowsFrom(state: ChartState, root: ChartState): string[] {
  return state.transitions.flatMap((transition) =>
    transition.targets.map((target) => arrow(state, target, transition, root))
  );
}

function arrow(
  state: ChartState,
  target: string,
  transition: ChartTransition,
  root: ChartState,
): string {
  const isInto = target !== state.id && isWithin(target, state.id);
  const goal = Array.from(allStates(root)).find(({ id }) => id === target) ?? root;
  const tail = isInto ? anyNode(state.id) : inner(state);
  const head = inner(goal);
  const colour = transition.trigger.startsWith("after ") ? TIMER : EVENT;
  const attributes = [
    `label=${edgeLabel(transition)}`,
    `color="${colour}"`,
    ...(!isInto && tail !== state.id ? [`ltail=${quoted(`cluster ${state.id}`)}`] : []),
    ...(head === target ? [] : [`lhead=${quoted(`cluster ${target}`)}`]),
  ];
  return `  ${quoted(tail)} -> ${quoted(head)} [${attributes.join(", ")}];`;
}

/** The node that stands for a state: itself, or what is entered first in it. */
function inner(state: ChartState): string {
  if (state.states.length === 0) return state.id;
  const first = state.states.find(({ id }) => id === state.initial) ?? state.states[0];
  return first ? inner(first) : state.id;
}

function anyNode(id: string): string {
  return `${id} any`;
}

function leafLabel(state: ChartState): string {
  const border = state.type === "final" ? 'border="2" sides="LTRB"' : 'border="1"';
  const lines = notesOf(state);
  const rows = lines.map((line) => `<tr><td align="left">${line}</td></tr>`).join("");
  const name = `<tr><td align="center"><b>${escaped(state.name)}</b></td></tr>`;
  return `<<table ${border} cellborder="0" cellspacing="0" cellpadding="4" style="rounded" ` +
    `bgcolor="${BOX}" color="${INK}">${name}${rows}</table>>`;
}

function frameLabel(state: ChartState): string {
  const parallel = state.type === "parallel" ? ` ${coloured("all at once", FAINT)}` : "";
  const lines = [`<b>${escaped(state.name)}</b>${parallel}`, ...notesOf(state)];
  return `<${lines.map((line) => `${line}<br align="left"/>`).join("")}>`;
}

/** What a state does without being left: on entry, on exit, on facts. */
function notesOf(state: ChartState): string[] {
  const once = (when: string, actions: readonly string[]) =>
    actions.length === 0 ? [] : [`${coloured(when, FAINT)} ${escaped(actions.join(", "))}`];
  return [
    ...once("entry", state.entry),
    ...once("exit", state.exit),
    ...state.transitions.filter(({ targets }) => targets.length === 0).map((transition) => {
      const { guard, actions } = transition;
      const condition = guard === undefined ? "" : ` <i>[${escaped(guard)}]</i>`;
      const work = actions.length === 0 ? "ignored" : actions.join(", ");
      const trigger = coloured(triggerText(transition), EVENT);
      return `${trigger}${condition} ${escaped(work)}`;
    }),
  ];
}

function edgeLabel(transition: ChartTransition): string {
  const { trigger, guard, actions } = transition;
  const colour = trigger.startsWith("after ") ? TIMER : EVENT;
  const lines = [
    coloured(triggerText(transition), colour),
    ...(guard === undefined
      ? []
      : broken(`[${guard}]`, / (?=and |or )/).map((line) => `<i>${escaped(line)}</i>`)),
    ...(actions.length === 0 ? [] : broken(actions.join(", "), / /).map(escaped)),
  ];
  return `<${lines.map((line) => ` ${line}<br align="left"/>`).join("")}>`;
}

/** Text in lines, broken where `at` matches. */
function broken(text: string, at: RegExp): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of text.split(at)) {
    if (line !== "" && line.length + part.length >= LABEL_LENGTH_MAX) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? part : ` ${part}`;
  }
  return [...lines, line];
}

function coloured(text: string, colour: string): string {
  return `<font color="${colour}">${escaped(text)}</font>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function quoted(id: string): string {
  return `"${id.replaceAll('"', '\\"')}"`;
}
