/**
 * The daemon. The parent process owns the configuration and the root actor, and keeps the child
 * processes alive; with `--single` it does everything itself.
 *
 * @module
 */
import { monotonicMs } from "../../net/sys/libc.ts";
import { capabilities, detachStandardInput } from "../../net/sys/process.ts";
import { Recollection } from "../config/recollection.ts";
import { formatDiagnostic, type LoadParts, type LoadResult, loadWith } from "../config/load.ts";
import { systemSource } from "../config/system_source.ts";
import { Log } from "../log.ts";
import { ConfigCopies } from "../lifecycle/config_copies.ts";
import { openLogOutput, syslogTag } from "../log_output.ts";
import { EXIT_PERMISSION } from "./exit_codes.ts";
import { NamespaceGate } from "./network_namespace.ts";
import type { RunContext } from "./run_context.ts";
import type { RunOptions } from "./run_options.ts";
import { runParent } from "./run_parent.ts";
import { catchEarlySignals } from "./signals.ts";
import { VERSION } from "./version.ts";

/** How it runs: with child processes, or alone. */
type Runs = (context: RunContext) => Promise<number>;

/** Runs until it is told to stop; returns the exit status. */
export async function runDaemon(
  options: RunOptions,
  loadParts: LoadParts,
  complain: (text: string) => void,
  runs: Runs = runParent,
): Promise<number> {
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
  return await run(options, loadParts, runs);
}

async function run(options: RunOptions, loadParts: LoadParts, runs: Runs): Promise<number> {
  const { detailed, useSyslog } = options;
  let tag = syslogTag({});
  const output = openLogOutput({ detailed, useSyslog, pid: Deno.pid, tag: () => tag });
  const log = new Log(output, monotonicMs);
  log.note("info", `Starting stayd ${VERSION}, configuration ${options.configFile}`);
  using files = new DisposableStack();
  using gate = new NamespaceGate(log);
  const copies = new ConfigCopies(systemSource, log);
  const parts = { ...loadParts, recollection: new Recollection() };
  const load = () => {
    const read = copies.keep(loadWith(options.configFile, copies.source, parts));
    const result = withOptions(read, options);
    if (result.config) tag = syslogTag(result.config.global.place);
    return gate.pass(result);
  };
  const context: RunContext = {
    options,
    earlySignals: catchEarlySignals(log, files),
    log,
    load,
    complain: (diagnostics) => {
      for (const diagnostic of diagnostics) {
        log.note(diagnostic.severity, formatDiagnostic(diagnostic));
      }
    },
  };
  const status = await runs(context);
  log.note("info", "Stopped");
  return status;
}

/** What VRRP cannot do without: raw sockets and changing addresses. */
function missingCapabilities(): string[] {
  const held = capabilities();
  return (["CAP_NET_RAW", "CAP_NET_ADMIN"] as const).filter((name) => !held.has(name));
}

/** What the command line says is stronger than the configuration. */
function withOptions(result: LoadResult, { umask, namespace }: RunOptions): LoadResult {
  const { config } = result;
  if (!config) return result;
  const { files, place } = config.global;
  const global = {
    ...config.global,
    files: umask === undefined ? files : { ...files, umask },
    place: namespace === undefined ? place : { ...place, namespace, usesPidDirectory: true },
  };
  return { ...result, config: { ...config, global } };
}
