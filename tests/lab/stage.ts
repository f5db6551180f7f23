/**
 * The frame of every interoperation test: which daemons meet, and what a failure tells.
 *
 * `LAB_DAEMONS=keepalived deno test -A tests/netns` runs every row that is not about our own
 * processes with keepalived on both sides, which proves the lab rather than the daemon.
 *
 * @module
 */
import type { Capture } from "./capture.ts";
import { type Daemon, keepalived, type RunningDaemon, stayd } from "./daemon.ts";
import { type Host, Lab, type StartOptions } from "./lab.ts";
import { ensureNamespaces, ensurePackages, Skip } from "./packages.ts";
import { timeline } from "./timeline.ts";

/** Which daemon runs on each router. */
export interface Pair {
  readonly name: string;
  readonly r1: Daemon;
  readonly r2: Daemon;
}

const onlyKeepalived = Deno.env.get("LAB_DAEMONS") === "keepalived";

function pair(r1: Daemon, r2: Daemon): Pair {
  return { name: `${r1.name} × ${r2.name}`, r1, r2 };
}

/** The meetings every row is played in. */
export const PAIRS: readonly Pair[] = onlyKeepalived
  ? [pair(keepalived, keepalived)]
  : [pair(stayd, stayd), pair(stayd, keepalived), pair(keepalived, stayd)];

/** The daemon a row about one daemon is played with. */
export const SUBJECT: Daemon = onlyKeepalived ? keepalived : stayd;

async function reasonToSkip(): Promise<string | undefined> {
  try {
    await ensurePackages(["iproute2", "tcpdump", "keepalived"]);
    await ensureNamespaces();
    return undefined;
  } catch (error) {
    if (error instanceof Skip) return error.message;
    throw error;
  }
}

const skipped = await reasonToSkip();

/** Registers a test that needs the lab; where there is none it is ignored, and its name says so. */
export function netnsTest(name: string, run: () => Promise<void>): void {
  const suffix = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  Deno.test({ name: name + suffix, ignore: skipped !== undefined, fn: run });
}

/** Registers a test about our own processes: it has no keepalived side. */
export function staydTest(name: string, run: () => Promise<void>): void {
  if (!onlyKeepalived) netnsTest(name, run);
}

/** A lab with its capture running and whatever was started on it. */
export class Stage {
  readonly lab: Lab;
  readonly capture: Capture;
  readonly #cast: { readonly host: Host; readonly daemon: RunningDaemon }[] = [];

  private constructor(lab: Lab, capture: Capture) {
    this.lab = lab;
    this.capture = capture;
  }

  /** Starts a daemon; what it says is part of the report of a failure. */
  async launch(host: Host, daemon: Daemon, config: string): Promise<RunningDaemon> {
    const running = await this.lab.start(host, daemon, config);
    this.#cast.push({ host, daemon: running });
    return running;
  }

  /** Starts a daemon and waits until it listens. */
  async start(
    host: Host,
    daemon: Daemon,
    config: string,
    family: 4 | 6,
    options?: StartOptions,
  ): Promise<RunningDaemon> {
    const running = await this.lab.start(host, daemon, config, options);
    this.#cast.push({ host, daemon: running });
    await running.listening(family);
    return running;
  }

  /** Plays a scene; if it fails, the error tells what was on the wire and in the logs. */
  static async play(
    body: (stage: Stage) => Promise<void>,
    hosts: readonly Host[] = ["r1", "r2", "client"],
    filter = "",
  ): Promise<void> {
    await using lab = await Lab.create(hosts);
    const stage = new Stage(lab, await lab.capture({ filter }));
    try {
      await body(stage);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${stage.#report()}`, {
        cause: error,
      });
    }
  }

  #report(): string {
    const logs = this.#cast.map(({ host, daemon }) =>
      `--- ${host}: ${daemon.daemon.name}\n${daemon.tail()}`
    );
    return [`--- wire\n${timeline(this.capture.frames)}`, ...logs].join("\n");
  }
}
