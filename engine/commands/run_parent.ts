/**
 * The parent process: configuration, root actor, supervision, logs. Nothing that it does can delay
 * VRRP, which lives in a child.
 *
 * @module
 */
import type { Actor } from "xstate";
import { AppendFile, writePidFile } from "../../net/sys/file.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { ownArguments } from "../../net/sys/process.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import type { system } from "../../machines/system.ts";
import { Clock } from "../clock.ts";
import { createParentRoot } from "../compose.ts";
import { SystemIo } from "../io/system_io.ts";
import { WorkerIo } from "../io/worker_io.ts";
import { Loop } from "../loop.ts";
import { EXIT_BUG, EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";
import type { RunContext } from "./run.ts";
import { onSignals } from "./signals.ts";
import { JOURNAL_FLAG } from "./vrrp_child.ts";

/**
 * The child's V8: a small heap pauses little, and code is kept though it was not run for days: that of
 * a takeover.
 */
const CHILD_V8_FLAGS = "--max-semi-space-size=1,--max-old-space-size=512,--no-flush-bytecode";

/** Runs until the daemon is told to stop; returns the exit status. */
export async function runParent(context: RunContext): Promise<number> {
  const { options, log, startedAtMs, load, complain } = context;
  using resources = new DisposableStack();
  const reactor = resources.use(new Reactor());
  const clock = new Clock(monotonicMs);
  const journal = options.journalFile === undefined
    ? undefined
    : resources.use(new AppendFile(options.journalFile));
  let status = EXIT_OK;
  const loop = new Loop({
    waiter: reactor,
    clock,
    tasks: [],
    onStall: () => {}, // Nothing here is urgent.
    mode: "cooperative",
  });
  const stop = (failed: boolean) => {
    if (failed && status === EXIT_OK) status = EXIT_CONFIG;
    loop.stop();
    reactor.wake();
  };
  let vrrpPidFile: Disposable | undefined;
  const root: Actor<typeof system> = createParentRoot(
    {
      system: (_, tell) =>
        new SystemIo({
          log,
          load,
          complain,
          now: monotonicMs,
          startedAtMs,
          onLoaded: () => {},
          onStopped: stop,
        }, tell),
      worker: (input, tell) =>
        new WorkerIo(
          {
            reactor,
            log,
            clock,
            startedAtMs,
            command: [...childCommand(input.name), ...(journal ? [JOURNAL_FLAG] : [])],
            journal: journal && ((lines) => journal.write(lines)),
            onState: (id, state) => root.send({ type: "INSTANCE_REPORTED", id, state }),
            onSpawned: (pid) => {
              vrrpPidFile?.[Symbol.dispose]();
              vrrpPidFile = openVrrpPidFile(context, pid);
            },
            onRefused: (exitCode) => {
              status = exitCode;
            },
          },
          input,
          tell,
        ),
    },
    ["vrrp"],
    { clock },
  );
  root.subscribe({
    error: (error) => {
      log.note("error", `Bug: ${error instanceof Error ? error.stack : error}`);
      status = EXIT_BUG;
      loop.stop();
      reactor.wake();
    },
  });
  resources.use(onSignals({
    reload: () => root.send({ type: "RELOAD_REQUESTED" }),
    stop: () => root.send({ type: "STOP_REQUESTED" }),
    wake: () => reactor.wake(),
  }));
  root.start();
  await loop.run();
  vrrpPidFile?.[Symbol.dispose]();
  return status;
}

function openVrrpPidFile({ options, log }: RunContext, pid: number): Disposable | undefined {
  if (options.vrrpPidFile === undefined) return undefined;
  const file = writePidFile(options.vrrpPidFile, pid);
  if (!("error" in file)) return file;
  log.note("error", `Cannot write pid file ${options.vrrpPidFile}: ${file.error}`);
  return undefined;
}

/** The command line of a child: this program again, with V8 flags of its own. */
function childCommand(name: string): string[] {
  const all = ownArguments();
  // What precedes our own arguments: the binary, or `deno run … cli.ts`.
  const program = all.slice(1, all.length - Deno.args.length);
  const run = program.indexOf("run");
  if (!Deno.build.standalone && run >= 0) {
    program.splice(run + 1, 0, "--no-prompt", `--v8-flags=${CHILD_V8_FLAGS}`);
  }
  return ["/proc/self/exe", ...program, `--child=${name}`];
}
