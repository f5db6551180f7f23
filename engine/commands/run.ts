/**
 * `stayd run`: the daemon, or a test of its configuration.
 *
 * @module
 */
import { adviser } from "../config/advice/advice.ts";
import { frontEndFor } from "../config/front_ends.ts";
import type { LoadParts } from "../config/load.ts";
import { configTest } from "./check.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";
import { HELP, readRunOptions, type RunOptions } from "./run_options.ts";
import type { RunContext } from "./run_context.ts";
import { printSignal } from "./signal_numbers.ts";
import { VERSION } from "./version.ts";

/**
 * Reads the command line and runs; returns the exit status. `runAlone` runs everything in one
 * process; absent: that cannot be.
 */
export async function runCommand(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
  runAlone?: (context: RunContext) => Promise<number>,
): Promise<number> {
  const options = readRunOptions(args);
  if ("wrong" in options) {
    for (const text of options.wrong) complain(`stayd: ${text}\n`);
    complain("Try 'stayd --help'.\n");
    return EXIT_CONFIG;
  }
  if (options.showHelp) return print(HELP), EXIT_OK;
  if (options.showVersion) return print(`stayd ${VERSION}\n`), EXIT_OK;
  if (options.signum !== undefined) return printSignal(options.signum, print, complain);
  if (options.single && !runAlone) {
    complain("stayd: --single is an option of cli.ts\n");
    return EXIT_CONFIG;
  }
  const loadParts = await loadPartsOf(options);
  if (options.test) return configTest(options.configFile, print, complain, loadParts);
  // Only now: a test needs nothing of the daemon.
  const { runDaemon } = await import("./daemon.ts");
  const runs = options.single ? runAlone : undefined;
  return await runDaemon(options, loadParts, complain, runs);
}

async function loadPartsOf({ configId, format }: RunOptions): Promise<LoadParts> {
  const frontEnd = await frontEndFor(format);
  return { frontEnd, advise: adviser(), ...(configId === undefined ? {} : { configId }) };
}
