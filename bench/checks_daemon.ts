/**
 * A daemon that bench/checks.ts measures, with its log in a file.
 *
 * @module
 */
import { processTree } from "../tests/lab/process_tree.ts";
import { cpuMs } from "./cpu.ts";

const DAEMONS = {
  keepalived: ["keepalived", "-n", "-l", "-C"],
  stayd: [
    ...[Deno.execPath(), "run", "--no-check", "--cached-only", "--allow-net", "--allow-ffi"],
    ...["cli.ts", "-n", "-l"],
  ],
} as const;

/** Whose daemon it is. */
export type Name = keyof typeof DAEMONS;

/** A daemon at work. */
export class Daemon implements AsyncDisposable {
  readonly #file = Deno.makeTempFileSync({ suffix: ".conf" });
  readonly #log = `${this.#file}.log`;
  readonly #child: Deno.ChildProcess;
  readonly startedMs = performance.now();

  constructor(name: Name, configuration: string) {
    Deno.writeTextFileSync(this.#file, configuration);
    const own = ["-f", this.#file, "-p", `${this.#file}.pid`];
    this.#child = new Deno.Command("sh", {
      args: ["-c", 'exec "$@" >"$0" 2>&1', this.#log, ...DAEMONS[name], ...own],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Puts a configuration where it will be read. */
  prepare(configuration: string): void {
    Deno.writeTextFileSync(this.#file, configuration);
  }

  reload(): void {
    this.#child.kill("SIGHUP");
  }

  /** How much it has said so far. */
  logBytes(): number {
    return Deno.statSync(this.#log).size;
  }

  /** Processor time of all its processes so far. */
  cpuMs(): number {
    return cpuMs({ pids: () => processTree(this.#child.pid) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    new Deno.Command("ipvsadm", { args: ["-C"] }).outputSync();
    for (const path of [this.#file, this.#log]) await Deno.remove(path);
  }
}
