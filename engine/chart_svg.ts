/**
 * State charts as SVG, laid out by Graphviz (compiled to WebAssembly: no program is started).
 *
 * Each state with states inside is laid out by itself, and put as a box of that size into the
 * layout of what it is in. The box is drawn with a slot of a colour that nothing else has; the
 * inside replaces it.
 *
 * @module
 */
import type { AnyStateMachine } from "xstate";
import { chartOf, type ChartState, type ChartTransition, triggerText } from "./chart.ts";
import { type ChartEdge, edgesOf, isNote } from "./chart_edges.ts";

/** A picture and its size in points. */
interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

const NOTHING: Picture = { svg: "", width: 0, height: 0 };

type Layout = (dot: string) => string;

/** All letters are equally wide, so that the layout's estimate holds whatever font is there. */
const LAYOUT_FONT = "Courier";
const FONTS = "ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace";
const INK = "#1f2933";
const FAINT = "#6b7785";
const EVENT = "#0b5394";
const TIMER = "#a15c00";
const LEAF = "#ffffff";
const FRAMES = ["#ffffff", "#f4f7fa", "#e9eff5", "#dee7f0", "#d3dfeb"];
/** Labels are broken before they get longer than so many characters. */
const LABEL_LENGTH_MAX = 30;
const NOTE_LENGTH_MAX = 56;
/** Regions fill rows of about so many times their height. */
const ASPECT = 1.8;
const SLOT_COLOUR_FIRST = 0x010203;

/** The chart of a machine as an SVG document. Loads the layout engine: tens of milliseconds. */
export async function chartSvg(machine: AnyStateMachine): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  const layout: Layout = (dot) => viz.renderString(dot, { format: "svg", engine: "dot" });
  const root = chartOf(machine);
  const frame: ChartState = { ...root, id: "", initial: root.id, states: [root], type: "compound" };
  const empty = { ...frame, entry: [], exit: [], transitions: [] };
  const { svg } = new Painter(layout, edgesOf(root)).inside(empty, 0);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.replaceAll(LAYOUT_FONT, FONTS)}\n`;
}

/** Draws states from the inside out. */
class Painter {
  readonly #layout: Layout;
  readonly #edges: readonly ChartEdge[];
  /** Pictures by the colour of the slot that they belong in. */
  readonly #slots = new Map<string, Picture>();
  /** Pictures of the insides of states, by their ids. */
  readonly #insides = new Map<string, Picture>();

  constructor(layout: Layout, edges: readonly ChartEdge[]) {
    this.#layout = layout;
    this.#edges = edges;
  }

  /** What is inside of a state, as a picture of its own. */
  inside(state: ChartState, depth: number): Picture {
    const own = this.#edges.filter(({ within }) => within === state.id);
    const dot = [
      "digraph chart {",
      `  graph [rankdir=TB, nodesep=0.3, ranksep=0.4, pad=0.1, bgcolor=transparent];`,
      `  node [shape=plain, fontname="${LAYOUT_FONT}", fontsize=10, fontcolor="${INK}"];`,
      `  edge [fontname="${LAYOUT_FONT}", fontsize=9, fontcolor="${INK}", arrowsize=0.7];`,
      ...(state.initial === undefined || depth === 0 ? [] : [
        point("start", INK),
        `  start -> ${quoted(state.initial)} [color="${FAINT}"];`,
      ]),
      ...(own.some(({ from }) => from === undefined)
        ? [`  any [label=<<i>any state</i>>, shape=ellipse, color="${FAINT}", margin="0.02,0.02"];`]
        : []),
      ...state.states.map((child) => `  ${quoted(child.id)} [label=<${this.#box(child, depth)}>];`),
      ...own.map(arrow),
      "}",
    ].join("\n");
    return this.#filled(this.#layout(dot));
  }

  /** A state as an HTML-like table: its name, its notes, what is inside. */
  #box(state: ChartState, depth: number): string {
    const name = `<b>${escaped(state.name)}</b>` +
      (state.type === "parallel" ? `&#160;${coloured("all at once", FAINT)}` : "");
    const rows = [name, ...notesOf(state)].map((line, i) => {
      const align = i === 0 && state.states.length === 0 ? "center" : "left";
      return `<tr><td align="${align}">${line}</td></tr>`;
    });
    if (state.states.length > 0) rows.push(`<tr><td>${this.#slotsOf(state, depth)}</td></tr>`);
    const fill = state.states.length === 0 ? LEAF : FRAMES[Math.min(depth + 1, FRAMES.length - 1)];
    const border = state.type === "final" ? 2 : 1;
    return `<table border="${border}" cellborder="0" cellspacing="0" cellpadding="3" ` +
      `style="rounded" color="${INK}" bgcolor="${fill}">${rows.join("")}</table>`;
  }

  /** Room for the inside: one slot, or one for each region of a parallel state. */
  #slotsOf(state: ChartState, depth: number): string {
    if (state.type !== "parallel") {
      const picture = this.inside(state, depth + 1);
      this.#insides.set(state.id, picture);
      return oneRow([this.#slot(picture)]);
    }
    const rows: string[][] = [[]];
    const boxes = state.states.map((region) => this.#box(region, depth + 1));
    const pictures = state.states.map(({ id }) => this.#insides.get(id) ?? NOTHING);
    const area = pictures.reduce((sum, { width, height }) => sum + width * height, 0);
    const widthMax = Math.sqrt(area * ASPECT);
    let width = 0;
    for (const [i, box] of boxes.entries()) {
      width += pictures[i]?.width ?? 0;
      if (width > widthMax && rows.at(-1)?.length) {
        rows.push([]);
        width = pictures[i]?.width ?? 0;
      }
      rows.at(-1)?.push(`<td valign="top">${box}</td>`);
    }
    return rows.map((cells) => oneRow(cells)).join("</td></tr><tr><td>");
  }

  #slot(picture: Picture): string {
    const colour = `#${(SLOT_COLOUR_FIRST + this.#slots.size).toString(16).padStart(6, "0")}`;
    this.#slots.set(colour, picture);
    const [width, height] = [Math.ceil(picture.width), Math.ceil(picture.height)];
    return `<td fixedsize="true" width="${width}" height="${height}" bgcolor="${colour}"></td>`;
  }

  /** A layout with its slots replaced by what belongs there. */
  #filled(document: string): Picture {
    const size = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(document);
    const body = document.slice(document.indexOf("<svg")).replace(/<!--[\s\S]*?-->\n?/g, "")
      .replace(
        /<polygon fill="(#\w{6})" stroke="[^"]*" points="([^"]*)"\/>/g,
        (whole, ...found) => {
          const [colour = "", points = ""] = found.map(String);
          const picture = this.#slots.get(colour);
          return picture ? placed(picture, points) : whole;
        },
      );
    return { svg: body.trim(), width: Number(size?.[1] ?? 0), height: Number(size?.[2] ?? 0) };
  }
}

/** A picture where a slot's corners are. */
function placed({ svg }: Picture, points: string): string {
  const corners = points.trim().split(/\s+/).map((pair) => pair.split(",").map(Number));
  const x = Math.min(...corners.map(([x = 0]) => x));
  const y = Math.min(...corners.map(([, y = 0]) => y));
  // Inside of a document, lengths are in the document's units.
  return svg.replace(
    /<svg width="([\d.]+)pt" height="([\d.]+)pt"/,
    (_whole, ...size) => `<svg x="${x}" y="${y}" width="${size[0]}" height="${size[1]}"`,
  )
    .replace(/ xmlns(:\w+)?="[^"]*"/g, "");
}

function arrow({ from, to, departure, arrival, transition }: ChartEdge): string {
  const colour = transition.trigger.startsWith("after ") ? TIMER : EVENT;
  const lines = [
    ...(departure === undefined ? [] : [coloured(`in ${departure}:`, FAINT)]),
    ...wordsOf(transition, LABEL_LENGTH_MAX),
    ...(arrival === undefined ? [] : [coloured(`→ ${arrival}`, FAINT)]),
  ].map((line) => `${line}<br align="left"/>`);
  const tail = from === undefined ? "any" : quoted(from);
  const label = `<table border="0" cellpadding="3"><tr><td>${lines.join("")}</td></tr></table>`;
  return `  ${tail} -> ${quoted(to)} [color="${colour}", label=<${label}>];`;
}

/** What a state does without being left: on entry, on exit, on facts. */
function notesOf(state: ChartState): string[] {
  const once = (when: string, actions: readonly string[]) =>
    actions.length === 0 ? [] : [`${coloured(when, FAINT)}&#160;${escaped(actions.join(", "))}`];
  const notes = state.transitions.filter((transition) => isNote(state, transition));
  return [
    ...once("entry", state.entry),
    ...once("exit", state.exit),
    ...notes.map((transition) => {
      const { actions, targets } = transition;
      const isIdle = actions.length === 0 && targets.length === 0;
      const goal = targets.map((target) => `→ ${target.slice(state.id.length + 1)}`);
      return [...wordsOf(transition, NOTE_LENGTH_MAX), ...(isIdle ? ["(ignored)"] : []), ...goal]
        .join("&#160;");
    }),
  ];
}

/** Trigger, guard and actions in lines. */
function wordsOf(transition: ChartTransition, lengthMax: number): string[] {
  const { trigger, guard, actions } = transition;
  const colour = trigger.startsWith("after ") ? TIMER : EVENT;
  const conditions = guard === undefined ? [] : broken(`[${guard}]`, / (?=and |or )/, lengthMax);
  const work = actions.length === 0 ? [] : broken(actions.join(", "), / /, lengthMax);
  return [
    coloured(triggerText(transition), colour),
    ...conditions.map((line) => `<i>${escaped(line)}</i>`),
    ...work.map(escaped),
  ];
}

/** Text in lines, broken where `at` matches. */
function broken(text: string, at: RegExp, lengthMax: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of text.split(at)) {
    if (line !== "" && line.length + part.length >= lengthMax) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? part : ` ${part}`;
  }
  return [...lines, line];
}

function oneRow(cells: readonly string[]): string {
  return `<table border="0" cellborder="0" cellspacing="4"><tr>${cells.join("")}</tr></table>`;
}

function point(id: string, colour: string): string {
  return `  ${id} [shape=circle, label="", width=0.1, style=filled, color="${colour}"];`;
}

function coloured(text: string, colour: string): string {
  return `<font color="${colour}">${escaped(text)}</font>`;
}

/** Text for a label; spaces that SVG would swallow are kept. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll(" ", "&#160;");
}

function quoted(id: string): string {
  return `"${id.replaceAll('"', '\\"')}"`;
}
