/**
 * Routes and routing rules of a host, and the history of them, as iproute2 tells.
 *
 * @module
 */
import { run, sleep } from "./command.ts";
import type { Host, Lab } from "./lab.ts";

/** Everything in all tables, one entry a line, sorted; without what the kernel makes by itself. */
export async function routingOf(lab: Lab, host: Host): Promise<string[]> {
  const commands = ["-4 route show table all", "-6 route show table all", "-4 rule", "-6 rule"];
  const shown = await Promise.all(
    commands.map((command) =>
      run(["ip", "-n", lab.namespace(host), "-j", "-d", ...command.split(" ")])
    ),
  );
  return shown.flatMap((text) => JSON.parse(text) as { readonly protocol?: string }[])
    .filter(({ protocol }) => protocol !== "kernel")
    .map((entry) => JSON.stringify(entry)).toSorted();
}

/** Follows all changes of a host's routes and rules. */
export class RoutingMonitor {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Starts to follow; resolves when it does. */
  static async start(lab: Lab, host: Host): Promise<RoutingMonitor> {
    const child = new Deno.Command("ip", {
      args: ["-n", lab.namespace(host), "-o", "monitor", "route", "rule"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    await sleep(500); // It tells nothing when it is ready, and others may keep it waiting.
    return new RoutingMonitor(child);
  }

  /** Ends; returns the changes of what is ours (protocol 18), as `added WORDS`, `removed WORDS`. */
  async stop(): Promise<string[]> {
    await sleep(50);
    this.#child.kill("SIGTERM");
    const { stdout } = await this.#child.output();
    return new TextDecoder().decode(stdout).split("\n")
      .filter((line) => / proto(col)? (keepalived|18)/.test(line))
      .map((line) => {
        const [, deleted, words = ""] = /^(Deleted )?(?:\d+:\s+)?(.*)$/.exec(line) ?? [];
        return `${deleted ? "removed" : "added"} ${words.split(" ").slice(0, 2).join(" ")}`;
      });
  }
}
