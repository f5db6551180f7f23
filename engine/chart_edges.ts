/**
 * The arrows of a state chart, drawn between neighbours: an arrow that leaves or enters the inside
 * of another state begins or ends at its edge, and says in words where inside. So every state can
 * be laid out by itself, and a chart of many levels stays readable.
 *
 * @module
 */
import { allStates, type ChartState, type ChartTransition, isWithin } from "./chart.ts";

/** One arrow between two states in the same state. */
export interface ChartEdge {
  /** Id of the state that has both ends. */
  readonly within: string;
  /** Id of the state it begins at; absent: at any state inside of `within`. */
  readonly from?: string;
  readonly to: string;
  /** Where inside of `from` it begins: a path of names. */
  readonly departure?: string;
  /** Where inside of `to` it ends. */
  readonly arrival?: string;
  readonly transition: ChartTransition;
}

/** All arrows of a chart, those into a parallel state's own inside left out: they are notes. */
export function edgesOf(root: ChartState): ChartEdge[] {
  return Array.from(allStates(root)).flatMap((state) =>
    state.transitions.flatMap((transition) =>
      isNote(state, transition)
        ? []
        : transition.targets.map((target) => edgeOf(state.id, target, transition, root))
    )
  );
}

/**
 * Whether a transition is no arrow: it leaves nothing, or leads from a parallel state into one of
 * its regions.
 */
export function isNote(state: ChartState, { targets }: ChartTransition): boolean {
  return targets.length === 0 ||
    (state.type === "parallel" && targets.every((target) => isInto(state.id, target)));
}

function isInto(source: string, target: string): boolean {
  return source !== target && isWithin(target, source);
}

function edgeOf(
  source: string,
  target: string,
  transition: ChartTransition,
  root: ChartState,
): ChartEdge {
  const within = isInto(source, target) ? source : commonParent(source, target, root);
  const to = childTowards(within, target);
  const from = source === within ? undefined : childTowards(within, source);
  return {
    within,
    ...(from !== undefined && { from }),
    to,
    ...(from !== undefined && from !== source && { departure: source.slice(from.length + 1) }),
    ...(to !== target && { arrival: target.slice(to.length + 1) }),
    transition,
  };
}

/** The innermost state that both are inside of. */
function commonParent(a: string, b: string, root: ChartState): string {
  let parent = a;
  do parent = parent.slice(0, Math.max(0, parent.lastIndexOf("."))); while (
    parent !== "" && !isInto(parent, b)
  );
  return parent === "" ? root.id : parent;
}

/** The child of `ancestor` that `id` is, or is in. */
function childTowards(ancestor: string, id: string): string {
  const end = id.indexOf(".", ancestor.length + 1);
  return end < 0 ? id : id.slice(0, end);
}
