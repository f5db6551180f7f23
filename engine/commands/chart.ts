/**
 * `stayd chart`: prints the state chart of a machine.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { AnyStateMachine } from "xstate";
import { fileTracker } from "../../machines/file_tracker.ts";
import { checker } from "../../machines/checker.ts";
import { loadBalancer } from "../../machines/load_balancer.ts";
import { shelf } from "../../machines/shelf.ts";
import { realServer } from "../../machines/real_server.ts";
import { processTracker } from "../../machines/process_tracker.ts";
import { scriptTracker } from "../../machines/script_tracker.ts";
import { syncGroup } from "../../machines/sync_group.ts";
import { system } from "../../machines/system.ts";
import { virtualServer } from "../../machines/virtual_server.ts";
import { bfdSession } from "../../machines/bfd_session.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { vrrpMirror } from "../../machines/vrrp_mirror.ts";
import { worker } from "../../machines/worker.ts";
import { chartJson } from "../chart.ts";
import { chartMermaid } from "../chart_mermaid.ts";
import { chartSvg } from "../chart_svg.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";

/** A machine that can be drawn. */
export interface Drawable {
  readonly machine: AnyStateMachine;
  /** What it is, in a few words. */
  readonly about: string;
}

/** Every machine, by the name of its file. */
export const MACHINES: Readonly<Record<string, Drawable>> = {
  system: { machine: system, about: "the root: reads, reloads and stops" },
  worker: { machine: worker, about: "the supervisor of a child process" },
  vrrp_instance: { machine: vrrpInstance, about: "one virtual router (RFC 9568 §6.4)" },
  sync_group: { machine: syncGroup, about: "instances that are active together" },
  file_tracker: { machine: fileTracker, about: "a tracked file" },
  process_tracker: { machine: processTracker, about: "tracked processes of one kind" },
  script_tracker: { machine: scriptTracker, about: "a tracked script" },
  bfd_session: { machine: bfdSession, about: "one BFD session (RFC 5880 §6.8)" },
  load_balancer: { machine: loadBalancer, about: "all virtual servers" },
  shelf: { machine: shelf, about: "some of them" },
  virtual_server: { machine: virtualServer, about: "one virtual server: quorum, sorry server" },
  real_server: { machine: realServer, about: "one real server and its checks" },
  checker: { machine: checker, about: "one check: its pace and its verdicts" },
  vrrp_mirror: { machine: vrrpMirror, about: "the parent's view of a remote instance" },
};

type Draw = (machine: AnyStateMachine) => string | Promise<string>;
const FORMATS: Readonly<Record<string, Draw>> = {
  mermaid: chartMermaid,
  json: chartJson,
  svg: chartSvg,
};

const USAGE = `Usage: stayd chart [--format ${Object.keys(FORMATS).join("|")}] [MACHINE]`;

/** Runs the subcommand; without a machine it lists them. Returns the exit status. */
export async function chartCommand(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const unknown: string[] = [];
  const options = parseArgs(args, {
    string: ["format"],
    boolean: ["help"],
    alias: { format: "f", help: "h" },
    default: { format: "mermaid" },
    unknown: (arg: string) => {
      if (arg.startsWith("-")) unknown.push(arg);
      return !arg.startsWith("-");
    },
  });
  if (options.help === true) {
    print(`${USAGE}\n\n${list()}`);
    return EXIT_OK;
  }
  const draw = FORMATS[String(options.format)];
  const [name, ...more] = options._;
  if (!draw || unknown.length > 0 || more.length > 0) {
    const what = draw ? [...unknown, ...more].join(" ") : `format ${options.format}`;
    complain(`stayd chart: cannot understand ${what}\n${USAGE}\n`);
    return EXIT_CONFIG;
  }
  if (name === undefined) {
    print(list());
    return EXIT_OK;
  }
  const drawable = Object.hasOwn(MACHINES, name) ? MACHINES[name] : undefined;
  if (!drawable) {
    const known = Object.keys(MACHINES).join(", ");
    complain(`stayd chart: unknown machine ${name}: known are ${known}\n`);
    return EXIT_FATAL;
  }
  print(await draw(drawable.machine));
  return EXIT_OK;
}

function list(): string {
  const names = Object.keys(MACHINES);
  const width = Math.max(...names.map(({ length }) => length));
  return names.map((name) => `${name.padEnd(width)}  ${MACHINES[name]?.about}\n`).join("");
}
