/**
 * The `vrrp` child process: a synchronous loop at real-time priority that runs every virtual
 * router. It takes its configuration from the parent on descriptor 3 and leaves in order when that
 * closes.
 *
 * @module
 */
import { Links } from "../../net/links.ts";
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import { Channel } from "../../net/sys/channel.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import type { SystemFact } from "../../machines/system.ts";
import { exitNow, lockFileMaps, setProcessName } from "../../net/sys/process.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { deferHelperThreads, restartRealtimeCount } from "../../net/sys/scheduling.ts";
import { SessionPractice } from "../bfd_warm_up.ts";
import { Clock } from "../clock.ts";
import { collectGarbage, collectYoungGarbage } from "../garbage.ts";
import { ChildIo } from "../io/child_io.ts";
import { PracticeRoom } from "../io/practice_room.ts";
import { SystemOutside } from "../io/system_outside.ts";
import { CHANNEL_FD } from "../io/worker_io.ts";
import type { ChildMessage, Predecessor } from "../ipc.ts";
import { Journal } from "../journal.ts";
import { Log } from "../log.ts";
import { Loop } from "../loop.ts";
import { StatusTeller } from "../status/status_teller.ts";
import { VrrpEngine } from "../vrrp_engine.ts";
import { Rehearsal, representatives, ROUND_COUNT_BRIEF, ROUND_COUNT_FULL } from "../warm_up.ts";
import { ProcessAdopter } from "./adopt_process.ts";
import { followChildSignals } from "./child_signals.ts";
import { JOURNAL_FLAG } from "./child_flags.ts";
import { EXIT_BUG, EXIT_OK } from "./exit_codes.ts";

/**
 * Messages that may wait for a parent that does not read, in octets; beyond it they are dropped.
 */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;

/** A round of sessions takes longer than one of routers. */
const SESSION_ROUND_SHARE = 10;
/** The kernel needs less practice than V8, and takes longer for it. */
const KERNEL_ROUND_SHARE = 20;
/** An instance with so many addresses is practised as such, too: loops are code of their own. */
const MANY_ADDRESSES = 256;
const MANY_ROUND_COUNT = 3;
/** Pairs of routers that practise beside the one that is kept. */
const OTHER_PAIRS_COUNT = 3;

/** Runs until the parent says stop or dies. Never returns. */
export async function vrrpChild(args: readonly string[]): Promise<never> {
  setProcessName("stayd: vrrp");
  const child = new VrrpChild(args.includes(JOURNAL_FLAG));
  try {
    await child.run();
  } catch (error) {
    child.crash(error);
  }
  return exitNow(EXIT_OK);
}

/** Everything of the process. */
class VrrpChild {
  readonly #channel = new Channel(CHANNEL_FD, QUEUE_BYTES_MAX);
  readonly #reactor = new Reactor();
  readonly #clock = new Clock(monotonicMs);
  readonly #log = new Log(
    (level, text) => this.#send({ type: "LOG", level, text }),
    () => this.#clock.now(),
  );
  readonly #journal = new Journal(
    () => this.#clock.now(),
    (lines) => this.#send({ type: "JOURNAL", lines }),
  );
  readonly #room = PracticeRoom.open(this.#clock);
  readonly #links = Links.open();
  readonly #engine: VrrpEngine;
  readonly #teller: StatusTeller;
  readonly #loop: Loop;
  #rehearsal: Rehearsal | undefined;
  #adopter: ProcessAdopter | undefined;

  constructor(journals: boolean) {
    this.#engine = new VrrpEngine({
      outside: new SystemOutside(this.#reactor, this.#clock, this.#links),
      clock: this.#clock,
      log: this.#log,
      openSystem: (_, tell) => this.#openSystem(tell),
      onReport: (id, name, report) => this.#send({ type: "REPORT", id, name, report }),
      onGroup: (name, state) => this.#send({ type: "GROUP_REPORT", name, state }),
      onSession: (report, verdict) =>
        this.#send({ type: "SESSION_REPORT", report, ...(verdict && { verdict }) }),
      onFailure: (error) => this.crash(error),
      // Not even an empty inspector otherwise: it costs more than a takeover.
      ...(journals && { inspect: this.#journal.inspect }),
    });
    this.#teller = new StatusTeller(this.#engine);
    this.#loop = new Loop({
      waiter: this.#reactor,
      clock: this.#clock,
      tasks: [
        ...this.#engine.tasks,
        this.#teller.run,
        this.#journal.flush,
        () => this.#finishTurn(),
      ],
      onStall: (lateMs) => {
        this.#log.stalled(lateMs);
        this.#engine.tellOfStall(lateMs);
      },
      mode: "blocking",
      rehearsal: {
        full: () => this.#rehearse(),
        brief: () => this.#rehearseBriefly(),
        recover: () => {
          this.#rehearsal?.recover();
          collectYoungGarbage();
        },
      },
    });
  }

  async run(): Promise<void> {
    this.#reactor.add(this.#links.eventFd, () => this.#links.readEvents());
    deferHelperThreads();
    lockFileMaps(); // Program text that was paged out would make a takeover wait for a disk.
    this.#engine.root.start();
    await this.#loop.run();
    this.#channel.flush();
  }

  /** A bug of ours: release what is held, say so, leave; the parent starts us again. */
  crash(error: unknown): never {
    this.#log.bug(error, this.#engine.releaseAllNow());
    this.#channel.flush();
    exitNow(EXIT_BUG);
  }

  #send(message: ChildMessage): boolean {
    return this.#channel.send(JSON.stringify(message));
  }

  #openSystem(tell: (fact: SystemFact) => void): ChildIo {
    const io = new ChildIo({
      channel: this.#channel,
      now: () => this.#clock.now(),
      onConfigure: (config, predecessor) => this.#configure(config, predecessor),
      onTracked: (verdicts) => this.#engine.heed(verdicts),
      onInspect: (question, clears) => {
        this.#teller.ask(clears, (status, isLast) => {
          this.#send({ type: "STATUS", question, status, isLast });
        });
      },
      onStopped: () => {
        this.#engine.end();
        this.#loop.stop();
      },
    }, tell);
    this.#reactor.add(CHANNEL_FD, io.read);
    followChildSignals(this.#reactor, tell, (message) => this.#send(message));
    return io;
  }

  #configure(config: Config, predecessor: Predecessor | undefined): void {
    // Whoever resumes has no time to lose.
    const resumes = (predecessor?.active.length ?? 0) > 0;
    const roundCount = resumes ? ROUND_COUNT_BRIEF : ROUND_COUNT_FULL;
    if (!this.#rehearsal) {
      this.#rehearsal = prepare(this.#room, config, roundCount);
      SessionPractice.like(config)?.warmUp(roundCount / SESSION_ROUND_SHARE);
      if (!resumes) collectGarbage(); // Of reading and practice: not in the middle of a takeover.
      restartRealtimeCount(); // On a slow machine the practice alone takes longer than the limit.
    }
    this.#engine.configure(config);
    const { global } = config;
    const { realtimePriority } = global.vrrpProcess;
    this.#adopter ??= new ProcessAdopter("vrrp", this.#log, this.#clock, realtimePriority);
    this.#adopter.adopt(global);
  }

  #rehearse(): boolean {
    const losesSession = this.#clock.prepareNext();
    if (losesSession !== undefined) return losesSession;
    if (this.#engine.backupCount === 0) return false;
    this.#rehearsal?.rehearse();
    this.#engine.rehearse();
    return true;
  }

  #rehearseBriefly(): boolean {
    const losesSession = this.#clock.prepareNext();
    if (losesSession !== undefined) return losesSession;
    this.#engine.rehearse();
    return this.#engine.backupCount > 0;
  }

  #finishTurn(): false {
    this.#channel.flush();
    this.#rehearsal?.recover();
    return false;
  }
}

/**
 * Practises every shape of instance; what is kept rehearses the first one. Several pairs of routers
 * take turns, so that V8 does not compile for the objects of one of them.
 */
function prepare(room: PracticeRoom | undefined, config: Config, roundCount: number): Rehearsal {
  const instances = representatives(config);
  const kept = new Rehearsal(room, config, instances.slice(0, 1));
  const others = Array.from(
    { length: OTHER_PAIRS_COUNT },
    () => new Rehearsal(undefined, config, instances),
  );
  for (let round = 0; round < roundCount; round++) {
    for (const rehearsal of others) rehearsal.warmUp(1);
    if (round % KERNEL_ROUND_SHARE === 0) kept.warmUp(1);
  }
  const [largest] = config.vrrpInstances.toSorted((a, b) => addressCount(b) - addressCount(a));
  if (largest && addressCount(largest) >= MANY_ADDRESSES) {
    new Rehearsal(room, config, [largest], MANY_ADDRESSES).warmUp(MANY_ROUND_COUNT);
  }
  return kept;
}

function addressCount({ virtualAddresses, excludedAddresses }: VrrpInstanceConfig): number {
  return virtualAddresses.length + excludedAddresses.length;
}

if (import.meta.main) await vrrpChild(Deno.args);
