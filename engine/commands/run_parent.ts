/**
 * The parent process: configuration, root actor, supervision, logs. Nothing that it does can delay
 * VRRP, which lives in a child.
 *
 * @module
 */
import type { Actor } from "xstate";
import { AppendFile } from "../../net/sys/file.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { ownArguments, setProcessName } from "../../net/sys/process.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import type { system, SystemFact } from "../../machines/system.ts";
import { type SessionReport, sessionVerdict } from "../../machines/bfd_rules.ts";
import type { Verdict, Verdicts } from "../../machines/standing.ts";
import type { VrrpReport, VrrpState } from "../../machines/vrrp_facts.ts";
import type { WorkerFact, WorkerInput } from "../../machines/worker.ts";
import { Clock } from "../clock.ts";
import { createParentRoot } from "../compose.ts";
import { LinkPoller } from "../io/link_poller.ts";
import { openTrackerDoors } from "../io/tracker_doors.ts";
import { SystemIo } from "../io/system_io.ts";
import { WorkerIo } from "../io/worker_io.ts";
import { Journal } from "../journal.ts";
import { Lifecycle } from "../lifecycle/lifecycle.ts";
import { Loop } from "../loop.ts";
import { Notifier } from "../notify/notifier.ts";
import { ScriptRunner } from "../scripts/script_runner.ts";
import { Dumper } from "../status/dumper.ts";
import { NO_STATUS } from "../status/process_status.ts";
import { trackedOf } from "../status/tracked.ts";
import type { Answered } from "../status/questions.ts";
import { EXIT_BUG, EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";
import { JOURNAL_FLAG, KEEP_FLAG } from "./child_flags.ts";
import { adoptFileMode, type RunContext } from "./run_context.ts";
import { followSignal, onSignals, type SignalHandlers } from "./signals.ts";

/**
 * The child's V8: a small heap pauses little, and 4 MB for young objects are collected less often
 * in a takeover of thousands of addresses than 1 MB, which takes 7 % longer. Code is compiled
 * before it first runs, and kept when it was not run for days: that of a takeover, half as long so.
 */
const CHILD_V8_FLAGS = [
  "--max-semi-space-size=4",
  "--max-old-space-size=512",
  "--always-sparkplug",
  "--no-flush-bytecode",
  "--expose-gc",
].join(",");

/**
 * A pattern that backtracks without end is searched for otherwise (checkers/body_pattern.ts). And
 * 2 MB for young objects: more of them would be memory that is touched for the first time while
 * thousands of virtual servers begin, 20 MB in all.
 */
const CHECK_V8_FLAGS = [
  "--enable-experimental-regexp-engine-on-excessive-backtracks",
  "--max-semi-space-size=2",
].join(",");
/** XState's modules rather than its CommonJS, which loads what the runtime has of Node first. */
const CHECK_OPTIONS = ["--conditions=module", `--v8-flags=${CHECK_V8_FLAGS}`];
/** Our name in the journal. */
const OWN = "parent";
/** The child processes. */
const WORKERS = ["vrrp", "check"];

/** How long the last notifications are waited for. */
const LAST_SCRIPTS_MS = 1_000;

/** Runs until the daemon is told to stop; returns the exit status. */
export async function runParent(context: RunContext): Promise<number> {
  using parent = new Parent(context);
  return await parent.run();
}

/** Everything of the process. */
class Parent implements Disposable {
  readonly #context: RunContext;
  readonly #resources = new DisposableStack();
  readonly #reactor = this.#resources.use(new Reactor());
  readonly #clock = new Clock(monotonicMs);
  readonly #scripts = this.#resources.use(new ScriptRunner(this.#reactor));
  readonly #notifier: Notifier;
  readonly #links: LinkPoller;
  readonly #dumper: Dumper;
  readonly #handlers: SignalHandlers = {
    reload: () => this.#root.send({ type: "RELOAD_REQUESTED" }),
    stop: () => {
      this.#lifecycle.stopping();
      this.#root.send({ type: "STOP_REQUESTED" });
    },
    dump: (what) => this.#dumper.dump(what),
    wake: () => this.#reactor.wake(),
  };
  readonly #journal: AppendFile | undefined;
  readonly #loop: Loop;
  readonly #root: Actor<typeof system>;
  readonly #workers = new Map<string, WorkerIo>();
  /** What virtual routers are, by name. */
  readonly #instances = new Map<string, VrrpState>();
  readonly #lifecycle: Lifecycle;
  /** What checks are to know of BFD sessions. */
  #sessions: Verdicts = {};
  #status = EXIT_OK;

  constructor(context: RunContext) {
    this.#context = context;
    const { journalFile } = context.options;
    if (journalFile !== undefined) this.#journal = this.#resources.use(new AppendFile(journalFile));
    this.#notifier = this.#resources.use(
      new Notifier({ starter: this.#scripts, clock: this.#clock, log: context.log }),
    );
    this.#links = this.#resources.use(
      new LinkPoller({
        clock: this.#clock,
        log: context.log,
        onNews: (verdicts) =>
          this.#root.send({ type: "TRACKED", verdicts, atMs: this.#clock.now() }),
      }),
    );
    this.#dumper = new Dumper({
      log: context.log,
      ask: (clears, then) => inspect(this.#workers.get("vrrp"), clears, then),
      askChecks: (then) => inspect(this.#workers.get("check"), false, then),
      tracked: () => trackedOf(this.#root.getSnapshot()),
      pidOf: (name) => this.#workers.get(name)?.pid,
    });
    const file = this.#journal;
    const journal = file && new Journal(() => this.#clock.now(), (lines) => file.write(lines), OWN);
    this.#lifecycle = this.#resources.use(
      new Lifecycle({
        starter: this.#scripts,
        clock: this.#clock,
        log: context.log,
        reactor: this.#reactor,
        reload: () => this.#root.send({ type: "RELOAD_REQUESTED" }),
        pidPaths: context.options.pidPaths,
        workers: WORKERS,
        isWell: () => Array.from(this.#workers.values(), (each) => each.isWell()).every(Boolean),
        onRefused: () => this.#stop(EXIT_FATAL),
      }),
    );
    this.#loop = new Loop({
      waiter: this.#reactor,
      clock: this.#clock,
      tasks: journal ? [journal.flush] : [],
      onStall: () => {}, // Nothing here is urgent.
      mode: "cooperative",
    });
    this.#root = createParentRoot(
      {
        system: (_, tell) => this.#openSystem(tell),
        worker: (input, tell) => this.#openWorker(input, tell),
        ...openTrackerDoors(
          {
            starter: this.#scripts,
            reactor: this.#reactor,
            clock: this.#clock,
            log: context.log,
          },
          this.#resources,
        ),
      },
      WORKERS,
      { clock: this.#clock, ...(journal && { inspect: journal.inspect }) },
    );
  }

  async run(): Promise<number> {
    this.#root.subscribe({
      error: (error) => {
        const trace = error instanceof Error ? error.stack : String(error);
        this.#context.log.note("error", `Bug: ${trace}`);
        this.#stop(EXIT_BUG);
      },
    });
    const { earlySignals: early, options: { ignoresInterrupt } } = this.#context;
    this.#resources.use(
      onSignals(this.#handlers, { early, reactor: this.#reactor, ignoresInterrupt }),
    );
    this.#root.start();
    await this.#loop.run();
    return this.#status;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  /** Ends the loop; the first bad status stays. */
  #stop(status: number): void {
    if (this.#status === EXIT_OK) this.#status = status;
    this.#loop.stop();
    this.#reactor.wake();
  }

  #openSystem(tell: (fact: SystemFact) => void): SystemIo {
    const { log, load, complain } = this.#context;
    return new SystemIo({
      log,
      load,
      complain,
      now: monotonicMs,
      lifecycle: this.#lifecycle,
      onLoaded: (config) => {
        adoptFileMode(config.global.files);
        if (config.global.processName !== undefined) setProcessName(config.global.processName);
        this.#scripts.rules = config.global.scripts;
        this.#notifier.configure(config);
        this.#links.configure(config);
        this.#dumper.configure(config);
      },
      onStopped: (failed) =>
        this.#notifier.whenIdle(
          LAST_SCRIPTS_MS,
          () => this.#lifecycle.finish(() => this.#stop(failed ? EXIT_CONFIG : EXIT_OK)),
        ),
    }, tell);
  }

  #childCommand(name: string): string[] {
    const { keepsIpvs } = this.#context.options;
    return [
      ...childCommand(name),
      ...(this.#journal ? [JOURNAL_FLAG] : []),
      ...(name === "check" && keepsIpvs ? [KEEP_FLAG] : []),
    ];
  }

  #report(id: string, name: string, report: VrrpReport): void {
    this.#notifier.report(id, report);
    if (report.type !== "REPORT") return;
    this.#instances.set(name, report.state);
    this.#lifecycle.instance(name, report.state);
    this.#workers.get("check")?.tellInstance(name, report.state);
  }

  #openWorker(input: WorkerInput, tell: (fact: WorkerFact) => void): WorkerIo {
    const journal = this.#journal;
    const io = new WorkerIo(
      {
        reactor: this.#reactor,
        log: this.#context.log,
        clock: this.#clock,
        startedAtMs: () => this.#lifecycle.startedAtMs,
        command: this.#childCommand(input.name),
        journal: journal && ((lines) => journal.write(lines)),
        onState: (id, state) => this.#root.send({ type: "INSTANCE_REPORTED", id, state }),
        ...(input.name === "check" && { instances: this.#instances }),
        onLvsNotice: (notice) => this.#notifier.lvs(notice),
        onReport: (id, name, report) => this.#report(id, name, report),
        onGroup: (name, state) => this.#notifier.group(name, state),
        onSession: (report, verdict) => this.#takeSession(report, verdict),
        sessions: () => input.name === "check" ? this.#sessions : {},
        onSignal: (signal) => followSignal(signal, this.#handlers),
        onSpawned: (pid) => this.#lifecycle.spawned(input.name === "vrrp" ? "vrrp" : "check", pid),
        onReady: () => this.#lifecycle.ready(input.name),
        onRefused: (exitCode) => {
          this.#status = exitCode;
        },
      },
      input,
      tell,
    );
    this.#workers.set(input.name, io);
    return io;
  }

  /** Sessions live where virtual routers do; checks hear of them from here. */
  #takeSession(report: SessionReport, verdict: Verdict | undefined): void {
    this.#notifier.session(report);
    if (!verdict) return;
    const news = sessionVerdict(report, verdict);
    this.#sessions = { ...this.#sessions, ...news };
    this.#workers.get("check")?.tellSessions(news);
  }
}

/** Asks a process what it is; there may be none. */
function inspect(worker: WorkerIo | undefined, clears: boolean, then: Answered): void {
  if (worker) worker.inspect(clears, then);
  else then(NO_STATUS);
}

/**
 * The command line of a child: this program again, with V8 flags of its own. Where it is no single
 * binary, the child's own file: before it runs any module, the runtime looks at all that a program
 * could ever load, and a child needs a third of them.
 */
function childCommand(name: string): string[] {
  const all = ownArguments();
  // What precedes our own arguments: the binary, or `deno run … cli.ts`.
  const program = all.slice(1, all.length - Deno.args.length);
  const run = program.indexOf("run");
  if (!Deno.build.standalone && run >= 0) {
    program.splice(-1, 1, import.meta.resolve(`./${name}_child.ts`));
    program.splice(
      run + 1,
      0,
      "--no-prompt",
      ...name === "vrrp" ? [`--v8-flags=${CHILD_V8_FLAGS}`] : CHECK_OPTIONS,
    );
  }
  return ["/proc/self/exe", ...program, `--child=${name}`];
}
