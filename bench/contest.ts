/**
 * Two routers with one daemon, of which the master is killed or stopped again and again; each time
 * the other one's takeover is measured on the wire.
 *
 * The routers are equals, so the one that comes back stays behind, and they take turns. The capture
 * is not live: at the moment that matters nothing runs but the daemons.
 *
 * @module
 */
import type { Capture } from "../tests/lab/capture.ts";
import { sleep } from "../tests/lab/command.ts";
import { instanceText, type Wire } from "../tests/lab/conf.ts";
import type { Daemon, RunningDaemon } from "../tests/lab/daemon.ts";
import type { Frame } from "../tests/lab/frame.ts";
import { advertsOf, downMs, skewMs, takeoverOf } from "../tests/lab/judge.ts";
import { Lab } from "../tests/lab/lab.ts";

const PRIORITY = 100;
/** What a daemon that has just started may still be busy with. */
const SETTLE_MS = 300;
/** Past the ideal: by then the heir has claimed and announced, or something is wrong. */
const CLAIM_MS_MAX = 250;

/** How often it is looked for the one master, {@linkcode SETTLE_MS} apart. */
const LOOKS_MAX = 50;

/** How the master leaves: all its processes and its cable at once, or in order. */
export type Departure = "kill" | "stop";

/** How late a takeover was, in ms past what the protocol says. */
export interface Sample {
  readonly departure: Departure;
  readonly advertMs: number;
  readonly announcementMs: number;
}

/** What all departures of a pair came to. */
export interface Result {
  readonly samples: readonly Sample[];
  /** Departures at which the heir had claimed before: the machine was too busy for the interval. */
  readonly spoiltCount: number;
}

/** One departure: who left, and the part of the capture it lies in. */
interface Episode {
  readonly departure: Departure;
  readonly old: "r1" | "r2";
  readonly heir: "r1" | "r2";
  readonly fromMs: number;
  readonly toMs: number;
}

/** One pair of routers. */
export class Contest implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly wire: Wire;
  readonly #lab: Lab;
  readonly #capture: Capture;
  readonly #running = new Map<"r1" | "r2", RunningDaemon>();
  readonly #episodes: Episode[] = [];

  private constructor(daemon: Daemon, wire: Wire, lab: Lab, capture: Capture) {
    this.daemon = daemon;
    this.wire = wire;
    this.#lab = lab;
    this.#capture = capture;
  }

  /** Makes the network, starts both routers, and waits until one is master. */
  static async begin(daemon: Daemon, wire: Wire): Promise<Contest> {
    const lab = await Lab.create(["r1", "r2"]);
    try {
      const capture = await lab.capture({ filter: "proto 112 or arp", live: false });
      const contest = new Contest(daemon, wire, lab, capture);
      await contest.#start("r1");
      await sleep(downMs(wire, PRIORITY) + CLAIM_MS_MAX);
      await contest.#start("r2");
      return contest;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has the master leave, and brings it back as the backup. */
  async play(departure: Departure): Promise<void> {
    // Departures are spread over the whole interval.
    await sleep(Math.random() * this.wire.advertSec * 1000);
    const old = await this.#master();
    const heir = old === "r1" ? "r2" : "r1";
    // The master's last advert may be that old, and a little more on a busy machine.
    const fromMs = Date.now() - 2 * this.wire.advertSec * 1000;
    await this.#leave(old, departure);
    await sleep(this.#idealMs(departure) + CLAIM_MS_MAX);
    this.#episodes.push({ departure, old, heir, fromMs, toMs: Date.now() });
    await this.#lab.flush(old);
    await this.#lab.restore(old);
    await this.#start(old);
  }

  /** Ends the capture, and measures every departure. */
  async result(): Promise<Result> {
    const frames = await this.#capture.stop();
    const measured = this.#episodes.map((episode) => this.#measure(episode, frames));
    const samples = measured.filter((sample) => sample !== "spoilt");
    return { samples, spoiltCount: measured.length - samples.length };
  }

  /** Ends and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }

  /** Who holds the address. On a busy machine the two may change places by themselves. */
  async #master(): Promise<"r1" | "r2"> {
    for (let look = 0; look < LOOKS_MAX; look++) {
      const held = await Promise.all([
        this.#lab.virtualAddresses("r1"),
        this.#lab.virtualAddresses("r2"),
      ]);
      const [r1, r2] = held.map((addresses) => addresses.length > 0);
      if (r1 !== r2) return r1 ? "r1" : "r2";
      await sleep(SETTLE_MS);
    }
    throw new Error(`${this.daemon.name} over ${this.wire.name}: not one master, for long`);
  }

  #idealMs(departure: Departure): number {
    return departure === "stop" ? skewMs(this.wire, PRIORITY) : downMs(this.wire, PRIORITY);
  }

  #measure(episode: Episode, frames: readonly Frame[]): Sample | "spoilt" {
    const { departure, old, heir, fromMs, toMs } = episode;
    const within = frames.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const { last, advertMs, announcementMs } = takeoverOf(old, heir, within);
    if (advertsOf(heir, within).some(({ atMs }) => atMs < last.atMs)) return "spoilt";
    // Another process held up one of them, and the roles were not what they should have been.
    const resigned = last.priority === 0;
    if (resigned !== (departure === "stop") || Number.isNaN(announcementMs)) return "spoilt";
    const idealMs = this.#idealMs(departure);
    return {
      departure,
      advertMs: advertMs - idealMs,
      announcementMs: announcementMs - idealMs,
    };
  }

  async #leave(host: "r1" | "r2", departure: Departure): Promise<void> {
    const daemon = this.#running.get(host);
    if (departure === "stop") await daemon?.stop();
    else await Promise.all([daemon?.kill(), this.#lab.cut(host)]);
  }

  async #start(host: "r1" | "r2"): Promise<void> {
    const config = instanceText(host, this.wire, {
      priority: PRIORITY,
      addresses: ["10.0.0.100"],
    });
    const daemon = await this.#lab.start(host, this.daemon, config, { detail: false });
    this.#running.set(host, daemon);
    await daemon.listening(this.wire.family);
    await sleep(Math.max(SETTLE_MS, 2 * this.wire.advertSec * 1000));
  }
}
