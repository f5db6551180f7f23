/**
 * The daemon's life as others see it: pid files, scripts at start and at the end, the service
 * manager, the file that is there while a configuration is read.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import { isNeeded } from "../../machines/system_rules.ts";
import type { VrrpState } from "../../machines/vrrp_facts.ts";
import { getenv, removeFile, writeFileAtomically } from "../../net/sys/file.ts";
import { monotonicMs, realtimeMs, SyscallError } from "../../net/sys/libc.ts";
import { FileWatch } from "../io/file_watch.ts";
import type { Waits } from "../io/reading.ts";
import { runAwaited, type ScriptParts } from "./awaited_script.ts";
import { markerPath } from "./marker.ts";
import { PidFiles, type PidOwner, type PidPaths } from "./pid_files.ts";
import { ReloadTimer } from "./reload_timer.ts";
import { ServiceManager } from "./service_manager.ts";
import { statusLine } from "./status_line.ts";

/** What a life is made of. */
export interface LifecycleOptions extends ScriptParts {
  readonly pidPaths: PidPaths;
  /** Processes that must be ready before the daemon is; none: it is when it runs. */
  readonly workers: readonly string[];
  /** Whether the processes answer, for the watchdog; asked each time it is due. */
  readonly isWell: () => boolean;
  readonly reactor: Waits;
  /** Asks for a reload. */
  readonly reload: () => void;
  /** It cannot begin: another one runs. */
  readonly onRefused: () => void;
}

/** Least time between two lines of status. */
const STATUS_MS = 1_000;

/** The life of one daemon. */
export class Lifecycle implements Disposable {
  readonly #options: LifecycleOptions;
  readonly #service: ServiceManager;
  readonly #pidFiles: PidFiles;
  readonly #watch: FileWatch;
  readonly #reloadTimer: ReloadTimer;
  readonly #awaited = new Set<string>();
  readonly #states = new Map<string, VrrpState>();
  #config: Config | undefined;
  #marker: string | undefined;
  #isStatusDue = false;
  #isOver = false;
  /** When it began its work: start-up delays count from then. */
  startedAtMs: number = monotonicMs();

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#pidFiles = new PidFiles(options.pidPaths, options.log);
    const { reactor, clock, log, reload } = options;
    this.#watch = new FileWatch(reactor, clock);
    this.#reloadTimer = new ReloadTimer({
      watch: this.#watch,
      clock,
      log,
      unixMs: realtimeMs,
      reload,
    });
    const [NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID] = [
      getenv("NOTIFY_SOCKET"),
      getenv("WATCHDOG_USEC"),
      getenv("WATCHDOG_PID"),
    ];
    const environment = { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID };
    this.#service = new ServiceManager(environment, Deno.pid, monotonicMs);
    this.#watchDog();
  }

  /** The configuration is about to be read. */
  reading(): void {
    if (this.#config) this.#service.reloading();
    const path = this.#config && markerPath(this.#config.global);
    if (path === undefined) return;
    this.#try(`write ${path}`, () => writeFileAtomically(path, "", 0o644));
    this.#marker = path;
  }

  /** It was read. `proceed` goes on: at start, after what comes first. */
  prepare(config: Config, proceed: () => void): void {
    const isFirst = this.#config === undefined;
    this.#config = config;
    this.#reloadTimer.configure(config.global.reload);
    if (!isFirst) return proceed();
    if (!this.#pidFiles.claim(config.global.place)) return this.#options.onRefused();
    const { startup, startupTimeoutMs } = config.global.scripts;
    const begin = () => {
      if (this.#isOver) return;
      this.startedAtMs = monotonicMs();
      proceed();
    };
    if (!startup) return begin();
    const run = { script: startup, timeoutMs: startupTimeoutMs };
    runAwaited(this.#options, "startup", run, begin);
  }

  /** It has errors: the one before stays. */
  rejected(): void {
    this.#finishReading();
  }

  /** It was handed to every process. */
  applied(): void {
    const config = this.#config;
    for (const name of this.#options.workers) {
      if (config && isNeeded(name, config)) this.#awaited.add(name);
    }
    if (this.#awaited.size === 0) this.#finishReading();
  }

  /** A child was started. */
  spawned(owner: PidOwner, pid: number): void {
    this.#pidFiles.child(owner, pid);
  }

  /** A child runs the configuration. */
  ready(name: string): void {
    if (this.#awaited.delete(name) && this.#awaited.size === 0) this.#finishReading();
  }

  /** An instance became something. */
  instance(name: string, state: VrrpState): void {
    if (state === "initialize") this.#states.delete(name);
    else this.#states.set(name, state);
    if (this.#isStatusDue) return;
    this.#isStatusDue = true;
    this.#options.clock.setTimeout(() => {
      this.#isStatusDue = false;
      if (!this.#isOver) this.#service.status(statusLine([...this.#states.values()]));
    }, STATUS_MS);
  }

  /** It is told to stop. */
  stopping(): void {
    this.#service.stopping();
  }

  /** Everything is released: `then` ends the process, after what comes last. */
  finish(then: () => void): void {
    this.#isOver = true;
    this.#service.stopping();
    const { shutdown, shutdownTimeoutMs } = this.#config?.global.scripts ?? {};
    if (!shutdown || shutdownTimeoutMs === undefined) return then();
    const run = { script: shutdown, timeoutMs: shutdownTimeoutMs };
    runAwaited(this.#options, "shutdown", run, then);
  }

  /** Its files go. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#removeMarker();
    this.#pidFiles[Symbol.dispose]();
    this.#reloadTimer[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
  }

  #finishReading(): void {
    this.#removeMarker();
    if (!this.#isOver) this.#service.ready();
  }

  #removeMarker(): void {
    const path = this.#marker;
    if (path === undefined) return;
    this.#marker = undefined;
    this.#try(`remove ${path}`, () => removeFile(path));
  }

  #watchDog(): void {
    const { watchdogMs } = this.#service;
    if (watchdogMs === undefined) return;
    const { clock, isWell } = this.#options;
    clock.setTimeout(() => {
      if (this.#isOver) return;
      if (isWell()) this.#service.watchdog();
      this.#watchDog();
    }, watchdogMs);
  }

  #try(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#options.log.note("warning", `Cannot ${what}: ${error.message}`);
    }
  }
}
