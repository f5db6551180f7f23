/**
 * The `check` child process: virtual servers and their checks, on a loop that shares its thread
 * with the runtime. Nothing that it does can delay VRRP. It takes its configuration from the parent
 * on descriptor 3 and leaves in order when that closes.
 *
 * @module
 */
import type { Actor } from "xstate";
import { Links } from "../../net/links.ts";
import type { system, SystemFact } from "../../machines/system.ts";
import { Channel } from "../../net/sys/channel.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { exitNow, setProcessName } from "../../net/sys/process.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { Clock } from "../clock.ts";
import { CoarseWaiter } from "../coarse_waiter.ts";
import { createLocalRoot } from "../compose.ts";
import { ServiceTeller } from "../status/service_teller.ts";
import { probingChecks } from "../io/checks.ts";
import { openDataPlane } from "../io/data_plane.ts";
import { ChildIo } from "../io/child_io.ts";
import { CHANNEL_FD } from "../io/worker_io.ts";
import type { ChildMessage } from "../ipc.ts";
import { Journal } from "../journal.ts";
import { Log } from "../log.ts";
import { Loop } from "../loop.ts";
import { LvsEngine } from "../lvs_engine.ts";
import { ProcessAdopter } from "./adopt_process.ts";
import { followChildSignals } from "./child_signals.ts";
import { EXIT_BUG, EXIT_OK } from "./exit_codes.ts";
import { JOURNAL_FLAG, KEEP_FLAG } from "./child_flags.ts";

/**
 * Messages that may wait for a parent that does not read, in octets; beyond it they are dropped.
 */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;

const FLUSH_MS = 1;
/** So long the parent may take to hear the last reports. */
const LAST_WORDS_MS = 1_000;

/** Runs until the parent says stop or dies. Never returns. */
export async function checkChild(args: readonly string[]): Promise<never> {
  setProcessName("stayd: check");
  const child = new CheckChild(args.includes(JOURNAL_FLAG), args.includes(KEEP_FLAG));
  try {
    await child.run();
  } catch (error) {
    child.crash(error);
  }
  return exitNow(EXIT_OK);
}

/** Everything of the process. */
class CheckChild {
  readonly #channel = new Channel(CHANNEL_FD, QUEUE_BYTES_MAX);
  readonly #reactor = new Reactor();
  readonly #waiter = new CoarseWaiter(this.#reactor, monotonicMs);
  readonly #clock = new Clock(this.#waiter.now);
  readonly #log = new Log(
    (level, text) => this.#send({ type: "LOG", level, text }),
    () => this.#clock.now(),
  );
  readonly #journal = new Journal(
    () => this.#clock.now(),
    (lines) => this.#send({ type: "JOURNAL", lines }),
  );
  readonly #adopter = new ProcessAdopter("check", this.#log, this.#clock, undefined);
  readonly #links = Links.open();
  readonly #engine: LvsEngine;
  readonly #root: Actor<typeof system>;
  readonly #teller = new ServiceTeller(() => this.#root.getSnapshot());
  readonly #loop: Loop;
  #flushTimer: number | undefined;

  constructor(journals: boolean, keepsAtStop: boolean) {
    this.#engine = new LvsEngine({
      clock: this.#clock,
      links: this.#links,
      openChecks: probingChecks(this.#reactor),
      log: this.#log,
      notify: (notice) => this.#send({ type: "LVS_NOTICE", notice }),
      onTimeoutsFound: (timeouts) => this.#send({ type: "TIMEOUTS_FOUND", timeouts }),
      keepsAtStop,
      open: openDataPlane,
    });
    this.#waiter.isShared = this.#engine.isShared;
    this.#root = createLocalRoot(
      { ...this.#engine.doors, system: (_, tell) => this.#openSystem(tell) },
      { clock: this.#clock, ...(journals && { inspect: this.#journal.inspect }) },
    );
    this.#root.subscribe({ error: (error) => this.crash(error) });
    this.#loop = new Loop({
      waiter: this.#waiter,
      clock: this.#clock,
      tasks: [...this.#engine.tasks, this.#teller.run, this.#journal.flush, () => this.#flush()],
      onStall: () => {}, // A late check is no wrong one.
      mode: "cooperative",
    });
  }

  async run(): Promise<void> {
    this.#reactor.add(this.#links.eventFd, () => this.#links.readEvents());
    this.#root.start();
    await this.#loop.run();
    this.#engine.finish();
    const endMs = monotonicMs() + LAST_WORDS_MS;
    while (!this.#channel.flush() && monotonicMs() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    }
  }

  /** A bug of ours: say so, leave; the parent starts us again, and what is in the table stays. */
  crash(error: unknown): never {
    this.#log.bug(error, 0);
    this.#channel.flush();
    exitNow(EXIT_BUG);
  }

  #send(message: ChildMessage): boolean {
    return this.#channel.send(JSON.stringify(message));
  }

  /** A thousand reports do not fit the kernel's buffer: the rest follows as the parent reads. */
  #flush(): false {
    if (this.#flushTimer !== undefined || this.#channel.flush()) return false;
    this.#flushTimer = this.#clock.setTimeout(() => {
      this.#flushTimer = undefined;
    }, FLUSH_MS);
    return false;
  }

  #openSystem(tell: (fact: SystemFact) => void): ChildIo {
    const io = new ChildIo({
      channel: this.#channel,
      now: () => this.#clock.now(),
      onConfigure: (config, predecessor) => {
        this.#adopter.adopt(config.global);
        this.#engine.configure(config, predecessor);
      },
      onInstances: (states) => {
        for (const [name, state] of Object.entries(states)) this.#engine.instance(name, state);
      },
      onInspect: (question) => {
        this.#teller.ask((status, isLast) =>
          this.#send({ type: "STATUS", question, status, isLast })
        );
      },
      onStopped: () => this.#loop.stop(),
      onTracked: (verdicts) => this.#engine.sessions.take(verdicts),
    }, tell);
    this.#reactor.add(CHANNEL_FD, io.read);
    followChildSignals(this.#reactor, tell, (message) => this.#send(message));
    return io;
  }
}

if (import.meta.main) await checkChild(Deno.args);
