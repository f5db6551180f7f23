/**
 * BFD sessions with their real ports, in virtual time: one end that a test talks to, or two that
 * hear each other.
 *
 * @module
 */
import { createActor, fromCallback } from "xstate";
import { Clock } from "../../../engine/clock.ts";
import { BfdHub } from "../../../engine/io/bfd_hub.ts";
import { BfdIo } from "../../../engine/io/bfd_io.ts";
import type { SessionReport } from "../../../machines/bfd_rules.ts";
import type { Received } from "../../../engine/io/outside.ts";
import { Log } from "../../../engine/log.ts";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import { imagineLoss } from "../../../machines/bfd_loss.ts";
import { type BfdCommand, type BfdFact, bfdSession } from "../../../machines/bfd_session.ts";
import { familyOf, type Ip, ip } from "../../../net/address.ts";
import {
  type ControlPacket,
  decodeControlPacket,
  encodeControlPacket,
  type ReceivedControlPacket,
} from "../../../net/packet/bfd.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { FakeOutside, type FakeUdpReceiver, type FakeUdpSender } from "./fake_outside.ts";

/** Where the neighbour of a test is. */
export const NEIGHBOR = ip("192.0.2.2");

/** A packet that an end sent. */
export interface SentPacket {
  readonly atMs: number;
  readonly sender: FakeUdpSender;
  readonly packet: ReceivedControlPacket;
  readonly bytes: Uint8Array;
}

/** Time that all ends of a test share. */
export class SharedTime {
  nowMs = 0;
  readonly #ends: BfdEnd[] = [];
  readonly #events: { readonly atMs: number; readonly happen: () => void }[] = [];

  add(end: BfdEnd): void {
    this.#ends.push(end);
  }

  /** Something happens later. */
  at(atMs: number, happen: () => void): void {
    this.#events.push({ atMs, happen });
    this.#events.sort((a, b) => a.atMs - b.atMs);
  }

  /** Lets time pass, from one event to the next; each turn ends with what is to be sent. */
  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    this.#flush();
    for (;;) {
      const timers = this.#ends.map(({ clock }) => clock.nextDeadlineMs() ?? Infinity);
      const nextMs = Math.min(this.#events[0]?.atMs ?? Infinity, ...timers);
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      while ((this.#events[0]?.atMs ?? Infinity) <= this.nowMs) this.#events.shift()?.happen();
      for (const { clock } of this.#ends) clock.runDue(this.nowMs);
      this.#flush();
    }
    this.nowMs = endMs;
  }

  #flush(): void {
    for (const { hub } of this.#ends) hub.flush();
  }
}

/** One end: a session, its port, and the sockets that a test stands behind. */
export class BfdEnd {
  readonly clock: Clock;
  readonly outside: FakeOutside = new FakeOutside();
  readonly hub: BfdHub;
  readonly sent: SentPacket[] = [];
  readonly reports: SessionReport[] = [];
  readonly logged: string[] = [];
  /** What the machines were told. */
  readonly facts: BfdFact[] = [];
  readonly #tells: ((fact: BfdFact) => void)[] = [];
  readonly ios: BfdIo[] = [];

  constructor(time: SharedTime) {
    this.clock = new Clock(() => time.nowMs);
    const log = new Log((level, text) => this.logged.push(`${level}: ${text}`), () => time.nowMs);
    this.outside.onSent = (sender, bytes) => this.#note(sender, bytes, this.clock.now());
    this.hub = new BfdHub({
      outside: this.outside,
      clock: this.clock,
      log,
      onReport: (_, report) => this.reports.push(report),
    });
    time.add(this);
  }

  /** Starts a session; `tell` sends its machine a fact, as the root does. */
  start(change: Partial<BfdSessionConfig> = {}): { readonly tell: (fact: BfdFact) => void } {
    const io = fromCallback<BfdCommand, BfdSessionConfig>(({ input, receive, sendBack }) => {
      const shared = { ...this.#shared(), imagineLoss: () => imagineLoss(actor.getSnapshot()) };
      const door = new BfdIo(shared, this.hub, input, (fact) => {
        this.facts.push(fact);
        sendBack(fact);
      });
      this.ios.push(door);
      receive((command) => door.carryOut(command));
      return () => door[Symbol.dispose]();
    });
    const actor = createActor(bfdSession.provide({ actors: { io } }), {
      clock: this.clock,
      input: sessionConfig(change),
    });
    actor.start();
    this.#tells.push((fact) => actor.send(fact));
    return { tell: (fact) => actor.send(fact) };
  }

  /** The port of the session that was started first. */
  get io(): BfdIo {
    const [io] = this.ios;
    if (!io) throw new Error("No session was started");
    return io;
  }

  /** What it reported, in a word each. */
  get states(): string[] {
    return this.reports.map(({ state, diagnostic }) => `${state} ${diagnostic}`);
  }

  /** The last packet sent. */
  get last(): SentPacket {
    const last = this.sent.at(-1);
    if (!last) throw new Error("Nothing was sent");
    return last;
  }

  /** The open socket that listens on a port. */
  receiver(port = 3784, family: 4 | 6 = 4): FakeUdpReceiver {
    const found = this.outside.receivers.find(({ options, closed }) =>
      options.port === port && options.family === family && !closed
    );
    if (!found) throw new Error(`Nobody listens on port ${port} of IPv${family}`);
    return found;
  }

  /** Octets arrive. */
  hearBytes(bytes: Uint8Array, how: Partial<Received> & { readonly port?: number } = {}): void {
    const { port = 3784, ...rest } = how;
    const source = rest.source ?? NEIGHBOR;
    this.receiver(port, familyOf(source)).options.onReceived({
      bytes,
      source,
      destination: ip("192.0.2.1"),
      interfaceIndex: 1,
      hopLimit: 255,
      ...rest,
    });
  }

  /** A packet of the neighbour arrives: 50 ms × 4, discriminator 9, to this session. */
  hear(
    state: ControlPacket["state"],
    change: Partial<ControlPacket> = {},
    how: Partial<Received> & { readonly port?: number } = {},
  ): void {
    this.hearBytes(
      packetBytes(state, { yourDiscriminator: this.io.discriminator, ...change }),
      how,
    );
  }

  #shared() {
    const { outside, clock } = this;
    const log = new Log((level, text) => this.logged.push(`${level}: ${text}`), () => clock.now());
    return {
      outside,
      clock,
      log,
      onReport: (_: BfdSessionConfig, report: SessionReport) => void this.reports.push(report),
    };
  }

  #note(sender: FakeUdpSender, bytes: Uint8Array, atMs: number): void {
    const packet = decodeControlPacket(bytes);
    if (typeof packet === "string") return;
    this.sent.push({ atMs, sender, packet, bytes: bytes.slice() });
  }
}

/** A packet of 50 ms × 4 with discriminator 9. */
export function packetBytes(
  state: ControlPacket["state"],
  change: Partial<ControlPacket> = {},
): Uint8Array {
  const bytes = new Uint8Array(24);
  encodeControlPacket({
    diagnostic: 0,
    state,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: 4,
    myDiscriminator: 9,
    yourDiscriminator: 0,
    desiredMinTxIntervalUs: 50_000,
    requiredMinRxIntervalUs: 50_000,
    requiredMinEchoRxIntervalUs: 0,
    ...change,
  }, bytes);
  return bytes;
}

/** Two ends on a wire of 1 ms; a test can have it lose packets. */
export class BfdPair {
  readonly time = new SharedTime();
  readonly a: BfdEnd = new BfdEnd(this.time);
  readonly b: BfdEnd = new BfdEnd(this.time);
  /** Whether a packet of an end, or an echo packet, arrives. */
  passes: (from: BfdEnd, bytes: Uint8Array) => boolean = () => true;

  constructor() {
    this.#connect(this.a, this.b, ADDRESS_A);
    this.#connect(this.b, this.a, ADDRESS_B);
  }

  /** Starts both ends; `tell` sends the machine of `a` a fact. */
  start(
    change: Partial<BfdSessionConfig> = {},
    changeB: Partial<BfdSessionConfig> = change,
  ): { readonly tell: (fact: BfdFact) => void } {
    const started = this.a.start({ ...change, remoteIp: ADDRESS_B });
    this.b.start({ ...changeB, remoteIp: ADDRESS_A });
    return started;
  }

  #connect(from: BfdEnd, to: BfdEnd, source: Ip): void {
    const note = from.outside.onSent;
    from.outside.onSent = (sender, bytes) => {
      note(sender, bytes);
      const copy = bytes.slice();
      if (!this.passes(from, copy)) return;
      const { port, destination, hopLimit } = sender.options;
      this.time.at(this.time.nowMs + 1, () => {
        const open = to.outside.receivers.find(({ options, closed }) =>
          options.port === port && !closed
        );
        open?.options.onReceived({
          bytes: copy,
          source,
          destination,
          interfaceIndex: 1,
          hopLimit,
        });
      });
    };
  }
}

/** Where the ends of a {@linkcode BfdPair} are. */
export const ADDRESS_A = ip("192.0.2.1");
/** The other one. */
export const ADDRESS_B = ip("192.0.2.2");
