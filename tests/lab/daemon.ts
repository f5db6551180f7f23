/**
 * The daemons that the lab compares, and one run of one of them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { until } from "./command.ts";
import { argumentsOf, hasVrrpSocket, isRunning, processTree, signal } from "./process_tree.ts";

/** What a daemon is started with. */
export interface DaemonFiles {
  readonly config: string;
  /** A directory of its own, for pid files and the log. */
  readonly directory: string;
  /** Whether it logs in detail (`-D`). */
  readonly detail: boolean;
}

/** A daemon that reads one file and, but for FRR, reads it again when it gets a SIGHUP. */
export interface Daemon {
  readonly name: "keepalived" | "stayd" | "bird" | "frr";
  /** How to start it in the foreground, logging to its standard streams. */
  command(files: DaemonFiles): readonly string[];
  /** Which of its processes speaks VRRP; `pids` are all of them, the first one first. */
  speaker(pids: readonly number[]): number | undefined;
}

function flags({ config, directory, detail }: DaemonFiles): string[] {
  const pidFiles = ["-p", `${directory}/daemon.pid`, "-r", `${directory}/vrrp.pid`];
  return ["-f", config, "-n", "-l", ...(detail ? ["-D"] : []), ...pidFiles];
}

/**
 * Debian's keepalived. Without `-G` each line also goes to syslog, or, where none runs, to the
 * machine's console, and 0.5 ms pass in the middle of a takeover.
 */
export const keepalived: Daemon = {
  name: "keepalived",
  command: (files) => ["keepalived", "-P", "-G", ...flags(files)],
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

/** A started daemon. Its log goes to a file: a pipe's reader would compete with it at each line. */
export class RunningDaemon {
  readonly daemon: Daemon;
  readonly pid: number;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #files: DaemonFiles;

  private constructor(daemon: Daemon, files: DaemonFiles, child: Deno.ChildProcess) {
    this.daemon = daemon;
    this.pid = child.pid;
    this.status = child.status;
    this.#files = files;
  }

  /** Starts a daemon in a namespace; `wrapper` is what runs it, such as `setpriv …`. */
  static start(
    daemon: Daemon,
    namespace: string,
    files: DaemonFiles,
    wrapper: readonly string[] = [],
  ): RunningDaemon {
    const argv = [...wrapper, ...daemon.command(files)];
    const child = new Deno.Command("ip", {
      // deno-fmt-ignore
      args: [
        "netns", "exec", namespace, "sh", "-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh",
        logFile(files), ...argv,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new RunningDaemon(daemon, files, child);
  }

  /** Where its files are. */
  get directory(): string {
    return this.#files.directory;
  }

  /** What it has logged so far. */
  log(): string[] {
    try {
      return Deno.readTextFileSync(logFile(this.#files)).split("\n").slice(0, -1);
    } catch {
      return []; // It has not begun.
    }
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
    return await this.status;
  }

  /** Kills all its processes at once: none of them gets to resign for another. */
  async kill(): Promise<void> {
    const pids = this.pids();
    for (const pid of pids) signal(pid, "SIGSTOP");
    // Children first: a stopped process group whose last parent goes is woken by the kernel, and
    // would then still have a word to say.
    for (const pid of pids.toReversed()) signal(pid, "SIGKILL");
    await this.status;
  }

  /** Replaces its configuration and tells it so (SIGHUP). */
  async reload(config: string): Promise<void> {
    await Deno.writeTextFile(this.#files.config, config);
    signal(this.pid, "SIGHUP");
  }

  /** The end of its log, to explain a failure. */
  tail(lineCount = 40): string {
    return this.log().slice(-lineCount).join("\n");
  }
}

function logFile({ directory }: DaemonFiles): string {
  return `${directory}/log`;
}
