/**
 * `stayd run --single`: configuration and virtual routers in one process, for tests and small
 * set-ups. The same code as in two, on a loop that shares its thread with the runtime.
 *
 * @module
 */
import { Links } from "../../net/links.ts";
import { AppendFile } from "../../net/sys/file.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import type { Verdicts } from "../../machines/standing.ts";
import { sessionVerdict } from "../../machines/bfd_rules.ts";
import type { SystemFact } from "../../machines/system_facts.ts";
import { Clock } from "../clock.ts";
import { LinkPoller } from "../io/link_poller.ts";
import { probingChecks } from "../io/checks.ts";
import { openDataPlane } from "../io/data_plane.ts";
import { SystemIo } from "../io/system_io.ts";
import { openTrackerDoors } from "../io/tracker_doors.ts";
import { SystemOutside } from "../io/system_outside.ts";
import { Journal } from "../journal.ts";
import { Lifecycle } from "../lifecycle/lifecycle.ts";
import { Loop } from "../loop.ts";
import { LvsEngine } from "../lvs_engine.ts";
import { Notifier } from "../notify/notifier.ts";
import { ScriptRunner } from "../scripts/script_runner.ts";
import { Dumper } from "../status/dumper.ts";
import { ServiceTeller } from "../status/service_teller.ts";
import { trackedOf } from "../status/tracked.ts";
import { type Answered, Questions } from "../status/questions.ts";
import { type Receiver, StatusTeller } from "../status/status_teller.ts";
import { VrrpEngine } from "../vrrp_engine.ts";
import { EXIT_BUG, EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";
import { adoptFileMode, type RunContext } from "./run_context.ts";
import { onSignals } from "./signals.ts";

/** How long the last notifications are waited for. */
const LAST_SCRIPTS_MS = 1_000;

/** Runs until the daemon is told to stop; returns the exit status. */
export async function runSingle(context: RunContext): Promise<number> {
  using single = new Single(context);
  return await single.run();
}

/** Everything of the process. */
class Single implements Disposable {
  readonly #context: RunContext;
  readonly #resources = new DisposableStack();
  readonly #reactor = this.#resources.use(new Reactor());
  readonly #clock = new Clock(monotonicMs);
  readonly #links = this.#resources.use(Links.open());
  readonly #scripts = this.#resources.use(new ScriptRunner(this.#reactor));
  readonly #notifier: Notifier;
  readonly #linkPoller: LinkPoller;
  readonly #balancer: LvsEngine;
  readonly #engine: VrrpEngine;
  readonly #teller: StatusTeller;
  readonly #services = new ServiceTeller(() => this.#engine.root.getSnapshot());
  readonly #dumper: Dumper;
  readonly #lifecycle: Lifecycle;
  readonly #loop: Loop;
  #status = EXIT_OK;

  constructor(context: RunContext) {
    this.#context = context;
    const { log } = context;
    const parts = { clock: this.#clock, log };
    this.#notifier = this.#resources.use(new Notifier({ starter: this.#scripts, ...parts }));
    const journal = this.#openJournal();
    this.#balancer = this.#resources.use(
      new LvsEngine({
        ...parts,
        links: this.#links,
        openChecks: probingChecks(this.#reactor),
        notify: (notice) => this.#notifier.lvs(notice),
        open: openDataPlane,
        keepsAtStop: context.options.keepsIpvs,
      }),
    );
    this.#engine = new VrrpEngine({
      ...parts,
      lvsDoors: this.#balancer.doors,
      outside: this.#resources.use(
        new SystemOutside(this.#reactor, this.#clock, this.#links),
      ),
      openSystem: (_, tell) => this.#openSystem(tell),
      trackers: openTrackerDoors(
        { starter: this.#scripts, reactor: this.#reactor, ...parts },
        this.#resources,
      ),
      onReport: (id, name, report) => {
        this.#notifier.report(id, report);
        if (report.type !== "REPORT") return;
        this.#lifecycle.instance(name, report.state);
        this.#balancer.instance(name, report.state);
      },
      onGroup: (name, state) => this.#notifier.group(name, state),
      onSession: (report, verdict) => {
        this.#notifier.session(report);
        if (verdict) this.#balancer.sessions.take(sessionVerdict(report, verdict));
      },
      onFailure: (error) => this.#fail(error),
      ...(journal && { inspect: journal.inspect }),
    });
    const onNews = (news: Verdicts) => this.#engine.heed(news);
    this.#linkPoller = this.#resources.use(new LinkPoller({ ...parts, onNews }));
    this.#lifecycle = this.#resources.use(
      new Lifecycle({
        ...parts,
        starter: this.#scripts,
        reactor: this.#reactor,
        reload: () => this.#engine.root.send({ type: "RELOAD_REQUESTED" }),
        pidPaths: context.options.pidPaths,
        workers: [],
        isWell: () => true, // Whoever asks lives.
        onRefused: () => this.#stop(EXIT_FATAL),
      }),
    );
    this.#teller = new StatusTeller(this.#engine);
    this.#dumper = new Dumper({
      log,
      ask: (clears, then) => this.#ask((receive) => this.#teller.ask(clears, receive), then),
      askChecks: (then) => this.#ask((receive) => this.#services.ask(receive), then),
      tracked: () => trackedOf(this.#engine.root.getSnapshot()),
      pidOf: () => Deno.pid,
    });
    this.#loop = this.#makeLoop(journal);
  }

  async run(): Promise<number> {
    this.#reactor.add(this.#links.eventFd, () => this.#links.readEvents());
    this.#resources.use(this.#obeySignals());
    try {
      this.#engine.root.start();
      this.#engine.flushAll(); // What was decided before the loop turns.
      await this.#loop.run();
      this.#balancer.finish();
    } catch (error) {
      this.#fail(error);
    }
    return this.#status;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  #stop(status: number): void {
    this.#status = status;
    this.#loop.stop();
  }

  #fail(error: unknown): void {
    this.#context.log.bug(error, this.#engine.releaseAllNow());
    this.#status = EXIT_BUG;
    this.#loop.stop();
  }

  #makeLoop(journal: Journal | undefined): Loop {
    return new Loop({
      waiter: this.#reactor,
      clock: this.#clock,
      tasks: [
        ...this.#engine.tasks,
        ...this.#balancer.tasks,
        this.#teller.run,
        this.#services.run,
        () => journal?.flush() ?? false,
      ],
      onStall: (lateMs) => {
        this.#context.log.stalled(lateMs);
        this.#engine.tellOfStall(lateMs);
      },
      mode: "cooperative",
    });
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
        this.#scripts.rules = config.global.scripts;
        this.#notifier.configure(config);
        this.#linkPoller.configure(config);
        this.#dumper.configure(config);
        this.#engine.configure(config);
        this.#balancer.configure(config);
      },
      onStopped: (failed) => {
        if (failed && this.#status === EXIT_OK) this.#status = EXIT_CONFIG;
        this.#engine.end();
        this.#notifier.whenIdle(
          LAST_SCRIPTS_MS,
          () => this.#lifecycle.finish(() => this.#loop.stop()),
        );
      },
    }, tell);
  }

  /** The answer comes in pieces, as from another process. */
  #ask(asks: (receive: Receiver) => boolean, then: Answered): void {
    const questions = new Questions();
    const question = questions.add(then);
    if (!asks((piece, isLast) => questions.take(question, piece, isLast))) questions.giveUp();
  }

  #obeySignals(): Disposable {
    const { earlySignals: early, options: { ignoresInterrupt } } = this.#context;
    const { root } = this.#engine;
    return onSignals({
      reload: () => root.send({ type: "RELOAD_REQUESTED" }),
      stop: () => {
        this.#lifecycle.stopping();
        root.send({ type: "STOP_REQUESTED" });
      },
      dump: (what) => this.#dumper.dump(what),
      wake: () => this.#reactor.wake(),
    }, { early, reactor: this.#reactor, ignoresInterrupt });
  }

  /** The journal, if one is wanted. */
  #openJournal(): Journal | undefined {
    const { journalFile } = this.#context.options;
    if (journalFile === undefined) return undefined;
    const file = this.#resources.use(new AppendFile(journalFile));
    return new Journal(() => this.#clock.now(), (lines) => file.write(lines));
  }
}
