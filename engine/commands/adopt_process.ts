/**
 * How a child process runs, by its configuration: name, niceness, processors, priority, limits.
 *
 * @module
 */
import type { ChildConfig, GlobalConfig } from "../../machines/global_config.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { setProcessName, setRealtimeLimit } from "../../net/sys/process.ts";
import {
  processors,
  setNiceness,
  setProcessors,
  setRealtimePriority,
} from "../../net/sys/process_settings.ts";
import { deferHelperThreads } from "../../net/sys/scheduling.ts";
import { type Clock, nothingToPrepare } from "../clock.ts";
import type { Log } from "../log.ts";

/** Names of children, ours and those that `process_names` asks for. */
const NAMES = {
  vrrp: ["stayd: vrrp", "keepalived_vrrp"],
  check: ["stayd: check", "keepalived_lvs"],
} as const;
/** Of a process at real-time priority that says nothing of a limit. */
const REALTIME_LIMIT_US = 1_000_000;

/**
 * The kernel counts for each thread since it slept last, and kills the process at once if one of
 * them is over a limit that was just set: so not while threads may still be at what the start gave
 * them to do, which takes seconds on slow machines.
 */
const LIMIT_AFTER_MS = 1_000;

/** Name of a child process. */
export type ChildName = keyof typeof NAMES;

/** Adopts what a configuration says, and again at each reload: only what changed is set. */
export class ProcessAdopter {
  readonly #name: ChildName;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #allProcessors = processors();
  #niceness = 0;
  #cpus = "";
  /** As the process was started. */
  #priority: number | undefined;

  constructor(name: ChildName, log: Log, clock: Clock, priority: number | undefined) {
    this.#name = name;
    this.#log = log;
    this.#clock = clock;
    this.#priority = priority;
  }

  /** Adopts it, the limit of a real-time process a little later; what is refused is logged. */
  adopt(global: GlobalConfig): void {
    const child: ChildConfig = this.#name === "vrrp" ? global.vrrpProcess : global.checkProcess;
    const [own, keepalived] = NAMES[this.#name];
    setProcessName(child.name ?? (global.namesProcesses ? keepalived : own));
    this.#adoptNiceness(child.niceness);
    this.#adoptProcessors(child.cpus);
    this.#adoptPriority(child.realtimePriority);
    this.#clock.setTimeout(() => this.#adoptLimit(child), LIMIT_AFTER_MS, nothingToPrepare);
  }

  #adoptLimit(child: ChildConfig): void {
    if (child.realtimePriority === undefined) return;
    const limitUs = child.realtimeLimitUs ?? REALTIME_LIMIT_US;
    // A limit can be lowered by anybody, but raised only with CAP_SYS_RESOURCE.
    this.#try("the real-time limit", () => setRealtimeLimit(limitUs, limitUs));
  }

  #adoptNiceness(niceness: number): void {
    if (niceness === this.#niceness) return;
    this.#niceness = niceness;
    this.#try("the nice value", () => setNiceness(niceness));
  }

  #adoptProcessors(cpus: readonly number[]): void {
    const text = cpus.join(" ");
    if (text === this.#cpus) return;
    this.#cpus = text;
    this.#try("the processors", () => setProcessors(cpus.length > 0 ? cpus : this.#allProcessors));
  }

  #adoptPriority(priority: number | undefined): void {
    if (priority === this.#priority) return;
    this.#priority = priority;
    this.#try("the real-time priority", () => {
      setRealtimePriority(priority);
      if (this.#name === "vrrp") deferHelperThreads();
    });
  }

  #try(what: string, set: () => void): void {
    try {
      set();
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#log.note("warning", `Cannot set ${what}: ${error.message}`);
    }
  }
}
