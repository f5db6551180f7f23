/**
 * Finds the subcommand. Each is loaded only when it is asked for, so that none slows another's
 * start.
 *
 * @module
 */
import { EXIT_CONFIG } from "./exit_codes.ts";
import { type Command, perform, type Stream } from "./perform.ts";
import type { RunContext } from "./run_context.ts";

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => {
    const { runCommand } = await import("./run.ts");
    return (args, print, complain) => runCommand(args, print, complain, runAlone);
  },
  check: async () => (await import("./check.ts")).checkCommand,
  fmt: async () => (await import("./fmt.ts")).fmtCommand,
  convert: async () => (await import("./convert.ts")).convertCommand,
  "show-config": async () => (await import("./show_config.ts")).showConfigCommand,
  schema: async () => (await import("./schema.ts")).schemaCommand,
  chart: async () => (await import("./chart.ts")).chartCommand,
  digest: async () => (await import("./digest.ts")).digestCommand,
  bfd: async () => (await import("./bfd.ts")).bfdCommand,
  simulate: async () => (await import("./simulate.ts")).simulateCommand,
};

/** Runs the program with these arguments; returns the exit status. */
export async function dispatch(
  args: readonly string[],
  out?: Stream,
  err?: Stream,
): Promise<number> {
  const [first = "", ...rest] = args;
  if (first === "--child=check") return (await import("./check_child.ts")).checkChild(rest);
  if (first === "--child=vrrp") return (await import("./vrrp_child.ts")).vrrpChild(rest);
  // keepalived's words for it.
  if (first === "--genhash" || first === "-T") return await dispatch(["digest", ...rest], out, err);
  if (first === "help") return await dispatch(["--help"], out, err);
  const isOption = first === "" || first.startsWith("-");
  const load = COMMANDS[isOption ? "run" : first];
  const command = load ? await load() : unknown(first);
  return await perform(command, isOption ? args : rest, out, err);
}

function unknown(name: string): Command {
  return (_args, _print, complain) => {
    complain(`stayd: unknown command ${name}: known are ${Object.keys(COMMANDS).join(", ")}\n`);
    return EXIT_CONFIG;
  };
}

/** Everything in one process needs all there is: it is loaded only for this. */
async function runAlone(context: RunContext): Promise<number> {
  const { runSingle } = await import("./run_single.ts");
  return await runSingle(context);
}
