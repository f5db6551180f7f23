/**
 * The door of one BFD session: its timers and packets, as its machine commands.
 *
 * What a packet makes the machine command is put together into one packet of ours, which leaves
 * when the machine has done; what others make it command leaves at the end of the turn.
 *
 * @module
 */
import { type BfdSessionConfig, bfdSessionIdentity } from "../../machines/bfd_config.ts";
import type { BfdCommand, BfdFact, BfdSpeech, TransmissionMode } from "../../machines/bfd_facts.ts";
import { jitteredIntervalUs } from "../../machines/bfd_rules.ts";
import type { Behind } from "../compose.ts";
import { type BfdCounters, newBfdCounters } from "./bfd_counters.ts";
import { BfdEcho } from "./bfd_echo.ts";
import { BfdListener } from "./bfd_listener.ts";
import type {
  BfdDatagram,
  BfdRejection,
  BfdShared,
  SessionDirectory,
  SessionPort,
} from "./bfd_shared.ts";
import { BfdSpeaker, sameSpeech } from "./bfd_speaker.ts";
import { Deadline } from "./deadline.ts";
import type { Received } from "./outside.ts";
import { onGrid } from "./send_grid.ts";
import type { ReceivedControlPacket } from "../../net/packet/bfd.ts";
import type { SessionStatus } from "../status/process_status.ts";
import type { EchoPacket } from "../../net/packet/bfd_echo.ts";

const US_PER_MS = 1_000;
/** How soon, and until when, a loss is looked at again that unread packets may contradict. */
const DOUBT_MS = 1;
const DOUBT_MS_MAX = 1_000;
/** What a session that leaves says at least, unless the neighbour knows: one may get lost. */
const FAREWELL_COUNT = 2;
type Conduct = BfdCommand & { readonly type: "CONDUCT" };
type Report = BfdCommand & { readonly type: "REPORT" };

/** One session. */
export class BfdIo implements SessionPort, Behind<BfdCommand> {
  /** bfd.LocalDiscr. */
  readonly discriminator: number;
  readonly counters: BfdCounters = newBfdCounters();
  readonly #shared: BfdShared;
  readonly #hub: SessionDirectory;
  readonly #tell: (fact: BfdFact) => void;
  readonly #speaker: BfdSpeaker;
  readonly #listener: BfdListener;
  readonly #echo: BfdEcho;
  readonly #detection: Deadline;
  #config: BfdSessionConfig;
  #conduct: Conduct | undefined;
  #mode: TransmissionMode = "silent";
  #polls = false;
  /** Something new is to be said. */
  #hasNews = false;
  #owesFinal = false;
  /** Packets are put together until the machine has done. */
  #isTelling = false;
  #timer: number | undefined;
  #sentMs = -Infinity;
  /** The Detection Time of the neighbour that was heard last. */
  #lastDetectionMs = 0;
  /** What the neighbour said last; undefined: it is not heard. */
  #remote: ReceivedControlPacket | undefined;
  #reported: Report | undefined;
  /** How often the neighbour was told that we are down on purpose, if it does not know. */
  #farewellCount = 0;
  /** What a loss will have it say, as long as nothing else happens. */
  #loss: BfdSpeech | undefined;
  /** Was sent ahead of the machine's word. */
  #said: BfdSpeech | undefined;

  constructor(
    shared: BfdShared,
    hub: SessionDirectory,
    config: BfdSessionConfig,
    tell: (fact: BfdFact) => void,
  ) {
    this.#shared = shared;
    this.#hub = hub;
    this.#config = config;
    this.#tell = tell;
    this.discriminator = hub.newDiscriminator();
    this.#speaker = new BfdSpeaker(shared.outside, config, this.discriminator);
    this.#listener = new BfdListener(config);
    this.#echo = new BfdEcho({
      shared,
      discriminator: this.discriminator,
      counters: this.counters,
      catchUp: (untilMs) => hub.catchUpEchoes(this.#config, untilMs),
      onFailed: () => this.#happen({ type: "ECHO_FAILED" }),
    }, config);
    this.#detection = new Deadline(
      shared.clock,
      (dueMs) => this.#expire(dueMs),
      () => this.#prepareLoss(),
    );
    hub.attach(this);
    this.noticeLinks();
  }

  /** What it is now. */
  get config(): BfdSessionConfig {
    return this.#config;
  }

  /** What it says now; undefined before the machine spoke. */
  get conduct(): Conduct | undefined {
    return this.#conduct;
  }

  /** What the wire knows it by. */
  get id(): string {
    return bfdSessionIdentity(this.#config);
  }

  /** What it knows and does, for people. */
  get status(): SessionStatus {
    const { clock, outside } = this.#shared;
    const heardMs = this.#detection.startMs;
    return {
      id: this.id,
      discriminator: this.discriminator,
      ...(this.#conduct && { conduct: this.#conduct }),
      ...(this.#remote && { remote: this.#remote }),
      polls: this.#polls,
      ...(this.counters.receivedCount > 0 && {
        heardAtUnixMs: outside.unixMs() - (clock.now() - heardMs),
      }),
      counters: { ...this.counters, rejected: Object.fromEntries(this.counters.rejected) },
    };
  }

  /** Carries out one command of the machine. */
  carryOut(command: BfdCommand): void {
    this.#loss = undefined;
    switch (command.type) {
      case "CONDUCT":
        return this.#follow(command);
      case "SET_TRANSMISSION":
        return this.#setMode(command.mode);
      case "SET_POLL":
        return this.#setPoll(command.on);
      case "SEND_FINAL":
        this.#owesFinal = true;
        return this.#becomeDue();
      case "CONFIGURE":
        return this.#configure(command.config);
      case "REPORT":
        return this.#report(command);
    }
  }

  /** Interfaces came, went, or have other numbers. */
  noticeLinks(): void {
    const { interface: name } = this.#config;
    if (name === undefined) return;
    this.#listener.interfaceIndex = this.#shared.outside.links.linkByName(name)?.index;
  }

  /** A datagram that repeats the last one. Returns false if it has to be looked at. */
  takeRepetition(received: Received): boolean {
    if (this.#isDeaf || !this.#listener.isRepetition(received)) return false;
    this.counters.receivedCount++;
    this.#detection.putOff();
    return true;
  }

  /** A packet for this session. Returns why it is refused; undefined: it is not. */
  take(datagram: BfdDatagram): BfdRejection | undefined {
    const silenceMs = this.#shared.clock.originMs - this.#detection.startMs;
    if (silenceMs >= 2 * this.#lastDetectionMs) this.#listener.forgetSequence();
    const news = this.#listener.judge(datagram);
    if (typeof news === "string") return news;
    if (this.#isDeaf) {
      // §6.8.6: discarded; but §6.8.7: a poll is answered without respect to the session's state.
      this.#listener.forget();
      const isAware = news?.state === "down" || news?.state === "adminDown";
      if (isAware) this.#farewellCount = FAREWELL_COUNT;
      if (news && (news.poll || isAware)) this.#happen({ type: "PACKET", ...news });
      return "administratively down";
    }
    this.counters.receivedCount++;
    this.#remote = datagram.packet;
    this.#echo.noticePlace(datagram.received);
    this.#detection.putOff();
    if (news) this.#happen({ type: "PACKET", ...news });
    return undefined;
  }

  /** An echo packet of ours came back. */
  takeEcho(packet: EchoPacket): void {
    this.#echo.returned(packet);
  }

  /** Sends what is to be said before the next period. */
  flush(): void {
    if (this.#mode === "silent") return;
    if (this.#hasNews || this.#owesFinal) this.#send();
  }

  [Symbol.dispose](): void {
    if (this.#isDeaf && this.#mode !== "silent") {
      while (this.#farewellCount < FAREWELL_COUNT) this.#send();
    }
    this.#cancelTimer();
    this.#detection.cancel();
    this.#echo[Symbol.dispose]();
    this.#speaker[Symbol.dispose]();
    this.#hub.detach(this);
  }

  /** §6.8.7: the passive role speaks only to whom it knows. */
  get #knowsNobody(): boolean {
    return this.#config.isPassive && this.#conduct?.speech.yourDiscriminator === 0;
  }

  get #isHeard(): boolean {
    const state = this.#conduct?.speech.state;
    return state === "init" || state === "up";
  }

  get #isDeaf(): boolean {
    return this.#conduct?.speech.state === "adminDown";
  }

  #happen(fact: BfdFact): void {
    this.#loss = undefined;
    this.#isTelling = true;
    try {
      this.#tell(fact);
    } finally {
      this.#isTelling = false;
    }
    this.flush();
  }

  #becomeDue(): void {
    if (!this.#isTelling) this.#hub.flushLater(this);
  }

  // --- commands ----------------------------------------------------------------------------------

  #follow(conduct: Conduct): void {
    const before = this.#conduct;
    this.#conduct = conduct;
    if (!before || !sameSpeech(before.speech, conduct.speech)) {
      if (before?.speech.state !== conduct.speech.state) {
        this.#listener.forget();
        this.#farewellCount = 0;
      }
      this.#speaker.forget();
      this.#hasNews = !this.#said || !sameSpeech(this.#said, conduct.speech);
      this.#becomeDue();
    }
    const detectionMs = conduct.detectionTimeUs / US_PER_MS;
    this.#detection.setLength(detectionMs);
    if (detectionMs > 0) this.#lastDetectionMs = detectionMs;
    this.#echo.setInterval(conduct.echoTxIntervalUs);
    if (before?.txIntervalUs !== conduct.txIntervalUs) this.#reschedule();
  }

  #setMode(mode: TransmissionMode): void {
    this.#mode = mode;
    if (mode === "periodic") this.#reschedule();
    else this.#cancelTimer();
    this.#becomeDue();
  }

  /** Only packets that leave anyhow carry the P bit (§6.5): the periodic ones, and news. */
  #setPoll(on: boolean): void {
    this.#polls = on;
  }

  #configure(config: BfdSessionConfig): void {
    const before = this.#config;
    this.#config = config;
    this.#speaker.configure(config);
    this.#listener.configure(config);
    this.#echo.configure(config);
    this.noticeLinks();
    this.#hub.reconfigure(this, before);
    // Who asks for it by its new name has not heard of it.
    if (before.name !== config.name && this.#reported) this.#announce(this.#reported);
  }

  #report(report: Report): void {
    const before = this.#reported?.state;
    this.#reported = report;
    // The neighbour hears of a loss that it did not tell of before those who do something about it.
    const isOurs = this.#remote === undefined || this.#remote.state === "up";
    if (before === "up" && report.state === "down" && isOurs && !this.#knowsNobody) this.flush();
    if (report.state === "up") this.counters.upCount++;
    else if (before === "up") this.counters.downCount++;
    this.#announce(report);
  }

  #announce({ state, diagnostic }: Report): void {
    this.#shared.onReport(this.#config, {
      name: this.#config.name,
      state,
      diagnostic,
      neighborIsAdminDown: this.#remote?.state === "adminDown",
    });
  }

  // --- time --------------------------------------------------------------------------------------

  #expire(dueMs: number): void {
    const { clock, log } = this.#shared;
    const wasHeard = this.#isHeard;
    const { lengthMs } = this.#detection;
    const loss = this.#mode === "silent" ? undefined : this.#loss;
    if (this.#hub.catchUp(this.#config, dueMs) && clock.now() - dueMs < DOUBT_MS_MAX) {
      return this.#detection.askAgain(DOUBT_MS);
    }
    // What was read just now may have been of this session.
    if (this.#detection.isPutOff(dueMs)) return;
    if (loss) this.#speaker.forget();
    // As late as possible: whatever comes after it is late.
    const lateMs = clock.hold(dueMs) - dueMs;
    // The neighbour hears of a loss before those who do something about it.
    if (loss) this.#sendAhead(loss);
    this.#listener.forget();
    this.#remote = undefined;
    this.#happen({ type: "DETECTION_TIME_EXPIRED" });
    this.#said = undefined;
    if (wasHeard) log.bfdExpired(this.#config.name, lengthMs, lateMs);
  }

  #sendAhead(speech: BfdSpeech): void {
    this.#send(speech);
    this.#said = speech;
  }

  /** What a loss will have it say is made ready, and not said. */
  #prepareLoss(): boolean {
    if (!this.#isHeard) return false;
    this.#loss = this.#shared.imagineLoss?.(this.id);
    if (this.#loss) this.#speaker.prepare(this.#loss);
    // What runs for the first time is slow.
    this.#shared.clock.hold(0);
    return true;
  }

  #reschedule(): void {
    this.#cancelTimer();
    if (this.#mode !== "periodic" || !this.#conduct) return;
    const { clock, outside } = this.#shared;
    const { txIntervalUs, speech } = this.#conduct;
    const delayUs = jitteredIntervalUs(txIntervalUs, speech.detectMult, outside.random());
    const dueMs = onGrid(this.#sentMs, {
      delayMs: delayUs / US_PER_MS,
      intervalMs: txIntervalUs / US_PER_MS,
      mostMs: jitteredIntervalUs(txIntervalUs, speech.detectMult, 0) / US_PER_MS,
    });
    const delayMs = Math.max(0, dueMs - clock.originMs);
    this.#timer = clock.speakLater(() => {
      this.#timer = undefined;
      this.#send();
    }, delayMs);
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#shared.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #send(speech: BfdSpeech | undefined = this.#conduct?.speech): void {
    if (!speech) return;
    const final = this.#owesFinal;
    this.#owesFinal = false;
    this.#hasNews = false;
    this.#sentMs = this.#shared.clock.originMs;
    if (this.#isDeaf) this.#farewellCount++;
    // A Final and a Poll are never in one packet (§6.5): the next one polls.
    const errno = this.#speaker.say(speech, { poll: this.#polls && !final, final });
    if (errno === 0) this.counters.sentCount++;
    else {
      this.counters.sendFailedCount++;
      const code = this.#shared.outside.errorName(errno);
      this.#shared.log.sendFailed(this.#config.name, "BFD packet", code);
    }
    this.#reschedule();
  }
}
