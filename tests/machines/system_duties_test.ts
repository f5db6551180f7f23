/**
 * The root actor where virtual servers are of its duties, or its child's.
 *
 * @module
 */
import { isNeeded } from "../../machines/system_rules.ts";
import { assertEquals } from "@std/assert";
import { createActor } from "xstate";
import { loadBalancer } from "../../machines/load_balancer.ts";
import { shelf } from "../../machines/shelf.ts";
import {
  system,
  type SystemCommand,
  type SystemFact,
  type SystemInput,
} from "../../machines/system.ts";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import {
  worker,
  type WorkerCommand,
  type WorkerFact,
  type WorkerInput,
} from "../../machines/worker.ts";
import { loadServer } from "../engine/config/lvs/texts.ts";
import { VirtualTime } from "../virtual_time.ts";
import { lvsMachine } from "./lvs_world.ts";
import { recordingDoor, taken } from "./machine_runner.ts";
import { instanceConfig, wholeConfig } from "./vrrp_config.ts";

const { server: SERVER } = loadServer({});
const SERVERS = SERVER ? [SERVER] : [];
const A = instanceConfig({ name: "A", vrid: 1 });

function root(input: SystemInput) {
  const lines: string[] = [];
  const { clock } = new VirtualTime();
  const io = recordingDoor<SystemCommand, SystemInput, SystemFact>(lines, () => "root", String);
  const tellers: ((fact: WorkerFact) => void)[] = [];
  const workerIo = recordingDoor<WorkerCommand, WorkerInput, WorkerFact>(
    lines,
    ({ name }) => name,
    ({ type }) => type,
    (_command, tell) => tellers.push(tell),
  );
  const machine = system.provide({
    actors: {
      io,
      worker: worker.provide({ actors: { io: workerIo } }),
      loadBalancer: loadBalancer.provide({
        actors: {
          shelf: shelf.provide({
            actors: {
              virtualServer: lvsMachine({
                ofService: (command, { config }) => lines.push(`${config.name}: ${command.type}`),
                ofServer: () => {},
                ofCheck: () => {},
              }),
            },
          }),
        },
      }),
    },
  });
  const actor = createActor(machine, { clock, input }).start();
  taken(lines);
  return {
    lines: () => taken(lines).filter((line) => !line.startsWith("root:")),
    load: (virtualServers: readonly VirtualServerConfig[], change = {}) => {
      const config = { ...wholeConfig([A]), virtualServers, ...change };
      actor.send({ type: "CONFIG_LOADED", config });
    },
    stop: () => actor.send({ type: "STOP_REQUESTED" }),
    tellWorker: (fact: WorkerFact) => tellers.at(-1)?.(fact),
    children: () => actor.getSnapshot().context.children,
    state: () => actor.getSnapshot().value,
  };
}

Deno.test("system with the duty of virtual servers: they start, change and end; no instance does", () => {
  const { lines, load, stop, children, state } = root({
    workers: [],
    duties: ["lvs"],
    tracks: false,
  });
  load([]);
  assertEquals(children(), []);
  load(SERVERS);
  assertEquals(children(), ["balancer"]);
  assertEquals(lines(), ["[192.0.2.1]:tcp:80: SHOW", "[192.0.2.1]:tcp:80: REPORT"]);
  load(SERVERS);
  assertEquals(lines(), []);
  load(SERVERS.map((each) => ({ ...each, scheduler: "wrr" })));
  assertEquals(lines(), ["[192.0.2.1]:tcp:80: SHOW"]);
  load([]);
  assertEquals(lines(), ["[192.0.2.1]:tcp:80: CLEAR", "[192.0.2.1]:tcp:80: REPORT"]);
  load(SERVERS);
  lines();
  stop();
  assertEquals(lines(), ["[192.0.2.1]:tcp:80: CLEAR"]);
  assertEquals([children(), state()], [[], "stopped"]);
});

Deno.test("system without the duty of virtual servers: none start", () => {
  const { lines, load, children } = root({ workers: [], duties: [], tracks: false });
  load(SERVERS);
  assertEquals([lines(), children()], [[], []]);
});

const SYNC = { interface: "eth0" };
/** What is loaded one after the other; what becomes of the process of checks. */
const CHILD: [name: string, loads: (readonly [typeof SERVERS, boolean])[], expected: string[][]][] =
  [
    ["nothing to do", [[[], false]], [[]]],
    ["virtual servers", [[SERVERS, false]], [["check: opened", "check: SPAWN"]]],
    ["only a sync daemon", [[[], true]], [["check: opened", "check: SPAWN"]]],
    ["from a reload on", [[[], false], [SERVERS, false]], [[], ["check: opened", "check: SPAWN"]]],
    [
      "kept when there is nothing to do any more",
      [[SERVERS, false], [[], false]],
      [["check: opened", "check: SPAWN"], ["check: DELIVER"]],
    ],
  ];
for (const [name, loads, expected] of CHILD) {
  Deno.test(`system with a process of checks: ${name}`, () => {
    const { lines, load, tellWorker } = root({ workers: ["check"], tracks: false });
    const { global } = wholeConfig();
    const seen = loads.map(([servers, hasSync]) => {
      const lvs = { ...global.lvs, ...hasSync && { syncDaemon: SYNC } };
      load(servers, { global: { ...global, lvs }, vrrpInstances: [] });
      const each = lines();
      tellWorker({ type: "READY" });
      return each;
    });
    assertEquals(seen, expected);
  });
}

/** Whether there is a process of virtual routers, by what is configured besides. */
const ROUTERS: [
  name: string,
  change: Partial<ReturnType<typeof wholeConfig>>,
  expected: boolean,
][] = [
  ["nothing at all", {}, true],
  ["only virtual servers", { virtualServers: SERVERS }, false],
  ["an instance, too", { virtualServers: SERVERS, vrrpInstances: [A] }, true],
];
for (const [name, change, expected] of ROUTERS) {
  Deno.test(`system with a process of virtual routers: ${name}`, () => {
    assertEquals(isNeeded("vrrp", { ...wholeConfig(), ...change }), expected);
  });
}
