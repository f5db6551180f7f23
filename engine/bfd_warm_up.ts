/**
 * Practice of BFD for the moment that matters: before a process reports ready, two sessions of the
 * same code come up and lose each other a few hundred times, in time that is only counted. See
 * warm_up.ts.
 *
 * @module
 */
import type { BfdSessionConfig } from "../machines/bfd_config.ts";
import type { Config } from "../machines/config.ts";
import { familyOf, type Ip, ip } from "../net/address.ts";
import { Clock } from "./clock.ts";
import { NO_DEVICES } from "./io/no_devices.ts";
import type { Outside, UdpReceiverOptions } from "./io/outside.ts";
import { Log } from "./log.ts";
import { VrrpEngine } from "./vrrp_engine.ts";

/** Until both are up, slow start included. */
const UP_MS_MAX = 3_000;
/** A generator of Lehmer's: any numbers will do. */
const RANDOM = { seed: 1, factor: 16_807, modulus: 2_147_483_647 };

/** Two ends that hear each other while `isConnected`. */
class Wire {
  isConnected = true;
  readonly receivers = new Map<Ip, UdpReceiverOptions>();
}

/** Two sessions that only exist to exercise the code of real ones. */
export class SessionPractice {
  readonly #wire = new Wire();
  #nowMs = 0;
  readonly #clocks: readonly Clock[];
  readonly #engines: readonly VrrpEngine[];
  readonly #detectionMs: number;

  /** They are like the first session of the configuration; undefined if it has none. */
  static like(config: Config): SessionPractice | undefined {
    const [session] = config.bfdSessions;
    return session && new SessionPractice(config, session);
  }

  private constructor(config: Config, session: BfdSessionConfig) {
    const isV4 = familyOf(session.remoteIp) === 4;
    const one = ip(isV4 ? "192.0.2.1" : "2001:db8::1");
    const two = ip(isV4 ? "192.0.2.2" : "2001:db8::2");
    this.#clocks = [new Clock(() => this.#nowMs), new Clock(() => this.#nowMs)];
    this.#engines = this.#clocks.map((clock, i) => {
      const ends = i === 0 ? { own: one, other: two } : { own: two, other: one };
      return start(this.#wire, clock, { config, session, ...ends });
    });
    this.#detectionMs = session.detectMult *
      Math.max(session.desiredMinTxIntervalUs, session.requiredMinRxIntervalUs) / 1_000;
    this.#bringUp();
  }

  /** How often one of them was lost. */
  get lossCount(): number {
    return this.#engines.reduce((sum, { bfd }) => {
      const [own] = bfd.sessions;
      return sum + (own?.counters.downCount ?? 0);
    }, 0);
  }

  /** Has them lose each other so many times; leaves them up. */
  warmUp(roundCount: number): void {
    for (let round = 0; round < roundCount; round++) {
      this.rehearse();
      this.recover();
    }
  }

  /** They lose each other. */
  rehearse(): void {
    if (!this.#wire.isConnected) return;
    this.#wire.isConnected = false;
    this.#runFor(2 * this.#detectionMs);
  }

  /** Brings them up again, if they are not. */
  recover(): void {
    if (!this.#wire.isConnected) this.#bringUp();
  }

  #bringUp(): void {
    this.#wire.isConnected = true;
    this.#runFor(UP_MS_MAX, () => this.#engines.every(isUpIn));
    this.#runFor(this.#detectionMs);
  }

  #runFor(durationMs: number, isDone = () => false): void {
    const endMs = this.#nowMs + durationMs;
    while (!isDone()) {
      for (const engine of this.#engines) engine.flushAll();
      const dueMs = Math.min(...this.#clocks.map((clock) => clock.nextDeadlineMs() ?? Infinity));
      if (dueMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      for (const clock of this.#clocks) {
        if ((clock.nextBeliefMs() ?? Infinity) <= this.#nowMs) clock.prepareNext();
        clock.runDue(this.#nowMs);
      }
    }
  }
}

function isUpIn({ bfd }: VrrpEngine): boolean {
  const [session] = bfd.sessions;
  return session?.status.conduct?.speech.state === "up";
}

interface End {
  readonly config: Config;
  readonly session: BfdSessionConfig;
  readonly own: Ip;
  readonly other: Ip;
}

function start(wire: Wire, clock: Clock, end: End): VrrpEngine {
  const { config, own, other } = end;
  // What is special about a session would only hold up the practice.
  const { localIp: _, interface: __, ...session } = end.session;
  const practised: Config = {
    ...config,
    vrrpInstances: [],
    syncGroups: [],
    bfdSessions: [{ ...session, remoteIp: other, isPassive: false, isAdminDown: false }],
  };
  const engine = new VrrpEngine({
    outside: outsideOf(wire, own, other),
    clock,
    log: new Log(() => {}, () => clock.now()),
    openSystem: (_, tell) => ({
      carryOut: (command) => {
        if (command.type === "READ_CONFIG") tell({ type: "CONFIG_LOADED", config: practised });
      },
      [Symbol.dispose]: () => {},
    }),
    onFailure: (error) => {
      throw error;
    },
  });
  engine.root.start();
  return engine;
}

function outsideOf(wire: Wire, own: Ip, other: Ip): Outside {
  let random = RANDOM.seed;
  return {
    links: {
      links: () => [],
      linkByName: () => undefined,
      linkByIndex: () => undefined,
      addressesOf: () => [],
      changeAddresses: () => [],
      subscribe: () => () => {},
    },
    devices: NO_DEVICES,
    openAdvertisementSocket: () => {
      throw new Error("Nobody practises advertisements here");
    },
    openUdpReceiver: (options) => {
      wire.receivers.set(own, options);
      return { setFilter: () => {}, catchUp: () => false, [Symbol.dispose]: () => {} };
    },
    openUdpSender: ({ hopLimit }) => ({
      send: (bytes) => {
        const to = wire.isConnected ? wire.receivers.get(other) : undefined;
        to?.onReceived({ bytes, source: own, destination: other, interfaceIndex: 1, hopLimit });
        return 0;
      },
      prepare: () => {},
      [Symbol.dispose]: () => {},
    }),
    sendFrames: (frames) => ({ sentCount: frames.length, errno: 0 }),
    openRouting: () => ({ change: () => [], [Symbol.dispose]: () => {} }),
    openPacketFilter: () => {
      throw new Error("Nobody practises packet filters here");
    },
    random: () => {
      random = random * RANDOM.factor % RANDOM.modulus;
      return random / RANDOM.modulus;
    },
    forwards: () => false,
    unixMs: () => 0,
    errorName: String,
  };
}
