/**
 * What the demo's capture tells while it runs: who is master, condensed to a line now and then, and
 * what each takeover came to.
 *
 * @module
 */
import type { EchoFrame, Frame } from "../tests/lab/frame.ts";
import type { Wire } from "../tests/lab/conf.ts";
import { downMs, skewMs, takeoverOf } from "../tests/lab/judge.ts";
import { senderOf } from "../tests/lab/timeline.ts";
import type { Screen } from "./demo_screen.ts";

type Router = "r1" | "r2";

/** Between two lines that say that nothing happened. */
const CALM_MS = 1000;
/** An answer may take as long as this without being lost. */
const ANSWER_MS_MAX = 50;

/** One takeover, in ms. */
export interface Measured {
  /** What the protocol makes the heir wait. */
  readonly idealMs: number;
  /** From the master's last word to the heir's first advert, and to its first announcement. */
  readonly advertMs: number;
  readonly announcementMs: number;
  /** The longest time from a question of the client that had no answer to the next answer. */
  readonly clientMs: number;
  readonly lostCount: number;
}

/** Follows a capture. */
export class Story {
  readonly #screen: Screen;
  readonly #address: string;
  readonly #frames: Frame[] = [];
  #master: Router | undefined;
  #announcedCount = 0;
  #calmFromMs = 0;
  #adverts = 0;
  #answers = 0;

  constructor(screen: Screen, address: string) {
    this.#screen = screen;
    this.#address = address;
  }

  /** Takes the next frame of the wire. */
  hear(frame: Frame): void {
    this.#frames.push(frame);
    const sender = senderOf(frame);
    if (frame.kind === "reply") this.#answers++;
    if (sender !== "r1" && sender !== "r2") return;
    if (frame.kind === "advert") this.#advert(sender, frame.priority, frame.atMs);
    if (frame.kind === "announcement" && frame.ip === this.#address) this.#announce(sender);
    const isCalm = this.#master !== undefined && frame.atMs - this.#calmFromMs >= CALM_MS;
    if (isCalm) this.#calm(frame.atMs);
  }

  /** Where in the capture the story is now. */
  get position(): number {
    return this.#frames.length;
  }

  /** What a takeover since `from` came to. */
  measure(old: Router, heir: Router, wire: Wire, priority: number, from: number): Measured {
    const since = this.#frames.slice(from);
    const { last, advertMs, announcementMs } = takeoverOf(old, heir, since);
    const resigned = last.priority === 0;
    const idealMs = resigned ? skewMs(wire, priority) : downMs(wire, priority);
    return { idealMs, advertMs, announcementMs, ...clientView(since) };
  }

  /** What the client missed since `from`. */
  clientSince(from: number): Pick<Measured, "clientMs" | "lostCount"> {
    return clientView(this.#frames.slice(from));
  }

  #advert(sender: Router, priority: number, atMs: number): void {
    this.#adverts++;
    if (priority === 0) {
      this.#screen.role(sender, "stopping");
      this.#screen.line(`${sender} resigns: an advert of priority 0`);
      this.#master = undefined;
    } else if (sender !== this.#master) {
      if (this.#master !== undefined) this.#stepDown(this.#master);
      this.#master = sender;
      this.#announcedCount = 0;
      this.#screen.role(sender, "MASTER");
      this.#screen.line(`${sender} sends an advert of priority ${priority}`, "", "good");
      this.#rest(atMs);
    }
  }

  /** Whoever hears a better master is a backup; the dead hear nothing. */
  #stepDown(router: Router): void {
    if (!this.gone.has(router)) this.#screen.role(router, "backup");
  }

  /** Routers that do not run. */
  readonly gone = new Set<Router>();

  #announce(sender: Router): void {
    this.#announcedCount++;
    if (this.#announcedCount === 1) this.#screen.line(`${sender} announces ${this.#address} (ARP)`);
  }

  #calm(atMs: number): void {
    const seconds = (atMs - this.#calmFromMs) / 1000;
    const perSecond = (count: number) => Math.round(count / seconds);
    const wire = `${perSecond(this.#adverts)} adverts a second`;
    const client = `${perSecond(this.#answers)} answers a second`;
    this.#screen.line(wire, client, "calm");
    this.#rest(atMs);
  }

  #rest(atMs: number): void {
    this.#calmFromMs = atMs;
    this.#adverts = 0;
    this.#answers = 0;
  }
}

/** The longest time without an answer, and how many questions had none. */
function clientView(frames: readonly Frame[]): Pick<Measured, "clientMs" | "lostCount"> {
  const isOf = (kind: EchoFrame["kind"]) => (frame: Frame): frame is EchoFrame =>
    frame.kind === kind;
  const answers = frames.filter(isOf("reply"));
  const answered = new Set(answers.map((frame) => frame.sequence));
  const endMs = (frames.at(-1)?.atMs ?? 0) - ANSWER_MS_MAX;
  const lost = frames.filter(isOf("request"))
    .filter((frame) => frame.atMs < endMs && !answered.has(frame.sequence));
  const waitsMs = lost.map(({ atMs }) => {
    const next = answers.find((answer) => answer.atMs > atMs);
    return (next?.atMs ?? endMs) - atMs;
  });
  return { clientMs: Math.max(0, ...waitsMs), lostCount: lost.length };
}
