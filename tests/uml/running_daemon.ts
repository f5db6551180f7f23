/**
 * The daemon under a kernel with a balancer: `ipvsadm` is the judge of what it does.
 *
 * @module
 */
import { assert } from "@std/assert";
import { createServer, type Server } from "node:net";
import { sleep } from "../lab/command.ts";

const LIMIT_MS = 60_000;
const POLL_MS = 20;

/** What `ipvsadm` sees, sorted. */
export function seen(): string[] {
  const { success, stdout } = new Deno.Command("ipvsadm", { args: ["-S", "-n"] }).outputSync();
  assert(success);
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "").sort();
}

/** Runs ipvsadm, which has to succeed. */
export function ipvsadm(...args: string[]): void {
  assert(new Deno.Command("ipvsadm", { args }).outputSync().success, args.join(" "));
}

/** Waits for a table; those that came before it, without repeats. */
export async function until(expected: readonly string[]): Promise<string[][]> {
  const passed: string[][] = [];
  const endMs = performance.now() + LIMIT_MS;
  for (;;) {
    const now = seen();
    if (JSON.stringify(now) === JSON.stringify(expected)) return passed;
    if (JSON.stringify(now) !== JSON.stringify(passed.at(-1))) passed.push(now);
    if (performance.now() > endMs) {
      throw new Error(`No such table: ${expected}. There were: ${passed.join(" | ")}`);
    }
    await sleep(POLL_MS);
  }
}

/** A server that takes connections. */
export function listen(port: number): Promise<Server> {
  const server = createServer((socket) => void socket.on("error", () => {}).resume());
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

/** Ends a server. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Runs the daemon with a configuration, which `change` replaces; ends it with the block. */
export class RunningDaemon implements AsyncDisposable {
  readonly #file = Deno.makeTempFileSync({ suffix: ".conf" });
  readonly process: Deno.ChildProcess;
  #log = "";
  readonly #read: Promise<void>;

  constructor(configuration: string, ...flags: string[]) {
    Deno.writeTextFileSync(this.#file, configuration);
    this.process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "--cached-only", "--allow-net", "--allow-ffi"],
        ...["cli.ts", "-f", this.#file, "-n", "-l", ...flags],
      ],
      stdin: "null",
      stdout: "inherit",
      stderr: "piped",
    }).spawn();
    this.#read = this.#readLog();
  }

  /** What it has logged so far. */
  get log(): string {
    return this.#log;
  }

  /** Waits for a line of the log; an earlier one counts. */
  async logs(text: string): Promise<void> {
    const endMs = performance.now() + LIMIT_MS;
    while (!this.#log.includes(text)) {
      assert(performance.now() < endMs, `No line with: ${text}`);
      await sleep(POLL_MS);
    }
  }

  /** Reloads. */
  change(configuration: string): void {
    Deno.writeTextFileSync(this.#file, configuration);
    this.process.kill("SIGHUP");
  }

  /** Ends it in order; its exit status. */
  async stop(): Promise<number> {
    this.process.kill("SIGTERM");
    return (await this.process.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch { /* It has ended. */ }
    await this.process.status;
    await this.#read;
    await Deno.remove(this.#file);
  }

  async #readLog(): Promise<void> {
    for await (const text of this.process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#log += text;
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    }
  }
}

/** Debian's keepalived with a configuration; ends it with the block. */
class Keepalived implements AsyncDisposable {
  readonly #file = Deno.makeTempFileSync({ suffix: ".conf" });
  readonly #process: Deno.ChildProcess;

  constructor(text: string) {
    Deno.writeTextFileSync(this.#file, text);
    this.#process = new Deno.Command("keepalived", {
      args: ["-n", "-l", "-C", "-f", this.#file, "-p", `${this.#file}.pid`],
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#file);
  }
}

/** Starts them. */
export const DAEMONS = {
  keepalived: (text: string) => new Keepalived(text),
  stayd: (text: string) => new RunningDaemon(text),
} satisfies Record<string, (text: string) => AsyncDisposable>;
