/**
 * Everything that serves virtual servers in one process: the doors of their machines, and what they
 * share: the balancer's table, the probes, the addresses of this machine.
 *
 * @module
 */
import type { Config } from "../machines/config.ts";
import type { LinkTable } from "../net/link_table.ts";
import type { Reactor } from "../net/sys/reactor.ts";
import { errnoName } from "../net/sys/constants.ts";
import type { Clock } from "./clock.ts";
import type { LvsDoors } from "./compose.ts";
import type { ProbeWorld } from "./io/check_probe.ts";
import { CheckerIo, type CheckerShared } from "./io/checker_io.ts";
import { IpvsKeeper, type IpvsTable } from "./io/ipvs_keeper.ts";
import { SessionBoard } from "./io/session_board.ts";
import { RealServerIo } from "./io/real_server_io.ts";
import { ProbeRunner } from "./io/probe_runner.ts";
import { probeWorldOf } from "./io/probe_world.ts";
import { VirtualServerIo, type VirtualServerShared } from "./io/virtual_server_io.ts";
import type { Log } from "./log.ts";
import type { Task } from "./loop.ts";
import { ScriptQueue } from "./notify/script_queue.ts";
import type { ScriptStarter } from "./scripts/script_runner.ts";

/** What an {@linkcode LvsEngine} is made of. */
export interface LvsEngineOptions {
  readonly reactor: Reactor;
  readonly clock: Clock;
  readonly links: LinkTable;
  readonly log: Log;
  /** Runs the programs that tell somebody. */
  readonly scripts: ScriptStarter;
  /** Opens the balancer's table; undefined where the kernel has none. Loads the kernel's module. */
  readonly open: () => (IpvsTable & Disposable) | undefined;
}

/** Changes that failed are tried again so much later. */
const RETRY_MS = 1_000;

/** The virtual servers of one process. */
export class LvsEngine implements Disposable {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #runner: ProbeRunner;
  readonly #open: LvsEngineOptions["open"];
  #table: (IpvsTable & Disposable) | undefined;
  #keeper: IpvsKeeper | undefined;
  #world: ProbeWorld | undefined;
  #retryTimer: number | undefined;
  readonly doors: LvsDoors;
  /** What checks know of BFD sessions. */
  readonly sessions: SessionBoard = new SessionBoard();
  /** For the end of every turn. */
  readonly tasks: readonly Task[];

  constructor({ reactor, clock, links, log, scripts, open }: LvsEngineOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#runner = new ProbeRunner(reactor, clock);
    this.#open = open;
    const shared: VirtualServerShared & CheckerShared = {
      log,
      queue: new ScriptQueue(scripts, clock, log),
      links,
      runner: this.#runner,
      keeper: () => this.#keeper,
      world: () => this.#worldNow(),
      sessions: this.sessions,
    };
    this.doors = {
      virtualServer: ({ config }, tell) => new VirtualServerIo(shared, config, tell),
      realServer: (input) => new RealServerIo(shared, input),
      checker: (port, tell) => new CheckerIo(shared, port, tell),
    };
    this.tasks = [() => this.#keeper?.runSlice() ?? false, this.#runner.turn];
  }

  /** A configuration that is about to be applied. */
  configure(config: Config): void {
    this.#world = probeWorldOf(config, this.#log);
    if (this.#keeper) return this.#keeper.refresh();
    // Only who balances needs a kernel that can.
    if (config.virtualServers.length === 0) return;
    this.#table = this.#open();
    if (this.#table) this.#keeper = this.#openKeeper(this.#table);
    else this.#log.note("error", "This kernel has no IPVS: servers are checked, but not served");
  }

  /** The process ends: the table becomes as it was decided last, programs that tell are started. */
  finish(): void {
    if (this.#retryTimer !== undefined) this.#clock.clearTimeout(this.#retryTimer);
    this.#keeper?.flush();
    this.#runner.turn();
  }

  /** Lets go of the table, which stays as it is. */
  [Symbol.dispose](): void {
    this.#table?.[Symbol.dispose]();
  }

  #worldNow(): ProbeWorld {
    if (!this.#world) throw new Error("Cannot check servers before there is a configuration");
    return this.#world;
  }

  #openKeeper(table: IpvsTable): IpvsKeeper {
    const keeper: IpvsKeeper = new IpvsKeeper(table, ({ type }, { errno, message }) => {
      const why = message === undefined ? "" : ` (${message})`;
      this.#log.note("error", `IPVS: ${type} failed: ${errnoName(errno)}${why}`);
      this.#retryTimer ??= this.#clock.setTimeout(() => {
        this.#retryTimer = undefined;
        keeper.retry();
      }, RETRY_MS);
    });
    return keeper;
  }
}
