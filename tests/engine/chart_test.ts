/**
 * State charts: everything of the machine is in them, and the ones in docs/charts are up to date.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { and, type AnyStateMachine, not, or, setup, stateIn } from "xstate";
import { allStates, chartJson, chartOf, type ChartState } from "../../engine/chart.ts";
import { edgesOf } from "../../engine/chart_edges.ts";
import { chartMermaid } from "../../engine/chart_mermaid.ts";
import { chartSvg } from "../../engine/chart_svg.ts";
import { MACHINES } from "../../engine/commands/chart.ts";
import { CHARTS, goldenCharts } from "../golden_charts.ts";

/** A small machine with everything that a chart must show. */
const EXAMPLE = setup({
  types: {} as { events: { type: "GO" } | { type: "STAY" } | { type: "STOP" } },
  actions: { greet: () => {}, leave: () => {}, work: () => {} },
  guards: {
    ready: () => true,
    tired: () => false,
    inside: stateIn({ outer: { left: "a" } }),
    either: or(["ready", "tired"]),
  },
  delays: { pause: 10 },
}).createMachine({
  id: "example",
  initial: "idle",
  states: {
    idle: {
      entry: "greet",
      exit: "leave",
      on: {
        GO: [
          { guard: and(["ready", not("tired")]), target: "outer", actions: ["work", "greet"] },
          { guard: or([not("ready"), stateIn({ outer: { left: "b" } })]), target: "done" },
          { guard: "inside" },
        ],
        STAY: { actions: "work" },
      },
      after: { pause: { guard: "either", target: "idle", reenter: true } },
    },
    outer: {
      type: "parallel",
      on: { STOP: ".left.b" },
      states: {
        left: {
          initial: "a",
          on: { STAY: ".b" },
          states: { a: { always: { guard: "tired", target: "b" } }, b: { after: { 500: "a" } } },
        },
        right: { initial: "c", states: { c: { on: { GO: "#example.done" } } } },
      },
    },
    done: { type: "final" },
  },
});

function stateOf(root: ChartState, id: string): ChartState {
  const found = allStates(root).find((state) => state.id === id);
  assert(found, id);
  return found;
}

type Node = AnyStateMachine["root"];

function* allNodes(node: Node): Generator<Node> {
  yield node;
  for (const child of Object.values(node.states)) yield* allNodes(child);
}

/** Transitions in one line each. */
function waysOf(state: ChartState): string[] {
  return state.transitions.map(({ trigger, rank, rankCount, guard, targets, actions }) =>
    `${trigger} ${rank}/${rankCount} [${guard ?? ""}] > ${targets} / ${actions}`
  );
}

Deno.test("chartOf: states, kinds, initial states, entry and exit", () => {
  const root = chartOf(EXAMPLE);
  const kinds = Array.from(
    allStates(root),
    ({ id, type, initial }) => `${id} ${type} ${initial ?? ""}`,
  );
  assertEquals(kinds, [
    "example compound example.idle",
    "example.idle atomic ",
    "example.outer parallel ",
    "example.outer.left compound example.outer.left.a",
    "example.outer.left.a atomic ",
    "example.outer.left.b atomic ",
    "example.outer.right compound example.outer.right.c",
    "example.outer.right.c atomic ",
    "example.done final ",
  ]);
  const idle = stateOf(root, "example.idle");
  assertEquals([idle.entry, idle.exit], [["greet"], ["leave"]], "without XState's own for timers");
});

Deno.test("chartOf: facts, delays and always, with guards in words", () => {
  const root = chartOf(EXAMPLE);
  assertEquals(waysOf(stateOf(root, "example.idle")), [
    "GO 1/3 [ready and not tired] > example.outer / work,greet",
    "GO 2/3 [not ready or in outer.left.b] > example.done / ",
    "GO 3/3 [in outer.left.a] >  / ",
    "STAY 1/1 [] >  / work",
    "after pause 1/1 [either] > example.idle / ",
  ]);
  assertEquals(waysOf(stateOf(root, "example.outer.left.a")), [
    "always 1/1 [tired] > example.outer.left.b / ",
  ]);
  assertEquals(waysOf(stateOf(root, "example.outer.left.b")), [
    "after 500 ms 1/1 [] > example.outer.left.a / ",
  ]);
});

Deno.test("edgesOf: arrows lie between neighbours, and say where they begin and end", () => {
  const described = edgesOf(chartOf(EXAMPLE)).map((edge) =>
    `${edge.within}: ${edge.from ?? "any"} (${edge.departure ?? ""}) > ` +
    `${edge.to} (${edge.arrival ?? ""}) ${edge.transition.trigger}`
  );
  assertEquals(described, [
    "example: example.idle () > example.outer () GO",
    "example: example.idle () > example.done () GO",
    "example: example.idle () > example.idle () after pause",
    "example.outer.left: any () > example.outer.left.b () STAY",
    "example.outer.left: example.outer.left.a () > example.outer.left.b () always",
    "example.outer.left: example.outer.left.b () > example.outer.left.a () after 500 ms",
    "example: example.outer (right.c) > example.done () GO",
  ]);
});

Deno.test("chartJson is the chart", () => {
  assertEquals(JSON.parse(chartJson(EXAMPLE)), chartOf(EXAMPLE));
});

Deno.test("chartMermaid: the example", () => {
  assertEquals(
    chartMermaid(EXAMPLE),
    `%% example: written from the machine itself.
stateDiagram-v2
  state "example" as example {
    [*] --> example_idle
    state "idle" as example_idle
    example_idle : entry / greet
    example_idle : exit / leave
    example_idle : GO (3) [in outer.left.a]
    example_idle : STAY / work
    state "outer<br>STOP → left.b" as example_outer {
      state "left" as example_outer_left {
        [*] --> example_outer_left_a
        state "a" as example_outer_left_a
        state "b" as example_outer_left_b
        state "any of these" as example_outer_left_any
        example_outer_left_any --> example_outer_left_b : STAY
        example_outer_left_a --> example_outer_left_b : always [tired]
        example_outer_left_b --> example_outer_left_a : after 500 ms
      }
      --
      state "right" as example_outer_right {
        [*] --> example_outer_right_c
        state "c" as example_outer_right_c
      }
    }
    state "done" as example_done
    example_done --> [*]
    example_idle --> example_outer : GO (1) [ready and not tired] / work, greet
    example_idle --> example_done : GO (2) [not ready or in outer.left.b]
    example_idle --> example_idle : after pause [either]
    example_outer --> example_done : in right.c, GO
  }
`,
  );
});

for (const [name, { machine }] of Object.entries(MACHINES)) {
  Deno.test(`chart of ${name}: every state and every transition of the machine`, () => {
    const states = Array.from(allStates(chartOf(machine)));
    const ids = new Set(states.map(({ id }) => id));
    const nodes = Array.from(allNodes(machine.root));
    assertEquals([...ids].toSorted(), nodes.map(({ id }) => id).toSorted());
    for (const node of nodes) {
      const { id } = node;
      const drawn = states.find((state) => state.id === id)?.transitions ?? [];
      const all = [...node.transitions.values()].flat().length + (node.always?.length ?? 0);
      assertEquals(drawn.length, all, id);
      for (const { targets } of drawn) {
        for (const target of targets) assert(ids.has(target), target);
      }
    }
  });

  Deno.test(`chart of ${name} in Mermaid: blocks are closed, names are declared`, () => {
    const text = chartMermaid(machine);
    const declared = new Set(text.matchAll(/ as (\w+)/g).map(({ 1: id }) => id));
    let depth = 0;
    for (const line of text.split("\n")) {
      if (line.endsWith("{")) depth++;
      if (line.trim() === "}") depth--;
      const [, from = "", to = ""] = /^\s*(\S+) --> (\S+)/.exec(line) ?? [];
      for (const end of [from, to]) {
        assert(end === "" || end === "[*]" || declared.has(end), `${end} is not declared`);
      }
      const label = / --> \S+ : (.*)$/.exec(line)?.[1] ?? "";
      assert(!/[:;]/.test(label), `Mermaid would cut: ${label}`);
    }
    assertEquals(depth, 0);
  });

  Deno.test(`chart of ${name} in SVG: all names are there, slots are filled, tags are closed`, async () => {
    const svg = await chartSvg(machine);
    for (const { name } of allStates(chartOf(machine))) assertStringIncludes(svg, `>${name}<`);
    assert(!/#0102\w\w/.test(svg), "a slot is left");
    assert(!svg.includes("Courier"), "the font of the layout is left");
    const open: string[] = [];
    for (const [, close, tag = "", self] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (close === "/") assertEquals(open.pop(), tag);
      else if (self !== "/") open.push(tag);
    }
    assertEquals(open, []);
  });
}

Deno.test("charts in docs/charts are up to date (deno task golden rewrites them)", () => {
  const present = Array.from(Deno.readDirSync(CHARTS), ({ name }) => name).toSorted();
  const golden = goldenCharts();
  assertEquals(present, [...golden.keys()].toSorted());
  for (const [name, text] of golden) {
    assertEquals(Deno.readTextFileSync(new URL(name, CHARTS)), text, `${name} is stale`);
  }
});
