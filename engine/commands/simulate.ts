/**
 * `stayd simulate`: runs a cluster in simulated time and tells what happened.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { SyscallError } from "../../net/sys/libc.ts";
import { readFile, writeFileAtomically } from "../../net/sys/file.ts";
import { encodeCapture } from "../sim/pcap.ts";
import { runScenario } from "../sim/run.ts";
import type { ReadyScenario } from "../sim/scenario.ts";
import { parseScenario, prepareScenario, type Wrong } from "../sim/scenario_file.ts";
import { SCENARIOS } from "../sim/scenarios.ts";
import { describeRoles, describeVerdict } from "../sim/story.ts";
import { formatEntry, Timeline } from "../sim/timeline.ts";
import { Transcript } from "../sim/transcript.ts";
import type { CapturedFrame, World } from "../sim/world.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";

type Print = (text: string) => void;

const FILE_BYTES_MAX = 16 * 1024 * 1024;
const CAPTURE_MODE = 0o644;
const SEED_DEFAULT = 1;
const NAME_DEFAULT = "failover";
const HELP = `Usage: stayd simulate [OPTIONS] [NAME | FILE]

Runs a built-in scenario, or one from a JSON file, in simulated time with the real code.

      --list         print the built-in scenarios
      --json         print the built-in scenario NAME as JSON, to begin one of your own with
      --seed N       seed of chance: losses, delays
      --transcript   print every event of every virtual router
      --pcap FILE    write all frames for Wireshark
  -h, --help         print this

Exit status: 0 all invariants held, 1 one was broken, 2 wrong scenario or options.
`;

interface Options {
  readonly target: string;
  readonly lists: boolean;
  readonly json: boolean;
  readonly helps: boolean;
  readonly transcript: boolean;
  readonly seed?: number;
  readonly pcapFile?: string;
}

/** Runs the subcommand; returns the exit status. */
export function simulateCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
): Promise<number> {
  return Promise.resolve(simulate(args, print, complain));
}

function simulate(args: readonly string[], print: Print, complain: Print): number {
  const options = readOptions(args);
  if ("wrong" in options) return refuse(options, complain);
  if (options.helps) print(HELP);
  else if (options.lists) print(listScenarios());
  else if (options.json) return printJson(options.target, print, complain);
  else {
    const scenario = findScenario(options.target);
    if ("wrong" in scenario) return refuse(scenario, complain);
    const { seed } = options;
    return run(seed === undefined ? scenario : { ...scenario, seed }, options, print, complain);
  }
  return EXIT_OK;
}

function refuse({ wrong }: Wrong, complain: Print): number {
  for (const text of wrong) complain(`stayd simulate: ${text}\n`);
  return EXIT_CONFIG;
}

function readOptions(args: readonly string[]): Options | Wrong {
  const wrong: string[] = [];
  const parsed = parseArgs(args, {
    boolean: ["list", "json", "transcript", "help"],
    string: ["seed", "pcap"],
    alias: { h: "help" },
    unknown: (arg) => {
      if (arg.startsWith("-")) wrong.push(`unknown option ${arg}`);
      return true;
    },
  });
  const { seed, pcap, _: targets } = parsed;
  if (targets.length > 1) wrong.push("more than one scenario");
  const number = seed === undefined ? undefined : Number(seed);
  if (number !== undefined && (seed === "" || !Number.isSafeInteger(number) || number < 0)) {
    wrong.push("--seed needs a number");
  }
  if (pcap === "") wrong.push("--pcap needs a file");
  if (wrong.length > 0) return { wrong };
  return {
    target: String(targets[0] ?? NAME_DEFAULT),
    lists: parsed.list === true,
    json: parsed.json === true,
    helps: parsed.help === true,
    transcript: parsed.transcript === true,
    ...(number !== undefined && { seed: number }),
    ...(typeof pcap === "string" && { pcapFile: pcap }),
  };
}

function listScenarios(): string {
  const width = Math.max(...Object.keys(SCENARIOS).map((name) => name.length));
  return Object.entries(SCENARIOS)
    .map(([name, { title }]) => `${name.padEnd(width)}  ${title}\n`).join("");
}

function printJson(target: string, print: Print, complain: Print): number {
  const scenario = Object.hasOwn(SCENARIOS, target) ? SCENARIOS[target] : undefined;
  if (!scenario) return refuse({ wrong: [`${target}: no built-in scenario`] }, complain);
  print(`${JSON.stringify(scenario, undefined, 2)}\n`);
  return EXIT_OK;
}

function findScenario(target: string): ReadyScenario | Wrong {
  const known = Object.hasOwn(SCENARIOS, target) ? SCENARIOS[target] : undefined;
  if (known) return prepareScenario(known);
  let bytes: Uint8Array;
  try {
    bytes = readFile(target, FILE_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const names = Object.keys(SCENARIOS).join(", ");
    return { wrong: [`${target}: no built-in scenario (${names}), and no file: ${error.message}`] };
  }
  const scenario = parseScenario(new TextDecoder().decode(bytes));
  if (!("wrong" in scenario)) return scenario;
  return { wrong: scenario.wrong.map((text) => `${target}: ${text}`) };
}

function run(scenario: ReadyScenario, options: Options, print: Print, complain: Print): number {
  let world: World | undefined;
  const printLine = (line: string) => print(`${line}\n`);
  const frames: CapturedFrame[] = [];
  const timeline = new Timeline(
    () => world,
    options.transcript ? undefined : (entry) => printLine(formatEntry(entry)),
  );
  const transcript = new Transcript(() => world?.agenda.now() ?? 0);
  printLine(scenario.title);
  printLine("");
  const outcome = runScenario(scenario, {
    watchers: options.transcript ? [timeline, transcript] : [timeline],
    ...(options.pcapFile !== undefined && { capture: (frame) => frames.push(frame) }),
    onCreated: (created) => void (world = created),
  });
  transcript.lines.forEach(printLine);
  printLine("");
  describeRoles(outcome.world).forEach(printLine);
  printLine("");
  describeVerdict(outcome.violation, scenario.seed ?? SEED_DEFAULT).forEach(printLine);
  if (options.pcapFile !== undefined && !writeCapture(options.pcapFile, frames, complain)) {
    return EXIT_FATAL;
  }
  return outcome.violation ? EXIT_FATAL : EXIT_OK;
}

function writeCapture(path: string, frames: readonly CapturedFrame[], complain: Print): boolean {
  try {
    writeFileAtomically(path, encodeCapture(frames), CAPTURE_MODE);
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    complain(`stayd simulate: ${error.message}\n`);
    return false;
  }
}
