/**
 * Machines are pure: their actions are XState's own, their words know no time, chance or promise.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fileTracker } from "../../machines/file_tracker.ts";
import { processTracker } from "../../machines/process_tracker.ts";
import { scriptTracker } from "../../machines/script_tracker.ts";
import { bfdSession } from "../../machines/bfd_session.ts";
import { checker } from "../../machines/checker.ts";
import { shelf } from "../../machines/shelf.ts";
import { loadBalancer } from "../../machines/load_balancer.ts";
import { realServer } from "../../machines/real_server.ts";
import { syncGroup } from "../../machines/sync_group.ts";
import { system } from "../../machines/system.ts";
import { virtualServer } from "../../machines/virtual_server.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { vrrpMirror } from "../../machines/vrrp_mirror.ts";
import { worker } from "../../machines/worker.ts";

const MACHINES = {
  bfdSession,
  fileTracker,
  processTracker,
  checker,
  loadBalancer,
  shelf,
  realServer,
  scriptTracker,
  syncGroup,
  system,
  virtualServer,
  vrrpInstance,
  vrrpMirror,
  worker,
};
const FOLDER = new URL("../../machines/", import.meta.url);

/** Whether an action is one of XState's built-in ones, which are data to `transition()`. */
function isBuiltIn(action: unknown): boolean {
  return typeof action === "function" && "type" in action &&
    typeof action.type === "string" && action.type.startsWith("xstate.");
}

for (const [name, machine] of Object.entries(MACHINES)) {
  Deno.test(`${name} uses only actions that are data`, () => {
    for (const [action, implementation] of Object.entries(machine.implementations.actions)) {
      assert(isBuiltIn(implementation), `${name}.${action} is code of its own`);
    }
  });

  Deno.test(`${name} names every action, guard and delay in its set-up`, () => {
    const { actions, guards, delays } = machine.implementations;
    for (const definition of definitionsOf(machine.root)) {
      for (const action of [...definition.entry, ...definition.exit]) {
        const type = actionName(action);
        assert(type === undefined || type in actions || type.startsWith("xstate."), `${type}`);
      }
      for (const transition of definition.transitions.values()) {
        for (const { actions: own, guard } of transition) {
          for (const action of own) {
            const type = actionName(action);
            assert(type !== undefined && (type in actions), `${definition.id}: ${type}`);
          }
          if (typeof guard === "string") assert(guard in guards, guard);
        }
      }
    }
    assert(Object.values(delays).every((delay) => ["function", "number"].includes(typeof delay)));
  });
}

Deno.test("isBuiltIn refuses a function of one's own", () => {
  assertEquals(isBuiltIn(() => {}), false);
  assertEquals(isBuiltIn(Object.assign(() => {}, { type: "mine" })), false);
});

Deno.test("machines: every file of the folder that makes a machine is tested here", () => {
  const makers = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name)
    .filter((name) => Deno.readTextFileSync(new URL(name, FOLDER)).includes(".createMachine("));
  assertEquals(makers.length, Object.keys(MACHINES).length);
});

type Node =
  | typeof vrrpInstance.root
  | typeof system.root
  | typeof worker.root
  | typeof syncGroup.root
  | typeof scriptTracker.root
  | typeof fileTracker.root
  | typeof processTracker.root;

function definitionsOf(root: { readonly states: object }): Node[] {
  const nodes: Node[] = [];
  const visit = (node: Node) => {
    nodes.push(node);
    for (const child of Object.values(node.states)) visit(child as Node);
  };
  visit(root as Node);
  return nodes;
}

/** An action's name; undefined for what XState generates for `after` (an inline raise). */
function actionName(action: unknown): string | undefined {
  if (typeof action === "string") return action;
  if (typeof action === "function" && "type" in action) return String(action.type);
  if (typeof action === "object" && action !== null && "type" in action) return String(action.type);
  return undefined;
}
