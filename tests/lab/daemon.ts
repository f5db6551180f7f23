/**
 * The daemons that the lab compares, and one run of one of them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { sleep, until } from "./command.ts";
import { argumentsOf, hasVrrpSocket, isRunning, processTree, signal } from "./process_tree.ts";

/** What a daemon is started with. */
export interface DaemonFiles {
  readonly config: string;
  /** A directory of its own, for pid files. */
  readonly directory: string;
  /** Whether it logs in detail (`-D`). */
  readonly detail: boolean;
}

/** A daemon that takes keepalived's configuration, flags and signals. */
export interface Daemon {
  readonly name: "keepalived" | "stayd";
  /** How to start it in the foreground, logging to its standard error. */
  command(files: DaemonFiles): readonly string[];
  /** Which of its processes speaks VRRP; `pids` are all of them, the first one first. */
  speaker(pids: readonly number[]): number | undefined;
}

function flags({ config, directory, detail }: DaemonFiles): string[] {
  const pidFiles = ["-p", `${directory}/daemon.pid`, "-r", `${directory}/vrrp.pid`];
  return ["-f", config, "-n", "-l", ...(detail ? ["-D"] : []), ...pidFiles];
}

/** Debian's keepalived. */
export const keepalived: Daemon = {
  name: "keepalived",
  command: (files) => ["keepalived", "-P", ...flags(files)],
  speaker: ([, child]) => child,
};

/** The daemon of this repository, under exactly the permissions it asks for. */
export const stayd: Daemon = {
  name: "stayd",
  command: (files) => [
    Deno.execPath(),
    "run",
    "--allow-net",
    "--allow-ffi",
    fileURLToPath(import.meta.resolve("../../cli.ts")),
    ...flags(files),
  ],
  speaker: (pids) => pids.find((pid) => argumentsOf(pid).includes("--child=vrrp")),
};

/** Bounds what a noisy daemon costs us; the count in {@linkcode RunningDaemon.lineCount} goes on. */
const LOG_LINES_MAX = 20_000;

/** A started daemon. */
export class RunningDaemon {
  readonly daemon: Daemon;
  readonly pid: number;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** What it logged: both streams, the first {@linkcode LOG_LINES_MAX} lines. */
  readonly log: string[] = [];
  /** How many lines it logged. */
  lineCount = 0;
  readonly #files: DaemonFiles;
  readonly #reading: Promise<unknown>;

  private constructor(daemon: Daemon, files: DaemonFiles, child: Deno.ChildProcess) {
    this.daemon = daemon;
    this.pid = child.pid;
    this.status = child.status;
    this.#files = files;
    this.#reading = Promise.all([this.#collect(child.stdout), this.#collect(child.stderr)]);
  }

  /** Starts a daemon in a namespace; `wrapper` is what runs it, such as `setpriv …`. */
  static start(
    daemon: Daemon,
    namespace: string,
    files: DaemonFiles,
    wrapper: readonly string[] = [],
  ): RunningDaemon {
    const child = new Deno.Command("ip", {
      args: ["netns", "exec", namespace, ...wrapper, ...daemon.command(files)],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new RunningDaemon(daemon, files, child);
  }

  /** All its processes, the first one first. */
  pids(): number[] {
    return processTree(this.pid);
  }

  /** The process that speaks VRRP; throws if there is none. */
  speaker(): number {
    const pid = this.daemon.speaker(this.pids());
    if (pid === undefined) throw new Error(`${this.daemon.name} has no VRRP process`);
    return pid;
  }

  /** Resolves when it listens for adverts of that family; throws with its log if it ends before. */
  async listening(family: 4 | 6, timeoutMs = 10_000): Promise<void> {
    await until(`${this.daemon.name} listens\n${this.tail()}`, () => {
      if (!isRunning(this.pid)) throw new Error(`${this.daemon.name} ended:\n${this.tail()}`);
      return hasVrrpSocket(this.pid, family);
    }, timeoutMs);
  }

  /** Stops it in order (SIGTERM) and waits for its end. */
  async stop(): Promise<Deno.CommandStatus> {
    signal(this.pid, "SIGTERM");
    return await this.#ended();
  }

  /** Kills all its processes at once: none of them gets to resign for another. */
  async kill(): Promise<void> {
    const pids = this.pids();
    for (const pid of pids) signal(pid, "SIGSTOP");
    for (const pid of pids) signal(pid, "SIGKILL");
    await this.#ended();
  }

  /** Replaces its configuration and tells it so (SIGHUP). */
  async reload(config: string): Promise<void> {
    await Deno.writeTextFile(this.#files.config, config);
    signal(this.pid, "SIGHUP");
  }

  /** The end of its log, to explain a failure. */
  tail(lineCount = 40): string {
    return this.log.slice(-lineCount).join("\n");
  }

  async #ended(): Promise<Deno.CommandStatus> {
    const status = await this.status;
    // A child that survived its parent would hold the pipes open: do not wait for it for ever.
    await Promise.race([this.#reading, sleep(500)]);
    return status;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    let partial = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (partial + chunk).split("\n");
      partial = lines.pop() ?? "";
      this.lineCount += lines.length;
      this.log.push(...lines.slice(0, Math.max(0, LOG_LINES_MAX - this.log.length)));
    }
  }
}
