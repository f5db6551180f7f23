/**
 * Virtual servers in virtual time: real machines, servers that answer as told, and a line for every
 * change of the table.
 *
 * @module
 */
import { createActor } from "xstate";
import { changesBetween, type PlannedService, plannedServices } from "../../engine/io/ipvs_plan.ts";
import type { CheckVerdict } from "../../machines/check_rules.ts";
import {
  checker,
  type CheckerCommand,
  type CheckerFact,
  type CheckerPort,
} from "../../machines/checker.ts";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import type { KnownServers } from "../../machines/quorum_rules.ts";
import {
  realServer,
  type RealServerCommand,
  type RealServerFact,
  type RealServerInput,
} from "../../machines/real_server.ts";
import {
  virtualServer,
  type VirtualServerCommand,
  type VirtualServerFact,
  type VirtualServerInput,
} from "../../machines/virtual_server.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import { VirtualTime } from "../virtual_time.ts";
import { recordingDoor } from "./machine_runner.ts";

/** What a server answers, by the port that a check connects to and the page it asks for. */
export type Answers = (port: number, index: number) => CheckVerdict["outcome"] | CheckVerdict;

/** A virtual server in its world. */
export interface LvsWorld {
  readonly time: VirtualTime;
  /** `0.00 add 192.0.2.2:80 w=1`, and reports. */
  readonly lines: string[];
  readonly tell: (fact: VirtualServerFact) => void;
  readonly isDone: () => boolean;
  /** What the table has, sorted: `192.0.2.2:80 w=1`. */
  readonly servers: () => string[];
  /** Asked so far: `9011#0`. */
  readonly asked: string[];
}

/** Who hears the commands of the machines. */
export interface LvsHooks {
  readonly ofService: (
    command: VirtualServerCommand,
    input: VirtualServerInput,
    tell: (fact: VirtualServerFact) => void,
  ) => void;
  readonly ofServer: (command: RealServerCommand, input: RealServerInput) => void;
  readonly ofCheck: (
    command: CheckerCommand,
    tell: (fact: CheckerFact) => void,
    port: CheckerPort,
  ) => void;
}

/** The machine of a virtual server, with all below it. */
export function lvsMachine({ ofService, ofServer, ofCheck }: LvsHooks): typeof virtualServer {
  const silent = () => "";
  const virtualIo = recordingDoor<VirtualServerCommand, VirtualServerInput, VirtualServerFact>(
    [],
    silent,
    silent,
    (command, tell, input) => ofService(command, input, tell),
  );
  const realIo = recordingDoor<RealServerCommand, RealServerInput, RealServerFact>(
    [],
    silent,
    silent,
    (command, _tell, input) => ofServer(command, input),
  );
  const checkIo = recordingDoor<CheckerCommand, CheckerPort, CheckerFact>(
    [],
    silent,
    silent,
    ofCheck,
  );
  const servers = realServer.provide({
    actors: { io: realIo, checker: checker.provide({ actors: { io: checkIo } }) },
  });
  return virtualServer.provide({ actors: { io: virtualIo, realServer: servers } });
}

/** Starts one. */
export function lvsWorld(
  config: VirtualServerConfig,
  answers: Answers,
  known?: KnownServers,
): LvsWorld {
  const time = new VirtualTime();
  const lines: string[] = [];
  const asked: string[] = [];
  const note = (what: string) => lines.push(`${(time.nowMs / 1_000).toFixed(2)} ${what}`);
  let table: PlannedService[] = [];
  const show = (wanted: PlannedService[]) => {
    for (const change of changesBetween(table, wanted)) note(describe(change));
    table = wanted;
  };
  const machine = lvsMachine({
    ofService: (command) => {
      if (command.type === "SHOW") show(plannedServices(command.config, command.destinations));
      else if (command.type === "CLEAR") show([]);
      else note(`quorum ${command.hasQuorum ? "gained" : "lost"} (${command.livingWeight})`);
    },
    ofServer: (command, { id }) => {
      if (command.type === "REPORT") note(`${id} is ${command.isUp ? "up" : "down"}`);
    },
    ofCheck: (command, tell, { check }) => {
      if (command.type !== "PROBE") return;
      const port = "connection" in check ? check.connection.port : 0;
      asked.push(`${(time.nowMs / 1_000).toFixed(2)} ${port}#${command.index}`);
      const answer = answers(port, command.index);
      const verdict = typeof answer === "string" ? { outcome: answer, tookMs: 0 } : answer;
      time.clock.setTimeout(() => tell({ type: "VERDICT", ...verdict }), verdict.tookMs);
    },
  });
  const actor = createActor(machine, {
    clock: time.clock,
    input: { config, isStrict: known === undefined, ...(known && { known }) },
  }).start();
  return {
    time,
    lines,
    asked,
    tell: (fact) => actor.send(fact),
    servers: () =>
      table.flatMap(({ destinations }) =>
        destinations.map(({ ip, port, weight }) => `${ip}:${port} w=${weight}`)
      ).sort(),
    isDone: () => actor.getSnapshot().status === "done",
  };
}

function describe(change: IpvsChange): string {
  const verb = change.type.replace(/(Service|Destination)$/, "");
  if (!("destination" in change)) return `${verb} service`;
  const { ip, port, weight } = change.destination;
  return verb === "delete" ? `delete ${ip}:${port}` : `${verb} ${ip}:${port} w=${weight}`;
}
