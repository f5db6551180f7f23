/**
 * MISC_CHECK: a program of the operator judges, by its exit status.
 *
 * It runs in a process group of its own. When its time is over the whole group is asked to end, and
 * then made to.
 *
 * @module
 */
import type { Credentials } from "../net/sys/credentials.ts";
import { Fd } from "../net/sys/fd.ts";
import { check, cString, libc } from "../net/sys/libc.ts";
import { SIGKILL, SIGTERM } from "../net/sys/signals.ts";
import {
  type Exit,
  sendSignalToGroup,
  type Spawned,
  spawnScript,
  waitForExit,
} from "../net/sys/spawn.ts";
import {
  failed,
  type Finding,
  type ProbeContext,
  refusedByKernel,
  timed,
  undecided,
  type Verdict,
} from "./probe.ts";

/** What is run, and what its exit status means. */
export interface ScriptOptions {
  /** The program, as it is told its name, and its arguments; at least one. */
  readonly command: readonly string[];
  /** Where it is; default: its name is its path. */
  readonly path?: string;
  /** NAME=value; nothing is inherited. */
  readonly environment: readonly string[];
  /** Default: as who we are. */
  readonly credentials?: Credentials;
  readonly timeoutMs: number;
  /** Exit statuses from 2 on are the weight of the server, less 2. */
  readonly isDynamic: boolean;
}

/** After the request to end, until it is made to; then until it is given up. */
const KILL_MS = 2_000;
const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;

/** Runs the script once. */
export function probeScript(options: ScriptOptions, context: ProbeContext): Promise<Verdict> {
  return timed(context, async () => {
    if (context.signal.aborted) return undecided("stopped");
    let child: Spawned;
    try {
      child = start(options);
    } catch (error) {
      return refusedByKernel("script not started", error);
    }
    const { exit, why } = await new Run(child, options.timeoutMs, context).ended;
    if (why === "stopped") return undecided("stopped");
    if (why === "timed out") return failed("timed out", `after ${options.timeoutMs} ms`);
    return judgeExit(exit ?? {}, options.isDynamic);
  });
}

/** What the end of a script says. */
export function judgeExit({ exitCode, signal }: Exit, isDynamic: boolean): Finding {
  if (exitCode === undefined) return failed("script killed", `by signal ${signal}`);
  if (exitCode === 0) return { outcome: "passed", exitCode };
  if (!isDynamic || exitCode < 2) {
    return { ...failed("script failed", `exit status ${exitCode}`), exitCode };
  }
  return { outcome: "passed", exitCode, weight: { kind: "absolute", value: exitCode - 2 } };
}

function start({ command, path, environment, credentials }: ScriptOptions): Spawned {
  const flags = O_RDWR | O_CLOEXEC;
  using nowhere = new Fd(check("open /dev/null", libc.open(cString("/dev/null"), flags, 0)));
  return spawnScript({
    path: path ?? command[0] ?? "",
    args: command,
    env: environment,
    fds: [0, 1, 2].map((child) => ({ child, parent: nowhere.number })),
    newGroup: true,
    ...(credentials && { credentials }),
  });
}

/** How a run ended, and why it was made to; `exit` is absent if it could not be ended. */
interface End {
  readonly exit?: Exit;
  readonly why?: "timed out" | "stopped";
}

/** A running script, until it has ended. */
class Run {
  readonly #pid: number;
  readonly #pidfd: Fd;
  readonly #context: ProbeContext;
  readonly #stop = () => this.#endNow("stopped", SIGKILL);
  readonly #resolve: (end: End) => void;
  #timer: number | undefined;
  #why: "timed out" | "stopped" | undefined;
  #isKilled = false;
  /** Resolves when it has ended, or cannot be. */
  readonly ended: Promise<End>;

  constructor({ pid, pidfd }: Spawned, timeoutMs: number, context: ProbeContext) {
    this.#pid = pid;
    this.#pidfd = new Fd(pidfd);
    this.#context = context;
    const { promise, resolve } = Promise.withResolvers<End>();
    this.ended = promise;
    this.#resolve = resolve;
    context.reactor.add(pidfd, () => this.#reap());
    context.signal.addEventListener("abort", this.#stop);
    this.#arm(timeoutMs, () => this.#endNow("timed out", SIGTERM));
  }

  #arm(delayMs: number, fire: () => void): void {
    this.#timer = this.#context.timers.setTimeout(fire, delayMs);
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#context.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #endNow(why: "timed out" | "stopped", signal: number): void {
    this.#disarm();
    this.#why ??= why;
    sendSignalToGroup(this.#pid, signal);
    if (signal === SIGKILL) {
      if (this.#isKilled) return this.#giveUp();
      this.#isKilled = true;
    }
    this.#arm(KILL_MS, () => this.#endNow(why, SIGKILL));
  }

  #reap(): boolean {
    // Its children had as much time to end as it had. Until it is reaped, the number is its own.
    if (this.#why !== undefined) sendSignalToGroup(this.#pid, SIGKILL);
    const exit = waitForExit(this.#pid);
    if (!exit) return false;
    this.#disarm();
    this.#context.signal.removeEventListener("abort", this.#stop);
    this.#context.reactor.remove(this.#pidfd.number);
    this.#pidfd[Symbol.dispose]();
    this.#resolve({ exit, ...(this.#why && { why: this.#why }) });
    return false;
  }

  /** The kernel does not end it (a broken disk, say): whenever it does, it is reaped. */
  #giveUp(): void {
    this.#resolve({ why: this.#why ?? "timed out" });
  }
}
