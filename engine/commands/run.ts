/**
 * `stayd run`: the daemon. The parent process owns the configuration and the root actor, and keeps
 * the child processes alive; with `--single` it does everything itself.
 *
 * @module
 */
import { writePidFile } from "../../net/sys/file.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { capabilities, detachStandardInput } from "../../net/sys/process.ts";
import { adviser } from "../config/advice/advice.ts";
import { frontEndFor } from "../config/front_ends.ts";
import { systemSource } from "../config/system_source.ts";
import { formatDiagnostic, type LoadParts, loadWith } from "../config/load.ts";
import { Log } from "../log.ts";
import { openLogOutput } from "../log_output.ts";
import { configTest } from "./check.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK, EXIT_PERMISSION } from "./exit_codes.ts";
import { HELP, readRunOptions, type RunOptions } from "./run_options.ts";
import type { RunContext } from "./run_context.ts";
import { runParent } from "./run_parent.ts";
import { runSingle } from "./run_single.ts";
import { VERSION } from "./version.ts";

/** Reads the command line and runs; returns the exit status. */
export async function runCommand(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const options = readRunOptions(args);
  if ("wrong" in options) {
    for (const text of options.wrong) complain(`stayd: ${text}\n`);
    complain("Try 'stayd --help'.\n");
    return EXIT_CONFIG;
  }
  if (options.showHelp) return print(HELP), EXIT_OK;
  if (options.showVersion) return print(`stayd ${VERSION}\n`), EXIT_OK;
  if (options.test) {
    return configTest(options.configFile, print, complain, await loadOptionsOf(options));
  }
  detachStandardInput();
  const missing = missingCapabilities();
  if (missing.length > 0) {
    complain(
      `stayd: missing ${missing.join(" and ")}: run it as root, or give them with ` +
        `'setcap ${missing.join(",").toLowerCase()}+ep' on the program, or with systemd's ` +
        `AmbientCapabilities=${missing.join(" ")}\n`,
    );
    return EXIT_PERMISSION;
  }
  return await run(options);
}

async function run(options: RunOptions): Promise<number> {
  const startedAtMs = monotonicMs();
  const { detailed, useSyslog } = options;
  const log = new Log(openLogOutput({ detailed, useSyslog, pid: Deno.pid }), monotonicMs);
  log.note("info", `Starting stayd ${VERSION}, configuration ${options.configFile}`);
  const loadOptions = await loadOptionsOf(options);
  const context: RunContext = {
    options,
    log,
    startedAtMs,
    load: () => loadWith(options.configFile, systemSource, loadOptions),
    complain: (diagnostics) => {
      for (const diagnostic of diagnostics) {
        log.note(diagnostic.severity, formatDiagnostic(diagnostic));
      }
    },
  };
  using files = new DisposableStack();
  if (options.pidFile !== undefined) {
    const pidFile = writePidFile(options.pidFile);
    if ("error" in pidFile) {
      log.note("error", `Cannot write pid file ${options.pidFile}: ${pidFile.error}`);
      return EXIT_FATAL;
    }
    files.use(pidFile);
  }
  const status = await (options.single ? runSingle(context) : runParent(context));
  log.note("info", "Stopped");
  return status;
}

async function loadOptionsOf({ configId, format }: RunOptions): Promise<LoadParts> {
  const frontEnd = await frontEndFor(format);
  return { frontEnd, advise: adviser(), ...(configId === undefined ? {} : { configId }) };
}

/** What VRRP cannot do without: raw sockets and changing addresses. */
function missingCapabilities(): string[] {
  const held = capabilities();
  return (["CAP_NET_RAW", "CAP_NET_ADMIN"] as const).filter((name) => !held.has(name));
}
