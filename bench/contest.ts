/**
 * Two routers with one daemon, of which the master is killed or stopped again and again; each time
 * the other one's takeover is measured on the wire.
 *
 * The routers are equals, so the one that comes back stays behind, and they take turns.
 *
 * @module
 */
import type { Capture } from "../tests/lab/capture.ts";
import { sleep } from "../tests/lab/command.ts";
import { instanceText, type Wire } from "../tests/lab/conf.ts";
import type { Daemon, RunningDaemon } from "../tests/lab/daemon.ts";
import { downMs, isAdvertOf, isAnnouncementOf, skewMs, takeoverOf } from "../tests/lab/judge.ts";
import { Lab } from "../tests/lab/lab.ts";

const PRIORITY = 100;
/** What a daemon that has just started may still be busy with. */
const SETTLE_MS = 300;
const TIMEOUT_MS = 10_000;

/** How the master leaves: all its processes and its cable at once, or in order. */
export type Departure = "kill" | "stop";

/** How late a takeover was, in ms past what the protocol says. */
export interface Sample {
  readonly advertMs: number;
  readonly announcementMs: number;
}

/** One pair of routers. */
export class Contest implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly wire: Wire;
  readonly #lab: Lab;
  readonly #capture: Capture;
  readonly #running = new Map<"r1" | "r2", RunningDaemon>();
  #master: "r1" | "r2" = "r1";

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
      const contest = new Contest(daemon, wire, lab, await lab.capture("proto 112 or arp"));
      await contest.#start("r1");
      await contest.#capture.until("r1 is elected", isAdvertOf("r1"), TIMEOUT_MS);
      await contest.#start("r2");
      return contest;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has the master leave, measures, and brings it back as the backup. */
  async measure(departure: Departure): Promise<Sample> {
    const [old, heir] = this.#master === "r1" ? ["r1", "r2"] as const : ["r2", "r1"] as const;
    // Deaths are spread over the whole interval.
    await sleep(Math.random() * this.wire.advertSec * 1000);
    const before = this.#capture.frames.length;
    await this.#leave(old, departure);
    await this.#capture.until("the heir claims", isAdvertOf(heir), TIMEOUT_MS, before);
    await this.#capture.until("the heir announces", isAnnouncementOf(heir), TIMEOUT_MS, before);
    const { last, advertMs, announcementMs } = takeoverOf(old, heir, this.#capture.frames);
    if ((last.priority === 0) !== (departure === "stop")) {
      throw new Error(`${this.daemon.name} left with priority ${last.priority} on ${departure}`);
    }
    const idealMs = departure === "stop"
      ? skewMs(this.wire, PRIORITY)
      : downMs(this.wire, PRIORITY);
    this.#master = heir;
    await this.#lab.flush(old);
    await this.#lab.restore(old);
    await this.#start(old);
    return { advertMs: advertMs - idealMs, announcementMs: announcementMs - idealMs };
  }

  /** Ends and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
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
