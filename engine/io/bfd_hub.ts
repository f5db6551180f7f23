/**
 * The sockets that BFD packets come by, shared by all sessions of a process, and the way from a
 * datagram to the session it is for (RFC 5880 §6.3, §6.8.6; RFC 5881 §3; RFC 5883 §4).
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import { type Family, familyOf, type Ip } from "../../net/address.ts";
import {
  CONTROL_BYTES,
  decodeControlPacket,
  peekYourDiscriminator,
  REPETITION_PATTERN,
} from "../../net/packet/bfd.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { sourceCountMax, type UdpFilter } from "../../net/sys/packet_filter.ts";
import { BfdGuard } from "./bfd_guard.ts";
import {
  type BfdRejection,
  type BfdShared,
  CONTROL_PORT,
  MULTIHOP_PORT,
  type SessionDirectory,
  type SessionPort,
} from "./bfd_shared.ts";
import type { Received, UdpReceiver } from "./outside.ts";
import { EchoReflector } from "./echo_reflector.ts";

const LONG = 2 ** 32;
/** A second of a thousand sessions at 10 ms, with room for a stall. */
const RECEIVE_BUFFER_BYTES = 8 * 1_024 * 1_024;
/** How soon a socket that could not be opened is tried again. */
const RETRY_MS = 5_000;
const US_PER_SEC = 1_000_000;
const US_PER_MS = 1_000;
const PATIENCE_MS_MAX = 5;
const IFF_POINTOPOINT = 0x10;
const QUIET_REASONS: ReadonlySet<string> = new Set([
  "unknown discriminator",
  "unknown neighbor",
]);

interface Receiver {
  readonly family: Family;
  readonly isMultihop: boolean;
  readonly guard: BfdGuard;
  patienceMs: number;
  socket: UdpReceiver | undefined;
  retry: number | undefined;
}

/** All sessions of a process. */
export class BfdHub implements SessionDirectory, Disposable {
  readonly #shared: BfdShared;
  readonly #sessions = new Map<number, SessionPort>();
  readonly #bySource = new Map<string, SessionPort[]>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #reflector: EchoReflector;
  readonly #due = new Set<SessionPort>();
  readonly #unsubscribe: () => void;
  #needsChanged = false;
  /** Datagrams that belong to no session, by reason. */
  readonly rejected: Map<string, number> = new Map();

  constructor(shared: BfdShared) {
    this.#shared = shared;
    this.#reflector = new EchoReflector(
      shared,
      (discriminator) => this.#sessions.get(discriminator),
    );
    this.#unsubscribe = shared.outside.links.subscribe((event) => {
      if (event.type !== "link" && event.type !== "linkGone") return;
      for (const session of this.#sessions.values()) session.noticeLinks();
    });
  }

  /** All sessions, in the order they were made. */
  get sessions(): Iterable<SessionPort> {
    return this.#sessions.values();
  }

  /** The session with a discriminator of ours. */
  session(discriminator: number): SessionPort | undefined {
    return this.#sessions.get(discriminator);
  }

  /** Datagrams thrown away because their source sent too many. */
  get droppedCount(): number {
    return Array.from(this.#receivers.values()).reduce(
      (sum, each) => sum + each.guard.droppedCount,
      0,
    );
  }

  /** A discriminator that no session has (RFC 5880 §6.8.1, bfd.LocalDiscr). */
  newDiscriminator(): number {
    for (;;) {
      const discriminator = Math.floor(this.#shared.outside.random() * LONG);
      if (discriminator !== 0 && !this.#sessions.has(discriminator)) return discriminator;
    }
  }

  /** Packets for a session reach it from now on. */
  attach(session: SessionPort): void {
    this.#sessions.set(session.discriminator, session);
    this.#enter(session, session.config);
  }

  /** Its configuration changed. */
  reconfigure(session: SessionPort, before: BfdSessionConfig): void {
    this.#leave(session, before);
    this.#enter(session, session.config);
  }

  /** Packets reach it no more. */
  detach(session: SessionPort): void {
    this.#due.delete(session);
    this.#sessions.delete(session.discriminator);
    this.#leave(session, session.config);
  }

  catchUp({ remoteIp, isMultihop }: BfdSessionConfig, untilMs: number): boolean {
    const receiver = this.#receivers.get(receiverKey(familyOf(remoteIp), isMultihop));
    return receiver?.socket?.catchUp?.(untilMs) ?? false;
  }

  catchUpEchoes({ remoteIp }: BfdSessionConfig, untilMs: number): void {
    this.#reflector.catchUp(familyOf(remoteIp), untilMs);
  }

  /** At the end of the turn it says what it has to say. */
  flushLater(session: SessionPort): void {
    this.#due.add(session);
  }

  /** Sends what sessions have to say. Nothing waits for a later turn. */
  flush(): false {
    if (this.#needsChanged) this.#adjust();
    if (this.#due.size === 0) return false;
    const due = [...this.#due];
    this.#due.clear();
    for (const session of due) session.flush();
    return false;
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    for (const receiver of this.#receivers.values()) this.#close(receiver);
    this.#reflector[Symbol.dispose]();
  }

  #enter(session: SessionPort, { remoteIp, isMultihop }: BfdSessionConfig): void {
    const key = sourceKey(remoteIp, isMultihop);
    this.#bySource.set(key, [...this.#bySource.get(key) ?? [], session]);
    this.#needsChanged = true;
  }

  #leave(session: SessionPort, { remoteIp, isMultihop }: BfdSessionConfig): void {
    const key = sourceKey(remoteIp, isMultihop);
    const others = this.#bySource.get(key)?.filter((each) => each !== session) ?? [];
    if (others.length > 0) this.#bySource.set(key, others);
    else this.#bySource.delete(key);
    this.#needsChanged = true;
  }

  // --- sockets -----------------------------------------------------------------------------------

  /** Opens what sessions need, closes what none needs, and lets through no more than they want. */
  #adjust(): void {
    this.#needsChanged = false;
    const configs = Array.from(this.sessions, ({ config }) => config);
    for (const isMultihop of [false, true]) {
      for (const family of [4, 6] as const) {
        const key = receiverKey(family, isMultihop);
        const own = configs.filter((each) =>
          each.isMultihop === isMultihop && familyOf(each.remoteIp) === family
        );
        const receiver = this.#receivers.get(key);
        if (own.length > 0) this.#provide(key, family, isMultihop, own);
        else if (receiver) {
          this.#close(receiver);
          this.#receivers.delete(key);
        }
      }
    }
    this.#reflector.configure(configs);
  }

  #provide(
    key: string,
    family: Family,
    isMultihop: boolean,
    configs: readonly BfdSessionConfig[],
  ): void {
    let receiver = this.#receivers.get(key);
    if (!receiver) {
      const guard = new BfdGuard(() => this.#applyFilter(made));
      const made: Receiver = {
        family,
        isMultihop,
        guard,
        patienceMs: 0,
        socket: undefined,
        retry: undefined,
      };
      receiver = made;
      this.#receivers.set(key, receiver);
    }
    receiver.guard.setNeeds(needsOf(configs));
    receiver.patienceMs = patienceMs(configs);
    receiver.socket?.setPatience?.(receiver.patienceMs);
    if (receiver.socket) this.#applyFilter(receiver);
    else if (receiver.retry === undefined) this.#open(receiver);
  }

  #open(receiver: Receiver): void {
    const { outside, log, clock } = this.#shared;
    const { family, isMultihop } = receiver;
    const port = isMultihop ? MULTIHOP_PORT : CONTROL_PORT;
    receiver.retry = undefined;
    try {
      receiver.socket = outside.openUdpReceiver({
        family,
        port,
        filter: this.#filterOf(receiver, false),
        patient: REPETITION_PATTERN,
        receiveBufferBytes: RECEIVE_BUFFER_BYTES,
        onReceived: (datagram) => this.#receive(receiver, datagram),
      });
      receiver.socket.setPatience?.(receiver.patienceMs);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      log.note("error", `BFD cannot listen on UDP port ${port}: ${error.message}`);
      receiver.retry = clock.setTimeout(() => this.#open(receiver), RETRY_MS);
    }
  }

  #close(receiver: Receiver): void {
    if (receiver.retry !== undefined) this.#shared.clock.clearTimeout(receiver.retry);
    receiver.retry = undefined;
    receiver.socket?.[Symbol.dispose]();
    receiver.socket = undefined;
  }

  #applyFilter(receiver: Receiver): void {
    for (const namesSources of [true, false]) {
      try {
        return receiver.socket?.setFilter(this.#filterOf(receiver, namesSources));
      } catch (error) {
        // Older kernels have little room for filters: then strangers are refused here only.
        if (!(error instanceof SyscallError)) throw error;
      }
    }
  }

  #filterOf({ family, isMultihop, guard }: Receiver, namesSources: boolean): UdpFilter {
    const own = Array.from(this.sessions, ({ config }) => config).filter((each) =>
      each.isMultihop === isMultihop && familyOf(each.remoteIp) === family
    );
    const sources = [...new Set(own.map(({ remoteIp }) => remoteIp))];
    const { sampled, refusesStrangers } = guard.help;
    const refuses = namesSources && refusesStrangers && sources.length <= sourceCountMax(family);
    return {
      hopLimitMin: Math.min(255, ...own.map(({ hopLimitMin }) => hopLimitMin)),
      bytesMin: CONTROL_BYTES,
      sampled,
      ...(refuses && { sources }),
    };
  }

  // --- receiving ---------------------------------------------------------------------------------

  #receive({ guard, isMultihop }: Receiver, received: Received): void {
    const { source, bytes } = received;
    if (source === undefined || !guard.admits(source, this.#shared.clock.originMs)) return;
    const yourDiscriminator = peekYourDiscriminator(bytes);
    const known = this.#sessions.get(yourDiscriminator);
    if (known?.config.isMultihop === isMultihop && known.takeRepetition(received)) return;
    const packet = decodeControlPacket(bytes);
    if (typeof packet === "string") return this.#reject(packet, source);
    const session = yourDiscriminator === 0 ? this.#choose(isMultihop, source, received) : known;
    if (!session) {
      const isNamed = yourDiscriminator !== 0;
      return this.#reject(isNamed ? "unknown discriminator" : "unknown neighbor", source);
    }
    const reason = session.take({ packet, received, isMultihop });
    if (reason !== undefined) this.#noteRefusal(session, reason, source);
  }

  /** The session of a neighbour that does not know our discriminator yet. */
  #choose(isMultihop: boolean, source: Ip, received: Received): SessionPort | undefined {
    const candidates = this.#bySource.get(sourceKey(source, isMultihop)) ?? [];
    let best: SessionPort | undefined;
    for (const candidate of candidates) {
      const { localIp, interface: name } = candidate.config;
      if (localIp !== undefined && localIp !== received.destination) continue;
      if (name !== undefined) {
        const link = this.#shared.outside.links.linkByName(name);
        if (link?.index !== received.interfaceIndex) continue;
      }
      if (!best || closeness(candidate.config) > closeness(best.config)) best = candidate;
    }
    return best ?? this.#atOtherEnd(isMultihop, received);
  }

  /** On a point-to-point link only one can have sent it, whatever its address (RFC 5881 §6). */
  #atOtherEnd(isMultihop: boolean, { interfaceIndex }: Received): SessionPort | undefined {
    const link = this.#shared.outside.links.linkByIndex(interfaceIndex);
    if (isMultihop || !link || (link.flags & IFF_POINTOPOINT) === 0) return undefined;
    return Array.from(this.sessions).find(({ config }) => config.interface === link.name);
  }

  #noteRefusal({ config, counters }: SessionPort, reason: BfdRejection, source: Ip): void {
    counters.rejected.set(reason, (counters.rejected.get(reason) ?? 0) + 1);
    if (reason !== "administratively down") {
      this.#shared.log.bfdRejected(config.name, reason, source);
    }
  }

  #reject(reason: string, source: Ip): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
    // A neighbour that was restarted, or is still to be configured: nothing to warn of.
    if (!QUIET_REASONS.has(reason)) this.#shared.log.bfdRejected(undefined, reason, source);
  }
}

function sourceKey(source: Ip, isMultihop: boolean): string {
  return `${isMultihop ? "multihop" : "single"} ${source}`;
}

function receiverKey(family: Family, isMultihop: boolean): string {
  return `${family} ${isMultihop}`;
}

/** How long packets that only repeat what was said may wait: far less than anybody's interval. */
function patienceMs(configs: readonly BfdSessionConfig[]): number {
  const intervalsUs = configs.map(({ requiredMinRxIntervalUs }) => requiredMinRxIntervalUs)
    .filter((intervalUs) => intervalUs > 0);
  return Math.min(PATIENCE_MS_MAX, ...intervalsUs.map((each) => each / US_PER_MS / 20));
}

/** How exactly a session says what it is for. */
function closeness({ localIp, interface: name }: BfdSessionConfig): number {
  return (localIp === undefined ? 0 : 1) + (name === undefined ? 0 : 1);
}

/** Packets a second that each neighbour may be asked for. */
function needsOf(configs: readonly BfdSessionConfig[]): Map<Ip, number> {
  const needs = new Map<Ip, number>();
  for (const { remoteIp, requiredMinRxIntervalUs } of configs) {
    const perSecond = requiredMinRxIntervalUs === 0 ? 1 : US_PER_SEC / requiredMinRxIntervalUs;
    // With jitter a third more.
    needs.set(remoteIp, (needs.get(remoteIp) ?? 0) + 4 / 3 * perSecond);
  }
  return needs;
}
